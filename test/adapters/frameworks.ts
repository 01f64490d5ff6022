// The same small service in every framework, each in its own way.
import { once } from 'node:events';
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { getRequestListener } from '@hono/node-server';
import express from 'express';
import Fastify from 'fastify';
import { Hono } from 'hono';
import { errorResponses as expressAnswers } from 'kedge/express';
import { notFound, requestContext } from 'kedge/responses';
import { errorResponses as fastifyAnswers } from 'kedge/fastify';
import { errorResponses as honoAnswers } from 'kedge/hono';
import { errorResponses as koaAnswers } from 'kedge/koa';
import { errorResponses as nodeAnswers, type ErrorResponsesOptions } from 'kedge/node-http';
import Koa from 'koa';

/** What handlers set for the answer that they do not come to give. */
export const stale: Readonly<Record<string, string>> = {
  ETag: '"old"',
  'Last-Modified': 'Fri, 20 Nov 2026 12:00:00 GMT',
  'Cache-Control': 'public, max-age=600',
  'CDN-Cache-Control': 'max-age=600',
  'Cloudflare-CDN-Cache-Control': 'max-age=600',
  'Surrogate-Control': 'max-age=600',
  'Content-MD5': 'AAAA',
  Digest: 'sha-256=AAAA',
  'Repr-Digest': 'sha-256=:AAAA:',
  'Content-Digest': 'sha-256=:AAAA:',
  'X-Accel-Redirect': '/internal/a.pdf',
  'X-Accel-Expires': '600',
  'X-Sendfile': '/srv/a.pdf',
  Location: '/elsewhere',
};

export interface Running extends AsyncDisposable {
  readonly url: string;
}

/** What makes the error that its failing routes throw. */
export interface Routes {
  readonly fail: () => unknown;
}

export interface Framework {
  readonly name: string;
  start(routes: Routes, options?: ErrorResponsesOptions): Promise<Running>;
}

async function listen(server: Server, close?: () => unknown): Promise<Running> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
      await close?.();
    },
  };
}

/** The beginning of an answer, which is on its way to the client. */
function written(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    response.write('the first piece', () => setImmediate(resolve));
  });
}

/** A stream that fails after its first piece, or before it. */
export function breaking(fail: () => unknown, first = 'the first piece'): Readable {
  return Readable.from(
    (async function* pieces() {
      if (first !== '') yield first;
      // The first piece is on its way.
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
      throw fail();
    })(),
    { objectMode: false },
  );
}

