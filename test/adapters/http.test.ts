// resilientFetch against real servers, and against a network that fails.
import { getEventListeners } from 'node:events';
import { CircuitOpenError, constantBackoff, createKedge, TimeoutError } from 'kedge';
import {
  resilientFetch,
  type ResilientFetch,
  type ResilientFetchOptions,
  type ResilientInit,
} from 'kedge/http';
import { recorder, type Recorder, virtualClock } from 'kedge/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { disconnected, leavingFetch } from '../support/fetch.ts';
import { jobs, rejection, track } from '../support/lab.ts';
import { cutOff, inTurn, origin, type Origin, status, until } from '../support/origin.ts';
import { tcpProxy } from '../support/tcp-proxy.ts';

let server: Origin;
let seen: Recorder;

beforeEach(async () => {
  server = await origin();
  seen = recorder();
});
afterEach(async () => {
  await server.settle();
  await server[Symbol.asyncDispose]();
});

/** In a set of its own, and quick. */
function resilient(options: ResilientFetchOptions = {}): ResilientFetch {
  const kedge = createKedge({ sinks: [seen] });
  return resilientFetch({ kedge, backoff: constantBackoff(1), budget: false, ...options });
}

const methods = (): string[] => server.arrived.map(({ method }) => method);

describe('the signature of fetch', () => {
  it('takes a text, a URL and a Request, with all that belongs to them', async () => {
    const fetch: typeof globalThis.fetch = resilient();
    const body = JSON.stringify({ sku: '7' });
    const headers = { 'content-type': 'application/json', 'x-own': 'yes' };
    await (await fetch(`${server.url}/text`)).text();
    await (await fetch(new URL('/url', server.url), { method: 'POST', body, headers })).text();
    const request = new Request(`${server.url}/request`, { method: 'PUT', body, headers });
    await (await fetch(request)).text();
    expect(
      server.arrived.map((each) => [each.method, each.path, each.body, each.headers['x-own']]),
    ).toEqual([
      ['GET', '/text', '', undefined],
      ['POST', '/url', body, 'yes'],
      ['PUT', '/request', body, 'yes'],
    ]);
    expect(request.bodyUsed).toBe(true);
  });

  it('lets init go before what the Request says', async () => {
    const request = new Request(`${server.url}/`, { method: 'PUT', body: 'one' });
    await (await resilient()(request, { body: 'two', headers: { 'x-own': 'init' } })).text();
    expect(server.arrived[0]).toMatchObject({
      method: 'PUT',
      body: 'two',
      headers: { 'x-own': 'init' },
    });
    expect(await request.text()).toBe('one');
  });

  it('returns a Response that is whole: url, redirected, headers and a body that streams', async () => {
    server.answer = ({ path }, response) => {
      if (path === '/old') response.writeHead(302, { location: '/new' }).end();
      else response.end('here');
    };
    const response = await resilient()(`${server.url}/old`);
    expect([response.url, response.redirected, response.status, await response.text()]).toEqual([
      `${server.url}/new`,
      true,
      200,
      'here',
    ]);
  });

  it.each([
    ['an address that is none', 'http://'],
    ['a method that is none', 'http://127.0.0.1:1/', { method: 'NO WAY' }],
    ['a header that is none', 'http://127.0.0.1:1/', { method: 'POST', headers: { 'a b': 'c' } }],
    ['a body with GET', 'http://127.0.0.1:1/', { body: 'x' }],
  ])('rejects %s as fetch does', async (_title, url, init?: RequestInit) => {
    const own = await rejection(globalThis.fetch(url, init));
    const given = await rejection(resilient()(url, init));
    expect(given).toBeInstanceOf(TypeError);
    expect((given as Error).message).toBe((own as Error).message);
    expect(seen.of('retry.scheduled')).toEqual([]);
  });

  it('sends through the fetch that it is given, with what that one takes besides', async () => {
    const taken: unknown[] = [];
    const fetch = resilient({
      fetch: async (_input, init) => {
        taken.push((init as { dispatcher?: unknown }).dispatcher, 'idempotent' in (init ?? {}));
        return new Response('made up');
      },
    });
    const init = { dispatcher: 'own', idempotent: true } as unknown as ResilientInit;
    expect(await (await fetch('http://nowhere.test/', init)).text()).toBe('made up');
    expect(taken).toEqual(['own', false]);
  });

  it.each([
    [{ maxAttemps: 1 }, 'Did you mean `maxAttempts`?'],
    [{ idempotant: true }, 'Did you mean `idempotent`?'],
    [{ retries: 3 }, '`retries: 3` is `maxAttempts: 4` here'],
    [{ timeoutMs: 50 }, 'Did you mean `timeout`?'],
  ])('a call refuses %j, and is not made', async (init, hint) => {
    const fetch = resilient({ fetch: () => expect.unreachable() });
    await expect(fetch('http://nowhere.test/', init as ResilientInit)).rejects.toThrow(hint);
  });

  it('a call takes what others read from it', async () => {
    const fetch = resilient({ fetch: async () => new Response('made up') });
    const init = { next: { revalidate: 60 }, cf: {}, agent: {}, headerTimeouts: 'own' } as object;
    expect((await fetch('http://nowhere.test/', init)).status).toBe(200);
  });

  it.each([
    [{ totalTimeout: -1 }, RangeError],
    [{ fetch: 1 }, TypeError],
    [{ attemptTimeout: 5_000, totalTimeout: 1_000 }, RangeError],
    [{ totl: 1 }, TypeError],
    [{ maxKeys: 0 }, RangeError],
  ])('refuses the options %j at once', (options, kind) => {
    expect(() => resilientFetch(options as ResilientFetchOptions)).toThrow(kind);
  });
});

