/** SQLite databases that wait for others' locks: synchronously, bounded, and only as long as they may. */
import { duration, readOptions, type Rules } from '../core/options.ts';
import { endingWords } from './stores/ending.ts';
import { RollbackFailedError } from './stores/errors.ts';
import { overlay } from './stores/overlay.ts';
import { open, OpenSqlite } from './sqlite/open.ts';
import { type DatabaseLike, inTransaction, Patience } from './sqlite/patience.ts';

export { RollbackFailedError } from './stores/errors.ts';

export type { DatabaseLike } from './sqlite/patience.ts';

export interface SqliteOptions {
  /**
   * How long a call waits at most for locks of others, in milliseconds, all its attempts together. The thread waits
   * too: nothing else runs meanwhile. A longer timeout of the database itself is shortened to it. @default 1_000
   */
  wait?: number;
}

export interface SqliteTransactionOptions {
  /** How long it waits at most for locks of others, in milliseconds. @default that of `resilientSqlite`, or 1_000 */
  wait?: number;
  /**
   * When the lock for writing is taken: at once (`'immediate'`), with the first write (`'deferred'`), or for readers as
   * well (`'exclusive'`). @default 'immediate'
   */
  mode?: 'immediate' | 'deferred' | 'exclusive';
}

const rules: Rules<SqliteOptions> = { wait: duration };
const defaults = { wait: 1_000 };
const modes: ReadonlySet<string> = new Set(['immediate', 'deferred', 'exclusive']);

/** The methods of statements that run something. */
const running = ['run', 'get', 'all', 'iterate'] as const;

/**
 * Returns `database` with `exec` and the statements of `prepare` waiting for locks (BUSY and LOCKED) instead of failing.
 *
 * Inside a transaction nothing is repeated: there a lock may never be given, and `transaction` starts over. An `exec` of
 * several statements is never repeated either, since some may be committed: SQLite itself waits then, so long at each of
 * them. The last error of SQLite is thrown as it is. Throws a `TypeError` or a `RangeError` for options that
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
  const patience = new Patience(database, wait);
  patience.shorten();
  const free = (): boolean => !inTransaction(database);
  const state = new OpenSqlite(database, wait);
  const shown = overlay(database, {
    exec: (sql: string) =>
      state.send(
        () =>
          isScript(sql) && free()
            ? patience.within(wait, () => database.exec(sql))
            : patience.waiting(() => database.exec(sql), free),
        endingWords(sql, 'sqlite'),
      ),
    prepare: (...args: never[]) => {
      const statement = patience.waiting(() => database.prepare(...args), free);
      const [sql] = args as readonly unknown[];
      const ends = typeof sql === 'string' ? endingWords(sql, 'sqlite') : undefined;
      const members = running.flatMap((name) => {
        const method = Reflect.get(statement, name) as
          | ((...values: unknown[]) => unknown)
          | undefined;
        if (typeof method !== 'function') return [];
        const send = (...values: unknown[]): unknown => Reflect.apply(method, statement, values);
        const member = (...values: unknown[]): unknown =>
          state.send(
            () =>
              name === 'iterate' ? send(...values) : patience.waiting(() => send(...values), free),
            ends,
          );
        return [[name, member] as const];
      });
      return overlay(statement, Object.fromEntries(members));
    },
  });
  open.set(database, state);
  open.set(shown, state);
  return shown;
}

/** Whether there may be more than one statement; a semicolon inside of a text counts, too. */
const isScript = (sql: string): boolean =>
  typeof sql === 'string' && sql.replace(/[;\s]+$/, '').includes(';');

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
  const own = { wait: open.get(database)?.wait ?? defaults.wait };
  const { wait } = readOptions<Required<SqliteOptions>>('transaction', rest, own, rules);
  if (inTransaction(database))
    return enclosed(
      database,
      fn,
      'savepoint kedge',
      'release kedge',
      'rollback to kedge; release kedge',
    );
  const patience = new Patience(database, wait);
  return patience.shortened(() =>
    patience.waiting(
      () => enclosed(database, fn, `begin ${mode}`, 'commit', 'rollback'),
      () => !inTransaction(database),
    ),
  );
}

function enclosed<T>(
  database: DatabaseLike,
  fn: () => T,
  begin: string,
  commit: string,
  rollback: string,
): T {
  const state = open.get(database) ?? new OpenSqlite(database);
  state.exec(database, begin);
  state.began();
  try {
    const value = fn();
    if (typeof (value as { then?: unknown } | null | undefined)?.then === 'function') {
      throw new TypeError(
        'transaction: expected `fn` to be synchronous, but it returned a promise.',
      );
    }
    state.throwIfEnded();
    state.exec(database, commit);
    return value;
  } catch (given) {
    const error: unknown = state.errorOf(given);
    try {
      // SQLite rolls back by itself after some errors.
      if (inTransaction(database)) state.exec(database, rollback);
    } catch (failed) {
      throw new RollbackFailedError(error, failed);
    }
    throw error;
  } finally {
    state.left();
  }
}
