// What p-retry's documentation promises, and what kedge does otherwise; the rest is in the differential test.
import { getEventListeners } from 'node:events';
import { createRequire } from 'node:module';
import {
  circuitBreaker,
  classify,
  createKedge,
  doNotRetry,
  type Kedge,
  observe,
  timeout,
} from 'kedge';
import pRetry, { AbortError, adopt, makeRetriable, type Options } from 'kedge/p-retry';
import { type Recorder, recorder } from 'kedge/testing';
import * as peer9 from 'p-retry';
import * as peer6 from 'p-retry-6';
import * as peer7 from 'p-retry-7';
import * as peer8 from 'p-retry-8';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { jobs, lab, rejection, track, transient } from '../support/lab.ts';

const failing = (error: unknown) => async (): Promise<never> => {
  throw error;
};

describe('kedge/p-retry', () => {
  it('exports what p-retry exports, and `adopt`', async () => {
    const own = await import('kedge/p-retry');
    expect(Object.keys(own).toSorted()).toEqual([...Object.keys(peer9), 'adopt'].toSorted());
  });

  it('is there for `require`', () => {
    const entry = createRequire(import.meta.url)('../../src/adapters/p-retry.ts') as object;
    expect(entry).toHaveProperty('makeRetriable');
  });

  it('calls the operation ten times more, each after twice the delay', async () => {
    using world = lab();
    const at: number[] = [];
    const call = track(
      pRetry(() => {
        at.push(world.clock.now);
        throw new Error('down');
      }),
    );
    await world.clock.runAll();
    expect(call.state).toBe('rejected');
    expect(at).toHaveLength(11);
    expect(at.slice(0, 4).map((time) => time - at[0]!)).toEqual([0, 1_000, 3_000, 7_000]);
  });

  it.each([
    [{ retries: -1 }, 'Expected `retries` to be a non-negative number.'],
    [{ retries: NaN }, 'Expected `retries` to be a valid number or Infinity, got NaN.'],
    [{ retries: 1.5 }, 'Expected `retries` to be a non-negative integer or Infinity.'],
    [{ retries: '3' }, 'Expected `retries` to be a number or Infinity.'],
    [{ forever: true }, 'The `forever` option is no longer supported.'],
    [{ factor: Infinity }, 'Expected `factor` to be a finite number.'],
    [{ minTimeout: -1 }, 'Expected `minTimeout` to be ≥ 0.'],
    [{ maxTimeout: 'long' }, 'Expected `maxTimeout` to be a number or Infinity.'],
    [{ maxRetryTime: NaN }, 'Expected `maxRetryTime` to be a number or Infinity.'],
    [{ shouldRetry: true }, 'Expected `shouldRetry` to be a function.'],
    [{ randomize: 1 }, 'Expected `randomize` to be a boolean.'],
    [{ unref: 'yes' }, 'Expected `unref` to be a boolean.'],
    [{ signal: {} }, 'Expected `signal` to be an AbortSignal.'],
  ])('refuses %j in the words of p-retry', async (options, message) => {
    const theirs = (await rejection(peer9.default(() => 1, options as Options))) as Error;
    const ours = (await rejection(pRetry(() => 1, options as Options))) as Error;
    expect(ours.message).toContain(message);
    expect([ours.name, ours.message]).toEqual([theirs.name, theirs.message]);
    expect(() => adopt(options as Options)).toThrow(message);
  });

  it('takes `null` for an option that is not given, and no inherited option', async () => {
    const none = { retries: null, signal: null, onFailedAttempt: null, unref: null };
    expect(await pRetry(() => 1, none as unknown as Options)).toBe(1);
    const inherited = Object.create({ retries: -1 }) as Options;
    expect(await pRetry(() => 1, inherited)).toBe(1);
  });

  it('keeps `this`, the arguments and the types of a function that it makes retriable', async () => {
    const counter = {
      calls: 0,
      add: makeRetriable(
        async function (this: { calls: number }, by: number): Promise<number> {
          if (this.calls++ === 0) throw new Error('once');
          return this.calls + by;
        },
        { retries: 1, minTimeout: 0 },
      ),
    };
    expect(await counter.add(40)).toBe(42);
  });

  it('rejects with what an AbortError was made of, also with one of p-retry itself', async () => {
    const inner = new Error('no such sku');
    for (const Abort of [AbortError, peer6.AbortError, peer9.AbortError]) {
      const error = await rejection(pRetry(failing(new Abort(inner))));
      expect(error).toBe(inner);
    }
    const made = new AbortError('gone');
    expect([made.name, made.message, made instanceof Error]).toEqual(['AbortError', 'gone', true]);
    expect(made.originalError.message).toBe('gone');
    expect(classify(new AbortError(transient()))).toMatchObject({
      kind: 'transient',
      repeat: 'never',
    });
  });

  it('does not repeat an error that was marked by `doNotRetry`', async () => {
    let calls = 0;
    const error = doNotRetry(new Error('sold out'));
    const call = pRetry(() => {
      calls++;
      throw error;
    });
    expect([await rejection(call), calls]).toEqual([error, 1]);
  });

  it('passes on a thrown value that is no error, and tells callbacks of it as p-retry does', async () => {
    const told: Error[] = [];
    const onFailedAttempt: Options['onFailedAttempt'] = ({ error }) => void told.push(error);
    expect(await rejection(pRetry(failing('out of stock'), { onFailedAttempt }))).toBe(
      'out of stock',
    );
    expect(await rejection(pRetry(failing(undefined)))).toBe(undefined);
    expect(told[0]).toBeInstanceOf(TypeError);
    expect(told[0]).toMatchObject({ cause: 'out of stock' });
    expect(told[0]?.message).toContain('Non-error was thrown: "out of stock"');
  });

  it('rejects at once when the caller aborts, whether an attempt runs or a delay', async () => {
    using world = lab();
    for (const input of [() => new Promise(() => {}), failing(new Error('down'))]) {
      const caller = new AbortController();
      const reason = new Error('the user has left');
      const call = track(pRetry(input, { signal: caller.signal }));
      await jobs();
      caller.abort(reason);
      await jobs();
      expect(call.reason).toBe(reason);
      expect(getEventListeners(caller.signal, 'abort')).toEqual([]);
    }
    expect(await world.clock.runAll()).toBe(undefined);
    expect(world.clock.now).toBe(0);
  });

  it('keeps the value of an attempt that has settled when the caller aborts', async () => {
    const caller = new AbortController();
    const call = track(pRetry(() => 'kept', { signal: caller.signal }));
    caller.abort();
    await jobs();
    expect(call.value).toBe('kept');
  });

  it('leaves no listener on a signal that many calls share', async () => {
    const { signal } = new AbortController();
    await Promise.all(Array.from({ length: 1_000 }, (_, each) => pRetry(() => each, { signal })));
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it('shows in metrics and logs, under a name of its own where one is given', async () => {
    using world = lab();
    const seen = recorder();
    const watching = observe(seen);
    let calls = 0;
    const call = track(
      pRetry(
        () => {
          if (calls++ < 2) throw transient();
          return 'ok';
        },
        { retries: 3, minTimeout: 10, name: 'stock-api' },
      ),
    );
    await world.clock.runAll();
    watching[Symbol.dispose]();
    expect(call.value).toBe('ok');
    const events = seen.events.filter(({ pipeline }) => pipeline === 'stock-api');
    expect(events.map(({ type }) => type)).toEqual([
      'attempt.failed',
      'retry.scheduled',
      'attempt.failed',
      'retry.scheduled',
      'attempt.succeeded',
      'retry.recovered',
      'execution.succeeded',
    ]);
    expect(events[3]).toMatchObject({ attempt: 2, delay: 20, policy: 'retry', kind: 'retry' });
  });
});

const versions: readonly [string, unknown][] = [
  ['6', peer6.default],
  ['7', peer7.default],
  ['8', peer8.default],
  ['9', peer9.default],
];

type Any = (input: (attempt: number) => Promise<unknown>, options: Options) => Promise<unknown>;

/** Pipelines of their own, on the timers of the platform: a real p-retry knows no other. */
function isolated(): { pipeline: Kedge['pipeline']; seen: Recorder } {
  const seen = recorder();
  const { pipeline } = createKedge({ sinks: [seen] });
  return { pipeline, seen };
}

describe('adopt', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const ways = [['kedge', undefined] as const, ...versions.map((each) => each)];

  it('says why its own loop makes no further attempt', async () => {
    const world = isolated();
    const quotes = world.pipeline('quotes', adopt({ minTimeout: 10, maxRetryTime: 5 }));
    const call = track(quotes.execute(() => Promise.reject(transient())));
    await vi.runAllTimersAsync();
    expect(call.state).toBe('rejected');
    expect(world.seen.of('execution.failed')).toMatchObject([{ retryRefused: 'deadline' }]);
  });

  it.each(ways)(
    'puts the loop of %s into a pipeline, and its events into metrics',
    async (_, peer) => {
      const world = isolated();
      const options = { retries: 2, minTimeout: 10 };
      const policy = peer === undefined ? adopt(options) : adopt(peer as Any, options);
      const breaker = circuitBreaker();
      const quotes = world.pipeline('quotes', policy, breaker);
      let left = 2;
      const call = track(
        quotes.execute(() => (left-- > 0 ? Promise.reject(transient()) : Promise.resolve('ok'))),
      );
      await vi.runAllTimersAsync();
      expect(call.value).toBe('ok');
      const lost = track(quotes.execute(() => Promise.reject(transient())));
      await vi.runAllTimersAsync();
      expect(lost.state).toBe('rejected');
      const { attempts, policies } = quotes.stats();
      expect(attempts).toMatchObject({ success: 1, failure: 5 });
      expect(policies[0]).toMatchObject({
        kind: 'retry',
        name: 'retry',
        counters: { scheduled: 4, recovered: 1, exhausted: 1 },
      });
      const scheduled = world.seen.events.filter(({ type }) => type === 'retry.scheduled');
      expect(scheduled.map((event) => 'delay' in event && Math.round(event.delay))).toEqual([
        10, 20, 10, 20,
      ]);
      const failed = world.seen.events.filter(({ type }) => type === 'attempt.failed');
      expect(failed.map((event) => 'final' in event && event.final)).toEqual([
        false,
        false,
        false,
        false,
        true,
      ]);
    },
  );

  it.each(ways)('lets a timeout around the loop of %s end it', async (_, peer) => {
    const world = isolated();
    const options = { retries: 5, minTimeout: 1_000 };
    const policy = peer === undefined ? adopt(options) : adopt(peer as Any, options);
    const quotes = world.pipeline('quotes', timeout(2_500), policy);
    let calls = 0;
    const call = track(
      quotes.execute(() => {
        calls++;
        return Promise.reject(transient());
      }),
    );
    await vi.advanceTimersByTimeAsync(2_500);
    expect([call.state, calls]).toEqual(['rejected', 2]);
    expect((call.reason as Error).name).toBe('TimeoutError');
    await vi.runAllTimersAsync();
    expect(calls).toBe(2);
  });

  it.each(ways)('heeds callbacks and marks in the loop of %s', async (_, peer) => {
    const world = isolated();
    let asked = 0;
    const options = { retries: 5, minTimeout: 0, shouldRetry: () => ++asked < 3 };
    const policy =
      peer === undefined ? adopt(options) : adopt(peer as Any, options, { name: 'again' });
    const quotes = world.pipeline('quotes', policy);
    const call = track(quotes.execute(() => Promise.reject(transient())));
    await vi.runAllTimersAsync();
    expect([call.state, asked]).toEqual(['rejected', 3]);
    expect(quotes.stats().attempts.failure).toBe(3);
    const marked = track(quotes.execute(() => Promise.reject(doNotRetry(new Error('sold out')))));
    await vi.runAllTimersAsync();
    expect(marked.state).toBe('rejected');
    expect(quotes.stats().attempts.failure).toBe(4);
    expect(quotes.policies[0]?.name).toBe(peer === undefined ? 'retry' : 'again');
  });

  it('refuses what are no options', () => {
    expect(() => adopt('3' as unknown as Options)).toThrow("adopt: expected p-retry's options");
  });
});
