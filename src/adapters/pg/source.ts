/** Where connections to PostgreSQL come from and go to: a pool's, or the one that a client is. */
import { classify } from '../../verdict/classify.ts';
import { type Callback, ignore } from '../stores/callback.ts';
import { endingWords } from '../stores/ending.ts';
import { overlay } from '../stores/overlay.ts';
import type { OpenTransaction } from '../stores/open-transaction.ts';
import type { SqlDriver, SqlSession, TransactionOptions } from '../stores/sql.ts';
import { cancelQuery } from './cancel.ts';
import { type ClientLike, type Connection, isAnswer, isUsable, type PoolLike } from './driver.ts';
import type { Sessions } from './session.ts';

const codeOf = (error: unknown): string => classify(error).code ?? '';

/** What COMMIT can answer without anybody knowing: the server says that it does not know. */
const undecided: ReadonlySet<string> = new Set(['40003', '08007']);
const conflicts: ReadonlySet<string> = new Set(['40001', '40P01']);

/** Whether a new connection has to take the place of one that has met `error`: to another server, or with fresh plans. */
const isStale = (error: unknown): boolean => classify(error).connection === 'replace';

type Driver = SqlDriver<Connection>;

function driverOf(
  sessions: Sessions,
  own: Pick<Driver, 'acquire' | 'release' | 'disposable' | 'isUsedUp'>,
): Driver {
  return {
    ...own,
    dialect: 'postgres',
    get fieldFunctions() {
      return sessions.fieldFunctions;
    },
    interrupt: (connection) => cancelQuery(connection, sessions.isShared(connection)),
    prepare: (connection, context) => sessions.prepare(connection, context),
    survives: (connection, error) => isAnswer(error) && isUsable(connection) && !isStale(error),
    session: sessionOf,
  };
}

/** Those of a pool. A client whose session ends between two statements is no reason to end the process. */
export function poolDriver(pool: PoolLike, sessions: Sessions): Driver {
  const heard: WeakSet<Connection> = new WeakSet();
  if (pool.listenerCount('error') === 0) pool.on('error', ignore);
  return driverOf(sessions, {
    disposable: true,
    isUsedUp: () => isUsedUp(pool as PoolInside),
    acquire(taken) {
      const listening = (error: unknown, connection?: Connection): void => {
        if (connection !== undefined && !heard.has(connection)) {
          heard.add(connection);
          connection.on('error', ignore);
          connection.connection?.on?.('errorMessage', (answer) => {
            if (isStale(answer)) stale.add(connection);
          });
        }
        taken(error, connection);
      };
      // A pool that takes no callback gives promises.
      if (pool.connect.length === 1)
        (pool as { connect(callback: typeof taken): unknown }).connect(listening);
      else
        pool
          .connect()
          .then((client) => listening(undefined, client as unknown as Connection), listening);
    },
    release(connection, broken) {
      connection.release?.(brokenOrStale(connection, broken));
      // It may wait for an answer for ever.
      if (broken !== undefined && !isUsable(connection)) connection.connection?.stream?.destroy?.();
    },
  });
}

/** What is used of a pool's inside. Clients are in it before they are connected. */
interface PoolInside {
  readonly options?: { readonly max?: number };
  readonly _clients?: readonly object[];
  readonly idleCount?: number;
}

function isUsedUp(pool: PoolInside): boolean {
  const { options, _clients: clients = [], idleCount } = pool;
  return (
    idleCount === 0 &&
    clients.length >= (options?.max ?? Infinity) &&
    clients.every((client) => Reflect.get(client, '_connected') === true)
  );
}

/** That of one client, which is a pool of one: while a transaction is open on it, all others wait for its end. */
export function clientDriver(client: ClientLike, sessions: Sessions, turns: Turns): Driver {
  const connection = client as unknown as Connection;
  if (connection.listenerCount?.('error') === 0) client.on('error', ignore);
  const isUsedUp = (): boolean => turns.isTaken;
  const driver = driverOf(sessions, {
    disposable: false,
    isUsedUp,
    acquire: (taken) => turns.between(() => taken(undefined, connection)),
    release: ignore,
  });
  return Object.assign(driver, {
    transactions: {
      ...driver,
      acquire: (taken: (error: unknown, connection?: Connection) => void) =>
        turns.take(() => taken(undefined, connection)),
      release: () => turns.giveBack(),
    },
  });
}

