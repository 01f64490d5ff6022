/**
 * The quantile of recent values, in constant memory: a histogram on a logarithmic scale, whose counts are halved
 * now and then so that what is old fades. A value is found again within about 5 %.
 */
const perDoubling = 16;
const doublings = 26;
/** The smallest value that is told apart, in whatever unit is recorded: 0.01 ms, when it is milliseconds. */
const smallest = 0.01;

export class RecentQuantile {
  private readonly counts: Float64Array = new Float64Array(perDoubling * doublings);
  private readonly quantile: number;
  private readonly memory: number;
  private total = 0;

  /** `memory`: after so many values the older ones count half. */
  constructor(quantile: number, memory = 1_000) {
    this.quantile = quantile;
    this.memory = memory;
  }

  get size(): number {
    return this.total;
  }

  record(value: number): void {
    const bucket = bucketOf(value);
    this.counts[bucket] = (this.counts[bucket] as number) + 1;
    this.total++;
    if (this.total >= 2 * this.memory) this.fade();
  }

  /** The value below which the share `quantile` of the recent ones lies; `undefined` while there are none. */
  estimate(): number | undefined {
    if (this.total === 0) return undefined;
    let left = this.quantile * this.total;
    for (let bucket = 0; bucket < this.counts.length; bucket++) {
      left -= this.counts[bucket] as number;
      if (left <= 0) return smallest * 2 ** ((bucket + 1) / perDoubling);
    }
    return smallest * 2 ** doublings;
  }

  private fade(): void {
    this.total = 0;
    for (let bucket = 0; bucket < this.counts.length; bucket++) {
      this.counts[bucket] = (this.counts[bucket] as number) / 2;
      this.total += this.counts[bucket] as number;
    }
  }
}

function bucketOf(value: number): number {
  if (!(value > smallest)) return 0;
  return Math.min(
    perDoubling * doublings - 1,
    Math.floor(Math.log2(value / smallest) * perDoubling),
  );
}
