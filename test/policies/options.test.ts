// A wrong option is named when the policy is made, with its value and what is allowed.
import {
  adaptiveLimiter,
  bulkhead,
  circuitBreaker,
  coalesce,
  constantBackoff,
  listedBackoff,
  exponentialBackoff,
  fallback,
  hedge,
  linearBackoff,
  presets,
  rateLimiter,
  retry,
  retryBudget,
  staleIfError,
  adaptiveThrottle,
  timeout,
} from 'kedge';
import { describe, expect, it } from 'vitest';

/** What is thrown, as it is shown: the class and the message. */
function complaint(make: () => unknown): string {
  try {
    make();
  } catch (error) {
    return String(error);
  }
  return 'none';
}

type Make = (options: never) => unknown;
type Options = Readonly<Record<string, unknown>>;

const aDuration = 'a number of milliseconds from 0, or Infinity';
const aLength = 'a number of milliseconds above 0, or Infinity';
const aFiniteLength = 'a finite number of milliseconds above 0';
const aCount = 'a whole number from 1, or Infinity';
const aShare = 'a number above 0 and up to 1';
const aFunction = 'a function';
const aBackoff = 'a number of milliseconds from 0, or Infinity, or a backoff';
const aName = 'a text of 1 to 128 characters';
const aBudget = 'a retryBudget() or false';
const anObject = 'an object of options';
const aJitter = "'none' or 'full' or 'equal' or 'decorrelated'";
const aFiniteNumber = 'a finite number from 0';
const anyNumber = 'a finite number from 1';

const ownBudget = {
  deposit() {},
  withdraw: () => true,
  available: () => 1,
  reconfigure() {},
};

const nested = {
  window: (window: unknown) => circuitBreaker({ window } as never),
  slowCall: (slowCall: Options) => circuitBreaker({ slowCall: { after: 1, rate: 1, ...slowCall } }),
  halfOpen: (halfOpen: unknown) => circuitBreaker({ halfOpen } as never),
  budgetWindow: (window: unknown) => retryBudget({ window } as never),
  learnt: (after: unknown) => hedge({ after } as never),
  throttled: (window: unknown) => adaptiveThrottle({ window } as never),
};