/** Transactions on one connection, one after the other, and single statements between them. */
export class Turns {
  isTaken = false;
  private readonly waiting: { readonly isTransaction: boolean; readonly run: () => void }[] = [];

  /** Runs it at once, or when the transactions are over that came before. */
  between(run: () => void): void {
    if (this.isTaken) this.waiting.push({ isTransaction: false, run });
    else run();
  }

  /** The same, and lets others wait until it is given back. */
  take(run: () => void): void {
    if (this.isTaken) this.waiting.push({ isTransaction: true, run });
    else {
      this.isTaken = true;
      run();
    }
  }

  giveBack(): void {
    this.isTaken = false;
    while (!this.isTaken) {
      const next = this.waiting.shift();
      if (next === undefined) return;
      this.isTaken = next.isTransaction;
      next.run();
    }
  }
}

/** Connections of which an answer has shown that others are to take their places. */
const stale: WeakSet<Connection> = new WeakSet();

/** What it is released with: query builders say `false` for a connection that is well. */
const brokenOrStale = (connection: Connection, broken: unknown): unknown =>
  broken === undefined || broken === null || broken === false
    ? stale.has(connection) || broken
    : broken;

/** A client that its caller releases by hand is thrown away then, if it is to be replaced. */
export function replacedWhenStale(connection: Connection): Connection {
  const { release } = connection;
  if (release !== undefined)
    connection.release = (error) => release(brokenOrStale(connection, error));
  return connection;
}

/** The statement that begins a transaction. */
function beginning({ isolation, readOnly }: TransactionOptions): string {
  const level = isolation === undefined ? '' : ` isolation level ${isolation}`;
  return `begin${level}${readOnly === true ? ' read only' : ''}`;
}

const isIdle = (connection: Connection): boolean => connection.getTransactionStatus?.() === 'I';

const sessionOf = (connection: Connection): SqlSession => ({
  query: (text) => connection.query(text),
  begin: (options) => connection.query(beginning(options)),
  isUsable: () => isUsable(connection),
  isReusable: () => connection.getTransactionStatus === undefined || isIdle(connection),
  isIdle: () => isIdle(connection),
  endingWords: (sql) => endingWords(sql, 'postgres'),
  isAnswer: (error) => isAnswer(error) && !undecided.has(codeOf(error)),
  // COMMIT of a transaction in which a statement has failed is a ROLLBACK, and no error.
  wasRolledBack: (result) => (result as { command?: unknown } | undefined)?.command === 'ROLLBACK',
  isConflict: (error) => conflicts.has(codeOf(error)),
  shown: (open) => transactional(connection, open),
});

/** The SQL of what `query` is given: itself, or a member of a config or of a query that submits itself. */
const textOf = (given: unknown): unknown =>
  typeof given === 'string' ? given : (given as { text?: unknown } | null | undefined)?.text;

/** The client inside a transaction: as long as that lasts, and never released by hand. */
function transactional(connection: Connection, open: OpenTransaction): object {
  const query = connection.query.bind(connection) as (...args: unknown[]) => unknown;
  return overlay(connection, {
    query(...args: unknown[]) {
      try {
        return open.send(() => query(...args), textOf(args[0]));
      } catch (error) {
        // A refusal reaches its caller as an error of the server does.
        const callback = args.find((each) => typeof each === 'function') as Callback | undefined;
        const { submit } = (args[0] ?? {}) as { submit?: unknown };
        if (typeof submit === 'function') throw error;
        if (callback === undefined) return Promise.reject(error as Error);
        process.nextTick(callback, error);
        return undefined;
      }
    },
    transaction: (fn: (tx: object) => Promise<unknown>) =>
      open.nest((inner) => fn(transactional(connection, inner))),
    release: refuse,
  });
}

function refuse(): never {
  throw new Error('transaction: the client is released when the transaction ends.');
}
