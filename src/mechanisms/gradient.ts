/**
 * A concurrency limit that follows latency: when calls take longer than they do on an idle dependency, they wait in
 * its queue, and fewer of them should be sent.
 *
 * The gradient limit of Netflix's concurrency-limits, on the median instead of the mean, so that a slow tail is not
 * taken for a queue, and with one addition: a dependency that does not get faster when less is sent has become slower
 * for another reason. It is given a new baseline, and the limit comes back.
 */

/** The limits and the start of a gradient. */
export interface GradientOptions {
  readonly initial: number;
  readonly min: number;
  readonly max: number;
}

/** How long samples are collected at least before the limit moves, in milliseconds, and how many there must be. */
const shortest = 100;
const enough = 10;
/** Of a longer period the latest so many are looked at. */
const most = 64;
/** How much slower than the baseline calls may be before the limit shrinks. */
const tolerance = 2;
/** The weight of a faster and of a slower period in the baseline while nothing queues. */
const faster = 0.1;
const slower = 0.01;
/** While something queues, half of it becomes part of the baseline after so long, in milliseconds. */
const baselineMemory = 30_000;
/** When half of the limit does not make calls this much faster, it is not their number that makes them slow. */
const relief = 0.75;
/** How fast a limit that was lowered for nothing comes back. */
const regain = 1.5;

export class GradientLimit {
  limit: number;
  private options: GradientOptions;
  private baseline: number | undefined = undefined;
  private movedAt = -Infinity;
  private readonly latencies: number[] = [];
  private samples = 0;
  private mostInUse = 0;
  /** Where the present descent began. */
  private descent: { readonly limit: number; readonly latency: number } | undefined = undefined;
  private regaining = false;

  constructor(options: GradientOptions) {
    this.options = options;
    this.limit = options.initial;
  }

  /** The latency of the dependency when nothing waits in its queue, as far as it is known. */
  get idleLatency(): number | undefined {
    return this.baseline;
  }

  /** A call that took `latency` has ended at `time`. Returns whether the limit has moved. */
  sample(latency: number, time: number, inUse: number): boolean {
    if (this.movedAt === -Infinity) this.movedAt = time;
    this.latencies[this.samples % most] = latency;
    this.samples++;
    this.mostInUse = Math.max(this.mostInUse, inUse);
    const elapsed = time - this.movedAt;
    if (elapsed < shortest || this.samples < enough) return false;
    const typical = median(this.latencies.slice(0, this.samples));
    // At least as long as a call takes: what is seen must be the effect of the present limit.
    if (elapsed < typical) return false;
    const before = Math.floor(this.limit);
    this.follow(typical, elapsed);
    this.samples = this.mostInUse = 0;
    this.movedAt = time;
    return Math.floor(this.limit) !== before;
  }

  reconfigure(options: GradientOptions): void {
    this.options = options;
    this.limit = this.bounded(this.limit);
  }

  private follow(latency: number, elapsed: number): void {
    this.baseline ??= latency;
    const gradient = Math.max(0.5, (tolerance * this.baseline) / latency);
    if (gradient < 1) {
      this.descend(latency, gradient, elapsed);
      return;
    }
    this.descent = undefined;
    this.baseline += (latency - this.baseline) * (latency < this.baseline ? faster : slower);
    // Room that is not used shows nothing about more room.
    if (this.mostInUse < this.limit * 0.8) return;
    this.limit = this.bounded(
      this.regaining ? this.limit * regain : this.limit + Math.sqrt(this.limit) / 2,
    );
  }

  private descend(latency: number, gradient: number, elapsed: number): void {
    this.descent ??= { limit: this.limit, latency };
    this.regaining = false;
    const { descent } = this;
    const halved = this.limit <= descent.limit / 2 || this.limit <= this.options.min;
    if (halved && latency > relief * descent.latency) {
      this.baseline = latency;
      this.descent = undefined;
      this.regaining = true;
      return;
    }
    const known = this.baseline as number;
    this.baseline = known + (latency - known) * (1 - 0.5 ** (elapsed / baselineMemory));
    this.limit = this.bounded(this.limit * gradient);
  }

  private bounded(limit: number): number {
    return Math.min(this.options.max, Math.max(this.options.min, limit));
  }
}

function median(values: number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[sorted.length >> 1] as number;
}
