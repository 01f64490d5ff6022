/** How executions ended, name by name: what has been counted since it was last read. */
import type { Source } from '../../core/event-bus.ts';
import type { PipelineMetrics } from '../../core/pipeline-metrics.ts';
import type { ExecutionOutcome } from '../../core/policy.ts';
import { own } from './sender.ts';

/** One sum, as the journal takes it. */
export interface Total {
  readonly pipeline: string;
  readonly outcome: Outcome;
  readonly count: number;
}

type Outcome = 'success' | 'failure' | 'rejected' | 'cancelled';

/** A fallback or an old value is an answer; a timeout is none. */
const outcomes: readonly (readonly [Outcome, readonly ExecutionOutcome[]])[] = [
  ['success', ['success', 'fallback', 'stale']],
  ['failure', ['failure', 'timeout']],
  ['rejected', ['rejected']],
  ['cancelled', ['cancelled']],
];

const MOST = 1_000;
/** More in one sum is not taken; the rest follows in the next one. */
export const LARGEST_COUNT = 1_000_000_000;

type Counts = Record<Outcome, number>;

export class Totals {
  private readonly sources: Set<{ readonly source: Source }> = new Set();
  /** What has been told already. */
  private readonly told: WeakMap<PipelineMetrics, Counts> = new WeakMap();
  /** Those that were there at the last reading: a name that has made room since is read once more. */
  private seen: ReadonlySet<PipelineMetrics> = new Set();

  /** Counts from now on; until the returned function is called. */
  follow(source: Source): () => void {
    for (const metrics of source.names)
      if (!this.told.has(metrics)) this.told.set(metrics, countsOf(metrics));
    const one = { source };
    this.sources.add(one);
    return () => this.sources.delete(one);
  }

  /** At most a thousand sums; what is beyond them is read the next time. */
  read(): Total[] {
    const present = new Set<PipelineMetrics>();
    for (const { source } of this.sources) for (const metrics of source.names) present.add(metrics);
    const totals: Total[] = [];
    for (const metrics of new Set([...present, ...this.seen])) {
      if (metrics.name !== own) this.readOne(metrics, totals);
    }
    this.seen = present;
    return totals;
  }

  private readOne(metrics: PipelineMetrics, into: Total[]): void {
    const counts = countsOf(metrics);
    const told = this.told.get(metrics) ?? nothing();
    this.told.set(metrics, told);
    for (const [outcome] of outcomes) {
      const count = Math.min(LARGEST_COUNT, counts[outcome] - told[outcome]);
      if (count <= 0 || into.length >= MOST) continue;
      told[outcome] += count;
      into.push({ pipeline: metrics.name, outcome, count });
    }
  }
}

const nothing = (): Counts => ({ success: 0, failure: 0, rejected: 0, cancelled: 0 });

function countsOf({ executions }: PipelineMetrics): Counts {
  const counts = nothing();
  for (const [outcome, all] of outcomes)
    counts[outcome] = all.reduce((sum, each) => sum + executions[each], 0);
  return counts;
}
