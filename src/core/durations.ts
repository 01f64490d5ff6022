/** Durations counted by size: what the histograms of the metrics are read from. */

/** The upper bounds that durations are counted by unless a sink asks for others, in seconds. */
export const defaultBounds: readonly number[] = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
];

export class Histogram {
  /** Upper bounds in seconds, ascending. */
  bounds: readonly number[];
  /** How many were at most as long as each bound and longer than the one before; last, how many were longer. */
  counts: Float64Array;
  /** In milliseconds. */
  sum = 0;

  constructor(bounds: readonly number[], counts?: Float64Array) {
    this.bounds = bounds;
    this.counts = counts ?? new Float64Array(bounds.length + 1);
  }

  observe(milliseconds: number): void {
    const { bounds, counts } = this;
    // Divided and not the bounds multiplied: 570 ms are not above 0.57 s, but they are above 0.57 * 1000.
    const seconds = milliseconds / 1_000;
    let index = 0;
    while (index < bounds.length && seconds > (bounds[index] as number)) index++;
    counts[index] = (counts[index] as number) + 1;
    this.sum += milliseconds;
  }

  /** Counts by more bounds from now on; earlier durations stay under the bound that they were counted by. */
  refine(bounds: readonly number[]): void {
    const counts = new Float64Array(bounds.length + 1);
    const before = { bounds: this.bounds, counts: this.counts };
    this.bounds = bounds;
    this.counts = counts;
    for (const [index, count] of before.counts.entries()) {
      counts[this.indexOf(before.bounds[index])] = count;
    }
  }

  /** Adds the counts of another one, or takes them away with a `factor` of -1. */
  add(other: Histogram, factor: number): void {
    if (this.bounds !== other.bounds) this.refine(withBounds(this.bounds, other.bounds));
    for (const [index, count] of other.counts.entries()) {
      const at = this.indexOf(other.bounds[index]);
      this.counts[at] = (this.counts[at] as number) + factor * count;
    }
    this.sum += factor * other.sum;
  }

  /** What it has counted by now. */
  copy(): Histogram {
    const copy = new Histogram(this.bounds, this.counts.slice());
    copy.sum = this.sum;
    return copy;
  }

  private indexOf(bound: number | undefined): number {
    return bound === undefined ? this.bounds.length : this.bounds.indexOf(bound);
  }
}

/** All bounds of two lists, ascending; the first list itself where that has them all. */
export function withBounds(bounds: readonly number[], more: readonly number[]): readonly number[] {
  if (more.every((bound) => bounds.includes(bound))) return bounds;
  return [...new Set([...bounds, ...more])].toSorted((one, other) => one - other);
}
