import type { Scope } from '../../core/scope.ts';
import type { CircuitState, EventFields, OpenReason } from '../../core/events.ts';
import { now, wall } from '../../core/time.ts';
import { delayOf } from '../../mechanisms/backoff.ts';
import { CallWindow, TimeWindow, type Window } from '../../mechanisms/window.ts';
import type { Settings } from './settings.ts';
import { type Probe, HalfOpenTrial } from './probation.ts';
import type { Snapshot } from './snapshot.ts';

/** A call's leave to pass: the generation of the circuit that let it in, and its place if it is a probe. */
export type Permit = number | { readonly generation: number; readonly probe: Probe };

/** How a call that had a permit ended: as a failure of the dependency, as a sign of its life, or as neither. */
export type Health = 'failure' | 'success' | 'nothing';

export type Transition = {
  [Type in 'circuit.opened' | 'circuit.half-opened' | 'circuit.closed' | 'circuit.isolated']: {
    readonly type: Type;
    readonly fields: EventFields[Type];
  };
}['circuit.opened' | 'circuit.half-opened' | 'circuit.closed' | 'circuit.isolated'];

/** Who is told of a circuit's transitions, and by which call they came about. */
export interface Watcher {
  turned(transition: Transition, by: Scope | undefined): void;
}

/** A half-open circuit cannot know when a place will be free; it says so much at most. */
const retryWhileProbing = 500;

/**
 * The state machine of a circuit breaker: four states, no timer, transitions made by the calls that find them due.
 *
 * Each transition begins a new generation, and a permit carries the one that gave it: what a call of an older
 * generation says is dropped (as in Sony's gobreaker).
 */
export class Circuit {
  state: CircuitState = 'closed';
  watchers: Watcher[] = [];
  private settings: Settings;
  private generation = 0;
  private window: Window;
  private consecutive = 0;
  private failedAt = -Infinity;
  /** When the latest call that succeeded was sent, and the first of those that failed since. */
  private succeededSince = -Infinity;
  private streakSince = -Infinity;
  /** Calls of this generation that are under way, and those among them that are slow already. */
  private running = 0;
  private slowRunning = 0;
  private concurrencyBeforeOpening = 1;
  private openings = 0;
  private openFor = 0;
  private opensUntil = 0;
  private cause: unknown = undefined;
  private trial: HalfOpenTrial | undefined = undefined;
  private isolations = 0;
  private isolation = 0;

  constructor(settings: Settings) {
    this.settings = settings;
    this.window = windowOf(settings);
  }

  unwatch(watcher: Watcher): void {
    // A list of its own, since it may be one that is being gone through.
    this.watchers = this.watchers.filter((each) => each !== watcher);
  }

  /** Lets a call in, or returns `undefined`. */
  admit(scope: Scope): Permit | undefined {
    if (this.state === 'closed') {
      this.running++;
      return this.generation;
    }
    return this.admitProbe(scope, scope.execution.time);
  }

  private admitProbe(scope: Scope, time: number): Permit | undefined {
    if (this.state === 'open' && time >= this.opensUntil) this.halfOpen(scope);
    if (this.trial === undefined) return undefined;
    this.trial.endLeases(time);
    if (this.trial.hasFailed(this.settings.failureRate)) {
      this.open(time, 'probe-failed', this.cause, scope);
      return undefined;
    }
    const probe = this.trial.admit(time);
    return probe && { generation: this.generation, probe };
  }

  /** After how many milliseconds a call that was not let in may try again. */
  retryAfter(time: number): number {
    if (this.state === 'isolated') return Infinity;
    if (this.state === 'half-open') return Math.min(retryWhileProbing, this.openFor);
    return Math.max(0, this.opensUntil - time);
  }

  /** After how many milliseconds a call would be let in as things stand; 0 for at once. */
  admitsIn(time: number): number {
    if (this.state === 'closed') return 0;
    if (this.state === 'half-open' && this.trial?.hasPlace === true) return 0;
    return this.retryAfter(time);
  }

  /** What opened the circuit. */
  get reason(): unknown {
    return this.cause;
  }

