/**
 * p-retry's loop as a stage of a pipeline:
 *
 *     attempt: the rest of the pipeline
 *       it is good                                    → out it goes
 *       it is an `AbortError`                         → out goes the error inside
 *       ask `shouldConsumeRetry`, tell `onFailedAttempt`
 *       a bug, no time or no retry left               → out it goes
 *       `shouldRetry` says no                         → out it goes
 *       it does not count                             → attempt
 *       wait for the delay                            → attempt
 *
 * The callbacks are awaited where p-retry awaits them, one promise job each, so that a fake clock is to be moved at the
 * same moments. The signal is heeded at once during an attempt and a delay; a callback is let finish.
 */
import { listen } from '../../core/abort.ts';
import type { RetryRefusal } from '../../core/events.ts';
import type { Scope } from '../../core/scope.ts';
import { type Place, Stage } from '../../core/stage.ts';
import { Timer } from '../../core/time.ts';
import { evidenceOf } from '../../verdict/evidence.ts';
import { unwrapped } from './abort-error.ts';
import { isNetworkError } from './network-error.ts';
import type { RetryContext, Settings } from './options.ts';
import { abortOf, Run, throwIfAborted } from './run.ts';

/** The longest delay that a platform's timer takes, at which p-retry cuts delays. */
const longestDelay = 2 ** 31 - 1;

export const retryCounters = {
  scheduled: 0,
  recovered: 0,
  exhausted: 0,
  refused_budget: 0,
  refused_deadline: 0,
  refused_circuit: 0,
};

/** With what a call goes out after a failure, and why nobody tries again where that was not decided by a callback. */
type Ending = { readonly error: unknown; readonly why: RetryRefusal | 'exhausted' | undefined };

export class RetryLoop extends Stage {
  private readonly settingsOf: (scope: Scope) => Settings;
  /** Whether nothing else stands in the pipeline, and no operation sees a context: one scope does for all attempts. */
  private readonly isAlone: boolean;

  constructor(place: Place, settingsOf: (scope: Scope) => Settings, isAlone: boolean) {
    super(place, retryCounters);
    this.settingsOf = settingsOf;
    this.isAlone = isAlone;
  }

  override enter(scope: Scope): void {
    const { signal } = this.settingsOf(scope);
    if (signal !== undefined || !this.isAlone) {
      const run = this.runOf(scope);
      const aborted = abortOf(run.settings);
      if (aborted !== undefined) {
        this.cancel(run, aborted.reason);
        return;
      }
      if (signal !== undefined) listen(signal, run);
    }
    this.nextEntering.enter(scope);
  }

  override succeed(inside: Scope, value: unknown): void {
    const scope = this.leave(inside);
    const run = scope.notes[this.index] as Run | undefined;
    if (run !== undefined) {
      run.end();
      if (run.attempts > 1) {
        this.count('recovered');
        const duration = scope.execution.time - run.since;
        this.emit(scope, 'retry.recovered', { attempts: run.attempts, duration });
      }
    }
    this.nextSucceeding.succeed(scope, value);
  }

  protected override failedInside(inside: Scope, error: unknown): void {
    const scope = this.leave(inside);
    const run = this.runOf(scope);
    if (scope.interruptedBy === undefined) void this.decide(run, error);
    else {
      run.end();
      this.outer.fail(scope, error);
    }
  }

  /** What is known of a call: from the start, or from its first failure where nothing before it matters. */
  private runOf(scope: Scope): Run {
    const noted = scope.notes[this.index] as Run | undefined;
    if (noted !== undefined) return noted;
    const { startedAt, time } = scope.execution;
    const run = new Run(this, scope, this.settingsOf(scope), this.isAlone ? startedAt : time);
    scope.notes[this.index] = run;
    return run;
  }

  /** Ends a call whose signal has aborted. */
  cancel(run: Run, reason: unknown): void {
    const { scope } = run;
    run.end();
    if (scope.interruptedBy === undefined) scope.interrupt(this, reason);
    this.outer.fail(scope, reason);
  }

  /** Back from an attempt to the call that it was made for. */
  private leave(inside: Scope): Scope {
    const scope = inside.at(this);
    if (scope !== inside) {
      scope.attempt = inside.attempt;
      scope.outcomeOverride = inside.outcomeOverride;
      scope.drop(inside);
    }
    return scope;
  }

  private async decide(run: Run, thrown: unknown): Promise<void> {
    run.phase = 'callback';
    run.scope.wait(run);
    let ending: Ending | undefined;
    let aborted: { readonly reason: unknown } | undefined;
    try {
      ending = await this.next(run, thrown);
    } catch (failure) {
      aborted = abortOf(run.settings);
      if (aborted?.reason !== failure) aborted = undefined;
      ending = { error: failure, why: undefined };
    }
    if (!run.scope.resume(run)) return;
    if (aborted !== undefined) this.cancel(run, aborted.reason);
    else if (ending === undefined) this.again(run);
    else this.giveUp(run, ending);
  }

