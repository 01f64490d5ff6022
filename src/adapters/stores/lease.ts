/** One connection for one piece of work: taken, ended with its call, and given back or destroyed. */
import { type Context, TimeoutError, withEvidence } from '../../index.ts';
import { isTimeoutOf, type StoreCall } from './call.ts';
import { ignore } from './callback.ts';
import { interruptible } from './interrupt.ts';
import { isOver, throwIfOver, Watched } from './watch.ts';

/** Where connections come from and go to. */
export interface ConnectionSource<Connection> {
  /** Takes a connection, and calls back once it is there: from a pool that may be when nobody waits any more. */
  acquire(taken: (error: unknown, connection?: Connection) => void): void;
  /** Gives it back; with `broken` it is destroyed. */
  release(connection: Connection, broken?: unknown): void;
  /** Ends on the server what the connection is doing; it is kept until a promise that is returned is settled. */
  interrupt(connection: Connection): Promise<void> | undefined;
  /** Makes it ready for work until the context's deadline, where that is to be done; `undefined` where it is not. */
  prepare(connection: Connection, context: Context): Promise<void> | undefined;
  /** Whether it can be used after a statement has failed with `error`. */
  survives(connection: Connection, error: unknown): boolean;
  /** Whether it is destroyed when its call is ended: another one takes its place. */
  readonly disposable: boolean;
  /** Whether all connections that there may be are established, and at work: who waits for one waits for this process. */
  isUsedUp?(): boolean;
}

/** Says of an error with which the wait for a connection has ended whose it is. */
function notReceived<Connection>(
  source: ConnectionSource<Connection>,
  error: unknown,
  pipeline: string,
): unknown {
  // The caller's own reasons belong to others too.
  const isOwn = !(error instanceof TimeoutError) || isTimeoutOf(error, pipeline);
  return isOwn && source.isUsedUp?.() === true ? withEvidence(error, { blame: 'self' }) : error;
}

/** How a statement ends. */
export interface Settling {
  answered(result: unknown): void;
  failed(error: unknown): void;
}

const brokenBy = (error: unknown): unknown => error ?? true;

/** Ends the work on a connection whose call is over. */
function interrupt<Connection>(
  source: ConnectionSource<Connection>,
  connection: Connection,
  reason: unknown,
): void {
  const ending = source.interrupt(connection);
  if (!source.disposable) return;
  const release = (): void => source.release(connection, brokenBy(reason));
  if (ending === undefined) release();
  else ending.then(release, release);
}

/**
 * Sends one statement on a connection of `source`. It is by hand what an `async` function around `hold` would be: each
 * promise less counts where a query takes 70 µs. `call` is that of a write.
 */
export function sendStatement<Connection>(
  source: ConnectionSource<Connection>,
  context: Context,
  send: (connection: Connection, settling: Settling) => void,
  call?: StoreCall,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    throwIfOver(context);
    let connection: Connection | undefined;
    const release = (broken?: unknown): void => {
      const held = connection;
      connection = undefined;
      if (held !== undefined) source.release(held, broken);
    };
    const watched = new Watched(context, (reason) => {
      call?.ended(reason, context.pipeline);
      const held = connection;
      if (held !== undefined) {
        if (source.disposable) connection = undefined;
        interrupt(source, held, reason);
        if (!source.disposable) return;
      }
      reject(held === undefined ? notReceived(source, reason, context.pipeline) : reason);
    });
    const fail = (error: unknown, broken?: unknown): void => {
      watched.done();
      release(broken);
      reject(call === undefined ? error : call.failed(error));
    };
    const settling: Settling = {
      answered: (result) => {
        watched.done();
        release();
        resolve(result);
      },
      failed: (error) =>
        fail(
          error,
          connection === undefined || source.survives(connection, error)
            ? undefined
            : brokenBy(error),
        ),
    };
    const start = (): void => {
      const held = connection;
      if (held === undefined) return;
      try {
        throwIfOver(context);
        if (call !== undefined) call.sent = true;
        send(held, settling);
      } catch (error) {
        // Nothing was sent, and nothing is under way.
        if (call !== undefined) call.sent = false;
        fail(error);
      }
    };
    source.acquire((failure, taken) => {
      if (taken === undefined) fail(notReceived(source, failure, context.pipeline));
      else if (isOver(context)) {
        watched.done();
        source.release(taken);
        reject(context.signal.reason as Error);
      } else {
        connection = taken;
        const ready = source.prepare(taken, context);
        if (ready === undefined) start();
        else ready.then(start, settling.failed);
      }
    });
  });
}

/** A connection of `source`; one that comes when the call is over goes back at once. */
export function take<Connection>(
  source: ConnectionSource<Connection>,
  { signal, pipeline }: Pick<Context, 'signal' | 'pipeline'>,
): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown): void => reject(notReceived(source, error, pipeline));
    const aborted = (): void => fail(signal.reason);
    if (signal.aborted) return aborted();
    signal.addEventListener('abort', aborted, { once: true });
    source.acquire((error, connection) => {
      signal.removeEventListener('abort', aborted);
      if (connection === undefined) fail(error);
      else if (signal.aborted) source.release(connection);
      else resolve(connection);
    });
  });
}

/**
 * Runs `work` on a connection of `source`, which is destroyed with its call, and given back if `isClean` says so. With
 * `keep` it is the caller's own when the work has succeeded.
 */
export async function hold<Connection, T>(
  source: ConnectionSource<Connection>,
  context: Context,
  work: (connection: Connection) => Promise<T>,
  isClean: (connection: Connection, error: unknown) => boolean,
  keep = false,
): Promise<T> {
  const { signal } = context;
  const connection = await take(source, context);
  let released = false;
  const release = (broken?: unknown): void => {
    if (released) return;
    released = true;
    source.release(connection, broken);
  };
  // Not all drivers answer what waits for a connection that has been destroyed.
  let giveUp: (reason: unknown) => void = ignore;
  const ended = new Promise<never>((_resolve, reject) => {
    giveUp = reject;
  });
  ended.catch(ignore);
  const end = (reason: unknown): void => {
    if (source.disposable) released = true;
    interrupt(source, connection, reason);
    if (source.disposable) giveUp(reason);
  };
  try {
    const value = await interruptible(signal, end, () => Promise.race([work(connection), ended]));
    if (!keep) release();
    return value;
  } catch (error) {
    release(isClean(connection, error) ? undefined : brokenBy(error));
    throw error;
  }
}
