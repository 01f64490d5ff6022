// Who pays for a retry that the budget refuses, how those are spread who were told the same instant, and what may
// happen during a wait.
import {
  constantBackoff,
  type Context,
  RateLimitedError,
  retry,
  retryBudget,
  type RetryOptions,
  timeout,
} from 'kedge';
import { scripted } from 'kedge/testing';
import { describe, expect, it, vi } from 'vitest';
import {
  controlled,
  deferred,
  type Lab,
  lab,
  permanent,
  track,
  transient,
} from '../support/lab.ts';

const now = constantBackoff(0);
const nothing = retryBudget({ ratio: 0, reserve: 0, refill: 0 });
const fail = (): never => {
  throw transient();
};

/** The instants at which the operation of one failing call is started. */
async function starts(l: Lab, options: RetryOptions, ms: number): Promise<number[]> {
  const begun: number[] = [];
  const quotes = l.pipeline('quotes', retry(options));
  void quotes.settle(() => {
    begun.push(l.clock.now);
    fail();
  });
  await l.clock.advance(ms);
  return begun;
}

describe('a call that is alone in its pipeline', () => {
  it('gets one retry a second whatever the budget says', async () => {
    using l = lab();
    const begun = await starts(l, { maxAttempts: 60, backoff: 1_000, budget: nothing }, 100_000);
    expect(begun).toEqual(Array.from({ length: 60 }, (_, each) => each * 1_000));
  });

  it('waits for the second to be over when its backoff is shorter', async () => {
    using l = lab();
    const begun = await starts(l, { maxAttempts: 5, backoff: 100, budget: nothing }, 100_000);
    expect(begun).toEqual([0, 100, 1_000, 2_000, 3_000]);
    const delays = l.seen.of('retry.scheduled').map(({ delay }) => delay);
    expect(delays).toEqual([100, 900, 1_000, 1_000]);
  });

  it('uses its budget first', async () => {
    using l = lab();
    const budget = retryBudget({ ratio: 0, reserve: 3, refill: 0 });
    const begun = await starts(l, { maxAttempts: 6, backoff: 10, budget }, 100_000);
    expect(begun).toEqual([0, 10, 20, 30, 40, 1_030]);
  });

  it('is refused when its second would be over too late', async () => {
    using l = lab();
    const options = { maxAttempts: 9, backoff: 10, budget: nothing, maxElapsed: 1_500 };
    expect(await starts(l, options, 100_000)).toEqual([0, 10, 1_000]);
    expect(l.seen.of('retry.refused')).toMatchObject([{ reason: 'budget', attempts: 3 }]);
  });

  it('is refused when its second would leave less time than an attempt takes, and keeps its error', async () => {
    using l = lab();
    const quotes = l.pipeline(
      'quotes',
      timeout(1_000),
      retry({ maxAttempts: 2, backoff: 1, budget: nothing }),
    );
    for (let calls = 0; calls < 50; calls++) {
      const error = transient();
      const began = l.clock.now;
      const ended = quotes.settle(scripted([{ error, after: 8 }]));
      const call = track(ended);
      while (call.state === 'pending') await l.clock.advance(1);
      expect(l.clock.now - began).toBeLessThan(1_000);
      expect(await ended).toEqual({ status: 'rejected', reason: error });
    }
    expect(quotes.stats().executions.timeout).toBe(0);
    const { scheduled, refused_budget: refused } = quotes.stats().policies[1]!.counters;
    expect([scheduled! > 10, refused! > 10]).toEqual([true, true]);
  });

  it('is not alone while another one runs, or waits', async () => {
    using l = lab();
    const quotes = l.pipeline('quotes', retry({ backoff: 500, budget: nothing }));
    const other = controlled();
    void quotes.settle(other);
    const call = track(quotes.execute(fail));
    await l.clock.advance(0);
    expect(call.state).toBe('rejected');
    other.starts[0]!.reject(transient());
    await l.clock.advance(0);
    // The other one is alone now, and waits: a third is not.
    const third = track(quotes.execute(fail));
    await l.clock.advance(0);
    expect(third.state).toBe('rejected');
    expect(l.seen.of('retry.scheduled')).toHaveLength(1);
    expect(l.seen.of('retry.refused')).toHaveLength(2);
  });

  it.each([
    ['aborted during its wait', new AbortController()],
    ['answered', undefined],
  ])('is alone again when the other one has been %s', async (_, controller) => {
    using l = lab();
    const quotes = l.pipeline('quotes', retry({ backoff: 500, budget: nothing }));
    const other = controlled();
    void quotes.settle(other, controller === undefined ? {} : { signal: controller.signal });
    if (controller === undefined) other.starts[0]!.resolve('ok');
    else {
      other.starts[0]!.reject(transient());
      await l.clock.advance(10);
      controller.abort();
    }
    await l.clock.advance(0);
    const call = track(quotes.execute(fail));
    await l.clock.advance(0);
    expect(call.state).toBe('pending');
  });

  it('shares its second with lone calls of other pipelines under the same policy', async () => {
    using l = lab();
    const shared = retry({ maxAttempts: 2, backoff: now, budget: nothing });
    const calls = ['a', 'b', 'c', 'd'].map((name) => track(l.pipeline(name, shared).execute(fail)));
    await l.clock.advance(0);
    // One at once, one in a second; for the others there is nothing.
    expect(l.seen.of('retry.scheduled').map(({ delay }) => delay)).toEqual([0, 1_000]);
    expect(calls.map(({ state }) => state)).toEqual([
      'rejected',
      'pending',
      'rejected',
      'rejected',
    ]);
  });

  it('does not wait for a clock that was put back', async () => {
    const shared = retry({ maxAttempts: 2, backoff: now, budget: nothing });
    {
      using l = lab();
      await l.clock.advance(1_000_000);
      void l.pipeline('quotes', shared).settle(fail);
      await l.clock.advance(0);
      expect(l.seen.of('retry.scheduled')).toHaveLength(1);
    }
    using l = lab();
    void l.pipeline('quotes', shared).settle(fail);
    await l.clock.advance(0);
    expect(l.seen.of('retry.scheduled')).toMatchObject([{ delay: 0 }]);
  });
});

