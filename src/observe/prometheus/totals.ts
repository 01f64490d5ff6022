import type { AttemptOutcome, ExecutionOutcome, PolicyStats } from '../../core/policy.ts';
import type { Aggregator } from './registry.ts';

/** What is summed of the numbers of a pipeline. */
export interface Summand {
  readonly executions: Readonly<Record<ExecutionOutcome, number>>;
  readonly attempts: Readonly<Record<AttemptOutcome, number>>;
  readonly inFlight: number;
  readonly policies: Iterable<PolicyStats>;
}

interface PolicyTotals extends PolicyStats {
  readonly counters: Record<string, number>;
  readonly gauges: Record<string, number>;
}

/** The numbers of all pipelines under one label. */
export class Totals implements Summand {
  readonly executions: Record<ExecutionOutcome, number> = {
    success: 0,
    failure: 0,
    rejected: 0,
    timeout: 0,
    fallback: 0,
    stale: 0,
    cancelled: 0,
  };
  readonly attempts: Record<AttemptOutcome, number> = {
    success: 0,
    failure: 0,
    timeout: 0,
    cancelled: 0,
  };
  inFlight = 0;
  private readonly byName: Map<string, PolicyTotals> = new Map();

  get policies(): Iterable<PolicyStats> {
    return this.byName.values();
  }

  /** `labelOf` says under which label a policy's name is shown. */
  add(other: Summand, labelOf: (policy: string) => string): void {
    this.addCounts(other, labelOf);
    this.inFlight += other.inFlight;
    for (const { name, kind, gauges } of other.policies) {
      const known = this.policy(labelOf(name), kind).gauges;
      for (const [gauge, value] of Object.entries(gauges)) {
        known[gauge] = merged(aggregatorOf(gauge), known[gauge], value);
      }
    }
  }

  /** What has been counted, without what holds at this moment. */
  addCounts(other: Summand, labelOf: (policy: string) => string): void {
    sum(this.executions, other.executions);
    sum(this.attempts, other.attempts);
    for (const { name, kind, counters } of other.policies) {
      sum(this.policy(labelOf(name), kind).counters, counters);
    }
  }

  private policy(name: string, kind: string): PolicyTotals {
    // Pipelines of one name may have different policies of one name.
    const key = `${kind}\n${name}`;
    let known = this.byName.get(key);
    if (known === undefined) {
      known = { name, kind, counters: {}, gauges: {} };
      this.byName.set(key, known);
    }
    return known;
  }
}

/** Of several values the one that is shown. NaN says nothing. */
export function merged(how: Aggregator, known: number | undefined, value: number): number {
  if (known === undefined || Number.isNaN(known)) return value;
  if (Number.isNaN(value)) return known;
  if (how === 'max') return Math.max(known, value);
  return how === 'min' ? Math.min(known, value) : known + value;
}

/** The worst rate and the scarcest budget count; everything else adds up. */
function aggregatorOf(gauge: string): Aggregator {
  if (gauge.endsWith('_rate')) return 'max';
  return gauge.endsWith('_ratio') ? 'min' : 'sum';
}

function sum(into: Record<string, number>, counts: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(counts)) into[name] = (into[name] ?? 0) + count;
}
