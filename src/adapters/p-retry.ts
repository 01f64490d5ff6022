/**
 * p-retry's own exports on kedge's engine, and p-retry's loop as a policy.
 *
 * docs/coming-from/p-retry.md says what is the same, and what is not.
 */
import { run } from './p-retry/call.ts';
import type { Options } from './p-retry/options.ts';

export { AbortError } from './p-retry/abort-error.ts';
export { adopt, type AdoptOptions, type PRetry } from './p-retry/adopt.ts';
export type { Options, RetryContext } from './p-retry/options.ts';

/**
 * Calls `input` until it succeeds: `retries` times more at most, each after a longer delay.
 *
 * Rejects with the last error itself. A `TypeError` is a programmer's mistake and is not tried again, unless it is a
 * network's. Rejects with a `TypeError` for options that cannot be.
 *
 * @example
 * import pRetry from 'kedge/p-retry';
 *
 * const quote = await pRetry(() => fetchQuote('7'), { retries: 5 });
 */
export default function pRetry<T>(
  input: (attemptNumber: number) => PromiseLike<T> | T,
  options?: Options,
): Promise<T> {
  return run(input, options);
}

/**
 * Returns a function that calls `function_` with its `this` and its arguments, and tries again as `pRetry` does.
 *
 * @example
 * import { makeRetriable } from 'kedge/p-retry';
 *
 * const fetchWithRetry = makeRetriable(fetch, { retries: 5 });
 */
export function makeRetriable<Arguments extends readonly unknown[], Result, This = unknown>(
  function_: (this: This, ...arguments_: Arguments) => PromiseLike<Result> | Result,
  options?: Options,
): (this: This, ...arguments_: Arguments) => Promise<Result> {
  return function (this: This, ...arguments_) {
    return run(() => Reflect.apply(function_, this, arguments_), options);
  };
}
