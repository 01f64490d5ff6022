/**
 * kedge, as the benchmarks see it: the built package by its own name, or with `--source` the sources as they are, so
 * that whoever tunes a policy need not build.
 */
import type * as everything from 'kedge';

export type Kedge = typeof everything;

export async function loadKedge(from: 'source' | 'package'): Promise<Kedge> {
  const specifier = from === 'source' ? new URL('../src/index.ts', import.meta.url).href : 'kedge';
  return (await import(specifier)) as Kedge;
}
