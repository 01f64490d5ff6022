import { AsyncLocalStorage } from 'node:async_hooks';
import {
  bulkhead,
  circuitBreaker,
  classify,
  coalesce,
  fallback,
  hedge,
  type HedgeOptions,
  retry,
  type RetryBudget,
  retryBudget,
  timeout,
} from 'kedge';
import { scripted } from 'kedge/testing';
import { describe, expect, it } from 'vitest';
import { controlled, jobs, lab, permanent, rejection, track, transient } from '../support/lab.ts';
import { countersOf, expectConservation, gaugesOf } from '../support/laws.ts';
import { patience } from '../support/property.ts';

/** A hedge after 50 ms that nobody has to pay for. */
const free = (options: Partial<HedgeOptions> = {}) =>
  hedge({ after: 50, budget: false, ...options });

describe('hedge', () => {
  it('starts a second call when the first is late, and the faster one answers', async () => {
    using l = lab();
    const search = l.pipeline('search', free());
    const operation = controlled();
    const call = track(search.execute(operation));
    await l.clock.advance(49);
    expect(operation.starts).toHaveLength(1);
    await l.clock.advance(1);
    expect(operation.starts).toHaveLength(2);
    expect(operation.starts.map(({ context }) => context.attempt)).toEqual([1, 2]);
    operation.starts[1]!.resolve('second');
    await jobs();
    expect(call.value).toBe('second');

    expect(l.seen.of('hedge.launched')).toMatchObject([
      { attempt: 2, after: 50, severity: 'debug', policy: 'hedge' },
    ]);
    expect(l.seen.of('hedge.won')).toMatchObject([{ attempt: 2, after: 50 }]);
    expect(countersOf(search, 'hedge')).toEqual({ launched: 1, won: 1, wasted: 1, refused: 0 });
    expect(search.stats()).toMatchObject({
      executions: { success: 1 },
      attempts: { success: 1, cancelled: 1 },
      abandoned: 1,
    });
    operation.starts[0]!.resolve('first');
    await jobs();
    expectConservation({
      pipeline: search,
      clock: l.clock,
      seen: l.seen,
      executions: 1,
      attempts: 2,
    });
  });

  it('starts none when the first answers in time', async () => {
    using l = lab();
    const search = l.pipeline('search', free());
    expect(await search.execute(() => 'plain')).toBe('plain');
    const operation = scripted([{ value: 'first', after: 49 }]);
    const call = track(search.execute(operation));
    await l.clock.advance(1_000);
    expect(call.value).toBe('first');
    expect(operation.calls).toHaveLength(1);
    expectConservation({
      pipeline: search,
      clock: l.clock,
      seen: l.seen,
      executions: 2,
      attempts: 2,
    });
  });

  it('when the first wins after all, the second is aborted and counted as wasted', async () => {
    using l = lab();
    const search = l.pipeline('search', free());
    const operation = controlled();
    const call = track(search.execute(operation));
    await l.clock.advance(60);
    operation.starts[0]!.resolve('first');
    await jobs();
    expect(call.value).toBe('first');
    const [first, second] = operation.starts.map(({ context }) => context.signal);
    expect(first!.aborted).toBe(false);
    expect(second!.aborted).toBe(true);
    expect(second!.reason).toMatchObject({ name: 'AbortError' });
    expect(countersOf(search, 'hedge')).toEqual({ launched: 1, won: 0, wasted: 1, refused: 0 });
    expect(l.seen.of('hedge.won')).toHaveLength(0);
  });

  it('starts at most `maxHedges` more, each `after` later than the one before', async () => {
    using l = lab();
    const search = l.pipeline('search', free({ maxHedges: 3 }));
    const operation = controlled();
    const started: number[] = [];
    const call = track(
      search.execute((context) => {
        started.push(l.clock.now);
        return operation(context);
      }),
    );
    await l.clock.advance(1_000);
    expect(started).toEqual([0, 50, 100, 150]);
    operation.starts[2]!.resolve('third');
    await jobs();
    expect(call.value).toBe('third');
    expect(countersOf(search, 'hedge')).toEqual({ launched: 3, won: 1, wasted: 3, refused: 0 });
    expect(operation.starts.map(({ context }) => context.signal.aborted)).toEqual([
      true,
      true,
      false,
      true,
    ]);
    for (const { resolve } of operation.starts) resolve('late');
    await jobs();
    expect(search.stats()).toMatchObject({ abandoned: 0, late: 3 });
  });

  it('starts the next at once when the first fails with an error that may pass', async () => {
    using l = lab();
    const search = l.pipeline('search', free());
    const error = transient();
    const operation = scripted([{ error }, { value: 'second', after: 5 }]);
    const call = track(search.execute(operation));
    await l.clock.advance(5);
    expect(call.value).toBe('second');
    expect(l.clock.now).toBe(5);
    expect(operation.calls).toHaveLength(2);
    expect(l.seen.of('hedge.launched')).toMatchObject([{ attempt: 2, after: 0 }]);
    expect(l.seen.of('attempt.failed')).toMatchObject([{ error, handled: true, final: false }]);
    expect(countersOf(search, 'hedge')).toEqual({ launched: 1, won: 1, wasted: 0, refused: 0 });
    expectConservation({
      pipeline: search,
      clock: l.clock,
      seen: l.seen,
      executions: 1,
      attempts: 2,
    });
  });

  it.each([
    ['a permanent error', permanent()],
    ['a programmer’s bug', new TypeError('x is not a function')],
  ])('does not start another for %s: that is an answer', async (_name, error) => {
    using l = lab();
    const search = l.pipeline('search', free());
    const operation = scripted([{ error }]);
    expect(await rejection(search.execute(operation))).toBe(error);
    expect(operation.calls).toHaveLength(1);
    expect(l.clock.timers).toBe(0);
  });

  it('a permanent error of the first one is the answer, and ends the other', async () => {
    using l = lab();
    const search = l.pipeline('search', free());
    const operation = controlled();
    const call = track(search.execute(operation));
    await l.clock.advance(50);
    const error = permanent();
    operation.starts[0]!.reject(error);
    await jobs();
    expect(call.reason).toBe(error);
    expect(operation.starts[1]!.context.signal.aborted).toBe(true);
  });

  it('a permanent error of a hedge leaves the first one running, which would answer without it', async () => {
    using l = lab();
    const charges = l.pipeline('charges', free({ maxHedges: 2 }));
    const operation = controlled();
    const call = track(charges.execute(operation));
    await l.clock.advance(50);
    const inUse = Object.assign(new Error('this idempotency key is in use'), { status: 409 });
    operation.starts[1]!.reject(inUse);
    await jobs();
    expect([call.state, operation.starts.length]).toEqual(['pending', 2]);
    expect(operation.starts[0]!.context.signal.aborted).toBe(false);
    operation.starts[0]!.resolve('charged');
    await jobs();
    expect(call.value).toBe('charged');
    expectConservation({
      pipeline: charges,
      clock: l.clock,
      seen: l.seen,
      executions: 1,
      attempts: 2,
    });
  });

  it('says of no call that nothing was executed where a hedge may have been', async () => {
    using l = lab();
    const refused = (): Error => Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
    for (const hedged of ['failed', 'still runs'] as const) {
      const charges = l.pipeline(`charges-${hedged}`, free({ handle: () => hedged === 'failed' }));
      const operation = controlled();
      const call = track(charges.execute(operation));
      await l.clock.advance(50);
      if (hedged === 'failed') operation.starts[1]!.reject(transient());
      const error = refused();
      operation.starts[0]!.reject(error);
      await jobs();
      expect(call.reason).toBe(error);
      expect(classify(error).repeat).toBe('idempotent');
    }
    const judged = l.pipeline('charges-bad', free({ handleResult: (value) => value === 'bad' }));
    const operation = controlled();
    const call = track(judged.execute(operation));
    await l.clock.advance(50);
    operation.starts[1]!.resolve('bad');
    const late = refused();
    operation.starts[0]!.reject(late);
    await jobs();
    expect([call.reason, classify(late).repeat]).toEqual([late, 'idempotent']);

    const both = controlled();
    const refusedCall = track(l.pipeline('charges-refused', free()).execute(both));
    await l.clock.advance(50);
    const first = refused();
    both.starts[1]!.reject(refused());
    both.starts[0]!.reject(first);
    await jobs();
    expect([refusedCall.reason, classify(first).repeat]).toEqual([first, 'safe']);
  });

  it('one that fails leaves the other running', async () => {
    using l = lab();
    const search = l.pipeline('search', free());
    const operation = controlled();
    const call = track(search.execute(operation));
    await l.clock.advance(50);
    operation.starts[0]!.reject(transient());
    await jobs();
    expect(call.state).toBe('pending');
    operation.starts[1]!.resolve('second');
    await jobs();
    expect(call.value).toBe('second');
    expect(l.seen.of('attempt.failed')).toMatchObject([
      { attempt: 1, handled: true, final: false },
    ]);
  });

  it.each([
    ['first', [0, 1]],
    ['last', [1, 0]],
  ])(
    'rejects with the first attempt’s error when all fail, also when it fails %s',
    async (_name, order) => {
      using l = lab();
      const search = l.pipeline('search', free());
      const operation = controlled();
      const call = track(search.execute(operation));
      await l.clock.advance(50);
      const errors = [transient('of the first'), transient('of the second')];
      for (const each of order) {
        operation.starts[each]!.reject(errors[each]);
        await jobs();
      }
      expect(call.reason).toBe(errors[0]);
      expect(countersOf(search, 'hedge')).toEqual({ launched: 1, won: 0, wasted: 0, refused: 0 });
      expectConservation({
        pipeline: search,
        clock: l.clock,
        seen: l.seen,
        executions: 1,
        attempts: 2,
      });
      expect(search.stats().executions.failure).toBe(1);
    },
  );

  it('a hedge that kedge itself refuses leaves the first call alone, and its error is not the answer', async () => {
    using l = lab();
    const search = l.pipeline('search', free(), bulkhead({ maxConcurrent: 1 }));
    const operation = controlled();
    const good = track(search.execute(operation));
    await l.clock.advance(50);
    expect(l.seen.of('call.rejected')).toHaveLength(1);
    expect(good.state).toBe('pending');
    operation.starts[0]!.resolve('first');
    await jobs();
    expect(good.value).toBe('first');

    const failing = track(search.execute(operation));
    await l.clock.advance(50);
    const error = transient();
    operation.starts[1]!.reject(error);
    await jobs();
    expect(failing.reason).toBe(error);
    expect(operation.starts).toHaveLength(2);
  });

  it('a first call that kedge refuses is not tried again at once: the next would meet the same', async () => {
    using l = lab();
    const breaker = circuitBreaker();
    const search = l.pipeline('search', free(), breaker);
    breaker.open();
    expect(await rejection(search.execute(() => 1))).toMatchObject({ reason: 'circuit-open' });
    expect(countersOf(search, 'hedge')).toEqual({ launched: 0, won: 0, wasted: 0, refused: 0 });
    expect(l.clock.timers).toBe(0);
  });

  it('`handle` says which errors start the next at once', async () => {
    using l = lab();
    const search = l.pipeline(
      'search',
      free({ handle: (error) => (error as Error).message === 'busy' }),
    );
    expect(await search.execute(scripted([{ error: transient('busy') }, { value: 2 }]))).toBe(2);
    const other = transient('other');
    expect(await rejection(search.execute(scripted([{ error: other }, { value: 2 }])))).toBe(other);
  });

  it('`handleResult` says which values are no answers; when all end on one, it is returned as it is', async () => {
    using l = lab();
    const search = l.pipeline('search', free({ handleResult: (value) => value === 'busy' }));
    expect(await search.execute(scripted([{ value: 'busy' }, { value: 'ok' }]))).toBe('ok');
    expect(await search.execute(scripted([{ value: 'busy' }]))).toBe('busy');
    expect(search.stats().executions).toMatchObject({ success: 2, failure: 0 });
  });

  it('never hedges an operation that is not idempotent', async () => {
    using l = lab();
    const search = l.pipeline('search', free());
    const attributes = { idempotent: false };
    const slow = controlled();
    const call = track(search.execute(slow, { attributes }));
    await l.clock.advance(1_000);
    expect(slow.starts).toHaveLength(1);
    slow.starts[0]!.resolve('once');
    await jobs();
    expect(call.value).toBe('once');
    const failing = scripted([{ error: transient() }]);
    expect((await search.settle(failing, { attributes })).status).toBe('rejected');
    expect(failing.calls).toHaveLength(1);
    expect(countersOf(search, 'hedge')).toEqual({ launched: 0, won: 0, wasted: 0, refused: 0 });
  });

  it.each([
    [{ idempotent: true }, 2],
    [{}, 1],
    [{ idempotent: false }, 1],
  ])('with `requireIdempotent`, attributes %j start %i', async (attributes, starts) => {
    using l = lab();
    const search = l.pipeline('search', free({ requireIdempotent: true }));
    const slow = controlled();
    void search.settle(slow, { attributes });
    await l.clock.advance(1_000);
    expect(slow.starts).toHaveLength(starts);
  });

  it('each call has the time of a timeout inside for itself, and the deadline says so', async () => {
    using l = lab();
    const search = l.pipeline('search', free(), timeout(100));
    const operation = controlled();
    const call = track(search.execute(operation));
    await l.clock.advance(50);
    expect(operation.starts.map(({ context }) => context.deadline)).toEqual([100, 150]);
    await l.clock.advance(99);
    expect(call.state).toBe('pending');
    await l.clock.advance(1);
    expect(call.reason).toMatchObject({ code: 'KEDGE_TIMEOUT', after: 100 });
  });

  it('a retry around it is not held to the deadline of an attempt that is over', async () => {
    using l = lab();
    const search = l.pipeline(
      'search',
      timeout(10_000),
      retry({ maxAttempts: 2, backoff: () => 10, budget: false }),
      free(),
      timeout(100),
    );
    const operation = controlled();
    const call = track(search.execute(operation));
    await l.clock.advance(160);
    expect(operation.starts).toHaveLength(3);
    expect(operation.starts[2]!.context.deadline).toBe(260);
    operation.starts[2]!.resolve('third');
    await jobs();
    expect(call.value).toBe('third');
    expect(countersOf(search, 'retry')).toMatchObject({ refused_deadline: 0, recovered: 1 });
  });

  it('a timeout around it ends both, and they are counted as timed out', async () => {
    using l = lab();
    const search = l.pipeline('search', timeout(80), free());
    const operation = controlled();
    const call = track(search.execute(operation));
    await l.clock.advance(80);
    expect(call.reason).toMatchObject({ code: 'KEDGE_TIMEOUT' });
    expect(operation.starts.map(({ context }) => context.signal.reason as unknown)).toEqual([
      call.reason,
      call.reason,
    ]);
    expect(search.stats()).toMatchObject({ attempts: { timeout: 2 }, abandoned: 2 });
    for (const { reject } of operation.starts) reject(transient());
    await jobs();
    expectConservation({
      pipeline: search,
      clock: l.clock,
      seen: l.seen,
      executions: 1,
      attempts: 2,
    });
  });

  it('the caller’s abort ends both at once, and no more are started', async () => {
    using l = lab();
    const search = l.pipeline('search', free({ maxHedges: 3 }));
    const operation = controlled();
    const controller = new AbortController();
    const call = track(search.execute(operation, { signal: controller.signal }));
    await l.clock.advance(60);
    controller.abort('gone');
    await jobs();
    expect(call).toMatchObject({ state: 'rejected', reason: 'gone' });
    expect(l.clock.timers).toBe(0);
    await l.clock.advance(1_000);
    expect(operation.starts).toHaveLength(2);
    for (const { resolve } of operation.starts) resolve('late');
    await jobs();
    expectConservation({
      pipeline: search,
      clock: l.clock,
      seen: l.seen,
      executions: 1,
      attempts: 2,
      signals: [controller.signal],
    });
  });

  it('a bulkhead around it keeps its permit until the loser has really ended', async () => {
    using l = lab();
    const search = l.pipeline('search', bulkhead({ maxConcurrent: 1 }), free());
    const operation = controlled();
    const call = track(search.execute(operation));
    await l.clock.advance(50);
    operation.starts[1]!.resolve('second');
    await jobs();
    expect(call.value).toBe('second');
    expect(gaugesOf(search, 'bulkhead')).toMatchObject({ in_use: 1 });
    operation.starts[0]!.resolve('late');
    await jobs();
    expect(gaugesOf(search, 'bulkhead')).toMatchObject({ in_use: 0 });
  });

  it('an open race holds one timer, however many calls race', async () => {
    using l = lab();
    const search = l.pipeline('search', free());
    const operation = controlled();
    for (let each = 0; each < 100; each++) void search.settle(operation);
    expect(l.clock.timers).toBe(1);
    for (const { resolve } of operation.starts) resolve('done');
    await jobs();
    expect(l.clock.timers).toBe(0);
  });

  it('a hedge that a timer has launched runs in the context of its caller', async () => {
    using l = lab();
    const request = new AsyncLocalStorage<string>();
    const launched: (string | undefined)[] = [];
    l.kedge.observe((event) => {
      if (event.type === 'hedge.launched') launched.push(request.getStore());
    });
    const search = l.pipeline('search', fallback({ run: () => request.getStore() }), free());
    const stores: (string | undefined)[][] = [];
    const operation = (mine: (string | undefined)[]) => () => {
      mine.push(request.getStore());
      return mine.length === 1 ? new Promise<never>(() => {}) : Promise.resolve(request.getStore());
    };
    const calls = ['A', 'B', 'C'].map((id) => {
      const mine: (string | undefined)[] = [];
      stores.push(mine);
      return request.run(id, () => search.execute(operation(mine)));
    });
    await request.run('clock', () => l.clock.advance(60));
    expect(await Promise.all(calls)).toEqual(['A', 'B', 'C']);
    expect(stores).toEqual([
      ['A', 'A'],
      ['B', 'B'],
      ['C', 'C'],
    ]);
    expect(launched).toEqual(['A', 'B', 'C']);
  });
});

