/** Policies in the order that the field has found right, with defaults that do well in every sort of outage. */
import {
  countOrInfinity,
  object as objectOf,
  positiveDuration,
  readOptions,
  type Rule,
  type Rules,
} from './core/options.ts';
import type { Context, Policy } from './core/policy.ts';
import { type Backoff, backoffRule, exponentialBackoff, roughly } from './mechanisms/backoff.ts';
import { budgetRule, type RetryBudget, retryBudget } from './mechanisms/budget.ts';
import { adaptiveLimiter, type AdaptiveLimiterOptions } from './policies/adaptive-limiter.ts';
import { bulkhead, type BulkheadOptions } from './policies/bulkhead.ts';
import { circuitBreaker, type CircuitBreakerOptions } from './policies/circuit-breaker.ts';
import {
  fallback,
  type FallbackRunOptions,
  type FallbackValueOptions,
} from './policies/fallback.ts';
import { hedge, type HedgeOptions } from './policies/hedge.ts';
import { retry, type RetryOptions } from './policies/retry.ts';
import type { Handle } from './policies/shared/handle.ts';
import { timeout } from './policies/timeout.ts';
import { classify, type Verdict } from './verdict/classify.ts';

export interface PresetOptions<T = never> {
  /** How long the whole call may take, waits included, in milliseconds. @default 30_000 for HTTP, 10_000 for databases */
  totalTimeout?: number;
  /** How long each attempt may take, in milliseconds. @default 10_000 for HTTP, 5_000 for databases; at most `totalTimeout` */
  attemptTimeout?: number;
  /** How often the operation is tried at most, the first time included. @default 3 */
  maxAttempts?: number;
  /** The delays between attempts; a number of milliseconds is the same delay each time. @default exponentialBackoff({ initial: 200, jitter: 'equal' }) */
  backoff?: number | Backoff;
  /** What limits retries and hedges over all calls; `false` for no such limit. @default retryBudget({ ratio: 1 }) */
  budget?: RetryBudget | false;
  /**
   * Further changes to the retry: which errors it handles, how it treats `Retry-After`. For databases the default of
   * `handle` is to repeat only what was certainly not executed, unless the call's attributes say `idempotent: true`.
   */
  retry?: Omit<RetryOptions, 'maxAttempts' | 'backoff' | 'budget'>;
  /** Changes to the limit on all calls that are under way, those that wait included; `false` for none. @default { maxConcurrent: 10_000 } */
  bulkhead?: Partial<BulkheadOptions> | false;
  /** Changes to the limit on attempts at once, which follows latency; `false` for none. */
  adaptiveLimiter?: AdaptiveLimiterOptions | false;
  /** Changes to the circuit breaker. */
  circuitBreaker?: CircuitBreakerOptions;
  /**
   * Changes to hedging, or `false` for none. For HTTP it is on for operations whose attributes say `idempotent: true`;
   * for databases it is off unless it is given.
   */
  hedge?: Partial<HedgeOptions> | false;
  /** An answer in place of failures. */
  fallback?: FallbackValueOptions<T> | FallbackRunOptions<T>;
}

const object: Rule = objectOf('an object of options');
const objectOrFalse: Rule = {
  expected: 'an object of options, or false',
  type: (value) => value === false || object.type(value),
};
const rules: Rules<PresetOptions> = {
  totalTimeout: positiveDuration,
  attemptTimeout: positiveDuration,
  maxAttempts: countOrInfinity,
  backoff: backoffRule,
  budget: budgetRule,
  retry: object,
  bulkhead: objectOrFalse,
  adaptiveLimiter: objectOrFalse,
  circuitBreaker: object,
  hedge: objectOrFalse,
  fallback: object,
};

/** How long and how often HTTP is tried. */
export const httpLimits = { totalTimeout: 30_000, attemptTimeout: 10_000, maxAttempts: 3 } as const;

/** How late a call must be before another is started: later than all but a few, so that hedges stay few. */
const lateQuantile = 0.98;

/** One extra call for each success: enough to wait out a dependency that is down half of the time. */
export const presetBudget = (): RetryBudget => retryBudget({ ratio: 1 });

/** Growing slowly from little: a dependency that is back is noticed after about a third of the time that it was away. */
const briefly = exponentialBackoff({ initial: 100, factor: 1.3, max: 1_800, jitter: 'none' });

/**
 * One probe at a time, and never two seconds apart: as cheap as three every five, and sooner back. With one more call a
 * success, a slow start of calls that take a second would take longer than the outage.
 */
