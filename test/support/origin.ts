/**
 * A server of HTTP that counts what reaches it, for clients that are tested on real sockets.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { jobs } from './lab.ts';

/** A request as it arrived, with its body. */
export interface Arrived {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export type Answer = (
  request: Arrived,
  response: ServerResponse,
  incoming: IncomingMessage,
) => unknown;

export interface Origin extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  /** Whole requests, in their order. */
  readonly arrived: Arrived[];
  /** Connections that are open. */
  readonly sockets: number;
  /** Connections so far. */
  readonly accepted: number;
  answer: Answer;
  /**
   * Ends the connections on which nothing is under way (clients keep such, and open spare ones), and waits until none
   * is left. Fails when an answer is stuck.
   */
  settle(): Promise<void>;
}

/** Starts a server on a free port of the loopback interface. */
export async function origin(
  answer: Answer = (_request, response) => response.end('ok'),
): Promise<Origin> {
  /** Each with how many answers are under way on it. */
  const sockets = new Map<Socket, number>();
  const arrived: Arrived[] = [];
  const about = { answer, accepted: 0 };
  const server = createServer((incoming, response) => {
    const { socket } = incoming;
    sockets.set(socket, (sockets.get(socket) ?? 0) + 1);
    response.once('close', () => {
      const underWay = sockets.get(socket);
      if (underWay !== undefined) sockets.set(socket, underWay - 1);
    });
    const chunks: Buffer[] = [];
    incoming.on('error', () => {});
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const request: Arrived = {
        method: incoming.method ?? '',
        path: incoming.url ?? '',
        headers: incoming.headers,
        body: Buffer.concat(chunks).toString(),
      };
      arrived.push(request);
      about.answer(request, response, incoming);
    });
  });
  server.on('connection', (socket) => {
    about.accepted++;
    sockets.set(socket, 0);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    arrived,
    get sockets() {
      return sockets.size;
    },
    get accepted() {
      return about.accepted;
    },
    get answer() {
      return about.answer;
    },
    set answer(given) {
      about.answer = given;
    },
    async settle() {
      await until(
        () => {
          for (const [socket, underWay] of sockets) if (underWay === 0) socket.destroy();
          return sockets.size === 0;
        },
        () => `${sockets.size} connections are stuck`,
      );
    },
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Lets real sockets go on until something holds; fails with `otherwise` when it never does. */
export async function until(
  holds: () => boolean,
  otherwise: () => string = () => 'it never held',
): Promise<void> {
  // Rounds of the event loop, and not a length of time.
  for (let round = 0; round < 200_000; round++) {
    if (holds()) return;
    await jobs();
  }
  throw new Error(otherwise());
}

/** Answers one after the other, the last one for ever. */
export function inTurn(...answers: readonly [Answer, ...Answer[]]): Answer {
  let next = 0;
  return (...about) => answers[Math.min(next++, answers.length - 1)]?.(...about);
}

/** An answer with a status, and headers. */
export function status(
  code: number,
  headers: Record<string, string> = {},
  body = `${code}`,
): Answer {
  return (_request, response) => response.writeHead(code, headers).end(body);
}

/** Takes the request, and breaks the connection off without an answer. */
export const cutOff: Answer = (_request, _response, incoming) => incoming.socket.resetAndDestroy();
