/** Stands for all names beyond the first so many. */
export const OTHER = '_other';

/**
 * The names that become label values: the first `most` that are seen, for good, so that what Prometheus has to keep
 * is bounded and no time series ever loses counts to another.
 */
export class Names {
  private readonly most: number;
  private readonly seen: Set<string> = new Set();

  constructor(most: number) {
    this.most = most;
  }

  labelOf(name: string): string {
    if (this.seen.has(name) || name === OTHER) return name;
    if (this.seen.size >= this.most) return OTHER;
    this.seen.add(name);
    return name;
  }

  /** Whether the name has a place of its own. */
  has(name: string): boolean {
    return this.seen.has(name);
  }
}
