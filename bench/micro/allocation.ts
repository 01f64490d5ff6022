/** Bytes that a call allocates: what the heap grows by while no garbage is collected. */
import { GCProfiler } from 'node:v8';
import type { Call, Contender } from './measure.ts';
import { warmUp } from './measure.ts';

/** Enough that the engine's buffers do not matter, few enough for a young generation of 128 MB. */
const calls = 4_000;
const samples = 7;

export async function allocated(contenders: readonly Contender[]): Promise<Map<string, number>> {
  const bytes = new Map<string, number>();
  for (const { name, call } of contenders) {
    for (let each = 0; each < warmUp; each++) await call();
    const found: number[] = [];
    for (let tries = 0; found.length < samples && tries < 5 * samples; tries++) {
      const sample = await grown(call);
      if (sample !== undefined) found.push(sample);
    }
    bytes.set(name, found.toSorted((a, b) => a - b)[Math.floor(found.length / 2)] ?? NaN);
  }
  return bytes;
}

async function grown(call: Call): Promise<number | undefined> {
  (globalThis as { gc?: () => void }).gc?.();
  const profiler = new GCProfiler();
  profiler.start();
  const before = process.memoryUsage().heapUsed;
  for (let each = 0; each < calls; each++) await call();
  const after = process.memoryUsage().heapUsed;
  const { statistics } = profiler.stop() ?? { statistics: [] };
  return statistics.length === 0 ? (after - before) / calls : undefined;
}
