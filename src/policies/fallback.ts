/** Answers in place of what has failed. */
import type { Call, Wait } from '../core/call.ts';
import { anything, func, readOptions, text } from '../core/options.ts';
import type { Context, Policy } from '../core/policy.ts';
import { type Place, Stage } from '../core/stage.ts';
import { staged } from '../core/staged.ts';
import { classify } from '../failures/classify.ts';

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

  override succeed(call: Call, value: unknown): void {
    const { handleResult } = this.settings;
    if (handleResult !== undefined && call.interruptedBy === undefined) {
      try {
        if (handleResult(value, call)) {
          this.answer(call, undefined, () => this.outward.succeed(call, value));
          return;
        }
      } catch (thrown) {
        this.outer.fail(call, thrown);
        return;
      }
    }
    this.outward.succeed(call, value);
  }

  override fail(call: Call, error: unknown): void {
    const { handle = defaults.handle } = this.settings;
    let answered = false;
    if (call.interruptedBy === undefined) {
      try {
        answered = handle(error, call);
      } catch (thrown) {
        this.outer.fail(call, thrown);
        return;
      }
    }
    if (answered) this.answer(call, error, () => this.outer.fail(call, error));
    else this.outer.fail(call, error);
  }

  private answer(call: Call, error: unknown, giveUp: () => void): void {
    call.run.handled();
    const { run, value } = this.settings;
    if (run === undefined) {
      this.used(call, error, 'value', value);
      return;
    }
    const failed = (fallbackError: unknown): void => {
      this.count('failed');
      this.emit(call, 'fallback.failed', { error, source: 'run', fallbackError });
      giveUp();
    };
    const wait: Wait = { at: this, cancel() {} };
    call.wait(wait);
    // A promise job even for a plain value, so that one path serves both.
    new Promise((resolve) => resolve(run(error, call))).then(
      (answer) => {
        if (call.resume(wait)) this.used(call, error, 'run', answer);
      },
      (fallbackError: unknown) => {
        if (call.resume(wait)) failed(fallbackError);
      },
    );
  }

  private used(call: Call, error: unknown, source: 'value' | 'run', value: unknown): void {
    // Not before: when this fails too, a policy outside may try again.
    call.run.reportFailure(true);
    this.count('used');
    call.run.label ??= 'fallback';
    if (error !== undefined && classify(error).kind === 'bug') {
      call.run.report(this, { type: 'fallback.used', severity: 'error', error, source });
    } else this.emit(call, 'fallback.used', { error, source });
    this.outward.succeed(call, value);
  }
}
