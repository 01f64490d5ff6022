// One reading of `handle` and `handleResult` for every policy that takes them.
import { describe, expect, it } from 'vitest';
import type { Scope } from '../../src/core/scope.ts';
import { errorRule, repeatRule, resultRule } from '../../src/policies/shared/handle.ts';
import { permanent, transient } from '../support/lab.ts';

const context = { context: {} } as Scope;
const yes = (): boolean => true;
const no = (): boolean => false;

describe('handle', () => {
  it('goes before the rule of the policy, and leaves to it what it says nothing about', () => {
    const rule = errorRule('fallback', (error) => (error === 'mine' ? false : undefined), yes);
    expect([rule('mine', context), rule('other', context)]).toEqual([false, true]);
  });

  it('cannot have an error repeated that must never be', () => {
    const rule = repeatRule('retry', yes, no);
    expect([rule(permanent(), context), rule(transient(), context)]).toEqual([false, true]);
  });

  it('takes whatever is truthy for a yes', () => {
    const rule = errorRule('fallback', (() => 'found') as never, no);
    expect(rule(transient(), context)).toBe(true);
  });

  it.each([
    ['an async function', async () => false],
    ['a function that rejects', async () => Promise.reject(new Error('late'))],
    // oxlint-disable-next-line unicorn/no-thenable -- what is tested
    ['a function with a promise of another class', () => ({ then: (): void => {} })],
  ])('refuses %s, which would count as a yes', (_, handle) => {
    const message =
      'retry: expected `handle` to return true, false or undefined, got a promise: it must decide without waiting.';
    expect(() => errorRule('retry', handle as never, no)(1, context)).toThrow(
      new TypeError(message),
    );
    expect(() => repeatRule('retry', handle as never, no)(1, context)).toThrow(TypeError);
  });
});

describe('handleResult', () => {
  it('is no rule at all where it is not given', () => {
    expect(resultRule('retry', undefined)).toBeUndefined();
  });

  it('takes no answer for a no, and refuses a promise', () => {
    expect(resultRule('retry', (() => undefined) as never)?.(1, context)).toBe(false);
    expect(() => resultRule('retry', (async () => true) as never)?.(1, context)).toThrow(
      'retry: expected `handleResult` to return true, false or undefined, got a promise',
    );
  });
});
