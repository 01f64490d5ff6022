/** The lines of one metric in one scrape. Their labels are the same objects in every scrape, as far as they say the same. */
import type { Labels, Sample, SharedSample } from './registry.ts';

/** A line of the last scrape, by the values of its labels after the first one. */
class Known {
  readonly labels: Labels;
  readonly key: string | undefined;
  private readonly values: readonly (string | undefined)[];

  constructor(labels: Labels, values: readonly (string | undefined)[], key: string | undefined) {
    this.labels = labels;
    this.values = values;
    this.key = key;
  }

  says(one?: string, two?: string, three?: string, four?: string, key?: string): boolean {
    const { values } = this;
    return (
      values[0] === one &&
      values[1] === two &&
      values[2] === three &&
      values[3] === four &&
      this.key === key
    );
  }
}

/** The lines under one first label, in the order in which they are written: it seldom changes. */
interface Block {
  readonly known: Known[];
  at: number;
}

/** How a histogram's lines end their names. */
export type Ending = '_bucket' | '_sum' | '_count';

export class Series {
  private readonly names: readonly string[];
  private readonly endings: Readonly<Record<Ending, string>>;
  private readonly blocks: Map<string, Block> = new Map();
  private labels: Labels[] = [];
  private numbers: number[] = [];
  private metricNames: (string | undefined)[] = [];

  /** `metric` is its whole name, and `names` are those of the labels; the last one of a bucket's is `le`. */
  constructor(metric: string, names: readonly string[]) {
    this.names = names;
    this.endings = {
      _bucket: `${metric}_bucket`,
      _sum: `${metric}_sum`,
      _count: `${metric}_count`,
    };
  }

  /** Begins a scrape. `shown` are the first labels that there still are. */
  begin(shown: ReadonlySet<string> | undefined): void {
    this.labels = [];
    this.numbers = [];
    this.metricNames = [];
    for (const [first, block] of this.blocks) {
      block.at = 0;
      if (shown?.has(first) === false) this.blocks.delete(first);
    }
  }

  /** Adds a line, by the values of its labels in their order. */
  add(
    value: number,
    ending: Ending | undefined,
    key: string | undefined,
    first: string,
    one?: string,
    two?: string,
    three?: string,
    four?: string,
  ): void {
    // Neither NaN nor infinities get through the JSON in which the processes of a cluster tell their numbers.
    if (!Number.isFinite(value)) return;
    let block = this.blocks.get(first);
    if (block === undefined) this.blocks.set(first, (block = { known: [], at: 0 }));
    let known = block.known[block.at];
    if (known?.says(one, two, three, four, key) !== true) {
      known = this.make(ending, key, first, [one, two, three, four]);
      block.known[block.at] = known;
    }
    block.at++;
    this.labels.push(known.labels);
    this.numbers.push(value);
    this.metricNames.push(ending && this.endings[ending]);
  }

  /** What was added. */
  samples(): Sample[] {
    return this.labels.map((labels, index) => {
      const metricName = this.metricNames[index];
      const value = this.numbers[index] as number;
      return metricName === undefined ? { labels, value } : { labels, value, metricName };
    });
  }

  /** The same for the text format: labels that samples of several scrapes share are put into words once. */
  shared(): SharedSample[] {
    return this.labels.map((sharedLabels, index) => {
      const metricName = this.metricNames[index];
      const value = this.numbers[index] as number;
      return metricName === undefined
        ? { sharedLabels, value }
        : { sharedLabels, value, metricName };
    });
  }

  private make(
    ending: Ending | undefined,
    key: string | undefined,
    first: string,
    others: readonly (string | undefined)[],
  ): Known {
    const labels: Record<string, string> = {};
    const values = [first, ...others].filter((value) => value !== undefined);
    for (const [index, value] of values.entries()) {
      const isBound = ending === '_bucket' && index === values.length - 1;
      labels[isBound ? 'le' : (this.names[index] as string)] = value;
    }
    if (key !== undefined) labels['key'] = key;
    return new Known(labels, others, key);
  }
}