/** Who says it, who is asked, with which options besides, the option, a value out of range or of no fit, what is allowed. */
const ranges: [string, Make, Options, string, unknown, string][] = [
  ['adaptiveLimiter', adaptiveLimiter, {}, 'initial', 0, 'a whole number from 1'],
  ['adaptiveLimiter', adaptiveLimiter, {}, 'min', 1.5, 'a whole number from 1'],
  ['adaptiveLimiter', adaptiveLimiter, {}, 'max', -1, 'a whole number from 1'],
  ['adaptiveLimiter', adaptiveLimiter, {}, 'maxQueued', -1, 'a whole number from 0'],
  ['adaptiveLimiter', adaptiveLimiter, {}, 'name', '', aName],
  ['bulkhead', bulkhead, {}, 'maxConcurrent', 0, 'a whole number from 1'],
  ['bulkhead', bulkhead, { maxConcurrent: 1 }, 'maxQueued', -1, 'a whole number from 0'],
  ['bulkhead', bulkhead, { maxConcurrent: 1 }, 'maxWait', -1, aDuration],
  ['bulkhead', bulkhead, { maxConcurrent: 1 }, 'abandonAfter', 0, aLength],
  ['bulkhead', bulkhead, { maxConcurrent: 1 }, 'name', '', aName],
  ['circuitBreaker', circuitBreaker, {}, 'failureRate', 0, aShare],
  ['circuitBreaker', circuitBreaker, {}, 'minimumCalls', 0, 'a whole number from 1'],
  ['circuitBreaker', circuitBreaker, {}, 'consecutiveFailures', 0, aCount],
  ['circuitBreaker', circuitBreaker, {}, 'consecutiveFailures', 1.5, aCount],
  [
    'circuitBreaker',
    circuitBreaker,
    {},
    'openFor',
    0,
    'a number of milliseconds above 0, or a backoff',
  ],
  ['circuitBreaker', circuitBreaker, {}, 'name', '', aName],
  ['circuitBreaker `window`', nested.window, {}, 'duration', Infinity, aFiniteLength],
  ['circuitBreaker `window`', nested.window, {}, 'calls', 0, 'a whole number from 1 to 1000000'],
  [
    'circuitBreaker `window`',
    nested.window,
    {},
    'calls',
    1_000_001,
    'a whole number from 1 to 1000000',
  ],
  ['circuitBreaker `slowCall`', nested.slowCall, {}, 'after', 0, aLength],
  ['circuitBreaker `slowCall`', nested.slowCall, {}, 'rate', 1.1, aShare],
  ['circuitBreaker `halfOpen`', nested.halfOpen, {}, 'probes', 0, 'a whole number from 1 to 1000'],
  [
    'circuitBreaker `halfOpen`',
    nested.halfOpen,
    {},
    'probes',
    1_001,
    'a whole number from 1 to 1000',
  ],
  ['circuitBreaker `halfOpen`', nested.halfOpen, {}, 'leaseFor', 0, aLength],
  ['circuitBreaker `halfOpen`', nested.halfOpen, {}, 'growth', 0, 'a whole number from 1 to 1000'],
  ['coalesce', coalesce, {}, 'name', '', aName],
  ['constantBackoff', (o: { ms: number }) => constantBackoff(o.ms), {}, 'ms', -1, aDuration],
  [
    'constantBackoff',
    (o: { jitter: never }) => constantBackoff(1, o.jitter),
    {},
    'jitter',
    'some',
    aJitter,
  ],
  [
    'listedBackoff',
    (o: Options) => listedBackoff([1, o['list[1]'] as number]),
    {},
    'list[1]',
    -1,
    aDuration,
  ],
  ['exponentialBackoff', exponentialBackoff, {}, 'initial', Infinity, aFiniteNumber],
  ['exponentialBackoff', exponentialBackoff, {}, 'factor', 0.5, anyNumber],
  ['exponentialBackoff', exponentialBackoff, {}, 'factor', Infinity, anyNumber],
  ['exponentialBackoff', exponentialBackoff, {}, 'max', -1, aDuration],
  ['exponentialBackoff', exponentialBackoff, {}, 'jitter', 'some', aJitter],
  ['fallback', fallback, { value: 1 }, 'name', '', aName],
  ['hedge', hedge, {}, 'after', 0, 'a number of milliseconds above 0, or { quantile }'],
  ['hedge', hedge, { after: 1 }, 'maxHedges', 0, 'a whole number from 1 to 10'],
  ['hedge', hedge, { after: 1 }, 'name', '', aName],
  ['hedge `after`', nested.learnt, {}, 'quantile', 1, 'a number above 0 and below 1'],
  ['linearBackoff', linearBackoff, {}, 'initial', -1, aFiniteNumber],
  ['linearBackoff', linearBackoff, {}, 'step', Infinity, aFiniteNumber],
  ['linearBackoff', linearBackoff, {}, 'max', -1, aDuration],
  ['linearBackoff', linearBackoff, {}, 'jitter', true, aJitter],
  ['presets.http', presets.http, {}, 'totalTimeout', 0, aLength],
  ['presets.database', presets.database, {}, 'attemptTimeout', 0, aLength],
  ['presets.http', presets.http, {}, 'maxAttempts', 0, aCount],
  ['rateLimiter', rateLimiter, {}, 'limit', 0, 'a finite number above 0'],
  ['rateLimiter', rateLimiter, { limit: 1 }, 'interval', Infinity, aFiniteLength],
  ['rateLimiter', rateLimiter, { limit: 1 }, 'burst', 0.5, anyNumber],
  ['rateLimiter', rateLimiter, { limit: 1 }, 'burst', Infinity, anyNumber],
  ['rateLimiter', rateLimiter, { limit: 1 }, 'maxWait', -1, aDuration],
  ['rateLimiter', rateLimiter, { limit: 1 }, 'name', '', aName],
  ['retry', retry, {}, 'maxAttempts', 0, aCount],
  ['retry', retry, {}, 'maxElapsed', -1, aDuration],
  ['retry', retry, {}, 'maxRetryAfter', -1, aDuration],
  ['retry', retry, {}, 'name', '', aName],
  ['retryBudget', retryBudget, {}, 'ratio', -1, aFiniteNumber],
  ['retryBudget `window`', nested.budgetWindow, {}, 'duration', 0, aFiniteLength],
  ['retryBudget', retryBudget, {}, 'reserve', Infinity, aFiniteNumber],
  ['retryBudget', retryBudget, {}, 'refill', -1, aFiniteNumber],
  ['staleIfError', staleIfError, {}, 'maxAge', 0, aLength],
  ['staleIfError', staleIfError, { maxAge: 1 }, 'maxEntries', 0, 'a whole number from 1'],
  ['staleIfError', staleIfError, { maxAge: 1 }, 'name', '', aName],
  ['adaptiveThrottle', adaptiveThrottle, {}, 'ratio', 0.5, anyNumber],
  ['adaptiveThrottle', adaptiveThrottle, {}, 'ratio', Infinity, anyNumber],
  ['adaptiveThrottle `window`', nested.throttled, {}, 'duration', 0, aFiniteLength],
  ['adaptiveThrottle', adaptiveThrottle, {}, 'name', '', aName],
  ['timeout', timeout, {}, 'after', 0, aLength],
  ['timeout', timeout, { after: 1 }, 'strategy', 'gentle', "'aggressive' or 'cooperative'"],
  ['timeout', timeout, { after: 1 }, 'name', '', aName],
];

