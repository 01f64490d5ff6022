/** mysql2 pools that stay what they are, for MySQL and MariaDB. */
import type { Context, ExecuteOptions } from '../index.ts';
import type { Connection, PromisePool } from './mysql2/driver.ts';
import { Killer } from './mysql2/killer.ts';
import { Servers } from './mysql2/server.ts';
import { driverOf } from './mysql2/source.ts';
import { copyOfArguments } from './snapshot.ts';
import { callBack } from './stores/callback.ts';
import { overlay } from './stores/overlay.ts';
import {
  connection,
  merged,
  type SqlClient,
  statement,
  transaction,
  type TransactionOptions,
} from './stores/sql.ts';
import { sqlOptions, Store, type StoreOptions } from './stores/store.ts';

export { OutcomeUnknownError, RollbackFailedError } from './stores/errors.ts';
export type { Isolation, TransactionOptions } from './stores/sql.ts';
export type { StoreOptions } from './stores/store.ts';

/** A pool of `mysql2` or of `mysql2/promise`. */
export interface PoolLike {
  query(...args: never[]): unknown;
  execute(...args: never[]): unknown;
  getConnection(...args: never[]): unknown;
}

/** Options of `resilientMysql`: those of `presets.database`, or a pipeline, and these. */
export interface MysqlOptions extends StoreOptions {
  /**
   * Whether the server is told the deadline of each call (`max_statement_time` of MariaDB, `max_execution_time` of MySQL,
   * which is for reads), so that it ends statements by itself that nobody waits for. A tighter limit of your own is kept,
   * and proxies that share sessions between clients are left alone. @default true
   */
  statementTimeout?: boolean;
}

/** What a transaction is given: a connection as `mysql2/promise` has it, as far as it is used in one. */
export interface Transaction {
  /** Resolves with `[rows, fields]`. */
  query<Rows = unknown>(sql: string | object, values?: unknown): Promise<[Rows, unknown]>;
  /** The same, as a prepared statement. */
  execute<Rows = unknown>(sql: string | object, values?: unknown): Promise<[Rows, unknown]>;
  /** Runs `fn` inside a savepoint: what it throws undoes no more than what it did. */
  transaction<T>(fn: (tx: Transaction) => Promise<T>): Promise<T>;
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
 * Returns `pool` (of `mysql2` or `mysql2/promise`) under a pipeline: the same pool, with `query`, `execute` and
 * `getConnection` protected, its `promise()` too, and `transaction`.
 *
 * Statements that only read are retried; others only when they were certainly not executed. Streams (`query` without a
 * callback on a pool of `mysql2`) and statements on connections from `getConnection()` are left alone. When a timeout or
 * the caller's signal ends a call, its connection is destroyed and its session is killed on the server, if that is still
 * the same one. Throws a `TypeError` or a `RangeError` for options that cannot be.
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
  options: MysqlOptions = {},
): Pool & Resilient {
  if (typeof (pool as Partial<PoolLike> | null)?.getConnection !== 'function')
    throw new TypeError('resilientMysql: expected a pool of mysql2 or mysql2/promise.');
  const [statementTimeout, rest] = sqlOptions('resilientMysql', options);
  const store = new Store('resilientMysql', 'mysql', rest);
  const promised = promiseView(pool) as unknown as PromisePool;
  const servers = new Servers(statementTimeout);
  const killer = new Killer(promised);
  const driver = driverOf(promised, servers, killer);
  return new View({ store, driver }, servers, killer).of(pool, {}) as Pool & Resilient;
}

/** The pool with promises; one that has them already is its own. */
function promiseView(pool: PoolLike): PoolLike {
  const { promise } = pool as { promise?: () => PoolLike };
  return typeof promise === 'function' ? Reflect.apply(promise, pool, []) : pool;
}

type Callback = (error: unknown, ...results: unknown[]) => void;

