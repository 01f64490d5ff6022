// resilientFetch is fetch: whatever is given, whatever sends it, and wherever it leads.
import { constantBackoff, createKedge, TimeoutError } from 'kedge';
import { type ResilientFetch, resilientFetch, type ResilientFetchOptions } from 'kedge/http';
import { prometheus } from 'kedge/prometheus';
import { recorder, type Recorder, virtualClock } from 'kedge/testing';
import { PassThrough, Readable } from 'node:stream';
import { Registry } from 'prom-client';
import { Agent, type Dispatcher, fetch as undiciFetch, Request as UndiciRequest } from 'undici';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { jobs, rejection, track } from '../../support/lab.ts';
import { inTurn, origin, type Origin, status, until } from '../../support/origin.ts';
import { tcpProxy } from '../../support/tcp-proxy.ts';

let server: Origin;
let seen: Recorder;

beforeEach(async () => {
  server = await origin();
  seen = recorder();
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
});

function resilient(options: ResilientFetchOptions = {}): ResilientFetch {
  const kedge = createKedge({ sinks: [seen] });
  return resilientFetch({ kedge, backoff: constantBackoff(1), budget: false, ...options });
}

/** The fetch of the package, through a dispatcher of its own. */
const by = (dispatcher: Dispatcher): typeof fetch =>
  ((input: never, init: object) => undiciFetch(input, { dispatcher, ...init })) as never;

async function* broken(): AsyncGenerator<Buffer> {
  yield Buffer.from('part');
  throw new Error('our own client hung up');
}

const once = <T>(...items: T[]): Iterator<T> & Iterable<T> => items[Symbol.iterator]();

describe('what is given', () => {
  it('null is as good as nothing', async () => {
    expect(await (await resilient()(server.url, null)).text()).toBe('ok');
  });

  it('something that is no dictionary is refused', async () => {
    expect(await rejection(resilient()(server.url, 'POST' as never))).toBeInstanceOf(TypeError);
  });

  it.each([
    [
      'a Request',
      new Request('http://other.test/', { method: 'PUT', body: 'x', headers: { a: 'b' } }),
    ],
    ['an object that inherits', Object.create({ method: 'PUT', body: 'x', headers: { a: 'b' } })],
    [
      'an instance of a class',
      new (class {
        get method(): string {
          return 'PUT';
        }
        get body(): string {
          return 'x';
        }
        get headers(): object {
          return { a: 'b' };
        }
      })(),
    ],
  ])('%s can stand for the options', async (_title, init) => {
    await (await resilient()(server.url, init as RequestInit)).text();
    expect(server.arrived[0]).toMatchObject({ method: 'PUT', body: 'x', headers: { a: 'b' } });
  });

  it.each([
    ['an iterator of pairs', () => once(['a', 'b'])],
    ['pairs that are iterators', () => once(once('a', 'b'))],
    ['entries of a Map', () => new Map([['a', 'b']]).entries()],
    ['entries of Headers', () => new Headers({ a: 'b' }).entries()],
  ])('headers as %s are sent with each attempt', async (_title, headers) => {
    server.answer = inTurn(status(503), status(200));
    await (await resilient()(server.url, { headers: headers() as never })).text();
    await (
      await resilient()(server.url, { method: 'POST', body: 'x', headers: headers() as never })
    ).text();
    expect(server.arrived.map((each) => each.headers['a'])).toEqual(['b', 'b', 'b']);
  });

  it('what the caller changes after the call is not sent', async () => {
    server.answer = inTurn(status(503), status(200));
    const url = new URL('/one', server.url);
    const headers = new Headers({ a: 'one' });
    const init = { method: 'PUT', headers };
    const answer = resilient()(url, init);
    url.pathname = '/two';
    headers.set('a', 'two');
    init.method = 'POST';
    await (await answer).text();
    expect(server.arrived.map((each) => [each.method, each.path, each.headers['a']])).toEqual([
      ['PUT', '/one', 'one'],
      ['PUT', '/one', 'one'],
    ]);
  });

  it('a Request whose body was used rejects as with fetch', async () => {
    const request = new Request(server.url, { method: 'POST', body: 'x' });
    await request.text();
    const own = (await rejection(fetch(request))) as Error;
    expect(await rejection(resilient()(request))).toMatchObject({ message: own.message });
  });

  it("a Request's stream that breaks by itself opens no circuit", async () => {
    const fetch = resilient({ circuitBreaker: { consecutiveFailures: 2 } });
    for (let call = 0; call < 3; call++) {
      const body = Readable.toWeb(Readable.from(broken()));
      const init = { method: 'PUT', body, duplex: 'half' } as RequestInit;
      await rejection(fetch(new Request(server.url, init)));
    }
    expect([seen.of('retry.scheduled'), seen.of('circuit.opened')]).toEqual([[], []]);
  });
});