describe('what is retried', () => {
  it.each(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'])('%s, after a 500', async (method) => {
    server.answer = inTurn(status(500), status(200));
    const response = await resilient()(server.url, { method });
    await response.text();
    expect([response.status, methods()]).toEqual([200, [method, method]]);
  });

  it.each([
    ['POST', 500],
    ['PATCH', 502],
    ['POST', 503],
    ['POST', 504],
    ['POST', 408],
  ])('not %s after a %i, which may have been executed', async (method, code) => {
    server.answer = status(code);
    const response = await resilient()(server.url, { method, body: 'x' });
    expect([response.status, await response.text(), methods()]).toEqual([
      code,
      `${code}`,
      [method],
    ]);
  });

  it.each([
    [429, {}],
    [425, {}],
    [503, { 'retry-after': '0' }],
  ])('POST after a %i %j, which was not executed', async (code, headers) => {
    server.answer = inTurn(status(code, headers), status(201));
    const response = await resilient()(server.url, { method: 'POST', body: 'x' });
    await response.text();
    expect([response.status, server.arrived.map(({ body }) => body)]).toEqual([201, ['x', 'x']]);
  });

  it.each([
    ['with an Idempotency-Key', { headers: { 'Idempotency-Key': '1' } }],
    ['with idempotent: true', { idempotent: true }],
  ])('POST %s', async (_title, init) => {
    server.answer = inTurn(status(500), cutOff, status(201));
    const response = await resilient()(server.url, { method: 'POST', body: 'x', ...init });
    await response.text();
    expect([response.status, server.arrived.length]).toEqual([201, 3]);
  });

  it('not GET with idempotent: false', async () => {
    server.answer = status(500);
    const response = await resilient()(server.url, { idempotent: false });
    await response.text();
    expect([response.status, server.arrived.length]).toEqual([500, 1]);
  });

  it('GET whose connection broke off, and not POST, which rejects as fetch does', async () => {
    server.answer = inTurn(cutOff, status(200), cutOff);
    const response = await resilient()(server.url);
    expect(await response.text()).toBe('200');
    const error = (await rejection(
      resilient()(server.url, { method: 'POST', body: 'x' }),
    )) as Error;
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toBe('fetch failed');
    expect(methods()).toEqual(['GET', 'GET', 'POST']);
  });

  it('POST whose connection was refused: nobody was there', async () => {
    await using proxy = await tcpProxy(server.port);
    await proxy.stop();
    const fetch = resilient({
      backoff: () => 20,
      maxAttempts: Infinity,
      totalTimeout: 4_000,
      attemptTimeout: 4_000,
    });
    const response = fetch(`http://127.0.0.1:${proxy.port}/`, { method: 'POST', body: 'x' });
    await until(() => seen.of('retry.scheduled').length > 1);
    await proxy.start();
    expect(await (await response).text()).toBe('ok');
    expect(methods()).toEqual(['POST']);
  });

  it.each([400, 401, 404, 409, 422, 501])('not a %i, which is an answer', async (code) => {
    server.answer = status(code);
    const fetch = resilient();
    const response = await fetch(server.url);
    await response.text();
    expect([response.status, server.arrived.length]).toEqual([code, 1]);
    expect(fetch.stats().executions).toMatchObject({ success: 1, failure: 0 });
  });

  it('a status that stays one is returned as it is, and counts as a failure', async () => {
    server.answer = inTurn(status(500, {}, 'first'), status(503, { 'x-n': '2' }, 'last'));
    const fetch = resilient({ maxAttempts: 2 });
    const response = await fetch(server.url);
    expect([
      response.status,
      response.headers.get('x-n'),
      response.url,
      await response.text(),
    ]).toEqual([503, '2', `${server.url}/`, 'last']);
    expect(fetch.stats().executions).toMatchObject({ success: 0, failure: 1 });
  });
});

