/** One operation under a pipeline: what may be repeated of it, and what ends it. */
import type { Context, ExecuteOptions } from '../../index.ts';
import { ignore } from '../stores/callback.ts';
import { StoreCall, underCall } from '../stores/call.ts';
import { statementLimit } from '../stores/limit.ts';
import type { Store } from '../stores/store.ts';
import { withEvidence } from '../../index.ts';
import { classify } from '../../verdict/classify.ts';
import {
  type Driver,
  hasLabel,
  isAnswer,
  type OperationOptions,
  reopen,
  type Session,
} from './driver.ts';
import type { Writing } from './methods.ts';

/** What all views of one client share. */
export interface Shared {
  readonly client: Driver;
  readonly store: Store;
  readonly maxAttempts: number;
}

/** A read: the driver repeats some failures itself (`retryReads`), and that counts. */
class ReadCall extends StoreCall {
  override sent = true;
  private spent = 0;
  private readonly shared: Shared;

  constructor(shared: Shared) {
    super();
    this.shared = shared;
  }

  override failed(error: unknown): unknown {
    if (this.shared.client.options?.retryReads !== false) {
      this.spent += repeatedByDriver(error) ? 2 : 1;
      // Of an overloaded server the driver has asked several times, with pauses that the server says.
      this.isFinal =
        hasLabel(error, 'SystemOverloadedError') || this.spent >= this.shared.maxAttempts;
    }
    return error;
  }
}

/** Lost connections, and servers that are no primary any more. */
function repeatedByDriver(error: unknown): boolean {
  const { name } = (error ?? {}) as { name?: unknown };
  return isAnswer(error)
    ? classify(error).kind === 'transient'
    : typeof name === 'string' && /^Mongo(?:Network|NetworkTimeout|PoolCleared)Error$/.test(name);
}

/** No time that a session was used at. */
const unused = -1;

/**
 * A write, in a session of its own by which it is known whether anything was sent: an error does not say so, because
 * the driver repeats (`retryWrites`), and its second failure hides the first. When the attempt is over its session is
 * ended, so that nothing is sent late.
 */
export class WriteCall extends StoreCall {
  private readonly writing: Writing;
  private session: Session | undefined;
  private before = 0;

  constructor(writing: Writing) {
    super();
    this.writing = writing;
  }

  begin(client: Driver): Session {
    this.stop();
    const session = client.startSession({ causalConsistency: false });
    this.session = session;
    this.sent = false;
    this.before = session.serverSession.lastUse;
    session.serverSession.lastUse = unused;
    return session;
  }

  /** Ends what is under way; afterwards `sent` is final. */
  stop(): void {
    const { session } = this;
    if (session === undefined) return;
    this.session = undefined;
    if (session.serverSession.lastUse === unused) session.serverSession.lastUse = this.before;
    else this.sent = true;
    session.endSession().catch(ignore);
  }

  override failed(error: unknown): unknown {
    this.stop();
    const { sent } = this;
    const own = super.failed(error);
    return sent && this.mayBeHalfDone(own) && classify(own).repeat === 'safe'
      ? withEvidence(own, { repeat: 'idempotent' })
      : own;
  }

  private mayBeHalfDone(error: unknown): boolean {
    // The answer is to the last of several commands; those before it may have been carried out.
    if (this.writing === 'bulk') return true;
    // Outside of a transaction each document is on its own, unless the server says that it has come to none.
    return this.writing === 'many' && !hasLabel(error, 'NoWritesPerformed');
  }

  override ended(reason: unknown, pipeline: string): void {
    this.stop();
    super.ended(reason, pipeline);
  }
}

/** Where the options stand: `createIndex` has two places, and the second counts if it is given. */
function placeOf(args: readonly unknown[], place: number): number {
  const next = args[place + 1];
  return typeof next === 'object' && next !== null ? place + 1 : place;
}

/** Arguments with further options in the place for them. */
export function withOptions(
  args: readonly unknown[],
  place: number,
  added: Partial<OperationOptions>,
): unknown[] {
  const all = [...args];
  const at = placeOf(args, place);
  while (all.length < at) all.push(undefined);
  all[at] = { ...(all[at] as object | undefined), ...added };
  return all;
}

export const optionsOf = (args: readonly unknown[], place: number): OperationOptions =>
  args[placeOf(args, place)] ?? {};

/** The options of the pipeline's call: the operation's signal is the caller's too. */
export function callOptions(given: ExecuteOptions, { signal }: OperationOptions): ExecuteOptions {
  if (signal === undefined) return given;
  const both = given.signal === undefined ? signal : AbortSignal.any([given.signal, signal]);
  return { ...given, signal: both };
}

/** What an attempt adds to the options of an operation. */
export function ofAttempt(
  context: Context,
  limited: boolean,
  { maxTimeMS }: OperationOptions,
): Partial<OperationOptions> {
  const limit = limited && maxTimeMS === undefined ? statementLimit(context) : 0;
  return { signal: context.signal, ...(limit > 0 && { maxTimeMS: limit }) };
}

export function read<T>(
  shared: Shared,
  given: ExecuteOptions,
  attempt: (context: Context) => Promise<T>,
): Promise<T> {
  const call = new ReadCall(shared);
  return shared.store.read(
    (context) =>
      underCall(call, context, async () => {
        await reopen(shared.client);
        return attempt(context);
      }),
    given,
    call,
  );
}

/** `session` is the caller's own, or none where none is allowed: then nobody knows what was sent. */
export async function write<T>(
  shared: Shared,
  given: ExecuteOptions,
  writing: Writing,
  ownSession: boolean,
  attempt: (context: Context, session?: Session) => Promise<T>,
): Promise<T> {
  const call = new WriteCall(writing);
  try {
    return await shared.store.write(
      (context) =>
        underCall(call, context, async () => {
          await reopen(shared.client);
          if (ownSession) return attempt(context, call.begin(shared.client));
          call.sent = true;
          return attempt(context);
        }),
      given,
      call,
    );
  } finally {
    call.stop();
  }
}
