import { AsyncLocalStorage } from 'node:async_hooks';
import {
  adaptiveLimiter,
  type AdaptiveLimiter,
  BulkheadFullError,
  circuitBreaker,
  timeout,
} from 'kedge';
import { scripted } from 'kedge/testing';
import { describe, expect, it } from 'vitest';
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
import { countersOf, expectConservation, gaugesOf } from '../support/laws.ts';
import { fc, patience, runs } from '../support/property.ts';

/** One permit, so that what it does with it can be seen. */
const one = { initial: 1, min: 1, max: 1 };

/** Lets `clients` ask again as soon as they have their answer, for a while. */
async function load(
  l: Lab,
  limit: AdaptiveLimiter,
  { clients, latency, ms }: { clients: number; latency: () => number; ms: number },
): Promise<void> {
  const pipeline = l.pipeline('load', limit);
  const end = l.clock.now + ms;
  const client = async (): Promise<void> => {
    while (l.clock.now < end) {
      const { status } = await pipeline.settle(scripted([{ value: 1, after: latency() }]));
      if (status === 'rejected') await pipeline.settle(scripted([{ value: 1, after: 5 }]));
    }
  };
  const all = Array.from({ length: clients }, client);
  await l.clock.advance(ms + 10_000);
  await Promise.all(all);
}

const bad = (): Promise<never> => Promise.reject(transient());
const timedOut = (): Error => new DOMException('timed out', 'TimeoutError');

/** An operation that takes so long, and then does what `outcome` does. */
const after =
  (l: Lab, ms: number, outcome: () => unknown): (() => Promise<unknown>) =>
  async () => {
    await l.pipeline('wait').execute(scripted([{ value: 1, after: ms }]));
    return outcome();
  };

/** A dependency with so many workers: whoever finds all of them busy waits there. */
function pool(l: Lab, workers: number, latency: number): () => Promise<unknown> {
  const work = l.pipeline('work');
  const waiting: (() => void)[] = [];
  let busyWorkers = 0;
  return async () => {
    if (busyWorkers < workers) busyWorkers++;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    await work.execute(scripted([{ value: 1, after: latency }]));
    const next = waiting.shift();
    if (next === undefined) busyWorkers--;
    else next();
    return 'ok';
  };
}

/** A dependency that is more than twice as slow for more than so many calls at once. */
function cliff(l: Lab, most: number, latency: number): () => Promise<unknown> {
  const work = l.pipeline('work');
  let running = 0;
  return async () => {
    running++;
    const slower = running > most ? 2.5 : 1;
    await work.execute(scripted([{ value: 1, after: latency * slower }]));
    running--;
    return 'ok';
  };
}

/** Lets `clients` ask again and again for a while. */
async function busy(
  l: Lab,
  clients: number,
  ask: () => Promise<unknown>,
  ms = 2_000,
): Promise<void> {
  const end = l.clock.now + ms;
  const client = async (): Promise<void> => {
    while (l.clock.now < end) await ask();
  };
  const all = Promise.all(Array.from({ length: clients }, client));
  await l.clock.advance(2 * ms);
  await all;
}

