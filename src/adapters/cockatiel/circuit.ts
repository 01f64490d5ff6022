import { epoch, wall } from '../../core/time.ts';
import { HydratingCircuitError, TaskCancelledError } from './errors.ts';
import { HalfOpen, type Probe } from './half-open.ts';
import { neverAborted } from './signals.ts';
import {
  CircuitState,
  type FailureReason,
  type IBackoff,
  type IBackoffFactory,
  type IBreaker,
  type IHalfOpenAfterBackoffContext,
} from './types.ts';

type Backoff = IBackoff<IHalfOpenAfterBackoffContext>;

export interface CircuitSettings {
  readonly breaker: IBreaker;
  readonly halfOpenAfter: IBackoffFactory<IHalfOpenAfterBackoffContext>;
  readonly sampling: { readonly calls: number; readonly threshold: number };
}

/** A change of the state. */
export interface Transition {
  readonly from: CircuitState;
  readonly to: CircuitState;
  /** Whether it was done by hand. */
  readonly byHand: boolean;
  readonly reason: FailureReason<unknown> | undefined;
  /** How often it had opened. */
  readonly openings: number;
  readonly time: number;
}

/** What a call is let in with: the generation of the circuit, or its place among the trial calls. */
export type Permit = number | Probe;

/** Rounding must not make a due instant a moment late. */
const grain = 1e-6;

/**
 * The states of cockatiel's circuit: what opens it says the breaker, for how long a backoff, and so many trial calls
 * decide whether it closes.
 *
 * By kedge's rules where those differ. Each transition begins a generation, and an older one's calls have no say. Time is
 * monotonic. A trial call that never ends counts as failed after its lease.
 */
export class Circuit {
  value: CircuitState = CircuitState.Closed;
  lastFailure: FailureReason<unknown> | undefined = undefined;
  /** How often it has opened without closing in between. */
  openings = 0;
  /** When it opened last, in milliseconds since the epoch. */
  openedAtWall: number | undefined = undefined;
  generation = 0;
  /** Transitions that nobody has been told of yet. Whoever calls the circuit looks for them afterwards. */
  news: Transition[] | undefined = undefined;
  private readonly settings: CircuitSettings;
  private backoff: Backoff | undefined = undefined;
  private openedAt = 0;
  private trial: HalfOpen | undefined = undefined;
  private holders = 0;
  private epoch = epoch;

  constructor(settings: CircuitSettings) {
    this.settings = settings;
  }

  /** Lets a call in, or returns nothing. */
  admit(time: number): Permit | undefined {
    this.followClock();
    if (this.value === CircuitState.Closed) return this.generation;
    if (this.value === CircuitState.Isolated) return undefined;
    if (this.value === CircuitState.Open) {
      if (this.retryAfter(time) > grain) return undefined;
      this.trial = new HalfOpen(this.settings.sampling);
      this.enter(CircuitState.HalfOpen, time);
    }
    this.endLeases(time);
    return this.trial?.admit(this.generation, time);
  }

  /** After how many milliseconds a call may be let in. */
  retryAfter(time: number): number {
    if (this.value === CircuitState.Isolated) return Infinity;
    if (this.value !== CircuitState.Open || this.backoff === undefined) return 0;
    return Math.max(0, this.openedAt + this.backoff.duration - time);
  }

  succeeded(permit: Permit, time: number): void {
    if (!this.isHeard(permit, time)) return;
    if (typeof permit === 'number') this.settings.breaker.success(CircuitState.Closed);
    else {
      this.trial?.succeeded(permit);
      this.closeWhenDone(time);
    }
  }

  failed(permit: Permit, reason: FailureReason<unknown>, signal: AbortSignal, time: number): void {
    if (!this.isHeard(permit, time)) return;
    this.lastFailure = reason;
    if (typeof permit !== 'number') {
      this.trial?.failed(permit);
      this.judgeTrial(reason, signal, time);
    } else if (this.settings.breaker.failure(CircuitState.Closed)) this.open(reason, signal, time);
  }

  /** A call has shown nothing: another one may take its place. */
  neutral(permit: Permit): void {
    if (typeof permit !== 'number' && permit.generation === this.generation)
      this.trial?.giveBack(permit);
  }

  /** Lets no call in until what is returned is called; of several holders, the last one ends it. */
  isolate(time: number): (time: number) => void {
    if (this.value !== CircuitState.Isolated) {
      this.holders = 0;
      this.enter(CircuitState.Isolated, time, undefined, true);
    }
    this.holders++;
    let released = false;
    return (until) => {
      if (released) return;
      released = true;
      if (this.value === CircuitState.Isolated && --this.holders === 0)
        this.enter(CircuitState.Closed, until, undefined, true);
    };
  }

