/** The course of a transaction, whatever the server. */
import { Timer } from '../../core/time.ts';
import { type Context, type ExecuteOptions, RejectedError } from '../../index.ts';
import { OutcomeUnknownError, RollbackFailedError } from './errors.ts';
import { type Store, StoreCall } from './store.ts';

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

/** How long a rollback may take before the connection is given up, in milliseconds. */
const rollbackLimit = 5_000;

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

/** Runs `attempt` under the store's pipeline, and says so when nobody can know how a COMMIT ended. */
export async function reportingUnknown<T>(
  store: Store,
  attempt: (context: Context) => Promise<T>,
  given: ExecuteOptions,
  call: TransactionCall,
): Promise<T> {
  try {
    return await store.write(attempt, given, call);
  } catch (error) {
    // Whoever ended the wait for COMMIT did not know that it had been sent.
    if (!call.sent || error instanceof OutcomeUnknownError) throw error;
    throw new OutcomeUnknownError(store.pipeline.name, error);
  }
}

/** Runs `fn` in a transaction of `session`, and again after conflicts. */
export async function transact<T>(
  session: Session,
  call: TransactionCall,
  context: Context,
  options: object,
  pipeline: string,
  fn: (begun: Begun) => Promise<T>,
): Promise<T> {
  for (;;) {
    try {
      return await once(session, call, context, options, pipeline, fn);
    } catch (error) {
      if (!session.isConflict(error) || ++call.conflicts > call.retries) throw error;
      // Those who collided must not collide again.
      await pause(Math.random() * Math.min(500, 10 * 2 ** call.conflicts), context.signal);
    }
  }
}

async function once<T>(
  session: Session,
  call: TransactionCall,
  { signal }: Context,
  options: object,
  pipeline: string,
  fn: (begun: Begun) => Promise<T>,
): Promise<T> {
  const begun = new Begun(session, call);
  const stop = (): void => begun.end('The transaction was ended by its timeout or its caller.');
  signal.addEventListener('abort', stop, { once: true });
  try {
    signal.throwIfAborted();
    await begun.send(() => session.begin(options));
    let value: T;
    try {
      value = await fn(begun);
      begun.throwIfOver();
    } catch (error) {
      begun.end();
      signal.throwIfAborted();
      await rollBack(session, error);
      throw error;
    }
    begun.end();
    await commit(session, call, begun, pipeline);
    return value;
  } finally {
    begun.end();
    signal.removeEventListener('abort', stop);
  }
}

async function commit(
  session: Session,
  call: TransactionCall,
  begun: Begun,
  pipeline: string,
): Promise<void> {
  call.sent = true;
  let result: unknown;
  try {
    result = await session.query('commit');
  } catch (error) {
    if (!session.isAnswer(error)) throw new OutcomeUnknownError(pipeline, error);
    call.sent = false;
    call.note(error);
    throw error;
  }
  call.sent = false;
  if (session.wasRolledBack?.(result) === true) {
    throw begun.failure ?? new Error('transaction: the server rolled back instead of committing.');
  }
}

/** Rolls back after `error`; a connection that is gone needs none. */
async function rollBack(session: Session, error: unknown): Promise<void> {
  if (!session.isUsable()) return;
  try {
    await new Promise((resolve, reject) => {
      const late = new Error(`ROLLBACK was not answered in ${rollbackLimit} ms`);
      const timer = new Timer(() => reject(late), rollbackLimit, true);
      session
        .query('rollback')
        .finally(() => timer.stop())
        .then(resolve, reject);
    });
  } catch (failed) {
    throw new RollbackFailedError(error, failed);
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const aborted = (): void => {
      timer.stop();
      reject(signal.reason as Error);
    };
    const timer = new Timer(
      () => {
        signal.removeEventListener('abort', aborted);
        resolve();
      },
      ms,
      true,
    );
    if (signal.aborted) aborted();
    else signal.addEventListener('abort', aborted, { once: true });
  });
}