  /** A call is slow, and still under way. */
  slow(permit: Permit, time: number, by: Scope): boolean {
    if (permit !== this.generation) return false;
    this.slowRunning++;
    this.judge(time, undefined, by);
    return true;
  }

  /** A call has ended well, without anything else to note. */
  succeeded(permit: number, scope: Scope): void {
    if (permit !== this.generation) return;
    this.running--;
    const { time } = scope.execution;
    this.endStreak(sentAt(scope));
    this.window.add(time, false, false);
    this.judge(time, undefined, scope);
  }

  /** A call has ended. `wasSlow`: it had been reported by `slow` before. */
  end(
    permit: Permit,
    scope: Scope,
    verdict: Health,
    slow: boolean,
    wasSlow: boolean,
    error: unknown,
  ): void {
    const { time } = scope.execution;
    if (typeof permit !== 'number') {
      if (permit.generation === this.generation)
        this.probeEnded(permit.probe, scope, verdict, slow, error);
      return;
    }
    if (permit !== this.generation) return;
    this.running--;
    if (wasSlow) this.slowRunning--;
    if (verdict === 'nothing') return;
    const failed = verdict === 'failure';
    this.window.add(time, failed, slow);
    if (failed) {
      const { window } = this.settings;
      // A streak that rests for longer than the window is as old as what has left the window.
      if ('duration' in window && time - this.failedAt > window.duration) this.consecutive = 0;
      this.streak(sentAt(scope));
      this.failedAt = time;
    } else this.endStreak(sentAt(scope));
    this.judge(time, error, scope);
  }

  /**
   * A call that was sent at `since` has failed. Failures are in a row in the order of sending: calls that ran into one
   * timeout together end together, whatever was answered between them, and a late success is from before the row.
   */
  private streak(since: number): void {
    if (since < this.succeededSince) return;
    if (this.consecutive++ === 0) this.streakSince = since;
  }

  private endStreak(since: number): void {
    if (since > this.succeededSince) this.succeededSince = since;
    if (since >= this.streakSince) this.consecutive = 0;
  }

  /** Rates over the window; NaN below the minimum of calls. */
  rates(time: number): { failureRate: number; slowRate: number; calls: number } {
    const { calls, failures, slow } = this.window.at(time);
    const seen = calls + this.slowRunning;
    const enough = seen >= this.settings.minimumCalls;
    return {
      failureRate: calls >= this.settings.minimumCalls ? failures / calls : NaN,
      slowRate: enough ? (slow + this.slowRunning) / seen : NaN,
      calls,
    };
  }

  open(time: number, reason: OpenReason, error: unknown, by?: Scope): void {
    if (this.state === 'isolated') return;
    const { failureRate, slowRate, calls } = this.rates(time);
    const openFor = delayOf(this.settings.openFor, this.openings + 1, error, this.openFor);
    if (this.state === 'closed') this.concurrencyBeforeOpening = Math.max(1, this.running);
    this.openings++;
    this.openFor = openFor;
    this.opensUntil = time + openFor;
    this.cause = error;
    const from = this.enter('open');
    this.report(
      {
        type: 'circuit.opened',
        fields: { from, reason, failureRate, slowRate, calls, openFor, error },
      },
      by,
    );
  }

  close(by?: Scope): void {
    this.isolations = 0;
    this.isolation++;
    if (this.state === 'closed') return;
    this.openings = 0;
    this.openFor = 0;
    this.cause = undefined;
    const from = this.enter('closed');
    this.report({ type: 'circuit.closed', fields: { from } }, by);
  }

  /** Lets nothing through until every holder of an isolation has ended it. */
  isolate(): () => void {
    this.isolations++;
    if (this.state !== 'isolated') {
      this.cause = undefined;
      const from = this.enter('isolated');
      this.report({ type: 'circuit.isolated', fields: { from } }, undefined);
    }
    const { isolation } = this;
    let held = true;
    return () => {
      if (!held || isolation !== this.isolation) return;
      held = false;
      this.isolations--;
      if (this.isolations === 0) this.close();
    };
  }

