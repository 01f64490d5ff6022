// What Hono 4 needs, against the real one, by itself and on Node.
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import { basicAuth } from 'hono/basic-auth';
import { bodyLimit } from 'hono/body-limit';
import { HTTPException } from 'hono/http-exception';
import { streamText } from 'hono/streaming';
import { validator } from 'hono/validator';
import { errorResponses, type ErrorResponsesOptions } from 'kedge/hono';
import { describe, expect, it, vi } from 'vitest';
import { deferred } from '../support/lab.ts';
import { ask, documentOf } from './client.ts';
import { Lines } from './logger.ts';

function safe(options: ErrorResponsesOptions = { logger: false }): Hono {
  const app = new Hono();
  errorResponses(app, options);
  return app;
}

async function serve(app: Hono): Promise<{ url: string } & AsyncDisposable> {
  const listener = getRequestListener(app.fetch, { overrideGlobalObjects: false });
  const server = createServer(listener as RequestListener);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

/** A body that fails once `when` is there, after its first piece or before any. */
function breaking(when: Promise<unknown>, first?: string): ReadableStream {
  return new ReadableStream({
    start(controller) {
      if (first !== undefined) controller.enqueue(new TextEncoder().encode(first));
    },
    async pull() {
      await when;
      throw new Error('table users is gone');
    },
  });
}

describe('errorResponses for Hono', () => {
  it('closes the leak of exceptions, which send their message', async () => {
    const bare = new Hono();
    const tight = safe();
    for (const app of [bare, tight]) {
      app.get('/', () => {
        throw new HTTPException(400, { message: 'no row in users' });
      });
    }
    expect(await (await bare.request('/')).text()).toBe('no row in users');
    const got = await tight.request('/');
    expect(got.status).toBe(400);
    expect(await got.text()).not.toContain('users');
  });

  it('keeps what a client needs to sign in, and nothing else of a ready answer', async () => {
    const app = safe();
    app.use('/auth', basicAuth({ username: 'ann', password: 'x', realm: 'Shop' }));
    app.get('/teapot', () => {
      throw new HTTPException(418, { res: new Response('users', { headers: { 'x-users': '1' } }) });
    });
    const auth = await app.request('/auth');
    expect(auth.status).toBe(401);
    expect(auth.headers.get('www-authenticate')).toBe('Basic realm="Shop"');
    expect(await auth.json()).toMatchObject({ code: 'unauthorized' });
    const teapot = await app.request('/teapot');
    expect(teapot.status).toBe(418);
    expect(teapot.headers.get('x-users')).toBeNull();
    expect(await teapot.text()).not.toContain('users');
  });

  it('answers for the middleware of Hono', async () => {
    const app = safe();
    app.post('/limited', bodyLimit({ maxSize: 5 }), (c) => c.text('ok'));
    app.post(
      '/json',
      validator('json', (value) => value as object),
      (c) => c.text('ok'),
    );
    const post = (path: string, body: string): Promise<Response> =>
      Promise.resolve(
        app.request(path, {
          method: 'POST',
          body,
          headers: { 'content-type': 'application/json' },
        }),
      );
    expect((await post('/limited', 'too long')).status).toBe(413);
    const json = await post('/json', '{"users":');
    expect(json.status).toBe(400);
    expect(json.headers.get('content-type')).toBe('application/problem+json');
  });

  it('answers for what is thrown and is no error, which `onError` never sees', async () => {
    const app = safe();
    app.get('/', () => {
      throw 'users';
    });
    app.get('/nothing', () => Promise.reject());
    for (const path of ['/', '/nothing']) {
      const got = await app.request(path);
      expect(got.status).toBe(500);
      expect(await got.json()).toMatchObject({
        status: 500,
        requestId: got.headers.get('x-request-id'),
      });
    }
  });

  it('lets sub-applications answer first, and answers for them when they fail', async () => {
    const sub = new Hono();
    sub.onError((error, c) => {
      if (error.message === 'mine') return c.text('mine', 418);
      throw new Error('users in the handler');
    });
    sub.get('/mine', () => {
      throw new Error('mine');
    });
    sub.get('/theirs', () => {
      throw new Error('users');
    });
    const app = safe();
    app.route('/sub', sub);
    expect((await app.request('/sub/mine')).status).toBe(418);
    const theirs = await app.request('/sub/theirs');
    expect(theirs.status).toBe(500);
    expect(await theirs.text()).not.toContain('users');
    expect((await app.request('/sub/nothing')).status).toBe(404);
  });

  it('keeps its headers over those of the answer that there would have been', async () => {
    const app = safe();
    app.use(async (c, next) => {
      c.res = new Response('old', { headers: { 'cache-control': 'public', vary: 'Cookie' } });
      await next();
    });
    app.get('/', () => {
      throw new Error('users');
    });
    const got = await app.request('/');
    expect(got.headers.get('cache-control')).toBe('no-store');
    expect(got.headers.get('vary')).toBe('Cookie, Accept');
  });

  it.each([
    ['first', { status: 200, cutOff: true, text: 'first' }],
    [undefined, { status: 500 }],
  ])('lets no stream say why it fails (after %s)', async (first, expected) => {
    const print = vi.spyOn(console, 'error').mockReturnValue();
    const logger = new Lines();
    const app = safe({ logger });
    const { promise: arrived, resolve: onPiece } = deferred<void>();
    if (first === undefined) onPiece();
    app.get('/', () => new Response(breaking(arrived, first)));
    await using service = await serve(app);
    const got = await ask(service.url, { headers: { 'x-request-id': 'r-1' }, onPiece });
    expect(got.text).not.toContain('users');
    expect(got).toMatchObject(expected);
    expect(JSON.stringify(print.mock.calls)).not.toContain('users');
    expect(logger.lines).toMatchObject([
      {
        event: 'request.failed',
        cutOff: true,
        requestId: 'r-1',
        err: { message: 'table users is gone' },
      },
    ]);
  });

  it('lets streams through that do not fail, and their end be cancelled', async () => {
    const app = safe();
    app.get('/', (c) =>
      streamText(c, async (stream) => {
        await stream.write('one ');
        await stream.write('two');
      }),
    );
    let cancelled = false;
    app.get('/endless', () => {
      const body = new ReadableStream({
        pull: (controller) => controller.enqueue(new TextEncoder().encode('more ')),
        cancel: () => {
          cancelled = true;
        },
      });
      return new Response(body);
    });
    await using service = await serve(app);
    expect((await ask(service.url)).text).toBe('one two');
    const endless = await app.request('/endless');
    await endless.body?.cancel();
    expect(cancelled).toBe(true);
  });

  it('names answers that cannot be changed', async () => {
    const app = safe();
    app.get('/', () => Response.error());
    app.get('/redirect', (c) => c.redirect('/else'));
    app.get('/raw', () => new Response(null, { status: 204 }));
    for (const path of ['/redirect', '/raw']) {
      expect((await app.request(path)).headers.get('x-request-id')).toBeTruthy();
    }
  });

  it('does not look into answers that are whole', async () => {
    const listener = getRequestListener((request) => new Response(`seen ${request.method}`), {
      overrideGlobalObjects: false,
    });
    expect(listener).toBeTypeOf('function');
    const app = safe();
    app.get('/', (c) => c.json({ a: 1 }));
    await using service = await serve(app);
    const got = await ask(service.url);
    expect(documentOf(got)).toEqual({ a: 1 });
    expect(got.headers['content-length']).toBe('7');
  });

  it('refuses what is no application, and one that has routes already', () => {
    expect(() => errorResponses({} as never)).toThrow('expected an application of Hono');
    const app = new Hono();
    app.get('/', (c) => c.text('ok'));
    expect(() => errorResponses(app)).toThrow('before routes are added');
  });
});
