// What docs/comparison.md says of cockatiel, shown on the package itself. The numbers are the page's rows.
import {
  bulkhead,
  CircuitState,
  circuitBreaker,
  ConsecutiveBreaker,
  ConstantBackoff,
  handleAll,
  IsolatedCircuitError,
  retry,
  SamplingBreaker,
  TaskCancelledError,
  timeout,
  TimeoutStrategy,
} from 'cockatiel';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { deferred, track } from '../support/lab.ts';

const fail = (): Promise<never> => Promise.reject(new Error('down'));
const ok = (): Promise<string> => Promise.resolve('ok');

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('cockatiel 4.0.0', () => {
  it('row 1: waits out the backoff of a call whose caller has aborted, then calls again', async () => {
    const caller = new AbortController();
    const operation = vi.fn<typeof fail>(fail);
    const policy = retry(handleAll, { maxAttempts: 3, backoff: new ConstantBackoff(10_000) });
    const call = track(policy.execute(operation, caller.signal));
    await vi.advanceTimersByTimeAsync(1);
    caller.abort();
    await vi.advanceTimersByTimeAsync(9_000);
    expect(call.state).toBe('pending');
    await vi.advanceTimersByTimeAsync(1_000);
    expect(call.state).toBe('rejected');
    expect(operation).toHaveBeenCalledTimes(2);
  });

  it('row 2: runs the operation of a call whose signal had aborted before', async () => {
    const operation = vi.fn<typeof ok>(ok);
    await retry(handleAll, { maxAttempts: 3 }).execute(operation, AbortSignal.abort());
    expect(operation).toHaveBeenCalledTimes(1);
  });

  it("row 4: reports the caller's own abort as a timeout", async () => {
    const caller = new AbortController();
    const policy = timeout(10_000, TimeoutStrategy.Aggressive);
    const timedOut = vi.fn<() => void>();
    policy.onTimeout(timedOut);
    const call = track(policy.execute(() => new Promise(() => {}), caller.signal));
    caller.abort(new Error('the user has left'));
    await vi.advanceTimersByTimeAsync(0);
    expect(call.reason).toBeInstanceOf(TaskCancelledError);
    expect(String(call.reason)).toContain('timed out after 10000ms');
    expect(timedOut).toHaveBeenCalledTimes(1);
  });

  it('row 5: retries an operation that succeeded when a listener throws', async () => {
    const operation = vi.fn<typeof ok>(ok);
    const policy = retry(handleAll, { maxAttempts: 3 });
    policy.onSuccess(() => {
      throw new Error('a mistake in a listener');
    });
    const call = track(policy.execute(operation));
    await vi.runAllTimersAsync();
    expect(call.state).toBe('rejected');
    expect(operation).toHaveBeenCalledTimes(4);
  });

  it('row 6: lets a call that began before the circuit opened open it again while half-open', async () => {
    const policy = circuitBreaker(handleAll, {
      halfOpenAfter: 1_000,
      breaker: new ConsecutiveBreaker(1),
    });
    const old = deferred();
    const probe = deferred();
    const oldCall = track(policy.execute(() => old.promise));
    await policy.execute(fail).catch(() => {});
    await vi.advanceTimersByTimeAsync(1_000);
    const probeCall = track(policy.execute(() => probe.promise));
    expect(policy.state).toBe(CircuitState.HalfOpen);
    old.reject(new Error('an answer from before'));
    await vi.advanceTimersByTimeAsync(0);
    expect(policy.state).toBe(CircuitState.Open);
    expect([oldCall.state, probeCall.state]).toEqual(['rejected', 'pending']);
  });

  it('row 7: keeps all callers waiting while a half-open probe does not settle', async () => {
    const policy = circuitBreaker(handleAll, {
      halfOpenAfter: 1_000,
      breaker: new ConsecutiveBreaker(1),
    });
    await policy.execute(fail).catch(() => {});
    await vi.advanceTimersByTimeAsync(1_000);
    track(policy.execute(() => new Promise(() => {})));
    const others = Array.from({ length: 100 }, () => track(policy.execute(ok)));
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(others.every(({ state }) => state === 'pending')).toBe(true);
  });

  it('row 8: counts calls that their callers cancelled as failures', async () => {
    const policy = circuitBreaker(handleAll, {
      halfOpenAfter: 1_000,
      breaker: new ConsecutiveBreaker(2),
    });
    for (let call = 0; call < 2; call++) {
      const caller = new AbortController();
      caller.abort();
      await policy
        .execute(({ signal }) => Promise.reject(signal.reason as Error), caller.signal)
        .catch(() => {});
    }
    expect(policy.state).toBe(CircuitState.Open);
  });

  it('row 9: opens on failures of an hour ago when there were no calls since', async () => {
    const policy = circuitBreaker(handleAll, {
      halfOpenAfter: 1_000,
      breaker: new SamplingBreaker({ threshold: 0.5, duration: 10_000, minimumRps: 1 }),
    });
    for (let call = 0; call < 9; call++) await policy.execute(fail).catch(() => {});
    expect(policy.state).toBe(CircuitState.Closed);
    await vi.advanceTimersByTimeAsync(3_600_000);
    await policy.execute(fail).catch(() => {});
    expect(policy.state).toBe(CircuitState.Open);
  });

  it("row 11: stays open for as long as the machine's clock was set back", async () => {
    const policy = circuitBreaker(handleAll, {
      halfOpenAfter: 1_000,
      breaker: new ConsecutiveBreaker(1),
    });
    await policy.execute(fail).catch(() => {});
    vi.setSystemTime(Date.now() - 3_600_000);
    await vi.advanceTimersByTimeAsync(60_000);
    const call = track(policy.execute(ok));
    await vi.advanceTimersByTimeAsync(0);
    expect(call.state).toBe('rejected');
  });

  it('row 12: ends a call after 1 ms when the timeout is longer than 2³¹ − 1 ms', async () => {
    vi.useRealTimers();
    const warned = new Promise<Error>((resolve) => {
      process.once('warning', resolve);
    });
    const policy = timeout(2 ** 31, TimeoutStrategy.Aggressive);
    await expect(policy.execute(() => new Promise(() => {}))).rejects.toBeInstanceOf(
      TaskCancelledError,
    );
    expect((await warned).name).toBe('TimeoutOverflowWarning');
  });

  it('row 15: rejects a queued caller whose turn it was, because a newcomer took the permit', async () => {
    const policy = bulkhead(1, 1);
    const first = deferred();
    const second = deferred();
    track(policy.execute(() => first.promise));
    const queued = track(policy.execute(ok));
    // Between the release and the queued caller's turn one newcomer takes the permit and another fills the queue.
    void first.promise.then(() => {
      track(policy.execute(() => second.promise));
      track(policy.execute(() => second.promise));
    });
    first.resolve('done');
    await vi.advanceTimersByTimeAsync(0);
    expect(queued.state).toBe('rejected');
    expect(String(queued.reason)).toContain('Bulkhead capacity exceeded');
  });

  it('row 16: keeps the place of a queued caller who has aborted', async () => {
    const policy = bulkhead(1, 1);
    track(policy.execute(() => new Promise(() => {})));
    const caller = new AbortController();
    const queued = track(policy.execute(ok, caller.signal));
    caller.abort();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(queued.state).toBe('pending');
    expect(policy.queueSlots).toBe(0);
  });

  it('row 18: aborts the signal of a call that has succeeded, unless told not to', async () => {
    let signal: AbortSignal | undefined;
    await timeout(1_000, TimeoutStrategy.Aggressive).execute((context) => {
      ({ signal } = context);
      return Promise.resolve('the head of a stream');
    });
    expect(signal?.aborted).toBe(true);
  });

  it('row 20: restores an isolated breaker as isolated, though nobody holds the handle that ends it', async () => {
    const options = { halfOpenAfter: 1_000 };
    const before = circuitBreaker(handleAll, { ...options, breaker: new ConsecutiveBreaker(1) });
    before.isolate();
    const after = circuitBreaker(handleAll, {
      ...options,
      breaker: new ConsecutiveBreaker(1),
      initialState: before.toJSON(),
    });
    await vi.advanceTimersByTimeAsync(3_600_000);
    await expect(after.execute(ok)).rejects.toBeInstanceOf(IsolatedCircuitError);
  });
});
