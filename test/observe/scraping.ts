import type { PipelineStats, PolicyStats, SinkObject, Source } from 'kedge';
import { type Family, read } from './exposition.ts';

/** A scrape that tests can ask questions. */
export class Scrape {
  readonly families: Map<string, Family>;

  constructor(text: string) {
    this.families = read(text);
  }

  /** The sum of a metric's lines that have these labels. */
  sum(name: string, labels: Readonly<Record<string, string>> = {}): number {
    return this.values(name, labels).reduce((sum, value) => sum + value, 0);
  }

  /** The one line of a metric that has these labels. */
  value(name: string, labels: Readonly<Record<string, string>> = {}): number {
    const values = this.values(name, labels);
    if (values.length !== 1)
      throw new Error(`${values.length} lines of ${name} ${JSON.stringify(labels)}`);
    return values[0]!;
  }

  /** All values of one label of a metric. */
  labels(name: string, label: string): string[] {
    return [...new Set(this.samples(name).map(({ labels }) => labels[label] ?? ''))];
  }

  private values(name: string, wanted: Readonly<Record<string, string>>): number[] {
    return this.samples(name)
      .filter((sample) => sample.name === name)
      .filter(({ labels }) =>
        Object.entries(wanted).every(([label, value]) => labels[label] === value),
      )
      .map(({ value }) => value);
  }

  private samples(name: string): Family['samples'] {
    const family =
      this.families.get(name) ?? this.families.get(name.replace(/_(?:bucket|sum|count)$/, ''));
    if (family === undefined) throw new Error(`there is no ${name}`);
    return family.samples;
  }
}

/** Scrapes either client's registry. */
export async function scrape(registry: { metrics(): Promise<string> }): Promise<Scrape> {
  return new Scrape(await registry.metrics());
}

/** A source of made-up numbers, for policies of any kind. */
export function sourceOf(stats: () => PipelineStats[]): Source {
  return {
    stats,
    sinkErrors: () => new Map(),
    suppressed: new Map(),
    recordDurations: () => () => {},
    onLeave: () => () => {},
    refresh: () => {},
  };
}

export function statsOf(name: string, ...policies: readonly PolicyStats[]): PipelineStats {
  return {
    name,
    executions: {
      success: 0,
      failure: 0,
      rejected: 0,
      timeout: 0,
      fallback: 0,
      stale: 0,
      cancelled: 0,
    },
    attempts: { success: 0, failure: 0, timeout: 0, cancelled: 0 },
    inFlight: 0,
    abandoned: 0,
    late: 0,
    policies,
  };
}

export function attach(sink: SinkObject, source: Source): () => void {
  return sink.attach?.(source) ?? ((): void => {});
}
