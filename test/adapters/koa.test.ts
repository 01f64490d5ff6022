// What Koa 3 needs, against the real one.
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import Koa from 'koa';
import { errorResponses } from 'kedge/koa';
import { describe, expect, it, vi } from 'vitest';
import { ask, browser, documentOf } from './client.ts';
import { Lines } from './logger.ts';

async function serve(app: Koa): Promise<{ url: string } & AsyncDisposable> {
  const server = createServer(app.callback() as RequestListener);
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

describe('errorResponses for Koa', () => {
  it('closes the leaks of the default: messages to clients, stacks to the console', async () => {
    const print = vi.spyOn(console, 'error').mockReturnValue();
    const bare = new Koa();
    const tight = new Koa();
    errorResponses(tight, { logger: false });
    for (const app of [bare, tight]) {
      app.use((ctx) => {
        if (ctx.path === '/exposed') ctx.throw(400, 'no row in users');
        throw Object.assign(new Error('users'), { expose: true, headers: { 'x-users': 'users' } });
      });
    }
    await using leaking = await serve(bare);
    await using safe = await serve(tight);
    expect((await ask(`${leaking.url}/exposed`)).text).toBe('no row in users');
    expect(JSON.stringify(await ask(leaking.url))).toContain('x-users');
    for (const [path, status] of [
      ['/exposed', 400],
      ['/', 500],
    ] as const) {
      const got = await ask(safe.url + path);
      expect(got.status).toBe(status);
      expect(JSON.stringify(got)).not.toContain('users');
    }
    expect(print).not.toHaveBeenCalled();
  });

  it('still tells the listeners of the application', async () => {
    const app = new Koa();
    errorResponses(app, { logger: false });
    const heard: unknown[] = [];
    app.on('error', (error: Error, ctx: Koa.Context) => heard.push([error.message, ctx.path]));
    app.on('error', () => {
      throw new Error('a listener that fails');
    });
    app.use(() => {
      throw new Error('down');
    });
    await using service = await serve(app);
    expect((await ask(`${service.url}/x`)).status).toBe(500);
    expect(heard).toEqual([['down', '/x']]);
  });

  it('stands first, also when it is called last', async () => {
    const app = new Koa();
    app.use(() => {
      throw new Error('users');
    });
    errorResponses(app, { logger: false });
    await using service = await serve(app);
    expect(documentOf(await ask(service.url))).toMatchObject({ status: 500 });
  });

  it('gives a status without a body the answer that it means', async () => {
    const app = new Koa();
    errorResponses(app, { logger: false });
    app.use((ctx) => {
      const [, status, allow] = ctx.path.split('/');
      ctx.status = Number(status);
      if (allow !== undefined) ctx.set('Allow', allow);
    });
    await using service = await serve(app);
    const method = await ask(`${service.url}/405/GET`);
    expect(method.headers.allow).toBe('GET');
    expect(documentOf(method)).toMatchObject({ status: 405, code: 'method-not-allowed' });
    expect(documentOf(await ask(`${service.url}/501`))).toMatchObject({ status: 501 });
    expect((await ask(`${service.url}/204`)).status).toBe(204);
    const page = await ask(`${service.url}/405/GET`, { headers: { accept: browser } });
    expect(page.text).toContain('<h1>Not possible here</h1>');
  });

  it('leaves answers alone that the application has given itself', async () => {
    const app = new Koa();
    errorResponses(app, { logger: false });
    app.use((ctx) => {
      if (ctx.path === '/own') {
        ctx.status = 404;
        ctx.body = 'mine';
      } else if (ctx.path === '/null') {
        ctx.status = 404;
        ctx.body = null;
      } else {
        ctx.respond = false;
        ctx.res.statusCode = 418;
        ctx.res.end('raw');
      }
    });
    await using service = await serve(app);
    expect(await ask(`${service.url}/own`)).toMatchObject({ status: 404, text: 'mine' });
    expect((await ask(`${service.url}/null`)).headers['content-type']).toBeUndefined();
    expect(await ask(`${service.url}/raw`)).toMatchObject({ status: 418, text: 'raw' });
  });

  it('answers a stream that fails before its first piece', async () => {
    const logger = new Lines();
    const app = new Koa();
    errorResponses(app, { logger });
    app.use((ctx) => {
      ctx.type = 'text/csv';
      ctx.body = new Readable({
        read() {
          this.destroy(new Error('table users is gone'));
        },
      });
    });
    await using service = await serve(app);
    const got = await ask(service.url);
    expect(got.text).not.toContain('users');
    expect(got.cutOff || got.status === 500).toBe(true);
    expect(logger.lines).toHaveLength(1);
  });

  it('tells an error apart from a client that has left', async () => {
    const logger = new Lines();
    const app = new Koa();
    errorResponses(app, { logger });
    const controller = new AbortController();
    app.use(async (ctx) => {
      const left = new Promise<void>((resolve) => ctx.res.once('close', resolve));
      controller.abort();
      await left;
      throw Object.assign(new Error('aborted'), { code: 'ECONNRESET' });
    });
    await using service = await serve(app);
    await expect(fetch(service.url, { signal: controller.signal })).rejects.toThrow('aborted');
    await vi.waitFor(() => expect(logger.lines).toHaveLength(1));
    expect(logger.lines).toMatchObject([{ level: 'info', cutOff: true }]);
  });

  it('refuses what is no application', () => {
    expect(() => errorResponses({} as never)).toThrow('expected an application of Koa');
  });
});
