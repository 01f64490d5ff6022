/** The parts of the benchmark: each runs in processes of its own and returns what the page shows. */
import { availableParallelism } from 'node:os';
import { inChild, inParallel } from './child.ts';
import type { LimitResult } from './limits/run.ts';
import type { Million } from './memory/million.ts';
import type { Weight } from './memory/run.ts';
import type { MicroResult } from './micro/run.ts';
import { published } from './outages/grid.ts';
import type { Measured } from './outages/regret.ts';
import type { ScenarioResult } from './outages/run.ts';
import { scenarios } from './outages/scenarios.ts';
import type { Results } from './results.ts';
import type { Curve } from './scale/run.ts';
import type { Size } from './size/run.ts';
import type { StormResult } from './storm/run.ts';

const micro = './micro/run.ts';

/** One generation that holds all that is allocated while it is measured. */
const noCollections = ['--max-semi-space-size=256', '--min-semi-space-size=256'];

/** The stacks of which it is told as well what they cost where nothing else has run. */
const alone = [
  'kedge (fallback, retry, circuitBreaker, timeout)',
  'kedge, presets.http',
  'cockatiel (fallback, retry, breaker, timeout)',
  'opossum (timeout, breaker, fallback)',
  'p-retry alone',
];

export const parts: { readonly [Part in keyof Results]: () => Promise<Results[Part]> } = {
  async micro() {
    const together = await inChild<MicroResult[]>(micro, ['full']);
    const bytes = await inChild<ReadonlyMap<string, number>>(micro, ['bytes'], noCollections);
    const byName = new Map<string, number>();
    for (const name of alone) {
      const [, one] = await inChild<MicroResult[]>(micro, ['alone', name]);
      byName.set(name, one!.ratio);
    }
    return { together, bytes, alone: byName };
  },
  async memory() {
    const weights = await each<Weight>('./memory/run.ts');
    const million = await inChild<Million>(
      './memory/million.ts',
      [],
      ['--max-old-space-size=8000'],
    );
    return { weights, million };
  },
  scale: () => each<Curve>('./scale/run.ts'),
  size: () => inChild<readonly Size[]>('./size/run.ts'),
  storm: () => inChild<StormResult>('./storm/run.ts'),
  limits: () => inChild<readonly LimitResult[]>('./limits/run.ts'),
  outages: () => simulated<ScenarioResult>(),
  regret,
  sweep: () => simulated<Results['sweep'][number]>('sweep'),
};

/** One after the other: they measure time or memory. */
async function each<T>(path: string): Promise<Map<string, T>> {
  const found = new Map<string, T>();
  for (const name of await inChild<string[]>(path)) found.set(name, await inChild<T>(path, [name]));
  return found;
}

/** Side by side: virtual time does not mind. */
function simulated<T>(mode?: string): Promise<T[]> {
  const args = mode === undefined ? [] : [mode];
  const tasks = scenarios.map(
    ({ name }) =>
      () =>
        inChild<T>('./outages/run.ts', [name, ...args]),
  );
  return inParallel(tasks, availableParallelism());
}

/** A child does so many settings. */
const chunk = 25;

async function regret(): Promise<Measured[]> {
  const chunks = Math.ceil(published().length / chunk);
  const tasks = Array.from({ length: chunks }, (_, index) => {
    const bounds = [String(index * chunk), String((index + 1) * chunk)];
    return () => inChild<Measured[]>('./outages/regret-run.ts', bounds);
  });
  return (await inParallel(tasks, availableParallelism())).flat();
}
