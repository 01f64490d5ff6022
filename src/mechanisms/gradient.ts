/**
 * A concurrency limit that follows latency: when calls take longer than they do on an idle dependency, they wait in
 * its queue, and fewer of them should be sent.
 *
 * Of `n` calls under way that take `latency`, `n × (1 − idle latency ÷ latency)` wait in a queue (Little's law, as in
 * TCP Vegas). The limit grows while that is less than some `√n`, and otherwise shrinks to what does not queue.
 *
 * Whether it is the queue that makes calls slow shows in the throughput: fewer calls in a queue cost none. Where it
 * has fallen, the dependency itself has become slower, and how it is when idle must be learnt anew.
 */

/** The limits and the start of a gradient. */
export interface GradientOptions {
  readonly initial: number;
  readonly min: number;
  readonly max: number;
}

/** How long samples are collected at least before the limit moves, in milliseconds, and how many there must be. */
const shortest = 100;
const enough = 30;
/** More samples than this are not kept. */
const most = 512;
/**
 * How many calls may wait in the dependency's queue, for each √n under way: so many do by chance alone. And never
 * more than half of all: a limit of a few calls is to be felt too.
 */
const room = 3;
const share = 0.5;
/** The weight of a faster and of a slower period in the baseline. */
const faster = 0.1;
const slower = 0.01;
/** When less than this of the throughput is left, the dependency has become slower. */
const lost = 0.5;
/** The factor of a limit that looks for its place; the place is overshot by no more. */
const growth = 1.5;

export class GradientLimit {
  limit: number;
  private options: GradientOptions;
  private baseline: number | undefined = undefined;
  /** Calls a millisecond while nothing, or little, was in the queue. */
  private throughput = 0;
  /** Since the limit was last looked at: */
  private since = -Infinity;
  private readonly latencies: number[] = [];
  private samples = 0;
  private ended = 0;
  private mostInUse = 0;
  /** Whether the limit looks for its place, and whether it may have passed it. */
  private rising = true;
  private doubted = false;

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
    const began = time - latency;
    if (this.since === -Infinity) this.since = began;
    this.ended++;
    this.mostInUse = Math.max(this.mostInUse, inUse);
    // What was sent under another limit shows the effect of that one.
    if (began < this.since) return false;
    this.latencies[this.samples++ % most] = latency;
    const elapsed = time - this.since;
    if (elapsed < shortest || this.samples < Math.max(enough, Math.min(most, this.mostInUse)))
      return false;
    const typical = median(this.latencies.slice(0, this.samples));
    // Only the quick ones would have been seen yet.
    if (elapsed < 2 * typical) return false;
    const before = Math.floor(this.limit);
    this.follow(typical, this.ended / elapsed);
    this.since = time;
    this.samples = this.ended = this.mostInUse = 0;
    return Math.floor(this.limit) !== before;
  }

  reconfigure(options: GradientOptions): void {
    this.options = options;
    this.limit = this.bounded(this.limit);
  }

  private follow(latency: number, throughput: number): void {
    this.baseline ??= latency;
    const inUse = Math.min(this.mostInUse, this.limit);
    const withoutQueue = (inUse * this.baseline) / latency;
    const queue = inUse - withoutQueue;
    const allowed = Math.min(room * Math.sqrt(inUse), share * inUse);
    if (queue <= allowed) this.grow(latency, throughput);
    else if (throughput < lost * this.throughput) this.startAnew(throughput);
    else if (this.rising && !this.doubted && queue < 2 * allowed) this.doubted = true;
    else {
      this.rising = false;
      this.limit = this.bounded(Math.max(this.limit / 2, withoutQueue + allowed));
    }
  }

  private grow(latency: number, throughput: number): void {
    const baseline = this.baseline as number;
    // Room that is not used shows nothing about more room.
    const used = this.mostInUse >= 0.8 * Math.floor(this.limit);
    const looking = this.rising && used;
    this.doubted = false;
    const weight = looking ? 0.5 : latency < baseline ? faster : slower;
    this.baseline = baseline + (latency - baseline) * weight;
    this.throughput +=
      (throughput - this.throughput) * (throughput > this.throughput ? 0.5 : faster);
    if (!used) return;
    this.limit = this.bounded(
      looking ? this.limit * growth : this.limit + Math.sqrt(this.limit) / 2,
    );
  }

  /** What was known no longer holds. */
  private startAnew(throughput: number): void {
    this.baseline = undefined;
    this.throughput = throughput;
    this.rising = true;
    this.doubted = false;
    this.limit = this.bounded(this.limit * growth);
  }

  private bounded(limit: number): number {
    return Math.min(this.options.max, Math.max(this.options.min, limit));
  }
}

function median(values: number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[sorted.length >> 1] as number;
}
