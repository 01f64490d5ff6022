/** Transactions that SQLite may end by itself, after which each statement would be committed at once. */
import { type DatabaseLike, inTransaction } from './patience.ts';

/** By the databases, and by what stands for them. */
export const open: WeakMap<object, OpenSqlite> = new WeakMap();

export class OpenSqlite {
  /** Why it is over, though its function goes on. */
  ending: unknown;
  private readonly database: DatabaseLike;
  private depth = 0;

  constructor(database: DatabaseLike) {
    this.database = database;
  }

  began(): void {
    this.depth++;
  }

  left(): void {
    if (--this.depth === 0) this.ending = undefined;
  }

  /** Sends a statement; an error with which SQLite has rolled everything back is that of all that would follow. */
  send<T>(statement: () => T): T {
    if (this.depth === 0) return statement();
    this.throwIfEnded();
    try {
      return statement();
    } catch (error) {
      if (!inTransaction(this.database)) this.ending ??= error;
      throw error;
    }
  }

  /** Throws where the transaction has been ended inside of its function. */
  throwIfEnded(): void {
    if (this.ending === undefined && inTransaction(this.database)) return;
    this.ending ??= new Error(
      'transaction: it was ended inside of its function, by COMMIT, ROLLBACK or SQLite itself; nothing more can be sent in it.',
    );
    throw this.ending as Error;
  }
}