describe('hedge: after a learnt quantile', () => {
  it('hedges nothing until it has learnt, then what is later than most recent successes', async () => {
    using l = lab();
    const search = l.pipeline('search', hedge({ after: { quantile: 0.9 }, budget: false }));
    expect(gaugesOf(search, 'hedge')).toEqual({ after: Infinity });
    const hanging = controlled();
    void search.settle(hanging);
    for (let each = 0; each < 30; each++) {
      expect(gaugesOf(search, 'hedge')['after']).toBe(Infinity);
      void search.settle(scripted([{ value: 1, after: each % 10 === 9 ? 200 : 20 }]));
      await l.clock.advance(200);
    }
    expect(hanging.starts).toHaveLength(1);
    const after = gaugesOf(search, 'hedge')['after']!;
    expect(after).toBeGreaterThanOrEqual(20);
    expect(after).toBeLessThan(21);

    const operation = controlled();
    void search.settle(operation);
    await l.clock.advance(Math.ceil(after) - 1);
    expect(operation.starts).toHaveLength(1);
    await l.clock.advance(1);
    expect(operation.starts).toHaveLength(2);
  });

  it(
    'follows the dependency when it becomes slower',
    async () => {
      using l = lab();
      const search = l.pipeline('search', hedge({ after: { quantile: 0.5 }, maxHedges: 1 }));
      const run = async (ms: number, times: number): Promise<void> => {
        for (let each = 0; each < times; each++) {
          void search.settle(scripted([{ value: 1, after: ms }]));
          await l.clock.advance(2 * ms);
        }
      };
      await run(10, 60);
      expect(gaugesOf(search, 'hedge')['after']).toBeLessThan(11);
      await run(100, 3_000);
      expect(gaugesOf(search, 'hedge')['after']).toBeGreaterThan(90);
    },
    patience,
  );

  it(
    'learns from the whole time until the answer, so that hedges that win do not make it creep down',
    async () => {
      using l = lab();
      const search = l.pipeline('search', hedge({ after: { quantile: 0.95 }, budget: false }));
      for (let each = 0; each < 30; each++) {
        void search.settle(scripted([{ value: 1, after: 100 }]));
        await l.clock.advance(100);
      }
      const learnt = gaugesOf(search, 'hedge')['after']!;
      for (let each = 0; each < 300; each++) {
        void search.settle(scripted([{ hang: true }, { value: 1, after: 1 }]));
        await l.clock.advance(300);
      }
      expect(gaugesOf(search, 'hedge')['after']).toBeGreaterThanOrEqual(learnt);
    },
    patience,
  );

  it('learns nothing from failures', async () => {
    using l = lab();
    const search = l.pipeline('search', hedge({ after: { quantile: 0.5 } }));
    for (let each = 0; each < 100; each++) await search.settle(() => Promise.reject(permanent()));
    expect(gaugesOf(search, 'hedge')['after']).toBe(Infinity);
  });
});