/** The same, with values of a wrong type. */
const types: [string, Make, Options, string, unknown, string][] = [
  ['circuitBreaker', circuitBreaker, {}, 'window', 5, '{ duration } or { calls }'],
  ['circuitBreaker', circuitBreaker, {}, 'window', null, '{ duration } or { calls }'],
  ['circuitBreaker', circuitBreaker, {}, 'window', [], '{ duration } or { calls }'],
  ['circuitBreaker', circuitBreaker, {}, 'slowCall', 5, '{ after, rate }'],
  ['circuitBreaker', circuitBreaker, {}, 'halfOpen', 5, '{ probes, growth, leaseFor }'],
  ['circuitBreaker', circuitBreaker, {}, 'restore', 5, 'a snapshot()'],
  [
    'circuitBreaker',
    circuitBreaker,
    {},
    'openFor',
    '5s',
    'a number of milliseconds above 0, or a backoff',
  ],
  ['adaptiveThrottle', adaptiveThrottle, {}, 'window', 120_000, '{ duration }'],
  ['adaptiveThrottle', adaptiveThrottle, {}, 'priority', 'tier', aFunction],
  ['circuitBreaker', circuitBreaker, {}, 'handle', true, aFunction],
  ['circuitBreaker', circuitBreaker, {}, 'handleResult', true, aFunction],
  ['coalesce', coalesce, {}, 'key', 'id', aFunction],
  [
    'constantBackoff',
    (o: { jitter: never }) => constantBackoff(1, o.jitter),
    {},
    'jitter',
    5,
    aJitter,
  ],
  [
    'listedBackoff',
    (o: Options) => listedBackoff([o['list[0]'] as number]),
    {},
    'list[0]',
    '5',
    aDuration,
  ],
  ['fallback', fallback, {}, 'run', 5, aFunction],
  ['fallback', fallback, { value: 1 }, 'handle', 5, aFunction],
  ['fallback', fallback, { value: 1 }, 'handleResult', 5, aFunction],
  ['hedge', hedge, {}, 'after', null, 'a number of milliseconds above 0, or { quantile }'],
  ['hedge', hedge, { after: 1 }, 'budget', true, aBudget],
  ['hedge', hedge, { after: 1 }, 'requireIdempotent', 1, 'true or false'],
  ['hedge', hedge, { after: 1 }, 'handle', 5, aFunction],
  ['hedge', hedge, { after: 1 }, 'handleResult', 5, aFunction],
  ['presets.http', presets.http, {}, 'backoff', '5', aBackoff],
  ['presets.http', presets.http, {}, 'retry', false, anObject],
  ['presets.http', presets.http, {}, 'retry', null, anObject],
  ['presets.http', presets.http, {}, 'bulkhead', true, `${anObject}, or false`],
  ['presets.http', presets.http, {}, 'adaptiveLimiter', true, `${anObject}, or false`],
  ['presets.http', presets.http, {}, 'circuitBreaker', false, anObject],
  ['presets.http', presets.http, {}, 'hedge', null, `${anObject}, or false`],
  ['presets.http', presets.http, {}, 'fallback', 5, anObject],
  ['retry', retry, {}, 'backoff', '5', aBackoff],
  ['retry', retry, {}, 'budget', null, aBudget],
  ['retry', retry, {}, 'respectRetryAfter', 1, 'true or false'],
  ['retry', retry, {}, 'unref', 1, 'true or false'],
  ['retry', retry, {}, 'handle', 5, aFunction],
  ['retry', retry, {}, 'handleResult', 5, aFunction],
  ['staleIfError', staleIfError, { maxAge: 1 }, 'key', 'id', aFunction],
  ['staleIfError', staleIfError, { maxAge: 1 }, 'handle', 5, aFunction],
  ['staleIfError', staleIfError, { maxAge: 1 }, 'handleResult', 5, aFunction],
];

