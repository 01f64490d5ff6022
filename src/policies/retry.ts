/** Tries again what has failed for a reason that may pass. */
import { readOptions } from '../core/options.ts';
import type { Policy } from '../core/policy.ts';
import { staged } from '../core/staged.ts';
import { exponentialBackoff } from '../mechanisms/backoff.ts';
import { retryBudget } from '../mechanisms/budget.ts';
import { defaults, type RetryOptions, rules, type Settings } from './retry/options.ts';
import { RetryStage } from './retry/stage.ts';

export type { RetryOptions } from './retry/options.ts';

/**
 * Tries the rest of the pipeline again when it failed with an error that may pass, after a delay.
 *
 * Rejects with the last error itself. A wait that would cross the deadline of an enclosing timeout, or that the
 * budget does not pay for, is not begun. A rejection by an open circuit is no attempt: once a call, the retry waits
 * for the circuit. Throws a `TypeError` or a `RangeError` for options that cannot be.
 *
 * @example
 * const quotes = pipeline('quotes', retry({ maxAttempts: 5, backoff: exponentialBackoff({ initial: 50 }) }));
 */
export function retry(options: RetryOptions = {}): Policy {
  const read = readOptions<RetryOptions>('retry', options, defaults, rules);
  const settings = {
    ...read,
    backoff: read.backoff ?? exponentialBackoff(),
    budget: read.budget ?? retryBudget(),
  } as Settings;
  return staged('retry', settings.name, (place) => new RetryStage(place, settings));
}
