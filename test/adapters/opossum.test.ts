// What opossum's documentation promises beside the differential test, and what kedge does otherwise.
import { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import { classify, createKedge, observe, pipeline, retry } from 'kedge';
import CircuitBreaker, { adopt, type LiveBreaker } from 'kedge/opossum';
import { type Recorder, recorder } from 'kedge/testing';
import Opossum from 'opossum';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { deferred, rejection, track, transient } from '../support/lab.ts';

const fail = (): Promise<never> => Promise.reject(transient());
const hang = (): Promise<never> => new Promise(() => {});
const ok = (): Promise<string> => Promise.resolve('ok');

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

// Their types are those of `opossum`, which a name of its own does not find.
const require = createRequire(import.meta.url);
const Opossum8: unknown = require('opossum-8');
const Opossum9: unknown = require('opossum-9');

/** Lets a breaker be half-open with a call in it that began before it opened. */
async function withOldCall(settle: 'resolve' | 'reject'): Promise<CircuitBreaker<[boolean]>> {
  const early = deferred();
  const breaker = new CircuitBreaker((old: boolean) => (old ? early.promise : fail()), {
    timeout: false,
    resetTimeout: 1_000,
    errorThresholdPercentage: 10,
  });
  track(breaker.fire(true));
  track(breaker.fire(false));
  await vi.advanceTimersByTimeAsync(1_000);
  expect(breaker.halfOpen).toBe(true);
  early[settle](transient());
  await vi.advanceTimersByTimeAsync(0);
  return breaker;
}

describe('kedge/opossum', () => {
  it('has the members of a breaker of opossum', () => {
    const members = (of: object): string[] =>
      Object.getOwnPropertyNames(of).filter((name) => !name.startsWith('_'));
    expect(members(CircuitBreaker.prototype)).toEqual(
      expect.arrayContaining(
        members(Opossum.prototype).filter(
          (name) => !['name', 'group', 'status', 'volumeThreshold'].includes(name),
        ),
      ),
    );
    const breaker = new CircuitBreaker(ok);
    expect(breaker).toBeInstanceOf(EventEmitter);
    for (const name of ['name', 'group', 'status', 'volumeThreshold', 'options', 'action'])
      expect(breaker).toHaveProperty(name);
  });

  it('is the class itself for `require`', () => {
    const required: unknown = require('../../src/adapters/opossum.ts');
    expect(typeof required).toBe('function');
    expect(required).toHaveProperty('adopt');
  });

  it('fires with arguments, and calls with a `this`', async () => {
    const breaker = new CircuitBreaker(function (this: unknown, one: number, other: number) {
      return Promise.resolve([this, one + other]);
    });
    expect((await breaker.fire(1, 2))[1]).toBe(3);
    const that = { name: 'that' };
    expect(await breaker.call(that, 3, 4)).toEqual([that, 7]);
    const plain = new CircuitBreaker('foo' as unknown as () => string);
    expect(await plain.fire()).toBe('foo');
  });

  it('makes errors with the words and codes of opossum, which `classify` understands', async () => {
    const breaker = new CircuitBreaker(hang, { timeout: 3_000, capacity: 1 });
    const slow = track(breaker.fire());
    const locked = await rejection(breaker.fire());
    await vi.advanceTimersByTimeAsync(3_000);
    const open = await rejection(breaker.fire());
    breaker.shutdown();
    const shut = await rejection(breaker.fire());
    const errors = [locked, slow.reason, open, shut] as (Error & { code: string })[];
    expect(errors.map(({ message, code }) => [message, code])).toEqual([
      ['Semaphore locked', 'ESEMLOCKED'],
      ['Timed out after 3000ms', 'ETIMEDOUT'],
      ['Breaker is open', 'EOPENBREAKER'],
      ['The circuit has been shutdown.', 'ESHUTDOWN'],
    ]);
    expect(errors.map((error) => CircuitBreaker.isOurError(error))).toEqual(Array(4).fill(true));
    expect([transient(), undefined, 'text'].map((each) => CircuitBreaker.isOurError(each))).toEqual(
      [false, false, false],
    );
    expect(errors.map((error) => classify(error).kind)).toEqual([
      'rejected',
      'timeout',
      'rejected',
      'permanent',
    ]);
  });

  it.each([
    [{ timeout: NaN }, RangeError],
    [{ timeout: '1000' }, TypeError],
    [{ resetTimeout: -1 }, RangeError],
    [{ errorThresholdPercentage: '50' }, TypeError],
    [{ errorFilter: 'never' }, TypeError],
    [{ cache: true, cacheTransport: {} }, TypeError],
    [{ abortController: {} }, TypeError],
  ])('refuses %j when it is made', (options, kind) => {
    expect(() => new CircuitBreaker(ok, options as object)).toThrow(kind);
  });

  it('refuses to be made without an action', () => {
    expect(() => new CircuitBreaker(undefined as unknown as () => void)).toThrow(
      'No action provided. Cannot construct a CircuitBreaker without an invocable action.',
    );
  });

  it('restores its state and its statistics', async () => {
    const before = new CircuitBreaker(fail, { name: 'quotes', resetTimeout: 5_000 });
    await rejection(before.fire());
    const { state, status } = before.toJSON();
    const after = new CircuitBreaker(fail, { state, status, resetTimeout: 5_000 });
    expect([after.opened, after.stats.failures]).toEqual([true, 1]);
    await vi.advanceTimersByTimeAsync(5_000);
    expect([after.halfOpen, after.pendingClose]).toEqual([true, true]);
    const late = new CircuitBreaker(fail, {
      state: { ...state, lastTimerAt: Date.now() - 60_000 },
      status: CircuitBreaker.newStatus({ stats: status }),
    });
    expect([late.halfOpen, late.stats.failures]).toEqual([true, 1]);
    const shut = new CircuitBreaker(ok, { state: { ...state, shutdown: true } });
    expect(shut.isShutdown).toBe(true);
  });

  it('aborts its controller at a timeout, and renews it where that is asked for', async () => {
    const breaker = new CircuitBreaker(hang, {
      timeout: 10,
      resetTimeout: 20,
      autoRenewAbortController: true,
    });
    const signal = breaker.getSignal();
    track(breaker.fire());
    await vi.advanceTimersByTimeAsync(10);
    expect(signal?.aborted).toBe(true);
    await vi.advanceTimersByTimeAsync(20);
    expect(breaker.getSignal()?.aborted).toBe(false);
    expect(breaker.getAbortController()).toBeInstanceOf(AbortController);
  });

  it('checks health, and stops with the breaker', async () => {
    const breaker = new CircuitBreaker(ok);
    const check = vi.fn<() => Promise<void>>(fail);
    const heard = vi.fn<(error: Error) => void>();
    breaker.on('healthCheckFailed', heard);
    breaker.healthCheck(check, 100);
    await vi.advanceTimersByTimeAsync(250);
    expect([check.mock.calls.length, heard.mock.calls.length, breaker.opened]).toEqual([
      3,
      3,
      true,
    ]);
    breaker.shutdown();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(check).toHaveBeenCalledTimes(3);
    expect(() => breaker.healthCheck('x' as never)).toThrow(
      'Health check function must be a function',
    );
    expect(() => breaker.healthCheck(check, 'x')).toThrow('Health check interval must be a number');
  });

  it('emits snapshots while somebody listens, and has no timer while nobody does', async () => {
    const breaker = new CircuitBreaker(ok, { rollingCountTimeout: 1_000, rollingCountBuckets: 10 });
    expect(vi.getTimerCount()).toBe(0);
    await breaker.fire();
    const seen: number[] = [];
    const listen = (stats: { fires: number }): void => void seen.push(stats.fires);
    breaker.status.on('snapshot', listen);
    await vi.advanceTimersByTimeAsync(1_100);
    breaker.status.removeListener('snapshot', listen);
    expect(seen).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('moves its window by a controller of rotation where it has one', async () => {
    const controller = new EventEmitter();
    const breaker = new CircuitBreaker(ok, {
      rollingCountBuckets: 2,
      rotateBucketController: controller,
    });
    await breaker.fire();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(breaker.stats.fires).toBe(1);
    controller.emit('rotate');
    controller.emit('rotate');
    expect(breaker.stats.fires).toBe(0);
    breaker.shutdown();
    expect(controller.listenerCount('rotate')).toBe(0);
  });

  describe('where kedge does otherwise', () => {
    it('drops what a call shows that began before the circuit opened', async () => {
      expect((await withOldCall('resolve')).halfOpen).toBe(true);
      expect((await withOldCall('reject')).halfOpen).toBe(true);
    });

    it('counts a probe as failed that does not settle', async () => {
      const breaker = new CircuitBreaker(hang, { timeout: false, resetTimeout: 100 });
      breaker.open();
      await vi.advanceTimersByTimeAsync(100);
      track(breaker.fire());
      await vi.advanceTimersByTimeAsync(30_000);
      expect(breaker.opened).toBe(true);
    });

    it('holds a permit until the work has ended, a timeout or not', async () => {
      let atWork = 0;
      const breaker = new CircuitBreaker(
        () => {
          atWork++;
          return hang();
        },
        { capacity: 1, timeout: 100, volumeThreshold: 100 },
      );
      for (let call = 0; call < 4; call++) {
        track(breaker.fire());
        await vi.advanceTimersByTimeAsync(100);
      }
      expect([atWork, breaker.stats.semaphoreRejections]).toEqual([1, 3]);
    });

    it('does not open because of its own refusals', async () => {
      const breaker = new CircuitBreaker(hang, { capacity: 1, timeout: false });
      track(breaker.fire());
      for (let call = 0; call < 20; call++) await rejection(breaker.fire());
      expect([breaker.closed, breaker.stats.failures]).toEqual([true, 20]);
    });

    it('gives each breaker options and a cache of its own', async () => {
      const options = Object.freeze({ cache: true, timeout: false as const });
      const one = new CircuitBreaker((sku: string) => Promise.resolve(`price of ${sku}`), options);
      const other = new CircuitBreaker(
        (sku: string) => Promise.resolve(`stock of ${sku}`),
        options,
      );
      expect([await one.fire('7'), await other.fire('7')]).toEqual(['price of 7', 'stock of 7']);
    });

    it('takes an action that returns nothing, or throws while the breaker is disabled', async () => {
      const breaker = new CircuitBreaker(() => {});
      expect(await breaker.fire()).toBe(undefined);
      breaker.disable();
      expect(await breaker.fire()).toBe(undefined);
      const error = new Error('thrown at once');
      const throwing = new CircuitBreaker(
        () => {
          throw error;
        },
        { enabled: false },
      );
      expect(await rejection(throwing.fire())).toBe(error);
    });

    it('rejects a call whose `errorFilter` throws, and keeps what a listener throws from it', async () => {
      const mistake = new Error('a mistake');
      const filtering = new CircuitBreaker(fail, {
        errorFilter: () => {
          throw mistake;
        },
      });
      expect(await rejection(filtering.fire())).toBe(mistake);
      const seen = recorder();
      const watching = observe(seen);
      const heard = new CircuitBreaker(ok, { name: 'heard' });
      heard.on('success', () => {
        throw mistake;
      });
      expect(await heard.fire()).toBe('ok');
      watching[Symbol.dispose]();
      expect(seen.events).toContainEqual(
        expect.objectContaining({ type: 'sink.failed', error: mistake, sink: 'success listener' }),
      );
    });

    it('waits out a timeout that is longer than a timer of the platform, or has no end', async () => {
      for (const timeout of [2 ** 31, Infinity]) {
        const call = track(new CircuitBreaker(hang, { timeout }).fire());
        await vi.advanceTimersByTimeAsync(60_000);
        expect(call.state).toBe('pending');
      }
    });
  });

  it('shows in metrics and logs', async () => {
    const seen = recorder();
    const watching = observe(seen);
    const breaker = new CircuitBreaker<[]>(fail, {
      name: 'stock-api',
      resetTimeout: 1_000,
      timeout: 50,
    });
    await rejection(breaker.fire());
    await rejection(breaker.fire());
    breaker.action = ok;
    await vi.advanceTimersByTimeAsync(1_000);
    await breaker.fire();
    breaker.action = hang;
    breaker.fallback(() => 'instead');
    const slow = track(breaker.fire());
    await vi.advanceTimersByTimeAsync(50);
    expect(slow.value).toBe('instead');
    watching[Symbol.dispose]();
    const events = seen.events.filter((event) => event.pipeline === 'stock-api');
    expect(events.map(({ type }) => type)).toEqual([
      'circuit.opened',
      'attempt.failed',
      'execution.failed',
      'call.rejected',
      'execution.failed',
      'circuit.half-opened',
      'attempt.succeeded',
      'circuit.closed',
      'execution.succeeded',
      'timeout.exceeded',
      'attempt.failed',
      'fallback.used',
      'execution.succeeded',
    ]);
    const { executions, policies } = pipeline('stock-api').stats();
    expect(executions).toMatchObject({ success: 1, failure: 1, rejected: 1, fallback: 1 });
    expect(policies).toEqual([]);
  });
});

type Class = new (
  action: () => unknown,
  options?: object,
) => LiveBreaker & {
  fire(): Promise<unknown>;
  fallback(func: (...args: unknown[]) => unknown): unknown;
};
const versions = [
  ['opossum 8', Opossum8],
  ['opossum 9', Opossum9],
  ['opossum 10', Opossum],
  ['kedge/opossum', CircuitBreaker],
] as unknown as [string, Class][];

describe.each(versions)('adopt, of %s', (_name, Breaker) => {
  it('puts a live breaker into a pipeline, and its state into metrics', async () => {
    const seen: Recorder = recorder();
    const kedge = createKedge({ sinks: [seen] });
    const breaker = new Breaker(() => 'its own', { timeout: 100, resetTimeout: 1_000 });
    const quotes = kedge.pipeline('quotes', retry({ maxAttempts: 1 }), adopt(breaker));
    expect(await quotes.execute(() => 'inside')).toBe('inside');
    expect(await breaker.fire()).toBe('its own');
    for (let call = 0; call < 3; call++) await quotes.settle(fail);
    expect(breaker.opened).toBe(true);
    expect(await rejection(quotes.execute(ok))).toMatchObject({ code: 'EOPENBREAKER' });
    expect(quotes.stats().policies[1]).toMatchObject({
      kind: 'circuitBreaker',
      counters: { closed_to_open_failure_rate: 1, rejected_circuit_open: 1 },
      gauges: { open: 1, closed: 0 },
    });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(quotes.stats().policies[1]?.gauges).toMatchObject({ half_open: 1 });
    expect(await quotes.execute(ok)).toBe('ok');
    expect(quotes.stats().policies[1]?.gauges).toMatchObject({ closed: 1, not_closed: 0 });
    expect(seen.types().filter((type) => type.startsWith('circuit'))).toEqual([
      'circuit.opened',
      'circuit.half-opened',
      'circuit.closed',
    ]);
    const slow = track(quotes.execute(hang));
    await vi.advanceTimersByTimeAsync(100);
    expect(slow.reason).toMatchObject({ code: 'ETIMEDOUT' });
    expect(seen.types()).toContain('timeout.exceeded');
  });

  it('lets the breaker answer by its fallback', async () => {
    const breaker = new Breaker(ok);
    breaker.fallback((error) => `instead of ${(error as Error).message}`);
    const quotes = createKedge().pipeline('quotes', adopt(breaker, { name: 'live' }));
    expect(await quotes.execute(fail)).toBe('instead of connection reset');
    expect(quotes.policies[0]?.name).toBe('live');
  });
});

it('refuses to adopt what is no breaker', () => {
  expect(() => adopt({} as LiveBreaker)).toThrow('adopt: expected a CircuitBreaker of opossum');
});
