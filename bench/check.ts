/**
 * A guard against regressions: the ratios of bounds.json, measured again in a minute. `--record` writes them.
 *
 * A bound is a ratio and how far it was off between runs; it is broken when the ratio is worse by more than that.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { inChild } from './child.ts';
import type { MicroResult } from './micro/run.ts';

interface Bound {
  readonly ratio: number;
  /** As a share of the ratio. */
  readonly noise: number;
}

type Bounds = Record<string, Bound>;

const file = new URL('bounds.json', import.meta.url);

/** What is guarded: what users of kedge pay most often. */
const guarded = [
  'kedge (fallback, retry, circuitBreaker, timeout)',
  'kedge, presets.http',
  '1 policy',
  '`settle`',
  '`wrap`',
  '`signal` read by the operation',
  'rejected by kedge, `execute`',
  'rejected by kedge, `settle`',
  'failing, kedge',
];

/**
 * Runs of a quiet machine were up to 0.2 apart, those of a busy one 0.45. Less than this is taken for chance, so that
 * what it finds is a regression.
 */
const leastNoise = 0.5;

const measure = (): Promise<MicroResult[]> => inChild('./micro/run.ts', ['check', ...guarded]);

/** Returns whether all bounds hold. */
export async function check(): Promise<boolean> {
  const bounds = JSON.parse(readFileSync(file, 'utf8')) as Bounds;
  let found = await measure();
  // Another look at what seems worse, twice: a busy moment is no regression.
  for (let look = 0; look < 2 && found.some((each) => isWorse(bounds, each)); look++) {
    const again = await measure();
    found = found.map((each, index) => (again[index]!.ratio < each.ratio ? again[index]! : each));
  }
  for (const each of found) {
    const bound = bounds[each.name];
    if (bound === undefined) continue;
    const limit = bound.ratio * (1 + bound.noise);
    console.log(
      `${isWorse(bounds, each) ? '✗' : '✓'} ${each.name}: ${each.ratio.toFixed(2)} × bare, at most ${limit.toFixed(2)}`,
    );
  }
  return !found.some((each) => isWorse(bounds, each));
}

function isWorse(bounds: Bounds, { name, ratio }: MicroResult): boolean {
  const bound = bounds[name];
  return bound !== undefined && ratio > bound.ratio * (1 + bound.noise);
}

/** The middle of several runs, and twice the distance of the farthest from it. */
export async function record(runs = 5): Promise<void> {
  const ratios = new Map<string, number[]>();
  for (let run = 0; run < runs; run++) {
    for (const { name, ratio } of await measure())
      ratios.set(name, [...(ratios.get(name) ?? []), ratio]);
  }
  const bounds: Bounds = {};
  for (const name of guarded) {
    const sorted = ratios.get(name)!.toSorted((a, b) => a - b);
    const middle = sorted[Math.floor(runs / 2)]!;
    const farthest = Math.max(sorted.at(-1)! / middle - 1, 1 - sorted[0]! / middle);
    bounds[name] = { ratio: round(middle), noise: round(Math.max(leastNoise, 2 * farthest)) };
  }
  writeFileSync(file, `${JSON.stringify(bounds, undefined, 2)}\n`);
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
