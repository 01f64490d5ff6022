/** The query method under a pipeline, in all its forms. */
import type { ExecuteOptions } from '../../index.ts';
import { copyOfArguments } from '../snapshot.ts';
import { type Callback, callBack } from '../stores/callback.ts';
import type { Settling } from '../stores/lease.ts';
import { type SqlClient, statement } from '../stores/sql.ts';
import type { Connection } from './driver.ts';

/** What is sent as it is: cursors and streams, and what pg itself refuses. */
export function isForeign(config: unknown): boolean {
  if (typeof config === 'string') return false;
  if (typeof config !== 'object' || config === null) return true;
  const { submit, callback } = config as { submit?: unknown; callback?: unknown };
  return typeof submit === 'function' || typeof callback === 'function';
}

const textOf = (config: unknown): unknown =>
  typeof config === 'string' ? config : (config as { text?: unknown }).text;

/** `query` on connections of `client`; `plain` is the pool's or the client's own. */
export function protectedQuery(
  client: SqlClient<Connection>,
  given: ExecuteOptions,
  plain: (...args: unknown[]) => unknown,
): (...args: unknown[]) => unknown {
  return function query(...args: unknown[]): unknown {
    const [asked, second, third] = args;
    if (isForeign(asked)) return plain(...args);
    const config = copyOfArguments(asked);
    const callback = callbackOf(second) ?? callbackOf(third);
    const values = typeof second === 'function' ? undefined : copyOfArguments(second);
    const send = (connection: Connection, settling: Settling): void =>
      ask(connection, config, values, settling);
    const result = statement(client, textOf(config), send, given);
    if (callback === undefined) return result;
    callBack(result, callback);
    return undefined;
  };
}

const callbackOf = (given: unknown): Callback | undefined =>
  typeof given === 'function' ? (given as Callback) : undefined;

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
