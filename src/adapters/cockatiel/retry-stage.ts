import type { PendingWait, Scope } from '../../core/scope.ts';
import type { Place } from '../../core/stage.ts';
import { inNextJob, Timer } from '../../core/time.ts';
import { evidenceOf } from '../../verdict/evidence.ts';
import type { EventEmitter } from './events.ts';
import { outcomeBehind, signalOf } from './execution.ts';
import type { IRetryPolicyConfig, RetryEvent } from './retry.ts';
import { type Reports, ReportingStage } from './reports.ts';
import type { FailureReason, IBackoff, IRetryBackoffContext } from './types.ts';

interface Emitters {
  readonly retry: EventEmitter<RetryEvent>;
  readonly giveUp: EventEmitter<FailureReason<unknown>>;
}

/** What is noted about a call from its first failure on. */
class Retried {
  retries = 0;
  backoff: IBackoff<IRetryBackoffContext<unknown>> | undefined = undefined;
  /** The first try has been left to the scope that its function was given. */
  apart = false;
}

/**
 * The way of a call through it:
 *
 *     try: the rest of the chain
 *       it is good, or the filters say no        → out it goes
 *       the caller has left, or was the last try → out it goes (onGiveUp)
 *       the backoff says for how long            → wait (onRetry), and try
 */
export class RetryStage extends ReportingStage {
  private readonly config: Readonly<IRetryPolicyConfig>;
  private readonly emitters: Emitters;

  constructor(
    place: Place,
    reports: Reports,
    config: Readonly<IRetryPolicyConfig>,
    emitters: Emitters,
  ) {
    super(place, reports, {
      scheduled: 0,
      recovered: 0,
      exhausted: 0,
      refused_budget: 0,
      refused_deadline: 0,
      refused_circuit: 0,
    });
    this.config = config;
    this.emitters = emitters;
  }

  override succeed(inside: Scope, value: unknown): void {
    const scope = this.leave(inside);
    const failed = this.ask(scope, 'resultFilter', value);
    if (failed === undefined) return;
    if (failed) {
      this.failed(inside, true, { value });
      if (!this.again(scope, { value })) this.nextSucceeding.succeed(scope, value);
      return;
    }
    this.succeeded(inside);
    const state = this.noted(scope);
    if (state !== undefined) {
      this.count('recovered');
      const { execution } = scope;
      const duration = execution.time - execution.startedAt;
      this.emit(scope, 'retry.recovered', { attempts: state.retries + 1, duration });
    }
    this.nextSucceeding.succeed(scope, value);
  }

  protected override failedInside(inside: Scope, error: unknown): void {
    const scope = this.leave(inside);
    const reason = outcomeBehind(inside, error) as { error: unknown } | undefined;
    if (reason === undefined) {
      this.outer.fail(scope, error);
      return;
    }
    const handled = this.ask(scope, 'errorFilter', reason.error);
    if (handled === undefined) return;
    this.failed(inside, handled, reason);
    if (!handled || !this.again(scope, reason)) this.outer.fail(scope, error);
  }

  /** Which retry it is that a call inside stands for; 0 for the first try. */
  attemptOf(scope: Scope): number {
    return this.noted(scope.at(this))?.retries ?? 0;
  }

  /** Starts the wait for one more try. Returns whether the call stays. */
  private again(scope: Scope, reason: FailureReason<unknown>): boolean {
    const { maxAttempts, backoff: factory, unref = false } = this.config;
    const error = 'error' in reason ? reason.error : undefined;
    const retries = this.noted(scope)?.retries ?? 0;
    if (scope.interruptedBy !== undefined || retries >= maxAttempts || isFinal(error)) {
      if (retries >= maxAttempts) {
        this.count('exhausted');
        this.emit(scope, 'retry.exhausted', { attempts: retries + 1, error });
      }
      this.tell(scope, this.emitters.giveUp, reason);
      return false;
    }
    const state = this.state(scope);
    let delay: number;
    try {
      const context = { attempt: retries + 1, signal: signalOf(scope), result: reason };
      state.backoff = (state.backoff ?? factory).next(context);
      delay = state.backoff.duration;
    } catch (thrown) {
      this.outer.fail(scope, thrown);
      return true;
    }
    state.retries++;
    const owner = this.apart(scope, state);
    this.count('scheduled');
    owner.execution.handled();
    owner.execution.reportFailure(false);
    this.emit(owner, 'retry.scheduled', { attempt: state.retries, delay, error });
    this.wait(owner, delay, !unref);
    // Not before: a listener may turn a fake clock on by the delay that it is told.
    this.tell(owner, this.emitters.retry, { ...reason, delay, attempt: state.retries });
    return true;
  }

  private wait(scope: Scope, delay: number, keepAlive: boolean): void {
    const go = (): void => {
      if (!scope.resume(wait)) return;
      const child = scope.fork(this);
      this.begin(child);
      this.nextEntering.enter(child);
    };
    // Whole milliseconds, as the platform counts; and a promise job after the timer, as whoever awaits one has it.
    const timer = new Timer(() => inNextJob(go), delay >= 0 ? Math.trunc(delay) : 0, keepAlive);
    const wait: PendingWait = { at: this, cancel: () => timer.stop() };
    scope.wait(wait);
  }

  /** Back from a try to the call that it was made for. */
  private leave(inside: Scope): Scope {
    const scope = inside.at(this);
    if (scope !== inside) {
      scope.attempt = inside.attempt;
      scope.outcomeOverride = inside.outcomeOverride;
      scope.drop(inside);
    }
    return scope;
  }

  private apart(scope: Scope, state: Retried): Scope {
    if (state.apart) return scope;
    state.apart = true;
    const owner = scope.split(this);
    owner.drop(scope);
    return owner;
  }

  private noted(scope: Scope): Retried | undefined {
    const noted = scope.notes[this.index];
    return noted instanceof Retried ? noted : undefined;
  }

  private state(scope: Scope): Retried {
    const noted = this.noted(scope) ?? new Retried();
    scope.notes[this.index] = noted;
    return noted;
  }
}

/** Whether somebody has said of an error that it must not be repeated; what a filter says does not change that. */
function isFinal(error: unknown): boolean {
  const marked = (typeof error === 'object' && error !== null) || typeof error === 'function';
  return marked && evidenceOf(error)?.repeat === 'never';
}
