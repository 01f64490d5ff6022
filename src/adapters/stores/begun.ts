/** A transaction while it lasts: its session, its call, its savepoints. */
import { RejectedError } from '../../index.ts';
import { RollbackFailedError } from './errors.ts';
import { StoreCall } from './store.ts';

/** A connection as transactions see it. */
export interface Session {
  query(text: string): Promise<unknown>;
  begin(options: object): Promise<unknown>;
  /** Whether the connection is still there. */
  isUsable(): boolean;
  /** Whether the server has answered with this error, and the session goes on. */
  isAnswer(error: unknown): boolean;
  /** Whether a COMMIT without an error has rolled back. */
  wasRolledBack?(result: unknown): boolean;
  /** Whether the transaction lost against another and has to be run again as a whole. */
  isConflict(error: unknown): boolean;
}

/** `sent` says that COMMIT was sent and has not been answered. */
export class TransactionCall extends StoreCall {
  readonly retries: number;
  conflicts = 0;
  savepoints = 0;
  /** Errors that came from the database: others are the caller's own, and say nothing about it. */
  private failures: WeakSet<object> = new WeakSet();

  constructor(retries: number) {
    super();
    this.retries = retries;
  }

  started(): void {
    this.sent = false;
  }

  note(error: unknown): void {
    if (typeof error === 'object' && error !== null) this.failures.add(error);
  }

  override repeatable(error: unknown): boolean {
    if (this.sent || this.conflicts > this.retries) return false;
    let cause = error;
    for (let depth = 0; depth < 10 && typeof cause === 'object' && cause !== null; depth++) {
      if (this.failures.has(cause)) return true;
      ({ cause } = cause as { cause?: unknown });
    }
    return error instanceof RejectedError;
  }
}

/** A transaction, or a savepoint in one, as long as it has not ended. */
export class Begun {
  /** The first error of a statement in it. */
  failure: unknown;
  private readonly session: Session;
  private readonly call: TransactionCall;
  /** Why it is over, once it is. */
  private ending: Error | undefined;
  private inner: Begun | undefined;

  constructor(session: Session, call: TransactionCall) {
    this.session = session;
    this.call = call;
  }

  end(message = 'The transaction is over; no more statements can be sent in it.'): void {
    this.ending ??= new Error(message);
    this.inner?.end(message);
  }

  throwIfOver(): void {
    if (this.ending !== undefined) throw this.ending;
  }

  /** Sends a statement of the caller's. */
  send<T>(statement: () => T): T {
    this.throwIfOver();
    const answer = statement();
    if (typeof (answer as { then?: unknown } | null)?.then !== 'function') return answer;
    return (answer as unknown as Promise<unknown>).then(undefined, (error: unknown) => {
      this.failure ??= error;
      this.call.note(error);
      throw error;
    }) as T;
  }

  /** Runs `fn` inside a savepoint: what it throws undoes no more than what it did. */
  async nest<T>(fn: (inner: Begun) => Promise<T>): Promise<T> {
    if (this.inner !== undefined) {
      throw new Error('transaction: savepoints are nested, not side by side: await the first one.');
    }
    const inner = new Begun(this.session, this.call);
    this.inner = inner;
    const name = `kedge_${++this.call.savepoints}`;
    try {
      await this.send(() => this.session.query(`savepoint ${name}`));
      const value = await this.undoing(name, () => fn(inner));
      await this.send(() => this.session.query(`release savepoint ${name}`));
      return value;
    } finally {
      inner.end();
      this.inner = undefined;
    }
  }

  private async undoing<T>(name: string, fn: () => Promise<T>): Promise<T> {
    try {
      return await fn();
    } catch (error) {
      if (this.ending !== undefined || !this.session.isUsable()) throw error;
      try {
        await this.session.query(`rollback to savepoint ${name}`);
      } catch (failed) {
        throw new RollbackFailedError(error, failed);
      }
      throw error;
    }
  }
}
