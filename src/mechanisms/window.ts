/**
 * Counting over the recent past: by time in buckets, or over the last so many calls. Both are O(1) a call
 * whatever they hold, and keep running totals instead of adding up.
 */

/** The outcomes that a window counts. */
export interface Totals {
  calls: number;
  failures: number;
  slow: number;
}

export interface Window {
  /** What the window holds at `time`. */
  at(time: number): Readonly<Totals>;
  add(time: number, failed: boolean, slow: boolean): void;
  /** Counts what another window had counted, as of `time`. */
  load(time: number, totals: Readonly<Totals>): void;
  clear(): void;
}

/** Buckets of a tenth: what leaves the window leaves it a tenth at a time. */
const buckets = 10;

/** The last `duration` milliseconds. Buckets expire by elapsed time, also when nothing was counted meanwhile. */
export class TimeWindow implements Window {
  private readonly width: number;
  private readonly counts: Totals[] = Array.from({ length: buckets }, () => ({ calls: 0, failures: 0, slow: 0 }));
  private readonly totals: Totals = { calls: 0, failures: 0, slow: 0 };
  /** The number of the bucket that is being filled, counted from the clock's zero. */
  private current = 0;
  private end = -Infinity;

  constructor(duration: number) {
    this.width = duration / buckets;
  }

  at(time: number): Readonly<Totals> {
    if (time >= this.end) this.advance(time);
    return this.totals;
  }

  add(time: number, failed: boolean, slow: boolean): void {
    if (time >= this.end) this.advance(time);
    const bucket = this.counts[this.current % buckets] as Totals;
    bucket.calls++;
    this.totals.calls++;
    if (failed) {
      bucket.failures++;
      this.totals.failures++;
    }
    if (slow) {
      bucket.slow++;
      this.totals.slow++;
    }
  }

  load(time: number, totals: Readonly<Totals>): void {
    if (time >= this.end) this.advance(time);
    const bucket = this.counts[this.current % buckets] as Totals;
    for (const count of [bucket, this.totals]) {
      count.calls += totals.calls;
      count.failures += totals.failures;
      count.slow += totals.slow;
    }
  }

  clear(): void {
    for (const bucket of this.counts) this.empty(bucket);
  }

  private advance(time: number): void {
    const target = Math.floor(time / this.width);
    const passed = Math.min(buckets, target - this.current);
    for (let step = 1; step <= passed; step++) this.empty(this.counts[(target - passed + step) % buckets] as Totals);
    this.current = target;
    this.end = (target + 1) * this.width;
  }

  private empty(bucket: Totals): void {
    this.totals.calls -= bucket.calls;
    this.totals.failures -= bucket.failures;
    this.totals.slow -= bucket.slow;
    bucket.calls = bucket.failures = bucket.slow = 0;
  }
}

const failedBit = 1;
const slowBit = 2;

/** The last `size` calls, however long ago. */
export class CallWindow implements Window {
  private readonly outcomes: Uint8Array;
  private readonly totals: Totals = { calls: 0, failures: 0, slow: 0 };
  private next = 0;

  constructor(size: number) {
    this.outcomes = new Uint8Array(size);
  }

  at(): Readonly<Totals> {
    return this.totals;
  }

  add(_time: number, failed: boolean, slow: boolean): void {
    const { totals } = this;
    if (totals.calls < this.outcomes.length) totals.calls++;
    else {
      const oldest = this.outcomes[this.next] as number;
      if ((oldest & failedBit) !== 0) totals.failures--;
      if ((oldest & slowBit) !== 0) totals.slow--;
    }
    this.outcomes[this.next] = (failed ? failedBit : 0) | (slow ? slowBit : 0);
    this.next = (this.next + 1) % this.outcomes.length;
    if (failed) totals.failures++;
    if (slow) totals.slow++;
  }

  load(time: number, totals: Readonly<Totals>): void {
    // More than fits is scaled down, so that the rates stay.
    const scale = Math.min(1, this.outcomes.length / Math.max(1, totals.calls));
    const calls = Math.round(totals.calls * scale);
    for (let call = 0; call < calls; call++) {
      this.add(time, call < Math.round(totals.failures * scale), call < Math.round(totals.slow * scale));
    }
  }

  clear(): void {
    this.totals.calls = this.totals.failures = this.totals.slow = 0;
    this.next = 0;
  }
}
