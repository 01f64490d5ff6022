import type { EventEmitter } from 'node:events';
import { show } from '../../core/options.ts';
import { warnOnce } from '../../core/warning.ts';
import { type CacheTransport, MemoryCache } from './cache.ts';
import type { Stats, Status } from './status.ts';

/** What `toJSON` says of a breaker, and `state` takes. */
export interface State {
  name: string;
  enabled: boolean;
  closed: boolean;
  open: boolean;
  halfOpen: boolean;
  warmUp: boolean;
  shutdown: boolean;
  lastTimerAt: number;
}

export interface Options<TI extends unknown[] = unknown[]> {
  /** Counts to begin with: a `Status`, or the `stats` of an earlier breaker. */
  status?: Status | Stats | undefined;
  /** The `state` of an earlier breaker's `toJSON()`. */
  state?: Partial<State> | undefined;
  /** How long the action may take, in milliseconds; `false` for as long as it likes. @default 10_000 */
  timeout?: number | false | undefined;
  /** @deprecated Use `errorThresholdPercentage`. */
  maxFailures?: number | undefined;
  /** How long the circuit stays open, in milliseconds. @default 30_000 */
  resetTimeout?: number | undefined;
  /** How long the window is, in milliseconds. @default 10_000 */
  rollingCountTimeout?: number | undefined;
  /** Into how many slices it is divided. @default 10 */
  rollingCountBuckets?: number | undefined;
  /** The breaker's name, and that of its pipeline in metrics. @default the action's name, or a UUID */
  name?: string | undefined;
  /** @default the name */
  group?: string | undefined;
  /** Whether `stats` has means and percentiles; else they are -1. @default true */
  rollingPercentilesEnabled?: boolean | undefined;
  /** How many calls may run at once; one that has timed out counts until its work has ended. @default no limit */
  capacity?: number | undefined;
  /** More than this percentage of failures opens the circuit. @default 50 */
  errorThresholdPercentage?: number | undefined;
  /** Whether calls are protected at all. @default true */
  enabled?: boolean | undefined;
  /** Whether nothing opens the circuit during the first `rollingCountTimeout`. @default false */
  allowWarmUp?: boolean | undefined;
  /** Fewer calls than this in the window never open the circuit. @default 0 */
  volumeThreshold?: number | undefined;
  /** Which errors do not count as failures. @default none */
  errorFilter?: ((err: any, ...args: TI) => boolean) | undefined;
  /** Whether an answer is kept, by `cacheGetKey`. @default false */
  cache?: boolean | undefined;
  /** For how long, in milliseconds; 0 for ever. @default 0 */
  cacheTTL?: number | undefined;
  /** How many answers the cache has room for. @default 16_777_215 */
  cacheSize?: number | undefined;
  /** @default (...args) => JSON.stringify(args) */
  cacheGetKey?: ((...args: TI) => string) | undefined;
  /** @default in memory */
  cacheTransport?: CacheTransport | undefined;
  /** Whether calls of one key share an execution. @default false */
  coalesce?: boolean | undefined;
  /** For how long they do, in milliseconds; 0 for ever. @default timeout */
  coalesceTTL?: number | undefined;
  coalesceSize?: number | undefined;
  /** What ends it earlier. */
  coalesceResetOn?: readonly ('error' | 'success' | 'timeout')[] | undefined;
  /** Aborted when a call has timed out. */
  abortController?: AbortController | undefined;
  /** Whether a new one takes the place of one that has aborted, when the circuit is half-open or closed. @default false */
  autoRenewAbortController?: boolean | undefined;
  /** Whether `status` emits `snapshot`. @default true */
  enableSnapshots?: boolean | undefined;
  /** Moves the window on by its `rotate` events, in place of the time. */
  rotateBucketController?: EventEmitter | undefined;
}

