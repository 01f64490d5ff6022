import { describe, expect, it } from 'vitest';
import {
  adaptiveLimiter,
  adaptiveThrottle,
  bulkhead,
  circuitBreaker,
  coalesce,
  exponentialBackoff,
  fallback,
  hedge,
  presets,
  rateLimiter,
  retry,
  staleIfError,
  timeout,
} from 'kedge';
import {
  anything,
  boolean,
  check,
  countOrInfinity,
  duration,
  either,
  finiteDuration,
  func,
  missing,
  nonNegative,
  oneOf,
  positiveDuration,
  readChanges,
  readOptions,
  readWindow,
  type Rule,
  share,
  text,
  wholeNumber,
} from '../../src/core/options.ts';
import { resilientFetch } from 'kedge/http';
import { rows } from '../../src/core/peer-options.ts';

const accepts = (rule: Rule, value: unknown): boolean => {
  try {
    check('policy', 'option', value, rule);
    return true;
  } catch {
    return false;
  }
};

describe('options', () => {
  it.each([
    ['a list', []],
    ['a Map', new Map()],
    ['a Date', new Date(0)],
    ['a promise', Promise.resolve({})],
  ])('are not %s', (_, given) => {
    expect(() => retry(given as never)).toThrow(/^retry: expected an object of options, got an/);
    expect(() => circuitBreaker({ halfOpen: given as never })).toThrow(/`halfOpen` to be/);
  });
});

describe('rules', () => {
  it.each<[string, Rule, readonly unknown[], readonly unknown[]]>([
    ['duration', duration, [0, 0.5, 1e9, Infinity], [-0.1, NaN, -Infinity]],
    ['positiveDuration', positiveDuration, [Number.MIN_VALUE, 1, Infinity], [0, -1, NaN]],
    ['finiteDuration', finiteDuration, [1, 1e15], [0, Infinity, NaN]],
    ['share', share, [Number.MIN_VALUE, 0.5, 1], [0, 1.000001, NaN, Infinity]],
    ['countOrInfinity', countOrInfinity, [1, 2, Infinity], [0, 1.5, -1, NaN, -Infinity]],
    ['wholeNumber', wholeNumber(2), [2, 3, Number.MAX_SAFE_INTEGER], [1, 2.5, Infinity, NaN]],
    ['wholeNumber to', wholeNumber(2, 4), [2, 3, 4], [1, 5]],
    ['nonNegative', nonNegative, [0, 1.5], [-1, Infinity, NaN]],
    ['boolean', boolean, [true, false], [0, 1, 'true', null]],
    ['func', func, [() => {}, Date], ['x', null, {}]],
    ['text', text, ['x', 'x'.repeat(128)], ['', 'x'.repeat(129), 5]],
    ['oneOf', oneOf('a', false), ['a', false], ['b', true, 5]],
    ['either', either(func, nonNegative), [() => {}, 5], ['x', -1]],
  ])('%s takes its bounds and nothing beyond', (_name, rule, good, bad) => {
    expect(good.filter((value) => !accepts(rule, value))).toEqual([]);
    expect(bad.filter((value) => accepts(rule, value))).toEqual([]);
    expect([Symbol('x'), 1n].filter((value) => accepts(rule, value))).toEqual([]);
  });

  it('tell a wrong type from a value out of range', () => {
    expect(() => check('p', 'o', '1', duration)).toThrow(TypeError);
    expect(() => check('p', 'o', -1, duration)).toThrow(RangeError);
  });

  it('say what they expect when they are made of others', () => {
    expect(oneOf('a', false).expected).toBe("'a' or false");
    const rule = either(func, nonNegative);
    expect(rule.expected).toBe('a function, or a finite number from 0');
    expect(() => check('p', 'o', 'x', rule)).toThrow(TypeError);
    expect(() => check('p', 'o', -1, rule)).toThrow(RangeError);
  });

  it('name policy, option, what is expected and what was given', () => {
    expect(() => check('retry', 'maxAttempts', 0, countOrInfinity)).toThrow(
      'retry: expected `maxAttempts` to be a whole number from 1, or Infinity, got 0.',
    );
    expect(() => missing('timeout', 'after', positiveDuration)).toThrow(
      'timeout: `after` is required: a number of milliseconds above 0, or Infinity.',
    );
  });

  it.each([
    ['x', "'x'"],
    ['x'.repeat(100), `'${'x'.repeat(64)}…'`],
    [null, 'null'],
    [[1], 'an array'],
    [{ toString: () => 'no' }, 'an object'],
    [() => 1, 'a function'],
    [Symbol('s'), 'a symbol'],
    [5n, '5'],
    [true, 'true'],
  ])('show what was given, bounded: %s', (value, shown) => {
    expect(() => check('p', 'o', value, duration)).toThrow(`, got ${shown}.`);
  });
});