describe('redirects of a POST', () => {
  const post = { method: 'POST', body: 'hello' };

  it('keep the dispatcher of a Request', async () => {
    const through: string[] = [];
    const agent = new Agent();
    const dispatcher = agent.compose((dispatch) => (options, handler) => {
      through.push(`${options.method} ${options.path}`);
      return dispatch(options, handler);
    });
    server.answer = ({ path }, response) => {
      if (path === '/a') response.writeHead(303, { location: '/b' });
      response.end('there');
    };
    const request = new UndiciRequest(`${server.url}/a`, { ...post, dispatcher });
    const fetch = resilient({ fetch: undiciFetch as never });
    expect(await (await fetch(request as never)).text()).toBe('there');
    expect(through).toEqual(['POST /a', 'GET /b']);
    await agent.destroy();
  });

  it('keep Content-Length, and are told by the answer and its clones', async () => {
    server.answer = ({ path }, response) => {
      if (path === '/') response.writeHead(307, { location: '/there' });
      response.end('there');
    };
    for (const input of [server.url, new Request(server.url, post)]) {
      const init = typeof input === 'string' ? post : {};
      const response = await resilient()(input, init);
      expect([response.redirected, response.clone().redirected, response.url]).toEqual([
        true,
        true,
        `${server.url}/there`,
      ]);
      expect(server.arrived.at(-1)).toMatchObject({
        method: 'POST',
        body: 'hello',
        headers: { 'content-length': '5' },
      });
    }
  });

  it.each([
    ['data:', 'data:text/plain,made%20up'],
    ['blob:', URL.createObjectURL(new Blob(['of this process']))],
    ['another scheme', 'ftp://127.0.0.1/'],
    ['credentials', 'http://user:secret@127.0.0.1:1/'],
    ['itself', '/'],
  ])(
    'to %s fail as with fetch, are not tried again and open no circuit',
    async (_title, location) => {
      server.answer = (_request, response) => response.writeHead(307, { location }).end();
      const own = (await rejection(fetch(server.url, post))) as Error;
      const sent = server.arrived.length;
      const ours = resilient({ circuitBreaker: { consecutiveFailures: 1 } });
      for (const init of [post, {}])
        expect(await rejection(ours(server.url, init))).toMatchObject({
          name: own.name,
          message: own.message,
        });
      expect([server.arrived.length, seen.of('circuit.opened')]).toEqual([3 * sent, []]);
    },
  );

  it.each(['init', 'Request'])(
    'that are refused where they lead are not repeated, by %s',
    async (by) => {
      await using proxy = await tcpProxy(server.port);
      await proxy.stop();
      server.answer = (_request, response) =>
        response.writeHead(303, { location: `http://127.0.0.1:${proxy.port}/` }).end();
      const fetch = resilient();
      await rejection(
        by === 'init' ? fetch(server.url, post) : fetch(new Request(server.url, post)),
      );
      expect(server.arrived).toHaveLength(1);
    },
  );
});

