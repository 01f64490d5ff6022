/**
 * kedge, as the benchmarks see it: the built package by its own name, or the sources as they are, so that whoever tunes
 * a policy need not build.
 */
import type * as everything from 'kedge';
import type * as opossumEntry from 'kedge/opossum';
import type * as pRetryEntry from 'kedge/p-retry';
import type * as pinoEntry from 'kedge/pino';
import type * as prometheusEntry from 'kedge/prometheus';

export type Kedge = typeof everything;
export type Origin = 'source' | 'package';

export interface Sinks {
  readonly prometheus: typeof prometheusEntry.prometheus;
  readonly logs: typeof pinoEntry.logs;
}

/** The entries that peers' users change one import for. */
export interface DropIns {
  readonly pRetry: typeof pRetryEntry.default;
  readonly CircuitBreaker: typeof opossumEntry.default;
}

const source = (path: string): string => new URL(`../src/${path}`, import.meta.url).href;

export async function loadKedge(origin: Origin): Promise<Kedge> {
  return (await import(origin === 'source' ? source('index.ts') : 'kedge')) as Kedge;
}

export async function loadSinks(origin: Origin): Promise<Sinks> {
  const from = (path: string, entry: string): Promise<unknown> =>
    import(origin === 'source' ? source(path) : entry);
  const { prometheus } = (await from('observe/prometheus.ts', 'kedge/prometheus')) as Sinks;
  const { logs } = (await from('observe/pino.ts', 'kedge/pino')) as Sinks;
  return { prometheus, logs };
}

export async function loadDropIns(origin: Origin): Promise<DropIns> {
  const from = (name: string): Promise<unknown> =>
    import(origin === 'source' ? source(`adapters/${name}.ts`) : `kedge/${name}`);
  const { default: pRetry } = (await from('p-retry')) as typeof pRetryEntry;
  const { default: CircuitBreaker } = (await from('opossum')) as typeof opossumEntry;
  return { pRetry, CircuitBreaker };
}

/** Benchmarks in processes of their own are told by the environment. */
export const origin: Origin = process.env['KEDGE_BENCH'] === 'source' ? 'source' : 'package';
