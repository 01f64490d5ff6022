/** Where connections to MySQL and MariaDB come from and go to, and their transactions. */
import { classify } from '../../verdict/classify.ts';
import { ignore } from '../stores/callback.ts';
import { endingWords } from '../stores/ending.ts';
import { overlay } from '../stores/overlay.ts';
import type { OpenTransaction } from '../stores/open-transaction.ts';
import type { SqlDriver, SqlSession, TransactionOptions } from '../stores/sql.ts';
import { type Connection, errnoOf, isAnswer, isOpen, type PromisePool } from './driver.ts';
import type { Killer } from './killer.ts';
import type { Known, Servers } from './server.ts';

const deadlock = 1213;
const lockWaitTimeout = 1205;
const lockTableFull = 1206;
/** SERVER_STATUS_IN_TRANS. */
const inTransaction = 1;
/** A deadlock, or a record that has changed since it was read: the server has undone the whole transaction. */
const losing: ReadonlySet<unknown> = new Set([deadlock, 1020, 1614]);

export function driverOf(
  pool: PromisePool,
  servers: Servers,
  killer: Killer,
): SqlDriver<Connection> {
  const heard: WeakSet<object> = new WeakSet();
  const isResetting = pool.pool?.config?.resetOnRelease === true;
  return {
    dialect: 'mysql',
    disposable: true,
    isUsedUp: () => isUsedUp(pool),
    acquire: (taken) => {
      pool.getConnection().then((connection) => {
        const { connection: core } = connection;
        if (core !== undefined && !heard.has(core)) {
          heard.add(core);
          // One whose session ends between two statements is no reason to end the process.
          core.on?.('error', ignore);
        }
        taken(undefined, connection);
      }, taken);
    },
    release: (connection, broken) => {
      if (broken !== undefined) connection.destroy();
      else {
        if (isResetting) servers.hasBeenReset(connection);
        connection.release();
      }
    },
    interrupt: (connection) => {
      const known = servers.of(connection);
      if (known !== undefined) killer.kill(connection, known);
      return undefined;
    },
    prepare: (connection, context) => servers.prepare(connection, context),
    survives: (connection, error) =>
      isAnswer(error) && isOpen(connection) && !isToBeReplaced(error),
    session: (connection) => sessionOf(connection, servers.of(connection)),
  };
}

/** Whether all connections that a pool may have are there, and out. Those without an id have not been established yet. */
function isUsedUp({ pool }: PromisePool): boolean {
  const { _allConnections: all, _freeConnections: free, config } = pool ?? {};
  const { connectionLimit = 0 } = config ?? {};
  if (all === undefined || free?.length !== 0 || connectionLimit === 0) return false;
  if (all.length < connectionLimit) return false;
  for (let index = 0; index < all.length; index++)
    if (typeof all.get(index)?.threadId !== 'number') return false;
  return true;
}

const isToBeReplaced = (error: unknown): boolean => classify(error).connection === 'replace';

/** A connection, and whether it is still there. */
class TrackedConnection {
  readonly connection: Connection;
  /** Whether an answer has shown that another one is to take its place. */
  isStale = false;
  /** Whether the latest answer that told said that no transaction is open, on a server that has said that one was. */
  isIdle = false;
  private hasTold = false;
  private isLost = false;

  constructor(connection: Connection) {
    this.connection = connection;
  }

  get isUsable(): boolean {
    return !this.isLost && isOpen(this.connection);
  }

  async send(name: 'query' | 'execute', ...args: unknown[]): Promise<unknown> {
    try {
      const answer = await this.connection[name](...args);
      this.read(answer);
      return answer;
    } catch (error) {
      this.isLost ||= !isAnswer(error);
      this.isStale ||= isToBeReplaced(error);
      throw error;
    }
  }

  /** What OK packets say of the session; rows say nothing, and some proxies never say that a transaction is open. */
  private read(answer: unknown): void {
    const [rows] = Array.isArray(answer) ? (answer as unknown[]) : [];
    const last: unknown = Array.isArray(rows) ? rows.at(-1) : rows;
    const { serverStatus } = (last ?? {}) as { serverStatus?: unknown };
    if (typeof serverStatus !== 'number') return;
    const isOpenNow = (serverStatus & inTransaction) !== 0;
    this.hasTold ||= isOpenNow;
    this.isIdle = this.hasTold && !isOpenNow;
  }
}

function sessionOf(connection: Connection, known: Known | undefined): SqlSession {
  const tracked = new TrackedConnection(connection);
  return {
    shown: (open) => transactional(tracked, open),
    query: (text) => tracked.send('query', text),
    async begin({ isolation, readOnly }: TransactionOptions) {
      if (isolation !== undefined) {
        await tracked.send('query', `set transaction isolation level ${isolation}`);
      }
      await tracked.send('query', `start transaction${readOnly === true ? ' read only' : ''}`);
    },
    isUsable: () => tracked.isUsable,
    isReusable: () => !tracked.isStale,
    isIdle: () => tracked.isIdle,
    endingWords: (sql) => endingWords(sql, 'mysql'),
    isAnswer,
    // A lock that was not got in time undoes only the statement, unless the server is set to undo all.
    hasRolledBack: (error) =>
      losing.has(errnoOf(error)) ||
      errnoOf(error) === lockTableFull ||
      (errnoOf(error) === lockWaitTimeout && known?.rollsBackOnTimeout !== false),
    isConflict: (error) =>
      isAnswer(error) && (losing.has(errnoOf(error)) || errnoOf(error) === lockWaitTimeout),
  };
}

function refuse(): never {
  throw new Error('transaction: the connection is released when the transaction ends.');
}

/** What would end the transaction, or make another session of it; and when it is over, another call's. */
const refusals = Object.fromEntries(
  ['beginTransaction', 'commit', 'rollback', 'changeUser', 'reset', 'end', 'prepare'].map(
    (name) => [
      name,
      async () => {
        throw new Error(
          `transaction: \`${name}\` is not for a connection in a transaction, which is committed when its function returns and rolled back when that throws.`,
        );
      },
    ],
  ),
);

/** The connection inside a transaction: as long as that lasts, and never released by hand. */
function transactional(tracked: TrackedConnection, open: OpenTransaction): object {
  const send = (name: 'query' | 'execute', args: unknown[]): Promise<unknown> => {
    const [given] = args;
    const sql = typeof given === 'string' ? given : (given as { sql?: unknown } | null)?.sql;
    return open.send(() => tracked.send(name, ...args), sql);
  };
  return overlay(tracked.connection, {
    ...refusals,
    query: async (...args: unknown[]) => send('query', args),
    execute: async (...args: unknown[]) => send('execute', args),
    transaction: (fn: (tx: object) => Promise<unknown>) =>
      open.nest((inner) => fn(transactional(tracked, inner))),
    release: refuse,
    destroy: refuse,
  });
}
