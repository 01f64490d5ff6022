/** The state of an opossum breaker: its rules, opossum's; its generations, leases and clock, kedge's. */
import { type CircuitState, counterOf, type TransitionReason } from '../../core/transitions.ts';
import { epoch, now, Timer, wall } from '../../core/time.ts';
import type { Firing } from './firing.ts';
import type { Settings, State } from './options.ts';
import type { OpossumStage } from './stage.ts';
import type { Status } from './status.ts';

/** How long a probe may take that no timeout ends, in milliseconds, as in kedge's own breaker. */
const leaseFor = 30_000;

/** What the circuit tells its breaker. */
export interface Owner {
  readonly options: Settings;
  readonly status: Status;
  readonly stage: OpossumStage | undefined;
  tell(event: string, ...args: unknown[]): void;
  renewAbortController(): void;
}

export class CircuitOfOpossum {
  state: CircuitState | 'shutdown' = 'closed';
  /** Half-open, and nobody has been let in yet. */
  pendingClose = false;
  readonly lastTimerAt: number = wall();
  private readonly owner: Owner;
  private generation = 0;
  private timer: Timer | undefined = undefined;
  private lease: Timer | undefined = undefined;
  private openings = 0;
  private turnedAway = 0;
  private notClosedSince: number | undefined = undefined;
  private counted = 0;
  private openUntil = 0;
  private lastOpenedAt: number | undefined = undefined;
  private cause: unknown = undefined;

  constructor(owner: Owner) {
    this.owner = owner;
  }

  restore(state: Partial<State>): void {
    if (state.shutdown) this.state = 'shutdown';
    else if (state.closed !== false) return;
    else if (state.halfOpen) {
      this.state = 'half-open';
      this.pendingClose = true;
    } else {
      const { lastTimerAt } = state;
      const isOver =
        lastTimerAt !== undefined && wall() - lastTimerAt > this.owner.options.resetTimeout;
      if (isOver) this.halfOpen();
      else this.open('restored');
    }
  }

  /** Lets a call in, as a probe where the circuit is half-open. */
  admit(firing: Firing): boolean {
    if (this.state !== 'closed' && !this.pendingClose) {
      this.turnedAway++;
      return false;
    }
    firing.generation = this.generation;
    if (this.state === 'half-open') {
      firing.isProbe = true;
      const { timeout } = this.owner.options;
      if (!timeout || timeout === Infinity)
        this.lease = new Timer(() => this.expire(firing), leaseFor, false);
    }
    this.pendingClose = false;
    return true;
  }

  /** Whether what a call shows may still move the circuit. */
  isOf(firing: Firing): boolean {
    return firing.generation === this.generation;
  }

  /** A probe that was no trial of the dependency: the next call may be one. */
  giveBack(firing: Firing): void {
    if (!firing.isProbe || !this.isOf(firing) || this.state !== 'half-open') return;
    this.lease?.stop();
    firing.isProbe = false;
    this.pendingClose = true;
  }

  succeeded(firing: Firing): void {
    if (this.state === 'half-open' && this.isOf(firing)) this.close('recovered');
  }

  failed(firing: Firing, error: unknown, isWarmingUp: boolean, volumeThreshold: number): void {
    const { state } = this;
    // A probe that has failed while all is forgiven must not leave the circuit half-open for ever.
    if (isWarmingUp) this.giveBack(firing);
    else if (state === 'closed') {
      const { fires, failures } = this.owner.status.judged();
      if (fires < volumeThreshold) return;
      if ((failures / fires) * 100 > this.owner.options.errorThresholdPercentage) {
        this.cause = error;
        this.open('failure-rate');
      }
    } else if (state === 'half-open' && this.isOf(firing)) {
      this.cause = error;
      this.open('probe-failed');
    }
  }

  open(reason: TransitionReason): void {
    const { state: from, owner } = this;
    if (from === 'open') return;
    const { resetTimeout } = owner.options;
    const time = now() - epoch;
    const { fires, failures } = owner.status.judged();
    this.enter('open');
    this.openings++;
    this.openUntil = time + resetTimeout;
    this.lastOpenedAt = wall();
    this.notClosedSince ??= time;
    owner.status.open();
    this.timer = new Timer(() => this.halfOpen(), resetTimeout, false);
    if (from !== 'shutdown')
      owner.stage?.tell(
        'circuit.opened',
        {
          from,
          reason: reason as 'failure-rate',
          failureRate: failures / fires,
          slowRate: NaN,
          calls: fires,
          consecutiveFailures: 0,
          openFor: resetTimeout,
          openings: this.openings,
          error: this.cause,
        },
        counterOf({ from, to: 'open', reason }),
      );
    owner.tell('open');
  }

  close(reason: TransitionReason): void {
    const { state: from, owner } = this;
    if (from === 'closed') return;
    this.enter('closed');
    this.timer?.stop();
    owner.renewAbortController();
    owner.status.close();
    this.countNotClosed();
    if (from !== 'shutdown') {
      const notClosedFor =
        this.notClosedSince === undefined ? 0 : now() - epoch - this.notClosedSince;
      const { openings, turnedAway } = this;
      owner.stage?.tell(
        'circuit.closed',
        { from, notClosedFor, openings, turnedAway },
        counterOf({ from, to: 'closed', reason }),
      );
    }
    this.openings = this.turnedAway = this.counted = 0;
    this.notClosedSince = this.cause = undefined;
    owner.tell('close');
  }

  shutdown(): void {
    this.timer?.stop();
    this.enter('shutdown');
  }

  retryAfter(): number {
    return this.state === 'open' ? Math.max(0, this.openUntil - (now() - epoch)) : 0;
  }

  gauges(): Readonly<Record<string, number>> {
    this.countNotClosed();
    const { state, lastOpenedAt } = this;
    const { fires, failures } = this.owner.status.judged();
    return {
      closed: state === 'closed' ? 1 : 0,
      open: state === 'open' ? 1 : 0,
      half_open: state === 'half-open' ? 1 : 0,
      isolated: 0,
      not_closed: state === 'open' || state === 'half-open' ? 1 : 0,
      ...(lastOpenedAt !== undefined && { last_opened_timestamp_seconds: lastOpenedAt / 1_000 }),
      ...(fires > 0 && { failure_rate: failures / fires }),
    };
  }

  private halfOpen(): void {
    const { state: from, owner } = this;
    this.enter('half-open');
    this.pendingClose = true;
    owner.renewAbortController();
    if (from === 'open')
      owner.stage?.tell(
        'circuit.half-opened',
        { from },
        counterOf({ from, to: 'half-open', reason: 'elapsed' }),
      );
    owner.tell('halfOpen', owner.options.resetTimeout);
  }

  /** A probe has not settled: it counts as failed, and its outcome as nothing. */
  private expire(firing: Firing): void {
    if (this.state === 'half-open' && this.isOf(firing)) this.open('probe-failed');
  }

  private enter(state: CircuitState | 'shutdown'): void {
    this.state = state;
    this.pendingClose = false;
    this.generation++;
    this.lease?.stop();
    this.lease = undefined;
  }

  /** Adds the time that the circuit was not closed to what is counted. */
  private countNotClosed(): void {
    if (this.notClosedSince === undefined) return;
    const total = now() - epoch - this.notClosedSince;
    this.owner.stage?.notClosedFor(Math.max(0, total - this.counted));
    this.counted = Math.max(this.counted, total);
  }
}
