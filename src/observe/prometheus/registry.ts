/** What is used of a registry; those of prom-client 14 and 15 and of `@prometheus-io/client` fit. */
export interface MetricsRegistry {
  registerMetric(metric: never): void;
  getSingleMetric(name: string): unknown;
  removeSingleMetric(name: string): void;
}

export type Labels = Readonly<Record<string, string | number>>;

/** One line of the text format. */
export interface Sample {
  /** The same object in every scrape, so that the clients need to put it into words only once. */
  readonly labels: Labels;
  readonly value: number;
  /** Set where a metric has lines of several names, as a histogram has. */
  readonly metricName?: string | undefined;
}

/** The same, as the clients want it where they know how to share the words of labels. */
export interface SharedSample {
  readonly sharedLabels: Labels;
  readonly value: number;
  readonly metricName?: string | undefined;
}

/** How the values of several pipelines, and of several processes of a cluster, become one. */
export type Aggregator = 'sum' | 'max' | 'min';

/** What a metric is called and says, without its prefix. */
export interface Heading {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly labels: readonly string[];
  /** @default 'sum' */
  readonly aggregator?: Aggregator | undefined;
}

interface Values {
  readonly name: string;
  readonly help: string;
  readonly type: Heading['type'];
  readonly aggregator: Aggregator;
  readonly values: readonly object[];
}

/** What holds at one moment. */
export interface Reading {
  /** Resolves when the next piece of work may be done; it may be at once where there is none. */
  turn(): Promise<void> | undefined;
  samples(): readonly Sample[];
  shared(): readonly SharedSample[];
}

/** So many lines take a millisecond to be made, and two to be put into words. */
const MANY = 2_000;

/** What a registry asks of a metric. */
export class Metric {
  // A registry of OpenMetrics takes `_total` off the names of counters, so it has to be writable.
  name: string;
  readonly help: string;
  readonly type: Heading['type'];
  readonly aggregator: Aggregator;
  readonly labelNames: readonly string[];
  private readonly read: () => Reading;
  /** What the counters showed when they were reset. */
  private base: ReadonlyMap<string, number> = new Map();

  constructor(prefix: string, heading: Heading, read: () => Reading) {
    this.name = prefix + heading.name;
    this.help = heading.help;
    this.type = heading.type;
    this.aggregator = heading.aggregator ?? 'sum';
    this.labelNames = heading.labels;
    this.read = read;
  }

  /** For JSON, and for clients that know nothing else. The samples are theirs: they may add labels. */
  get(): Promise<Values> {
    return this.answer((reading) => this.sinceReset(reading.samples()));
  }

  /** For the text format, where the client knows how. */
  getForPromString(): Promise<Values> {
    return this.answer((reading) => {
      if (this.base.size === 0) return reading.shared();
      return this.sinceReset(reading.samples()).map(({ labels, ...others }) => ({
        sharedLabels: labels,
        ...others,
      }));
    });
  }

  /** Lets counters begin at 0 again, as `registry.resetMetrics()` wants it; a gauge says what holds. */
  reset(): void {
    if (this.type === 'gauge') return;
    this.base = new Map(
      this.read()
        .samples()
        .map((sample) => [identityOf(sample), sample.value]),
    );
  }

  private async answer(valuesOf: (reading: Reading) => readonly object[]): Promise<Values> {
    const reading = this.read();
    await reading.turn();
    const values = valuesOf(reading);
    // The client puts them into words as soon as it has them.
    if (values.length > MANY) await reading.turn();
    const { name, help, type, aggregator } = this;
    return { name, help, type, aggregator, values };
  }

  private sinceReset(samples: readonly Sample[]): readonly Sample[] {
    if (this.base.size === 0) return samples;
    const base = new Map<string, number>();
    const values = samples.map((sample) => {
      const identity = identityOf(sample);
      const from = this.base.get(identity);
      // One that is lower than it was has begun anew by itself.
      if (from === undefined || sample.value < from) return sample;
      base.set(identity, from);
      return { ...sample, value: sample.value - from };
    });
    // One that is gone begins anew when it comes back.
    this.base = base;
    return values;
  }
}

function identityOf({ metricName, labels }: Sample): string {
  return JSON.stringify([metricName, ...Object.values(labels)]);
}