describe('bodies', () => {
  const form = new FormData();
  form.set('sku', '7');
  it.each([
    ['a text', 'sku=7'],
    ['parameters', new URLSearchParams({ sku: '7' })],
    ['a form', form],
    ['a Blob', new Blob(['sku=7'])],
    ['bytes', new TextEncoder().encode('sku=7')],
    ['a buffer', new TextEncoder().encode('sku=7').buffer],
  ])('%s is sent again', async (_title, body) => {
    server.answer = inTurn(status(500), cutOff, status(200));
    const response = await resilient()(server.url, { method: 'PUT', body });
    expect([response.status, await response.text()]).toEqual([200, '200']);
    expect(server.arrived).toHaveLength(3);
    for (const each of server.arrived) expect(each.body).toMatch(/sku.*7/s);
  });

  it('of a Request is sent again', async () => {
    server.answer = inTurn(status(500), cutOff, status(200));
    const request = new Request(server.url, { method: 'PUT', body: 'sku=7' });
    await (await resilient()(request)).text();
    expect(server.arrived.map(({ body }) => body)).toEqual(['sku=7', 'sku=7', 'sku=7']);
    expect(request.bodyUsed).toBe(true);
  });

  it('a stream is sent once, whatever the method', async () => {
    server.answer = status(500);
    const body = new Blob(['sku=7']).stream();
    const init = { method: 'PUT', body, duplex: 'half' } as RequestInit;
    const response = await resilient()(server.url, init);
    await response.text();
    expect([response.status, server.arrived.length, server.arrived[0]?.body]).toEqual([
      500,
      1,
      'sku=7',
    ]);
  });

  it('a stream that was not sent yet waits for an open circuit', async () => {
    server.answer = inTurn(status(500), status(200));
    const circuitBreaker = { consecutiveFailures: 1, openFor: 20 };
    const fetch = resilient({ circuitBreaker, maxAttempts: 1 });
    await (await fetch(server.url)).text();
    const body = new Blob(['sku=7']).stream();
    const init = { method: 'POST', body, duplex: 'half' } as RequestInit;
    expect(await (await fetch(server.url, init)).text()).toBe('200');
    expect(server.arrived[1]?.body).toBe('sku=7');
  });
});

