/** A webhook's receiver on a free port of this machine. */
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { atEnd } from './store.ts';

export interface Received {
  readonly method: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Receiver {
  readonly url: string;
  readonly received: Received[];
  /** Of the answers from now on. */
  status: number;
  headers: Record<string, string>;
  /** Takes requests, and answers none. */
  isSilent: boolean;
  /** Resolves when there were `count` requests. */
  count(count: number): Promise<void>;
}

export async function receiver(): Promise<Receiver> {
  const received: Received[] = [];
  let heard = (): void => undefined;
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => void (body += String(chunk)));
    request.on('end', () => {
      received.push({ method: request.method, headers: request.headers, body });
      if (!made.isSilent) {
        response.writeHead(made.status, made.headers).end('x'.repeat(1_000));
      }
      heard();
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  atEnd(
    () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(resolve);
      }),
  );
  const made: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    received,
    status: 200,
    headers: {},
    isSilent: false,
    count: (count) =>
      new Promise((resolve) => {
        heard = () => {
          if (received.length >= count) resolve();
        };
        heard();
      }),
  };
  return made;
}
