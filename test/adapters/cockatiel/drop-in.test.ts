// kedge/cockatiel beside cockatiel itself: what its documentation and its types promise, and what kedge does instead
// where that is a defect.
import * as peer from 'cockatiel';
import {
  classify,
  CircuitOpenError,
  doNotRetry,
  observe,
  RejectedError,
  TimeoutError,
} from 'kedge';
import * as dropIn from 'kedge/cockatiel';
import { recorder } from 'kedge/testing';
import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { libraries } from './scripts.ts';

type Library = typeof dropIn;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const failing = (message = 'down') =>
  vi.fn<() => unknown>(() => Promise.reject(new Error(message)));
const hung = (): Promise<never> => new Promise(() => {});
const caught = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    (value) => ({ value }),
    (error: unknown) => error,
  );
const consecutive = (library: Library, halfOpenAfter = 1_000, threshold = 2) =>
  library.circuitBreaker(library.handleAll, {
    halfOpenAfter,
    breaker: new library.ConsecutiveBreaker(threshold),
  });
async function opened(library: Library, halfOpenAfter?: number) {
  const breaker = consecutive(library, halfOpenAfter);
  await caught(breaker.execute(failing()));
  await caught(breaker.execute(failing()));
  expect(breaker.state).toBe(library.CircuitState.Open);
  return breaker;
}

it('has every export of cockatiel', () => {
  const own = Object.keys(dropIn);
  expect(Object.keys(peer).filter((name) => !own.includes(name))).toEqual([]);
});

