/** The inside of a thread: takes all calls that have come meanwhile, and answers them together. */
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import type { Database } from './database.ts';
import type { Answer, Call, Operations } from './thread.ts';

/** How many calls are taken at once; others wait for the next transaction. */
const MOST_CALLS = 1_000;

/**
 * Opens the database and answers calls. `together` are operations of which neighbours are carried out at once, in one
 * transaction.
 */
export function serve(
  open: (file: string) => Database,
  operations: Operations,
  together: Readonly<Record<string, (db: Database, calls: readonly Call[]) => Answer[]>> = {},
): void {
  const port = parentPort;
  if (port === null) throw new Error('This is a thread of the journal.');
  const { file } = workerData as { file: string };
  let db: Database | undefined;

  const one = (call: Call): Answer => {
    try {
      if (call.name === 'open') db = open(file);
      else if (call.name === 'close') db?.close();
      else {
        const operation = operations[call.name] as (db: unknown, ...args: unknown[]) => unknown;
        return { id: call.id, result: operation(db, ...call.args) };
      }
      return { id: call.id, result: undefined };
    } catch (error) {
      return failed(call, error);
    }
  };

  port.on('message', (first: readonly Call[]) => {
    const calls = [...first];
    while (calls.length < MOST_CALLS) {
      const next = receiveMessageOnPort(port);
      if (next === undefined) break;
      calls.push(...(next.message as readonly Call[]));
    }
    for (let at = 0; at < calls.length;) {
      const { name } = calls[at] as Call;
      const other = calls.findIndex((call, index) => index > at && call.name !== name);
      const run = calls.slice(at, other === -1 ? calls.length : other);
      const many = together[name];
      port.postMessage(many === undefined ? run.map(one) : many(db as Database, run));
      at += run.length;
    }
  });
}

const SQLITE_FULL = 13;

export function failed({ id }: Call, error: unknown): Answer {
  const { message, errcode } = error as Error & { errcode?: number };
  return { id, error: message, isFull: errcode === SQLITE_FULL };
}
