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
    expect(() => read({ [given]: 1 })).toThrow(said);
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
});
