import type { DurationRecorder } from '../../core/event-bus.ts';
import type { ExecutionOutcome } from '../../core/policy.ts';

/** Durations counted by size. */
export class Histogram {
  /** Upper bounds in seconds, ascending. */
  readonly bounds: readonly number[];
  /** How many were at most as long as each bound and longer than the one before; last, how many were longer. */
  readonly counts: Float64Array;
  /** In milliseconds. */
  sum = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = new Float64Array(bounds.length + 1);
  }

  observe(milliseconds: number): void {
    const { bounds } = this;
    // Divided and not the bounds multiplied: 570 ms are not above 0.57 s, but they are above 0.57 * 1000.
    const seconds = milliseconds / 1_000;
    let index = 0;
    while (index < bounds.length && seconds > (bounds[index] as number)) index++;
    this.counts[index] = (this.counts[index] as number) + 1;
    this.sum += milliseconds;
  }
}

/** How long the executions and attempts of the pipelines of one name took. */
export class Durations implements DurationRecorder {
  /** Made with the first of an outcome: each is as many time series as there are bounds. */
  readonly executions: Map<ExecutionOutcome, Histogram> = new Map();
  readonly attempts: Histogram;

  constructor(bounds: readonly number[]) {
    this.attempts = new Histogram(bounds);
  }

  execution(outcome: ExecutionOutcome, duration: number): void {
    let histogram = this.executions.get(outcome);
    if (histogram === undefined) {
      histogram = new Histogram(this.attempts.bounds);
      this.executions.set(outcome, histogram);
    }
    histogram.observe(duration);
  }

  attempt(duration: number): void {
    this.attempts.observe(duration);
  }
}
