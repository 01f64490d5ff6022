/** Asks the server to stop what a connection is doing. */
import { connect } from 'node:net';
import { Timer } from '../../core/time.ts';
import type { Connection } from './driver.ts';

const cancelRequest = 80_877_102;
/** The server closes the connection when it has done it, in milliseconds. */
const longest = 5_000;

/**
 * Sends a CancelRequest over a connection of its own, as the protocol wants it; says nothing about the outcome.
 *
 * Like pg's own it is not encrypted: it holds nothing but the numbers of one session, which servers accept so.
 */
export function cancelQuery({ processID, secretKey, host, port }: Connection): void {
  if (typeof processID !== 'number' || typeof secretKey !== 'number') return;
  if (host === undefined || port === undefined) return;
  const message = Buffer.alloc(16);
  for (const [at, value] of [message.length, cancelRequest].entries()) {
    message.writeInt32BE(value, 4 * at);
  }
  message.writeInt32BE(processID, 8);
  message.writeInt32BE(secretKey, 12);
  const socket = host.startsWith('/')
    ? connect(`${host}/.s.PGSQL.${port}`)
    : connect({ host, port });
  const limit = new Timer(() => socket.destroy(), longest, false);
  socket.on('error', () => {});
  socket.on('close', () => limit.stop());
  socket.on('connect', () => socket.end(message));
  socket.resume();
}