describe('redirects of what must not be executed twice', () => {
  it.each([
    [302, 'GET', ''],
    [303, 'GET', ''],
    [307, 'POST', 'x'],
    [308, 'POST', 'x'],
  ])('follow a %i with %s', async (code, method, body) => {
    server.answer = ({ path }, response) => {
      if (path === '/') response.writeHead(code, { location: '/there' }).end();
      else response.end('there');
    };
    const init = { method: 'POST', body: 'x' };
    for (const input of [server.url, new Request(server.url, init)]) {
      server.arrived.splice(0);
      const response = await resilient()(input, typeof input === 'string' ? init : undefined);
      expect([await response.text(), response.redirected, response.url]).toEqual([
        'there',
        true,
        `${server.url}/there`,
      ]);
      expect(server.arrived[1]).toMatchObject({ method, body });
      expect(server.arrived).toHaveLength(2);
    }
  });

  it.each([
    ['refuses connections', 'http://127.0.0.1:1/'],
    ['says 429', '/busy'],
  ])('are not repeated when where they lead to %s', async (_title, location) => {
    server.answer = ({ path }, response) => {
      if (path === '/busy') response.writeHead(429).end('busy');
      else response.writeHead(303, { location }).end();
    };
    const tried = await resilient()(server.url, { method: 'POST', body: 'x' }).catch(
      () => undefined,
    );
    await tried?.text();
    expect(methods().filter((method) => method === 'POST')).toHaveLength(1);
  });

  it('take credentials to the same origin alone', async () => {
    await using other = await origin();
    server.answer = (_request, response) =>
      response.writeHead(307, { location: `${other.url}/there` }).end();
    const headers = { authorization: 'Bearer own', 'x-own': 'yes' };
    await (await resilient()(server.url, { method: 'POST', body: 'x', headers })).text();
    expect(other.arrived[0]?.headers).toMatchObject({ 'x-own': 'yes' });
    expect(other.arrived[0]?.headers.authorization).toBeUndefined();
    await other.settle();
  });

  it("stay the caller's where he asks for them", async () => {
    server.answer = (_request, response) => response.writeHead(307, { location: '/there' }).end();
    const response = await resilient()(server.url, { method: 'POST', redirect: 'manual' });
    await response.text();
    expect([response.status, server.arrived.length]).toEqual([307, 1]);
  });
});

describe('time', () => {
  it('Retry-After is waited for', async () => {
    using clock = virtualClock();
    server.answer = inTurn(status(503, { 'retry-after': '7' }), status(200));
    const answer = track(resilient({ totalTimeout: 30_000 })(server.url, { method: 'POST' }));
    await until(() => seen.of('retry.scheduled').length === 1);
    await clock.advance(6_999);
    await jobs();
    expect([server.arrived.length, answer.state]).toEqual([1, 'pending']);
    // Those who were told the same instant come back spread over a second.
    await clock.advance(1_001);
    await until(() => answer.state === 'fulfilled');
    expect([server.arrived.length, (answer.value as Response).status]).toEqual([2, 200]);
  });

  it('an attempt that hangs is ended, its connection too, and the next one answers', async () => {
    using clock = virtualClock();
    server.answer = inTurn(() => {}, status(200));
    const answer = track(resilient({ attemptTimeout: 100, totalTimeout: 1_000 })(server.url));
    await until(() => server.arrived.length === 1);
    await clock.advance(100);
    await until(() => {
      void clock.advance(1);
      return answer.state === 'fulfilled';
    });
    expect(server.arrived).toHaveLength(2);
  });

  it('the total bounds all attempts, and rejects with a TimeoutError', async () => {
    using clock = virtualClock();
    server.answer = () => {};
    const answer = rejection(resilient({ attemptTimeout: 600, totalTimeout: 1_000 })(server.url));
    await until(() => server.arrived.length === 1);
    await clock.advance(600);
    await clock.advance(1);
    await until(() => server.arrived.length === 2);
    await clock.advance(1_000);
    expect(await answer).toBeInstanceOf(TimeoutError);
  });

  it('a POST that hangs is ended and not repeated', async () => {
    using clock = virtualClock();
    server.answer = () => {};
    const answer = rejection(resilient({ attemptTimeout: 100 })(server.url, { method: 'POST' }));
    await until(() => server.arrived.length === 1);
    await clock.advance(60_000);
    expect(await answer).toBeInstanceOf(TimeoutError);
    expect(server.arrived).toHaveLength(1);
  });

  it('no timeout cuts a body that still streams', async () => {
    using clock = virtualClock();
    let go: (() => void) | undefined;
    server.answer = (_request, response) => {
      response.write('one ');
      go = () => response.end('two');
    };
    const response = await resilient({ attemptTimeout: 100, totalTimeout: 200 })(server.url);
    await clock.advance(10_000);
    go?.();
    expect(await response.text()).toBe('one two');
  });
});