describe('hedge: budget', () => {
  it('is never above it: without successes only the reserve is spent', async () => {
    using l = lab();
    const search = l.pipeline('search', hedge({ after: 10, budget: retryBudget() }));
    const operation = controlled();
    for (let each = 0; each < 200; each++) void search.settle(operation);
    await l.clock.advance(10);
    expect(operation.starts).toHaveLength(210);
    expect(countersOf(search, 'hedge')).toMatchObject({ launched: 10 });
    expect(gaugesOf(search, 'hedge')['budget_available_ratio']).toBeCloseTo(0, 2);
  });

  it('each success pays in once, also where a retry shares the budget', async () => {
    using l = lab();
    const paid: number[] = [];
    const real = retryBudget();
    const budget: RetryBudget = {
      deposit: (time) => {
        paid.push(1);
        real.deposit(time);
      },
      withdraw: (time) => real.withdraw(time),
      available: (time) => real.available(time),
      reconfigure: (options) => real.reconfigure(options),
    };
    const search = l.pipeline('search', retry({ budget }), hedge({ after: 10, budget }));
    const other = l.pipeline('other', hedge({ after: 10, budget }), retry({ budget }));
    for (let each = 0; each < 5; each++) {
      await search.execute(() => 1);
      await other.execute(() => 1);
    }
    expect(paid).toHaveLength(10);
  });

  it(
    'a storm of failing calls sends at most its own number, the reserve and its refill, and one a second of its own',
    async () => {
      using l = lab();
      const budget = retryBudget();
      const search = l.pipeline(
        'search',
        retry({ maxAttempts: 10, backoff: () => 5, budget }),
        hedge({ after: 5, maxHedges: 3, budget }),
      );
      let sent = 0;
      const seconds = 20;
      const calls = 100 * seconds;
      for (let each = 0; each < calls; each++) {
        const slowly = scripted([{ error: transient(), after: 8 }]);
        void search.settle((context) => {
          sent++;
          return each % 2 === 0 ? Promise.reject(transient()) : slowly(context);
        });
        await l.clock.advance(10);
      }
      await l.clock.advance(10_000);
      expect(sent).toBeGreaterThanOrEqual(calls + 10);
      // A call that is alone for a moment tries again once a second whatever the budget says.
      expect(sent).toBeLessThanOrEqual(calls + 10 + Math.ceil(1.1 * (seconds + 10)));
      expect(search.stats().inFlight).toBe(0);
    },
    patience,
  );

  it('a lone caller still gets all ten attempts', async () => {
    using l = lab();
    const budget = retryBudget();
    const search = l.pipeline(
      'search',
      retry({ maxAttempts: 10, backoff: () => 5, budget }),
      hedge({ after: 1_000, budget, handle: () => false }),
    );
    const operation = scripted([{ error: transient() }]);
    const call = track(search.execute(operation));
    await l.clock.advance(1_000);
    expect(call.state).toBe('rejected');
    expect(operation.calls).toHaveLength(10);
  });
});

