/** Asks the server to stop what a connection is doing. */
import { connect } from 'node:net';
import { Timer } from '../../core/time.ts';
import { ignore } from '../stores/callback.ts';
import type { Connection } from './driver.ts';

const cancelRequest = 80_877_102;
/** The server closes the connection when it has done it, in milliseconds. */
const longest = 5_000;
/** A connection is kept no longer for that, in milliseconds. */
const longestKept = 1_000;

/**
 * Sends a CancelRequest over a connection of its own, as the protocol wants it; says nothing about the outcome. The
 * promise says when it has been delivered, where the cancelled connection has to be kept until then: a pooler only
 * cancels for clients that are still there.
 *
 * Like pg's own it is not encrypted: it holds nothing but the numbers of one session, which servers accept so.
 */
export function cancelQuery(
  { processID, secretKey, host, port }: Connection,
  isKept: boolean,
): Promise<void> | undefined {
  if (typeof processID !== 'number' || typeof secretKey !== 'number') return undefined;
  if (host === undefined || port === undefined) return undefined;
  const message = Buffer.alloc(16);
  for (const [at, value] of [message.length, cancelRequest].entries()) {
    message.writeInt32BE(value, 4 * at);
  }
  message.writeInt32BE(processID, 8);
  message.writeInt32BE(secretKey, 12);
  const socket = host.startsWith('/')
    ? connect(`${host}/.s.PGSQL.${port}`)
    : connect({ host, port });
  const limit = new Timer(() => socket.destroy(), isKept ? longestKept : longest, false);
  socket.on('error', ignore);
  // The server ends the connection: a pooler forgets the request of one that this side has ended.
  socket.on('connect', () => socket.write(message));
  socket.resume();
  const closed = new Promise<void>((resolve) => {
    socket.on('close', () => {
      limit.stop();
      resolve();
    });
  });
  return isKept ? closed : undefined;
}
