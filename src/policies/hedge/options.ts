import {
  boolean,
  func,
  missing,
  number,
  positiveDuration,
  readOptions,
  type Rule,
  type Rules,
  text,
  wholeNumber,
} from '../../core/options.ts';
import type { Schema } from '../../core/stateful.ts';
import { budgetRule, type RetryBudget, retryBudget } from '../../mechanisms/budget.ts';
import type { Verdict } from '../../verdict/classify.ts';
import {
  type Handle,
  type HandleResult,
  type Predicate,
  repeatRule,
  resultRule,
} from '../shared/handle.ts';

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
  /**
   * Closes a value that nobody gets: one that lost, or came too late. What it throws is lost as well.
   * @default a disposable value is disposed, the body of a `Response` cancelled
   */
  onDiscard?: (value: unknown) => unknown;
  /**
   * Which errors start the next call at once; `undefined` leaves an error to the default. An error that must never be
   * repeated is not, whatever this says.
   * @default all but permanent ones, programmer's bugs and cancellation
   */
  handle?: Handle;
  /** Which values count as failures. @default none */
  handleResult?: HandleResult;
  /** The policy's name in metrics and events. @default 'hedge' */
  name?: string;
}

export interface Settings {
  readonly after: number | Readonly<LearntDelay>;
  readonly maxHedges: number;
  readonly budget: RetryBudget | false;
  readonly requireIdempotent: boolean;
  readonly onDiscard: ((value: unknown) => unknown) | undefined;
  readonly handles: Predicate;
  readonly isFailure: Predicate | undefined;
}

const quantileRule: Rule = number(
  'a number above 0 and below 1',
  (share) => share > 0 && share < 1,
);

const rules: Rules<HedgeOptions> = {
  after: {
    expected: 'a number of milliseconds above 0, or { quantile }',
    type: (value) => typeof value === 'number' || (typeof value === 'object' && value !== null),
    range: (value: number | object) =>
      typeof value === 'object' || (positiveDuration.range?.(value as never) ?? true),
  },
  maxHedges: wholeNumber(1, 10),
  budget: budgetRule,
  requireIdempotent: boolean,
  onDiscard: func,
  handle: func,
  handleResult: func,
  name: text,
};

/** With a budget of its own, which stays the default whatever is changed later. */
export function schema(): Schema<HedgeOptions, Settings> {
  const defaults = { maxHedges: 1, requireIdempotent: false, budget: retryBudget() };
  return { kind: 'hedge', rules, defaults, required: ['after'], complete };
}

function complete(options: Readonly<HedgeOptions>): Settings {
  const { after, handle, handleResult, ...rest } = options as Required<HedgeOptions>;
  return {
    ...rest,
    after: typeof after === 'number' ? after : readLearnt(after),
    handles: repeatRule('hedge', handle, isWorthHedging),
    isFailure: resultRule('hedge', handleResult),
  };
}

/** A copy: whoever changes the object later has not changed the policy. */
function readLearnt(given: LearntDelay): Readonly<LearntDelay> {
  const of = 'hedge `after`';
  const after = readOptions<LearntDelay>(of, given, {}, { quantile: quantileRule });
  return after.quantile === undefined ? missing(of, 'quantile', quantileRule) : after;
}

function isWorthHedging({ kind }: Verdict): boolean {
  return kind !== 'permanent' && kind !== 'bug' && kind !== 'cancelled';
}