describe('a POST of which nothing was sent', () => {
  it.each([
    ['init', (): [string, object] => ['http://shop.test/', { method: 'POST', body: 'x' }]],
    [
      'Request',
      (): [object, object] => [
        new UndiciRequest('http://shop.test/', { method: 'POST', body: 'x' }),
        {},
      ],
    ],
  ])('is tried again when the time for connecting is over, by %s', async (_title, given) => {
    using clock = virtualClock();
    // Connections are never made.
    const agent = new Agent({ connect: () => {} });
    const fetch = resilient({ fetch: by(agent), attemptTimeout: 100, totalTimeout: 1_000 });
    const [input, init] = given();
    const answer = track(fetch(input as never, init));
    await jobs();
    for (let round = 0; round < 50 && answer.state === 'pending'; round++) {
      await clock.advance(10);
      await jobs();
    }
    expect(answer.reason).toBeInstanceOf(TimeoutError);
    expect(seen.of('retry.scheduled')).toHaveLength(2);
    await agent.destroy();
  });

  it('is tried again when it is refused as a Request', async () => {
    await using proxy = await tcpProxy(server.port);
    await proxy.stop();
    const fetch = resilient({ maxAttempts: Infinity, backoff: () => 20 });
    const answer = fetch(
      new Request(`http://127.0.0.1:${proxy.port}/`, { method: 'POST', body: 'x' }),
    );
    await until(() => seen.of('retry.scheduled').length > 1);
    await proxy.start();
    expect(await (await answer).text()).toBe('ok');
    expect(server.arrived.map(({ body }) => body)).toEqual(['x']);
  });

  it('counts requests that its sender makes before, such as one for a token, as no step of its own', async () => {
    server.answer = ({ path }, response) => {
      const busy = path === '/orders' && server.arrived.length < 3;
      response.writeHead(busy ? 429 : 200, { 'retry-after': '0' }).end(path);
    };
    const signed: typeof fetch = async (input, init) => {
      await (await fetch(`${server.url}/token`)).text();
      return fetch(input, init);
    };
    const answer = await resilient({ fetch: signed })(`${server.url}/orders`, { method: 'POST' });
    expect([answer.status, server.arrived.length]).toEqual([200, 4]);
  });
});

/** As packages have it whose bodies are streams of Node. */
function foreign(body: () => unknown): typeof fetch {
  let sent = 0;
  return (async () => {
    const code = ++sent % 2 === 1 ? 503 : 200;
    return { status: code, ok: code < 400, headers: new Headers(), body: body() };
  }) as never;
}

describe('answers of another fetch', () => {
  it.each([
    ['no body', () => undefined],
    ['null', () => null],
    ['a stream of Node', () => Readable.from(['hello'])],
    ['a body that cannot be given up', () => ({})],
  ])('with %s come through, and are given up', async (_title, body) => {
    const bodies: unknown[] = [];
    const fetch = resilient({
      fetch: foreign(() => {
        const made: unknown = body();
        bodies.push(made);
        return made;
      }),
    });
    expect((await fetch('http://orders.test/')).status).toBe(200);
    const destroyed = bodies.map((each) => each instanceof Readable && each.destroyed);
    expect(destroyed).toEqual([_title === 'a stream of Node', false]);
    expect(
      (await resilient({ fetch: foreign(body), maxAttempts: 1 })('http://x.test/')).status,
    ).toBe(503);
  });

  it('a large body of a Request is sent on as it is, where it cannot be copied', async () => {
    const body = new PassThrough();
    const given: unknown[] = [];
    const request = {
      url: 'http://x.test/',
      method: 'PUT',
      headers: new Headers(),
      body,
      clone() {},
    };
    const fetch = resilient({
      fetch: async (input: unknown) => {
        given.push(input);
        return new Response(null, { status: 503 });
      },
    });
    expect((await fetch(request as never)).status).toBe(503);
    expect(given).toEqual([request]);
  });
});

describe('bodyTimeout', () => {
  it('ends a body that stands still, and its connection, and lets the others stream', async () => {
    using clock = virtualClock();
    server.answer = ({ path }, response) => {
      response.write('one ');
      if (path === '/slow') setTimeout(() => response.end('two'), 0);
    };
    const fetch = resilient({ bodyTimeout: 1_000, name: 'files' });
    const still = await fetch(server.url);
    expect([still.url, still.clone().url, still.redirected]).toEqual([
      `${server.url}/`,
      `${server.url}/`,
      false,
    ]);
    const read = rejection(still.text());
    await until(() => server.sockets === 1);
    await clock.advance(999);
    expect(server.sockets).toBe(1);
    await clock.advance(1);
    expect(await read).toMatchObject({ name: 'TimeoutError', after: 1_000 });
    await until(() => server.sockets === 0);
    const slow = (await fetch(`${server.url}/slow`)).text();
    expect(await slow).toBe('one two');
    expect(clock.timers).toBe(0);
  });

  it('counts only while somebody reads', async () => {
    using clock = virtualClock();
    const response = await resilient({ bodyTimeout: 1_000 })(server.url);
    await clock.advance(5_000);
    expect(await response.text()).toBe('ok');
  });

  it("holds for streams of Node's, too", async () => {
    using clock = virtualClock();
    const body = new PassThrough();
    const fetch = (async () => ({ status: 200, headers: new Headers(), body })) as never;
    await resilient({ fetch, bodyTimeout: 1_000 })('http://x.test/');
    body.write('one');
    await clock.advance(5_000);
    expect(body.destroyed).toBe(false);
    const error = new Promise((resolve) => body.once('error', resolve));
    body.resume();
    await jobs();
    await clock.advance(1_000);
    expect(await error).toBeInstanceOf(TimeoutError);
  });
});

