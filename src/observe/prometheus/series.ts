/** The labels of a metric's lines: the same objects in every scrape, which the clients put into words only once. */
import type { Labels } from './registry.ts';

export class Labelling {
  private readonly names: readonly string[];
  /** By the first label, so that those of a pipeline that is not shown any more can go with it. */
  private readonly known: Map<string, Map<string, Labels>> = new Map();

  constructor(names: readonly string[]) {
    this.names = names;
  }

  /** The labels of a line: the metric's own, `key` where there is one, and `le` of a bucket. */
  of(values: readonly string[], key: string | undefined, suffix: string | undefined): Labels {
    const first = values[0] as string;
    let known = this.known.get(first);
    if (known === undefined) this.known.set(first, (known = new Map()));
    const id = idOf(values, key);
    let labels = known.get(id);
    if (labels === undefined) {
      labels = this.make(values, key, suffix);
      known.set(id, labels);
    }
    return labels;
  }

  /** Forgets what is not shown any more. */
  keep(pipelines: ReadonlySet<string>): void {
    for (const pipeline of this.known.keys()) {
      if (!pipelines.has(pipeline)) this.known.delete(pipeline);
    }
  }

  private make(
    values: readonly string[],
    key: string | undefined,
    suffix: string | undefined,
  ): Labels {
    const labels: Record<string, string> = {};
    for (const [index, value] of values.entries()) {
      const isBound = suffix === '_bucket' && index === values.length - 1;
      labels[isBound ? 'le' : (this.names[index] as string)] = value;
    }
    if (key !== undefined) labels['key'] = key;
    return labels;
  }
}

/** No value of a label has a line break in it, names of sinks and the like aside, which stand alone. */
function idOf(values: readonly string[], key: string | undefined): string {
  let id = key === undefined ? '' : `\n${key}`;
  for (let index = values.length - 1; index > 0; index--) id = `${values[index] as string}\n${id}`;
  return id;
}