describe.each(Object.entries(libraries))('as %s', (_name, library) => {
  it('retries three times after the first call with maxAttempts: 3, and counts from 0', async () => {
    const seen: unknown[] = [];
    const { handleAll, retry } = library;
    const policy = retry(handleAll, { maxAttempts: 3 });
    const ended = caught(
      policy.execute(({ attempt, signal }) => {
        seen.push([attempt, signal instanceof AbortSignal]);
        throw new Error('down');
      }),
    );
    await vi.advanceTimersByTimeAsync(10);
    expect(await ended).toEqual(new Error('down'));
    expect(seen).toEqual([0, 1, 2, 3].map((attempt) => [attempt, true]));
  });

  it('sets the timer of a wait before onRetry, whose listener may turn a fake clock on', async () => {
    const { handleAll, IterableBackoff, retry } = library;
    const policy = retry(handleAll, { maxAttempts: 3, backoff: new IterableBackoff([10, 20, 20]) });
    const delays: number[] = [];
    policy.onRetry(({ delay }) => {
      delays.push(delay);
      vi.advanceTimersByTime(delay);
    });
    expect(await caught(policy.execute(failing()))).toEqual(new Error('down'));
    expect(delays).toEqual([10, 20, 20]);
  });

  it('gives up with the last value when that is what it acts on', async () => {
    const { handleWhenResult, retry } = library;
    const gaveUp = vi.fn<(...args: unknown[]) => void>();
    const policy = retry(
      handleWhenResult((value) => value === 1),
      { maxAttempts: 2 },
    );
    policy.onGiveUp(gaveUp);
    const ended = policy.execute(() => 1);
    await vi.advanceTimersByTimeAsync(10);
    expect(await ended).toBe(1);
    expect(gaveUp.mock.calls).toEqual([[{ value: 1 }]]);
  });

  it('lets the function that ends a call by its own signal say how it ended', async () => {
    const { handleAll, retry } = library;
    const caller = new AbortController();
    const policy = retry(handleAll, { maxAttempts: 3 });
    const ended = caught(
      policy.execute(({ signal }) => {
        caller.abort();
        throw new Error(`aborted: ${signal.aborted}`);
      }, caller.signal),
    );
    expect(await ended).toEqual(new Error('aborted: true'));
  });

  it('merges the contexts of wrapped policies, and shows the policies', async () => {
    const { fallback, handleAll, noop, retry, timeout, TimeoutStrategy, wrap } = library;
    const policies = [
      retry(handleAll, { maxAttempts: 2 }),
      fallback(handleAll, 'instead'),
      timeout(1_000, TimeoutStrategy.Aggressive),
      noop,
    ] as const;
    const policy = wrap(...policies);
    expect(policy.wrapped).toEqual(policies);
    expect(policy.onFailure).toBe(policies[0].onFailure);
    expect(await policy.execute((context) => Object.keys(context).toSorted())).toEqual([
      'attempt',
      'signal',
    ]);
  });

  it('works around a policy of somebody else', async () => {
    const { handleAll, noop, retry, wrap } = library;
    const other = {
      onSuccess: noop.onSuccess,
      onFailure: noop.onFailure,
      execute: (fn: (context: never) => unknown, signal?: AbortSignal) =>
        Promise.resolve(fn({ signal, tenant: 'acme' } as never)),
    } as unknown as typeof noop;
    const policy = wrap(retry(handleAll, { maxAttempts: 1 }), other);
    expect(await policy.execute((context) => ({ ...context, signal: undefined }))).toEqual({
      attempt: 0,
      tenant: 'acme',
    });
  });

  it('decorates a method, which is given the context last', async () => {
    const { handleAll, retry, usePolicy } = library;
    class Calculator {
      factor = 2;
      double(n: number, context: { attempt: number }): unknown {
        if (context.attempt < 2) throw new Error('not yet');
        return { n: n * this.factor, ...context, signal: undefined };
      }
    }
    const descriptor = Object.getOwnPropertyDescriptor(Calculator.prototype, 'double')!;
    usePolicy(retry(handleAll, { maxAttempts: 5 }))(Calculator, 'double', descriptor);
    Object.defineProperty(Calculator.prototype, 'double', descriptor);
    const calculator = new Calculator() as unknown as { double(n: number): Promise<unknown> };
    const ended = calculator.double(2);
    await vi.advanceTimersByTimeAsync(10);
    expect(await ended).toEqual({ n: 4, attempt: 2 });
    expect(() => usePolicy(retry(handleAll, {}) as never)({}, 'x', { value: 1 })).toThrow(
      'Can only decorate functions with @cockatiel, got number',
    );
  });

  it('opens, refuses, lets a trial call in and closes, with an event for each', async () => {
    const { CircuitState } = library;
    const breaker = consecutive(library);
    const seen: unknown[] = [];
    breaker.onBreak((reason) => seen.push(['break', reason]));
    breaker.onHalfOpen(() => seen.push('half-open'));
    breaker.onReset(() => seen.push('reset'));
    breaker.onStateChange((state) => seen.push(CircuitState[state]));
    await caught(breaker.execute(failing()));
    await caught(breaker.execute(failing()));
    expect(breaker.lastFailure).toEqual({ error: new Error('down') });
    const fn = vi.fn<(...args: unknown[]) => void>();
    expect(await caught(breaker.execute(fn))).toBeInstanceOf(library.BrokenCircuitError);
    expect(fn).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1_000);
    const trial = breaker.execute(() => Promise.resolve(42));
    expect(breaker.state).toBe(CircuitState.HalfOpen);
    expect(await trial).toBe(42);
    expect(seen).toEqual([
      ['break', { error: new Error('down') }],
      'Open',
      'half-open',
      'HalfOpen',
      'reset',
      'Closed',
    ]);
  });

  it('is isolated until the last handle is disposed', async () => {
    const breaker = consecutive(library);
    const broken = vi.fn<(...args: unknown[]) => void>();
    breaker.onBreak(broken);
    const [one, other] = [breaker.isolate(), breaker.isolate()];
    expect(broken.mock.calls).toEqual([[{ isolated: true }]]);
    const error = await caught(breaker.execute(() => 1));
    expect(error).toBeInstanceOf(library.IsolatedCircuitError);
    expect(error).toBeInstanceOf(library.BrokenCircuitError);
    one.dispose();
    one.dispose();
    expect(breaker.state).toBe(library.CircuitState.Isolated);
    other.dispose();
    expect(await breaker.execute(() => 1)).toBe(1);
  });

  it('goes on from toJSON where another circuit stood', async () => {
    const { breaker, state } = await opened(library).then((each) => ({
      breaker: each,
      state: JSON.parse(JSON.stringify(each)) as unknown,
    }));
    expect(breaker.toJSON()).toEqual(state);
    const make = () =>
      library.circuitBreaker(library.handleAll, {
        halfOpenAfter: 1_000,
        breaker: new library.ConsecutiveBreaker(2),
        initialState: state,
      });
    const restored = make();
    expect(
      library.isHydratingCircuitError((restored.lastFailure as { error: unknown }).error),
    ).toBe(true);
    expect(await caught(restored.execute(() => 1))).toBeInstanceOf(library.BrokenCircuitError);
    vi.advanceTimersByTime(1_000);
    expect(await restored.execute(() => 1)).toBe(1);
  });

  it('ends a call after its time with the error that says so, or waits for the function', async () => {
    const { TaskCancelledError, timeout, TimeoutStrategy } = library;
    const policy = timeout(50, TimeoutStrategy.Aggressive);
    const timedOut = vi.fn<(...args: unknown[]) => void>();
    policy.onTimeout(timedOut);
    const ended = caught(policy.execute(hung));
    await vi.advanceTimersByTimeAsync(50);
    const error = await ended;
    expect(error).toBeInstanceOf(TaskCancelledError);
    expect((error as Error).message).toBe('Operation timed out after 50ms');
    expect(timedOut).toHaveBeenCalledTimes(1);
    const patient = timeout(50, TimeoutStrategy.Cooperative).execute(async (_context, signal) => {
      await new Promise((resolve) => setTimeout(resolve, 60));
      return signal.aborted;
    });
    await vi.advanceTimersByTimeAsync(60);
    expect(await patient).toBe(true);
  });

  it('counts slots, queues, and says how many there are when none is left', async () => {
    const policy = library.bulkhead(1, 1);
    const rejected = vi.fn<(...args: unknown[]) => void>();
    policy.onReject(rejected);
    let end = (_value: unknown): void => {};
    const first = policy.execute(() => new Promise((resolve) => (end = resolve)));
    const second = policy.execute(() => 2);
    expect([policy.executionSlots, policy.queueSlots]).toEqual([0, 0]);
    const error = await caught(policy.execute(() => 3));
    expect(error).toBeInstanceOf(library.BulkheadRejectedError);
    expect((error as Error).message).toBe(
      'Bulkhead capacity exceeded (0/1 execution slots, 0/1 available)',
    );
    expect(rejected).toHaveBeenCalledTimes(1);
    end(1);
    expect([await first, await second]).toEqual([1, 2]);
    expect([policy.executionSlots, policy.queueSlots]).toEqual([1, 1]);
  });

  it('tells a bulkhead who has left by a TaskCancelledError, before and in the queue', async () => {
    const policy = library.bulkhead(1, 1);
    const fn = vi.fn<(...args: unknown[]) => void>();
    expect(await caught(policy.execute(fn, AbortSignal.abort()))).toBeInstanceOf(
      library.TaskCancelledError,
    );
    let end = (_value: unknown): void => {};
    const first = policy.execute(() => new Promise((resolve) => (end = resolve)));
    const caller = new AbortController();
    const second = caught(policy.execute(fn, caller.signal));
    caller.abort();
    end(1);
    await first;
    expect(await second).toBeInstanceOf(library.TaskCancelledError);
    expect(fn).not.toHaveBeenCalled();
  });

  it('has events that can be waited for', async () => {
    const { Event, EventEmitter, TaskCancelledError } = library;
    const emitter = new EventEmitter<number>();
    const once = vi.fn<(...args: unknown[]) => void>();
    Event.once(emitter.addListener, once);
    const next = Event.toPromise(emitter.addListener);
    emitter.emit(1);
    emitter.emit(2);
    expect(once.mock.calls).toEqual([[1]]);
    expect(await next).toBe(1);
    const caller = new AbortController();
    const cancelled = caught(Event.toPromise(emitter.addListener, caller.signal));
    caller.abort();
    expect(await cancelled).toBeInstanceOf(TaskCancelledError);
    expect(emitter.size).toBe(0);
  });

  it('answers a failure by its fallback, or by the error of a factory that fails', async () => {
    const { fallback, handleAll } = library;
    expect(await fallback(handleAll, 'instead').execute(failing())).toBe('instead');
    const failed = fallback(handleAll, () => Promise.reject(new Error('none')));
    expect(await caught(failed.execute(failing()))).toEqual(new Error('none'));
  });
});