const shown = (value: unknown): string => {
  if (typeof value === 'string') return `'${value}'`;
  return Array.isArray(value) ? 'an array' : String(value);
};

const cases = (rows: typeof ranges) =>
  rows.map(([by, make, rest, option, value, allowed]) => ({
    by,
    option,
    value: shown(value),
    ask: () => make({ ...rest, [option]: value } as never),
    expected: `${by}: expected \`${option}\` to be ${allowed}, got ${shown(value)}.`,
  }));

describe('an option that cannot be', () => {
  it.each(cases(ranges))('$by: `$option` of $value is out of range', ({ ask, expected }) => {
    expect(complaint(ask)).toBe(`RangeError: ${expected}`);
  });

  it.each(cases(types))('$by: `$option` of $value is of the wrong type', ({ ask, expected }) => {
    expect(complaint(ask)).toBe(`TypeError: ${expected}`);
  });

  it.each<[string, () => unknown, string]>([
    ['bulkhead', () => bulkhead({} as never), 'maxConcurrent` is required: a whole number from 1'],
    [
      'circuitBreaker `slowCall`',
      () => nested.slowCall({ after: undefined }),
      `after\` is required: ${aLength}`,
    ],
    [
      'circuitBreaker `slowCall`',
      () => nested.slowCall({ rate: undefined }),
      `rate\` is required: ${aShare}`,
    ],
    [
      'hedge',
      () => hedge({} as never),
      'after` is required: a number of milliseconds above 0, or { quantile }',
    ],
    [
      'hedge `after`',
      () => nested.learnt({}),
      'quantile` is required: a number above 0 and below 1',
    ],
    ['rateLimiter', () => rateLimiter({} as never), 'limit` is required: a finite number above 0'],
    ['staleIfError', () => staleIfError({} as never), `maxAge\` is required: ${aLength}`],
    ['timeout', () => timeout({} as never), `after\` is required: ${aLength}`],
  ])('%s says what it needs', (by, make, what) => {
    expect(complaint(make)).toBe(`TypeError: ${by}: \`${what}.`);
  });

  it.each<[string, Make]>([
    ['adaptiveLimiter', adaptiveLimiter],
    ['bulkhead', bulkhead],
    ['circuitBreaker', circuitBreaker],
    ['coalesce', coalesce],
    ['exponentialBackoff', exponentialBackoff],
    ['fallback', fallback],
    ['hedge', hedge],
    ['linearBackoff', linearBackoff],
    ['presets.http', presets.http],
    ['presets.database', presets.database],
    ['rateLimiter', rateLimiter],
    ['retry', retry],
    ['retryBudget', retryBudget],
    ['staleIfError', staleIfError],
    ['adaptiveThrottle', adaptiveThrottle],
  ])('%s wants an object of options', (by, make) => {
    expect(complaint(() => make(null as never))).toBe(
      `TypeError: ${by}: expected an object of options, got null.`,
    );
  });

  it.each<[string, (given: never) => unknown]>([
    ['adaptiveLimiter', (given) => adaptiveLimiter().reconfigure(given)],
    ['bulkhead', (given) => bulkhead({ maxConcurrent: 1 }).reconfigure(given)],
    ['circuitBreaker', (given) => circuitBreaker().reconfigure(given)],
    ['hedge', (given) => hedge({ after: 1 }).reconfigure(given)],
    ['rateLimiter', (given) => rateLimiter({ limit: 1 }).reconfigure(given)],
    ['staleIfError', (given) => staleIfError({ maxAge: 1 }).reconfigure(given)],
    ['adaptiveThrottle', (given) => adaptiveThrottle().reconfigure(given)],
  ])('%s keeps its name when it is reconfigured', (by, reconfigure) => {
    expect(complaint(() => reconfigure({ name: 'other' } as never))).toMatch(
      new RegExp(`^TypeError: ${by}: there is no option \`name\`\\. `),
    );
  });

  it('retryBudget says what was wrong when it is reconfigured', () => {
    const budget = retryBudget();
    expect(complaint(() => budget.reconfigure({ ratio: -1 }))).toBe(
      'RangeError: retryBudget: expected `ratio` to be a finite number from 0, got -1.',
    );
  });

  it.each<[string, () => unknown, string]>([
    [
      'a list of no delays',
      () => listedBackoff([]),
      'TypeError: listedBackoff: expected a list of at least one delay in milliseconds.',
    ],
    [
      'both a value and a function as the fallback',
      () => fallback({ value: 1, run: () => 1 } as never),
      'TypeError: fallback: expected either `value` or `run`.',
    ],
    [
      'no fallback at all',
      () => fallback({} as never),
      'TypeError: fallback: expected either `value` or `run`.',
    ],
    [
      'a window of both time and calls',
      () => nested.window({ duration: 1, calls: 1 }),
      'TypeError: circuitBreaker: expected `window` to be either { duration } or { calls }.',
    ],
    [
      'a window of neither',
      () => nested.window({}),
      'TypeError: circuitBreaker: expected `window` to be either { duration } or { calls }.',
    ],
    [
      'more calls at least than the window holds',
      () => circuitBreaker({ minimumCalls: 6, window: { calls: 5 } }),
      'RangeError: circuitBreaker: expected `minimumCalls` to be at most the 5 calls of `window`, got 6.',
    ],
    [
      'bounds in the wrong order',
      () => adaptiveLimiter({ initial: 5, min: 10 }),
      'RangeError: adaptiveLimiter: expected `min` ≤ `initial` ≤ `max`, got 10, 5 and 200.',
    ],
    [
      'attempts longer than the whole call',
      () => presets.http({ totalTimeout: 100, attemptTimeout: 200 }),
      'RangeError: presets.http: `attemptTimeout` (200 ms) is longer than `totalTimeout` (100 ms), so no attempt could use it.',
    ],
    [
      'a window that two attempts do not fit into',
      () =>
        presets.database({
          attemptTimeout: 2_000,
          circuitBreaker: { window: { duration: 3_999 } },
        }),
      "RangeError: presets.database: the breaker's `window` (3999 ms) is shorter than twice `attemptTimeout` (2000 ms), " +
        'so failures by timeout would leave it before they could add up.',
    ],
  ])('is told from others that contradict it: %s', (_what, make, said) => {
    expect(complaint(make)).toBe(said);
  });

  it.each(['deposit', 'withdraw', 'available'])(
    'a budget of one’s own without `%s` is none',
    (lacking) => {
      const budget = { ...ownBudget, [lacking]: undefined };
      expect(complaint(() => retry({ budget }))).toBe(
        `TypeError: retry: expected \`budget\` to be ${aBudget}, got an object.`,
      );
    },
  );

  it('a function is no budget, whatever it has', () => {
    const budget = Object.assign(() => {}, ownBudget);
    expect(complaint(() => retry({ budget }))).toBe(
      `TypeError: retry: expected \`budget\` to be ${aBudget}, got a function.`,
    );
  });
});

describe('an option at its bound', () => {
  it.each<[string, () => unknown]>([
    ['a factor of 1', () => exponentialBackoff({ factor: 1 })],
    ['no delay at all', () => constantBackoff(0)],
    [
      'a whole call as long as its one attempt',
      () => presets.http({ totalTimeout: 100, attemptTimeout: 100 }),
    ],
    [
      'a window of exactly two attempts',
      () => presets.http({ attemptTimeout: 100, circuitBreaker: { window: { duration: 200 } } }),
    ],
    [
      'as many calls at least as the window holds',
      () => circuitBreaker({ minimumCalls: 5, window: { calls: 5 } }),
    ],
    ['a window of a million calls', () => circuitBreaker({ window: { calls: 1_000_000 } })],
    ['ten hedges', () => hedge({ after: 1, maxHedges: 10 })],
    ['a thousand probes', () => circuitBreaker({ halfOpen: { probes: 1_000 } })],
    ['bounds that are one number', () => adaptiveLimiter({ initial: 5, min: 5, max: 5 })],
    ['a budget of one’s own', () => retry({ budget: ownBudget })],
  ])('is taken: %s', (_what, make) => {
    expect(complaint(make)).toBe('none');
  });
});
