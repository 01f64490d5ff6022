/** Transactions: begun, committed, rolled back, repeated as a whole. */
import { classify } from '../../verdict/classify.ts';
import type { Context, ExecuteOptions } from '../../index.ts';
import { OutcomeUnknownError, RollbackFailedError } from '../stores/errors.ts';
import type { Store } from '../stores/store.ts';
import { type Begun, type Session, TransactionCall } from '../stores/begun.ts';
import { statementLimit } from '../stores/limit.ts';
import { reportingUnknown, transact } from '../stores/transaction.ts';
import { type Connection, isAnswer, isUsable, type Result, type Source } from './driver.ts';
import { withConnection } from './session.ts';

export type Isolation = 'read uncommitted' | 'read committed' | 'repeatable read' | 'serializable';

/** Options of one transaction, besides those of any call. */
export interface TransactionOptions extends ExecuteOptions {
  /** The isolation level. @default the server's, mostly `'read committed'` */
  isolation?: Isolation;
  /** Whether the transaction only reads. @default false */
  readOnly?: boolean;
  /** How often the whole transaction is run again after a serialization failure or a deadlock. @default 5 */
  retries?: number;
}

const levels: ReadonlySet<string> = new Set([
  'read uncommitted',
  'read committed',
  'repeatable read',
  'serializable',
]);

/** Statements that begin a transaction, in one message to the server. */
function beginning({ isolation, readOnly }: TransactionOptions, limit: number): string {
  const level = isolation === undefined ? '' : ` isolation level ${isolation}`;
  const begin = `begin${level}${readOnly === true ? ' read only' : ''}`;
  return limit === 0 ? begin : `${begin}; set local statement_timeout = ${limit}`;
}

/** What COMMIT can answer without anybody knowing: the connection ends, or the server says that it does not know. */
const undecided: ReadonlySet<string> = new Set(['40003', '08007']);

const session = (connection: Connection, limit: number): Session => ({
  query: (text) => connection.query(text),
  begin: (options) => connection.query(beginning(options, limit)),
  isUsable: () => isUsable(connection),
  isAnswer: (error) => isAnswer(error) && !undecided.has(classify(error).code ?? ''),
  // COMMIT of a transaction in which a statement has failed is a ROLLBACK, and no error.
  wasRolledBack: (result) => (result as Result | undefined)?.command === 'ROLLBACK',
  isConflict: (error) => ['40001', '40P01'].includes(classify(error).code ?? ''),
});

/** Runs `fn` in a transaction of a connection of its own, under the store's pipeline. */
export async function runTransaction<T>(
  store: Store,
  source: Source,
  statementTimeout: boolean,
  fn: (begun: Begun, connection: Connection, context: Context) => Promise<T>,
  options: TransactionOptions,
): Promise<T> {
  const { isolation, readOnly, retries = 5, ...given } = options;
  if (isolation !== undefined && !levels.has(isolation)) {
    throw new RangeError(`transaction: there is no isolation level '${isolation as string}'.`);
  }
  const call = new TransactionCall(retries);
  const attempt = (context: Context): Promise<T> => {
    call.started();
    const work = (connection: Connection): Promise<T> => {
      const limit = statementTimeout ? statementLimit(context) : 0;
      const begin = { isolation, readOnly };
      const { name } = store.pipeline;
      return transact(session(connection, limit), call, context, begin, name, (begun) =>
        fn(begun, connection, context),
      );
    };
    return withConnection(noting(source, call), context, work, isClean);
  };
  return reportingUnknown(store, attempt, given, call);
}

/** Whether a connection can serve others after a transaction that failed with `error`. */
function isClean(connection: Connection, error: unknown): boolean {
  return (
    isUsable(connection) &&
    (connection.getTransactionStatus?.() ?? 'I') === 'I' &&
    !(error instanceof RollbackFailedError) &&
    !(error instanceof OutcomeUnknownError)
  );
}

/** Failures to get a connection are the database's too. */
function noting(source: Source, call: TransactionCall): Source {
  return {
    ...source,
    acquire: () =>
      source.acquire().catch((error: unknown) => {
        call.note(error);
        throw error;
      }),
  };
}
