/** One connection for one piece of work: taken, bounded, ended with its caller, and given back or destroyed. */
import type { Context } from '../../index.ts';
import { interruptible } from '../stores/interrupt.ts';
import { statementLimit } from '../stores/limit.ts';
import { throwIfOver, Watched } from '../stores/watch.ts';
import { cancelQuery } from './cancel.ts';
import { type Connection, type Source, survives } from './driver.ts';

/** The `statement_timeout` that each connection was given here. */
const limits: WeakMap<Connection, number> = new WeakMap();

// Never above what the role or the database is set to.
const setLimit = `select set_config('statement_timeout',
  case when reset_val::bigint > 0 then least(reset_val::bigint, $1::bigint) else $1::bigint end::text, false)
  from pg_catalog.pg_settings where name = 'statement_timeout'`;

const isLimited = (connection: Connection, limit: number): boolean =>
  (limits.get(connection) ?? 0) === limit;

/** Makes the server end by itself what nobody here waits for any more, even if no cancellation gets through. */
export async function limitStatements(connection: Connection, limit: number): Promise<void> {
  if (isLimited(connection, limit)) return;
  // Unknown while it changes.
  limits.set(connection, -1);
  if (limit === 0) await connection.query('reset statement_timeout');
  else await connection.query(setLimit, [limit]);
  limits.set(connection, limit);
}

const ignore = (): void => {};

/** A connection that is taken, until it is given back. */
class Lease {
  readonly connection: Connection;
  private readonly source: Source;
  private released = false;

  constructor(source: Source, connection: Connection) {
    this.source = source;
    this.connection = connection;
    // A pool listens to idle connections only.
    connection.on('error', ignore);
  }

  /** Gives it back; with `broken` it is not used again. */
  release(broken?: unknown): void {
    if (this.released) return;
    this.released = true;
    this.source.release(this.connection, broken);
    this.connection.removeListener('error', ignore);
  }

  /** The statement is cancelled on the server, and the connection destroyed: a late cancellation would hit the next one. */
  interrupt(reason: unknown): void {
    cancelQuery(this.connection);
    if (this.source.disposable) {
      this.release(reason instanceof Error ? reason : new Error('aborted'));
    }
  }
}

/** Runs `work` on a connection of `source`, which ends it when the context's signal aborts. */
export async function withConnection<T>(
  source: Source,
  context: Context,
  work: (connection: Connection) => Promise<T>,
  isClean: (connection: Connection, error: unknown) => boolean,
): Promise<T> {
  const { signal } = context;
  signal.throwIfAborted();
  const lease = new Lease(source, await source.acquire());
  if (signal.aborted) lease.release();
  try {
    const value = await interruptible(
      signal,
      (reason) => lease.interrupt(reason),
      () => work(lease.connection),
    );
    lease.release();
    return value;
  } catch (error) {
    lease.release(isClean(lease.connection, error) ? undefined : (error ?? true));
    throw error;
  }
}

/**
 * Sends one statement on a connection of `source`, ended like `withConnection`. It is by hand what an `async` function
 * would be, and by callbacks where pg takes them, as its pool does: each promise less counts where a query takes 70 µs.
 */
export function sendStatement(
  source: Source,
  context: Context,
  isLimitedByDeadline: boolean,
  config: unknown,
  values: unknown,
  sending?: () => void,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    throwIfOver(context);
    const taken = (failure: unknown, connection?: Connection): void => {
      if (connection === undefined) {
        reject(failure);
        return;
      }
      const lease = new Lease(source, connection);
      const watched = new Watched(context, (reason) => lease.interrupt(reason));
      const by: Settling = {
        answered: (result) => {
          watched.done();
          lease.release();
          resolve(result);
        },
        failed: (error) => {
          watched.done();
          lease.release(survives(connection, error) ? undefined : (error ?? true));
          reject(error);
        },
      };
      const send = (): void => {
        try {
          throwIfOver(context);
          sending?.();
          ask(connection, config, values, by);
        } catch (error) {
          watched.done();
          // Nothing was sent, and nothing is under way.
          lease.release();
          reject(error);
        }
      };
      const limit = isLimitedByDeadline ? statementLimit(context) : 0;
      if (!isLimitedByDeadline || isLimited(connection, limit)) send();
      else limitStatements(connection, limit).then(send, by.failed);
    };
    source.take(taken);
  });
}

interface Settling {
  answered(result: unknown): void;
  failed(error: unknown): void;
}

/** By a callback where the client is known to take one, and nothing has to be written into the caller's object for it. */
function ask(connection: Connection, config: unknown, values: unknown, by: Settling): void {
  if (typeof config === 'string' && connection.query.length === 3) {
    const { query } = connection as { query: (...args: unknown[]) => unknown };
    query.call(connection, config, values, (error: unknown, result: unknown) => {
      if (error === undefined || error === null) by.answered(result);
      else by.failed(error);
    });
  } else connection.query(config, values).then(by.answered, by.failed);
}