describe('hedge: reconfigure', () => {
  it('another delay is for those who come', async () => {
    using l = lab();
    const late = free({ after: 1_000 });
    const search = l.pipeline('search', late);
    const [before, after] = [controlled(), controlled()];
    void search.settle(before);
    late.reconfigure({ after: 10 });
    void search.settle(after);
    await l.clock.advance(10);
    expect([before.starts.length, after.starts.length]).toEqual([1, 2]);
    await l.clock.advance(990);
    expect(before.starts).toHaveLength(2);
    for (const { resolve } of [...before.starts, ...after.starts]) resolve('done');
    await jobs();
    expect(l.clock.timers).toBe(0);
  });

  it('keeps what it has learnt, unless another quantile is asked for', async () => {
    using l = lab();
    const learning = hedge({ after: { quantile: 0.5 }, budget: false });
    const search = l.pipeline('search', learning);
    const learn = async (): Promise<void> => {
      for (let each = 0; each < 30; each++) {
        void search.settle(scripted([{ value: 1, after: 20 }]));
        await l.clock.advance(20);
      }
    };
    await learn();
    const learnt = gaugesOf(search, 'hedge')['after'];
    expect(learnt).toBeLessThan(Infinity);
    learning.reconfigure({ maxHedges: 2 });
    learning.reconfigure({ after: { quantile: 0.5 } });
    expect(gaugesOf(search, 'hedge')['after']).toBe(learnt);
    learning.reconfigure({ after: { quantile: 0.6 } });
    expect(gaugesOf(search, 'hedge')['after']).toBe(Infinity);
    await learn();
    expect(gaugesOf(search, 'hedge')['after']).toBeLessThan(Infinity);
  });

  it('another budget is paid in and out from then on', async () => {
    using l = lab();
    const [before, after] = [retryBudget({ reserve: 0 }), retryBudget({ reserve: 0, ratio: 1 })];
    const late = hedge({ after: 10, budget: before });
    const search = l.pipeline('search', late);
    late.reconfigure({ budget: after });
    for (let each = 0; each < 5; each++) await search.execute(() => 1);
    expect(before.available()).toBe(0);
    expect(after.available()).toBe(1);
    const operation = controlled();
    for (let each = 0; each < 20; each++) void search.settle(operation);
    await l.clock.advance(10);
    expect(operation.starts).toHaveLength(25);
    late.reconfigure({ budget: false });
    const unlimited = controlled();
    for (let each = 0; each < 20; each++) void search.settle(unlimited);
    await l.clock.advance(10);
    expect(unlimited.starts).toHaveLength(40);
    late.reconfigure({ budget: before });
    for (let each = 0; each < 4; each++) await search.execute(() => 1);
    expect(before.available()).toBe(1);
  });

  it.each<[string, object]>([
    ['after', { after: 0 }],
    ['quantile', { after: { quantile: 1 } }],
    ['maxHedges', { maxHedges: 11 }],
    ['name', { name: 'other' }],
  ])('refuses what cannot be, and changes nothing then: %s', async (_name, options) => {
    using l = lab();
    const late = free({ after: 10 });
    const search = l.pipeline('search', late);
    expect(() => late.reconfigure({ handle: () => false, ...options })).toThrow(/^hedge/);
    expect(await search.execute(scripted([{ error: transient() }, { value: 2 }]))).toBe(2);
    expect(gaugesOf(search, 'hedge')).toEqual({ after: 10 });
  });
});