  /** What `restore` takes. Of a half-open circuit it is an open one that is due. */
  toJSON(time: number): unknown {
    this.followClock();
    const { value } = this;
    const breakerState = this.settings.breaker.state;
    if (value === CircuitState.Closed) return { ownState: { value }, breakerState };
    if (value === CircuitState.Isolated)
      return { ownState: { value, counters: this.holders }, breakerState };
    const openedAt = value === CircuitState.Open ? Math.round(wall() - (time - this.openedAt)) : 0;
    const attemptNo = value === CircuitState.Open ? this.openings : this.openings + 1;
    return { ownState: { value: CircuitState.Open, openedAt, attemptNo }, breakerState };
  }

  /** Goes on where another circuit stood. An isolation is nobody's any more, and so is an open circuit that is due. */
  restore(state: unknown, time: number): void {
    const { ownState, breakerState } = state as {
      ownState: { value: CircuitState; openedAt?: number; attemptNo?: number };
      breakerState: unknown;
    };
    this.settings.breaker.state = breakerState;
    if (ownState.value === CircuitState.Closed) return;
    const { openedAt = 0, attemptNo = 1 } = ownState;
    const result = { error: new HydratingCircuitError() };
    this.lastFailure = result;
    let backoff: Backoff | undefined;
    for (let attempt = 1; attempt <= Math.max(1, attemptNo); attempt++)
      backoff = (backoff ?? this.settings.halfOpenAfter).next({
        attempt,
        result,
        signal: neverAborted,
      });
    this.backoff = backoff;
    this.openings = attemptNo;
    // A wall clock that was set back must not keep it open for longer than it was to be.
    this.openedAt = time - Math.max(0, wall() - openedAt);
    this.value = CircuitState.Open;
    this.generation++;
  }

  /** Whether an outcome counts: that of an older generation does not, nor that of a trial call whose lease is over. */
  private isHeard(permit: Permit, time: number): boolean {
    this.followClock();
    if (typeof permit === 'number')
      return permit === this.generation && this.value === CircuitState.Closed;
    if (permit.generation !== this.generation) return false;
    this.endLeases(time);
    return permit.generation === this.generation && this.trial?.has(permit) === true;
  }

  private endLeases(time: number): void {
    const { trial } = this;
    if (trial === undefined || !trial.endLeases(time)) return;
    const error = new TaskCancelledError('The half-open call did not end within its lease');
    const reason = { error };
    this.lastFailure = reason;
    this.judgeTrial(reason, neverAborted, time);
  }

  private judgeTrial(reason: FailureReason<unknown>, signal: AbortSignal, time: number): void {
    if (this.trial?.hasFailed === true) {
      this.settings.breaker.failure(CircuitState.HalfOpen);
      this.open(reason, signal, time);
    } else this.closeWhenDone(time);
  }

  private closeWhenDone(time: number): void {
    if (this.trial?.isDone !== true) return;
    this.settings.breaker.success(CircuitState.HalfOpen);
    this.enter(CircuitState.Closed, time);
  }

  private open(reason: FailureReason<unknown>, signal: AbortSignal, time: number): void {
    const attempt = this.openings + 1;
    const context = { attempt, result: reason, signal };
    // Asked before anything changes: it may be a rule of a user's own, and throw.
    this.backoff = (this.backoff ?? this.settings.halfOpenAfter).next(context);
    this.openings = attempt;
    this.openedAt = time;
    this.openedAtWall = wall();
    this.enter(CircuitState.Open, time, reason);
  }

  get openFor(): number {
    return this.backoff?.duration ?? 0;
  }

  private enter(
    to: CircuitState,
    time: number,
    reason?: FailureReason<unknown>,
    byHand = false,
  ): void {
    const { value: from, openings } = this;
    this.value = to;
    this.generation++;
    if (to !== CircuitState.HalfOpen) this.trial = undefined;
    if (to === CircuitState.Closed || to === CircuitState.Isolated) {
      this.backoff = undefined;
      this.openings = 0;
    }
    (this.news ??= []).push({ from, to, byHand, reason, openings, time });
  }

  private followClock(): void {
    const by = epoch - this.epoch;
    if (by === 0) return;
    this.epoch = epoch;
    this.openedAt += by;
    this.trial?.shift(by);
  }
}
