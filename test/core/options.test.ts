import { describe, expect, it } from 'vitest';
import {
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
  readOptions,
  type Rule,
  share,
  text,
  wholeNumber,
} from '../../src/core/options.ts';

const accepts = (rule: Rule, value: unknown): boolean => {
  try {
    check('policy', 'option', value, rule);
    return true;
  } catch {
    return false;
  }
};

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

  it('does not take inherited names of objects for options', () => {
    for (const name of ['constructor', 'toString', '__proto__', 'hasOwnProperty']) {
      const given = JSON.parse(`{ ${JSON.stringify(name)}: 1 }`) as object;
      expect(() => read(given)).toThrow(TypeError);
    }
  });
});
