/**
 * A concurrency limit that follows latency: when calls take longer than they do on an idle dependency, they wait in
 * its queue, and fewer of them should be sent.
 *
 * The gradient limit of Netflix's concurrency-limits: once a period the limit is multiplied by how much faster the
 * calls would be without the queue, and given room for a small queue.
 */

/** The limits and the start of a gradient. */
export interface GradientOptions {
  readonly initial: number;
  readonly min: number;
  readonly max: number;
}

/** How long samples are collected before the limit moves, in milliseconds, and how many there must be. */
const period = 100;
const enough = 5;
/** How much slower than the baseline calls may be before the limit shrinks. */
const tolerance = 1.5;
/** The share of the way to the new limit that is gone at once. */
const smoothing = 0.3;
/** After so long the baseline is forgotten by half of what came since: a dependency may have become slower for good. */
const baselineMemory = 30_000;

export class GradientLimit {
  limit: number;
  private options: GradientOptions;
  private baseline: number | undefined = undefined;
  private since = 0;
  private samples = 0;
  private sum = 0;
  private failures = 0;
  private mostInUse = 0;

  constructor(options: GradientOptions) {
    this.options = options;
    this.limit = options.initial;
  }

  /** The latency of the dependency when nothing waits in its queue, as far as it is known. */
  get idleLatency(): number | undefined {
    return this.baseline;
  }

  /** A call has ended. `failed`: the dependency did not answer it, or refused it as overloaded. Returns whether the limit has moved. */
  sample(time: number, latency: number, inUse: number, failed: boolean): boolean {
    if (this.samples === 0 && this.failures === 0) this.since = time;
    this.mostInUse = Math.max(this.mostInUse, inUse);
    if (failed) this.failures++;
    else {
      this.samples++;
      this.sum += latency;
    }
    if (time - this.since < period || this.samples + this.failures < enough) return false;
    return this.move(time);
  }

  reconfigure(options: GradientOptions): void {
    this.options = options;
    this.limit = this.bounded(this.limit);
  }

  private move(time: number): boolean {
    const before = Math.floor(this.limit);
    const elapsed = time - this.since;
    const total = this.samples + this.failures;
    if (this.failures > total / 2) this.limit = this.bounded(this.limit * 0.9);
    else if (this.samples > 0) this.follow(this.sum / this.samples, elapsed);
    this.samples = this.failures = this.sum = this.mostInUse = 0;
    return Math.floor(this.limit) !== before;
  }

  private follow(latency: number, elapsed: number): void {
    const known = this.baseline;
    if (known === undefined || latency < known) this.baseline = latency;
    else this.baseline = known + (latency - known) * (1 - 0.5 ** (elapsed / baselineMemory));
    const gradient = Math.max(0.5, Math.min(1, (tolerance * this.baseline) / latency));
    const target = this.limit * gradient + Math.sqrt(this.limit);
    // Room that is not used shows nothing about more room.
    if (target > this.limit && this.mostInUse < this.limit / 2) return;
    this.limit = this.bounded(this.limit + smoothing * (target - this.limit));
  }

  private bounded(limit: number): number {
    return Math.min(this.options.max, Math.max(this.options.min, limit));
  }
}