const breakerDefaults: CircuitBreakerOptions = {
  failureRate: 0.9,
  halfOpen: { probes: 1, growth: 8 },
  openFor: (...about) => roughly(briefly(...about)),
};

/** Half of each delay is sure: with full jitter few attempts would often be over before a short outage is. */
const presetBackoff = exponentialBackoff({ initial: 200, jitter: 'equal' });

/** Far above what most calls of one pipeline need: what is too much for the dependency, the limiter below learns. */
const bulkheadDefaults: BulkheadOptions = { maxConcurrent: 10_000 };

/** As far as a limit may grow that finds its place by itself. */
const mostAtOnce = 2_000;

/** How many attempts' time work keeps its place that was given up: a black hole takes it for no longer. */
const abandonedAttempts = 4;

type Preset = <T = never>(options?: PresetOptions<T>) => readonly [Policy<T>, ...Policy<T>[]];

interface Defaults {
  readonly totalTimeout: number;
  readonly attemptTimeout: number;
  readonly maxAttempts: number;
  readonly hedge: Partial<HedgeOptions> | false;
  /** The options of a retry that repeats less than another. */
  readonly within?: (options: RetryOptions) => RetryOptions;
  /** Whether one call may have more attempts and more time than the options say. */
  readonly varies?: true;
}

const preset = (name: string, { within, varies, ...defaults }: Defaults): Preset => {
  const by = `presets.${name}`;
  return <T = never>(options: PresetOptions<T> = {}) => {
    const o = readOptions<PresetOptions>(by, options, {}, rules);
    const { totalTimeout = defaults.totalTimeout, maxAttempts = defaults.maxAttempts } = o;
    const attemptTimeout = o.attemptTimeout ?? Math.min(defaults.attemptTimeout, totalTimeout);
    refuseContradictions(by, totalTimeout, attemptTimeout, o);
    if (varies !== true) refuseUnused(by, attemptTimeout, o);
    const budget = o.budget ?? presetBudget();
    const policies: Policy<unknown>[] = [];
    if (o.fallback !== undefined)
      policies.push(fallback(o.fallback as FallbackValueOptions<unknown>));
    if (o.bulkhead !== false) policies.push(bulkhead({ ...bulkheadDefaults, ...o.bulkhead }));
    policies.push(timeout({ after: totalTimeout, name: 'timeout-total' }));
    policies.push(retry(retryOptions(o, { maxAttempts, budget }, within)));
    const hedging = o.hedge ?? defaults.hedge;
    if (hedging !== false) {
      const after = { quantile: lateQuantile };
      policies.push(hedge({ after, requireIdempotent: true, budget, ...hedging }));
    }
    // Two attempts that run into their timeout must both be in the window.
    const duration = attemptTimeout < Infinity ? Math.max(10_000, 2 * attemptTimeout) : 10_000;
    policies.push(
      circuitBreaker({ ...breakerDefaults, window: { duration }, ...o.circuitBreaker }),
    );
    // Inside the retry: a call that waits for its next attempt is no load on the dependency.
    if (o.adaptiveLimiter !== false) {
      const abandonAfter = Math.min(60_000, abandonedAttempts * attemptTimeout);
      policies.push(adaptiveLimiter({ max: mostAtOnce, abandonAfter, ...o.adaptiveLimiter }));
    }
    policies.push(timeout({ after: attemptTimeout, name: 'timeout-attempt' }));
    return policies as unknown as [Policy<T>, ...Policy<T>[]];
  };
};

function retryOptions(
  { retry: given = {}, backoff }: PresetOptions,
  shared: Pick<RetryOptions, 'maxAttempts' | 'budget'>,
  within: Defaults['within'],
): RetryOptions {
  return {
    circuitWaits: 'free',
    ...(within === undefined ? given : within(given)),
    ...shared,
    backoff: backoff ?? presetBackoff,
  };
}

const mayRepeat = (repeat: Verdict['repeat'], { attributes }: Context): boolean =>
  repeat === 'safe' || attributes['idempotent'] === true;

const byDefault: Handle = (error, context) =>
  mayRepeat(classify(error).repeat, context) ? undefined : false;

/** Of a database only what was certainly not executed is repeated, unless the caller says that twice is as good as once. */
function onlySafe(given: RetryOptions): RetryOptions {
  const { handle, handleResult } = given;
  return {
    ...given,
    // What is no function is refused by the retry itself.
    handle:
      typeof handle === 'function'
        ? (error, context) => handle(error, context) ?? byDefault(error, context)
        : (handle ?? byDefault),
    ...(typeof handleResult === 'function' && {
      // A value that is a failure was executed.
      handleResult: (value, context) =>
        mayRepeat('idempotent', context) && handleResult(value, context),
    }),
  };
}

