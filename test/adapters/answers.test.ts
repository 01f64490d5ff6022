// What is the same in all web frameworks, against the real ones.
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { circuitBreaker, observe, pipeline, rateLimiter, timeout } from 'kedge';
import {
  errorHandlers,
  forbidden,
  invalid,
  notFound,
  PublicError,
  requestContext,
} from 'kedge/responses';
import { logs } from 'kedge/pino';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ask, browser, documentOf, type Got } from './client.ts';
import { frameworks, stale } from './frameworks.ts';
import { Lines } from './logger.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

/** What a client may see of an error that nobody knows. */
const generic = {
  type: 'about:blank',
  title: 'Internal Server Error',
  status: 500,
  code: 'internal-server-error',
};

/** A port that nobody listens to. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function broken(): never {
  throw new Error('users');
}

function asAnn(): unknown {
  requestContext.add({ user: 'ann@example.com', tenant: 'acme', token: 'abc' });
  return new Error('down');
}

function expectGeneric(got: Got): void {
  expect(got.status).toBe(500);
  expect(got.statusMessage).toBe('Internal Server Error');
  expect(documentOf(got)).toMatchObject(generic);
  expect(Object.keys(documentOf(got)).toSorted()).toEqual(
    ['code', 'detail', 'instance', 'requestId', 'status', 'title', 'type'].toSorted(),
  );
}

describe.each(frameworks)('$name', ({ name, start }) => {
  it.each(['/sync', '/async/7'])(
    'answers an unknown error of %s without a word of it',
    async (path) => {
      const logger = new Lines();
      await using service = await start(
        { fail: () => new Error('table users is gone') },
        { logger },
      );
      const got = await ask(service.url + path);

      expectGeneric(got);
      expect(got.headers).toMatchObject({
        'content-type': 'application/problem+json',
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
      });
      expect(JSON.stringify(got)).not.toContain('users');
    },
  );

  it('says in the log what it does not say to the client, under the same id', async () => {
    const logger = new Lines();
    await using service = await start({ fail: () => new Error('table users is gone') }, { logger });
    const got = await ask(`${service.url}/async/7?token=xyz-secret`);

    const { requestId, instance } = documentOf(got);
    expect(got.headers['x-request-id']).toBe(requestId);
    expect(logger.lines).toEqual([
      expect.objectContaining({
        level: 'error',
        event: 'request.failed',
        pipeline: name,
        status: 500,
        method: 'GET',
        requestId,
        instance,
        err: expect.objectContaining({
          type: 'Error',
          message: 'table users is gone',
          stack: expect.stringContaining('frameworks.ts'),
        }),
      }),
    ]);
    // Koa has routes only with a router, node:http none.
    const known = ['koa', 'node-http'].includes(name) ? undefined : '/async/:id';
    expect(logger.lines[0]?.['route']).toBe(known);
    expect(logger.text).not.toContain('xyz-secret');
  });

  it('takes over the id of a request, and its trace, in a safe shape only', async () => {
    await using service = await start({ fail: () => notFound() }, { logger: false });
    const taken = await ask(`${service.url}/context`, {
      headers: {
        'x-request-id': 'edge-17_a=',
        traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
      },
    });
    expect(taken.headers['x-request-id']).toBe('edge-17_a=');
    expect(documentOf(taken)).toMatchObject({
      requestId: 'edge-17_a=',
      traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
      spanId: '00f067aa0ba902b7',
    });

    for (const id of ['a b', '<script>', '"', 'x'.repeat(256), '', 'a,b']) {
      const got = await ask(`${service.url}/sync`, { headers: { 'x-request-id': id } });
      expect(got.headers['x-request-id']).toMatch(/^[\da-f-]{36}$/);
      expect(documentOf(got)['requestId']).toBe(got.headers['x-request-id']);
    }
  });

  it('keeps requests apart, and knows each of them behind the reading of its body', async () => {
    await using service = await start({ fail: () => notFound() }, { logger: false });
    const ids = Array.from({ length: 20 }, (_, index) => `request-${index}`);
    const got = await Promise.all(
      ids.map((id) =>
        ask(`${service.url}/echo`, {
          method: 'POST',
          headers: { 'x-request-id': id, 'content-type': 'application/json' },
          body: '{"a":1}',
        }),
      ),
    );
    expect(got.map((one) => documentOf(one))).toEqual(
      ids.map((requestId) => ({
        body: { a: 1 },
        context: expect.objectContaining({ requestId }),
      })),
    );
  });

  it('answers an address that nothing is at with 404', async () => {
    const logger = new Lines();
    await using service = await start({ fail: () => undefined }, { logger });
    const got = await ask(`${service.url}/nowhere/else?x=<script>`);

    expect(got.status).toBe(404);
    expect(documentOf(got)).toMatchObject({ title: 'Not Found', code: 'not-found' });
    expect(got.text).not.toContain('script');
    expect(logger.lines).toEqual([
      expect.objectContaining({ level: 'info', event: 'request.refused', status: 404 }),
    ]);
  });

  it('leaves answers that are none of an error alone', async () => {
    await using service = await start({ fail: () => undefined }, { logger: false });
    const got = await ask(`${service.url}/ok`);
    expect(got).toMatchObject({
      status: 200,
      text: 'ok',
      headers: { etag: '"old"', vary: 'Origin' },
    });
    expect(got.headers['x-request-id']).toBeDefined();
  });

  it('keeps the headers that a script of another origin needs, and drops those of the body', async () => {
    await using service = await start({ fail: () => new Error('down') }, { logger: false });
    const { headers } = await ask(`${service.url}/async/7`);
    expect(headers['access-control-allow-origin']).toBe('https://shop.example');
    expect(headers.vary).toBe('Origin, Accept');
    expect(headers['cache-control']).toBe('no-store');
    const kept = Object.keys(stale).filter((header) => header.toLowerCase() in headers);
    expect(kept).toEqual(['Cache-Control']);
  });

  it('gives browsers a page, who wants JSON alone plain JSON, and everybody else a problem', async () => {
    await using service = await start({ fail: () => new Error('down') }, { logger: false });
    const page = await ask(`${service.url}/sync`, { headers: { accept: browser } });
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(page.headers['content-security-policy']).toMatch(/^default-src 'none'/);
    expect(page.text).toMatch(/^<!doctype html>/);
    expect(page.text).toContain(page.headers['x-request-id']);

    const json = await ask(`${service.url}/sync`, { headers: { accept: 'application/json' } });
    expect(json.headers['content-type']).toBe('application/json; charset=utf-8');
    expectGeneric(json);

    for (const accept of ['*/*', 'application/json, text/plain, */*', 'image/png', ';;q=,']) {
      const got = await ask(`${service.url}/sync`, { headers: { accept } });
      expect(got.headers['content-type']).toBe('application/problem+json');
    }
  });

  it('gives no page where there are none', async () => {
    await using service = await start({ fail: () => 0 }, { logger: false, pages: false });
    const got = await ask(`${service.url}/async/7`, { headers: { accept: browser } });
    expect(got.headers['content-type']).toBe('application/problem+json');
  });

  it('answers HEAD with the same headers and no body', async () => {
    await using service = await start({ fail: () => new Error('down') }, { logger: false });
    const got = await ask(`${service.url}/sync`);
    const head = await ask(`${service.url}/sync`, { method: 'HEAD' });
    expect(head).toMatchObject({ status: 500, text: '', cutOff: false });
    for (const header of ['content-type', 'content-length', 'cache-control', 'vary']) {
      expect(head.headers[header]).toBe(got.headers[header]);
    }
  });

  it.each(['/late', '/stream'])('cuts off an answer that fails on its way: %s', async (path) => {
    const logger = new Lines();
    await using service = await start({ fail: () => new Error('table users is gone') }, { logger });
    const got = await ask(service.url + path);

    expect(got).toMatchObject({ status: 200, cutOff: true, text: 'the first piece' });
    expect(logger.lines).toEqual([
      expect.objectContaining({
        event: 'request.failed',
        cutOff: true,
        requestId: got.headers['x-request-id'],
        err: expect.objectContaining({ message: 'table users is gone' }),
      }),
    ]);
  });

  it.each([
    ['a string', 'users'],
    ['a number', 42],
    ['null', null],
    ['undefined', undefined],
    ['an object', { message: 'users', status: 200 }],
    ['a frozen error', Object.freeze(new Error('users'))],
    ['an aggregate', new AggregateError([new Error('users'), 'users'], 'users')],
    ['a status of success', Object.assign(new Error('users'), { status: 200, statusCode: 204 })],
    ['a status that is markup', Object.assign(new Error('users'), { statusCode: '<script>users' })],
    ['a status out of range', Object.assign(new Error('users'), { status: 999 })],
    ['a broken status', Object.assign(new Error('users'), { status: 404.5, statusCode: '404' })],
    [
      'hostile headers',
      Object.assign(new Error('users'), {
        headers: {
          'x-users': 'users',
          'content-length': '1',
          'set-cookie': 'users=1',
          'a\r\nb': 'c',
        },
      }),
    ],
    ['a bug', new TypeError("Cannot read properties of undefined (reading 'users')")],
  ])('answers %s with a generic 500', async (_what, thrown) => {
    await using service = await start({ fail: () => thrown }, { logger: false });
    const got = await ask(`${service.url}/async/7`);
    expectGeneric(got);
    expect(JSON.stringify(got)).not.toContain('users');
  });

  it.each([
    [
      'getters that throw',
      (): unknown =>
        new Proxy(new Error('x'), {
          get(_target, key) {
            throw new Error(`users ${String(key)}`);
          },
        }),
    ],
    [
      'a revoked proxy',
      (): unknown => {
        const { proxy, revoke } = Proxy.revocable({}, {});
        revoke();
        return proxy;
      },
    ],
    [
      'a proxy that says yes to everything',
      (): unknown => new Proxy(new Error('x'), { get: () => 'users' }),
    ],
  ])('answers %s without falling over', async (_what, make) => {
    await using service = await start({ fail: make }, { logger: false });
    const got = await ask(`${service.url}/async/7`);
    expect(got.status).toBe(500);
    expect(JSON.stringify(got)).not.toContain('users');
  });

  it('shows what was made to be shown, and what led to it to nobody', async () => {
    const logger = new Lines();
    const error = new PublicError('The order is on its way.', {
      status: 409,
      code: 'order-shipped',
      title: 'Too late',
      type: 'https://shop.example/problems/order-shipped',
      payload: { orderId: 7, status: 'ignored' },
      cause: new Error('table users is gone'),
    });
    await using service = await start({ fail: () => error }, { logger });
    const got = await ask(`${service.url}/async/7`);

    expect(got.status).toBe(409);
    expect(documentOf(got)).toMatchObject({
      type: 'https://shop.example/problems/order-shipped',
      title: 'Too late',
      status: 409,
      detail: 'The order is on its way.',
      code: 'order-shipped',
      orderId: 7,
    });
    expect(got.text).not.toContain('users');
    expect(logger.lines).toEqual([
      expect.objectContaining({ event: 'answer.shortened', taken: 'status' }),
      expect.objectContaining({
        event: 'request.refused',
        status: 409,
        code: 'order-shipped',
        err: expect.objectContaining({ message: 'table users is gone' }),
      }),
    ]);
  });

  it.each([
    [notFound('Order'), 404, 'Order was not found.', undefined],
    [forbidden(), 403, 'You do not have permission to see or do this.', undefined],
    [new PublicError('Moving.', { status: 503, retryAfter: 90_500 }), 503, 'Moving.', '91'],
  ])('knows %s', async (error, status, detail, retryAfter) => {
    await using service = await start({ fail: () => error }, { logger: false });
    const got = await ask(`${service.url}/sync`);
    expect(got.status).toBe(status);
    expect(documentOf(got)['detail']).toBe(detail);
    expect(got.headers['retry-after']).toBe(retryAfter);
  });

  it('lists what is wrong with a request', async () => {
    const errors = [{ pointer: '#/amount', detail: 'must be above 0' }, 'An item is needed.'];
    await using service = await start({ fail: () => invalid(errors) }, { logger: false });
    const got = await ask(`${service.url}/sync`);
    expect(got.status).toBe(422);
    expect(documentOf(got)).toMatchObject({
      code: 'invalid',
      errors: [
        { pointer: '#/amount', detail: 'must be above 0' },
        { detail: 'An item is needed.' },
      ],
    });
  });

  it('answers for a dependency that is kept away from: 503, 429, 504, and when to come back', async () => {
    const closed = await closedPort();
    const breaker = circuitBreaker({ openFor: 30_000 });
    breaker.open();
    const limiter = rateLimiter({ limit: 1, interval: 60_000 });
    const operations: Record<string, () => Promise<unknown>> = {
      '503': () => pipeline('a', breaker).execute(() => 1),
      '429': async () => {
        const limited = pipeline('b', limiter);
        await limited.settle(() => 1);
        return limited.execute(() => 1);
      },
      '504': () => pipeline('c', timeout(1)).execute(() => new Promise(() => {})),
      '502': () => fetch(`http://127.0.0.1:${closed}/`),
      // Not the other side's failure: `fetch` refuses the port.
      '500': () => fetch('http://127.0.0.1:9/'),
    };
    for (const [status, operation] of Object.entries(operations)) {
      const error: unknown = await operation().catch((thrown: unknown) => thrown);
      await using service = await start({ fail: () => error }, { logger: false });
      const got = await ask(`${service.url}/sync`);
      expect(got.status).toBe(Number(status));
      const seconds = Number(got.headers['retry-after'] ?? 0);
      expect(seconds).toBe({ '503': 30, '429': 60 }[status] ?? 0);
      expect(documentOf(got)['retryAfter'] ?? 0).toBeGreaterThan((seconds - 1) * 1_000);
    }
  });

  it('asks the handlers of the application first, the most specific of them', async () => {
    class OutOfStock extends Error {}
    class SoldForEver extends OutOfStock {}
    const handlers = errorHandlers()
      .on(OutOfStock, () => ({ status: 409, code: 'out-of-stock', detail: 'Come back later.' }))
      .on(404, () => ({ detail: 'No such page.' }))
      .scope('/api', (api) => api.on(404, () => ({ code: 'unknown-endpoint' })));
    await using service = await start(
      { fail: () => new SoldForEver('users') },
      { handlers, logger: false },
    );

    const sold = await ask(`${service.url}/sync`);
    expect(sold.status).toBe(409);
    expect(documentOf(sold)).toMatchObject({ code: 'out-of-stock', detail: 'Come back later.' });
    const page = await ask(`${service.url}/nowhere`);
    expect(documentOf(page)).toMatchObject({ code: 'not-found', detail: 'No such page.' });
    const api = await ask(`${service.url}/api/x?y`);
    expect(documentOf(api)).toMatchObject({ status: 404, code: 'unknown-endpoint' });
  });

  it('answers with the generic 500 when a handler fails, and logs both errors', async () => {
    const logger = new Lines();
    const handlers = errorHandlers().on(Error, () => {
      throw new TypeError('users in the handler');
    });
    await using service = await start({ fail: () => new Error('users') }, { handlers, logger });
    const got = await ask(`${service.url}/sync`);
    expectGeneric(got);
    expect(got.text).not.toContain('users');
    expect(logger.lines.map((line) => [line['event'], (line['err'] as Error).message])).toEqual([
      ['handler.failed', 'users in the handler'],
      ['request.failed', 'users'],
    ]);
  });

  it.each([
    ['development', true],
    ['test', true],
    ['production', false],
    ['Development', false],
    ['staging', false],
    ['', false],
    [undefined, false],
  ])('with NODE_ENV %s shows the inside: %s', async (environment, isShown) => {
    vi.stubEnv('NODE_ENV', environment);
    const error = new Error('no <b>row</b>, password=hunter2', {
      cause: new RangeError('port 99999'),
    });
    await using service = await start(
      { fail: () => error },
      { expose: 'development', logger: false },
    );
    const got = await ask(`${service.url}/sync`);
    const page = await ask(`${service.url}/sync`, { headers: { accept: browser } });
    for (const { text } of [got, page]) {
      expect(text.includes('port 99999')).toBe(isShown);
      expect(text).not.toContain('hunter2');
    }
    expect(page.text).not.toContain('<b>');
    const debug = {
      type: 'Error',
      message: 'no <b>row</b>, password=[redacted]',
      stack: expect.stringContaining('answers.test.ts') as string,
      causes: [expect.objectContaining({ type: 'RangeError', message: 'port 99999' })],
    };
    expect(documentOf(got)['debug']).toEqual(isShown ? debug : undefined);
  });

  it('shows nothing of the inside where that was not asked for', async () => {
    vi.stubEnv('NODE_ENV', 'development');
    await using service = await start({ fail: () => new Error('users') }, { logger: false });
    const got = await ask(`${service.url}/sync`);
    expectGeneric(got);
    expect(documentOf(got)['debug']).toBeUndefined();
  });

  it('puts what the application knows of a request on its lines, the user as a hash', async () => {
    const logger = new Lines();
    await using service = await start({ fail: asAnn }, { logger, hashKey: 'k'.repeat(32) });
    await ask(`${service.url}/sync`);
    await ask(`${service.url}/async/7`);
    expect(logger.lines).toMatchObject([
      { tenant: 'acme', token: '[redacted]', userHash: expect.stringMatching(/^[\da-f]{16}$/) },
      { userHash: logger.lines[0]?.['userHash'] },
    ]);
    expect(logger.text).not.toContain('ann');
  });

  it('writes its line through logs() where that is attached, exactly once', async () => {
    const lines = new Lines();
    const written = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const events: string[] = [];
    using _ = observe(logs(lines), ({ type }) => void events.push(type));
    await using service = await start({ fail: () => new Error('down') });
    const got = await ask(`${service.url}/sync`, { headers: { 'x-request-id': 'r-1' } });
    await ask(`${service.url}/nowhere`);

    expect(got.status).toBe(500);
    expect(events).toEqual(['request.failed', 'request.refused']);
    expect(lines.lines).toMatchObject([
      { event: 'request.failed', requestId: 'r-1', status: 500, err: { message: 'down' } },
      { event: 'request.refused', status: 404 },
    ]);
    expect(lines.lines).toHaveLength(2);
    expect(written).not.toHaveBeenCalled();
  });

  it('writes failures to standard error where there is nothing else', async () => {
    const written = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    await using service = await start({ fail: () => new Error('down') });
    await ask(`${service.url}/sync`);
    await ask(`${service.url}/nowhere`);
    expect(written.mock.calls.map(([line]) => JSON.parse(String(line)) as unknown)).toEqual([
      expect.objectContaining({ level: 50, event: 'request.failed', msg: 'request failed' }),
    ]);
  });

  it('answers also when the logger or a sink fails', async () => {
    const logger = { debug: broken, info: broken, warn: broken, error: broken };
    using _ = observe(broken);
    await using service = await start({ fail: () => new Error('users') }, { logger });
    const got = await ask(`${service.url}/sync`);
    expectGeneric(got);
    expect(got.text).not.toContain('users');
  });

  it('puts events of pipelines inside of a request under its id', async () => {
    const lines = new Lines();
    using _ = observe(logs(lines));
    let done: Promise<unknown> = Promise.resolve();
    const fail = (): unknown => {
      done = pipeline('quotes').settle(() => Promise.reject(new Error('down')));
      return notFound();
    };
    await using service = await start({ fail }, { logger: false });
    await ask(`${service.url}/async/7`, { headers: { 'x-request-id': 'r-2' } });
    await done;
    expect(lines.lines.filter(({ pipeline }) => pipeline === 'quotes')).toMatchObject([
      { event: 'attempt.failed', pipeline: 'quotes', requestId: 'r-2' },
      { event: 'execution.failed', pipeline: 'quotes', requestId: 'r-2' },
    ]);
  });

  it('refuses options that cannot be', async () => {
    for (const options of [
      { expose: 'production' },
      { handlers: {} },
      { logger: console.log },
      { pages: { colors: { accent: 'red;}' } } },
      { hashKey: 'short' },
      { page: {} },
    ]) {
      await expect(async () => start({ fail: () => 0 }, options as never)).rejects.toThrow(
        /errorResponses|errorPages/,
      );
    }
  });
});
