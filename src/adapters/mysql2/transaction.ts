/** Transactions of mysql2: begun, committed, rolled back, repeated as a whole. */
import type { Context, ExecuteOptions } from '../../index.ts';
import { OutcomeUnknownError, RollbackFailedError } from '../stores/errors.ts';
import { overlay } from '../stores/overlay.ts';
import type { Store } from '../stores/store.ts';
import { type Begun, type Session, TransactionCall } from '../stores/begun.ts';
import { reportingUnknown, transact } from '../stores/transaction.ts';
import { type Connection, isAnswer, isConflict, type PromisePool } from './driver.ts';
import { withConnection } from './session.ts';

export type Isolation = 'read uncommitted' | 'read committed' | 'repeatable read' | 'serializable';

/** Options of one transaction, besides those of any call. */
export interface TransactionOptions extends ExecuteOptions {
  /** The isolation level. @default the server's, mostly `'repeatable read'` */
  isolation?: Isolation;
  /** Whether the transaction only reads. @default false */
  readOnly?: boolean;
  /** How often the whole transaction is run again after a deadlock or a lock wait timeout. @default 5 */
  retries?: number;
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

const levels: ReadonlySet<string> = new Set([
  'read uncommitted',
  'read committed',
  'repeatable read',
  'serializable',
]);

const isClean = (error: unknown): boolean =>
  !(error instanceof RollbackFailedError) && !(error instanceof OutcomeUnknownError);

/** Runs `fn` in a transaction of a connection of its own, under the store's pipeline. */
export async function runTransaction<T>(
  store: Store,
  pool: PromisePool,
  fn: (tx: Transaction, context: Context) => Promise<T>,
  { isolation, readOnly, retries = 5, ...given }: TransactionOptions,
): Promise<T> {
  if (isolation !== undefined && !levels.has(isolation)) {
    throw new RangeError(`transaction: there is no isolation level '${isolation as string}'.`);
  }
  const call = new TransactionCall(retries);
  const noting: PromisePool = {
    getConnection: () =>
      pool.getConnection().catch((error: unknown) => {
        call.note(error);
        throw error;
      }),
  };
  const attempt = (context: Context): Promise<T> => {
    call.started();
    let line: Line | undefined;
    const work = (connection: Connection): Promise<T> => {
      const own = new Line(connection);
      line = own;
      const session = sessionOf(own, isolation, readOnly);
      return transact(session, call, context, {}, store.pipeline.name, (begun) =>
        fn(transactional(own, begun), context),
      );
    };
    return withConnection(noting, context, work, (error) => line?.lost !== true && isClean(error));
  };
  return reportingUnknown(store, attempt, given, call);
}

/** A connection, and whether it is still there. */
class Line {
  readonly connection: Connection;
  lost = false;

  constructor(connection: Connection) {
    this.connection = connection;
  }

  async send(name: 'query' | 'execute', ...args: unknown[]): Promise<unknown> {
    try {
      return await this.connection[name](...args);
    } catch (error) {
      this.lost ||= !isAnswer(error);
      throw error;
    }
  }
}

function sessionOf(
  line: Line,
  isolation: Isolation | undefined,
  readOnly: boolean | undefined,
): Session {
  return {
    query: (text) => line.send('query', text),
    async begin() {
      if (isolation !== undefined) {
        await line.send('query', `set transaction isolation level ${isolation}`);
      }
      await line.send('query', `start transaction${readOnly === true ? ' read only' : ''}`);
    },
    isUsable: () => !line.lost,
    isAnswer,
    isConflict,
  };
}

function refuse(): never {
  throw new Error('transaction: the connection is released when the transaction ends.');
}

/** The connection inside a transaction: as long as that lasts, and never released by hand. */
function transactional(line: Line, begun: Begun): Transaction {
  const members: Transaction & Record<'release' | 'destroy', () => never> = {
    query: (...args) => begun.send(() => line.send('query', ...args)) as Promise<[never, never]>,
    execute: (...args) =>
      begun.send(() => line.send('execute', ...args)) as Promise<[never, never]>,
    transaction: (fn) => begun.nest((inner) => fn(transactional(line, inner))),
    release: refuse,
    destroy: refuse,
  };
  return overlay(line.connection as object, members);
}
