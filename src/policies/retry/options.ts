import {
  boolean,
  countOrInfinity,
  duration,
  either,
  func,
  oneOf,
  type Rules,
  text,
} from '../../core/options.ts';
import type { Context } from '../../core/policy.ts';
import type { Scope } from '../../core/scope.ts';
import type { Schema } from '../../core/stateful.ts';
import {
  type Backoff,
  backoffOf,
  backoffRule,
  exponentialBackoff,
} from '../../mechanisms/backoff.ts';
import { budgetRule, type RetryBudget, retryBudget } from '../../mechanisms/budget.ts';
import type { Verdict } from '../../verdict/classify.ts';
import {
  type Handle,
  type HandleResult,
  type Predicate,
  repeatRule,
  resultRule,
} from '../shared/handle.ts';

export interface RetryOptions {
  /** How often the operation is tried at most, the first time included; `Infinity` for no limit. @default 3 */
  maxAttempts?: number;
  /** The rule for the delay before each further try; a number of milliseconds is the same delay each time. @default exponentialBackoff() */
  backoff?: number | Backoff;
  /** No wait is started that would end later than this after the first try began, in milliseconds. @default Infinity */
  maxElapsed?: number;
  /**
   * What limits retries over all calls; `false` for no such limit. A call that is alone in its pipeline gets one retry a
   * second whatever the budget says.
   * @default retryBudget()
   */
  budget?: RetryBudget | false;
  /** Whether a delay that the error asks for (`Retry-After`) is kept. @default true */
  respectRetryAfter?: boolean;
  /** An error that asks for a longer delay than this, in milliseconds, is not retried. @default 60_000 */
  maxRetryAfter?: number;
  /**
   * How long a call waits for an open circuit at most, in milliseconds; 0 for not at all. `'auto'` waits as long as the
   * circuit says that it lets calls in within half of the time that is then left, and not at all where a fallback or
   * a stale value outside can answer at once, or once the outage has lasted for 20 s and for longer than is left.
   * @default 'auto'
   */
  circuitWait?: 'auto' | number;
  /**
   * Who pays for waits for an open circuit: `'paid'` takes each from the budget, and a call waits once; `'free'` lets a
   * call wait as often as it is likely to be answered.
   * @default 'paid'
   */
  circuitWaits?: 'paid' | 'free';
  /**
   * Runs before each further try, beside the delay: to renew a token, for instance. The try waits for it; when it
   * fails, the call is rejected with its error.
   * @default nothing
   */
  beforeRetry?: (error: unknown, context: Context) => unknown;
  /** Whether the process may end during a wait. @default false */
  unref?: boolean;
  /**
   * Which errors are retried; `undefined` leaves an error to the default. An error that must never be repeated is not,
   * whatever this says.
   * @default all but permanent ones, programmer's bugs and cancellation; of an operation whose attributes say
   * `idempotent: false`, only those that prove that it was not executed
   */
  handle?: Handle;
  /** Which values are tried again as if they were failures. @default none */
  handleResult?: HandleResult;
  /** The policy's name in metrics and events. @default 'retry' */
  name?: string;
}

export interface Settings extends Readonly<
  Required<
    Pick<
      RetryOptions,
      'maxAttempts' | 'maxElapsed' | 'budget' | 'respectRetryAfter' | 'maxRetryAfter'
    >
  >
> {
  readonly backoff: Backoff;
  readonly circuitWait: 'auto' | number;
  readonly circuitWaits: 'paid' | 'free';
  readonly beforeRetry: RetryOptions['beforeRetry'];
  readonly unref: boolean;
  readonly handles: Predicate;
  readonly isFailure: Predicate | undefined;
}

const rules: Rules<RetryOptions> = {
  maxAttempts: countOrInfinity,
  backoff: backoffRule,
  maxElapsed: duration,
  budget: budgetRule,
  respectRetryAfter: boolean,
  maxRetryAfter: duration,
  circuitWait: either(oneOf('auto'), duration),
  circuitWaits: oneOf('paid', 'free'),
  beforeRetry: func,
  unref: boolean,
  handle: func,
  handleResult: func,
  name: text,
};

const defaults = {
  maxAttempts: 3,
  maxElapsed: Infinity,
  respectRetryAfter: true,
  maxRetryAfter: 60_000,
  circuitWait: 'auto',
  circuitWaits: 'paid',
  unref: false,
} as const;

/** With a budget of its own, which stays the default whatever is changed later. */
export function schema(): Schema<RetryOptions, Settings> {
  const own = { backoff: exponentialBackoff(), budget: retryBudget() };
  return { kind: 'retry', rules, defaults: { ...defaults, ...own }, complete };
}

function complete(options: Readonly<RetryOptions>): Settings {
  const { backoff, handle, handleResult, ...rest } = options as Required<RetryOptions>;
  return {
    ...rest,
    backoff: backoffOf(backoff),
    handles: repeatRule('retry', handle, isWorthRetrying),
    isFailure: resultRule('retry', handleResult),
  };
}

function isWorthRetrying({ kind, repeat, maxRetries = Infinity }: Verdict, scope: Scope): boolean {
  // The caller has said that twice is not the same as once: only what certainly was not executed is tried again.
  if (scope.attributes['idempotent'] === false && repeat !== 'safe') return false;
  return (
    kind !== 'permanent' && kind !== 'bug' && kind !== 'cancelled' && scope.attempt <= maxRetries
  );
}
