// What Express 5 needs, against the real one.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type Express, type Request } from 'express';
import { errorHandlers, PublicError } from 'kedge/responses';
import { errorMiddleware, errorResponses } from 'kedge/express';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ask, browser, documentOf } from './client.ts';
import { Lines } from './logger.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

async function serve(app: Express): Promise<{ url: string } & AsyncDisposable> {
  const server = createServer(app);
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

const json = { 'content-type': 'application/json' };

describe('errorResponses for Express', () => {
  it('closes the leak of the last handler, which sends stacks unless it is production', async () => {
    vi.stubEnv('NODE_ENV', 'development');
    const bare = express();
    const safe = express();
    errorResponses(safe, { logger: false });
    const print = vi.spyOn(console, 'error').mockReturnValue();
    for (const app of [bare, safe]) {
      app.get('/', () => {
        throw new Error('table users is gone');
      });
    }
    await using leaking = await serve(bare);
    await using tight = await serve(safe);
    expect((await ask(leaking.url)).text).toContain('express.test.ts');
    expect((await ask(tight.url)).text).not.toMatch(/users|express/);
    expect(print).toHaveBeenCalledTimes(1);
  });

  it('may be called after the routes as well', async () => {
    const app = express();
    app.get('/', () => {
      throw new Error('users');
    });
    errorResponses(app, { logger: false });
    await using service = await serve(app);
    const got = await ask(service.url);
    expect(got.headers['x-request-id']).toBeDefined();
    expect(documentOf(got)).toMatchObject({ status: 500 });
  });

  it('says in no header that it is Express', async () => {
    const app = express();
    errorResponses(app, { logger: false });
    await using service = await serve(app);
    expect(JSON.stringify(await ask(service.url))).not.toMatch(/express/i);
  });

  it.each([
    ['malformed JSON', json, '{"users":', 400],
    ['too large a body', json, JSON.stringify('users'.repeat(100)), 413],
    ['an unknown charset', { 'content-type': 'application/json; charset=users' }, '{}', 415],
    ['an unknown encoding', { ...json, 'content-encoding': 'users' }, '{}', 415],
  ])('answers for the body parser: %s', async (_what, headers, body, status) => {
    const logger = new Lines();
    const app = express();
    errorResponses(app, { logger });
    app.use(express.json({ limit: 100 }));
    await using service = await serve(app);
    const got = await ask(service.url, { method: 'POST', headers, body });
    expect(got.status).toBe(status);
    expect(documentOf(got)['status']).toBe(status);
    expect(JSON.stringify(got)).not.toMatch(/users/i);
    expect(logger.lines).toEqual([expect.objectContaining({ level: 'info', status })]);
  });

  it('answers for the router and for static files', async () => {
    const app = express();
    errorResponses(app, { logger: false });
    app.get('/orders/:id', (_request, response) => void response.send('ok'));
    app.use('/files', express.static(import.meta.dirname, { fallthrough: false, redirect: false }));
    await using service = await serve(app);
    expect((await ask(`${service.url}/orders/%E0`)).status).toBe(400);
    const missing = await ask(`${service.url}/files/nothing.txt`);
    expect(missing.status).toBe(404);
    expect(missing.text).not.toContain('adapters');
    const range = await ask(`${service.url}/files/client.ts`, {
      headers: { range: 'bytes=999999-' },
    });
    expect(range.status).toBe(416);
    expect(range.headers['content-range']).toMatch(/^bytes \*\/\d+$/);
  });

  it('asks the error middleware of the application first', async () => {
    const app = express();
    errorResponses(app, { logger: false });
    app.get('/mine', () => {
      throw new RangeError('users');
    });
    app.get('/broken', () => {
      throw new TypeError('users');
    });
    app.use(
      (
        error: unknown,
        _request: Request,
        response: express.Response,
        next: express.NextFunction,
      ) => {
        if (error instanceof RangeError) response.status(418).send('mine');
        else if (error instanceof TypeError) throw new Error('users, and the handler is broken');
        else next(error);
      },
    );
    await using service = await serve(app);
    expect(await ask(`${service.url}/mine`)).toMatchObject({ status: 418, text: 'mine' });
    const broken = await ask(`${service.url}/broken`);
    expect(broken.status).toBe(500);
    expect(broken.text).not.toContain('users');
  });

  it('answers for applications inside of it, and leaves what is unknown there to the outer one', async () => {
    const logger = new Lines();
    const inner = express();
    errorResponses(inner, { logger, name: 'inner' });
    inner.get('/orders/:id', () => {
      throw new Error('users');
    });
    const app = express();
    errorResponses(app, { logger, name: 'outer' });
    app.use('/shop', inner);
    app.get('/shop/else', (_request, response) => void response.send('outer'));
    await using service = await serve(app);
    const got = await ask(`${service.url}/shop/orders/7`, { headers: { 'x-request-id': 'r-1' } });
    expect(got.headers['x-request-id']).toBe('r-1');
    expect((await ask(`${service.url}/shop/else`)).text).toBe('outer');
    expect((await ask(`${service.url}/shop/nothing`)).status).toBe(404);
    expect(logger.lines).toMatchObject([
      { pipeline: 'inner', status: 500, requestId: 'r-1', route: '/shop/orders/:id' },
      { pipeline: 'outer', status: 404 },
    ]);
  });

  it('looks at the whole path of a request, also from inside of a router', async () => {
    const handlers = errorHandlers().scope('/api', (api) =>
      api.on(Error, () => new PublicError('From the scope.', { status: 418 })),
    );
    const app = express();
    errorResponses(app, { handlers, logger: false });
    const router = express.Router();
    router.get('/x', () => {
      throw new Error('users');
    });
    app.use('/api', router);
    await using service = await serve(app);
    expect((await ask(`${service.url}/api/x?y=1`)).status).toBe(418);
  });

  it('takes nothing thrown for no error, as Express does', async () => {
    const app = express();
    errorResponses(app, { logger: false });
    app.get('/', () => {
      throw undefined;
    });
    await using service = await serve(app);
    expect((await ask(service.url)).status).toBe(404);
  });

  it('keeps the status phrase its own, whatever was put there', async () => {
    const app = express();
    errorResponses(app, { logger: false });
    app.get('/', (_request, response) => {
      response.statusMessage = 'table users';
      response.setHeader('Content-Length', 3);
      throw new Error('users');
    });
    await using service = await serve(app);
    expect(await ask(service.url)).toMatchObject({
      statusMessage: 'Internal Server Error',
      cutOff: false,
    });
  });

  it('leaves an answer alone that was whole before the error', async () => {
    const logger = new Lines();
    const app = express();
    errorResponses(app, { logger });
    app.get('/', (_request, response) => {
      response.send('whole');
      throw new Error('too late');
    });
    await using service = await serve(app);
    expect(await ask(service.url)).toMatchObject({ status: 200, text: 'whole', cutOff: false });
    expect(logger.lines).toMatchObject([{ cutOff: true, err: { message: 'too late' } }]);
  });

  it('is there as middleware of four arguments too', async () => {
    const app = express();
    app.get('/', () => {
      throw new Error('users');
    });
    const middleware = errorMiddleware({ logger: false, pages: { name: 'Acme' } });
    expect(middleware).toHaveLength(4);
    app.use(middleware);
    await using service = await serve(app);
    const got = await ask(service.url, { headers: { accept: browser } });
    expect(got.status).toBe(500);
    expect(got.text).toContain('Acme');
    expect(got.text).not.toContain('users');
  });

  it('refuses what is no application', () => {
    expect(() => errorResponses({ disable: () => {} })).toThrow(
      'errorResponses: expected an application',
    );
  });
});
