/**
 * What holds of policies at this moment, and how the gauges of several become one.
 */

import type { CircuitView } from './circuit-view.ts';

export type Gauges = Record<string, number>;

/** One policy in one pipeline, with what holds for it at this moment. */
export interface GaugeReading {
  readonly name: string;
  readonly kind: string;
  readonly gauges: Readonly<Gauges>;
  /** Whose gauges they are: a policy that stands in several pipelines is read in each of them, and counted once. */
  readonly of: object;
  /** The key of the pipeline, where it is one of a keyed family. */
  readonly key?: string | undefined;
  /** The circuit itself, of a policy that is one. */
  readonly circuit?: CircuitView | undefined;
}

/** Of several values the worst counts, or the scarcest; everything else adds up. */
export type Aggregation = 'sum' | 'max' | 'min';

const aggregations: ReadonlyMap<string, Aggregation> = new Map([
  ['failure_rate', 'max'],
  ['slow_rate', 'max'],
  ['refusal_ratio', 'max'],
  ['last_opened_timestamp_seconds', 'max'],
  ['fullest_ratio', 'max'],
  ['after', 'max'],
  ['budget_available_ratio', 'min'],
  ['available', 'min'],
]);

export function aggregationOf(gauge: string): Aggregation {
  return aggregations.get(gauge) ?? 'sum';
}

/** NaN says nothing: a rate below its minimum of calls. */
export function merged(how: Aggregation, known: number | undefined, value: number): number {
  if (known === undefined || Number.isNaN(known)) return value;
  if (Number.isNaN(value)) return known;
  if (how === 'sum') return known + value;
  return how === 'max' ? Math.max(known, value) : Math.min(known, value);
}

/** Puts further gauges to those that are known; what says nothing is left out. */
export function mergeGauges(into: Gauges, gauges: Readonly<Gauges>): void {
  for (const gauge of Object.keys(gauges)) {
    const value = gauges[gauge] as number;
    if (!Number.isNaN(value)) into[gauge] = merged(aggregationOf(gauge), into[gauge], value);
  }
}
