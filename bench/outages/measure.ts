/** What one simulation found. Times in milliseconds, shares from 0 to 1. */
export interface Outcome {
  readonly asked: number;
  /** Share of the measured calls that were answered in time. */
  readonly goodput: number;
  /** Calls that reached the dependency for each that was asked for, while it was measured. */
  readonly amplification: number;
  /** Calls that reached a bad host during the outage. */
  readonly sent: number;
  /** Of the calls that reached the dependency while it was measured, those that led to no useful answer. */
  readonly wasted: number;
  /** Of the measured calls that were answered with a value. */
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  /** Calls at the dependency at a time, at most. */
  readonly mostConcurrent: number;
  /** From the beginning of the outage until a circuit opened first. */
  readonly opened: number | undefined;
  /** From the end of the outage until calls are answered in time as before it; `Infinity` for never. */
  readonly recovery: number;
  /** Share of the calls answered in time of those asked after the outage. */
  readonly afterwards: number;
  /** The most calls that reached the dependency in a second after the outage, per call of the steady rate. */
  readonly peak: number;
  /** Share of the calls answered in time of those asked in each second since the outage began. */
  readonly series: readonly number[];
  /** Of the calls that went to good hosts; only where there are several. */
  readonly goodputOfOthers: number | undefined;
  /** What it took to simulate. */
  readonly steps: number;
}

/** Counts by the time at which they happened, in steps of `width` from `from` on. */
export class Bins {
  readonly counts: number[] = [];
  private readonly from: number;
  private readonly width: number;

  constructor(from: number, width: number) {
    this.from = from;
    this.width = width;
  }

  add(time: number): void {
    const bin = Math.floor((time - this.from) / this.width);
    if (bin >= 0) this.counts[bin] = (this.counts[bin] ?? 0) + 1;
  }

  sum(from: number, to: number): number {
    let sum = 0;
    for (let bin = from; bin < to; bin++) sum += this.counts[bin] ?? 0;
    return sum;
  }

  /** The most in any `length` bins that follow each other. */
  most(length: number, first: number, last: number): number {
    let sum = 0;
    let most = 0;
    for (let bin = first; bin < last; bin++) {
      sum += this.counts[bin] ?? 0;
      if (bin - length >= first) sum -= this.counts[bin - length] ?? 0;
      if (sum > most) most = sum;
    }
    return most;
  }
}

export function quantile(sorted: readonly number[], share: number): number {
  return sorted.length === 0
    ? NaN
    : sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)]!;
}
