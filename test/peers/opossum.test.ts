// What docs/comparison.md says of opossum, shown on the package itself. The numbers are the page's rows.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import CircuitBreaker from 'opossum';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { deferred, type Tracked, track } from '../support/lab.ts';

const made: CircuitBreaker<never[]>[] = [];

/** Every breaker keeps intervals for its statistics until it is shut down. */
function breaker<Arguments extends unknown[], Result>(
  action: (...args: Arguments) => Promise<Result>,
  options: CircuitBreaker.Options<Arguments>,
): CircuitBreaker<Arguments, Result> {
  const one = new CircuitBreaker<Arguments, Result>(action, options);
  made.push(one as unknown as CircuitBreaker<never[]>);
  return one;
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  for (const one of made.splice(0)) one.shutdown();
  vi.useRealTimers();
});

describe('opossum 10.0.0', () => {
  it('row 5: never answers the caller when a predicate throws', async () => {
    const script = `
      import CircuitBreaker from 'opossum';
      const one = new CircuitBreaker(() => Promise.reject(new Error('down')), {
        timeout: false,
        errorFilter: () => { throw new Error('a mistake in a predicate'); },
      });
      process.on('unhandledRejection', () => {});
      let state = 'pending';
      one.fire().then(() => { state = 'fulfilled'; }, () => { state = 'rejected'; });
      await new Promise((resolve) => setTimeout(resolve, 5));
      console.log(state);
      one.shutdown();
    `;
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '--eval', script],
      { cwd: import.meta.dirname },
    );
    expect(stdout.trim()).toBe('pending');
  });

  it('row 6: lets a call that began before the circuit opened close it while half-open', async () => {
    const early = deferred();
    const one = breaker((slow: boolean) => (slow ? early.promise : fail()), {
      timeout: false,
      resetTimeout: 1_000,
    });
    const old = track(one.fire(true));
    for (let call = 0; call < 2; call++) await one.fire(false).catch(() => {});
    await vi.advanceTimersByTimeAsync(1_000);
    expect(one.halfOpen).toBe(true);
    early.resolve('an answer from before');
    await vi.advanceTimersByTimeAsync(0);
    expect([old.state, one.closed]).toEqual(['fulfilled', true]);
  });

  it('row 7: stays half-open, rejecting all, while a probe does not settle', async () => {
    const one = breaker((answers: boolean) => (answers ? fail() : new Promise(() => {})), {
      timeout: false,
      resetTimeout: 1_000,
    });
    await one.fire(true).catch(() => {});
    await vi.advanceTimersByTimeAsync(1_000);
    track(one.fire(false));
    await vi.advanceTimersByTimeAsync(3_600_000);
    await expect(one.fire(true)).rejects.toThrow('Breaker is open');
    expect(one.halfOpen).toBe(true);
  });

  it('row 10: opens on the first failure of the first call', async () => {
    const one = breaker(fail, {});
    await one.fire().catch(() => {});
    expect(one.opened).toBe(true);
  });

  it('row 12: ends a call after 1 ms when the timeout is longer than 2³¹ − 1 ms', async () => {
    vi.useRealTimers();
    const warned = new Promise<Error>((resolve) => {
      process.once('warning', resolve);
    });
    const one = breaker(() => new Promise(() => {}), { timeout: 2 ** 31 });
    await expect(one.fire()).rejects.toThrow('Timed out');
    expect((await warned).name).toBe('TimeoutOverflowWarning');
  });

  it('row 17: has 4 operations at work under a capacity of 1, once they have timed out', async () => {
    let atWork = 0;
    const one = breaker(
      () => {
        atWork++;
        return new Promise(() => {});
      },
      { capacity: 1, timeout: 100, volumeThreshold: 100 },
    );
    const calls: Tracked[] = [];
    for (let call = 0; call < 4; call++) {
      calls.push(track(one.fire()));
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(calls.map(({ state }) => state)).toEqual(Array(4).fill('rejected'));
    expect(atWork).toBe(4);
  });

  it('row 19: opens because of its own refusals, though the dependency never failed', async () => {
    const one = breaker(() => new Promise(() => {}), { capacity: 1, timeout: false });
    track(one.fire());
    await expect(one.fire()).rejects.toThrow('Semaphore locked');
    await one.fire().catch(() => {});
    expect(one.opened).toBe(true);
  });

  it('row 23: gives one action the cached answer of another that was made with the same options', async () => {
    const options = { cache: true, timeout: false } as const;
    const prices = breaker((sku: string) => Promise.resolve(`price of ${sku}`), { ...options });
    expect(await prices.fire('7')).toBe('price of 7');
    const shared: CircuitBreaker.Options<[string]> = { ...options };
    const one = breaker((sku: string) => Promise.resolve(`price of ${sku}`), shared);
    const other = breaker((sku: string) => Promise.resolve(`stock of ${sku}`), shared);
    expect(await one.fire('7')).toBe('price of 7');
    expect(await other.fire('7')).toBe('price of 7');
  });

  it('row 24: fails a call whose action returns nothing', async () => {
    const one = breaker((() => undefined) as unknown as () => Promise<undefined>, {});
    await expect(one.fire()).rejects.toBeInstanceOf(TypeError);
  });
});

function fail(): Promise<never> {
  return Promise.reject(new Error('down'));
}
