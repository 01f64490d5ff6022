import { hostname } from 'node:os';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { now } from '../core/time.ts';

/** The process in which a failure was described. */
export interface Runtime {
  readonly host: string;
  readonly pid: number;
  /** Node's version: `v24.21.0`. */
  readonly node: string;
  /** Bytes, at most a second old. */
  readonly memory: { readonly rss: number; readonly heapUsed: number };
  /**
   * The 99th percentile of what the event loop was late by, in milliseconds, over the last second or
   * more. Measured from the first described failure on; 0 until then.
   */
  readonly eventLoopDelay: number;
}

const RESOLUTION = 20;
const FRESH = 1_000;

let last: Runtime | undefined;
let takenAt = 0;
let delays: ReturnType<typeof monitorEventLoopDelay> | undefined;

/** What the process is like. Reading it takes 10 µs, so a storm of failures shares one answer a second. */
export function runtime(): Runtime {
  const at = now();
  if (last !== undefined && at >= takenAt && at - takenAt < FRESH) return last;
  takenAt = at;
  // The monitor's timer does not keep the process alive.
  delays ??= monitorEventLoopDelay({ resolution: RESOLUTION });
  const late = last === undefined ? 0 : delays.percentile(99) / 1e6 - RESOLUTION;
  delays.reset();
  if (last === undefined) delays.enable();
  const { rss, heapUsed } = process.memoryUsage();
  last = {
    host: last?.host ?? hostname(),
    pid: process.pid,
    node: process.version,
    memory: { rss, heapUsed },
    eventLoopDelay: Math.max(0, Math.round(late * 10) / 10),
  };
  return last;
}
