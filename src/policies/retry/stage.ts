/**
 * The way of a call through a retry:
 *
 *     attempt: the rest of the pipeline
 *       it is good, or `handle` says no            → out it goes
 *       an open circuit has refused it             → wait for the circuit, once a call or free, and attempt
 *       it was the last of `maxAttempts`           → out it goes (retry.exhausted)
 *       delay = the longer of backoff and Retry-After
 *       it ends too late, or nobody pays for it    → out it goes (retry.refused)
 *       wait for the delay and for `beforeRetry`   → attempt (retry.scheduled)
 */
import { CircuitOpenError, RejectedError } from '../../core/errors.ts';
import type { Scope } from '../../core/scope.ts';
import { delayOf } from '../../mechanisms/backoff.ts';
import { classify } from '../../verdict/classify.ts';
import { ask, threw } from '../shared/handle.ts';
import { release } from '../../core/response-body.ts';
import { WaitingStage } from './waiting-stage.ts';
import { admitsIn, downFor, headStart, isLong, isTooLate, RetryState, spread } from './waits.ts';

const nothing = (): void => {};

export class RetryStage extends WaitingStage {
  override enter(scope: Scope): void {
    this.calls++;
    if (this.policy.settings.maxElapsed !== Infinity)
      scope.notes[this.index] = new RetryState(scope.execution.time);
    this.nextEntering.enter(scope);
  }

  override succeed(inside: Scope, value: unknown): void {
    const scope = this.leave(inside);
    const { isFailure, budget } = this.policy.settings;
    if (isFailure !== undefined && scope.interruptedBy === undefined) {
      const failed = ask(this, scope, isFailure, value, inside);
      if (failed === threw) return;
      if (failed) {
        // Such a value was executed: once is enough where twice is not the same.
        const goesOn =
          scope.attributes['idempotent'] !== false &&
          ask(this, scope, this.goesOnAfter, inside, value);
        if (goesOn === false) this.nextSucceeding.succeed(scope, value);
        return;
      }
    }
    this.learn(inside);
    if (!this.deposits.add(budget, scope, this)) return;
    const state = scope.notes[this.index] as RetryState | undefined;
    if (state !== undefined && state.failed > 0) {
      this.count('recovered');
      const duration = scope.execution.time - state.since;
      this.emit(scope, 'retry.recovered', { attempts: state.made, duration });
    }
    this.nextSucceeding.succeed(scope, value);
  }

  protected override failedInside(inside: Scope, error: unknown): void {
    const scope = this.leave(inside);
    const goesOn =
      scope.interruptedBy === undefined && ask(this, scope, this.goesOn, inside, error);
    if (goesOn === false) this.outer.fail(scope, error);
  }

  /** Whether a call goes on after a value that is a failure. */
  private readonly goesOnAfter = (inside: Scope, value: unknown, scope: Scope): boolean =>
    this.again(
      scope,
      inside,
      undefined,
      (owner) => this.nextSucceeding.succeed(owner, value),
      () => release(value),
    );

  /** Whether a call goes on that has failed. */
  private readonly goesOn = (inside: Scope, error: unknown, scope: Scope): boolean => {
    if (!this.policy.settings.handles(error, inside)) return false;
    if (error instanceof CircuitOpenError) return this.awaitCircuit(scope, error);
    return this.again(scope, inside, error, (owner) => this.outer.fail(owner, error));
  };

  /**
   * Starts the wait for one more try. Returns false where that is refused; else `end` is called should it come to nothing,
   * and `drop` when nobody will get what this one has brought.
   */
  private again(
    scope: Scope,
    inside: Scope,
    error: unknown,
    end: (scope: Scope) => void,
    drop: () => void = nothing,
  ): boolean {
    const { maxAttempts, respectRetryAfter, maxRetryAfter, backoff } = this.policy.settings;
    const state = this.state(scope);
    state.failed++;
    if (state.made >= maxAttempts) {
      this.count('exhausted');
      this.emit(scope, 'retry.exhausted', { attempts: state.made, error });
      return false;
    }
    const told = respectRetryAfter && error !== undefined ? classify(error).retryAfter : undefined;
    if (told !== undefined && told > maxRetryAfter)
      return this.refuse(scope, state, error, 'deadline');
    const chosen = delayOf(backoff, state.made, error, state.previousDelay);
    const latest = this.latest(scope, state);
    if (isTooLate(scope, Math.max(chosen, told ?? 0), latest))
      return this.refuse(scope, state, error, 'deadline');
    const due =
      told === undefined || told === 0 ? chosen : Math.max(chosen, spread(scope, told, latest));
    // What was never sent is no extra load when it is tried again.
    const delay = error instanceof RejectedError ? due : this.pay(scope, inside, due, latest);
    if (delay === undefined) return this.refuse(scope, state, error, 'budget');
    state.previousDelay = delay;
    state.made++;
    this.report(scope, error, delay, state.made - 1, told);
    this.waitForNext(this.apart(scope, state), state, error, delay, end, drop);
    return true;
  }

