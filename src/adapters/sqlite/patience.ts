/** Waiting for locks of others: synchronously, bounded, and together with what SQLite itself waits. */
import { now } from '../../core/time.ts';
import { classify } from '../../verdict/classify.ts';

/** What is used of a database: `DatabaseSync` of `node:sqlite` and better-sqlite3's have it. */
export interface DatabaseLike {
  exec(sql: string): unknown;
  prepare(...args: never[]): object;
  /** `node:sqlite`'s. */
  readonly isTransaction?: boolean;
  /** better-sqlite3's. */
  readonly inTransaction?: boolean;
}

/** Between two looks at a lock, in milliseconds: short at first, since most locks are. */
const shortest = 1;
const longest = 50;

const cell = new Int32Array(new SharedArrayBuffer(4));

export const inTransaction = (database: DatabaseLike): boolean =>
  database.isTransaction ?? database.inTransaction ?? false;

function isLocked(error: unknown): boolean {
  const { source, kind } = classify(error);
  return source === 'sqlite' && kind === 'transient';
}

export class Patience {
  private readonly database: DatabaseLike;
  private readonly wait: number;
  /** How long SQLite itself waits for a lock, in milliseconds. */
  private own: number;

  constructor(database: DatabaseLike, wait: number) {
    this.database = database;
    this.wait = wait;
    this.own = busyTimeout(database);
  }

  /** Lets SQLite wait no longer than it may, from now on. */
  shorten(): void {
    if (this.own <= this.wait) return;
    this.set(this.wait);
    this.own = this.wait;
  }

  /** Lets SQLite wait no longer than it may while `run` runs. */
  shortened<T>(run: () => T): T {
    return this.own <= this.wait ? run() : this.within(this.wait, run);
  }

  /** Lets SQLite wait for `ms` milliseconds while `run` runs. */
  within<T>(ms: number, run: () => T): T {
    const before = this.own;
    this.set(ms);
    this.own = ms;
    try {
      return run();
    } finally {
      this.own = before;
      this.giveBack();
    }
  }

  /** Runs `attempt` until it finds no lock in its way, or the time is over. */
  waiting<T>(attempt: () => T, mayRepeat: () => boolean): T {
    const end = now() + this.wait;
    let left = this.wait;
    for (let pause = shortest; ; pause = Math.min(longest, pause * 2)) {
      try {
        return left < this.own ? this.within(left, attempt) : attempt();
      } catch (error) {
        left = end - now();
        if (left <= 0 || !isLocked(error) || !mayRepeat()) throw error;
        // Spread out, so that those who wait for one lock do not come together.
        Atomics.wait(cell, 0, 0, Math.min(left, pause * (0.5 + Math.random() / 2)));
        left = Math.max(0, end - now());
      }
    }
  }

  private giveBack(): void {
    try {
      this.set(this.own);
    } catch {
      // It has been closed meanwhile.
    }
  }

  private set(ms: number): void {
    // SQLite counts in an int.
    this.database.exec(`pragma busy_timeout = ${Math.min(Math.ceil(ms), 2 ** 31 - 1)}`);
  }
}

/** What the database is set to; 0 where it does not say. */
function busyTimeout(database: DatabaseLike): number {
  try {
    const sql = ['pragma busy_timeout'] as never[];
    const { timeout } = (database.prepare(...sql) as { get(): { timeout?: unknown } }).get();
    return typeof timeout === 'number' ? timeout : 0;
  } catch {
    return 0;
  }
}
