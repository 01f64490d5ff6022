/** Transactions that SQLite may end by itself, after which each statement would be committed at once. */
import { classify } from '../../verdict/classify.ts';
import { endingRefused } from '../stores/ending.ts';
import { type DatabaseLike, inTransaction } from './patience.ts';

/** By the databases, and by what stands for them. */
export const open: WeakMap<object, OpenSqlite> = new WeakMap();

const ended =
  'transaction: it was ended inside of its function, by COMMIT, ROLLBACK or SQLite itself; nothing more can be sent in it.';

export class OpenSqlite {
  /** Why it is over, though its function goes on. */
  ending: unknown;
  /** How long calls wait for locks at most, in milliseconds; `undefined` where the database was not told. */
  readonly wait: number | undefined;
  private readonly database: DatabaseLike;
  private depth = 0;
  private isOwn = false;

  constructor(database: DatabaseLike, wait?: number) {
    this.database = database;
    this.wait = wait;
  }

  began(): void {
    this.depth++;
  }

  left(): void {
    if (--this.depth === 0) this.ending = undefined;
  }

  /** Begins or ends the transaction. */
  exec(database: DatabaseLike, sql: string): void {
    this.isOwn = true;
    try {
      database.exec(sql);
    } finally {
      this.isOwn = false;
    }
  }

  /**
   * Sends a statement, unless it has words that would end the transaction. An error with which SQLite has rolled everything
   * back is that of all that would follow.
   */
  send<T>(statement: () => T, ends: string | undefined): T {
    if (this.depth === 0 || this.isOwn) return statement();
    this.throwIfEnded();
    if (ends !== undefined) throw new Error(endingRefused(ends));
    try {
      return statement();
    } catch (error) {
      if (!inTransaction(this.database)) this.ending ??= error;
      throw error;
    }
  }

  /** The error of a function that has ended its transaction: its own says that all was rolled back, which is not so. */
  errorOf(given: unknown): unknown {
    if (this.ending === undefined && !inTransaction(this.database)) {
      if (classify(given).source === 'sqlite') return given;
      this.ending = new Error(ended, { cause: given });
    }
    return this.ending ?? given;
  }

  /** Throws where the transaction has been ended inside of its function. */
  throwIfEnded(): void {
    if (this.ending === undefined && inTransaction(this.database)) return;
    this.ending ??= new Error(ended);
    throw this.ending as Error;
  }
}
