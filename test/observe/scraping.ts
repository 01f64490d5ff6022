import type { PolicyStats, SinkObject, Source } from 'kedge';
import { EventBus } from '../../src/core/event-bus.ts';
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

/** A pipeline of these policies, with made-up numbers. */
export interface MadeUp {
  readonly name: string;
  readonly policies: readonly PolicyStats[];
  readonly suppressed?: number;
}

export function madeUp(name: string, ...policies: readonly PolicyStats[]): MadeUp {
  return { name, policies };
}

/** A set of pipelines with made-up numbers, for policies of any kind. */
export function sourceOf(...pipelines: readonly MadeUp[]): EventBus {
  const bus = new EventBus();
  for (const { name: pipeline, policies, suppressed = 0 } of pipelines) {
    const metrics = bus.names.of(pipeline);
    metrics.suppressed += suppressed;
    for (const { name: policy, kind, counters } of policies) {
      const numbers = metrics.policy(policy, kind, {}).counters;
      for (const [name, count] of Object.entries(counters)) {
        numbers[name] = (numbers[name] ?? 0) + count;
      }
    }
    const readings = policies.map((policy) => ({ ...policy, of: policy }));
    const part = { readings: () => readings };
    metrics.join(part);
    held.push(part);
  }
  return bus;
}

/** Sets of pipelines hold none of them. */
const held: object[] = [];

export function attach(sink: SinkObject, source: Source): () => void {
  return sink.attach?.(source) ?? ((): void => {});
}