describe('those who were told the same instant', () => {
  it.each([
    ['a Retry-After', () => Object.assign(transient(), { retryAfter: 2_000 })],
    [
      'the retryAfter of a limiter',
      () => new RateLimitedError({ pipeline: 'quotes', policy: 'rateLimiter' }, 2_000),
    ],
  ])('come back spread over a second, and never earlier: %s', async (_, error) => {
    using l = lab();
    const quotes = l.pipeline('quotes', retry({ backoff: now, budget: false }));
    for (let each = 0; each < 200; each++) void quotes.settle(() => Promise.reject(error()));
    await l.clock.advance(0);
    const delays = l.seen.of('retry.scheduled').map(({ delay }) => delay);
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(2_000);
    expect(Math.max(...delays)).toBeLessThan(3_000);
    expect(Math.max(...delays) - Math.min(...delays)).toBeGreaterThan(800);
  });

  it('are spread over no more than the deadline leaves', async () => {
    using l = lab();
    const quotes = l.pipeline('quotes', timeout(2_050), retry({ backoff: now, budget: false }));
    const error = Object.assign(transient(), { retryAfter: 2_000 });
    for (let each = 0; each < 50; each++) void quotes.settle(() => Promise.reject(error));
    await l.clock.advance(0);
    const delays = l.seen.of('retry.scheduled').map(({ delay }) => delay);
    expect(delays).toHaveLength(50);
    expect(Math.max(...delays)).toBeLessThan(2_050);
  });

  it('follow their backoff when they may come back at once', async () => {
    using l = lab();
    const error = Object.assign(transient(), { retryAfter: 0 });
    const quotes = l.pipeline('quotes', retry({ backoff: 30, maxAttempts: 2 }));
    void quotes.settle(() => Promise.reject(error));
    await l.clock.advance(0);
    expect(l.seen.of('retry.scheduled')).toMatchObject([{ delay: 30, retryAfter: 0 }]);
  });
});

