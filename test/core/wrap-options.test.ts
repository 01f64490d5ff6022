import { coalesce, createKedge, retry } from 'kedge';
import { virtualClock } from 'kedge/testing';
import { describe, expect, it } from 'vitest';

const ambiguous = (): Error => Object.assign(new Error('reset'), { code: 'ECONNRESET' });
const certain = (): Error => Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });

describe('wrap with options', () => {
  it('makes the options of a call from its arguments, so that calls of one key are told from others', async () => {
    const { pipeline } = createKedge();
    const loaded: string[] = [];
    const load = pipeline('users', coalesce()).wrap(
      async (id: string) => {
        loaded.push(id);
        return id;
      },
      (id) => ({ key: id }),
    );
    expect(await Promise.all([load('1'), load('1'), load('2')])).toEqual(['1', '1', '2']);
    expect(loaded).toEqual(['1', '2']);
  });

  it('gives the same options to every call when they are no function', async () => {
    const { pipeline } = createKedge();
    const stop = new AbortController();
    stop.abort(new Error('stopped'));
    const call = pipeline('users').wrap(() => 1, { signal: stop.signal });
    await expect(call()).rejects.toThrow('stopped');
  });

  it('refuses options that are none when the function is wrapped, and not with its first call', () => {
    const { pipeline } = createKedge();
    expect(() => pipeline('users').wrap(() => 1, { timeout: -1 })).toThrow(
      new TypeError(
        'wrap: expected `timeout` to be a number of milliseconds above 0, or Infinity, got -1.',
      ),
    );
    expect(() => pipeline('users').wrapWithContext(() => 1, [] as never)).toThrow(/^wrap: /);
  });

  it('rejects when the options cannot be made', async () => {
    const { pipeline } = createKedge();
    const call = pipeline('users').wrap(
      () => 1,
      () => {
        throw new Error('no key');
      },
    );
    await expect(call()).rejects.toThrow('no key');
  });
});

describe('an operation that is not idempotent', () => {
  it.each([
    ['is not tried again after an error that leaves open whether it was executed', ambiguous, 1],
    ['is tried again after an error that proves that it was not executed', certain, 3],
  ])('%s', async (_what, error, calls) => {
    using clock = virtualClock();
    const { pipeline } = createKedge();
    let count = 0;
    const outcome = pipeline('orders', retry()).settle(
      () => {
        count++;
        throw error();
      },
      { attributes: { idempotent: false } },
    );
    await clock.runAll();
    expect((await outcome).status).toBe('rejected');
    expect(count).toBe(calls);
  });
});