  private again(run: Run): void {
    const aborted = abortOf(run.settings);
    if (aborted !== undefined) {
      this.cancel(run, aborted.reason);
      return;
    }
    run.phase = 'attempt';
    if (run.attempts++ === 1 && !this.isAlone) {
      // The first attempt keeps the call that its operation was given.
      const first = run.scope;
      run.scope = first.split(this);
      run.scope.drop(first);
    }
    this.nextEntering.enter(this.isAlone ? run.scope : run.scope.fork(this));
  }

  private giveUp(run: Run, { error, why }: Ending): void {
    const { scope, attempts } = run;
    run.end();
    if (why === 'exhausted') {
      this.count('exhausted');
      this.emit(scope, 'retry.exhausted', { attempts, error });
    } else if (why !== undefined) {
      this.count('refused_deadline');
      scope.execution.noteRetry(why);
      this.emit(scope, 'retry.refused', { attempts, error, reason: why });
    }
    this.outer.fail(scope, error);
  }

  /** Resolves when the next attempt is due, or with why there is none. */
  private async next(run: Run, thrown: unknown): Promise<Ending | undefined> {
    const { settings, consumed: retriesConsumed, attempts: attemptNumber } = run;
    const { shouldConsumeRetry, onFailedAttempt, shouldRetry } = settings;
    const error = thrown instanceof Error ? thrown : nonError(thrown);
    throwIfAborted(run);
    const original = unwrapped(error);
    if (original !== undefined) return { error: original, why: undefined };
    if (isFinal(error)) return { error, why: undefined };
    const retriesLeft = settings.retries - retriesConsumed;
    const isRetriable = !(error instanceof TypeError) || isNetworkError(error);
    const mayRetry = isRetriable && run.timeLeft() > 0 && retriesLeft > 0;
    const delay = mayRetry ? delayOf(retriesConsumed, settings) : 0;

    const known = { error, attemptNumber, retriesLeft, retriesConsumed };
    const consumes = (await shouldConsumeRetry?.(contextOf(known, delay))) ?? true;
    throwIfAborted(run);
    const context = contextOf(known, consumes ? delay : 0);
    await onFailedAttempt?.(context);
    throwIfAborted(run);
    if (!isRetriable) return { error: thrown, why: undefined };
    if (run.timeLeft() <= 0) return { error, why: 'deadline' };
    if (retriesLeft <= 0) return { error, why: 'exhausted' };
    const wanted = await (shouldRetry === undefined || shouldRetry(context));
    throwIfAborted(run);
    if (!wanted) return { error, why: undefined };
    const timeLeft = run.timeLeft();
    if (timeLeft <= 0) return { error, why: 'deadline' };
    const wait = consumes ? Math.min(delay, timeLeft) : 0;
    this.report(run, error, wait);
    if (!consumes) return undefined;
    run.consumed++;
    run.phase = 'delay';
    await (wait > 0 ? elapsed(run, wait) : undefined);
    return undefined;
  }

  private report({ scope, attempts: attempt }: Run, error: unknown, delay: number): void {
    this.count('scheduled');
    const { execution } = scope;
    execution.touch();
    execution.noteRetry(undefined);
    execution.handled();
    execution.reportFailure(false);
    this.emit(scope, 'retry.scheduled', { attempt, delay, error });
  }
}

async function elapsed(run: Run, delay: number): Promise<void> {
  await new Promise<void>((resolve) => {
    // Cut as the platform's own timers cut it; kedge's would rather be late than early.
    run.timer = new Timer(resolve, Math.trunc(delay), !run.settings.unref);
  });
}

function contextOf(known: Omit<RetryContext, 'retryDelay'>, retryDelay: number): RetryContext {
  const { error, attemptNumber, retriesLeft, retriesConsumed } = known;
  return Object.freeze({ error, attemptNumber, retriesLeft, retriesConsumed, retryDelay });
}

/** Marked by `doNotRetry`, which holds for everybody. */
function isFinal(error: Error): boolean {
  return evidenceOf(error)?.repeat === 'never';
}

/** What callbacks are told of a thrown value that is no error; the caller gets the value itself. */
function nonError(thrown: unknown): TypeError {
  return new TypeError(
    `Non-error was thrown: "${wordsFor(thrown)}". You should only throw errors.`,
    { cause: thrown },
  );
}

function wordsFor(thrown: unknown): string {
  try {
    return String(thrown);
  } catch {
    return Object.prototype.toString.call(thrown);
  }
}

function delayOf(
  consumed: number,
  { minTimeout, factor, maxTimeout, randomize }: Settings,
): number {
  // Times an infinite factor it would be no number.
  if (minTimeout === 0) return 0;
  const random = randomize ? 1 + Math.random() : 1;
  const grown = Math.round(random * minTimeout * factor ** consumed);
  return Math.min(grown, Math.ceil(maxTimeout), longestDelay);
}
