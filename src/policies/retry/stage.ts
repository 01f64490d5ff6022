import type { Scope, PendingWait } from '../../core/scope.ts';
import { CircuitOpenError, RejectedError } from '../../core/errors.ts';
import { type Place, Stage } from '../../core/stage.ts';
import { Timer } from '../../core/time.ts';
import { classify } from '../../verdict/classify.ts';
import { delayOf } from '../../mechanisms/backoff.ts';
import type { RetryBudget } from '../../mechanisms/budget.ts';
import type { Settings } from './options.ts';

/** Those who wait for the same circuit come back over so long at most, in milliseconds. */
const mostSpread = 1_000;

/** What is noted about a call from its first failure on. */
class RetryState {
  made = 1;
  failed = 0;
  previousDelay = 0;
  waitedForCircuit = false;
  apart = false;
  readonly since: number;

  constructor(since: number) {
    this.since = since;
  }
}

export class RetryStage extends Stage {
  private readonly settings: Settings;
  private readonly paysIn: RetryBudget | undefined;

  constructor(place: Place, settings: Settings) {
    super(place, {
      scheduled: 0,
      recovered: 0,
      exhausted: 0,
      refused_budget: 0,
      refused_deadline: 0,
      refused_circuit: 0,
    });
    this.settings = settings;
    this.paysIn =
      settings.budget !== false && place.claim(settings.budget) ? settings.budget : undefined;
  }

  override enter(scope: Scope): void {
    if (this.settings.maxElapsed !== Infinity)
      scope.notes[this.index] = new RetryState(scope.execution.time);
    this.nextEntering.enter(scope);
  }

  override succeed(inside: Scope, value: unknown): void {
    const scope = this.leave(inside);
    const { handleResult } = this.settings;
    let failed = false;
    try {
      failed =
        handleResult !== undefined &&
        scope.interruptedBy === undefined &&
        handleResult(value, inside);
      if (failed && this.again(scope, undefined)) return;
      if (!failed) this.paysIn?.deposit(scope.execution.time);
    } catch (thrown) {
      this.outer.fail(scope, thrown);
      return;
    }
    const tries = scope.notes[this.index] as RetryState | undefined;
    if (!failed && tries !== undefined && tries.failed > 0) {
      this.count('recovered');
      this.emit(scope, 'retry.recovered', {
        attempts: tries.made,
        duration: scope.execution.time - tries.since,
      });
    }
    this.nextSucceeding.succeed(scope, value);
  }

  override fail(inside: Scope, error: unknown): void {
    const scope = this.leave(inside);
    if (scope.interruptedBy !== undefined) {
      this.outer.fail(scope, error);
      return;
    }
    try {
      if (this.settings.handle(error, inside)) {
        const waits =
          error instanceof CircuitOpenError
            ? this.awaitCircuit(scope, error)
            : this.again(scope, error);
        if (waits) return;
      }
    } catch (thrown) {
      this.outer.fail(scope, thrown);
      return;
    }
    this.outer.fail(scope, error);
  }

  override gauges(): Readonly<Record<string, number>> {
    const { budget } = this.settings;
    return budget === false ? {} : { budget_available_ratio: budget.available() };
  }

  /** Back from a try to the call that it was made for. */
  private leave(inside: Scope): Scope {
    const scope = inside.at(this);
    if (scope !== inside) {
      scope.attempt = inside.attempt;
      scope.drop(inside);
    }
    return scope;
  }

  /** Leaves the first try with the call that its operation was given, whose context must not change any more. */
  private apart(scope: Scope, tries: RetryState): Scope {
    if (tries.apart) return scope;
    tries.apart = true;
    const owner = scope.split(this);
    owner.drop(scope);
    return owner;
  }

  private tries(scope: Scope): RetryState {
    const noted = scope.notes[this.index] as RetryState | undefined;
    if (noted !== undefined) return noted;
    const tries = new RetryState(scope.execution.startedAt);
    scope.notes[this.index] = tries;
    return tries;
  }

