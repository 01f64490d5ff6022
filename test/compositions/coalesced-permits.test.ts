import { bulkhead, coalesce, createKedge, timeout } from 'kedge';
import { virtualClock } from 'kedge/testing';
import { expect, it } from 'vitest';

it('a bulkhead outside a coalesced call holds the permit of the last who waited until the work has ended', async () => {
  using clock = virtualClock();
  const { pipeline } = createKedge();
  const loads = pipeline('loads', bulkhead({ maxConcurrent: 1 }), timeout(100), coalesce());
  let finish: (() => void) | undefined;
  const work = (): Promise<void> =>
    new Promise((resolve) => {
      finish = resolve;
    });
  const first = loads.settle(work, { key: 'a' });
  await clock.advance(100);
  expect((await first).status).toBe('rejected');
  const inUse = (): number => loads.stats().policies[0]!.gauges['in_use'] ?? -1;
  expect(inUse()).toBe(1);
  finish?.();
  await clock.advance(0);
  expect(inUse()).toBe(0);
});
