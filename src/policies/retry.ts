/** Tries again what has failed for a reason that may pass. */
import type { Policy } from '../core/policy.ts';
import { type Place, type Stage, stage } from '../core/stage.ts';
import { type OptionChanges, StatefulPolicy } from '../core/stateful.ts';
import { LoneAllowance } from './retry/lone-allowance.ts';
import { type RetryOptions, schema, type Settings } from './retry/options.ts';
import { RetryStage } from './retry/stage.ts';

export type { RetryOptions } from './retry/options.ts';

/** A retry in use. */
export interface Retry extends Policy {
  /** Changes options, `null` for the default again; calls under way go on with the new ones. */
  reconfigure(changes: OptionChanges<RetryOptions>): void;
}

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
export function retry(options: RetryOptions = {}): Retry {
  return new BudgetedRetry(options);
}

class BudgetedRetry extends StatefulPolicy<RetryOptions, Settings> implements Retry {
  private readonly allowance = new LoneAllowance();

  constructor(options: RetryOptions) {
    super(schema(), options);
  }

  [stage](place: Place): Stage {
    return new RetryStage(place, this, this.allowance);
  }
}
