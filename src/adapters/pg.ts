/** `pg` pools and clients that stay what they are, and outlast a bad network and a restarted server. */
import type { Context, ExecuteOptions } from '../index.ts';
import {
  type ClientLike,
  type ClientOf,
  type Connection,
  isClient,
  isUsable,
  type PoolLike,
} from './pg/driver.ts';
import { isForeign, protectedQuery } from './pg/queries.ts';
import { Sessions } from './pg/session.ts';
import { clientDriver, poolDriver, replacedWhenStale, Turns } from './pg/source.ts';
import { callBack } from './stores/callback.ts';
import { overlay } from './stores/overlay.ts';
import {
  connection,
  merged,
  type SqlClient,
  transaction,
  type TransactionOptions,
} from './stores/sql.ts';
import { sqlOptions, Store, type StoreOptions } from './stores/store.ts';

export type { Isolation, TransactionOptions } from './stores/sql.ts';
export type { ClientLike, ClientOf, PoolLike } from './pg/driver.ts';
export { OutcomeUnknownError, RollbackFailedError } from './stores/errors.ts';
export type { StoreOptions } from './stores/store.ts';

/** Options of `resilientPg`: those of `presets.database`, or a pipeline, and these. */
export interface PgOptions extends StoreOptions {
  /**
   * Whether the server is told the deadline of each call (`statement_timeout`), so that it ends statements by itself that
   * nobody waits for. A tighter limit of your own is kept, and poolers that share sessions between clients (PgBouncer) are
   * left alone. @default true
   */
  statementTimeout?: boolean;
}

/** What a transaction is given: the client, in it. */
export type Transaction<Client> = Client & {
  /** Runs `fn` inside a savepoint: what it throws undoes no more than what it did. */
  transaction<T>(fn: (tx: Transaction<Client>) => Promise<T>): Promise<T>;
};

/** What a protected pool or client has more than its own. */
export interface Resilient<Client> {
  /**
   * Runs `fn` in a transaction on a connection of its own: committed when `fn` returns, rolled back when it throws.
   *
   * It is run again as a whole after serialization failures and deadlocks (`retries` times), and where a connection was
   * lost before COMMIT was sent. Rejects with what `fn` throws, with `OutcomeUnknownError` when COMMIT was sent and not
   * answered, with `RollbackFailedError`, or as the pipeline does.
   */
  transaction<T>(
    fn: (tx: Transaction<Client>, context: Context) => Promise<T>,
    options?: TransactionOptions,
  ): Promise<T>;
  /** The same, with options for its calls: a signal, a key, attributes (`idempotent: true` for a write that may be repeated). */
  with(options: ExecuteOptions): this;
}

type Query = (...args: unknown[]) => unknown;

/**
 * Returns `target`, a `pg.Pool` or one connected `pg.Client`, under a pipeline: the same object, with `query` (and a
 * pool's `connect`) protected, and `transaction`.
 *
 * Statements that only read are retried; others only when they were certainly not executed. When a timeout or the
 * caller's signal ends a call, its statement is cancelled on the server and its connection destroyed. Statements on a
 * client from `connect()` are left alone, but its end does not end the process, and it is thrown away on release when the
 * server has turned read-only. A pool without `connectionTimeoutMillis` gets the time of an attempt (or 10 s). A client
 * cannot get another connection, so it retries less, and nothing inside a transaction that its caller began. Throws a
 * `TypeError` or a `RangeError` for options that cannot be.
 *
 * @example
 * ```ts
 * import { resilientPg } from 'kedge/pg';
 * import { Pool } from 'pg';
 *
 * const pool = resilientPg(new Pool({ max: 10 }), { totalTimeout: 5_000, attemptTimeout: 1_000 });
 * console.log(pool instanceof Pool); // true
 * ```
 */
export function resilientPg<Pool extends PoolLike>(
  target: Pool,
  options?: PgOptions,
): Pool & Resilient<ClientOf<Pool>>;
export function resilientPg<Client extends ClientLike>(
  target: Client,
  options?: PgOptions,
): Client & Resilient<Client>;
export function resilientPg(target: PoolLike | ClientLike, options: PgOptions = {}): object {
  if (typeof (target as Partial<ClientLike> | null)?.query !== 'function')
    throw new TypeError('resilientPg: expected a pg.Pool or a pg.Client.');
  const [statementTimeout, rest] = sqlOptions('resilientPg', options);
  const store = new Store('resilientPg', 'postgres', rest);
  const sessions = new Sessions(statementTimeout);
  if (isClient(target)) {
    const turns = new Turns();
    const client = { store, driver: clientDriver(target as ClientLike, sessions, turns) };
    return view(target, client, (query) => ({ query: outsideTransactions(target, query, turns) }));
  }
  const pool = target as PoolLike;
  boundConnects(pool, rest);
  const client = { store, driver: poolDriver(pool, sessions) };
  return view(target, client, (query, given) => ({
    query,
    connect: (callback?: (error: unknown, client?: unknown, done?: unknown) => void): unknown => {
      const connecting = connection(
        client,
        async (held) => {
          // It is the caller's own now, and so are its limits.
          await sessions.restore(held);
          return replacedWhenStale(held);
        },
        given,
      );
      if (callback === undefined) return connecting;
      callBack(connecting, (error, held) => {
        if (error === undefined) callback(undefined, held, (held as Connection).release);
        else callback(error, undefined, () => {});
      });
      return undefined;
    },
  }));
}

/** In milliseconds, where no attempt has a limit of its own. */
const longestConnect = 10_000;
const attemptOfPreset = 5_000;

/** A connect that nobody ever answers would keep its place in the pool for ever. */
function boundConnects(pool: PoolLike, { pipeline, attemptTimeout }: StoreOptions): void {
  const { options } = pool as { options?: { connectionTimeoutMillis?: number } };
  if (options === undefined || (options.connectionTimeoutMillis ?? 0) > 0) return;
  const limit = pipeline === undefined ? (attemptTimeout ?? attemptOfPreset) : longestConnect;
  options.connectionTimeoutMillis = Math.ceil(Math.min(limit, 2 ** 31 - 1));
}

function view(
  target: PoolLike | ClientLike,
  client: SqlClient<Connection>,
  own: (query: Query, given: ExecuteOptions) => object,
): object {
  const plain: Query = (...args) => target.query(...(args as never[]));
  const shown = (given: ExecuteOptions): object =>
    overlay(target, {
      ...own(protectedQuery(client, given, plain), given),
      transaction: (
        fn: (tx: never, context: Context) => Promise<unknown>,
        options: TransactionOptions = {},
      ) => transaction(client, fn, merged(given, options)),
      with: (added: ExecuteOptions) => shown(merged(given, added)),
    });
  return shown({});
}

/** Statements of a transaction that its caller began by hand belong together; those beside one of kedge's wait. */
function outsideTransactions(target: PoolLike | ClientLike, query: Query, turns: Turns): Query {
  const client = target as unknown as Connection;
  return (...args) => {
    if (turns.isTaken) {
      if (isForeign(args[0]))
        throw new Error(
          'query: a transaction is open on this client, and would take this query with it. Await its end, or send it by its `tx`.',
        );
      return query(...args);
    }
    const status = isUsable(client) ? client.getTransactionStatus?.() : 'I';
    const isOpen = status === 'T' || status === 'E';
    return isOpen ? client.query(...(args as [unknown])) : query(...args);
  };
}
