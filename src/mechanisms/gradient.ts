/**
 * A concurrency limit that follows latency: when calls take longer than they do on an idle dependency, they wait in
 * its queue, and fewer of them should be sent.
 *
 * Of `n` calls under way that take `latency`, `n × (1 − idle latency ÷ latency)` wait in a queue (Little's law, as in
 * TCP Vegas). The limit grows while that is less than some `√n`, and otherwise shrinks to what does not queue.
 *
 * Whether it is the queue that makes calls slow shows when there are fewer of them: they become faster then, and the
 * throughput stays. Where it has fallen, or half as many are as slow, the dependency itself has become slower, and how
 * it is when idle must be learnt anew.
 *
 * A dependency that is never idle would pass its queue off as its own latency. So the baseline does not rise while the
 * limit is in use: from time to time, fewer calls than the dependency takes are sent for a period, and the baseline
 * follows those (as BBR probes the round trip of an empty path).
 */
import { epoch } from '../core/time.ts';

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
/** Shorter latencies than this, in milliseconds, say more of the clock than of the dependency; 0 cannot be compared. */
const shortestLatency = 0.1;
/**
 * How many calls may wait in the dependency's queue, for each √n under way: so many do by chance alone. And never
 * more than half of all: a limit of a few calls is to be felt too.
 */
const room = 3;
const share = 0.5;
/**
 * The weight of a period in the baseline: of one that was faster than chance makes it, of any other, and of one that
 * tells much, as a probe does or any period while the limit still looks for its place.
 */
const weights = { faster: 0.1, other: 0.03, telling: 0.5 };
/** When less than this of the throughput is left, the dependency has become slower. */
const lost = 0.5;
/** When half as many calls take more than this share of what all took, they did not wait for each other. */
const inVain = 0.75;
/** A probe sends this share of the calls that do not queue, */
const probed = 0.75;
/** after so many periods, and soon again if it finds the dependency so much faster than was believed. */
const between = 50;
const soon = 5;
const mistaken = 0.9;
/**
 * Where nothing is known but the latency, room for so many calls a millisecond, by Little's law: those that take long are
 * too few a second to find it out soon.
 */
const guess = 1;
/** The factor of a limit that looks for its place; the place is overshot by no more. */
const growth = 1.5;

export class GradientLimit {
  /** The limit as it was learnt; while a probe is under way, that of the probe is lower. */
  learnt: number;
  /** Whether calls have ever waited in the dependency's queue: until then the limit is a guess. */
  hasMetItsLimit = false;
  private probe: number | undefined = undefined;
  private untilProbe = between;
  /** Whether the baseline may be that of a queue. */
  private doubtful = false;
  private options: GradientOptions;
  private baseline: number | undefined = undefined;
  /** Calls a millisecond while nothing, or little, was in the queue. */
  private throughput = 0;
  /** Since the limit was last looked at: */
  private since = -Infinity;
  private readonly latencies: number[] = [];
  private samples = 0;
  private ended = 0;
  private idle = 0;
  private mostInUse = 0;
  /** When a call ended last. */
  private endedAt = 0;
  /** Whether the limit looks for its place, and whether it may have passed it. */
  private rising = true;
  private passed = false;
  /** How it was before the limit was lowered. */
  private before: { readonly inUse: number; readonly latency: number } | undefined = undefined;

  constructor(options: GradientOptions) {
    this.options = options;
    this.learnt = options.initial;
  }

  /** How many calls may run at once at this moment. */
  get limit(): number {
    return this.probe ?? this.learnt;
  }

  /** The latency of the dependency when nothing waits in its queue, as far as it is known. */
  get idleLatency(): number | undefined {
    return this.baseline;
  }

  /** A call that took `latency` has ended at `time`. Returns whether the limit has moved. */
  sample(latency: number, time: number, inUse: number): boolean {
    // On the scale of the first clock, since another may come while the limit lives.
    const instant = time - epoch;
    const began = instant - latency;
    if (this.since === -Infinity) this.since = this.endedAt = began;
    // Behind an open circuit, or while nothing is asked, no throughput is lost.
    this.idle += Math.max(0, began - this.endedAt);
    this.endedAt = instant;
    this.ended++;
    this.mostInUse = Math.max(this.mostInUse, inUse);
    // What was sent under another limit shows the effect of that one.
    if (began < this.since) return false;
    this.latencies[this.samples++ % most] = latency;
    const elapsed = instant - this.since;
    if (elapsed < shortest || this.samples < Math.max(enough, Math.min(most, this.mostInUse)))
      return false;
    const typical = Math.max(shortestLatency, median(this.latencies.slice(0, this.samples)));
    // Only the quick ones would have been seen yet.
    if (elapsed < 2 * typical) return false;
    const before = Math.floor(this.limit);
    if (this.probe === undefined) this.follow(typical, this.ended / (elapsed - this.idle));
    else this.probeEnded(typical);
    this.since = instant;
    this.samples = this.ended = this.mostInUse = this.idle = 0;
    return Math.floor(this.limit) !== before;
  }

