/** Answers in place of what has failed. */
import type { Scope, PendingWait } from '../core/scope.ts';
import { anything, func, readOptions, text } from '../core/options.ts';
import type { Context, Policy } from '../core/policy.ts';
import { type Place, Stage } from '../core/stage.ts';
import { staged } from '../core/staged.ts';
import { classify } from '../verdict/classify.ts';

interface FallbackBase {
  /** Which errors are answered. @default all but cancellation by the caller */
  handle?: (error: unknown, context: Context) => boolean;
  /** Which values are answered as if they were failures. @default none */
  handleResult?: (value: unknown, context: Context) => boolean;
  /** The policy's name in metrics and events. @default 'fallback' */
  name?: string;
}

export interface FallbackValueOptions<T> extends FallbackBase {
  /** The answer. */
  value: T;
}

export interface FallbackRunOptions<T> extends FallbackBase {
  /** Finds the answer. When it throws, the caller gets the original error, and the event its error. */
  run: (error: unknown, context: Context) => T | PromiseLike<T>;
}

interface Settings extends FallbackBase {
  value?: unknown;
  run?: (error: unknown, context: Context) => unknown;
}

const rules = { value: anything, run: func, handle: func, handleResult: func, name: text } as const;
const defaults = { name: 'fallback', handle: () => true };

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
export function fallback(options: Settings): Policy<unknown> {
  const settings = readOptions<Settings>('fallback', options, defaults, rules);
  const hasValue = Object.hasOwn(options, 'value');
  if (hasValue === (settings.run !== undefined)) {
    throw new TypeError('fallback: expected either `value` or `run`.');
  }
  return staged<unknown>(
    'fallback',
    settings.name ?? defaults.name,
    (place) => new FallbackStage(place, settings),
  );
}

class FallbackStage extends Stage {
  private readonly settings: Settings;

  constructor(place: Place, settings: Settings) {
    super(place, { used: 0, failed: 0 });
    this.settings = settings;
  }

  override succeed(scope: Scope, value: unknown): void {
    const { handleResult } = this.settings;
    if (handleResult !== undefined && scope.interruptedBy === undefined) {
      try {
        if (handleResult(value, scope)) {
          this.answer(scope, undefined, () => this.nextSucceeding.succeed(scope, value));
          return;
        }
      } catch (thrown) {
        this.outer.fail(scope, thrown);
        return;
      }
    }
    this.nextSucceeding.succeed(scope, value);
  }

  override fail(scope: Scope, error: unknown): void {
    const { handle = defaults.handle } = this.settings;
    let answered = false;
    if (scope.interruptedBy === undefined) {
      try {
        answered = handle(error, scope);
      } catch (thrown) {
        this.outer.fail(scope, thrown);
        return;
      }
    }
    if (answered) this.answer(scope, error, () => this.outer.fail(scope, error));
    else this.outer.fail(scope, error);
  }

  private answer(scope: Scope, error: unknown, giveUp: () => void): void {
    scope.execution.handled();
    const { run, value } = this.settings;
    if (run === undefined) {
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
    new Promise((resolve) => resolve(run(error, scope))).then(
      (answer) => {
        if (scope.resume(wait)) this.used(scope, error, 'run', answer);
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
    scope.execution.outcomeOverride ??= 'fallback';
    if (error !== undefined && classify(error).kind === 'bug') {
      scope.execution.report(this, { type: 'fallback.used', severity: 'error', error, source });
    } else this.emit(scope, 'fallback.used', { error, source });
    this.nextSucceeding.succeed(scope, value);
  }
}
