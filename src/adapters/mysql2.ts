/** mysql2 pools that stay what they are, for MySQL and MariaDB. */
import type { Context, ExecuteOptions } from '../index.ts';
import { isAnswer, type PromisePool } from './mysql2/driver.ts';
import { withConnection } from './mysql2/session.ts';
import { runTransaction, type Transaction, type TransactionOptions } from './mysql2/transaction.ts';
import { overlay } from './stores/overlay.ts';
import { isRead } from './stores/statement.ts';
import { Store, type StoreOptions } from './stores/store.ts';

export { OutcomeUnknownError, RollbackFailedError } from './stores/errors.ts';
export type { Isolation, Transaction, TransactionOptions } from './mysql2/transaction.ts';
export type { StoreOptions } from './stores/store.ts';

/** A pool of `mysql2` or of `mysql2/promise`. */
export interface PoolLike {
  query(...args: never[]): unknown;
  execute(...args: never[]): unknown;
  getConnection(...args: never[]): unknown;
}

/** What a protected pool has more than its own. */
export interface Resilient {
  /**
   * Runs `fn` in a transaction on a connection of its own: committed when `fn` returns, rolled back when it throws.
   *
   * It is run again as a whole after deadlocks and lock wait timeouts (`retries` times), and where a connection was lost
   * before COMMIT was sent. Rejects with what `fn` throws, with `OutcomeUnknownError` when COMMIT was sent and not
   * answered, with `RollbackFailedError`, or as the pipeline does.
   */
  transaction<T>(
    fn: (tx: Transaction, context: Context) => Promise<T>,
    options?: TransactionOptions,
  ): Promise<T>;
  /** The same, with options for its calls: a signal, a key, attributes (`idempotent: true` for a write that may be repeated). */
  with(options: ExecuteOptions): this;
}

/**
 * Returns `pool` (of `mysql2` or `mysql2/promise`) under a pipeline: the same pool, with `query` and `execute` protected,
 * and `transaction`.
 *
 * Statements that only read are retried; others only when they were certainly not executed. Streams (`query` without a
 * callback on a pool of `mysql2`) and connections from `getConnection()` are left alone. When a timeout or the caller's
 * signal ends a call, its connection is destroyed and its session is killed on the server. Throws a `TypeError` or a
 * `RangeError` for options that cannot be.
 *
 * @example
 * ```ts
 * import { resilientMysql } from 'kedge/mysql2';
 * import { createPool } from 'mysql2/promise';
 *
 * const pool = resilientMysql(createPool({ host: '127.0.0.1', connectTimeout: 1_000 }), { totalTimeout: 5_000 });
 * await pool.end();
 * ```
 */
export function resilientMysql<Pool extends PoolLike>(
  pool: Pool,
  options: StoreOptions = {},
): Pool & Resilient {
  const store = new Store('mysql', options);
  const callbacks = pool as unknown as { promise?: () => PromisePool };
  const source =
    typeof callbacks.promise === 'function'
      ? callbacks.promise()
      : (pool as unknown as PromisePool);

  const statement =
    (name: 'query' | 'execute', given: ExecuteOptions) =>
    (...args: unknown[]): unknown => {
      const plain = (): unknown => Reflect.apply(pool[name], pool, args);
      const callback =
        typeof args.at(-1) === 'function'
          ? (args.at(-1) as (error: unknown, ...results: unknown[]) => void)
          : undefined;
      if (callback === undefined && source !== (pool as unknown as PromisePool)) return plain();
      const [config] = args;
      const sql = typeof config === 'string' ? config : (config as { sql?: unknown } | null)?.sql;
      if (typeof sql !== 'string') return plain();
      const sent = callback === undefined ? args : args.slice(0, -1);
      const run = (context: Context, sending?: () => void): Promise<unknown> =>
        withConnection(
          source,
          context,
          (connection) => {
            sending?.();
            return connection[name](...sent);
          },
          isAnswer,
        );
      const result = isRead(sql, 'mysql')
        ? store.read((context) => run(context), given)
        : store.write((context, call) => run(context, () => (call.sent = true)), given);
      if (callback === undefined) return result;
      (result as Promise<[unknown, unknown]>).then(
        ([rows, fields]) => process.nextTick(callback, null, rows, fields),
        (error: unknown) => process.nextTick(callback, error),
      );
      return undefined;
    };

  const shown = (given: ExecuteOptions): Pool & Resilient =>
    overlay(pool, {
      query: statement('query', given),
      execute: statement('execute', given),
      transaction: <T>(
        fn: (tx: Transaction, context: Context) => Promise<T>,
        own: TransactionOptions = {},
      ) => runTransaction(store, source, fn, merged(given, own)),
      with: (more: ExecuteOptions) => shown(merged(given, more)),
    });
  return shown({});
}

function merged<Options extends ExecuteOptions>(given: ExecuteOptions, options: Options): Options {
  return { ...given, ...options, attributes: { ...given.attributes, ...options.attributes } };
}
