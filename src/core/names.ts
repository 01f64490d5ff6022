/**
 * The numbers of every name. They outlive the pipelines that made them, and are bounded all the same: of names whose
 * pipelines are all gone so many are kept, and what the longest gone have counted goes into one sum.
 */
import { Numbers } from './numbers.ts';

/** The numbers of one name. */
export interface Named extends Numbers {
  readonly name: string;
  /** Whether there has been a pipeline of the name: one that could not be made leaves nothing behind. */
  readonly hasLived: boolean;
  /** Whether calls are still to be counted. */
  readonly isBusy: boolean;
  /** Whether what it had counted is among `others` now. */
  isRetired: boolean;
}

const mostGone = 1_000;

export class Names<Metrics extends Named> {
  /** What names have counted that are not known any more. */
  readonly others: Numbers;
  private readonly make: (name: string) => Metrics;
  private readonly known: Map<string, Metrics> = new Map();
  /** Those without a pipeline, the longest gone first. */
  private readonly left: Set<Metrics> = new Set();

  constructor(bounds: readonly number[], make: (name: string) => Metrics) {
    this.others = new Numbers(bounds);
    this.make = make;
  }

  /** The numbers of a name, for a pipeline that is about to be made. */
  of(name: string): Metrics {
    let metrics = this.known.get(name);
    if (metrics === undefined) {
      metrics = this.make(name);
      this.known.set(name, metrics);
      this.gone(metrics);
    }
    return metrics;
  }

  get(name: string): Metrics | undefined {
    return this.known.get(name);
  }

  /** A pipeline of the name has come. */
  came(metrics: Metrics): void {
    this.left.delete(metrics);
    if (!metrics.isRetired) return;
    // It had to make room while its pipeline was being made.
    metrics.isRetired = false;
    this.others.add(metrics, -1);
    this.known.set(metrics.name, metrics);
  }

  /** The last pipeline of the name has gone. */
  gone(metrics: Metrics): void {
    this.left.add(metrics);
    if (this.left.size > mostGone) this.retire();
  }

  /** All that are known. */
  *[Symbol.iterator](): Iterator<Metrics> {
    for (const metrics of this.known.values()) if (metrics.hasLived) yield metrics;
  }

  refine(bounds: readonly number[]): void {
    this.others.refine(bounds);
    for (const each of this.known.values()) each.refine(bounds);
  }

  /** Makes room; calls that are still under way are going to be counted under their own name. */
  private retire(): void {
    for (const longest of this.left) {
      if (longest.isBusy) continue;
      this.left.delete(longest);
      this.known.delete(longest.name);
      this.others.add(longest);
      longest.isRetired = true;
      return;
    }
  }
}