describe('where cockatiel has a defect', () => {
  const { circuitBreaker, ConsecutiveBreaker, ConstantBackoff, handleAll, retry, timeout, wrap } =
    dropIn;

  it('a caller who leaves during a wait is answered at once, with the reason', async () => {
    const fn = failing();
    const caller = new AbortController();
    const policy = retry(handleAll, { maxAttempts: 3, backoff: new ConstantBackoff(60_000) });
    const ended = caught(policy.execute(fn, caller.signal));
    await vi.advanceTimersByTimeAsync(1);
    caller.abort('left');
    expect(await ended).toBe('left');
    expect(fn).toHaveBeenCalledTimes(1);
    expect([vi.getTimerCount(), getEventListeners(caller.signal, 'abort').length]).toEqual([0, 0]);
  });

  it('a caller who has left already has nothing called', async () => {
    const fn = vi.fn<(...args: unknown[]) => void>();
    const policy = wrap(retry(handleAll, { maxAttempts: 3 }), consecutive(dropIn));
    expect(await caught(policy.execute(fn, AbortSignal.abort('left')))).toBe('left');
    expect(fn).not.toHaveBeenCalled();
  });

  it('a caller who leaves is no timeout', async () => {
    const policy = timeout(10_000, 'aggressive');
    const timedOut = vi.fn<(...args: unknown[]) => void>();
    policy.onTimeout(timedOut);
    const caller = new AbortController();
    const ended = caught(policy.execute(hung, caller.signal));
    caller.abort('left');
    expect(await ended).toBe('left');
    expect(timedOut).not.toHaveBeenCalled();
  });

  it('a listener that throws changes nothing', async () => {
    const fn = vi.fn<() => number>(() => 1);
    const policy = retry(handleAll, { maxAttempts: 3 });
    policy.onSuccess(() => {
      throw new Error('of a listener');
    });
    expect(await policy.execute(fn)).toBe(1);
    expect(fn).toHaveBeenCalledTimes(1);
  });

  it('a call that began before the circuit opened has no say while it is half-open', async () => {
    const breaker = consecutive(dropIn);
    let fail = (_error: unknown): void => {};
    const old = caught(breaker.execute(() => new Promise((_, reject) => (fail = reject))));
    await caught(breaker.execute(failing()));
    await caught(breaker.execute(failing()));
    vi.advanceTimersByTime(1_000);
    const trial = breaker.execute(() => new Promise((resolve) => setTimeout(resolve, 10)));
    fail(new Error('old'));
    await old;
    expect(breaker.state).toBe(dropIn.CircuitState.HalfOpen);
    await vi.advanceTimersByTimeAsync(10);
    await trial;
    expect(breaker.state).toBe(dropIn.CircuitState.Closed);
  });

  it('a trial call that never ends has failed after thirty seconds', async () => {
    const breaker = await opened(dropIn);
    vi.advanceTimersByTime(1_000);
    void breaker.execute(hung);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(await caught(breaker.execute(() => 1))).toBeInstanceOf(dropIn.BrokenCircuitError);
    expect(breaker.state).toBe(dropIn.CircuitState.Open);
    vi.advanceTimersByTime(1_000);
    expect(await breaker.execute(() => 1)).toBe(1);
  });

  it('more callers than trial calls are turned away, and told when to come back', async () => {
    const breaker = await opened(dropIn);
    vi.advanceTimersByTime(1_000);
    void breaker.execute(hung);
    const error = await caught(breaker.execute(() => 1));
    expect(error).toBeInstanceOf(dropIn.BrokenCircuitError);
    expect((error as dropIn.BrokenCircuitError).retryAfter).toBe(500);
  });

  it('a trial call whose caller leaves gives its place back', async () => {
    const breaker = await opened(dropIn);
    vi.advanceTimersByTime(1_000);
    const caller = new AbortController();
    const trial = caught(breaker.execute(hung, caller.signal));
    caller.abort('left');
    expect(await trial).toBe('left');
    expect(breaker.state).toBe(dropIn.CircuitState.HalfOpen);
    expect(await breaker.execute(() => 1)).toBe(1);
    expect(breaker.state).toBe(dropIn.CircuitState.Closed);
  });

  it('callers who leave open no circuit, refusals of a bulkhead neither', async () => {
    const breaker = consecutive(dropIn);
    for (let left = 0; left < 3; left++) {
      const caller = new AbortController();
      const ended = caught(
        breaker.execute(({ signal }) => {
          caller.abort();
          signal.throwIfAborted();
        }, caller.signal),
      );
      await ended;
    }
    const policy = wrap(breaker, dropIn.bulkhead(1));
    void policy.execute(hung);
    for (let more = 0; more < 3; more++) await caught(policy.execute(() => 1));
    expect(breaker.state).toBe(dropIn.CircuitState.Closed);
  });

  it('failures of an hour ago do not open a circuit', () => {
    const breaker = new dropIn.SamplingBreaker({ threshold: 0.5, duration: 10_000, minimumRps: 1 });
    for (let failed = 0; failed < 9; failed++) breaker.failure(0);
    vi.advanceTimersByTime(3_600_000);
    expect(breaker.failure(0)).toBe(false);
  });

  it('waits beyond the longest timer, and for ever without one', async () => {
    const fn = failing();
    const day = 24 * 3_600_000;
    void caught(
      retry(handleAll, { maxAttempts: 1, backoff: new ConstantBackoff(30 * day) }).execute(fn),
    );
    await vi.advanceTimersByTimeAsync(29 * day);
    expect(fn).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(day);
    expect(fn).toHaveBeenCalledTimes(2);
  });

  it('work that has timed out keeps its slot until it ends', async () => {
    const limit = dropIn.bulkhead(1);
    const policy = wrap(limit, timeout(10, 'aggressive'));
    let end = (_value: unknown): void => {};
    const first = caught(policy.execute(() => new Promise((resolve) => (end = resolve))));
    await vi.advanceTimersByTimeAsync(10);
    expect(dropIn.isTaskCancelledError(await first)).toBe(true);
    expect(limit.executionSlots).toBe(0);
    end(1);
    await vi.advanceTimersByTimeAsync(0);
    expect(limit.executionSlots).toBe(1);
  });

  it('who leaves a queue makes room at once', async () => {
    const limit = dropIn.bulkhead(1, 1);
    void limit.execute(hung);
    const caller = new AbortController();
    const queued = caught(limit.execute(() => 1, caller.signal));
    caller.abort('left');
    const error = await queued;
    expect(error).toMatchObject({ isTaskCancelledError: true, cause: 'left' });
    expect(limit.queueSlots).toBe(1);
  });

  it('the signal of a call that succeeded is not aborted, unless that is asked for', async () => {
    let given: AbortSignal | undefined;
    const keep = ({ signal }: { signal: AbortSignal }): void => {
      given = signal;
    };
    await timeout(1_000, 'aggressive').execute(keep);
    expect(given?.aborted).toBe(false);
    await timeout(1_000, { strategy: 'aggressive', abortOnReturn: true }).execute(keep);
    expect(given?.aborted).toBe(true);
  });

  it('delays at the cap are spread out', () => {
    const backoff = new dropIn.ExponentialBackoff({ maxDelay: 1_000, initialDelay: 1_000 });
    const delays = Array.from({ length: 50 }, () => {
      let each = backoff.next();
      for (let more = 0; more < 8; more++) each = each.next(undefined);
      return each.duration;
    });
    expect(new Set(delays).size).toBeGreaterThan(40);
    expect(Math.max(...delays)).toBeLessThanOrEqual(1_000);
  });

  it('an isolated circuit that is restored is open, and due', async () => {
    const isolated = consecutive(dropIn);
    isolated.isolate();
    const restored = circuitBreaker(handleAll, {
      halfOpenAfter: 1_000,
      breaker: new ConsecutiveBreaker(2),
      initialState: isolated.toJSON(),
    });
    expect(await restored.execute(() => 1)).toBe(1);
  });

  it('an error that must not be repeated is not', async () => {
    const error = doNotRetry(new Error('no such sku'));
    const fn = vi.fn<() => void>(() => {
      throw error;
    });
    expect(await caught(retry(handleAll, { maxAttempts: 3 }).execute(fn))).toBe(error);
    expect(fn).toHaveBeenCalledTimes(1);
  });

  it.each([
    ['maxAttempts', () => retry(handleAll, { maxAttempts: NaN }), RangeError],
    ['attempts', () => retry(handleAll, { attempts: 3 } as object), TypeError],
    ['limit', () => dropIn.bulkhead(-1), RangeError],
    ['duration', () => timeout('1s' as never, 'aggressive'), TypeError],
    ['durations', () => new dropIn.IterableBackoff([]), TypeError],
    ['handleAll', () => retry({} as never, {}), TypeError],
  ])('what cannot be is refused: %s', (name, make, kind) => {
    expect(make).toThrow(kind);
    expect(make).toThrow(name);
  });
});

