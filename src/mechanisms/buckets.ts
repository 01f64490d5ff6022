/**
 * Sums over the last so many milliseconds, in buckets of a tenth: what leaves leaves a tenth at a time. Adding
 * and reading are O(1) whatever was added; buckets expire by elapsed time, also when nothing is added meanwhile.
 */
const buckets = 10;

export class RollingSums {
  /** What each counter holds, as of the latest time that was given. */
  readonly totals: number[];
  private width: number;
  private readonly counts: number[][];
  /** Where the buckets begin, as a share of one: those of a fleet that started together need not turn over together. */
  private readonly phase: number;
  /** The number of the bucket that is being filled, counted from the clock's zero. */
  private current = 0;
  private end = -Infinity;

  constructor(duration: number, counters: number, phase = 0) {
    this.width = duration / buckets;
    this.phase = phase;
    this.totals = new Array<number>(counters).fill(0);
    this.counts = Array.from({ length: buckets }, () => new Array<number>(counters).fill(0));
  }

  add(time: number, counter: number, amount = 1): void {
    if (time >= this.end) this.advance(time);
    const bucket = this.counts[this.current % buckets] as number[];
    bucket[counter] = (bucket[counter] as number) + amount;
    this.totals[counter] = (this.totals[counter] as number) + amount;
  }

  /** The sum of one counter at `time`. */
  at(time: number, counter: number): number {
    if (time >= this.end) this.advance(time);
    return this.totals[counter] as number;
  }

  clear(): void {
    for (const bucket of this.counts) bucket.fill(0);
    this.totals.fill(0);
  }

  /** Makes the window longer or shorter. What the buckets hold keeps its order, and ages at the new pace. */
  resize(time: number, duration: number): void {
    if (time >= this.end) this.advance(time);
    const ordered = this.counts.map(
      (_, age) => this.counts[(this.current - age + buckets * 2) % buckets] as number[],
    );
    this.width = duration / buckets;
    this.current = this.numberOf(time);
    this.end = this.endOf(this.current);
    ordered.forEach((bucket, age) => {
      this.counts[(((this.current - age) % buckets) + buckets) % buckets] = bucket;
    });
  }

  private advance(time: number): void {
    const target = this.numberOf(time);
    const passed = Math.min(buckets, target - this.current);
    for (let step = 1; step <= passed; step++)
      this.empty(this.counts[(target - passed + step) % buckets] as number[]);
    this.current = target;
    this.end = this.endOf(target);
  }

  private numberOf(time: number): number {
    // From one turn on, so that the number of no bucket is below zero.
    return Math.floor(time / this.width + this.phase) + buckets;
  }

  private endOf(bucket: number): number {
    return (bucket - buckets + 1 - this.phase) * this.width;
  }

  private empty(bucket: number[]): void {
    for (let counter = 0; counter < bucket.length; counter++) {
      this.totals[counter] = (this.totals[counter] as number) - (bucket[counter] as number);
      bucket[counter] = 0;
    }
  }
}
