import {
  boolean,
  func,
  number,
  positiveDuration,
  type Rule,
  type Rules,
  text,
  wholeNumber,
} from '../../core/options.ts';
import type { Context } from '../../core/policy.ts';
import { classify } from '../../verdict/classify.ts';
import { budgetRule, type RetryBudget } from '../../mechanisms/budget.ts';

export interface LearntDelay {
  /** The share of recent successes that were faster, above 0 and below 1. */
  quantile: number;
}

export interface HedgeOptions {
  /** How late the first call must be, in milliseconds; or as late as a quantile of recent successes says. */
  after: number | LearntDelay;
  /** How many more calls are started at most. @default 1 */
  maxHedges?: number;
  /** What limits hedges over all calls; it may be the retry's own. `false` for no such limit. @default retryBudget() */
  budget?: RetryBudget | false;
  /** Whether only operations are hedged whose attributes say `idempotent: true`. @default false */
  requireIdempotent?: boolean;
  /** Which errors start the next call at once. @default all but permanent ones, programmer's bugs and cancellation */
  handle?: (error: unknown, context: Context) => boolean;
  /** Which values count as failures. @default none */
  handleResult?: (value: unknown, context: Context) => boolean;
  /** The policy's name in metrics and events. @default 'hedge' */
  name?: string;
}

export const quantileRule: Rule = number(
  'a number above 0 and below 1',
  (share) => share > 0 && share < 1,
);
export const rules: Rules<HedgeOptions> = {
  after: {
    expected: 'a number of milliseconds above 0, or { quantile }',
    type: (value) => typeof value === 'number' || (typeof value === 'object' && value !== null),
    range: (value: number | object) =>
      typeof value === 'object' || (positiveDuration.range?.(value as never) ?? true),
  },
  maxHedges: wholeNumber(1, 10),
  budget: budgetRule,
  requireIdempotent: boolean,
  handle: func,
  handleResult: func,
  name: text,
};
const { name: _, ...rest } = rules;
export const changeable: Rules<Omit<HedgeOptions, 'name'>> = rest;
export const defaults: Required<
  Pick<HedgeOptions, 'maxHedges' | 'requireIdempotent' | 'handle' | 'name'>
> = {
  maxHedges: 1,
  requireIdempotent: false,
  handle: worthHedging,
  name: 'hedge',
};

export type Settings = Readonly<
  Required<Omit<HedgeOptions, 'name' | 'handleResult'>> & Pick<HedgeOptions, 'handleResult'>
>;

function worthHedging(error: unknown): boolean {
  const { kind } = classify(error);
  return kind !== 'permanent' && kind !== 'bug' && kind !== 'cancelled';
}
