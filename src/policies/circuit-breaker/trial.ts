import { CallWindow } from '../../mechanisms/window.ts';
import type { Rates } from './health.ts';
import type { Settings } from './settings.ts';
import { Streak } from './streak.ts';

/** A call that was let in while the circuit was half-open. */
export class Probe {
  readonly generation: number;
  since: number;
  /** The probe around this one, whose place it has taken over: a call inside a call is no second load. */
  readonly around: Probe | undefined;
  /** Whether a call inside has taken its place over at this moment. */
  lent = false;
  /** What calls inside have said of the dependency: whether one of them failed. */
  failedInside: boolean | undefined = undefined;

  constructor(generation: number, since: number, around: Probe | undefined) {
    this.generation = generation;
    this.since = since;
    this.around = around;
  }
}

/** At most this many calls at once are asked of a slow start, however many there were before. */
const mostProbes = 64;

/**
 * The half-open time: a few calls are let in, and each success lets `growth` more in at a time, until as many run as ran
 * before the circuit opened, or until too many of the latest have failed.
 */
export class HalfOpenTrial {
  readonly streak: Streak;
  private ended = 0;
  private readonly probes: number;
  private readonly growth: number;
  private readonly leaseFor: number;
  private readonly minimumCalls: number;
  private readonly target: number;
  private readonly out: Set<Probe> = new Set();
  private readonly latest: CallWindow;
  private successes = 0;
  /** Places beyond those, for calls whose inner calls found none. */
  private further = 0;

  constructor({ halfOpen, minimumCalls, window }: Settings, concurrencyBefore: number) {
    this.probes = halfOpen.probes;
    this.growth = halfOpen.growth;
    this.leaseFor = halfOpen.leaseFor;
    this.minimumCalls = minimumCalls;
    this.target = Math.min(mostProbes, concurrencyBefore);
    this.latest = new CallWindow(minimumCalls);
    this.streak = new Streak(window);
  }

  get hasPlace(): boolean {
    return this.out.size < this.places + this.further;
  }

  get hasSucceeded(): boolean {
    return this.ended >= this.probes && this.places >= this.target;
  }

  /** How many calls at a time what has succeeded so far lets in. */
  private get places(): number {
    return this.probes + this.growth * this.successes;
  }

  /**
   * The share of failures among the latest `minimumCalls`. While fewer have ended, those that are under way count as
   * successes, and those that are still to be let in at first: so a rate that is reached is certain.
   */
  get failureRate(): number {
    return this.latest.at().failures / this.judged;
  }

  get rates(): Rates {
    const { failureRate, ended, judged } = this;
    return { calls: ended, failureRate, slowRate: this.latest.at().slow / judged };
  }

  private get judged(): number {
    return Math.min(this.minimumCalls, Math.max(this.probes, this.ended + this.out.size));
  }

  /** A place for one more probe: that of the call around it where it has one, else a free one. */
  admit(generation: number, time: number, around: Probe | undefined): Probe | undefined {
    if (around !== undefined && !around.lent && this.isOut(around)) {
      around.lent = true;
      return new Probe(generation, time, around);
    }
    if (!this.hasPlace) return undefined;
    const probe = new Probe(generation, time, undefined);
    this.out.add(probe);
    return probe;
  }

  /** A probe has ended; `undefined` if it says nothing. A probe whose lease was over says nothing any more. */
  end(probe: Probe, failed: boolean | undefined, slow: boolean, time: number, sent: number): void {
    if (!this.isOut(probe)) return;
    const { around, failedInside } = probe;
    if (around === undefined) this.out.delete(probe);
    else around.lent = false;
    if (failed === undefined) return;
    // What calls inside have said already is not said again: they are nearer to the dependency.
    if (failedInside !== undefined && (failedInside || !failed)) return;
    for (let each = around; each !== undefined; each = each.around)
      each.failedInside = failed || (each.failedInside ?? false);
    this.ended++;
    this.latest.add(time, failed, slow);
    if (failed) this.streak.failed(sent, time);
    else {
      this.successes++;
      this.streak.succeeded(sent);
    }
  }

  /** A probe was turned away inside by its own circuit: such calls need more places than one. */
  makeRoom(): void {
    this.further++;
  }

  /** Takes the places of probes back that never ended: they count as failed. */
  endLeases(time: number): void {
    // In the order of their beginning: the first whose lease runs ends the search.
    for (const probe of this.out) {
      if (time - probe.since < this.leaseFor) return;
      this.end(probe, true, false, time, probe.since);
    }
  }

  /** Another clock has come, whose zero is elsewhere. */
  shift(by: number): void {
    this.streak.shift(by);
    for (const probe of this.out) probe.since += by;
  }

  private isOut(probe: Probe): boolean {
    let outermost = probe;
    while (outermost.around !== undefined) outermost = outermost.around;
    return this.out.has(outermost);
  }
}
