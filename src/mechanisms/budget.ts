/**
 * A limit on the extra load that retries, hedges and waits for an open circuit may be.
 */
import {
  nonNegative,
  readChanges,
  readOptions,
  readWindow,
  type Rule,
  type Rules,
  type TimeWindow,
  timeWindow,
} from '../core/options.ts';
import type { OptionChanges } from '../core/stateful.ts';
import { epoch, now } from '../core/time.ts';
import { RollingSums } from './buckets.ts';

export interface RetryBudgetOptions {
  /** How many extra calls each success of the window pays for. @default 0.5 */
  ratio?: number;
  /** How long a success counts. @default { duration: 10_000 } */
  window?: TimeWindow;
  /** How many extra calls can be made beyond what successes pay for. @default 10 */
  reserve?: number;
  /** How many calls a second the reserve fills up by. @default 0.1 */
  refill?: number;
}

/** What may be spent on extra calls; several policies can share one. */
export interface RetryBudget {
  /** Pays in for a success. */
  deposit(time?: number): void;
  /** Takes the price of one extra call. Returns false when there is not enough. */
  withdraw(time?: number): boolean;
  /** The share of what the budget could hold at this moment that is left, 0–1. */
  available(time?: number): number;
  /** Changes options, `null` for the default again; what was paid in and out stays. */
  reconfigure(changes: OptionChanges<RetryBudgetOptions>): void;
}

/** What an option `budget` may be: also a budget of a user's own, with all that it needs. */
export const budgetRule: Rule = {
  expected: 'a retryBudget() or false',
  type: (value) => {
    if (value === false) return true;
    const budget = value as Partial<RetryBudget> | null;
    return (
      typeof budget === 'object' &&
      typeof budget?.deposit === 'function' &&
      typeof budget.withdraw === 'function' &&
      typeof budget.available === 'function'
    );
  },
};

const defaults = { ratio: 0.5, window: { duration: 10_000 }, reserve: 10, refill: 0.1 };
const rules: Rules<RetryBudgetOptions> = {
  ratio: nonNegative,
  window: timeWindow,
  reserve: nonNegative,
  refill: nonNegative,
};

/**
 * A budget in two tiers: at most `ratio` extra calls for each success of the last `window`, and beyond that a
 * small reserve that refills slowly.
 *
 * So a brownout is bridged, a dead or overloaded dependency is left alone, and a lone caller still gets its
 * attempts. The first tier is that of Finagle's `RetryBudget` and of gRFC A6.
 *
 * @example
 * const budget = retryBudget({ ratio: 0.2 });
 * pipeline('quotes', retry({ budget }), circuitBreaker());
 */
export function retryBudget(options: RetryBudgetOptions = {}): RetryBudget {
  return new TwoTierBudget(options);
}

const successes = 0;
const spent = 1;

/** With a window of its own, so that nobody can change it from outside. */
function copied(given: Partial<RetryBudgetOptions>): Partial<RetryBudgetOptions> {
  return given.window === undefined
    ? given
    : { ...given, window: readWindow('retryBudget', given.window) };
}

class TwoTierBudget implements RetryBudget {
  private given: Partial<RetryBudgetOptions>;
  private options: Required<RetryBudgetOptions>;
  private readonly sums: RollingSums;
  private reserve: number;
  /** On the scale of the first clock, which goes on where others come and go. */
  private filledAt: number = now() - epoch;

  constructor(options: RetryBudgetOptions) {
    this.given = copied(readOptions<RetryBudgetOptions>('retryBudget', options, {}, rules));
    this.options = { ...defaults, ...this.given };
    this.reserve = this.options.reserve;
    this.sums = new RollingSums(this.options.window.duration, 2, Math.random());
  }

  deposit(time: number = now()): void {
    this.sums.add(time, successes);
  }

  withdraw(time: number = now()): boolean {
    this.refill(time);
    if (this.sums.at(time, spent) + 1 <= this.options.ratio * this.sums.at(time, successes)) {
      this.sums.add(time, spent);
      return true;
    }
    if (this.reserve < 1) return false;
    this.reserve--;
    return true;
  }

  available(time: number = now()): number {
    this.refill(time);
    const earned = this.options.ratio * this.sums.at(time, successes);
    const most = earned + this.options.reserve;
    if (most === 0) return 0;
    return Math.min(1, (Math.max(0, earned - this.sums.at(time, spent)) + this.reserve) / most);
  }

  reconfigure(changes: OptionChanges<RetryBudgetOptions>): void {
    const given = copied(readChanges('retryBudget', changes, this.given, rules));
    const time = now();
    this.refill(time);
    this.given = given;
    this.options = { ...defaults, ...given };
    this.reserve = Math.min(this.reserve, this.options.reserve);
    this.sums.resize(time, this.options.window.duration);
  }

  private refill(time: number): void {
    const { reserve, refill } = this.options;
    const elapsed = Math.max(0, time - epoch - this.filledAt);
    this.reserve = Math.min(reserve, this.reserve + (elapsed / 1_000) * refill);
    this.filledAt = time - epoch;
  }
}