  /** Waits for an open circuit: once a call unless waits are free, and spread out, since all who wait know the same instant. */
  private awaitCircuit(scope: Scope, error: CircuitOpenError): boolean {
    const state = this.state(scope);
    state.failed++;
    const { retryAfter } = error;
    const latest = this.patience(scope, state, error);
    const isFree = this.policy.settings.circuitWaits === 'free';
    // Where nothing bounds it, once is enough: a dead dependency would collect callers.
    const isOver = state.waitedForCircuit && !(isFree && latest < Infinity);
    if (isOver || isTooLate(scope, retryAfter, latest))
      return this.refuse(scope, state, error, 'circuit-open');
    // By the budget alone: those who wait for nothing would all be there when the circuit closes.
    if (!isFree && !this.isPaid(scope)) return this.refuse(scope, state, error, 'budget');
    const delay = this.circuitDelay(scope, retryAfter, latest);
    state.waitedForCircuit = true;
    this.report(scope, error, delay, state.made, retryAfter);
    this.watchCircuit(this.apart(scope, state), state, error, delay);
    return true;
  }

  /**
   * Goes on when the circuit lets calls in again; until then, and as long as there is time, it is one and the same wait.
   * Where nothing bounds it, it ends with the circuit's own `retryAfter`, or a dead dependency would collect callers.
   */
  private watchCircuit(
    scope: Scope,
    state: RetryState,
    error: CircuitOpenError,
    delay: number,
  ): void {
    this.waitFor(scope, delay, () => {
      const latest = this.patience(scope, state, error);
      const more = latest === Infinity ? 0 : admitsIn(error, scope.execution.time);
      if (more === 0) this.attempt(scope);
      else if (!isTooLate(scope, more, latest))
        this.watchCircuit(scope, state, error, this.circuitDelay(scope, more, latest));
      else {
        this.refuse(scope, state, error, 'circuit-open');
        this.outer.fail(scope, error);
      }
    });
  }

  /** Of free waits there are many, with little time left: the probe is for a call that has just come, if there is one. */
  private circuitDelay(scope: Scope, told: number, latest: number): number {
    if (this.policy.settings.circuitWaits !== 'free') return spread(scope, told, latest);
    const later = Math.min(told + headStart, latest - scope.execution.time);
    return spread(scope, Math.max(told, later), latest);
  }

  /** The instant until which it makes sense to wait for an open circuit, asked now. */
  private patience(scope: Scope, state: RetryState, error: CircuitOpenError): number {
    const { circuitWait } = this.policy.settings;
    const { time } = scope.execution;
    const latest = this.latest(scope, state);
    if (circuitWait === 'auto') {
      if (this.isAnsweredOutside(scope, error)) return time;
      if (isLong(downFor(error, time), latest - time)) return time;
      // Who is let in with less time than an answer takes fails, and is taken for a sign that nothing is well yet.
      return Math.min(time + (latest - time) / 2, latest - this.answersIn);
    }
    state.circuitSince ??= time;
    // One millisecond more: what ends exactly then is in time.
    return circuitWait === 0 ? time : Math.min(latest, state.circuitSince + circuitWait + 1);
  }

  /** Waits for the delay, and for `beforeRetry` beside it, then tries again. */
  private waitForNext(
    scope: Scope,
    state: RetryState,
    error: unknown,
    delay: number,
    end: (scope: Scope) => void,
    drop: () => void,
  ): void {
    const { beforeRetry } = this.policy.settings;
    if (beforeRetry === undefined) {
      drop();
      this.waitFor(scope, delay, () => this.attempt(scope));
      return;
    }
    // A promise in any case, which also takes what is thrown at once.
    const prepared = new Promise((resolve) => {
      resolve(beforeRetry(error, scope.context));
    });
    const checked = (): void => {
      if (!isTooLate(scope, 0, this.latest(scope, state))) {
        drop();
        this.attempt(scope);
        return;
      }
      state.made--;
      this.refuse(scope, state, error, 'deadline');
      end(scope);
    };
    this.waitFor(scope, delay, checked, prepared);
  }
}
