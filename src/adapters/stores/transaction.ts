/** The course of a transaction, whatever the server. */
import { Timer } from '../../core/time.ts';
import { type Context, type ExecuteOptions, withEvidence } from '../../index.ts';
import { classify } from '../../verdict/classify.ts';
import { underCall } from './call.ts';
import { OutcomeUnknownError, RollbackFailedError } from './errors.ts';
import { OpenTransaction, type Session, type TransactionCall } from './open-transaction.ts';
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
    return await store.write((context) => underCall(call, context, attempt), given, call);
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
  fn: (open: OpenTransaction) => Promise<T>,
): Promise<T> {
  for (;;) {
    try {
      return await once(session, call, context, options, pipeline, fn);
    } catch (error) {
      // A conflict of another database, in the function, says nothing of this one.
      const isConflict = call.isOfDatabase(error) && session.isConflict(error);
      if (!isConflict || ++call.conflicts > call.retries) throw error;
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
  fn: (open: OpenTransaction) => Promise<T>,
): Promise<T> {
  const open = new OpenTransaction(session, call);
  const stop = (): void => open.end('The transaction was ended by its timeout or its caller.');
  signal.addEventListener('abort', stop, { once: true });
  try {
    signal.throwIfAborted();
    call.begun = true;
    await open.send(() => session.begin(options));
    let value: T;
    try {
      value = await fn(open);
      open.throwIfOver();
      throwIfLost(session, call, open);
      if (open.endedEarly !== undefined) throw open.endedEarly;
    } catch (error) {
      // Whatever came of that: it must not be taken for a reason to run it again.
      const reason = open.endedEarly ?? error;
      open.end();
      signal.throwIfAborted();
      await rollBack(session, reason);
      throw reason;
    }
    open.end();
    await commit(session, call, open, pipeline);
    return value;
  } finally {
    open.end();
    signal.removeEventListener('abort', stop);
  }
}

/** Where the connection was lost before COMMIT is sent, the outcome is known: the server rolls back. */
function throwIfLost(session: Session, call: TransactionCall, open: OpenTransaction): void {
  if (session.isUsable()) return;
  const lost =
    open.failure ??
    withEvidence(new Error('transaction: the connection was lost before COMMIT was sent.'), {
      connection: 'dead',
    });
  call.note(lost);
  throw lost as Error;
}

async function commit(
  session: Session,
  call: TransactionCall,
  open: OpenTransaction,
  pipeline: string,
): Promise<void> {
  call.sent = true;
  let result: unknown;
  try {
    result = await session.query('commit');
  } catch (error) {
    // Some drivers refuse what they would have to send on a connection that is gone.
    if (!session.isAnswer(error) && classify(error).repeat !== 'safe')
      throw new OutcomeUnknownError(pipeline, error);
    call.sent = false;
    call.note(error);
    throw error;
  }
  call.sent = false;
  if (session.wasRolledBack?.(result) === true) {
    throw open.failure ?? new Error('transaction: the server rolled back instead of committing.');
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
