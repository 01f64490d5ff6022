// What a client of HTTP/2 sees of an answer that breaks off: RFC 9113, 8.1.
import { connect, constants, createServer, type Http2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { getRequestListener } from '@hono/node-server';
import Fastify from 'fastify';
import { Hono } from 'hono';
import { errorResponses as fastifyResponses } from 'kedge/fastify';
import { errorResponses as honoResponses } from 'kedge/hono';
import { errorResponses as koaResponses } from 'kedge/koa';
import { errorResponses as nodeResponses } from 'kedge/node-http';
import Koa from 'koa';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { breaking } from './frameworks.ts';

const fail = (): Error => new Error('the database is gone');
const web = (): ReadableStream => Readable.toWeb(breaking(fail)) as ReadableStream;
const quiet = { logger: false } as const;

interface Seen {
  readonly events: readonly string[];
  readonly code: number | undefined;
}

function ask(port: number, path: string): Promise<Seen> {
  return new Promise((resolve) => {
    const client = connect(`http://127.0.0.1:${port}`);
    const request = client.request({ ':path': path });
    const events: string[] = [];
    request.resume();
    for (const event of ['aborted', 'error', 'end'])
      request.on(event, () => void events.push(event));
    request.on('close', () => {
      client.destroy();
      resolve({ events, code: request.rstCode });
    });
  });
}

type Start = () => Promise<Http2Server>;

const servers: Readonly<Record<string, Start>> = {
  'node:http2': async () =>
    createServer(
      nodeResponses(async (request, response) => {
        response.writeHead(200);
        if (request.url === '/at-once') throw fail();
        response.write('the first piece');
        if (request.url === '/stream') await pipeline(breaking(fail), response);
        await new Promise((resolve) => setImmediate(resolve));
        throw fail();
      }, quiet) as never,
    ),
  Fastify: async () => {
    const app = Fastify({ http2: true });
    await app.register(fastifyResponses, quiet);
    app.get('/late', async (_request, reply) => {
      reply.raw.write('the first piece');
      throw fail();
    });
    app.get('/at-once', async (_request, reply) => {
      reply.raw.writeHead(200);
      throw fail();
    });
    app.get('/stream', async () => breaking(fail));
    app.get('/web', async () => web());
    await app.ready();
    return app.server;
  },
  Hono: async () => {
    const app = new Hono();
    honoResponses(app, quiet);
    app.get('/late', (c) => c.body(web()));
    app.get('/at-once', () => new Response(web()));
    app.get('/stream', () => new Response(web()));
    app.get('/web', () => new Response(web(), { headers: { 'x-accel-buffering': 'no' } }));
    return createServer(getRequestListener(app.fetch, { overrideGlobalObjects: false }) as never);
  },
  Koa: async () => {
    const app = new Koa();
    koaResponses(app, quiet);
    app.use(async (ctx) => {
      if (ctx.path === '/stream') ctx.body = breaking(fail);
      else if (ctx.path === '/web') ctx.body = web();
      else {
        ctx.respond = false;
        ctx.res.writeHead(200);
        if (ctx.path === '/late') ctx.res.write('the first piece');
        throw fail();
      }
    });
    return createServer(app.callback() as never);
  },
};

describe.each(Object.entries(servers))('%s', (_, start) => {
  let server: Http2Server | undefined;
  afterEach(() => server?.close());

  it.each(['/late', '/at-once', '/stream', '/web'])(
    'ends what breaks off in an error: %s',
    async (path) => {
      vi.spyOn(console, 'error').mockReturnValue();
      server = await start();
      await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
      const seen = await ask((server.address() as AddressInfo).port, path);
      expect(seen.code).toBe(constants.NGHTTP2_INTERNAL_ERROR);
      expect(seen.events).toContain('error');
      expect(seen.events).not.toContain('end');
    },
  );
});