  /** Starts the wait for one more try, unless that is refused. */
  private again(scope: Scope, error: unknown): boolean {
    const { maxAttempts, respectRetryAfter, maxRetryAfter, backoff } = this.settings;
    const tries = this.tries(scope);
    tries.failed++;
    if (tries.made >= maxAttempts) {
      this.count('exhausted');
      this.emit(scope, 'retry.exhausted', { attempts: tries.made, error });
      return false;
    }
    const retryAfter =
      respectRetryAfter && error !== undefined ? classify(error).retryAfter : undefined;
    if (retryAfter !== undefined && retryAfter > maxRetryAfter)
      return this.refuse(scope, tries, error, 'deadline');
    const delay = Math.max(
      delayOf(backoff, tries.made, error, tries.previousDelay),
      retryAfter ?? 0,
    );
    if (this.isTooLate(scope, tries, delay)) return this.refuse(scope, tries, error, 'deadline');
    // What was never sent is no extra load when it is tried again.
    const free = error instanceof RejectedError;
    if (!free && !this.pay(scope)) return this.refuse(scope, tries, error, 'budget');
    tries.previousDelay = delay;
    tries.made++;
    this.report(scope, error, delay, tries.made - 1, retryAfter);
    const owner = this.apart(scope, tries);
    this.waitFor(owner, delay, () => this.nextEntering.enter(owner.fork(this)));
    return true;
  }

  /** Waits for an open circuit: once a call, and spread out, since all who wait know the same instant. */
  private awaitCircuit(scope: Scope, error: CircuitOpenError): boolean {
    const tries = this.tries(scope);
    tries.failed++;
    const { retryAfter } = error;
    if (tries.waitedForCircuit || this.isTooLate(scope, tries, retryAfter)) {
      return this.refuse(scope, tries, error, 'circuit-open');
    }
    if (!this.pay(scope)) return this.refuse(scope, tries, error, 'budget');
    tries.waitedForCircuit = true;
    const delay = this.spread(scope, tries, retryAfter);
    this.report(scope, error, delay, tries.made, retryAfter);
    this.watchCircuit(this.apart(scope, tries), error, tries, delay);
    return true;
  }

  /**
   * Goes on when the circuit lets calls in again; until then, and as long as there is time, it is one and the same wait.
   * Where nothing bounds the call, it ends with the circuit's own `retryAfter`, or a dead dependency would collect callers.
   */
  private watchCircuit(
    scope: Scope,
    error: CircuitOpenError,
    tries: RetryState,
    delay: number,
  ): void {
    this.waitFor(scope, delay, () => {
      const bounded = this.latest(scope, tries) !== Infinity;
      const more = bounded ? error.admitsIn(scope.execution.time) : 0;
      if (more === 0) this.nextEntering.enter(scope.fork(this));
      else if (!this.isTooLate(scope, tries, more))
        this.watchCircuit(scope, error, tries, this.spread(scope, tries, more));
      else {
        this.refuse(scope, tries, error, 'circuit-open');
        this.outer.fail(scope, error);
      }
    });
  }

  /** Later than others who know the same instant, but in time. */
  private spread(scope: Scope, tries: RetryState, delay: number): number {
    const room = this.latest(scope, tries) - scope.execution.time - delay;
    return delay + Math.random() * Math.min(Math.max(100, delay), mostSpread, room);
  }

  /** The instant by which a wait must be over. */
  private latest(scope: Scope, tries: RetryState): number {
    return Math.min(scope.deadline, tries.since + this.settings.maxElapsed);
  }

  private isTooLate(scope: Scope, tries: RetryState, delay: number): boolean {
    const latest = this.latest(scope, tries);
    return delay === Infinity || (latest !== Infinity && scope.execution.time + delay >= latest);
  }

  private pay(scope: Scope): boolean {
    const { budget } = this.settings;
    return budget === false || budget.withdraw(scope.execution.time);
  }

  private refuse(
    scope: Scope,
    tries: RetryState,
    error: unknown,
    reason: 'budget' | 'deadline' | 'circuit-open',
  ): false {
    this.count(reason === 'circuit-open' ? 'refused_circuit' : `refused_${reason}`);
    this.emit(scope, 'retry.refused', { attempts: tries.made, error, reason });
    return false;
  }

  private report(
    scope: Scope,
    error: unknown,
    delay: number,
    attempt: number,
    retryAfter: number | undefined,
  ): void {
    this.count('scheduled');
    scope.execution.handled();
    scope.execution.reportFailure(false);
    const asked = retryAfter === undefined ? {} : { retryAfter };
    this.emit(scope, 'retry.scheduled', { attempt, delay, error, ...asked });
  }

  private waitFor(scope: Scope, delay: number, then: () => void): void {
    const go = (): void => {
      if (scope.resume(wait)) then();
    };
    const timer = new Timer(go, delay, !this.settings.unref);
    const wait: PendingWait = { at: this, cancel: () => timer.stop() };
    scope.wait(wait);
  }
}
