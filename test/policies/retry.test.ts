import {
  type Backoff,
  bulkhead,
  BulkheadFullError,
  circuitBreaker,
  constantBackoff,
  type Context,
  listedBackoff,
  pipeline,
  RateLimitedError,
  retry,
  retryBudget,
  type RetryOptions,
  timeout,
  TimeoutError,
} from 'kedge';
import {
  controlled,
  jobs,
  type Lab,
  lab,
  permanent,
  rejection,
  track,
  transient,
} from '../support/lab.ts';
import { platform } from '../support/platform.ts';
import { scripted, type Step } from 'kedge/testing';
import { describe, expect, it, vi } from 'vitest';

const now = constantBackoff(0);
const asking = (retryAfter: number) => Object.assign(transient(), { retryAfter });
const where = { pipeline: 'quotes', policy: 'x' };

/** Runs a script under a retry until it is answered, and says what became of it. */
async function run(l: Lab, options: RetryOptions, steps: [Step, ...Step[]]) {
  const operation = scripted(steps);
  const quotes = l.pipeline('quotes', retry(options));
  const call = track(quotes.execute(operation));
  await l.clock.runAll(10_000_000);
  return { call, operation, quotes, counters: quotes.stats().policies[0]!.counters };
}

describe('maxAttempts', () => {
  it('is 3 by default, the first included', async () => {
    using l = lab();
    const { call, operation } = await run(l, {}, [{ error: transient() }]);
    expect(call.state).toBe('rejected');
    expect(operation.calls.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
  });

  it.each([1, 2, 7])('of %i calls the operation at most as often', async (maxAttempts) => {
    using l = lab();
    const { operation, quotes } = await run(l, { maxAttempts, backoff: now, budget: false }, [
      { error: transient() },
    ]);
    expect(operation.calls).toHaveLength(maxAttempts);
    expect(quotes.stats()).toMatchObject({
      executions: { failure: 1 },
      attempts: { failure: maxAttempts },
    });
  });

  it('of Infinity goes on until it succeeds', async () => {
    using l = lab();
    const steps: Step[] = Array.from({ length: 500 }, () => ({ error: transient() }));
    const { call, operation } = await run(
      l,
      { maxAttempts: Infinity, backoff: constantBackoff(1), budget: false },
      [{ error: transient() }, ...steps, { value: 'ok' }],
    );
    expect(call.value).toBe('ok');
    expect(operation.calls).toHaveLength(502);
  });

  it('is not touched by a call that succeeds at once', async () => {
    using l = lab();
    const { call, operation, counters } = await run(l, {}, [{ value: 'ok' }]);
    expect(call.value).toBe('ok');
    expect(operation.calls).toHaveLength(1);
    expect(counters).toEqual({
      scheduled: 0,
      recovered: 0,
      exhausted: 0,
      refused_budget: 0,
      refused_deadline: 0,
      refused_circuit: 0,
    });
    expect(l.seen.types()).toEqual(['attempt.succeeded', 'execution.succeeded']);
  });
});

describe('backoff', () => {
  it('is asked with the attempt that failed, its error and the delay before', async () => {
    using l = lab();
    const backoff = vi.fn<Backoff>((attempt) => attempt * 10);
    const errors = [transient('1'), transient('2'), transient('3')];
    await run(l, { maxAttempts: 3, backoff }, [
      { error: errors[0] },
      { error: errors[1] },
      { error: errors[2] },
    ]);
    expect(backoff.mock.calls).toEqual([
      [1, errors[0], 0],
      [2, errors[1], 10],
    ]);
  });

  it('says how long to wait, to the millisecond', async () => {
    using l = lab();
    const starts: number[] = [];
    const quotes = l.pipeline(
      'quotes',
      retry({ maxAttempts: 4, backoff: listedBackoff([100, 500, 2_000]) }),
    );
    void quotes.settle(() => {
      starts.push(l.clock.now);
      throw transient();
    });
    await l.clock.runAll();
    expect(starts).toEqual([0, 100, 600, 2_600]);
  });

  it('is exponential with full jitter by default', async () => {
    using l = lab();
    vi.spyOn(Math, 'random').mockReturnValue(0.5);
    await run(l, { maxAttempts: 5 }, [{ error: transient() }]);
    expect(l.seen.of('retry.scheduled').map(({ delay }) => delay)).toEqual([50, 100, 200, 400]);
  });

  it('of 0 tries again at the same instant, but never inside the failing call', async () => {
    using l = lab();
    const order: string[] = [];
    const quotes = l.pipeline('quotes', retry({ maxAttempts: 2, backoff: now }));
    const call = quotes.settle(({ attempt }) => {
      order.push(`attempt ${attempt}`);
      throw transient();
    });
    order.push('after execute');
    await l.clock.advance(0);
    await call;
    expect(order).toEqual(['attempt 1', 'after execute', 'attempt 2']);
    expect(l.clock.now).toBe(0);
  });
});

describe('maxElapsed', () => {
  it('counts from the beginning of the first try, the time of the tries included', async () => {
    using l = lab();
    const { operation } = await run(
      l,
      { maxAttempts: 10, maxElapsed: 1_000, backoff: constantBackoff(100), budget: false },
      [{ error: transient(), after: 250 }],
    );
    // Tries begin at 0, 350 and 700, which ends at 950: a wait until 1050 is not begun.
    expect(operation.calls).toHaveLength(3);
    expect(l.seen.of('retry.refused')).toMatchObject([{ reason: 'deadline', attempts: 3 }]);
    expect(l.seen.of('execution.failed')[0]!.duration).toBe(950);
  });

  it('counts for each call from its own beginning', async () => {
    using l = lab();
    await l.clock.advance(5_000);
    const { operation } = await run(
      l,
      { maxAttempts: 10, maxElapsed: 100, backoff: constantBackoff(40), budget: false },
      [{ error: transient() }],
    );
    expect(operation.calls).toHaveLength(3);
  });

  it('ends no attempt that runs already', async () => {
    using l = lab();
    const { call } = await run(l, { maxElapsed: 10, backoff: constantBackoff(5) }, [
      { error: transient() },
      { value: 'late', after: 1_000 },
    ]);
    expect(call.value).toBe('late');
  });
});

describe('budget', () => {
  it('is ten retries for a client that never succeeds, by default', async () => {
    using l = lab();
    const quotes = l.pipeline('quotes', retry({ maxAttempts: 2, backoff: now }));
    for (let each = 0; each < 30; each++) void quotes.settle(() => Promise.reject(transient()));
    await l.clock.advance(0);
    expect(quotes.stats().policies[0]!.counters).toMatchObject({
      scheduled: 10,
      exhausted: 10,
      refused_budget: 20,
    });
    expect(quotes.stats().attempts.failure).toBe(40);
    expect(l.seen.of('retry.refused')).toHaveLength(20);
    expect(l.seen.of('retry.refused')[0]).toMatchObject({ reason: 'budget', attempts: 1 });
  });

  it('is paid by successes, of first tries as well as of retries', async () => {
    using l = lab();
    const budget = retryBudget({ reserve: 0, ratio: 0.5 });
    const quotes = l.pipeline('quotes', retry({ maxAttempts: 2, backoff: now, budget }));
    for (let each = 0; each < 4; each++) await quotes.execute(() => 1);
    for (let each = 0; each < 5; each++) void quotes.settle(() => Promise.reject(transient()));
    await l.clock.advance(0);
    expect(quotes.stats().policies[0]!.counters).toMatchObject({ scheduled: 2, refused_budget: 3 });
  });

  it('is not paid by a value that counts as a failure', async () => {
    using l = lab();
    const budget = retryBudget({ reserve: 0, ratio: 1 });
    const quotes = l.pipeline(
      'quotes',
      retry({ maxAttempts: 1, budget, handleResult: (value) => value === 'bad' }),
    );
    for (let each = 0; each < 5; each++) await quotes.execute(() => 'bad');
    expect(budget.withdraw()).toBe(false);
  });

  it('of false limits nothing', async () => {
    using l = lab();
    const quotes = l.pipeline('quotes', retry({ maxAttempts: 2, backoff: now, budget: false }));
    for (let each = 0; each < 50; each++) void quotes.settle(() => Promise.reject(transient()));
    await l.clock.advance(0);
    expect(quotes.stats().attempts.failure).toBe(100);
    expect(quotes.stats().policies[0]!.gauges).toEqual({});
  });

  it('can be shared by policies of several pipelines, and by two of one, which pay in once', async () => {
    using l = lab();
    const budget = retryBudget({ reserve: 0, ratio: 1 });
    const a = l.pipeline('a', retry({ backoff: now, budget }), retry({ backoff: now, budget }));
    const b = l.pipeline('b', retry({ maxAttempts: 2, backoff: now, budget }));
    await a.execute(() => 1);
    for (let each = 0; each < 3; each++) void b.settle(() => Promise.reject(transient()));
    await l.clock.advance(0);
    expect(b.stats().policies[0]!.counters).toMatchObject({ scheduled: 1, refused_budget: 2 });
  });

  it('is one a policy: two retries have two, and one retry in two pipelines has one', async () => {
    using l = lab();
    const shared = retry({ maxAttempts: 2, backoff: now });
    const [a, b] = [l.pipeline('a', shared), l.pipeline('b', shared)];
    const c = l.pipeline('c', retry({ maxAttempts: 2, backoff: now }));
    for (const quotes of [a, b, c]) {
      for (let each = 0; each < 8; each++) void quotes.settle(() => Promise.reject(transient()));
    }
    await l.clock.advance(0);
    const scheduled = [a, b, c].map((each) => each.stats().policies[0]!.counters['scheduled']);
    expect(scheduled).toEqual([8, 2, 8]);
  });

  it('shows what is left', async () => {
    using l = lab();
    const quotes = l.pipeline('quotes', retry({ maxAttempts: 6, backoff: now }));
    void quotes.settle(() => Promise.reject(transient()));
    await l.clock.advance(0);
    expect(quotes.stats().policies[0]!.gauges['budget_available_ratio']).toBeCloseTo(0.5);
  });

  it('pays nothing for what kedge itself turned away: it was never sent', async () => {
    using l = lab();
    vi.spyOn(Math, 'random').mockReturnValue(0);
    const budget = retryBudget({ reserve: 0, ratio: 0 });
    const { call, operation } = await run(l, { backoff: constantBackoff(10), budget }, [
      { error: new BulkheadFullError(where, 'bulkhead-full', 'is full') },
      { error: new RateLimitedError(where, 50) },
      { value: 'ok' },
    ]);
    expect(call.value).toBe('ok');
    expect(operation.calls).toHaveLength(3);
    expect(l.seen.of('retry.scheduled').map(({ delay }) => delay)).toEqual([10, 50]);
  });
});

describe('Retry-After', () => {
  it('is kept when it is longer than the backoff, and only then', async () => {
    using l = lab();
    vi.spyOn(Math, 'random').mockReturnValue(0);
    await run(l, { backoff: constantBackoff(100) }, [
      { error: asking(250) },
      { error: asking(20) },
      { value: 'ok' },
    ]);
    expect(l.seen.of('retry.scheduled')).toMatchObject([
      { delay: 250, retryAfter: 250 },
      { delay: 100, retryAfter: 20 },
    ]);
  });

  it('is not in the event when nothing was asked for', async () => {
    using l = lab();
    await run(l, { backoff: constantBackoff(100) }, [{ error: transient() }, { value: 'ok' }]);
    expect(l.seen.of('retry.scheduled')[0]).not.toHaveProperty('retryAfter');
  });

  it('above 60 s is refused by default, and at 60 s waited for', async () => {
    using l = lab();
    const waits = await run(l, { backoff: now }, [{ error: asking(60_000) }, { value: 'ok' }]);
    expect(waits.call.value).toBe('ok');
    const refuses = await run(l, { backoff: now }, [{ error: asking(60_001) }, { value: 'ok' }]);
    expect(refuses.call.state).toBe('rejected');
    expect(refuses.counters['refused_deadline']).toBe(1);
  });

  it('is not looked at with respectRetryAfter: false, however long', async () => {
    using l = lab();
    const { call } = await run(l, { backoff: constantBackoff(10), respectRetryAfter: false }, [
      { error: asking(1e9) },
      { value: 'ok' },
    ]);
    expect(call.value).toBe('ok');
    expect(l.clock.now).toBe(10);
  });

  it('becomes the delay that the backoff is told of', async () => {
    using l = lab();
    vi.spyOn(Math, 'random').mockReturnValue(0);
    const backoff = vi.fn<Backoff>(() => 10);
    await run(l, { backoff }, [{ error: asking(300) }, { error: transient() }, { value: 'ok' }]);
    expect(backoff.mock.calls.map((call) => call[2])).toEqual([0, 300]);
  });
});

describe('handle', () => {
  it.each([
    ['what may pass', transient(), 3],
    ['what nobody knows', new Error('?'), 3],
    ['a timeout', new TimeoutError(where, 10), 3],
    ['a platform timeout', new DOMException('x', 'TimeoutError'), 3],
    ['an overload', Object.assign(new Error('x'), { status: 503 }), 3],
    ['a missing name, once', Object.assign(new Error('x'), { code: 'ENOTFOUND' }), 2],
    ['what is permanent', permanent(), 1],
    ["a programmer's bug", new TypeError('x is not a function'), 1],
    ['a cancellation', new DOMException('x', 'AbortError'), 1],
  ])('by default: %s', async (_name, error, attempts) => {
    using l = lab();
    const { call, operation } = await run(l, { backoff: now }, [{ error }]);
    expect(call.reason).toBe(error);
    expect(operation.calls).toHaveLength(attempts);
  });

  it('can be chosen, and is asked with the error and the context of its attempt', async () => {
    using l = lab();
    const asked: [unknown, number, string | undefined][] = [];
    const errors = [transient('1'), transient('2')];
    const handle = (error: unknown, { attempt, key }: Context): boolean => {
      asked.push([error, attempt, key]);
      return attempt === 1;
    };
    const operation = scripted([{ error: errors[0] }, { error: errors[1] }]);
    const quotes = l.pipeline('quotes', retry({ backoff: now, handle }));
    const call = track(quotes.execute(operation, { key: 'k' }));
    await l.clock.advance(0);
    expect(call.reason).toBe(errors[1]);
    expect(asked).toEqual([
      [errors[0], 1, 'k'],
      [errors[1], 2, 'k'],
    ]);
  });

  it('that says no reports neither exhaustion nor refusal', async () => {
    using l = lab();
    await run(l, {}, [{ error: permanent() }]);
    expect(l.seen.types()).toEqual(['attempt.failed', 'execution.failed']);
    expect(l.seen.of('attempt.failed')).toMatchObject([{ handled: false, final: true }]);
  });

  it('is not asked about the end of the call by its caller', async () => {
    using l = lab();
    const handle = vi.fn<() => boolean>(() => true);
    const controller = new AbortController();
    const quotes = l.pipeline('quotes', retry({ backoff: now, handle }));
    const call = quotes.settle(scripted([{ untilAborted: true }]), { signal: controller.signal });
    controller.abort();
    await call;
    expect(handle).not.toHaveBeenCalled();
  });
});

describe('handleResult', () => {
  const options = { backoff: now, handleResult: (value: unknown) => value === 'bad' };

  it('is off by default: any value is a success', async () => {
    using l = lab();
    const { operation } = await run(l, { backoff: now }, [{ value: undefined }]);
    expect(operation.calls).toHaveLength(1);
  });

  it('tries again for a value that counts as a failure', async () => {
    using l = lab();
    const { call, operation, counters } = await run(l, options, [
      { value: 'bad' },
      { value: 'ok' },
    ]);
    expect(call.value).toBe('ok');
    expect(operation.calls).toHaveLength(2);
    expect(counters).toMatchObject({ scheduled: 1, recovered: 1, exhausted: 0 });
  });

  it('tries nothing again that its caller says must not happen twice: it was executed', async () => {
    using l = lab();
    const charges = l.pipeline('charges', retry(options));
    const operation = scripted([{ value: 'bad' }]);
    expect(await charges.execute(operation, { attributes: { idempotent: false } })).toBe('bad');
    expect(operation.calls).toHaveLength(1);
  });

  it('returns such a value as it is when the attempts end on one', async () => {
    using l = lab();
    const { call, operation, counters } = await run(l, options, [{ value: 'bad' }]);
    expect(call).toMatchObject({ state: 'fulfilled', value: 'bad' });
    expect(operation.calls).toHaveLength(3);
    expect(counters).toMatchObject({ scheduled: 2, recovered: 0, exhausted: 1 });
    expect(l.seen.of('retry.exhausted')).toMatchObject([{ attempts: 3, error: undefined }]);
  });

  it('returns it also when a further try is refused', async () => {
    using l = lab();
    const { call } = await run(l, { ...options, maxElapsed: 0 }, [{ value: 'bad' }]);
    expect(call).toMatchObject({ state: 'fulfilled', value: 'bad' });
    expect(l.seen.of('retry.refused')).toMatchObject([{ reason: 'deadline' }]);
    expect(l.seen.of('retry.recovered')).toEqual([]);
  });

  it('goes together with errors in one call', async () => {
    using l = lab();
    const { call, operation } = await run(l, options, [
      { error: transient() },
      { value: 'bad' },
      { value: 'ok' },
    ]);
    expect(call.value).toBe('ok');
    expect(operation.calls).toHaveLength(3);
  });

  it('is asked with the context of its attempt', async () => {
    using l = lab();
    const asked: number[] = [];
    await run(l, { backoff: now, handleResult: (_value, { attempt }) => asked.push(attempt) < 2 }, [
      { value: 1 },
    ]);
    expect(asked).toEqual([1, 2]);
  });
});

describe('events', () => {
  it('of a recovery come in their order, with their fields', async () => {
    using l = lab();
    const errors = [transient('1'), transient('2')];
    await run(l, { backoff: listedBackoff([10, 20]) }, [
      { error: errors[0], after: 5 },
      { error: errors[1], after: 5 },
      { value: 'ok', after: 5 },
    ]);
    expect(l.seen.events).toMatchObject([
      {
        type: 'attempt.failed',
        attempt: 1,
        duration: 5,
        error: errors[0],
        handled: true,
        final: false,
        severity: 'info',
        kind: 'pipeline',
      },
      {
        type: 'retry.scheduled',
        attempt: 1,
        delay: 10,
        error: errors[0],
        severity: 'debug',
        policy: 'retry',
        kind: 'retry',
      },
      { type: 'attempt.failed', attempt: 2, error: errors[1], handled: true, final: false },
      { type: 'retry.scheduled', attempt: 2, delay: 20, error: errors[1] },
      { type: 'attempt.succeeded', attempt: 3, duration: 5, severity: 'debug' },
      { type: 'retry.recovered', attempts: 3, duration: 45, severity: 'info', policy: 'retry' },
      { type: 'execution.succeeded', attempts: 3, duration: 45, severity: 'debug' },
    ]);
    expect(l.seen.events[0]).not.toHaveProperty('policy');
  });

  it('of an exhaustion name the last attempt final', async () => {
    using l = lab();
    await run(l, { maxAttempts: 2, backoff: now }, [{ error: transient() }]);
    expect(l.seen.types()).toEqual([
      'attempt.failed',
      'retry.scheduled',
      'retry.exhausted',
      'attempt.failed',
      'execution.failed',
    ]);
    expect(l.seen.of('attempt.failed')).toMatchObject([
      { attempt: 1, final: false, handled: true },
      { attempt: 2, final: true, handled: false },
    ]);
    expect(l.seen.of('retry.exhausted')).toMatchObject([{ severity: 'debug', attempts: 2 }]);
    expect(l.seen.of('execution.failed')).toMatchObject([
      { severity: 'error', attempts: 2, outcome: 'failure' },
    ]);
  });

  it('carry the name that the policy was given', async () => {
    using l = lab();
    await run(l, { name: 'again', maxAttempts: 2, backoff: now }, [{ error: transient() }]);
    expect(l.seen.of('retry.scheduled')).toMatchObject([{ policy: 'again', kind: 'retry' }]);
  });
});

describe('one retry', () => {
  it('serves many calls at once, each with attempts of its own', async () => {
    using l = lab();
    const quotes = l.pipeline('quotes', retry({ backoff: constantBackoff(10), budget: false }));
    const calls = Array.from({ length: 100 }, (_, each) =>
      quotes.settle(async ({ attempt }) => {
        if (attempt <= each % 4) throw transient();
        return attempt;
      }),
    );
    await l.clock.runAll();
    const answers = await Promise.all(calls);
    // Those of number 3, 7, 11 … would need a fourth attempt.
    const seen = answers.map((answer) => (answer.status === 'fulfilled' ? answer.value : 'failed'));
    expect(seen).toEqual(answers.map((_, each) => (each % 4 === 3 ? 'failed' : (each % 4) + 1)));
    expect(quotes.stats()).toMatchObject({ executions: { success: 75, failure: 25 } });
  });

  it('inside another multiplies, and each counts its own', async () => {
    using l = lab();
    const operation = scripted([{ error: transient() }]);
    const quotes = l.pipeline(
      'quotes',
      retry({ maxAttempts: 2, backoff: now, name: 'outer' }),
      retry({ maxAttempts: 3, backoff: now, name: 'inner' }),
    );
    const call = track(quotes.execute(operation));
    await l.clock.advance(0);
    expect(call.state).toBe('rejected');
    expect(operation.calls.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4, 5, 6]);
    const [outer, inner] = quotes.stats().policies;
    expect(outer!.counters).toMatchObject({ scheduled: 1, exhausted: 1 });
    expect(inner!.counters).toMatchObject({ scheduled: 4, exhausted: 2 });
  });

  it('waits for a circuit that opens again meanwhile as one and the same wait, inside a deadline', async () => {
    using l = lab();
    vi.spyOn(Math, 'random').mockReturnValue(0);
    const breaker = circuitBreaker({ openFor: 1_000 });
    const operation = scripted([{ value: 'ok' }]);
    const quotes = l.pipeline('quotes', timeout(30_000), retry(), breaker);
    breaker.open();
    const call = track(quotes.execute(operation));
    await l.clock.advance(999);
    breaker.open();
    await l.clock.advance(1);
    expect(call.state).toBe('pending');
    await l.clock.advance(999);
    expect(call.value).toBe('ok');
    expect(operation.calls).toHaveLength(1);
    expect(l.seen.of('retry.scheduled')).toHaveLength(1);
  });

  it('waits for its circuit once a call, and gives up when its probe has failed', async () => {
    using l = lab();
    const breaker = circuitBreaker({ openFor: 1_000, halfOpen: { probes: 1 } });
    const operation = scripted([{ error: transient() }]);
    const quotes = l.pipeline(
      'quotes',
      retry({ maxAttempts: 9, backoff: constantBackoff(1) }),
      breaker,
    );
    breaker.open();
    const call = track(quotes.execute(operation));
    await l.clock.runAll(100_000);
    expect(call.reason).toMatchObject({ code: 'KEDGE_CIRCUIT_OPEN' });
    expect(operation.calls).toHaveLength(1);
    expect(l.seen.of('retry.refused')).toMatchObject([{ reason: 'circuit-open' }]);
  });

  it('waits for its circuit again and again where waits are free, and takes nothing from the budget', async () => {
    using l = lab();
    const breaker = circuitBreaker({ openFor: 1_000, halfOpen: { probes: 1 } });
    const operation = scripted([{ error: transient() }, { error: transient() }, { value: 'ok' }]);
    const budget = retryBudget({ reserve: 2, refill: 0 });
    const quotes = l.pipeline(
      'quotes',
      timeout(60_000),
      retry({ maxAttempts: 9, backoff: constantBackoff(1), budget, circuitWaits: 'free' }),
      breaker,
    );
    breaker.open();
    const call = track(quotes.execute(operation));
    await l.clock.runAll(100_000);
    expect(call.value).toBe('ok');
    expect(operation.calls).toHaveLength(3);
    // Two attempts were paid for, and none of the three waits.
    expect(l.seen.of('retry.scheduled')).toHaveLength(5);
    expect(budget.withdraw()).toBe(false);
  });

  it.each([
    ['paid', 1_000],
    ['free', 1_050],
  ] as const)(
    'of %s waits the shortest ends %d ms after a circuit opened for a second',
    async (circuitWaits, ms) => {
      using l = lab();
      vi.spyOn(Math, 'random').mockReturnValue(0);
      const breaker = circuitBreaker({ openFor: 1_000 });
      const quotes = l.pipeline('quotes', timeout(60_000), retry({ circuitWaits }), breaker);
      breaker.open();
      const call = track(quotes.execute(() => 'ok'));
      await l.clock.advance(ms - 1);
      expect(call.state).toBe('pending');
      await l.clock.advance(1);
      expect(call.value).toBe('ok');
    },
  );

  it('waits only once where waits are free and nothing bounds them', async () => {
    using l = lab();
    const breaker = circuitBreaker({ openFor: 1_000, halfOpen: { probes: 1 } });
    const operation = scripted([{ error: transient() }]);
    const policy = retry({ maxAttempts: 9, backoff: constantBackoff(1), circuitWaits: 'free' });
    breaker.open();
    const call = track(l.pipeline('quotes', policy, breaker).execute(operation));
    await l.clock.runAll(100_000);
    expect(call.reason).toMatchObject({ code: 'KEDGE_CIRCUIT_OPEN' });
    expect(operation.calls).toHaveLength(1);
  });

  it.each([
    [20_000, 5_000, 'pending'],
    [20_001, 5_000, 'rejected'],
    [29_999, 30_000, 'pending'],
    [30_001, 30_000, 'rejected'],
  ])(
    'of an outage of %d ms and with %d ms left, a call that comes to its open circuit is %s',
    async (lasted, left, state) => {
      using l = lab();
      const breaker = circuitBreaker({ openFor: 1_000 });
      const quotes = l.pipeline('quotes', timeout(left), retry(), breaker);
      breaker.open();
      await l.clock.advance(lasted);
      breaker.open();
      const call = track(quotes.execute(() => 'ok'));
      await l.clock.advance(0);
      expect(call.state).toBe(state);
      await l.clock.runAll(100_000);
    },
  );

  it('does not wait where less time would be left than an answer takes', async () => {
    using l = lab();
    const breaker = circuitBreaker({ openFor: 300, halfOpen: { probes: 1 } });
    const quotes = l.pipeline('quotes', timeout(1_000), retry(), breaker);
    const answered = scripted([{ value: 'ok', after: 800 }]);
    const first = track(quotes.execute(answered));
    await l.clock.advance(800);
    expect(first.value).toBe('ok');
    breaker.open();
    const refused = track(quotes.execute(answered));
    await l.clock.advance(0);
    expect(refused.reason).toMatchObject({ code: 'KEDGE_CIRCUIT_OPEN' });
    expect(l.seen.of('retry.refused')).toMatchObject([{ reason: 'circuit-open' }]);
  });

  it('refuses what cannot be', async () => {
    using l = lab();
    expect(() => retry({ unref: 1 as never })).toThrow(/`unref`.*true or false/);
    expect(() => retry({ maxRetryAfter: -1 })).toThrow(RangeError);
    expect(() => retry({ respectRetryAfter: 'no' as never })).toThrow(TypeError);
    expect(await rejection(l.pipeline('quotes', retry()).execute(5 as never))).toBeInstanceOf(
      TypeError,
    );
  });
});

