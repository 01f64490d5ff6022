/** ioredis and node-redis clients that stay what they are, with their commands under a pipeline. */
import type { ExecuteOptions } from '../index.ts';
import { batch, BatchFailure } from './redis/batch.ts';
import { effectOf } from './redis/commands.ts';
import { type Callback, callBack } from './stores/callback.ts';
import { overlay } from './stores/overlay.ts';
import { Store, type StoreOptions } from './stores/store.ts';

export type { StoreOptions } from './stores/store.ts';

/** What a protected client has more than its own. */
export interface ResilientRedis {
  /** The same, with options for its calls: a signal, a key, attributes (`idempotent: true` for writes that may be repeated). */
  with(options: ExecuteOptions): this;
}

type Method = (...args: unknown[]) => unknown;

/**
 * Returns `client` (of ioredis or node-redis) under a pipeline: the same client, with its commands protected.
 *
 * Commands that only read are retried; others only when they were certainly not executed. A pipeline or MULTI is one
 * operation, sent anew as a whole; one that only reads is retried like a read. Blocking commands, subscriptions, WATCH,
 * scripts that the client defines and modules are left alone. Throws a `TypeError` or a `RangeError` for options that
 * cannot be.
 *
 * @example
 * ```ts
 * import { Redis } from 'ioredis';
 * import { resilientRedis } from 'kedge/redis';
 *
 * const redis = resilientRedis(new Redis({ lazyConnect: true, autoResendUnfulfilledCommands: false }));
 * console.log(redis instanceof Redis); // true
 * ```
 */
export function resilientRedis<Client extends object>(
  client: Client,
  options: StoreOptions = {},
): Client & ResilientRedis {
  const store = new Store('resilientRedis', 'redis', options);

  const run = (
    reads: boolean,
    attempt: () => Promise<unknown>,
    given: ExecuteOptions,
  ): Promise<unknown> =>
    reads
      ? store.read(attempt, given)
      : store.write((_context, call) => {
          call.sent = true;
          return attempt();
        }, given);

  const shown = (given: ExecuteOptions): Client & ResilientRedis => {
    const members: Record<string, unknown> = {
      with: (more: ExecuteOptions) => {
        const attributes = { ...given.attributes, ...more.attributes };
        return shown({ ...given, ...more, attributes });
      },
    };
    for (const name of methodsOf(client)) {
      const method = Reflect.get(client, name) as Method;
      const effect = effectOf(name);
      if (effect !== undefined) {
        members[name] = (...args: unknown[]): unknown => {
          const callback = typeof args.at(-1) === 'function' ? (args.pop() as Callback) : undefined;
          const attempt = async (): Promise<unknown> => Reflect.apply(method, client, args);
          const result = run(effect === 'read', attempt, given);
          if (callback === undefined) return result;
          callBack(result, callback, null);
          return undefined;
        };
      } else if (['multi', 'MULTI', 'pipeline'].includes(name)) {
        members[name] = (...args: unknown[]): unknown => {
          // ioredis sends MULTI at once where it is told not to collect.
          if ((args.at(-1) as { pipeline?: unknown } | undefined)?.pipeline === false)
            return Reflect.apply(method, client, args);
          const make = (): object => Reflect.apply(method, client, args) as object;
          return batch(make, (reads, attempt) => run(reads, attempt, given).catch(unwrapped));
        };
      }
    }
    return overlay(client, members) as Client & ResilientRedis;
  };
  return shown({});
}

/** ioredis tells of a lost connection in the results. */
function unwrapped(error: unknown): unknown {
  if (error instanceof BatchFailure) return error.results;
  throw error;
}

function methodsOf(client: object): ReadonlySet<string> {
  const names = new Set<string>();
  for (
    let each: object | null = client;
    each !== null && each !== Object.prototype;
    each = Object.getPrototypeOf(each) as object | null
  ) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(each))) {
      if (typeof value === 'function') names.add(name);
    }
  }
  return names;
}
