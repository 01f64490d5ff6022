/** What the machine can do at all at this moment: the same requests to a server that only answers. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Worker } from 'node:worker_threads';
import { type Sent } from './events.ts';
import { load, type Result } from './load.ts';

const program = `
  const { parentPort } = require('node:worker_threads');
  const server = require('node:http').createServer((request, response) => {
    request.resume();
    request.once('end', () => response.writeHead(200, { 'content-length': 2 }).end('{}'));
  });
  server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));
`;

export async function bare(next: () => Sent, connections = 64): Promise<Result> {
  const worker = new Worker(program, { eval: true });
  const port = await new Promise<number>((resolve) => {
    worker.once('message', resolve);
  });
  const result = await load({ port, connections, milliseconds: 2_500, next });
  await worker.terminate();
  return result;
}

/** A free port on which something listens, and nobody answers. */
export async function heldSocket(): Promise<{ fd: number; port: number } & Disposable> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen({ port: 0, host: '127.0.0.1', backlog: 2_048 }, resolve);
  });
  // oxlint-disable-next-line no-underscore-dangle -- the only way to a descriptor that listens
  const { fd } = (server as unknown as { _handle: { fd: number } })._handle;
  const { port } = server.address() as AddressInfo;
  return { fd, port, [Symbol.dispose]: () => void server.close() };
}
