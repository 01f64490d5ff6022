// One limit around a call and around a call inside it.
import { AsyncLocalStorage } from 'node:async_hooks';
import {
  adaptiveLimiter,
  bulkhead,
  BulkheadFullError,
  type Context,
  type Pipeline,
  rateLimiter,
  retry,
  timeout,
} from 'kedge';
import { scripted } from 'kedge/testing';
import { describe, expect, it } from 'vitest';
import { controlled, jobs, lab, type Lab } from '../support/lab.ts';

const gauge = (pipeline: Pipeline, name: string): number | undefined =>
  pipeline.stats().policies[0]?.gauges[name];

/** What a call was answered with, or failed with. */
async function settledAs(ended: Promise<PromiseSettledResult<unknown>>): Promise<unknown> {
  const result = await ended;
  return result.status === 'fulfilled' ? result.value : result.reason;
}

/** Takes 10 ms of kedge's clock. */
const row = (context: Context): Promise<unknown> =>
  scripted([{ value: 'row', after: 10 }])(context);

const limits = {
  'an adaptive limiter': () => adaptiveLimiter({ initial: 4, max: 4 }),
  'a bulkhead with a queue': () => bulkhead({ maxConcurrent: 4, maxQueued: 100 }),
};

/** Makes so many calls at once, and returns how many were answered. */
async function answered(
  l: Lab,
  calls: number,
  call: () => Promise<PromiseSettledResult<unknown>>,
): Promise<number> {
  let good = 0;
  for (let each = 0; each < calls; each++)
    void call().then(({ status }) => (good += status === 'fulfilled' ? 1 : 0));
  for (let step = 0; step < 400; step++) await l.clock.advance(10);
  return good;
}

for (const [what, make] of Object.entries(limits)) {
  describe(`${what} that stands around a call and around a call inside it`, () => {
    it('gives the call inside the permit of the one around it, whose signal it has', async () => {
      using l = lab();
      const limit = make();
      const orders = l.pipeline('orders', limit);
      const reads = l.pipeline('reads', limit);
      const started = controlled();
      const calls = Array.from({ length: 4 }, () =>
        orders.settle(async ({ signal }) => {
          await jobs();
          return reads.execute(started, { signal });
        }),
      );
      await jobs();
      // All four run at once, and the limit holds four.
      expect(started.starts.length).toBe(4);
      expect([gauge(orders, 'in_use'), gauge(orders, 'queued')]).toEqual([4, 0]);
      for (const { resolve } of started.starts) resolve('row');
      await Promise.all(calls);
      expect(gauge(orders, 'in_use')).toBe(0);
    });

    it('never lets calls wait for themselves, with a signal or without one', async () => {
      using l = lab();
      for (const given of [true, false]) {
        const limit = make();
        const orders = l.pipeline('orders', limit);
        const reads = l.pipeline('reads', limit);
        const call = (): Promise<PromiseSettledResult<unknown>> =>
          orders.settle(async ({ signal }) => {
            await jobs();
            return reads.execute(row, given ? { signal } : undefined);
          });
        expect(await answered(l, 50, call)).toBe(50);
        expect([gauge(orders, 'in_use'), gauge(orders, 'queued')]).toEqual([0, 0]);
      }
    });

    it('does so where a pipeline is called inside itself, and where another stands between them', async () => {
      using l = lab();
      for (const given of [true, false]) {
        const tree = l.pipeline('tree', retry(), make(), timeout(100_000));
        const between = l.pipeline('between');
        const descend = (depth: number, context: Context): Promise<unknown> => {
          const options = given ? { signal: context.signal } : {};
          if (depth === 0) return row(context);
          return between.execute(
            (inside) =>
              tree.execute(
                (innermost) => descend(depth - 1, innermost),
                given ? { signal: inside.signal } : {},
              ),
            options,
          );
        };
        const call = (): Promise<PromiseSettledResult<unknown>> =>
          tree.settle((context) => descend(3, context));
        expect(await answered(l, 12, call)).toBe(12);
      }
    });

    it('does not take work that goes on after its call for a part of it', async () => {
      using l = lab();
      const limit = make();
      const orders = l.pipeline('orders', limit);
      const started = controlled();
      let later!: () => Promise<unknown>;
      const others = Array.from({ length: 3 }, () => orders.settle(started));
      await orders.execute(async ({ signal }) => {
        const inContext = AsyncLocalStorage.snapshot();
        later = () => inContext(() => orders.execute(started, { signal }));
      });
      const calls = Array.from({ length: 3 }, () => later());
      await jobs();
      // One takes the permit that has come back, the others wait.
      expect(started.starts.length).toBe(4);
      expect([gauge(orders, 'in_use'), gauge(orders, 'queued')]).toEqual([4, 2]);
      for (let each = 0; each < 6; each++) {
        started.starts[each]?.resolve(1);
        for (let turn = 0; turn < 5; turn++) await jobs();
      }
      await Promise.all([...others, ...calls]);
      expect(gauge(orders, 'in_use')).toBe(0);
    });
  });
}

describe('a bulkhead without a queue', () => {
  it('shares a permit with calls inside that are given the signal, and refuses others at once', async () => {
    using l = lab();
    const limit = bulkhead({ maxConcurrent: 1 });
    const orders = l.pipeline('orders', limit);
    const reads = l.pipeline('reads', limit);
    const shares = orders.settle(({ signal }) => reads.execute(() => 'row', { signal }));
    expect(await settledAs(shares)).toBe('row');
    const takes = orders.settle(() => reads.execute(() => 'row'));
    expect(await settledAs(takes)).toBeInstanceOf(BulkheadFullError);
  });
});

describe('a rate limiter that stands around a call and around a call inside it', () => {
  it('counts each of them, and lets none wait for itself', async () => {
    using l = lab();
    const limit = rateLimiter({ limit: 1, maxWait: 10_000 });
    const orders = l.pipeline('orders', limit);
    const reads = l.pipeline('reads', limit);
    const ended = orders.settle(({ signal }) => reads.execute(() => l.clock.now, { signal }));
    await l.clock.advance(5_000);
    expect(await settledAs(ended)).toBe(1_000);
  });
});
