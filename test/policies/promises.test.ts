// Functions that must answer at once: a promise in place of the answer is refused, and its rejection ends no process.
import { circuitBreaker, coalesce, type Policy, retry, staleIfError, type Pipeline } from 'kedge';
import { describe, expect, it } from 'vitest';
import { lab, rejection, transient } from '../support/lab.ts';

const late = async (): Promise<never> => Promise.reject(new Error('late'));
const failing = (): Promise<never> => Promise.reject(transient());
const twice = (pipeline: Pipeline): Promise<unknown> =>
  Promise.all([1, 2].map((value) => pipeline.execute(async () => value, { key: 'a' })));

describe('a promise', () => {
  it.each<[string, Policy, (pipeline: Pipeline) => Promise<unknown>]>([
    ['backoff', retry({ backoff: late as never }), (each) => each.execute(failing)],
    [
      'openFor',
      circuitBreaker({ consecutiveFailures: 1, openFor: late as never }),
      (each) => each.execute(failing),
    ],
    ['key', coalesce({ key: late as never }), (each) => each.execute(() => 1)],
    ['clone', coalesce({ clone: late }), twice],
    ['clone', staleIfError({ maxAge: 1_000, clone: late }), twice],
  ])(
    'of `%s` rejects the call with a sentence, and nothing else is left of it',
    async (_, policy, act) => {
      using l = lab();
      const error = await rejection(act(l.pipeline('quotes', policy)));
      expect(error).toBeInstanceOf(TypeError);
      expect((error as Error).message).toMatch(
        /expected (?:`key`|`clone`|a function) to return .*, got a promise: it must decide without waiting\.$/,
      );
    },
  );
});
