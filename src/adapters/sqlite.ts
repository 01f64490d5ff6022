/** SQLite databases that wait for others' locks: synchronously, bounded, and only as long as they may. */
import { now } from '../core/time.ts';
import { classify } from '../verdict/classify.ts';
import { duration, readOptions, type Rules } from '../core/options.ts';
import { RollbackFailedError } from './stores/errors.ts';
import { overlay } from './stores/overlay.ts';

export { RollbackFailedError } from './stores/errors.ts';

/** What is used of a database: `DatabaseSync` of `node:sqlite` and better-sqlite3's have it. */
export interface DatabaseLike {
  exec(sql: string): unknown;
  prepare(...args: never[]): object;
  /** `node:sqlite`'s. */
  readonly isTransaction?: boolean;
  /** better-sqlite3's. */
  readonly inTransaction?: boolean;
}

export interface SqliteOptions {
  /**
   * How long a call waits at most for locks of others, in milliseconds, all its attempts together. The thread waits
   * too: nothing else runs meanwhile. @default 1_000
   */
  wait?: number;
}

export interface SqliteTransactionOptions extends SqliteOptions {
  /**
   * When the lock for writing is taken: at once (`'immediate'`), with the first write (`'deferred'`), or for readers as
   * well (`'exclusive'`). @default 'immediate'
   */
  mode?: 'immediate' | 'deferred' | 'exclusive';
}

const rules: Rules<SqliteOptions> = { wait: duration };
const defaults = { wait: 1_000 };
const modes: ReadonlySet<string> = new Set(['immediate', 'deferred', 'exclusive']);

/** Between two looks at a lock, in milliseconds: short at first, since most locks are. */
const shortest = 1;
const longest = 50;

const cell = new Int32Array(new SharedArrayBuffer(4));

/** Runs `attempt` until it finds no lock in its way, or the time is over. */
function waiting<T>(wait: number, attempt: () => T, mayRepeat: () => boolean): T {
  const end = now() + wait;
  for (let pause = shortest; ; pause = Math.min(longest, pause * 2)) {
    try {
      return attempt();
    } catch (error) {
      const left = end - now();
      if (left <= 0 || !isLocked(error) || !mayRepeat()) throw error;
      // Spread out, so that those who wait for one lock do not come together.
      Atomics.wait(cell, 0, 0, Math.min(left, pause * (0.5 + Math.random() / 2)));
    }
  }
}

function isLocked(error: unknown): boolean {
  const { source, kind } = classify(error);
  return source === 'sqlite' && kind === 'transient';
}

const inTransaction = (database: DatabaseLike): boolean =>
  database.isTransaction ?? database.inTransaction ?? false;

/** The methods of statements that run something. */
const running = ['run', 'get', 'all'] as const;

/**
 * Returns `database` with `exec` and the statements of `prepare` waiting for locks (BUSY and LOCKED) instead of failing.
 *
 * Inside a transaction nothing is repeated: there a lock may never be given, and `transaction` starts over. Rejects
 * nothing that SQLite did not: the last error is thrown as it is. Throws a `TypeError` or a `RangeError` for options that
 * cannot be.
 *
 * @example
 * ```ts
 * import { DatabaseSync } from 'node:sqlite';
 * import { resilientSqlite, transaction } from 'kedge/sqlite';
 *
 * const database = resilientSqlite(new DatabaseSync(':memory:'), { wait: 500 });
 * database.exec('create table counters (name text primary key, value int)');
 * transaction(database, () => {
 *   database.prepare('insert into counters values (?, ?)').run('visits', 1);
 * });
 * console.log(database.prepare('select value from counters').get()); // [Object: null prototype] { value: 1 }
 * ```
 */
export function resilientSqlite<Database extends DatabaseLike>(
  database: Database,
  options: SqliteOptions = {},
): Database {
  const { wait } = readOptions<Required<SqliteOptions>>(
    'resilientSqlite',
    options,
    defaults,
    rules,
  );
  const free = (): boolean => !inTransaction(database);
  return overlay(database, {
    exec: (sql: string) => waiting(wait, () => database.exec(sql), free),
    prepare: (...args: never[]) => {
      const statement = waiting(wait, () => database.prepare(...args), free);
      const members = running.map((name) => {
        const method = Reflect.get(statement, name) as (...values: unknown[]) => unknown;
        return [
          name,
          (...values: unknown[]) =>
            waiting(wait, () => Reflect.apply(method, statement, values), free),
        ] as const;
      });
      return overlay(statement, Object.fromEntries(members));
    },
  });
}

/**
 * Runs `fn` in a transaction: committed when it returns, rolled back when it throws, and started over when locks of
 * others are in its way (BUSY, LOCKED, BUSY_SNAPSHOT), for `wait` milliseconds at most.
 *
 * `fn` must be synchronous, and may run more than once. Inside another transaction it is a savepoint. Throws what `fn`
 * throws, and a `RollbackFailedError` with both errors when the rollback fails too.
 */
export function transaction<T>(
  database: DatabaseLike,
  fn: () => T,
  options: SqliteTransactionOptions = {},
): T {
  const { mode = 'immediate', ...rest } = options;
  if (!modes.has(mode)) throw new RangeError(`transaction: there is no mode '${mode}'.`);
  const { wait } = readOptions<Required<SqliteOptions>>('transaction', rest, defaults, rules);
  if (inTransaction(database))
    return enclosed(
      database,
      fn,
      'savepoint kedge',
      'release kedge',
      'rollback to kedge; release kedge',
    );
  return waiting(
    wait,
    () => enclosed(database, fn, `begin ${mode}`, 'commit', 'rollback'),
    () => !inTransaction(database),
  );
}

function enclosed<T>(
  database: DatabaseLike,
  fn: () => T,
  begin: string,
  commit: string,
  rollback: string,
): T {
  database.exec(begin);
  try {
    const value = fn();
    if (typeof (value as { then?: unknown } | null | undefined)?.then === 'function') {
      throw new TypeError(
        'transaction: expected `fn` to be synchronous, but it returned a promise.',
      );
    }
    database.exec(commit);
    return value;
  } catch (error) {
    try {
      // SQLite rolls back by itself after some errors.
      if (inTransaction(database)) database.exec(rollback);
    } catch (failed) {
      throw new RollbackFailedError(error, failed);
    }
    throw error;
  }
}