describe('what a retry leaves alone', () => {
  it('is what a call has waited for before it came to it: `maxElapsed` begins there', async () => {
    using l = lab();
    const operation = scripted([
      { value: 'first', after: 5_000 },
      { error: transient() },
      { value: 'ok' },
    ]);
    const quotes = l.pipeline(
      'quotes',
      bulkhead({ maxConcurrent: 1, maxQueued: 1 }),
      retry({ maxElapsed: 1_000, backoff: constantBackoff(600) }),
    );
    void quotes.execute(operation);
    const queued = track(quotes.execute(operation));
    await l.clock.advance(5_600);
    expect(queued.value).toBe('ok');
    expect(l.seen.of('retry.recovered')).toMatchObject([{ attempts: 2, duration: 600 }]);
  });

  it('is a first success, which is no recovery, whatever bounds the retry', async () => {
    using l = lab();
    const { counters } = await run(l, { maxElapsed: 1_000 }, [{ value: 'ok' }]);
    expect(counters['recovered']).toBe(0);
    expect(l.seen.of('retry.recovered')).toEqual([]);
  });

  it('is a value that comes after a timeout outside has ended the call', async () => {
    using l = lab();
    const handleResult = vi.fn<() => boolean>(() => true);
    const quotes = l.pipeline(
      'quotes',
      timeout({ after: 100, strategy: 'cooperative' }),
      retry({ handleResult }),
    );
    const call = track(quotes.execute(scripted([{ value: 'late', after: 150 }])));
    await l.clock.advance(150);
    expect(call.value).toBe('late');
    expect(handleResult).not.toHaveBeenCalled();
  });

  it('is the signal of a try that has failed, when a later one is ended', async () => {
    using l = lab();
    const operation = controlled();
    const quotes = l.pipeline('quotes', timeout(50), retry({ backoff: constantBackoff(0) }));
    const call = track(quotes.execute(operation));
    const signals: AbortSignal[] = [];
    for (let attempt = 0; attempt < 2; attempt++) {
      signals.push(operation.starts[attempt]!.context.signal);
      operation.starts[attempt]!.reject(transient());
      await l.clock.advance(0);
    }
    signals.push(operation.starts[2]!.context.signal);
    await l.clock.advance(50);
    expect(call.reason).toBeInstanceOf(TimeoutError);
    expect(signals.map(({ aborted }) => aborted)).toEqual([false, false, true]);
  });
});

it.each([
  [true, {}],
  [true, { unref: false }],
  [false, { unref: true }],
])('the wait of a retry keeps the process alive: %s with %j', async (keepAlive, options) => {
  using machine = platform();
  void pipeline('quotes', retry({ ...options, backoff: constantBackoff(50) })).settle(() =>
    Promise.reject(transient()),
  );
  await jobs();
  expect(machine.timers.map((timer) => [timer.ms, timer.keepAlive])).toEqual([[50, keepAlive]]);
});