/** Options as they are in force. They are the breaker's own, and may be changed there. */
export type Settings = Options<any[]> & {
  timeout: number | false;
  resetTimeout: number;
  errorThresholdPercentage: number;
  rollingCountTimeout: number;
  rollingCountBuckets: number;
  capacity: number;
  errorFilter: (err: unknown, ...args: unknown[]) => unknown;
  cacheTTL: number;
  cacheGetKey: (...args: unknown[]) => string;
  coalesce: boolean;
  coalesceTTL: number;
  coalesceResetOn: readonly string[];
  coalesceCache?: MemoryCache;
};

const numbers = [
  'resetTimeout',
  'errorThresholdPercentage',
  'rollingCountTimeout',
  'rollingCountBuckets',
  'cacheTTL',
  'coalesceTTL',
] as const;

/** Copies options and fills in defaults. Throws a `TypeError` or a `RangeError` for what cannot be. */
export function readOptions(given: Options<any[]>): Settings {
  for (const name of numbers) checkNumber(name, given[name]);
  if (given.timeout !== false) checkNumber('timeout', given.timeout);
  checkFunction('errorFilter', given.errorFilter);
  checkFunction('cacheGetKey', given.cacheGetKey);
  const timeout = given.timeout ?? 10_000;
  const settings: Settings = {
    ...given,
    timeout,
    resetTimeout: given.resetTimeout ?? 30_000,
    errorThresholdPercentage: given.errorThresholdPercentage ?? 50,
    rollingCountTimeout: given.rollingCountTimeout ?? 10_000,
    rollingCountBuckets: given.rollingCountBuckets ?? 10,
    rollingPercentilesEnabled: given.rollingPercentilesEnabled !== false,
    capacity: Number.isInteger(given.capacity)
      ? (given.capacity as number)
      : Number.MAX_SAFE_INTEGER,
    errorFilter: given.errorFilter || (() => false),
    cacheTTL: given.cacheTTL ?? 0,
    cacheGetKey: given.cacheGetKey ?? ((...args) => JSON.stringify(args)),
    enableSnapshots: given.enableSnapshots !== false,
    coalesce: Boolean(given.coalesce),
    coalesceTTL: given.coalesceTTL ?? (timeout || 0),
    coalesceResetOn: (given.coalesceResetOn ?? []).filter((reason) =>
      ['error', 'success', 'timeout'].includes(reason),
    ),
  };
  if (settings.cache) settings.cacheTransport = transportOf(given);
  if (settings.coalesce) settings.coalesceCache = new MemoryCache(given.coalesceSize);
  if (given.autoRenewAbortController && !given.abortController)
    settings.abortController = new AbortController();
  if (settings.abortController && typeof settings.abortController.abort !== 'function')
    throw new TypeError('AbortController does not contain `abort()` method');
  if (given.maxFailures)
    warnOnce(
      'opossum maxFailures',
      'DeprecationWarning',
      'options.maxFailures is deprecated. Please use options.errorThresholdPercentage',
    );
  return settings;
}

function transportOf({ cacheTransport, cacheSize }: Options<any[]>): CacheTransport {
  if (cacheTransport === undefined) return new MemoryCache(cacheSize);
  const { get, set, flush } = Object(cacheTransport) as Partial<CacheTransport>;
  if (typeof cacheTransport !== 'object' || !get || !set || !flush)
    throw new TypeError(
      'options.cacheTransport should be an object with `get`, `set` and `flush` methods',
    );
  return cacheTransport;
}

function checkNumber(name: string, value: unknown): void {
  if (value === undefined || value === null) return;
  const expected = `CircuitBreaker: expected \`${name}\` to be a number from 0, got ${show(value)}.`;
  if (typeof value !== 'number') throw new TypeError(expected);
  if (!(value >= 0)) throw new RangeError(expected);
}

function checkFunction(name: string, value: unknown): void {
  if (value && typeof value !== 'function')
    throw new TypeError(
      `CircuitBreaker: expected \`${name}\` to be a function, got ${show(value)}.`,
    );
}
