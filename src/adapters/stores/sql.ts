/**
 * All that SQL clients have in common: statements under a pipeline, transactions, and options. A driver brings the rest,
 * in the words of `SqlDriver`.
 */
import { boolean, number, oneOf, readOptions, type Rule, type Rules } from '../../core/options.ts';
import type { Context, ExecuteOptions } from '../../index.ts';
import { OutcomeUnknownError, RollbackFailedError } from './errors.ts';
import { type ConnectionSource, hold, sendStatement, type Settling } from './lease.ts';
import { type OpenTransaction, type Session, TransactionCall } from './open-transaction.ts';
import { isUndone } from './ending.ts';
import { type Dialect, isRead } from './statement.ts';
import type { Store } from './store.ts';
import { reportingUnknown, transact } from './transaction.ts';
import { plainContext } from './watch.ts';

export type Isolation = 'read uncommitted' | 'read committed' | 'repeatable read' | 'serializable';

/** Options of one transaction, besides those of any call. */
export interface TransactionOptions extends ExecuteOptions {
  /** The isolation level. @default the server's */
  isolation?: Isolation;
  /** Whether the transaction only reads. @default false */
  readOnly?: boolean;
  /** How often the whole transaction is run again after it lost against another. @default 5 */
  retries?: number;
}

type Own = Pick<TransactionOptions, 'isolation' | 'readOnly' | 'retries'>;

/** How often a transaction may be run again. */
export const retriesRule: Rule = number(
  'a whole number from 0, or Infinity',
  (retries) => retries >= 0 && (Number.isInteger(retries) || retries === Infinity),
);

/** Throws where a transaction is given no function. */
export function checkFunction(fn: unknown): void {
  if (typeof fn !== 'function') throw new TypeError('transaction: expected a function.');
}

const rules: Rules<Own> = {
  isolation: oneOf('read uncommitted', 'read committed', 'repeatable read', 'serializable'),
  readOnly: boolean,
  retries: retriesRule,
};

/** A connection in a transaction. */
export interface SqlSession extends Session {
  /** The client as `fn` gets it, for as long as the transaction is open. */
  shown(open: OpenTransaction): object;
}

/** What a driver brings. */
export interface SqlDriver<Connection> extends ConnectionSource<Connection> {
  readonly dialect: Dialect;
  /** Where connections for transactions come from, where others must not use them meanwhile. */
  readonly transactions?: ConnectionSource<Connection>;
  /** A transaction's side of a connection; `begin` gets what `TransactionOptions` say. */
  session(connection: Connection): SqlSession;
  /** Names that call a function where they stand behind a dot; `undefined` while that is not known. */
  readonly fieldFunctions?: ReadonlySet<string> | undefined;
}

/** A driver under a pipeline. */
export interface SqlClient<Connection> {
  readonly store: Store;
  readonly driver: SqlDriver<Connection>;
}

/** Options of a later `with`, over those of an earlier one; attributes are put together. */
export function merged<Options extends ExecuteOptions>(
  given: ExecuteOptions,
  options: Options,
): Options {
  const attributes = { ...given.attributes, ...options.attributes };
  return { ...given, ...options, ...(Object.keys(attributes).length > 0 && { attributes }) };
}

/** One statement: a read may be repeated, anything else only when it was certainly not executed. */
export function statement<Connection>(
  { store, driver }: SqlClient<Connection>,
  sql: unknown,
  send: (connection: Connection, settling: Settling) => void,
  given: ExecuteOptions,
): Promise<unknown> {
  const reads = typeof sql === 'string' && isRead(sql, driver.dialect, driver.fieldFunctions);
  return reads
    ? store.read((context) => sendStatement(driver, context, send), given)
    : store.write((context, call) => {
        call.isUndoneByErrors = () => typeof sql === 'string' && isUndone(sql, driver.dialect);
        return sendStatement(driver, context, send, call);
      }, given);
}

const isNoMore = (): boolean => false;

/** A connection for the caller, made ready by `handOver`: from then on it is the caller's own. */
export function connection<Connection, T>(
  { store, driver }: SqlClient<Connection>,
  handOver: (connection: Connection) => Promise<T>,
  given: ExecuteOptions,
): Promise<T> {
  return store.read((context) => hold(driver, context, handOver, isNoMore, true), given);
}

/** Runs `fn` in a transaction of a connection of its own, under the store's pipeline. */
export async function transaction<Connection, T>(
  { store, driver }: SqlClient<Connection>,
  fn: (tx: never, context: Context) => Promise<T>,
  options: TransactionOptions,
): Promise<T> {
  checkFunction(fn);
  const { isolation, readOnly, retries, ...given } = options;
  const own = readOptions<Own>('transaction', { isolation, readOnly, retries }, {}, rules);
  const call = new TransactionCall(own.retries ?? 5);
  const source = driver.transactions ?? driver;
  const noting: ConnectionSource<Connection> = {
    ...source,
    acquire: (taken) =>
      source.acquire((error, held) => {
        if (held === undefined) call.note(error);
        taken(error, held);
      }),
  };
  const attempt = (context: Context): Promise<T> => {
    call.started();
    let session: SqlSession | undefined;
    const work = async (held: Connection): Promise<T> => {
      const started = driver.session(held);
      session = started;
      await call.noting(driver.prepare(held, context));
      return transact(started, call, context, own, store.pipeline.name, (open) =>
        fn(started.shown(open) as never, plainContext(context)),
      );
    };
    const isClean = (_held: Connection, error: unknown): boolean =>
      session?.isUsable() === true &&
      session.isReusable?.() !== false &&
      !(error instanceof RollbackFailedError) &&
      !(error instanceof OutcomeUnknownError);
    return hold(noting, context, work, isClean);
  };
  return reportingUnknown(store, attempt, given, call);
}
