/** The query method under a pipeline, in all its forms. */
import type { Context, ExecuteOptions } from '../../index.ts';
import { type Callback, callBack } from '../stores/callback.ts';
import { isRead } from '../stores/statement.ts';
import type { Store } from '../stores/store.ts';
import type { Connection, Source } from './driver.ts';
import { limitStatements, statementLimit, withConnection } from './session.ts';

/** What is sent as it is: cursors and streams, and what pg itself refuses. */
function isForeign(config: unknown): boolean {
  if (typeof config === 'string') return false;
  if (typeof config !== 'object' || config === null) return true;
  const { submit, callback } = config as { submit?: unknown; callback?: unknown };
  return typeof submit === 'function' || typeof callback === 'function';
}

const textOf = (config: unknown): unknown =>
  typeof config === 'string' ? config : (config as { text?: unknown }).text;

/** `query` on connections of `source`; `plain` is the client's own. */
export function protectedQuery(
  store: Store,
  source: Source,
  statementTimeout: boolean,
  given: ExecuteOptions,
  plain: (...args: unknown[]) => unknown,
): (...args: unknown[]) => unknown {
  return function query(...args: unknown[]): unknown {
    const [config] = args;
    if (isForeign(config)) return plain(...args);
    const callback = args.slice(1).find((each) => typeof each === 'function') as
      | Callback
      | undefined;
    const values = typeof args[1] === 'function' ? undefined : args[1];
    const run = async (context: Context, sending?: () => void): Promise<unknown> =>
      withConnection(source, context, async (connection: Connection) => {
        if (statementTimeout) await limitStatements(connection, statementLimit(context));
        context.signal.throwIfAborted();
        sending?.();
        return connection.query(config, values);
      });
    const text = textOf(config);
    const result =
      typeof text === 'string' && isRead(text, 'postgres')
        ? store.read((context) => run(context), given)
        : store.write(
            (context, call) =>
              run(context, () => {
                call.sent = true;
              }),
            given,
          );
    if (callback === undefined) return result;
    callBack(result, callback);
    return undefined;
  };
}
