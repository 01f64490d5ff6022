/** Many connections, each of which sends its next request when it has the answer to the last. */
import { connect, type Socket } from 'node:net';

export interface Load {
  readonly port: number;
  readonly connections: number;
  readonly milliseconds: number;
  /** The next request: head and body. */
  next(): Buffer;
}

export interface Result {
  /** Answers of 200 a second. */
  readonly rate: number;
  readonly failed: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

export async function load({ port, connections, milliseconds, next }: Load): Promise<Result> {
  const waits: number[] = [];
  let failed = 0;
  const begin = performance.now();
  const until = begin + milliseconds;
  await Promise.all(
    Array.from({ length: connections }, async () => {
      const socket = connect(port, '127.0.0.1').setNoDelay();
      while (performance.now() < until) {
        const sent = performance.now();
        if ((await roundTrip(socket, next())) === 200) waits.push(performance.now() - sent);
        else failed += 1;
      }
      socket.destroy();
    }),
  );
  const seconds = (performance.now() - begin) / 1_000;
  waits.sort((a, b) => a - b);
  const at = (share: number): number => waits[Math.floor(waits.length * share)] ?? 0;
  return { rate: waits.length / seconds, failed, p50: at(0.5), p99: at(0.99) };
}

/** Returns the status. Answers are short, and come in one piece or two. */
function roundTrip(socket: Socket, request: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    let text = '';
    const take = (chunk: Buffer): void => {
      text += chunk.toString('latin1');
      const end = text.indexOf('\r\n\r\n');
      const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0);
      if (end === -1 || text.length < end + 4 + length) return;
      socket.off('data', take);
      socket.off('error', reject);
      resolve(Number(text.slice(9, 12)));
    };
    socket.on('data', take);
    socket.once('error', reject);
    socket.write(request);
  });
}
