/** The driver's own `MongoClient`, that stays what it is, and outlasts a bad network and an election. */
import { check } from '../core/options.ts';
import type { Context, ExecuteOptions } from '../index.ts';
import { read, type Shared } from './mongodb/calls.ts';
import type { ClientLike, Driver, DriverTransactionOptions, SessionOf } from './mongodb/driver.ts';
import { runTransaction } from './mongodb/transaction.ts';
import { clientView, underPipeline } from './mongodb/views.ts';
import { checkFunction, merged, retriesRule } from './stores/sql.ts';
import { Store, type StoreOptions } from './stores/store.ts';

export type { ClientLike, DriverTransactionOptions, SessionOf } from './mongodb/driver.ts';
export { OutcomeUnknownError, RollbackFailedError } from './stores/errors.ts';
export type { StoreOptions } from './stores/store.ts';

/** Options of one transaction: those of any call, those of the driver's own transactions, and this. */
export type TransactionOptions<Client> = ExecuteOptions &
  DriverTransactionOptions<Client> & {
    /** How often the whole transaction is run again after a conflict with another. @default 5 */
    retries?: number;
  };

/** What a transaction is given: the client, in it. */
export type Transaction<Client> = Client & {
  /** The transaction's session, for what does not go through this client. */
  readonly session: SessionOf<Client>;
};

/** What a protected client has more than its own. */
export interface Resilient<Client> {
  /**
   * Runs `fn` in a transaction of a session of its own: committed when `fn` returns, aborted when it throws. Operations
   * of the client that `fn` gets belong to it, without being given its session.
   *
   * It is run again as a whole where the server says so (`TransientTransactionError`, `retries` times), and where the
   * connection was lost before the commit was sent. A commit whose outcome is unknown is repeated, which the server
   * carries out once. Rejects with what `fn` throws, with `OutcomeUnknownError` when no answer to the commit arrived, or
   * as the pipeline does.
   */
  transaction<T>(
    fn: (tx: Transaction<Client>, context: Context) => Promise<T>,
    options?: TransactionOptions<Client>,
  ): Promise<T>;
  /** The same, with options for its calls: a signal, a key, attributes (`idempotent: true` for writes that may be repeated). */
  with(options: ExecuteOptions): this;
}

/**
 * Returns `client` under a pipeline: the same `MongoClient`, with the operations of its databases and collections
 * protected, and `transaction`.
 *
 * Reads are retried, a cursor until its first documents have come; writes only when they were certainly not carried out.
 * The driver's own retries count as attempts. What has the session of a transaction is left alone, and so are change
 * streams, `admin()` and bulk operations that are built step by step. When a timeout or the caller's signal ends a call,
 * its connection is closed, and nothing of it is sent any more. Throws a `TypeError` or a `RangeError` for options that
 * cannot be.
 *
 * @example
 * ```ts
 * import { resilientMongo } from 'kedge/mongodb';
 * import { MongoClient } from 'mongodb';
 *
 * const client = resilientMongo(new MongoClient('mongodb://127.0.0.1/shop'), { totalTimeout: 5_000 });
 * console.log(client instanceof MongoClient); // true
 * ```
 */
export function resilientMongo<Client extends ClientLike>(
  client: Client,
  options: StoreOptions = {},
): Client & Resilient<Client> {
  if (typeof (client as Partial<ClientLike> | null)?.startSession !== 'function')
    throw new TypeError('resilientMongo: expected a MongoClient.');
  const driver = client as unknown as Driver;
  const store = new Store('resilientMongo', 'mongodb', options);
  const shared: Shared = { client: driver, store, maxAttempts: options.maxAttempts ?? 3 };

  const shown = (given: ExecuteOptions): object => {
    const view: object = clientView(client, underPipeline(shared, given), {
      connect: async () => {
        await read(shared, given, () => driver.connect());
        return view;
      },
      transaction: async <T>(
        fn: (tx: object, context: Context) => Promise<T>,
        own: TransactionOptions<unknown> = {},
      ) => {
        checkFunction(fn);
        const { retries = 5, signal, timeout, key, attributes, ...ofDriver } = own;
        check('transaction', 'retries', retries, retriesRule);
        const call = merged(given, {
          ...(signal && { signal }),
          ...(timeout !== undefined && { timeout }),
          ...(key !== undefined && { key }),
          ...(attributes && { attributes }),
        });
        return runTransaction(
          shared,
          (session, run, context) =>
            fn(clientView(client, run, { session, transaction: refuse }), context),
          retries,
          ofDriver,
          call,
        );
      },
      with: (added: ExecuteOptions) => shown(merged(given, added)),
    });
    return view;
  };
  return shown({}) as Client & Resilient<Client>;
}

function refuse(): never {
  throw new Error('transaction: MongoDB has no transactions inside transactions.');
}