describe('beforeRetry', () => {
  it('runs beside the delay, with the error and the context of the try that failed', async () => {
    using l = lab();
    const asked: [number, unknown, number, string | undefined][] = [];
    const errors = [transient('1'), transient('2')];
    const beforeRetry = (error: unknown, { attempt, key }: Context): void => {
      asked.push([l.clock.now, error, attempt, key]);
    };
    const quotes = l.pipeline('quotes', retry({ backoff: 100, beforeRetry }));
    const begun: number[] = [];
    void quotes.settle(
      ({ attempt }) => {
        begun.push(l.clock.now);
        throw errors[attempt - 1] ?? permanent();
      },
      { key: 'k' },
    );
    await l.clock.advance(1_000);
    expect(begun).toEqual([0, 100, 200]);
    expect(asked).toEqual([
      [0, errors[0], 1, 'k'],
      [100, errors[1], 2, 'k'],
    ]);
  });

  it.each([
    [40, 100],
    [400, 400],
  ])('of %d ms makes a delay of 100 ms one of %d ms', async (takes, begins) => {
    using l = lab();
    const prepared = deferred();
    const options = { maxAttempts: 2, backoff: 100, beforeRetry: () => prepared.promise };
    const begun: number[] = [];
    void l.pipeline('quotes', retry(options)).settle(() => {
      begun.push(l.clock.now);
      fail();
    });
    await l.clock.advance(takes);
    prepared.resolve(undefined);
    await l.clock.advance(1_000);
    expect(begun).toEqual([0, begins]);
  });

  it.each([
    ['rejects', () => Promise.reject(new Error('no token'))],
    [
      'throws',
      () => {
        throw new Error('no token');
      },
    ],
  ])('that %s rejects the call with that error, at once', async (_, beforeRetry) => {
    using l = lab();
    const operation = vi.fn<() => never>(fail);
    const quotes = l.pipeline('quotes', retry({ backoff: 10_000, beforeRetry }));
    const call = track(quotes.execute(operation));
    await l.clock.advance(0);
    expect(call.reason).toEqual(new Error('no token'));
    expect(operation).toHaveBeenCalledTimes(1);
    await l.clock.advance(20_000);
    expect(operation).toHaveBeenCalledTimes(1);
    expect(quotes.stats().inFlight).toBe(0);
  });

  it('that takes longer than the time that is left ends the call with its own error', async () => {
    using l = lab();
    const prepared = deferred();
    const options = { backoff: 10, maxElapsed: 500, beforeRetry: () => prepared.promise };
    const call = track(l.pipeline('quotes', retry(options)).execute(fail));
    await l.clock.advance(600);
    expect(call.state).toBe('pending');
    prepared.resolve(undefined);
    await l.clock.advance(0);
    expect(call.reason).toEqual(transient());
    expect(l.seen.of('retry.refused')).toMatchObject([{ reason: 'deadline', attempts: 1 }]);
  });

  it('that takes longer than the time that is left returns a value as it was', async () => {
    using l = lab();
    const prepared = deferred();
    const quotes = l.pipeline(
      'quotes',
      retry({
        backoff: 10,
        maxElapsed: 500,
        handleResult: (value) => value === 401,
        beforeRetry: (error) => (error === undefined ? prepared.promise : fail()),
      }),
    );
    const call = track(quotes.execute(() => 401));
    await l.clock.advance(600);
    prepared.resolve(undefined);
    await l.clock.advance(0);
    expect(call.value).toBe(401);
  });

  it('is told by its signal that the call has ended, and is not waited for', async () => {
    using l = lab();
    let signal: AbortSignal | undefined;
    const prepared = deferred();
    const beforeRetry = (_error: unknown, context: Context): Promise<unknown> => {
      ({ signal } = context);
      return prepared.promise;
    };
    const quotes = l.pipeline('quotes', timeout(100), retry({ backoff: 10, beforeRetry }));
    const operation = vi.fn<() => never>(fail);
    const call = track(quotes.execute(operation));
    await l.clock.advance(100);
    expect(call.reason).toMatchObject({ code: 'KEDGE_TIMEOUT' });
    expect(signal!.aborted).toBe(true);
    prepared.reject(new Error('late'));
    await l.clock.advance(1_000);
    expect(operation).toHaveBeenCalledTimes(1);
  });

  it('is not run for a call that is not tried again', async () => {
    using l = lab();
    const beforeRetry = vi.fn<() => void>();
    const quotes = l.pipeline('quotes', retry({ maxAttempts: 1, beforeRetry }));
    await quotes.settle(fail);
    await quotes.settle(() => Promise.reject(permanent()));
    await quotes.settle(() => 1);
    expect(beforeRetry).not.toHaveBeenCalled();
  });
});

