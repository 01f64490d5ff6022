// What docs/comparison.md says of p-retry, shown on the package itself. The numbers are the page's rows.
import pRetry from 'p-retry';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { deferred, track } from '../support/lab.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('p-retry 9.0.0', () => {
  it('row 3: rejects a caller who aborts only when the running attempt has settled', async () => {
    const caller = new AbortController();
    const attempt = deferred();
    const call = track(pRetry(() => attempt.promise, { signal: caller.signal }));
    caller.abort(new Error('the user has left'));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(call.state).toBe('pending');
    attempt.resolve('late');
    await vi.advanceTimersByTimeAsync(0);
    expect(call.state).toBe('rejected');
  });

  it('row 13: makes a TypeError of a thrown value that is no Error', async () => {
    const thrown = 'out of stock';
    const call = track(pRetry(() => Promise.reject(thrown), { retries: 0 }));
    await vi.advanceTimersByTimeAsync(0);
    expect(call.reason).toBeInstanceOf(TypeError);
    expect(call.reason).not.toBe(thrown);
  });

  it('row 14: waits the same delays in every process unless told to randomize', async () => {
    const at: number[] = [];
    const begin = performance.now();
    track(
      pRetry(
        () => {
          at.push(performance.now() - begin);
          return Promise.reject(new Error('down'));
        },
        { retries: 3 },
      ),
    );
    await vi.runAllTimersAsync();
    expect(at).toEqual([0, 1_000, 3_000, 7_000]);
  });

  it('row 21: sends everything that is asked for, and its retries, to a dependency that is down', async () => {
    let sent = 0;
    for (let call = 0; call < 100; call++) {
      track(
        pRetry(
          () => {
            sent++;
            return Promise.reject(new Error('down'));
          },
          { retries: 3 },
        ),
      );
    }
    await vi.runAllTimersAsync();
    expect(sent).toBe(400);
  });

  it('row 22: sleeps until its time is up, then tries once more', async () => {
    const at: number[] = [];
    const begin = performance.now();
    const call = track(
      pRetry(
        () => {
          at.push(performance.now() - begin);
          return Promise.reject(new Error('down'));
        },
        { retries: 3, minTimeout: 5_000, maxRetryTime: 2_000 },
      ),
    );
    await vi.runAllTimersAsync();
    expect(call.state).toBe('rejected');
    expect(at).toEqual([0, 2_000]);
  });
});