describe('readOptions', () => {
  const rules = { first: duration, second: func };
  const read = (given: unknown): object => readOptions('policy', given, { first: 5 }, rules);

  it('returns a frozen copy over the defaults', () => {
    const given = { second: () => 1 };
    const options = read(given);
    expect(options).toEqual({ first: 5, second: given.second });
    expect(Object.isFrozen(options)).toBe(true);
    expect(options).not.toBe(given);
  });

  it('takes undefined as not given', () => {
    expect(read({ first: undefined })).toEqual({ first: 5 });
  });

  it.each([undefined, null, 5, 'x', [], true])('refuses what is no object: %s', (given) => {
    expect(() => read(given)).toThrow(TypeError);
  });

  it('guesses the name that was meant', () => {
    expect(() => read({ frist: 1 })).toThrow('Did you mean `first`?');
    expect(() => read({ SECOND: 1 })).toThrow('Did you mean `second`?');
    expect(() => read({ somethingElse: 1 })).toThrow('It has first, second.');
  });

  it('says what was given in place of options', () => {
    expect(() => read([])).toThrow('policy: expected an object of options, got an array.');
    expect(() => read('first')).toThrow("policy: expected an object of options, got 'first'.");
  });

  it.each([
    ['fir', 'two letters of a short name', '`first`?'],
    ['fi', 'three letters of a short name', 'It has'],
    ['secxyz', 'three of six', 'It has'],
    ['secondabc', 'three of nine', '`second`?'],
    ['secondabcd', 'four of ten', 'It has'],
    ['frst', 'a letter that is missing', '`first`?'],
    ['fiirst', 'a letter too many', '`first`?'],
    ['furst', 'another letter', '`first`?'],
  ])('takes %s, which differs in %s, for what it may be', (given, _what, said) => {
    const value = given.startsWith('s') ? () => 1 : 1;
    expect(() => read({ [given]: value })).toThrow(said);
  });

  it('does not take one word for another whose values are of another type', () => {
    expect(() => read({ secondabc: 1 })).toThrow('It has first, second.');
    expect(() => read({ secund: 1 })).toThrow('`second`?');
  });

  it('guesses the nearest of several names', () => {
    const several = { maxAge: duration, maxAttempts: duration, maxAges: duration };
    expect(() => readOptions('policy', { maxAgs: 1 }, {}, several)).toThrow('`maxAge`?');
    expect(() => readOptions('policy', { maxAgess: 1 }, {}, several)).toThrow('`maxAges`?');
  });

  it.each([
    [64, 'x'.repeat(64)],
    [65, `${'x'.repeat(64)}…`],
  ])('shows a name of %d letters bounded', (length, shown) => {
    const given = { ['x'.repeat(length)]: 1 };
    expect(() => read(given)).toThrow(
      `policy: there is no option \`${shown}\`. It has first, second.`,
    );
  });

  it('guesses at no name that is too long to be a slip', () => {
    const long = { ['a'.repeat(70)]: duration };
    expect(() => readOptions('policy', { ['a'.repeat(64)]: 1 }, {}, long)).toThrow('Did you mean');
    expect(() => readOptions('policy', { ['a'.repeat(65)]: 1 }, {}, long)).toThrow('It has');
  });

  it('leaves a default that is undefined to the policy', () => {
    const options = readOptions<object>('policy', {}, { first: undefined }, rules);
    expect(options).toEqual({ first: undefined });
  });

  it('does not take inherited names of objects for options', () => {
    for (const name of ['constructor', 'toString', '__proto__', 'hasOwnProperty']) {
      const given = JSON.parse(`{ ${JSON.stringify(name)}: 1 }`) as object;
      expect(() => read(given)).toThrow(TypeError);
    }
  });

  it.each([
    [
      'retries',
      3,
      'maxAttempts',
      '`retries: 3` is `maxAttempts: 4` here: the first attempt counts too.',
    ],
    ['attempts', 3, 'maxAttempts', '`attempts: 3` is `maxAttempts: 3` here'],
    ['retries', 'three', 'maxAttempts', '`retries` is `maxAttempts` here: the first attempt'],
    [
      'errorThresholdPercentage',
      50,
      'failureRate',
      'is `failureRate: 0.5` here: rates are 0 to 1.',
    ],
    ['resetTimeout', 30_000, 'openFor', '`resetTimeout: 30000` is `openFor: 30000` here.'],
    ['rollingCountTimeout', 10_000, 'window', '`window: { duration: 10000 }` here.'],
    ['minTimeout', 50, 'backoff', '`backoff: exponentialBackoff({ initial: 50 })` here.'],
    ['minTimeout', 50, 'initial', '`minTimeout: 50` is `initial: 50` here.'],
    ['shouldRetry', () => true, 'handle', '`shouldRetry` is `handle` here'],
    ['onFailedAttempt', () => {}, 'beforeRetry', '`onFailedAttempt` is `beforeRetry` here'],
    ['onFailedAttempt', () => {}, 'other', '`observe(sink)` hears of it.'],
    ['capacity', 5, 'maxConcurrent', '`capacity: 5` is `maxConcurrent: 5` here.'],
    ['capacity', 5, 'failureRate', 'Put `bulkhead({ maxConcurrent })` into the pipeline.'],
    ['timeout', 5, 'failureRate', 'put `timeout(ms)` into the pipeline.'],
    ['timeout', 5, 'totalTimeout', '`timeout: 5` is `totalTimeout: 5` here'],
  ])('translates %s: %s of another library where there is %s', (name, value, option, said) => {
    const own = { [option]: anything };
    expect(() => readOptions('policy', { [name]: value }, {}, own)).toThrow(said);
  });
});