  reconfigure(settings: Settings): void {
    const before = this.settings.window;
    this.settings = settings;
    if (JSON.stringify(before) === JSON.stringify(settings.window)) return;
    const time = now();
    const known = this.window.at(time);
    this.window = windowOf(settings);
    this.window.load(time, known);
  }

  snapshot(): Snapshot {
    const time = now();
    const { calls, failures, slow } = this.window.at(time);
    return {
      version: 1,
      state: this.state,
      at: wall(),
      calls,
      failures,
      slow,
      consecutiveFailures: this.consecutive,
      openings: this.openings,
      openFor: finite(this.openFor),
      remaining: this.state === 'open' ? finite(Math.max(0, this.opensUntil - time)) : 0,
    };
  }

  restore(snapshot: Snapshot): void {
    const time = now();
    const age = Math.max(0, wall() - snapshot.at);
    this.openings = snapshot.openings;
    this.openFor = snapshot.openFor;
    if (snapshot.state !== 'closed') {
      this.state = 'open';
      // A wall clock that was set back must not keep it open for longer than it was to be.
      this.opensUntil = time + Math.max(0, snapshot.remaining - age);
      return;
    }
    const { window } = this.settings;
    if ('duration' in window && age >= window.duration) return;
    this.window.load(time, snapshot);
    this.consecutive = snapshot.consecutiveFailures;
    this.failedAt = time;
  }

  private probeEnded(
    probe: Probe,
    scope: Scope,
    verdict: Health,
    slow: boolean,
    error: unknown,
  ): void {
    const trial = this.trial as HalfOpenTrial;
    // A probe that came back too slowly is no sign of health where slowness opens the circuit.
    const succeeded = verdict === 'nothing' ? undefined : verdict === 'success' && !slow;
    // Also when nobody called meanwhile: what comes back after its lease is over has failed.
    trial.endLeases(scope.execution.time);
    trial.end(probe, succeeded);
    if (succeeded === false) this.cause = error ?? this.cause;
    if (trial.hasFailed(this.settings.failureRate))
      this.open(scope.execution.time, 'probe-failed', this.cause, scope);
    else if (trial.hasSucceeded) this.close(scope);
  }

  private judge(time: number, error: unknown, by: Scope): void {
    const { settings } = this;
    if (this.consecutive >= settings.consecutiveFailures) {
      this.open(time, 'consecutive', error, by);
      return;
    }
    const { calls, failures, slow } = this.window.at(time);
    // Divided, not multiplied: 0.07 × 100 is more than 7, and 7 of 100 must reach a rate of 0.07.
    if (calls >= settings.minimumCalls && failures / calls >= settings.failureRate) {
      this.open(time, 'failure-rate', error, by);
      return;
    }
    if (settings.slowCall === undefined) return;
    const seen = calls + this.slowRunning;
    if (
      seen >= settings.minimumCalls &&
      (slow + this.slowRunning) / seen >= settings.slowCall.rate
    ) {
      this.open(time, 'slow-rate', error, by);
    }
  }

  private halfOpen(by: Scope): void {
    const from = this.enter('half-open');
    this.trial = new HalfOpenTrial(this.settings.halfOpen, this.concurrencyBeforeOpening);
    this.report({ type: 'circuit.half-opened', fields: { from } }, by);
  }

  /** Begins a generation. */
  private enter(state: CircuitState): CircuitState {
    const from = this.state;
    this.state = state;
    this.generation++;
    this.trial = undefined;
    this.running = this.slowRunning = 0;
    this.consecutive = 0;
    this.window.clear();
    return from;
  }

  private report(transition: Transition, by: Scope | undefined): void {
    for (const each of this.watchers) each.turned(transition, by);
  }
}

/** When a call was sent; one inside which calls are made anew, and which was not sent itself, counts by its end. */
function sentAt({ startedAt, execution }: Scope): number {
  return startedAt < 0 ? execution.time : startedAt;
}

/** JSON has no Infinity; this is as long. */
function finite(ms: number): number {
  return Math.min(ms, Number.MAX_SAFE_INTEGER);
}

function windowOf(settings: Settings): Window {
  return 'duration' in settings.window
    ? new TimeWindow(settings.window.duration)
    : new CallWindow(settings.window.calls);
}