function refuseContradictions(
  preset: string,
  total: number,
  attempt: number,
  options: PresetOptions,
): void {
  if (attempt > total) {
    throw new RangeError(
      `${preset}: \`attemptTimeout\` (${attempt} ms) is longer than \`totalTimeout\` (${total} ms), so no attempt could use it.`,
    );
  }
  const window = options.circuitBreaker?.window as Partial<{ duration: number }> | null | undefined;
  if (attempt < Infinity && window?.duration !== undefined && window.duration < 2 * attempt) {
    throw new RangeError(
      `${preset}: the breaker's \`window\` (${window.duration} ms) is shorter than twice \`attemptTimeout\` (${attempt} ms), ` +
        'so failures by timeout would leave it before they could add up.',
    );
  }
  const { retry: given = {} } = options;
  for (const name of ['maxAttempts', 'backoff', 'budget']) {
    if ((given as Record<string, unknown>)[name] !== undefined)
      throw new TypeError(`${preset}: give \`${name}\` beside \`retry\`, not in it.`);
  }
  for (const [name, wait] of [
    ["the retry's `maxElapsed`", given.maxElapsed],
    ["the retry's `circuitWait`", given.circuitWait],
    ['`backoff`', options.backoff],
  ] as const) {
    if (typeof wait === 'number' && wait > total && wait < Infinity)
      throw new RangeError(
        `${preset}: ${name} (${wait} ms) is longer than \`totalTimeout\` (${total} ms), which ends the call before.`,
      );
  }
  refuseIgnored(preset, attempt, options);
}

const once = 'with `maxAttempts: 1` there is no further try';

/** What is given and would have no effect was meant to have one. */
function refuseIgnored(preset: string, attempt: number, options: PresetOptions): void {
  const { bulkhead: limit, hedge: late, retry: given = {} } = options;
  const refuse = (what: string, why: string): never => ignored(preset, what, why);
  if (given.respectRetryAfter === false && given.maxRetryAfter !== undefined)
    refuse("the retry's `maxRetryAfter`", '`respectRetryAfter` is false');
  if (limit && limit.maxWait !== undefined && !limit.maxQueued)
    refuse("the bulkhead's `maxWait`", 'nothing is queued without `maxQueued`');
  if (late && typeof late.after === 'number' && late.after >= attempt)
    refuse("the hedge's `after`", 'it is not shorter than `attemptTimeout`');
}

/** The same, where no single call has other limits. */
function refuseUnused(preset: string, attempt: number, options: PresetOptions): void {
  const { backoff, maxAttempts, retry: given = {} } = options;
  const slow = options.circuitBreaker?.slowCall?.after;
  if (typeof slow === 'number' && slow >= attempt)
    ignored(preset, "the breaker's `slowCall`", 'its `after` is not shorter than `attemptTimeout`');
  if (maxAttempts !== 1) return;
  if (backoff !== undefined) ignored(preset, '`backoff`', once);
  for (const name of ['beforeRetry', 'respectRetryAfter', 'maxRetryAfter'] as const)
    if (given[name] !== undefined) ignored(preset, `the retry's \`${name}\``, once);
}

function ignored(preset: string, what: string, why: string): never {
  throw new TypeError(`${preset}: ${what} would be ignored: ${why}.`);
}

/** `presets.http` for a client whose calls may ask for other limits. */
export const httpOfAnyLimits: Preset = preset('http', { ...httpLimits, hedge: {}, varies: true });

/**
 * Ready-made lists of policies: limiter → total timeout → retry → (hedge) → breaker → adaptive limiter → attempt timeout, and
 * a fallback outside where one is given.
 *
 * Throws a `TypeError` or a `RangeError` for options that cannot be, or that contradict each other.
 *
 * @example
 * const quotes = pipeline('quotes', ...presets.http({ totalTimeout: 5_000, attemptTimeout: 1_000, fallback: { value: [] } }));
 * const orders = pipeline('orders', ...presets.database());
 */
export const presets: { readonly http: Preset; readonly database: Preset } = {
  http: preset('http', { ...httpLimits, hedge: {} }),
  database: preset('database', {
    totalTimeout: 10_000,
    attemptTimeout: 5_000,
    maxAttempts: 3,
    hedge: false,
    within: onlySafe,
  }),
};