describe('hedge: what it leaves alone', () => {
  it('a call that its own operation has called off is not started again', async () => {
    using l = lab();
    const error = new DOMException('changed my mind', 'AbortError');
    const search = l.pipeline('search', free());
    const operation = scripted([{ error, after: 10 }]);
    const call = track(search.execute(operation));
    await l.clock.advance(1_000);
    expect(call.reason).toBe(error);
    expect(operation.calls).toHaveLength(1);
  });

  it('a call that a cooperative timeout outside has ended is not started again', async () => {
    using l = lab();
    const operation = scripted([{ value: 'late', after: 200 }]);
    const search = l.pipeline(
      'search',
      timeout({ after: 100, strategy: 'cooperative' }),
      free({ after: 150, handleResult: () => true }),
    );
    const call = track(search.execute(operation));
    await l.clock.advance(200);
    expect(call.value).toBe('late');
    expect(operation.calls).toHaveLength(1);
  });

  it('a call that must not be started twice keeps its value, whatever `handleResult` would say', async () => {
    using l = lab();
    const search = l.pipeline(
      'search',
      free({ requireIdempotent: true, handleResult: () => true }),
    );
    expect(await search.execute(() => 'bad')).toBe('bad');
  });

  it('the signal of a hedge that has failed, when another wins', async () => {
    using l = lab();
    const search = l.pipeline('search', free({ maxHedges: 2 }));
    const operation = controlled();
    const call = track(search.execute(operation));
    await l.clock.advance(50);
    const { signal } = operation.starts[1]!.context;
    operation.starts[1]!.reject(transient());
    await jobs();
    operation.starts[2]!.resolve('third');
    await jobs();
    expect(call.value).toBe('third');
    expect(signal.aborted).toBe(false);
    const { signal: loser } = operation.starts[0]!.context;
    expect(loser.reason).toMatchObject({
      name: 'AbortError',
      message: 'Another attempt was faster',
    });
  });

  it('starts no timer where no further hedge is allowed', async () => {
    using l = lab();
    await l.clock.advance(1_000);
    const search = l.pipeline('search', free());
    void search.settle(controlled());
    expect(l.clock.timers).toBe(1);
    await l.clock.advance(50);
    expect(l.seen.of('hedge.launched')).toMatchObject([{ attempt: 2, after: 50 }]);
    expect(l.clock.timers).toBe(0);
  });

  it('counts a hedge as wasted that shares the work of the first', async () => {
    using l = lab();
    const budget = retryBudget({ reserve: 1, refill: 0, ratio: 1 });
    const search = l.pipeline('search', free({ budget }), coalesce());
    const operation = scripted([{ value: 'ok', after: 60 }]);
    const call = track(search.execute(operation, { key: '7' }));
    await l.clock.advance(60);
    expect(call.value).toBe('ok');
    expect(operation.calls).toHaveLength(1);
    expect(countersOf(search, 'hedge')).toEqual({ launched: 1, won: 0, wasted: 1, refused: 0 });
    // One success was paid in: half of what the budget could hold.
    expect(budget.available()).toBe(0.5);
  });

  it('learns anew from every thirty calls', async () => {
    using l = lab();
    const search = l.pipeline('search', hedge({ after: { quantile: 0.9 }, budget: false }));
    const times = async (count: number, after: number): Promise<number> => {
      for (let each = 0; each < count; each++) {
        const call = search.execute(scripted([{ value: 'ok', after }]));
        await l.clock.advance(after);
        await call;
      }
      return Math.round(gaugesOf(search, 'hedge')['after']!);
    };
    expect(await times(29, 10)).toBe(Infinity);
    expect(await times(1, 10)).toBe(10);
    expect(await times(29, 100)).toBe(10);
    expect(await times(1, 100)).toBeGreaterThan(90);
  });
});
