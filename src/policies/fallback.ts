/** Answers in place of what has failed. */
import { anything, func, readOptions, text } from '../core/options.ts';
import type { Context, Policy } from '../core/policy.ts';
import type { PendingWait, Scope } from '../core/scope.ts';
import { type Place, Stage } from '../core/stage.ts';
import { staged } from '../core/staged.ts';
import { classify } from '../verdict/classify.ts';
import {
  ask,
  errorRule,
  type Handle,
  type HandleResult,
  type Predicate,
  resultRule,
  threw,
} from './shared/handle.ts';
import { release } from '../core/response-body.ts';

interface FallbackBase {
  /** Which errors are answered; `undefined` leaves an error to the default. @default all but cancellation by the caller */
  handle?: Handle;
  /** Which values are answered as if they were failures. @default none */
  handleResult?: HandleResult;
  /** The policy's name in metrics and events. @default 'fallback' */
  name?: string;
}

export interface FallbackValueOptions<T> extends FallbackBase {
  /** The answer. */
  value: T;
  run?: never;
}

export interface FallbackRunOptions<T> extends FallbackBase {
  /** Finds the answer. When it throws, the caller gets the original error, and the event its error. */
  run: (error: unknown, context: Context) => T | PromiseLike<T>;
  value?: never;
}

interface Options extends FallbackBase {
  value?: unknown;
  run?: (error: unknown, context: Context) => unknown;
}

const rules = { value: anything, run: func, handle: func, handleResult: func, name: text } as const;

/**
 * Answers with `value`, or with what `run` returns, when the rest of the pipeline failed.
 *
 * A programmer's bug is answered too, and reported with severity `error`; cancellation by the caller never is.
 * Throws a `TypeError` unless exactly one of `value` and `run` is given.
 *
 * @example
 * const quotes = pipeline('quotes', fallback({ value: [] }), timeout(1_000));
 */
export function fallback<T>(options: FallbackValueOptions<T>): Policy<T>;
export function fallback<T>(options: FallbackRunOptions<T>): Policy<Awaited<T>>;
export function fallback(options: Options): Policy<unknown> {
  const { name = 'fallback', ...given } = readOptions<Options>('fallback', options, {}, rules);
  if (Object.hasOwn(options, 'value') === (given.run !== undefined)) {
    throw new TypeError('fallback: expected either `value` or `run`.');
  }
  return staged<unknown>('fallback', name, (place) => new FallbackStage(place, given));
}

const always = (): boolean => true;

class FallbackStage extends Stage {
  private readonly options: Options;
  private readonly handles: Predicate;
  private readonly isFailure: Predicate | undefined;

  constructor(place: Place, options: Options) {
    super(place, { used: 0, failed: 0 });
    this.options = options;
    this.handles = errorRule('fallback', options.handle, always);
    this.isFailure = resultRule('fallback', options.handleResult);
  }

  override succeed(scope: Scope, value: unknown): void {
    const { isFailure } = this;
    if (isFailure !== undefined && scope.interruptedBy === undefined) {
      const failed = ask(this, scope, isFailure, value, scope);
      if (failed === threw) return;
      if (failed) {
        const giveUp = (): void => this.nextSucceeding.succeed(scope, value);
        this.answer(scope, undefined, giveUp, value);
        return;
      }
    }
    this.nextSucceeding.succeed(scope, value);
  }

  protected override failedInside(scope: Scope, error: unknown): void {
    if (scope.interruptedBy === undefined) {
      const handled = ask(this, scope, this.handles, error, scope);
      if (handled === threw) return;
      if (handled) {
        this.answer(scope, error, () => this.outer.fail(scope, error));
        return;
      }
    }
    this.outer.fail(scope, error);
  }

  override wouldAnswer(scope: Scope, error: unknown): boolean {
    try {
      return this.handles(error, scope);
    } catch {
      return false;
    }
  }

  /** Answers, or gives up. `replaced` is the value that is replaced, if it was one. */
  private answer(scope: Scope, error: unknown, giveUp: () => void, replaced?: unknown): void {
    scope.execution.handled();
    const { run, value } = this.options;
    if (run === undefined) {
      if (replaced !== value) release(replaced);
      this.used(scope, error, 'value', value);
      return;
    }
    const failed = (fallbackError: unknown): void => {
      this.count('failed');
      this.emit(scope, 'fallback.failed', { error, source: 'run', fallbackError });
      giveUp();
    };
    const wait: PendingWait = { at: this, cancel() {} };
    scope.wait(wait);
    // A promise job even for a plain value, so that one path serves both.
    new Promise((resolve) => resolve(run(error, scope.context))).then(
      (answer) => {
        if (answer !== replaced) release(replaced);
        if (scope.resume(wait)) this.used(scope, error, 'run', answer);
        else this.outer.late(scope, answer);
      },
      (fallbackError: unknown) => {
        if (scope.resume(wait)) failed(fallbackError);
      },
    );
  }

  private used(scope: Scope, error: unknown, source: 'value' | 'run', value: unknown): void {
    // Not before: when this fails too, a policy outside may try again.
    scope.execution.reportFailure(true);
    this.count('used');
    scope.outcomeOverride = 'fallback';
    if (error !== undefined && classify(error).kind === 'bug') {
      scope.execution.report(this, { type: 'fallback.used', severity: 'error', error, source });
    } else this.emit(scope, 'fallback.used', { error, source });
    this.nextSucceeding.succeed(scope, value);
  }
}
