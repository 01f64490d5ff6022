/** Transactions of MongoDB: begun, committed, aborted, repeated as a whole. */
import type { Context, ExecuteOptions } from '../../index.ts';
import {
  type OpenTransaction,
  type Session as TransactionSession,
  TransactionCall,
} from '../stores/open-transaction.ts';
import { interruptible } from '../stores/interrupt.ts';
import { plainContext } from '../stores/watch.ts';
import { pause, reportingUnknown, transact } from '../stores/transaction.ts';
import { ignore } from '../stores/callback.ts';
import { ofAttempt, optionsOf, type Shared, withOptions } from './calls.ts';
import { hasLabel, isAnswer, reopen, type Session } from './driver.ts';
import type { Runner } from './views.ts';

const noSuchTransaction = 251;
const timeExpired = 50;

const codeOf = (error: unknown): unknown => (error as { code?: unknown } | null)?.code;

/** Runs `fn` in a transaction of a session of its own, under the store's pipeline. */
export async function runTransaction<T>(
  shared: Shared,
  fn: (session: Session, run: Runner, context: Context) => Promise<T>,
  retries: number,
  options: object,
  given: ExecuteOptions,
): Promise<T> {
  const call = new TransactionCall(retries);
  const attempt = async (context: Context): Promise<T> => {
    call.started();
    await call.noting(reopen(shared.client));
    const session = shared.client.startSession();
    // An abort beside a commit that is under way would decide what nobody knows.
    const end = (): void => {
      if (!call.sent) session.endSession().catch(ignore);
    };
    const own = new MongoTransactionSession(session, options, call, context);
    try {
      return await interruptible(context.signal, end, () =>
        transact(own, call, context, {}, shared.store.pipeline.name, (open) => {
          own.open = open;
          return fn(session, inTransaction(session, open, context), plainContext(context));
        }),
      );
    } catch (error) {
      if (hasLabel(error, 'TransientTransactionError')) call.note(error);
      throw error;
    } finally {
      session.endSession().catch(ignore);
    }
  };
  return reportingUnknown(shared.store, attempt, given, call);
}

class MongoTransactionSession implements TransactionSession {
  open: OpenTransaction | undefined;
  private readonly session: Session;
  private readonly options: object;
  private readonly call: TransactionCall;
  private readonly context: Context;

  constructor(session: Session, options: object, call: TransactionCall, context: Context) {
    this.session = session;
    this.options = options;
    this.call = call;
    this.context = context;
  }

  async begin(): Promise<void> {
    this.session.startTransaction(this.options);
  }

  query(text: string): Promise<unknown> {
    return text === 'commit' ? this.commit() : this.session.abortTransaction();
  }

  /** A commit may be repeated, its transaction may not: the server carries it out once. */
  private async commit(): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        await this.session.commitTransaction();
        return;
      } catch (error) {
        // A statement has failed, and its error was swallowed: the server had aborted by then.
        const failure = this.open?.failure;
        if (codeOf(error) === noSuchTransaction && tries === 1 && isAnswer(failure)) throw failure;
        const again =
          hasLabel(error, 'UnknownTransactionCommitResult') &&
          codeOf(error) !== timeExpired &&
          tries <= this.call.retries;
        if (!again) throw error;
        await pause(Math.random() * Math.min(500, 10 * 2 ** tries), this.context.signal);
      }
    }
  }

  isUsable(): boolean {
    const { failure } = this.open ?? {};
    // Where the connection was lost the session's end aborts, and nobody waits for it.
    return failure === undefined || isAnswer(failure);
  }

  isAnswer(error: unknown): boolean {
    return isAnswer(error) && !hasLabel(error, 'UnknownTransactionCommitResult');
  }

  isConflict(error: unknown): boolean {
    return isAnswer(error) && hasLabel(error, 'TransientTransactionError');
  }
}

/** Operations of the transaction get its session, and end with it. */
function inTransaction(session: Session, open: OpenTransaction, context: Context): Runner {
  return ({ effect, options: place }, target, method, args) => {
    const given = optionsOf(args, place);
    if (given.session !== undefined && given.session !== session) {
      return Reflect.apply(method, target, [...args]);
    }
    const added = { ...ofAttempt(context, false, given), session };
    const run = (): unknown =>
      open.send(() => Reflect.apply(method, target, withOptions(args, place, added)));
    // What returns promises rejects, also when the transaction is over.
    return effect === 'cursor' ? run() : (async () => run())();
  };
}
