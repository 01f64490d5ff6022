/**
 * Load over many connections: each sends its next request when it has the answer to the last, or when its turn has come.
 * With a rate, a wait counts from when the request was due, so that a server that stands still cannot hide it.
 */
import { connect, type Socket } from 'node:net';
import type { Sent } from './events.ts';

export interface Load {
  readonly port: number;
  readonly connections: number;
  readonly milliseconds: number;
  /** Requests a second, over all connections; as many as there can be without. */
  readonly rate?: number;
  /** The next request: head and body. */
  next(): Sent;
  /** Hears of each that was answered with 200. */
  onAnswer?(id: string): void;
}

export interface Result {
  /** Answers of 200 a second. */
  readonly rate: number;
  readonly answered: number;
  /** Answers of another status, and requests without one. */
  readonly failed: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly longest: number;
}

export async function load(plan: Load): Promise<Result> {
  const { port, connections, milliseconds, rate, next, onAnswer } = plan;
  const waits: number[] = [];
  let failed = 0;
  const begin = performance.now();
  const until = begin + milliseconds;
  const gap = rate === undefined ? 0 : (1_000 * connections) / rate;
  await Promise.all(
    Array.from({ length: connections }, async (_, at) => {
      let socket = connect(port, '127.0.0.1').setNoDelay();
      socket.on('error', () => undefined);
      let due = begin + (gap * at) / connections;
      while (performance.now() < until) {
        const early = due - performance.now();
        if (gap > 0 && early > 0) await new Promise((resolve) => setTimeout(resolve, early));
        const from = gap > 0 ? due : performance.now();
        due += gap;
        const { id, request } = next();
        const status = await roundTrip(socket, request);
        if (status === 200) {
          waits.push(performance.now() - from);
          onAnswer?.(id);
        } else failed += 1;
        if (status === 0) {
          socket.destroy();
          if (performance.now() >= until) break;
          await new Promise((resolve) => setTimeout(resolve, 50));
          socket = connect(port, '127.0.0.1').setNoDelay();
          socket.on('error', () => undefined);
        }
      }
      socket.destroy();
    }),
  );
  const seconds = (performance.now() - begin) / 1_000;
  return { rate: waits.length / seconds, answered: waits.length, failed, ...quantiles(waits) };
}

export function quantiles(
  waits: readonly number[],
): Pick<Result, 'p50' | 'p95' | 'p99' | 'longest'> {
  const sorted = Float64Array.from(waits).toSorted();
  const at = (share: number): number => sorted[Math.floor(sorted.length * share)] ?? 0;
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), longest: sorted.at(-1) ?? 0 };
}

/** Returns the status, and 0 where the connection broke. Answers are short, and come in one piece or two. */
function roundTrip(socket: Socket, request: Buffer): Promise<number> {
  return new Promise((resolve) => {
    let text = '';
    const done = (status: number): void => {
      socket.off('data', take);
      socket.off('close', broken);
      resolve(status);
    };
    const broken = (): void => done(0);
    const take = (chunk: Buffer): void => {
      text += chunk.toString('latin1');
      const end = text.indexOf('\r\n\r\n');
      const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0);
      if (end !== -1 && text.length >= end + 4 + length) done(Number(text.slice(9, 12)));
    };
    if (socket.destroyed) resolve(0);
    else {
      socket.on('data', take);
      socket.once('close', broken);
      socket.write(request);
    }
  });
}
