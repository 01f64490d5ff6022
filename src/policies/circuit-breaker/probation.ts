import type { HalfOpenOptions } from './options.ts';

/** A call that was let in while the circuit was half-open. */
export interface Probe {
  readonly since: number;
}

/** At most this many calls at once are asked of a slow start, however many there were before. */
const mostProbes = 64;

/**
 * The half-open time: a few calls are let in, each success lets in one more at a time, until as many run as ran
 * before, or until the failures among them are too many.
 */
export class HalfOpenTrial {
  private readonly probes: number;
  private readonly leaseFor: number;
  private readonly target: number;
  private readonly out: Set<Probe> = new Set();
  private successes = 0;
  private failures = 0;

  constructor(options: Readonly<Required<HalfOpenOptions>>, before: number) {
    this.probes = options.probes;
    this.leaseFor = options.leaseFor;
    this.target = Math.min(mostProbes, before);
  }

  get hasPlace(): boolean {
    return this.out.size < this.probes + this.successes;
  }

  /** A place for one more probe, if there is one. */
  admit(time: number): Probe | undefined {
    if (!this.hasPlace) return undefined;
    const probe = { since: time };
    this.out.add(probe);
    return probe;
  }

  /** A probe has ended; `undefined` if it says nothing. A probe whose lease was over says nothing any more. */
  end(probe: Probe, succeeded: boolean | undefined): void {
    if (!this.out.delete(probe) || succeeded === undefined) return;
    if (succeeded) this.successes++;
    else this.failures++;
  }

  /** Takes the places of probes back that never ended: they count as failed. */
  endLeases(time: number): void {
    // In the order of their beginning: the first whose lease runs ends the search.
    for (const probe of this.out) {
      if (time - probe.since < this.leaseFor) return;
      this.end(probe, false);
    }
  }

  /** Whether the rate of failures is reached whatever the probes that are out may still say. */
  hasFailed(failureRate: number): boolean {
    const judged = Math.max(this.probes, this.successes + this.failures + this.out.size);
    return this.failures / judged >= failureRate;
  }

  get hasSucceeded(): boolean {
    return (
      this.successes + this.failures >= this.probes && this.probes + this.successes >= this.target
    );
  }
}