describe("the caller's signal", () => {
  it.each(['init', 'Request'] as const)('in %s ends an attempt, with its reason', async (where) => {
    server.answer = () => {};
    const controller = new AbortController();
    const { signal } = controller;
    const answer = rejection(
      where === 'init'
        ? resilient()(server.url, { signal })
        : resilient()(new Request(server.url, { signal })),
    );
    await until(() => server.arrived.length === 1);
    const reason = new Error('enough');
    controller.abort(reason);
    expect(await answer).toBe(reason);
    await disconnected(server);
  });

  it('cuts a body that still streams', async () => {
    server.answer = (_request, response) => response.write('one ');
    const controller = new AbortController();
    const response = await resilient()(server.url, { signal: controller.signal });
    const reason = new Error('enough');
    controller.abort(reason);
    const given = await rejection(response.text());
    expect(given === reason).toBe((await leavingFetch()).givesReason);
    await disconnected(server);
  });

  it('has no listener when calls are over', async () => {
    server.answer = (_request, response) =>
      response.writeHead(server.arrived.length % 3 === 0 ? 200 : 500).end();
    const { signal } = new AbortController();
    const fetch = resilient();
    for (let call = 0; call < 30; call++) await (await fetch(server.url, { signal })).text();
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    expect(server.arrived).toHaveLength(90);
  });

  it('ends a wait', async () => {
    using clock = virtualClock();
    server.answer = status(429, { 'retry-after': '10' });
    const controller = new AbortController();
    const answer = rejection(resilient()(server.url, { signal: controller.signal }));
    await until(() => seen.of('retry.scheduled').length === 1);
    controller.abort();
    expect(await answer).toBe(controller.signal.reason);
    expect(clock.timers).toBe(0);
  });
});

describe('sockets', () => {
  it.each([
    ['short', 'x'.repeat(1_000)],
    ['long', 'x'.repeat(1_000_000)],
    ['endless', undefined],
  ])('none is left by answers that were dropped, with %s bodies', async (title, body) => {
    server.answer = (_request, response) => {
      const good = server.arrived.length % 3 === 0;
      response.writeHead(good ? 200 : 503);
      if (good || body !== undefined) response.end(body);
      else response.write('y');
    };
    const fetch = resilient();
    for (let call = 0; call < 10; call++) await (await fetch(server.url)).text();
    expect(server.arrived).toHaveLength(30);
    await server.settle();
    expect(server.sockets).toBe(0);
    // What is short is read, and its connection used again.
    expect(server.accepted).toBeLessThanOrEqual(title === 'short' ? 3 : 60);
  });

  it('none is left when the caller leaves the last failure unread, as with fetch, once he cancels it', async () => {
    server.answer = status(503, {}, 'x'.repeat(1_000_000));
    const response = await resilient()(server.url);
    await response.body?.cancel();
    await server.settle();
    expect(server.sockets).toBe(0);
  });

  it('none is left by a hedge that lost', async () => {
    using clock = virtualClock();
    server.answer = inTurn(() => {}, status(200));
    const answer = track(resilient({ hedge: { after: 50 } })(server.url));
    await until(() => server.arrived.length === 1);
    await clock.advance(50);
    await until(() => answer.state === 'fulfilled');
    expect(await (answer.value as Response).text()).toBe('200');
    await server.settle();
  });

  it('nothing is hedged unless it is asked for, nor what must not be sent twice', async () => {
    using clock = virtualClock();
    server.answer = () => {};
    const tracked = [
      track(resilient({ attemptTimeout: 1_000 })(server.url)),
      track(
        resilient({ attemptTimeout: 1_000, hedge: { after: 50 } })(server.url, { method: 'POST' }),
      ),
    ];
    await until(() => server.arrived.length === 2);
    await clock.advance(500);
    await jobs();
    expect(server.arrived).toHaveLength(2);
    await clock.advance(60_000);
    await until(() => tracked[1]?.state === 'rejected');
    server.answer = status(200);
    await clock.runAll(60_000);
  });
});

describe('hosts', () => {
  it('each has a circuit of its own, and metrics know none of them', async () => {
    await using other = await origin();
    server.answer = status(500);
    const fetch = resilient({
      circuitBreaker: { consecutiveFailures: 2, openFor: 60_000 },
      maxAttempts: 1,
    });
    for (let call = 0; call < 2; call++) await (await fetch(server.url)).text();
    expect(await rejection(fetch(server.url))).toBeInstanceOf(CircuitOpenError);
    expect(await (await fetch(other.url)).text()).toBe('ok');
    expect(fetch.stats().name).toBe('http');
    expect(JSON.stringify(fetch.stats())).not.toContain('127.0.0.1');
    await other.settle();
  });
});