describe('adaptiveLimiter', () => {
  it('lets as many calls run as its limit says, queues as many as it may, and rejects the rest', async () => {
    using l = lab();
    const search = l.pipeline('search', adaptiveLimiter({ initial: 4, maxQueued: 40 }));
    const operation = controlled();
    const calls = Array.from({ length: 200 }, () => track(search.execute(operation)));
    await jobs();
    expect(operation.starts).toHaveLength(4);
    const { in_use: inUse, queued, limit } = gaugesOf(search, 'adaptiveLimiter');
    expect({ inUse, queued, limit }).toEqual({ inUse: 4, queued: 40, limit: 4 });
    const rejected = calls.filter(({ state }) => state === 'rejected');
    expect(rejected).toHaveLength(200 - 4 - queued!);
    expect(rejected[0]!.reason).toBeInstanceOf(BulkheadFullError);
    expect(rejected[0]!.reason).toMatchObject({
      code: 'KEDGE_BULKHEAD_FULL',
      reason: 'bulkhead-full',
      policy: 'adaptiveLimiter',
    });
    expect(countersOf(search, 'adaptiveLimiter')).toMatchObject({
      rejected_bulkhead_full: rejected.length,
    });

    for (let each = 0; each < operation.starts.length; each++) {
      operation.starts[each]!.resolve(each);
      await jobs();
    }
    expectConservation({
      pipeline: search,
      clock: l.clock,
      seen: l.seen,
      executions: 200,
      attempts: 4 + queued!,
    });
  });

  it('serves the queue first in first out, each in its own asynchronous context', async () => {
    using l = lab();
    const request = new AsyncLocalStorage<string>();
    const search = l.pipeline('search', adaptiveLimiter({ ...one, initial: 1 }));
    const running = controlled();
    void search.settle(running);
    const order: (string | undefined)[] = [];
    const stores = ['A'].map((id) =>
      request.run(id, () =>
        search.execute(() => {
          order.push(request.getStore());
          return request.getStore();
        }),
      ),
    );
    request.run('releaser', () => running.starts[0]!.resolve('done'));
    expect(await Promise.all(stores)).toEqual(['A']);
    expect(order).toEqual(['A']);
  });

  it(
    'grows while it is used and calls are as fast as ever, and says so',
    async () => {
      using l = lab();
      const limit = adaptiveLimiter({ initial: 10 });
      await load(l, limit, { clients: 40, latency: () => 20, ms: 10_000 });
      expect(limit.limit).toBeGreaterThan(30);
      const changes = l.seen.of('limit.changed');
      expect(changes.length).toBeGreaterThan(0);
      expect(changes[0]).toMatchObject({ from: 10, policy: 'adaptiveLimiter', severity: 'debug' });
      for (const [index, { from, to }] of changes.entries()) {
        expect(from).not.toBe(to);
        expect(to).toBe(changes[index + 1]?.from ?? limit.limit);
      }
    },
    patience,
  );

  it(
    'does not grow while it is not used',
    async () => {
      using l = lab();
      const limit = adaptiveLimiter({ initial: 50 });
      await load(l, limit, { clients: 5, latency: () => 20, ms: 20_000 });
      expect(limit.limit).toBe(50);
      expect(l.seen.of('limit.changed')).toHaveLength(0);
    },
    patience,
  );

  it(
    'recovers after an incident: who was slow and is fast again gets as much as before',
    async () => {
      using l = lab();
      const limit = adaptiveLimiter({ initial: 30 });
      const clients = 30;
      await load(l, limit, { clients, latency: () => 20, ms: 5_000 });
      await load(l, limit, { clients, latency: () => 2_000, ms: 30_000 });
      await load(l, limit, { clients, latency: () => 20, ms: 10_000 });
      expect(limit.limit).toBeGreaterThanOrEqual(clients * 0.8);
    },
    patience,
  );

  it(
    'keeps its limit between `min` and `max`, and loses no permit, whatever the calls do',
    async () => {
      const call = fc.record({
        gap: fc.nat(40),
        after: fc.nat(400),
        ending: fc.constantFrom('value', 'transient', 'permanent', 'abort'),
      });
      await fc.assert(
        fc.asyncProperty(
          fc.integer({ min: 1, max: 6 }),
          fc.nat(4),
          fc.nat(6),
          fc.array(call, { maxLength: 120 }),
          async (min, toInitial, toMax, calls) => {
            using l = lab();
            const [initial, max] = [min + toInitial, min + toInitial + toMax];
            const limit = adaptiveLimiter({ min, initial, max });
            const search = l.pipeline('search', limit, timeout(200));
            const signals: AbortSignal[] = [];
            let started = 0;
            let running = 0;
            for (const { gap, after, ending } of calls) {
              const controller = new AbortController();
              signals.push(controller.signal);
              const operation = scripted([
                ending === 'transient'
                  ? { error: transient(), after }
                  : ending === 'permanent'
                    ? { error: permanent(), after }
                    : { value: 1, after },
              ]);
              const work = async (context: Parameters<typeof operation>[0]): Promise<unknown> => {
                started++;
                running++;
                // A limit that shrinks takes no permit back, so that `max` is what always holds.
                expect(running).toBeLessThanOrEqual(max);
                try {
                  return await operation(context);
                } finally {
                  running--;
                }
              };
              void search.settle(work, { signal: controller.signal });
              await l.clock.advance(gap);
              if (ending === 'abort') controller.abort('gone');
              expect(limit.limit).toBeGreaterThanOrEqual(min);
              expect(limit.limit).toBeLessThanOrEqual(max);
              expect(gaugesOf(search, 'adaptiveLimiter')['limit']).toBe(limit.limit);
              expect(gaugesOf(search, 'adaptiveLimiter')['in_use']).toBe(running);
            }
            await l.clock.advance(1_000_000);
            expectConservation({
              pipeline: search,
              clock: l.clock,
              seen: l.seen,
              executions: calls.length,
              attempts: started,
              signals,
            });
          },
        ),
        runs(200),
      );
    },
    patience,
  );

  it('keeps the permit of work that was abandoned until it has ended', async () => {
    using l = lab();
    const search = l.pipeline('search', adaptiveLimiter(one), timeout(50));
    const deaf = controlled();
    const call = track(search.execute(deaf));
    await l.clock.advance(50);
    expect(call.state).toBe('rejected');
    expect(gaugesOf(search, 'adaptiveLimiter')).toMatchObject({ in_use: 1 });
    deaf.starts[0]!.resolve('late');
    await jobs();
    expect(gaugesOf(search, 'adaptiveLimiter')).toMatchObject({ in_use: 0 });
  });

  it(
    'learns nothing from refusals of policies inside: they are quick, whatever the dependency does',
    async () => {
      using l = lab();
      const limit = adaptiveLimiter({ initial: 10 });
      const breaker = circuitBreaker();
      breaker.isolate();
      const search = l.pipeline('search', limit, breaker);
      for (let each = 0; each < 5_000; each++) {
        void search.settle(() => 1);
        if (each % 20 === 0) await l.clock.advance(10);
      }
      expect(limit.limit).toBe(10);
    },
    patience,
  );

  it.each([
    ['values', 'counts', () => 'ok'],
    [
      'permanent errors: the dependency has worked on it',
      'counts',
      () => Promise.reject(permanent()),
    ],
    ['timeouts of the operation’s own', 'counts', () => Promise.reject(timedOut())],
    ['errors that may pass: a refusal is quick, however busy they are there', 'shows nothing', bad],
    ['bugs', 'shows nothing', () => Promise.reject(new TypeError('x is not a function'))],
  ])('of %s the time that they took %s', async (_name, expected, outcome) => {
    using l = lab();
    const limit = adaptiveLimiter({ initial: 10 });
    const search = l.pipeline('search', limit);
    await busy(l, 10, () => search.settle(after(l, 20, outcome)));
    expect(limit.limit > 10 ? 'counts' : 'shows nothing').toBe(expected);
  });

  it('of calls that a timeout inside has ended it counts the time', async () => {
    using l = lab();
    const limit = adaptiveLimiter({ initial: 10 });
    const search = l.pipeline('search', limit, timeout(20));
    await busy(l, 10, () => search.settle(scripted([{ untilAborted: true }])));
    expect(limit.limit).toBeGreaterThan(10);
  });

  it('calls that were refused further in, or given up by their callers, show nothing', async () => {
    using l = lab();
    const [refused, left] = [adaptiveLimiter({ initial: 10 }), adaptiveLimiter({ initial: 10 })];
    const full = l.pipeline('full', refused, circuitBreaker({ openFor: 1e6, minimumCalls: 1 }));
    await full.settle(bad);
    await busy(l, 10, async () => {
      await l.pipeline('pause').settle(after(l, 20, () => 1));
      return full.settle(() => 1);
    });
    expect(refused.limit).toBe(10);

    const search = l.pipeline('search', left);
    await busy(l, 10, () => {
      const controller = new AbortController();
      const call = search.settle(scripted([{ untilAborted: true }]), { signal: controller.signal });
      void after(l, 20, () => controller.abort('gone'))();
      return call;
    });
    expect(left.limit).toBe(10);
  });

  it.each([
    ['is short', 5, 15],
    ['lets six be answered in time', 50, 6],
    ['is long', 1_000, 3],
  ])(
    'once calls have had to wait over there, lets as many wait for each that may run as are served in 300 ms, 3 to 15: latency %s',
    async (_name, latency, times) => {
      using l = lab();
      const limit = adaptiveLimiter({ initial: 10, max: 40 });
      const search = l.pipeline('search', limit);
      const ask = cliff(l, 20, latency);
      await busy(l, 10, () => search.settle(ask), 100 * latency);
      await busy(l, 40, () => search.settle(ask), 30 * latency);
      limit.reconfigure({ min: 20, max: 20, initial: 20 });
      for (let call = 0; call < 1_000; call++) void search.settle(controlled());
      await jobs();
      const { queued, limit: permits } = gaugesOf(search, 'adaptiveLimiter');
      expect(queued! / permits!).toBe(times);
    },
  );

  it('lets everybody in that has come before the limit was learnt, as long as there is time for an answer', async () => {
    using l = lab();
    const search = l.pipeline('search', timeout(1_000), adaptiveLimiter(one));
    const running = controlled();
    void search.settle(running);
    const call = track(search.execute(() => 'in time'));
    await l.clock.advance(999);
    running.starts[0]!.resolve(1);
    await jobs();
    expect(call.value).toBe('in time');
  });

  it.each([
    [500, 'early'],
    [501, 'BulkheadFullError'],
  ])(
    'where calls have to wait over there too, who has waited for longer than it has left makes way: after %i ms %s',
    async (waited, answer) => {
      using l = lab();
      const limit = adaptiveLimiter({ initial: 10, max: 40 });
      const ask = cliff(l, 20, 20);
      const plain = l.pipeline('plain', limit);
      for (const clients of [10, 40]) await busy(l, clients, () => plain.settle(ask), 2_000);
      limit.reconfigure(one);
      const search = l.pipeline('search', timeout(1_000), limit);
      const running = controlled();
      void plain.settle(running);
      const early = track(search.execute(() => 'early'));
      await l.clock.advance(waited);
      const late = track(search.execute(() => 'late'));
      running.starts[0]!.resolve(1);
      await jobs();
      expect(early.value ?? (early.reason as Error).name).toBe(answer);
      expect(late.value).toBe('late');
    },
  );

  it.each([
    ['a host that answers in 200 ms', 500, Infinity, 200, 0],
    ['a host that is known, but was never busy', 900, Infinity, 200, 100],
    ['a pool of ten, and statements of 20 ms', 1_000, 10, 20, 1],
    ['a pool of ten that was used before', 1_000, 10, 20, 200],
    ['a pool of one', 1_000, 1, 5, 300],
    ['a pool that takes nearly all of the time', 1_000, 10, 80, 0],
  ])(
    'refuses nobody of a burst on a healthy dependency: %s',
    async (_name, calls, workers, latency, before) => {
      using l = lab();
      const search = l.pipeline('search', timeout(10_000), adaptiveLimiter({ max: 1_000 }));
      const ask = pool(l, workers, latency);
      await busy(l, 1, () => search.settle(ask), before * latency);
      const burst = Array.from({ length: calls }, () => search.settle(ask));
      await l.clock.advance(10_000);
      const refused = (await Promise.all(burst)).filter(({ status }) => status === 'rejected');
      expect(refused).toEqual([]);
      expect(l.clock.timers).toBe(0);
    },
  );

  it('gives a permit back after a minute whose work was given up and never ends', async () => {
    using l = lab();
    const limit = adaptiveLimiter(one);
    const search = l.pipeline('search', limit, timeout(50));
    void search.settle(() => new Promise(() => {}));
    const next = track(search.execute(() => 'next'));
    await l.clock.advance(60_049);
    expect(next.state).toBe('pending');
    await l.clock.advance(1);
    expect(next.value).toBe('next');
    expect(countersOf(search, 'adaptiveLimiter')).toMatchObject({ abandoned: 1 });
    expect(search.stats().abandoned).toBe(0);
  });

  it('gives it back after `abandonAfter`, also where that was changed meanwhile', async () => {
    using l = lab();
    const limit = adaptiveLimiter({ ...one, abandonAfter: 200 });
    const search = l.pipeline('search', limit, timeout(50));
    void search.settle(() => new Promise(() => {}));
    const second = track(search.execute(() => new Promise(() => {})));
    await l.clock.advance(249);
    expect(second.state).toBe('pending');
    limit.reconfigure({ abandonAfter: 1_000 });
    await l.clock.advance(1 + 50);
    expect(second.state).toBe('rejected');
    const third = track(search.execute(() => 'third'));
    await l.clock.advance(999);
    expect(third.state).toBe('pending');
    await l.clock.advance(1);
    expect(third.value).toBe('third');
  });

  it('stands in two pipelines as one limit', async () => {
    using l = lab();
    const shared = adaptiveLimiter(one);
    const [reads, writes] = [l.pipeline('reads', shared), l.pipeline('writes', shared)];
    const running = controlled();
    void reads.settle(running);
    const queued = track(writes.execute(() => 'written'));
    await jobs();
    expect(queued.state).toBe('pending');
    running.starts[0]!.resolve('read');
    await jobs();
    expect(queued.value).toBe('written');
  });

  it('holds no timer, idle or busy', async () => {
    using l = lab();
    const search = l.pipeline('search', adaptiveLimiter({ initial: 2 }));
    const operation = controlled();
    for (let each = 0; each < 6; each++) void search.settle(operation);
    expect(l.clock.timers).toBe(0);
    for (let each = 0; each < operation.starts.length; each++) {
      operation.starts[each]!.resolve('done');
      await jobs();
    }
    expect(l.clock.timers).toBe(0);
  });
});

