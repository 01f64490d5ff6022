/** A transaction while it is open: its session, its call, its savepoints. */
import { withEvidence } from '../../index.ts';
import { StoreCall } from './call.ts';
import { endingRefused } from './ending.ts';
import { OutcomeUnknownError, RollbackFailedError } from './errors.ts';

/** A connection as transactions see it. */
export interface Session {
  query(text: string): Promise<unknown>;
  begin(options: object): Promise<unknown>;
  /** Whether the connection is still there. */
  isUsable(): boolean;
  /** Whether others may use the connection afterwards, where more than its being there tells that. */
  isReusable?(): boolean;
  /** Whether the server has answered with this error, and the session goes on. */
  isAnswer(error: unknown): boolean;
  /** Whether a COMMIT without an error has rolled back. */
  wasRolledBack?(result: unknown): boolean;
  /** Whether the server has rolled the whole transaction back with this error: what follows would be on its own. */
  hasRolledBack?(error: unknown): boolean;
  /** The words of a statement that would end the transaction. */
  endingWords?(sql: string): string | undefined;
  /** Whether the server has said with its latest answer that no transaction is open. */
  isIdle?(): boolean;
  /** Whether the transaction lost against another and has to be run again as a whole. */
  isConflict(error: unknown): boolean;
}

/** `sent` says that COMMIT was sent and has not been answered. */
export class TransactionCall extends StoreCall {
  readonly retries: number;
  conflicts = 0;
  savepoints = 0;
  /** Whether BEGIN was sent: from then on the caller's function may have been at work. */
  begun = false;
  /** Errors that came from the database: others are the caller's own, and say nothing about it. */
  private failures: WeakSet<object> = new WeakSet();

  constructor(retries: number) {
    super();
    this.retries = retries;
  }

  started(): void {
    this.sent = false;
    this.begun = false;
  }

  note(error: unknown): void {
    if (typeof error === 'object' && error !== null) this.failures.add(error);
  }

  /** Notes what `promise` rejects with. */
  async noting<T>(promise: Promise<T> | undefined): Promise<T | undefined> {
    try {
      return await promise;
    } catch (error) {
      this.note(error);
      throw error;
    }
  }

  /** Nothing of a failed transaction stays, so it may be run again; not so what the caller's own function threw. */
  override failed(error: unknown): unknown {
    if (error instanceof OutcomeUnknownError) return error;
    if (this.conflicts > this.retries) this.isFinal = true;
    if (this.isOfDatabase(error)) return super.failed(error);
    this.isFinal = true;
    return withEvidence(error, { blame: 'caller' });
  }

  /** A function that has used up its time once is not run again; a COMMIT that is under way is repeated by nobody. */
  override ended(reason: unknown, pipeline: string): void {
    this.isFinal ||= this.begun;
    if (this.sent) withEvidence(reason, { repeat: 'never' });
    else super.ended(reason, pipeline);
  }

  isOfDatabase(error: unknown): boolean {
    let cause = error;
    for (let depth = 0; depth < 10 && typeof cause === 'object' && cause !== null; depth++) {
      if (this.failures.has(cause)) return true;
      ({ cause } = cause as { cause?: unknown });
    }
    return false;
  }
}

/** The outermost transaction, which savepoints share. */
interface Shared {
  readonly session: Session;
  readonly call: TransactionCall;
  /** The error with which the server has rolled everything back. */
  rolledBack: unknown;
  ended: Error | undefined;
}

/** A transaction, or a savepoint in one, until it has ended. */
export class OpenTransaction {
  /** The first error of a statement in it. */
  failure: unknown;
  private readonly shared: Shared;
  /** Why it is over, once it is. */
  private ending: Error | undefined;
  private inner: OpenTransaction | undefined;

  constructor(session: Session, call: TransactionCall, outer?: OpenTransaction) {
    this.shared = outer?.shared ?? { session, call, rolledBack: undefined, ended: undefined };
  }

  /** The error with which it has ended on the server before its time, if it has: what is sent then is on its own. */
  get broken(): unknown {
    return this.shared.rolledBack ?? this.shared.ended;
  }

  end(message = 'The transaction is over; no more statements can be sent in it.'): void {
    this.ending ??= new Error(message);
    this.inner?.end(message);
  }

  throwIfOver(): void {
    if (this.ending !== undefined) throw this.ending;
    if (this.broken !== undefined) throw this.broken as Error;
  }

  /**
   * Sends a statement of the caller's. While a savepoint is open it would be undone with that, though it was answered:
   * so then all statements have to go through the savepoint. Throws as well where `sql` would end the transaction.
   */
  send<T>(statement: () => T, sql?: unknown): T {
    this.throwIfOver();
    const words = typeof sql === 'string' ? this.shared.session.endingWords?.(sql) : undefined;
    if (words !== undefined) {
      throw new Error(endingRefused(words));
    }
    if (this.inner !== undefined) {
      throw new Error(
        'transaction: a savepoint is open, and would take this statement with it when it is undone. Await its end first, or use the `tx` that its function is given.',
      );
    }
    return this.deliver(statement);
  }

  private deliver<T>(statement: () => T): T {
    const answer = statement();
    if (typeof (answer as { then?: unknown } | null)?.then !== 'function') return answer;
    return (answer as unknown as Promise<unknown>).then(
      (result) => {
        const { endedEarly } = this;
        if (endedEarly !== undefined) throw endedEarly;
        return result;
      },
      (error: unknown) => {
        this.failed(error);
        throw error;
      },
    ) as T;
  }

  /** The error of one that a statement has ended, by a procedure for instance: what it did up to there is done for good. */
  get endedEarly(): Error | undefined {
    const { shared } = this;
    if (this.ending === undefined && shared.session.isIdle?.() === true)
      shared.ended ??= withEvidence(
        new Error(
          'transaction: a statement has ended the transaction. What was sent up to there is committed or rolled back, and is not run again.',
        ),
        { blame: 'caller', repeat: 'never' },
      );
    return shared.ended;
  }

  /** Runs `fn` inside a savepoint: an error in it undoes no more than its own statements. */
  async nest<T>(fn: (inner: OpenTransaction) => Promise<T>): Promise<T> {
    if (this.inner !== undefined) {
      throw new Error('transaction: savepoints are nested, not side by side: await the first one.');
    }
    const { session, call } = this.shared;
    const inner = new OpenTransaction(session, call, this);
    this.inner = inner;
    const name = `kedge_${++call.savepoints}`;
    try {
      this.throwIfOver();
      await this.deliver(() => session.query(`savepoint ${name}`));
      const value = await this.undoing(name, async () => {
        try {
          return await fn(inner);
        } finally {
          // What is sent later would no longer be undone with it.
          inner.end();
        }
      });
      this.throwIfOver();
      await this.deliver(() => session.query(`release savepoint ${name}`));
      return value;
    } finally {
      inner.end();
      this.inner = undefined;
    }
  }

  private failed(error: unknown): void {
    const { session, call } = this.shared;
    this.failure ??= error;
    call.note(error);
    if (session.hasRolledBack?.(error) === true) this.shared.rolledBack ??= error;
  }

  private async undoing<T>(name: string, fn: () => Promise<T>): Promise<T> {
    const { session } = this.shared;
    try {
      return await fn();
    } catch (error) {
      const isGone = this.broken !== undefined || !session.isUsable();
      if (this.ending !== undefined || isGone) throw error;
      try {
        await session.query(`rollback to savepoint ${name}`);
      } catch (failed) {
        throw new RollbackFailedError(error, failed);
      }
      throw error;
    }
  }
}
