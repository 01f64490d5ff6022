import { boolean, countOrInfinity, duration, func, type Rules, text } from '../../core/options.ts';
import type { Context } from '../../core/policy.ts';
import { classify } from '../../verdict/classify.ts';
import type { Backoff } from '../../mechanisms/backoff.ts';
import { budgetRule, type RetryBudget } from '../../mechanisms/budget.ts';

export interface RetryOptions {
  /** How often the operation is tried at most, the first time included; `Infinity` for no limit. @default 3 */
  maxAttempts?: number;
  /** The rule for the delay before each further try. @default exponential() */
  backoff?: Backoff;
  /** No wait is started that would end later than this after the first try began, in milliseconds. @default Infinity */
  maxElapsed?: number;
  /** What limits retries over all calls; `false` for no such limit. @default retryBudget() */
  budget?: RetryBudget | false;
  /** Whether a delay that the error asks for (`Retry-After`) is kept. @default true */
  respectRetryAfter?: boolean;
  /** An error that asks for a longer delay than this, in milliseconds, is not retried. @default 60_000 */
  maxRetryAfter?: number;
  /** Whether the process may end during a wait. @default false */
  unref?: boolean;
  /**
   * Which errors are retried.
   * @default all but permanent ones, programmer's bugs and cancellation; of an operation whose attributes say
   * `idempotent: false`, only those that prove that it was not executed
   */
  handle?: (error: unknown, context: Context) => boolean;
  /** Which values are tried again as if they were failures. @default none */
  handleResult?: (value: unknown, context: Context) => boolean;
  /** The policy's name in metrics and events. @default 'retry' */
  name?: string;
}

export const rules: Rules<RetryOptions> = {
  maxAttempts: countOrInfinity,
  backoff: func,
  maxElapsed: duration,
  budget: budgetRule,
  respectRetryAfter: boolean,
  maxRetryAfter: duration,
  unref: boolean,
  handle: func,
  handleResult: func,
  name: text,
};

export const defaults: Omit<Required<RetryOptions>, 'backoff' | 'budget' | 'handleResult'> = {
  maxAttempts: 3,
  maxElapsed: Infinity,
  respectRetryAfter: true,
  maxRetryAfter: 60_000,
  unref: false,
  handle: worthRetrying,
  name: 'retry',
};

export type Settings = Readonly<
  Required<Omit<RetryOptions, 'handleResult'>> & Pick<RetryOptions, 'handleResult'>
>;

function worthRetrying(error: unknown, context: Context): boolean {
  const { kind, repeat: repeatable, maxRetries = Infinity } = classify(error);
  // The caller has said that twice is not the same as once: only what certainly was not executed is tried again.
  if (context.attributes['idempotent'] === false && repeatable !== 'safe') return false;
  return (
    kind !== 'permanent' && kind !== 'bug' && kind !== 'cancelled' && context.attempt <= maxRetries
  );
}
