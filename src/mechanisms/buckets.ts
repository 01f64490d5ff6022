/**
 * Sums over the last so many milliseconds, in buckets of a tenth: what leaves leaves a tenth at a time. Adding
 * and reading are O(1) whatever was added; buckets expire by elapsed time, also when nothing is added meanwhile.
 */
import { epoch } from '../core/time.ts';

const buckets = 10;

export class RollingSums {
  private width: number;
  private readonly counters: number;
  /**
   * The buckets one after the other, each of them a number for each counter, and behind them the totals, as of the latest
   * time that was given. One flat array: every circuit has one of these.
   */
  private readonly counts: number[];
  /** Where the buckets begin, as a share of one: those of a fleet that started together need not turn over together. */
  private readonly phase: number;
  /** The number of the bucket that is being filled, counted from the clock's zero. */
  private current = 0;
  private end = -Infinity;
  /** Of which clock the times are. */
  private epoch = epoch;

  constructor(duration: number, counters: number, phase = 0) {
    this.width = duration / buckets;
    this.counters = counters;
    this.phase = phase;
    this.counts = new Array<number>((buckets + 1) * counters).fill(0);
  }

  add(time: number, counter: number, amount = 1): void {
    if (time >= this.end || this.epoch !== epoch) this.advance(time);
    this.change((this.current % buckets) * this.counters + counter, amount);
    this.change(buckets * this.counters + counter, amount);
  }

  /** The sum of one counter at `time`. */
  at(time: number, counter: number): number {
    if (time >= this.end || this.epoch !== epoch) this.advance(time);
    return this.counts[buckets * this.counters + counter] as number;
  }

  clear(): void {
    this.counts.fill(0);
  }

  /** Multiplies one counter by `factor`, in all of the window. */
  scale(time: number, counter: number, factor: number): void {
    if (time >= this.end || this.epoch !== epoch) this.advance(time);
    let total = 0;
    for (let bucket = 0; bucket < buckets; bucket++) {
      const index = bucket * this.counters + counter;
      const scaled = (this.counts[index] as number) * factor;
      this.counts[index] = scaled;
      total += scaled;
    }
    this.counts[buckets * this.counters + counter] = total;
  }

  /** Makes the window longer or shorter. What the buckets hold keeps its order, and ages at the new pace. */
  resize(time: number, duration: number): void {
    if (time >= this.end || this.epoch !== epoch) this.advance(time);
    this.renumber(time, duration / buckets);
  }

  /** Makes the bucket of `time` the current one, whatever the numbers were before. What is held keeps its order. */
  private renumber(time: number, width: number): void {
    const old = this.counts.slice();
    const before = this.current;
    this.width = width;
    this.current = this.numberOf(time);
    this.end = this.endOf(this.current);
    for (let age = 0; age < buckets; age++) {
      const from = ((before - age + buckets * 2) % buckets) * this.counters;
      const to = ((this.current - age + buckets * 2) % buckets) * this.counters;
      for (let counter = 0; counter < this.counters; counter++)
        this.counts[to + counter] = old[from + counter] as number;
    }
  }

  private advance(time: number): void {
    if (this.epoch !== epoch) this.followClock(time);
    const target = this.numberOf(time);
    const passed = Math.min(buckets, target - this.current);
    for (let step = 1; step <= passed; step++) this.empty((target - passed + step) % buckets);
    this.current = target;
    this.end = this.endOf(target);
  }

  /** Another clock has come: what was counted is as old on it as it was. */
  private followClock(time: number): void {
    const latest = this.end - this.width + epoch - this.epoch;
    this.epoch = epoch;
    if (latest > time - buckets * this.width) this.renumber(Math.min(latest, time), this.width);
    else {
      this.clear();
      this.current = this.numberOf(time);
    }
  }

  private numberOf(time: number): number {
    // From one turn on, so that the number of no bucket is below zero.
    return Math.floor(time / this.width + this.phase) + buckets;
  }

  private endOf(bucket: number): number {
    return (bucket - buckets + 1 - this.phase) * this.width;
  }

  private empty(bucket: number): void {
    for (let counter = 0; counter < this.counters; counter++) {
      const index = bucket * this.counters + counter;
      const count = this.counts[index] as number;
      this.change(index, -count);
      this.change(buckets * this.counters + counter, -count);
    }
  }

  private change(index: number, by: number): void {
    this.counts[index] = (this.counts[index] as number) + by;
  }
}
