/** The trial calls of a half-open circuit. */

/** A trial call under way. */
export interface Probe {
  readonly generation: number;
  /** When its lease is over. */
  until: number;
}

/** How long a trial call may take before it counts as failed, in milliseconds. */
const leaseFor = 30_000;

export class HalfOpen {
  private readonly calls: number;
  private readonly mostFailures: number;
  private readonly out: Set<Probe> = new Set();
  private successes = 0;
  private failures = 0;

  constructor({ calls, threshold }: { readonly calls: number; readonly threshold: number }) {
    this.calls = calls;
    this.mostFailures = threshold * calls;
  }

  /** Lets one more trial call in, if there is a place. */
  admit(generation: number, time: number): Probe | undefined {
    if (this.successes + this.failures + this.out.size >= this.calls) return undefined;
    const probe = { generation, until: time + leaseFor };
    this.out.add(probe);
    return probe;
  }

  has(probe: Probe): boolean {
    return this.out.has(probe);
  }

  succeeded(probe: Probe): void {
    if (this.out.delete(probe)) this.successes++;
  }

  failed(probe: Probe): void {
    if (this.out.delete(probe)) this.failures++;
  }

  giveBack(probe: Probe): void {
    this.out.delete(probe);
  }

  /** Counts as failed whose lease is over. Returns whether there was one. */
  endLeases(time: number): boolean {
    const { failures } = this;
    for (const probe of this.out) if (probe.until <= time) this.failed(probe);
    return this.failures > failures;
  }

  /** Whether more have failed than may. */
  get hasFailed(): boolean {
    return this.failures > this.mostFailures;
  }

  /** Whether all have come back, and enough of them well. */
  get isDone(): boolean {
    return this.successes + this.failures >= this.calls && this.out.size === 0;
  }

  /** Another clock has come, whose zero is elsewhere. */
  shift(by: number): void {
    for (const probe of this.out) probe.until += by;
  }
}