describe('what kedge adds', () => {
  it('tells kedge of calls, retries, circuits and timeouts, under the name that was given', async () => {
    const seen = recorder();
    using watching = observe(seen);
    const { ConsecutiveBreaker, circuitBreaker, handleAll, named, retry, timeout, wrap } = dropIn;
    const breaker = circuitBreaker(handleAll, {
      halfOpenAfter: 1_000,
      breaker: new ConsecutiveBreaker(2),
    });
    const policy = named(
      'drop-in-payments',
      wrap(retry(handleAll, { maxAttempts: 1 }), breaker, timeout(10, 'aggressive')),
    );
    const ended = caught(policy.execute(hung));
    await vi.advanceTimersByTimeAsync(1_000);
    await ended;
    const types = seen.events
      .filter(({ pipeline }) => pipeline === 'drop-in-payments')
      .map(({ type }) => type);
    expect(watching).toBeDefined();
    expect(types).toEqual([
      'timeout.exceeded',
      'attempt.failed',
      'retry.scheduled',
      'timeout.exceeded',
      'circuit.opened',
      'retry.exhausted',
      'attempt.failed',
      'execution.failed',
    ]);
  });

  it('knows the errors of either package, wherever they come from', () => {
    for (const {
      BrokenCircuitError,
      BulkheadRejectedError,
      IsolatedCircuitError,
      TaskCancelledError,
    } of [dropIn, peer]) {
      for (const error of [
        new BrokenCircuitError(),
        new IsolatedCircuitError(),
        new BulkheadRejectedError(1, 0),
      ])
        expect(classify(error)).toMatchObject({ kind: 'rejected', blame: 'self', repeat: 'safe' });
      expect(classify(new TaskCancelledError('Operation timed out after 5ms'))).toMatchObject({
        kind: 'timeout',
        blame: 'dependency',
      });
      expect(classify(new TaskCancelledError())).toMatchObject({
        kind: 'cancelled',
        blame: 'caller',
      });
    }
  });

  it('its errors are those of kedge as well', async () => {
    const breaker = await opened(dropIn);
    const error = await caught(breaker.execute(() => 1));
    expect([error instanceof CircuitOpenError, error instanceof RejectedError]).toEqual([
      true,
      true,
    ]);
    const ended = caught(dropIn.timeout(5, 'aggressive').execute(hung));
    await vi.advanceTimersByTimeAsync(5);
    expect((await ended) instanceof TimeoutError).toBe(true);
    expect(Object.keys(error as object)).toEqual(['isBrokenCircuitError']);
  });

  it('tells the listeners of a bulkhead how its calls ended', async () => {
    const policy = dropIn.bulkhead(1);
    const ended = vi.fn<(...args: unknown[]) => void>();
    policy.onSuccess(ended);
    await policy.execute(() => 1);
    expect(ended).toHaveBeenCalledTimes(1);
  });
});
