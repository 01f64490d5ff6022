/** `pg` pools and clients that stay what they are, and outlast a bad network and a restarted server. */
import type { Context, ExecuteOptions } from '../index.ts';
import {
  type ClientLike,
  type ClientOf,
  type Connection,
  isUsable,
  type PoolLike,
  type Source,
} from './pg/driver.ts';
import { protectedQuery } from './pg/queries.ts';
import { limitStatements } from './pg/session.ts';
import { runTransaction, type TransactionOptions } from './pg/transaction.ts';
import { callBack } from './stores/callback.ts';
import { overlay } from './stores/overlay.ts';
import { Store, type StoreOptions } from './stores/store.ts';
import type { Begun } from './stores/begun.ts';

export type { Isolation, TransactionOptions } from './pg/transaction.ts';
export type { ClientLike, ClientOf, PoolLike } from './pg/driver.ts';
export { OutcomeUnknownError, RollbackFailedError } from './stores/errors.ts';
export type { StoreOptions } from './stores/store.ts';

/** Options of `resilientPg` and `resilientClient`: those of `presets.database`, and these. */
export interface PgOptions extends StoreOptions {
  /**
   * Whether statements get the deadline of their call as `statement_timeout`, so that the server ends them by itself.
   * Off for poolers that share sessions between clients (PgBouncer's transaction mode). @default true
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
type Members = Record<'query' | 'transaction' | 'with', unknown>;

/**
 * Returns `pool` under a pipeline: the same `pg.Pool`, with `query` and `connect` protected, and `transaction`.
 *
 * Statements that only read are retried; others only when they were certainly not executed. Statements on a client from
 * `connect()` are left alone. When a timeout or the caller's signal ends a call, its statement is cancelled on the
 * server and its connection destroyed. A pool that nobody listens to for errors does not end the process any more.
 * Throws a `TypeError` or a `RangeError` for options that cannot be.
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
  pool: Pool,
  options: PgOptions = {},
): Pool & Resilient<ClientOf<Pool>> {
  const { statementTimeout = true, ...rest } = options;
  const store = new Store('postgres', rest);
  const source: Source = {
    acquire: () => pool.connect() as unknown as Promise<Connection>,
    take: (taken) => {
      // A pool that takes no callback gives promises.
      if (pool.connect.length === 1)
        (pool as { connect(callback: typeof taken): unknown }).connect(taken);
      else
        pool.connect().then((client) => taken(undefined, client as unknown as Connection), taken);
    },
    release: (connection, broken) => connection.release?.(broken),
    disposable: true,
  };
  // An idle connection that a server ends is no reason to end the process.
  if (pool.listenerCount('error') === 0) pool.on('error', () => {});

  const acquire = async ({ signal }: Context): Promise<Connection> => {
    const connection = await source.acquire();
    if (!signal.aborted) return connection;
    source.release(connection);
    throw signal.reason;
  };
  const connect =
    (given: ExecuteOptions) =>
    (callback?: (error: unknown, client?: unknown, done?: unknown) => void): unknown => {
      const connecting = store.read(async (context) => {
        const connection = await acquire(context);
        // It is the caller's own now, and so are its limits.
        if (statementTimeout) await limitStatements(connection, 0);
        return connection;
      }, given);
      if (callback === undefined) return connecting;
      callBack(connecting, (error, client) => {
        if (error === undefined) {
          const { release } = client as Connection;
          callback(undefined, client, release);
        } else callback(error, undefined, () => {});
      });
      return undefined;
    };
  return view(pool, store, source, statementTimeout, (given) => ({ connect: connect(given) }));
}

/**
 * Returns one connected `client` under a pipeline: the same `pg.Client`, with `query` protected, and `transaction`.
 *
 * A client that has lost its connection cannot get another one, so this retries less than a pool does, and nothing
 * inside a transaction that its caller began. Throws a `TypeError` or a `RangeError` for options that cannot be.
 */
export function resilientClient<Client extends ClientLike>(
  client: Client,
  options: PgOptions = {},
): Client & Resilient<Client> {
  const { statementTimeout = true, ...rest } = options;
  const connection = client as unknown as Connection;
  const source: Source = {
    acquire: () => Promise.resolve(connection),
    take: (taken) => taken(undefined, connection),
    release: () => {},
    disposable: false,
  };
  return view(client, new Store('postgres', rest), source, statementTimeout, () => ({}));
}

function view<Target extends object, Client>(
  target: Target & { query(...args: never[]): unknown },
  store: Store,
  source: Source,
  statementTimeout: boolean,
  more: (given: ExecuteOptions) => object,
): Target & Resilient<Client> {
  const plain = (...args: unknown[]): unknown => target.query(...(args as never[]));
  const shown = (given: ExecuteOptions): Target => {
    const query = protectedQuery(store, source, statementTimeout, given, plain);
    const members: Members = {
      query: source.disposable ? query : outsideTransactions(target, plain, query),
      transaction: (
        fn: (tx: unknown, context: Context) => Promise<unknown>,
        options: TransactionOptions = {},
      ) =>
        runTransaction(
          store,
          source,
          statementTimeout,
          (begun, own, context) => fn(transactional(own, begun), context),
          merged(given, options),
        ),
      with: (added: ExecuteOptions) => shown(merged(given, added)),
    };
    return overlay(target, { ...members, ...more(given) });
  };
  return shown({}) as Target & Resilient<Client>;
}

/** Statements of a transaction that is the caller's own belong together. */
function outsideTransactions(target: object, plain: Query, query: Query): Query {
  const connection = target as Connection;
  return (...args) => {
    const status = isUsable(connection) ? connection.getTransactionStatus?.() : 'I';
    return status === 'T' || status === 'E' ? plain(...args) : query(...args);
  };
}

function merged<Options extends ExecuteOptions>(given: ExecuteOptions, options: Options): Options {
  const attributes = { ...given.attributes, ...options.attributes };
  return { ...given, ...options, ...(Object.keys(attributes).length > 0 && { attributes }) };
}

/** The client inside a transaction: as long as that lasts, and never released by hand. */
function transactional(connection: Connection, begun: Begun): object {
  const query = connection.query.bind(connection) as (...args: unknown[]) => unknown;
  return overlay(connection, {
    query: (...args: unknown[]) => begun.send(() => query(...args)),
    transaction: (fn: (tx: object) => Promise<unknown>) =>
      begun.nest((inner) => fn(transactional(connection, inner))),
    release: () => {
      throw new Error('transaction: the client is released when the transaction ends.');
    },
  });
}