  reconfigure(options: GradientOptions): void {
    this.options = options;
    this.learnt = this.bounded(this.learnt);
    if (this.probe !== undefined) this.probe = this.bounded(this.probe);
  }

  private follow(latency: number, throughput: number): void {
    if (this.baseline === undefined && !this.hasMetItsLimit)
      this.learnt = this.bounded(Math.max(this.learnt, latency * guess));
    this.baseline ??= latency;
    const inUse = Math.min(this.mostInUse, this.learnt);
    // Room that is not used shows nothing about more room.
    const used = this.mostInUse >= 0.8 * Math.floor(this.learnt);
    const withoutQueue = (inUse * this.baseline) / latency;
    const queue = inUse - withoutQueue;
    const allowed = Math.min(room * Math.sqrt(inUse), share * inUse);
    if (queue > allowed) this.hasMetItsLimit = true;
    if (queue <= allowed) this.grow(latency, throughput, used);
    else if (throughput < lost * this.throughput) this.startAnew(throughput);
    else if (this.rising && !this.passed && queue < 2 * allowed) this.passed = true;
    else if (this.lowersInVain(inUse, latency)) this.startAnew(throughput, latency);
    else {
      this.rising = false;
      this.learnt = this.bounded(Math.max(this.learnt / 2, withoutQueue + allowed));
    }
    if (this.doubtful || (used && !this.rising)) this.beforeProbe(withoutQueue);
  }

  private grow(latency: number, throughput: number, used: boolean): void {
    const looking = this.rising && used;
    this.passed = false;
    this.before = undefined;
    if (looking) this.learn(latency, weights.telling);
    else this.drift(latency, used);
    const { telling, faster } = weights;
    this.throughput +=
      (throughput - this.throughput) * (throughput > this.throughput ? telling : faster);
    if (!used) return;
    this.learnt = this.bounded(
      looking ? this.learnt * growth : this.learnt + Math.sqrt(this.learnt) / 2,
    );
  }

  private drift(latency: number, used: boolean): void {
    const baseline = this.baseline as number;
    // A median of n is off by about 1 / √n: the lowest of many would soon be lower than any.
    const byChance = 1 - 1 / Math.sqrt(this.samples);
    if (latency < baseline * byChance) this.learn(latency, weights.faster);
    else if (!used || latency < baseline) this.learn(latency, weights.other);
  }

  private learn(latency: number, weight: number): void {
    const baseline = this.baseline as number;
    this.baseline = baseline + (latency - baseline) * weight;
  }

  /** Remembers how it is now, and says whether half as many calls as then have turned out as slow. */
  private lowersInVain(inUse: number, latency: number): boolean {
    const { before } = this;
    if (before !== undefined && inUse > before.inUse / 2) return false;
    this.before = { inUse, latency };
    return before !== undefined && latency > inVain * before.latency;
  }

  /** What was known no longer holds. */
  private startAnew(throughput: number, baseline?: number): void {
    this.baseline = baseline;
    this.before = undefined;
    this.doubtful = true;
    this.untilProbe = between;
    this.throughput = throughput;
    this.rising = true;
    this.passed = false;
    this.learnt = this.bounded(this.learnt * growth);
  }

  private beforeProbe(withoutQueue: number): void {
    if (this.untilProbe-- > 0) return;
    this.probe = this.bounded(Math.max(1, probed * withoutQueue));
  }

  private probeEnded(latency: number): void {
    this.doubtful = latency < mistaken * (this.baseline as number);
    this.untilProbe = this.doubtful ? soon : between;
    this.learn(latency, weights.telling);
    this.probe = undefined;
  }

  private bounded(limit: number): number {
    return Math.min(this.options.max, Math.max(this.options.min, limit));
  }
}

function median(values: number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[sorted.length >> 1] as number;
}