describe('adaptiveLimiter: reconfigure', () => {
  it('a higher `min` gives its permits to those who wait, at once', async () => {
    using l = lab();
    const limit = adaptiveLimiter({ initial: 2 });
    const search = l.pipeline('search', limit);
    const operation = controlled();
    for (let each = 0; each < 4; each++) void search.settle(operation);
    expect(operation.starts).toHaveLength(2);
    limit.reconfigure({ min: 4 });
    await jobs();
    expect(limit.limit).toBe(4);
    expect(operation.starts).toHaveLength(4);
  });

  it('a lower `max` takes no permit back that is in use', async () => {
    using l = lab();
    const limit = adaptiveLimiter({ initial: 4 });
    const search = l.pipeline('search', limit);
    const operation = controlled();
    for (let each = 0; each < 5; each++) void search.settle(operation);
    limit.reconfigure({ max: 1 });
    expect(limit.limit).toBe(1);
    expect(gaugesOf(search, 'adaptiveLimiter')).toMatchObject({ in_use: 4, limit: 1 });
    for (let each = 0; each < 3; each++) operation.starts[each]!.resolve('done');
    await jobs();
    expect(operation.starts).toHaveLength(4);
    operation.starts[3]!.resolve('done');
    await jobs();
    expect(operation.starts).toHaveLength(5);
  });

  it.each([
    ['max below min', { max: 2 }],
    ['a fraction', { min: 1.5 }],
    ['a name', { name: 'other' }],
  ])('refuses what cannot be, and changes nothing then: %s', async (_name, options) => {
    using l = lab();
    const limit = adaptiveLimiter({ initial: 5, min: 5 });
    const search = l.pipeline('search', limit);
    expect(() => limit.reconfigure(options as object)).toThrow('adaptiveLimiter: ');
    expect(limit.limit).toBe(5);
    expect(await rejection(search.execute(() => Promise.reject(permanent())))).toMatchObject({
      status: 404,
    });
  });
});