const callbackOf = (args: readonly unknown[]): Callback | undefined =>
  typeof args.at(-1) === 'function' ? (args.at(-1) as Callback) : undefined;

/** A pool as it is shown, with callbacks or with promises. */
class View {
  private readonly client: SqlClient<Connection>;
  private readonly servers: Servers;
  private readonly killer: Killer;

  constructor(client: SqlClient<Connection>, servers: Servers, killer: Killer) {
    this.client = client;
    this.servers = servers;
    this.killer = killer;
  }

  of(pool: PoolLike, given: ExecuteOptions): object {
    const hasCallbacks = promiseView(pool) !== pool;
    return overlay(pool, {
      query: this.statement(pool, 'query', hasCallbacks, given),
      execute: this.statement(pool, 'execute', hasCallbacks, given),
      getConnection: (callback?: Callback) => this.getConnection(hasCallbacks, given, callback),
      transaction: (
        fn: (tx: never, context: Context) => Promise<unknown>,
        own: TransactionOptions = {},
      ) => transaction(this.client, fn, merged(given, own)),
      with: (more: ExecuteOptions) => this.of(pool, merged(given, more)),
      end: (callback?: Callback) => this.end(pool, hasCallbacks, callback),
      ...(!hasCallbacks && { [Symbol.asyncDispose]: () => this.end(pool, false) }),
      ...this.otherForm(pool, hasCallbacks, given),
    });
  }

  /** A pool with callbacks has one with promises, and that has the first one. */
  private otherForm(pool: PoolLike, hasCallbacks: boolean, given: ExecuteOptions): object {
    if (hasCallbacks) return { promise: () => this.of(promiseView(pool), given) };
    const { pool: core } = pool as { pool?: PoolLike };
    if (core === undefined) return {};
    const shown = (): object => this.of(core, given);
    return {
      get pool() {
        return shown();
      },
    };
  }

  private statement(
    pool: PoolLike,
    name: 'query' | 'execute',
    hasCallbacks: boolean,
    given: ExecuteOptions,
  ): (...args: unknown[]) => unknown {
    return (...args) => {
      const plain = (): unknown => Reflect.apply(pool[name], pool, args);
      const callback = callbackOf(args);
      // Without a callback that is a stream, and with one a pool with promises refuses it.
      if (hasCallbacks === (callback === undefined)) return plain();
      const [config] = args;
      const sql = typeof config === 'string' ? config : (config as { sql?: unknown } | null)?.sql;
      if (typeof sql !== 'string') return plain();
      const sent = copyOfArguments(callback === undefined ? args : args.slice(0, -1));
      const result = statement(
        this.client,
        sql,
        (held, by) => {
          held[name](...sent).then(by.answered, by.failed);
        },
        given,
      );
      if (callback === undefined) return result;
      (result as Promise<[unknown, unknown]>).then(
        ([rows, fields]) => process.nextTick(callback, null, rows, fields),
        (error: unknown) => process.nextTick(callback, error),
      );
      return undefined;
    };
  }

  private getConnection(
    hasCallbacks: boolean,
    given: ExecuteOptions,
    callback: Callback | undefined,
  ): unknown {
    const connecting = connection(
      this.client,
      async (held) => {
        // It is the caller's own now, and so are its limits.
        await this.servers.restore(held);
        return hasCallbacks ? (held.connection ?? held) : held;
      },
      given,
    );
    if (callback === undefined) return connecting;
    callBack(connecting, callback, null);
    return undefined;
  }

  /** Sessions that are being ended on the server are, before the pool is. */
  private end(pool: PoolLike, hasCallbacks: boolean, callback?: Callback): unknown {
    const { end } = pool as unknown as { end(...args: unknown[]): unknown };
    const close = (): unknown => Reflect.apply(end, pool, callback === undefined ? [] : [callback]);
    if (!this.killer.isWorking) return close();
    const closing = this.killer.idle().then(close);
    return hasCallbacks ? undefined : closing;
  }
}
