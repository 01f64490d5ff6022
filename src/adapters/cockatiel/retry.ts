/** cockatiel's retry: how often and how long it waits is what its options say, and nothing else. */
import { number, readOptions, type Rule } from '../../core/options.ts';
import { staged } from '../../core/staged.ts';
import { ConstantBackoff } from './backoffs.ts';
import { type Event, EventEmitter } from './events.ts';
import { filtersOf } from './filters.ts';
import { hide, PeerPolicy } from './policy.ts';
import { Reports } from './reports.ts';
import { RetryStage } from './retry-stage.ts';
import type {
  FailureReason,
  IBackoffFactory,
  IBasePolicyOptions,
  IRetryBackoffContext,
  IRetryContext,
} from './types.ts';

export interface IRetryPolicyConfig {
  /** Says how long each wait is. */
  backoff: IBackoffFactory<IRetryBackoffContext<unknown>>;
  /** How many retries there are at most, the first try not among them. */
  maxAttempts: number;
  /** Whether the process may end during a wait. @default false */
  unref?: boolean;
}

/** What `onRetry` is told. */
export type RetryEvent = FailureReason<unknown> & { delay: number; attempt: number };

/** Tries calls again. */
export class RetryPolicy extends PeerPolicy<IRetryContext> {
  /** Tells of a retry, when the wait for it has begun. */
  declare readonly onRetry: Event<RetryEvent>;
  /** Tells of calls that are not tried again although the policy acts on their failure. */
  declare readonly onGiveUp: Event<FailureReason<unknown>>;
  private readonly options: Readonly<IRetryPolicyConfig>;
  private readonly filters: Readonly<IBasePolicyOptions>;

  constructor(options: Readonly<IRetryPolicyConfig>, filters: Readonly<IBasePolicyOptions>) {
    super();
    this.options = options;
    this.filters = filters;
    const reports = new Reports(filters);
    const emitters = {
      retry: new EventEmitter<RetryEvent>(),
      giveUp: new EventEmitter<FailureReason<unknown>>(),
    };
    hide(this, { onRetry: emitters.retry.addListener, onGiveUp: emitters.giveUp.addListener });
    this.install(reports, [
      staged<unknown>(
        'retry',
        'retry',
        (place) => new RetryStage(place, reports, options, emitters),
      ),
    ]);
  }

  /** The same retry, without its listeners, during whose waits the process may end. */
  dangerouslyUnref(): RetryPolicy {
    return new RetryPolicy({ ...this.options, unref: true }, this.filters);
  }
}

export interface IRetryOptions {
  /** How many retries there are at most: 3 are four calls. @default Infinity */
  maxAttempts?: number;
  /** Says how long each wait is. @default none */
  backoff?: IBackoffFactory<IRetryBackoffContext<unknown>>;
}

/** A rule for waiting, of this entry or of anybody else. */
export const backoffRule: Rule = {
  expected: 'a backoff: an object with `next`',
  type: (value) =>
    typeof value === 'object' &&
    value !== null &&
    typeof (value as Partial<IBackoffFactory<unknown>>).next === 'function',
};

const rules = {
  maxAttempts: number('a number from 0, or Infinity', (value) => value >= 0),
  backoff: backoffRule,
} as const;

/**
 * Tries again what `policy` acts on, `maxAttempts` times after the first, with the delays that `backoff` says.
 *
 * Rejects with the last error, or returns the last value. A caller that leaves during a wait is answered at once, with the
 * signal's own reason. Throws a `TypeError` or a `RangeError` for options that cannot be.
 */
export function retry(
  policy: { readonly options: Readonly<IBasePolicyOptions> },
  opts: IRetryOptions,
): RetryPolicy {
  const { maxAttempts = Infinity, backoff = new ConstantBackoff(0) } = readOptions<IRetryOptions>(
    'retry',
    opts,
    {},
    rules,
  );
  return new RetryPolicy({ maxAttempts, backoff }, filtersOf('retry', policy));
}
