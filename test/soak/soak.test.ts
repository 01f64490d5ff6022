// A few of the calls that `npm run soak` makes by the million.
import { expect, it } from 'vitest';
import { soak } from './soak.ts';

it('5000 calls through all policies are counted alike by callers, stats, events and metrics, and leave nothing behind', async () => {
  const figures = await soak({ calls: 5_000, seed: 7, time: 'virtual' });
  expect(figures.broken).toEqual([]);
  expect(figures.started).toBeGreaterThanOrEqual(5_000);
}, 30_000);

it('two soaks of one seed are the same, whatever chance there is in them', async () => {
  const options = { calls: 500, seed: 8, time: 'virtual' } as const;
  expect(await soak(options)).toEqual(await soak(options));
}, 30_000);
