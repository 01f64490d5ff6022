/** The course of a transaction, whatever the server. */
import { Timer } from '../../core/time.ts';
import type { Context, ExecuteOptions } from '../../index.ts';
import { Begun, type Session, type TransactionCall } from './begun.ts';
import { OutcomeUnknownError, RollbackFailedError } from './errors.ts';
import type { Store } from './store.ts';

/** How long a rollback may take before the connection is given up, in milliseconds. */
const rollbackLimit = 5_000;

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

export function pause(ms: number, signal: AbortSignal): Promise<void> {
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