describe('keys', () => {
  const tripping = { maxAttempts: 1, circuitBreaker: { consecutiveFailures: 1, openFor: 60_000 } };

  it('a dispatcher has a circuit of its own', async () => {
    const [one, other] = [new Agent(), new Agent()];
    const fetch = resilient({ ...tripping, fetch: undiciFetch as never });
    server.answer = inTurn(status(500), status(200));
    await fetch(server.url, { dispatcher: one } as never);
    expect(await rejection(fetch(server.url, { dispatcher: one } as never))).toMatchObject({
      code: 'KEDGE_CIRCUIT_OPEN',
    });
    expect((await fetch(server.url, { dispatcher: other } as never)).status).toBe(200);
    await Promise.all([one.destroy(), other.destroy()]);
  });

  it('can be chosen by the caller', async () => {
    const fetch = resilient({
      ...tripping,
      key: (_input, { headers }) => (headers as { tenant: string }).tenant,
    });
    server.answer = inTurn(status(500), status(200));
    await fetch(server.url, { headers: { tenant: 'a' } });
    expect((await fetch(server.url, { headers: { tenant: 'b' } })).status).toBe(200);
    expect(
      await rejection(fetch('http://127.0.0.1:1/', { headers: { tenant: 'a' } })),
    ).toMatchObject({ code: 'KEDGE_CIRCUIT_OPEN' });
  });

  it('are called by the host, whatever limits a call asks for', async () => {
    const registry = new Registry();
    const kedge = createKedge({ sinks: [prometheus(registry, { keys: true })] });
    await resilient({ kedge })(server.url, { attemptTimeout: 500 });
    const shown = await registry.metrics();
    expect(new Set(shown.match(/key="[^"]*"/g))).toEqual(new Set([`key="${server.url}"`]));
  });
});

describe('secrets in an address', () => {
  const [user, password, token] = ['admin', 'pw-plain', 'tok-plain'];
  it.each([
    ['that has credentials', `http://${user}:${password}@127.0.0.1:1/?key=${token}`],
    ['that cannot be parsed', `http://${user}:${password}@:99999/?key=${token}`],
    ['whose password has a slash', `http://${user}:${password}/x@127.0.0.1/?key=${token}`],
  ])('%s are not in the error', async (_title, url) => {
    const error = (await rejection(resilient()(url))) as Error & { cause?: Error };
    expect(error).toBeInstanceOf(TypeError);
    const said = [error, error.cause].map((each) => [each?.message, each?.stack]).join('');
    const shown = JSON.stringify(Object.entries(error.cause ?? {}));
    expect(said + shown).not.toMatch(new RegExp(`${password}|${token}`));
  });

  it('are not in the error of another fetch', async () => {
    const url = `http://127.0.0.1:1/orders?access_token=${token}`;
    const fetch = (async (input: string) => {
      throw new Error(`request to ${input} failed, reason: connect ECONNREFUSED`);
    }) as never;
    const error = (await rejection(resilient({ fetch, maxAttempts: 1 })(url))) as Error;
    expect(error.message).toBe(
      'request to http://127.0.0.1:1/orders?… failed, reason: connect ECONNREFUSED',
    );
    expect(error.stack).not.toContain(token);
  });
});

it('says that there is no fetch where there is none', async () => {
  const { fetch } = globalThis;
  Reflect.deleteProperty(globalThis, 'fetch');
  try {
    expect(await rejection(resilient()('http://127.0.0.1:1/'))).toMatchObject({
      message: expect.stringContaining('no global `fetch`') as string,
    });
  } finally {
    globalThis.fetch = fetch;
  }
});

it('a burst on a cold start loses none', { timeout: 30_000 }, async () => {
  server.answer = (_request, response) => setImmediate(() => response.end('ok'));
  const fetch = resilient();
  const texts = await Promise.all(
    Array.from({ length: 500 }, async () => (await fetch(server.url)).text()),
  );
  expect(texts.filter((text) => text !== 'ok')).toEqual([]);
});
