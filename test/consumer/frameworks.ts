// Compiled and run against the packed tarball by scripts/consumer.ts: one call in each real web
// framework, with its own types.
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import express from 'express';
import Fastify from 'fastify';
import { Hono } from 'hono';
import { errorMiddleware, errorResponses as safeExpress } from 'kedge/express';
import { errorHandlers, PublicError } from 'kedge/responses';
import { errorResponses as safeFastify } from 'kedge/fastify';
import { errorResponses as safeHono } from 'kedge/hono';
import { errorResponses as safeKoa } from 'kedge/koa';
import { errorResponses as safeNode, type ErrorResponsesOptions } from 'kedge/node-http';
import Koa from 'koa';

class OutOfStock extends Error {}

const handlers = errorHandlers().on(
  OutOfStock,
  (error) => new PublicError('Sold out.', { status: 409, cause: error }),
);
const options: ErrorResponsesOptions = { handlers, logger: false, pages: { name: 'Acme' } };

function fail(): never {
  throw new OutOfStock('table stock');
}

const plain = createServer(safeNode(fail, options));

const app = express();
safeExpress(app, options);
app.get('/', fail);
app.use(errorMiddleware(options));

const fastify = Fastify();
await fastify.register(safeFastify, options);
fastify.get('/', fail);
await fastify.ready();

const hono = new Hono();
safeHono(hono, options);
hono.get('/', fail);

const koa = new Koa();
safeKoa(koa, options);
koa.use(fail);

const servers: Record<string, Server> = {
  plain,
  express: createServer(app),
  fastify: fastify.server,
  hono: createServer(getRequestListener(hono.fetch) as RequestListener),
  koa: createServer(koa.callback() as RequestListener),
};

for (const [name, server] of Object.entries(servers)) {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const answer = await fetch(`http://127.0.0.1:${port}/`);
  const text = await answer.text();
  server.closeAllConnections();
  server.close();
  if (answer.status !== 409 || !text.includes('Sold out.') || text.includes('stock')) {
    throw new Error(`${name}: ${answer.status} ${text}`);
  }
}