export const frameworks: readonly Framework[] = [
  {
    name: 'express',
    async start({ fail }, options) {
      const app = express();
      expressAnswers(app, options);
      app.use((_request, response, next) => {
        response.setHeader('Access-Control-Allow-Origin', 'https://shop.example');
        for (const [name, value] of Object.entries(stale)) response.setHeader(name, value);
        response.setHeader('Vary', 'Origin');
        next();
      });
      app.use(express.json({ limit: 100 }));
      app.get('/sync', () => {
        throw fail();
      });
      app.get('/async/:id', async () => {
        throw fail();
      });
      app.get('/ok', (_request, response) => void response.send('ok'));
      app.get('/context', (_request, response) => void response.json(requestContext.current()));
      app.post('/echo', (request, response) => {
        response.json({ body: request.body as unknown, context: requestContext.current() });
      });
      app.get('/late', async (_request, response) => {
        await written(response);
        throw fail();
      });
      app.get('/stream', (_request, response, next) => {
        breaking(fail).on('error', next).pipe(response);
      });
      return listen(createServer(app));
    },
  },
  {
    name: 'fastify',
    async start({ fail }, options) {
      const app = Fastify({ bodyLimit: 100 });
      await app.register(fastifyAnswers, options ?? {});
      app.addHook('onRequest', async (_request, reply) => {
        reply.header('Access-Control-Allow-Origin', 'https://shop.example');
        reply.headers(stale);
        reply.header('Vary', 'Origin');
      });
      app.get('/sync', () => {
        throw fail();
      });
      app.get('/async/:id', async () => {
        throw fail();
      });
      app.get('/ok', async () => 'ok');
      app.get('/context', async () => requestContext.current());
      app.post('/echo', async (request) => ({
        body: request.body,
        context: requestContext.current(),
      }));
      app.get('/late', async (_request, reply) => {
        await written(reply.raw);
        throw fail();
      });
      app.get('/stream', async () => breaking(fail));
      await app.ready();
      return listen(app.server, () => app.close());
    },
  },
  {
    name: 'hono',
    async start({ fail }, options) {
      const app = new Hono();
      honoAnswers(app, options);
      app.use(async (c, next) => {
        c.header('Access-Control-Allow-Origin', 'https://shop.example');
        for (const [name, value] of Object.entries(stale)) c.header(name, value);
        c.header('Vary', 'Origin');
        await next();
      });
      app.get('/sync', () => {
        throw fail();
      });
      app.get('/async/:id', async () => {
        throw fail();
      });
      app.get('/ok', (c) => c.text('ok'));
      app.get('/context', (c) => c.json(requestContext.current()));
      app.post('/echo', async (c) =>
        c.json({ body: await c.req.json<unknown>(), context: requestContext.current() }),
      );
      app.get('/late', (c) => c.body(Readable.toWeb(breaking(fail)) as ReadableStream));
      app.get('/stream', () => new Response(Readable.toWeb(breaking(fail)) as ReadableStream));
      return listen(
        createServer(
          getRequestListener(app.fetch, { overrideGlobalObjects: false }) as RequestListener,
        ),
      );
    },
  },
  {
    name: 'koa',
    async start({ fail }, options) {
      const app = new Koa();
      koaAnswers(app, options);
      app.use(async (ctx, next) => {
        ctx.set('Access-Control-Allow-Origin', 'https://shop.example');
        ctx.set(stale);
        ctx.set('Vary', 'Origin');
        await next();
      });
      app.use(async (ctx) => {
        if (ctx.path === '/sync' || ctx.path.startsWith('/async/')) throw fail();
        if (ctx.path === '/ok') ctx.body = 'ok';
        if (ctx.path === '/context') ctx.body = requestContext.current();
        if (ctx.path === '/echo') {
          let text = '';
          for await (const chunk of ctx.req) text += String(chunk);
          ctx.body = { body: JSON.parse(text) as unknown, context: requestContext.current() };
        }
        if (ctx.path === '/late') {
          ctx.respond = false;
          ctx.status = 200;
          await written(ctx.res);
          throw fail();
        }
        if (ctx.path === '/stream') ctx.body = breaking(fail);
      });
      return listen(createServer(app.callback() as RequestListener));
    },
  },
  {
    name: 'node-http',
    start({ fail }, options) {
      const answer = nodeAnswers(async (request, response) => {
        response.setHeader('Access-Control-Allow-Origin', 'https://shop.example');
        for (const [name, value] of Object.entries(stale)) response.setHeader(name, value);
        response.setHeader('Vary', 'Origin');
        const { pathname } = new URL(request.url ?? '/', 'http://localhost');
        if (pathname === '/sync' || pathname.startsWith('/async/')) throw fail();
        else if (pathname === '/ok') response.end('ok');
        else if (pathname === '/context') response.end(JSON.stringify(requestContext.current()));
        else if (pathname === '/echo') {
          let text = '';
          request.setEncoding('utf8').on('data', (chunk: string) => {
            text += chunk;
          });
          await once(request, 'end');
          const context = requestContext.current();
          response.end(JSON.stringify({ body: JSON.parse(text) as unknown, context }));
        } else if (pathname === '/late') {
          await written(response);
          throw fail();
        } else if (pathname === '/stream') await pipeline(breaking(fail), response);
        else throw notFound();
      }, options);
      return listen(createServer(answer));
    },
  },
];
