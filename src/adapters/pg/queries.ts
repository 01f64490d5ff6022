/** The query method under a pipeline, in all its forms. */
import type { ExecuteOptions } from '../../index.ts';
import { type Callback, callBack } from '../stores/callback.ts';
import { isRead } from '../stores/statement.ts';
import type { Store } from '../stores/store.ts';
import type { Source } from './driver.ts';
import { sendStatement } from './session.ts';

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
    const [config, second, third] = args;
    if (isForeign(config)) return plain(...args);
    const callback = callbackOf(second) ?? callbackOf(third);
    const values = typeof second === 'function' ? undefined : second;
    const text = textOf(config);
    const result =
      typeof text === 'string' && isRead(text, 'postgres')
        ? store.read(
            (context) => sendStatement(source, context, statementTimeout, config, values),
            given,
          )
        : store.write(
            (context, call) =>
              sendStatement(source, context, statementTimeout, config, values, () => {
                call.sent = true;
              }),
            given,
          );
    if (callback === undefined) return result;
    callBack(result, callback);
    return undefined;
  };
}

const callbackOf = (given: unknown): Callback | undefined =>
  typeof given === 'function' ? (given as Callback) : undefined;
