/** One connection for one piece of work: taken, bounded, ended with its caller, and given back or destroyed. */
import { now } from '../../core/time.ts';
import type { Context } from '../../index.ts';
import { interruptible } from '../stores/interrupt.ts';
import { cancelQuery } from './cancel.ts';
import { type Connection, type Source, survives } from './driver.ts';

/** The `statement_timeout` that each connection was given here. */
const limits: WeakMap<Connection, number> = new WeakMap();

// Never above what the role or the database is set to.
const setLimit = `select set_config('statement_timeout',
  case when reset_val::bigint > 0 then least(reset_val::bigint, $1::bigint) else $1::bigint end::text, false)
  from pg_catalog.pg_settings where name = 'statement_timeout'`;

/** 1, 2, 5, 10, 20 …: so that a connection is set once, and not once a query. */
function roundUp(ms: number): number {
  const magnitude = 10 ** Math.floor(Math.log10(ms));
  const step = [1, 2, 5, 10].find((each) => ms <= each * magnitude) ?? 10;
  return step * magnitude;
}

/** How long a statement may run on the server for `context`, in milliseconds; 0 for no limit. */
export function statementLimit(context: Pick<Context, 'deadline'>): number {
  if (context.deadline === Infinity) return 0;
  return Math.min(roundUp(Math.max(1, context.deadline - now())), 2 ** 31 - 1);
}

/** Makes the server end by itself what nobody here waits for any more, even if no cancellation gets through. */
export async function limitStatements(connection: Connection, limit: number): Promise<void> {
  if ((limits.get(connection) ?? 0) === limit) return;
  // Unknown while it changes.
  limits.set(connection, -1);
  if (limit === 0) await connection.query('reset statement_timeout');
  else await connection.query(setLimit, [limit]);
  limits.set(connection, limit);
}

const ignore = (): void => {};

/**
 * Runs `work` on a connection of `source`.
 *
 * When the context's signal aborts, the statement is cancelled on the server and the connection is destroyed: a
 * cancellation that comes late would hit the next statement.
 */
export async function withConnection<T>(
  source: Source,
  context: Context,
  work: (connection: Connection) => Promise<T>,
  isClean: (connection: Connection, error: unknown) => boolean = survives,
): Promise<T> {
  const { signal } = context;
  signal.throwIfAborted();
  const connection = await source.acquire();
  let released = false;
  const release = (broken?: unknown): void => {
    if (released) return;
    released = true;
    source.release(connection, broken);
    connection.removeListener('error', ignore);
  };
  const interrupt = (reason: unknown): void => {
    cancelQuery(connection);
    if (source.disposable) release(reason instanceof Error ? reason : new Error('aborted'));
  };
  // A pool listens to idle connections only.
  connection.on('error', ignore);
  if (signal.aborted) release();
  try {
    const value = await interruptible(signal, interrupt, () => work(connection));
    release();
    return value;
  } catch (error) {
    release(isClean(connection, error) ? undefined : (error ?? true));
    throw error;
  }
}
