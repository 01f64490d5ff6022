/**
 * Counting over the recent past: by time in buckets, or over the last so many calls. Both are O(1) a call
 * whatever they hold, and keep running totals instead of adding up.
 */

import { RollingSums } from './buckets.ts';

/** The outcomes that a window counts. */
export interface Totals {
  calls: number;
  failures: number;
  slow: number;
}

export interface Window {
  /** What the window holds at `time`; the same object each time. */
  at(time: number): Readonly<Totals>;
  /** Whether it holds no failure and no slow call. */
  isSpotless(time: number): boolean;
  add(time: number, failed: boolean, slow: boolean): void;
  /** Counts what another window had counted, as of `time`. */
  load(time: number, totals: Readonly<Totals>): void;
  clear(): void;
}

const calls = 0;
const failures = 1;
const slowCalls = 2;

/** The last `duration` milliseconds. */
export class TimeWindow implements Window {
  private readonly sums: RollingSums;
  private readonly totals: Totals = { calls: 0, failures: 0, slow: 0 };

  constructor(duration: number) {
    this.sums = new RollingSums(duration, 3);
  }

  at(time: number): Readonly<Totals> {
    const { sums, totals } = this;
    totals.calls = sums.at(time, calls);
    totals.failures = sums.at(time, failures);
    totals.slow = sums.at(time, slowCalls);
    return totals;
  }

  isSpotless(time: number): boolean {
    return this.sums.at(time, failures) === 0 && this.sums.at(time, slowCalls) === 0;
  }

  add(time: number, failed: boolean, slow: boolean): void {
    this.sums.add(time, calls);
    if (failed) this.sums.add(time, failures);
    if (slow) this.sums.add(time, slowCalls);
  }

  load(time: number, totals: Readonly<Totals>): void {
    this.sums.add(time, calls, totals.calls);
    this.sums.add(time, failures, totals.failures);
    this.sums.add(time, slowCalls, totals.slow);
  }

  clear(): void {
    this.sums.clear();
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

  isSpotless(): boolean {
    return this.totals.failures === 0 && this.totals.slow === 0;
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
      this.add(
        time,
        call < Math.round(totals.failures * scale),
        call < Math.round(totals.slow * scale),
      );
    }
  }

  clear(): void {
    this.totals.calls = this.totals.failures = this.totals.slow = 0;
    this.next = 0;
  }
}