describe('reconfigure', () => {
  it('changes what calls under way do next, and null gives a default back', async () => {
    using l = lab();
    const patient = retry({ maxAttempts: 9, backoff: 1_000, budget: false });
    const quotes = l.pipeline('quotes', patient);
    const begun: number[] = [];
    void quotes.settle(() => {
      begun.push(l.clock.now);
      fail();
    });
    await l.clock.advance(0);
    patient.reconfigure({ backoff: 100 });
    await l.clock.advance(1_250);
    patient.reconfigure({ maxAttempts: null });
    await l.clock.advance(10_000);
    expect(begun).toEqual([0, 1_000, 1_100, 1_200, 1_300]);
    expect(l.seen.of('retry.exhausted')).toHaveLength(1);
  });

  it('takes predicates away', async () => {
    using l = lab();
    const quiet = retry({ handle: () => false, handleResult: () => true, beforeRetry: fail });
    const quotes = l.pipeline('quotes', quiet);
    quiet.reconfigure({ handle: null, handleResult: null, beforeRetry: null, backoff: now });
    const call = track(quotes.execute(({ attempt }) => (attempt < 2 ? fail() : 'ok')));
    await l.clock.advance(0);
    expect(call.value).toBe('ok');
  });

  it('pays successes into the budget that it is given, once a pipeline', async () => {
    using l = lab();
    const [one, other] = [retryBudget({ reserve: 0 }), retryBudget({ reserve: 0 })];
    const first = retry({ budget: one });
    const quotes = l.pipeline('quotes', first, retry({ budget: other }));
    await quotes.execute(() => 1);
    await quotes.execute(() => 1);
    first.reconfigure({ budget: other });
    await quotes.execute(() => 1);
    await quotes.execute(() => 1);
    // Two and four successes at a half each.
    expect([one, other].map((budget) => [1, 2, 3].filter(() => budget.withdraw()).length)).toEqual([
      1, 2,
    ]);
    first.reconfigure({ budget: one });
    await quotes.execute(() => 1);
    await quotes.execute(() => 1);
    expect(one.withdraw()).toBe(true);
  });

  it('keeps the budget of its own, whatever was in its place meanwhile', async () => {
    using l = lab();
    const own = retry({ maxAttempts: 20, backoff: now, maxElapsed: 10 });
    const quotes = l.pipeline('quotes', own);
    void quotes.settle(fail);
    await l.clock.advance(0);
    own.reconfigure({ budget: false });
    expect(quotes.stats().policies[0]!.gauges).toEqual({});
    own.reconfigure({ budget: null });
    expect(quotes.stats().policies[0]!.gauges['budget_available_ratio']).toBeLessThan(0.2);
  });
});

describe('what a retry never does', () => {
  it('repeats what must not be repeated, whatever handle says', async () => {
    using l = lab();
    const operation = vi.fn<() => never>(() => {
      throw permanent();
    });
    const quotes = l.pipeline('quotes', retry({ backoff: now, handle: () => true }));
    await quotes.settle(operation);
    expect(operation).toHaveBeenCalledTimes(1);
  });

  it('takes a promise for a yes', async () => {
    using l = lab();
    const operation = vi.fn<() => never>(fail);
    const quotes = l.pipeline('quotes', retry({ handle: (async () => false) as never }));
    const call = track(quotes.execute(operation));
    await l.clock.advance(0);
    expect(call.reason).toBeInstanceOf(TypeError);
    expect(operation).toHaveBeenCalledTimes(1);
  });

  it('shows predicates anything but a plain context', async () => {
    using l = lab();
    const shown: string[][] = [];
    const handle = (_error: unknown, context: Context): boolean => {
      shown.push(Object.keys({ ...context }));
      return false;
    };
    await l.pipeline('quotes', retry({ handle })).settle(fail);
    expect(shown).toEqual([['signal', 'attempt', 'pipeline', 'key', 'deadline', 'attributes']]);
  });
});
