/** ioredis and node-redis clients that stay what they are, with their commands under a pipeline. */
import type { ExecuteOptions } from '../index.ts';
import { ClientView } from './redis/view.ts';
import { Link } from './redis/link.ts';
import { Store, type StoreOptions } from './stores/store.ts';

export type { StoreOptions } from './stores/store.ts';

/** What a protected client has more than its own. */
export interface ResilientRedis {
  /** The same, with options for its calls: a signal, a key, attributes (`idempotent: true` for writes that may be repeated). */
  with(options: ExecuteOptions): this;
}

/**
 * Returns `client` (of ioredis or node-redis) under a pipeline: the same client, with its commands protected.
 *
 * Commands that only read are retried; others only when they were certainly not executed. A pipeline or MULTI is one
 * operation, sent anew as a whole; one that only reads is retried like a read, one after WATCH is sent once. A write
 * that was given up is not sent late. A connection is replaced after three commands in a row without an answer, and
 * when its server has become a replica. ioredis's own resending of unanswered commands is switched off. Blocking
 * commands, subscriptions, scripts that the client defines and modules are left alone; `legacy()` is refused. Throws a
 * `TypeError` or a `RangeError` for options that cannot be.
 *
 * @example
 * ```ts
 * import { Redis } from 'ioredis';
 * import { resilientRedis } from 'kedge/redis';
 *
 * const redis = resilientRedis(new Redis({ lazyConnect: true }));
 * console.log(redis instanceof Redis); // true
 * ```
 */
export function resilientRedis<Client extends object>(
  client: Client,
  options: StoreOptions = {},
): Client & ResilientRedis {
  if (typeof client !== 'object' || client === null)
    throw new TypeError('resilientRedis: expected a client of ioredis or node-redis.');
  const store = new Store('resilientRedis', 'redis', options);
  return new ClientView(store, Link.of(client)).of(client, {}) as Client & ResilientRedis;
}
