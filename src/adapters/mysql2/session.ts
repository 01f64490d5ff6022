/** One connection for one piece of work: taken, ended with its caller, and given back or destroyed. */
import type { Context } from '../../index.ts';
import { interruptible } from '../stores/interrupt.ts';
import type { Connection, PromisePool } from './driver.ts';

/** Ends a session on the server, over another connection, which its destruction has made room for. */
async function kill(pool: PromisePool, id: number): Promise<void> {
  const connection = await pool.getConnection();
  try {
    await connection.query(`kill ${id}`);
  } finally {
    connection.release();
  }
}

const ignore = (): void => {};

/**
 * Runs `work` on a connection of `pool`. When the context's signal aborts, the connection is destroyed, and its session
 * is killed on the server, which would otherwise finish its statement first.
 */
export async function withConnection<T>(
  pool: PromisePool,
  { signal }: Context,
  work: (connection: Connection) => Promise<T>,
  isClean: (error: unknown) => boolean,
): Promise<T> {
  signal.throwIfAborted();
  const connection = await pool.getConnection();
  let released = false;
  const release = (clean: boolean): void => {
    if (released) return;
    released = true;
    if (clean) connection.release();
    else connection.destroy();
  };
  // A destroyed connection of mysql2 does not answer what waits for it.
  let giveUp: (reason: unknown) => void = ignore;
  const ended = new Promise<never>((_resolve, reject) => {
    giveUp = reject;
  });
  ended.catch(ignore);
  const interrupt = (reason: unknown): void => {
    const { threadId } = connection;
    release(false);
    giveUp(reason);
    if (typeof threadId === 'number') kill(pool, threadId).catch(ignore);
  };
  if (signal.aborted) release(true);
  try {
    const value = await interruptible(signal, interrupt, () =>
      Promise.race([work(connection), ended]),
    );
    release(true);
    return value;
  } catch (error) {
    release(isClean(error));
    throw error;
  }
}