describe('peers’ names', () => {
  // A row that no policy of kedge can use is a mistake in the table, and so is one for a name that kedge has itself.
  it('lead to options that there are', () => {
    const policies: Record<string, (options: never) => unknown> = {
      adaptiveLimiter,
      adaptiveThrottle,
      bulkhead,
      circuitBreaker,
      coalesce,
      exponentialBackoff,
      fallback,
      hedge,
      rateLimiter,
      resilientFetch,
      retry,
      staleIfError,
      timeout,
      http: presets.http,
    };
    const known = new Set<string>();
    for (const make of Object.values(policies)) {
      try {
        make({ 'no such option': 1 } as never);
      } catch (error) {
        const [, list = ''] = /It has (.*)\.$/.exec((error as Error).message) ?? [];
        for (const name of list.split(', ')) known.add(name);
      }
    }
    expect(rows.filter(([, option]) => !known.has(option))).toEqual([]);
  });
});

describe('readChanges', () => {
  const rules = { first: duration, second: func };

  it('keeps what is not named, and takes away what is null', () => {
    const given = { first: 5, second: () => 1 };
    expect(readChanges('policy', { first: 6 }, given, rules)).toEqual({ ...given, first: 6 });
    expect(readChanges('policy', { second: null }, given, rules)).toEqual({ first: 5 });
    expect(readChanges('policy', { first: undefined }, given, rules)).toEqual(given);
  });

  it.each([null, 5, [], { third: null }, { first: 'x' }])('refuses %j', (changes) => {
    expect(() => readChanges('policy', changes, {}, rules)).toThrow(TypeError);
  });
});

describe('readWindow', () => {
  it('returns a copy', () => {
    const window = { duration: 5 };
    expect(readWindow('policy', window)).toEqual(window);
    expect(readWindow('policy', window)).not.toBe(window);
  });

  it('says what is wrong with it', () => {
    expect(() => readWindow('policy', { duration: 0 })).toThrow(
      'policy `window`: expected `duration` to be a finite number of milliseconds above 0, got 0.',
    );
    expect(() => readWindow('policy', {} as never)).toThrow(
      'policy `window`: `duration` is required',
    );
  });
});
