// The interceptor of undici against real servers.
import { CircuitOpenError, constantBackoff, createKedge, TimeoutError } from 'kedge';
import { type HostOptions, resilientInterceptor } from 'kedge/undici';
import { recorder, type Recorder, virtualClock } from 'kedge/testing';
import { Readable } from 'node:stream';
import { Agent, type Dispatcher, fetch, interceptors, request } from 'undici';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { jobs, rejection, track } from '../support/lab.ts';
import { cutOff, inTurn, origin, type Origin, status, until } from '../support/origin.ts';

let server: Origin;
let seen: Recorder;
const dispatchers: Dispatcher[] = [];

beforeEach(async () => {
  server = await origin();
  seen = recorder();
});
afterEach(async () => {
  await server.settle();
  for (const each of dispatchers.splice(0)) await each.destroy();
  await server[Symbol.asyncDispose]();
});

function resilient(options: HostOptions = {}): Dispatcher {
  const kedge = createKedge({ sinks: [seen] });
  const dispatcher = new Agent().compose(
    resilientInterceptor({ kedge, backoff: constantBackoff(1), budget: false, ...options }),
    interceptors.redirect({ maxRedirections: 3 }),
  );
  dispatchers.push(dispatcher);
  return dispatcher;
}

it('an answer comes as it is: status, headers, body, trailers', async () => {
  server.answer = (_request, response) => {
    response.writeHead(200, { 'x-own': 'yes', trailer: 'x-end' });
    response.write('one ');
    response.addTrailers({ 'x-end': 'over' });
    response.end('two');
  };
  const got = await request(server.url, { dispatcher: resilient() });
  expect([got.statusCode, got.headers['x-own'], await got.body.text(), got.trailers]).toEqual([
    200,
    'yes',
    'one two',
    { 'x-end': 'over' },
  ]);
});

it.each([
  ['GET', 500, 3],
  ['PUT', 503, 3],
  ['POST', 500, 1],
  ['POST', 429, 3],
  ['GET', 404, 1],
] as const)(
  '%s with %i is sent %i times, and its last answer is the answer',
  async (method, code, times) => {
    server.answer = status(code, { 'x-own': 'yes' }, 'why');
    const body = method === 'GET' ? null : 'x';
    const got = await request(server.url, { dispatcher: resilient(), method, body });
    expect([got.statusCode, got.headers['x-own'], await got.body.text()]).toEqual([
      code,
      'yes',
      'why',
    ]);
    expect(server.arrived).toHaveLength(times);
  },
);

it.each([
  ['an object', { 'Idempotency-Key': '1' }],
  ['a flat list', ['Idempotency-Key', '1']],
  ['a Map', new Map([['Idempotency-Key', '1']])],
])('POST with an Idempotency-Key in %s is retried', async (_title, headers) => {
  server.answer = inTurn(cutOff, status(500), status(201));
  const got = await request(server.url, {
    dispatcher: resilient(),
    method: 'POST',
    body: 'x',
    headers,
  });
  await got.body.text();
  expect([got.statusCode, server.arrived.map(({ body }) => body)]).toEqual([201, ['x', 'x', 'x']]);
});

it('a connection that breaks off fails POST as undici does', async () => {
  server.answer = cutOff;
  const error = (await rejection(
    request(server.url, { dispatcher: resilient(), method: 'POST', body: 'x' }),
  )) as Error & { code: string };
  expect([error.code, server.arrived.length]).toEqual(['ECONNRESET', 1]);
});

it('a stream is sent once', async () => {
  server.answer = status(500);
  const body = Readable.from([Buffer.from('x')]);
  const got = await request(server.url, { dispatcher: resilient(), method: 'PUT', body });
  await got.body.text();
  expect([got.statusCode, server.arrived.length]).toEqual([500, 1]);
});

it('a redirect is a request of its own', async () => {
  let failed = false;
  server.answer = ({ path }, response) => {
    if (path === '/') response.writeHead(303, { location: '/there' }).end();
    else if (failed) response.end('there');
    else {
      failed = true;
      response.writeHead(500).end();
    }
  };
  const got = await request(server.url, { dispatcher: resilient(), method: 'POST', body: 'x' });
  expect(await got.body.text()).toBe('there');
  expect(server.arrived.map(({ method, path }) => `${method} ${path}`)).toEqual([
    'POST /',
    'GET /there',
    'GET /there',
  ]);
});

it('stands under fetch too', async () => {
  server.answer = inTurn(status(500), status(200));
  const response = await fetch(server.url, { dispatcher: resilient() });
  expect([response.status, await response.text()]).toEqual([200, '200']);
});

it('an attempt that hangs is ended, and the total ends the call', async () => {
  using clock = virtualClock();
  server.answer = () => {};
  const dispatcher = resilient({ attemptTimeout: 100, totalTimeout: 150 });
  const answer = track(request(server.url, { dispatcher }));
  await until(() => server.arrived.length === 1);
  await clock.advance(101);
  await until(() => server.arrived.length === 2);
  await clock.advance(49);
  await until(() => answer.state === 'rejected');
  expect(answer.reason).toBeInstanceOf(TimeoutError);
  await until(() => server.sockets === 0);
});

it('the caller ends an attempt, a wait, and a body', async () => {
  const reason = new Error('enough');
  const dispatcher = resilient({ backoff: () => 60_000, totalTimeout: 200_000 });
  for (const phase of ['attempt', 'wait', 'body']) {
    seen.clear();
    server.arrived.splice(0);
    server.answer =
      phase === 'wait'
        ? status(500)
        : (_request, response) => phase === 'body' && response.write('x');
    const controller = new AbortController();
    const answer = request(server.url, { dispatcher, signal: controller.signal }).then(
      ({ body }) => {
        controller.abort(reason);
        return body.text();
      },
    );
    const rejected = rejection(answer);
    if (phase === 'attempt') await until(() => server.arrived.length === 1);
    if (phase === 'wait') await until(() => seen.of('retry.scheduled').length === 1);
    if (phase !== 'body') controller.abort(reason);
    expect(await rejected).toBe(reason);
  }
});

it.each([
  ['short', 'x'.repeat(1_000)],
  ['long', 'x'.repeat(1_000_000)],
  ['endless', undefined],
])('no connection is left by answers that were dropped, with %s bodies', async (title, body) => {
  server.answer = (_request, response) => {
    const good = server.arrived.length % 3 === 0;
    response.writeHead(good ? 200 : 503);
    if (good || body !== undefined) response.end(body);
    else response.write('y');
  };
  const dispatcher = resilient();
  for (let call = 0; call < 10; call++) {
    const got = await request(server.url, { dispatcher });
    expect((await got.body.text()).length).toBe(body?.length ?? 0);
  }
  await server.settle();
  expect([server.arrived.length, server.sockets]).toEqual([30, 0]);
  expect(server.accepted).toBeLessThanOrEqual(title === 'short' ? 3 : 60);
});

it('a long failure is passed on whole', async () => {
  const body = 'x'.repeat(1_000_000);
  server.answer = status(503, {}, body);
  const got = await request(server.url, { dispatcher: resilient() });
  expect([got.statusCode, (await got.body.text()) === body]).toEqual([503, true]);
});

it('a hedge that is faster wins, and the other one is ended', async () => {
  using clock = virtualClock();
  server.answer = inTurn(() => {}, status(200));
  const answer = track(request(server.url, { dispatcher: resilient({ hedge: { after: 50 } }) }));
  await until(() => server.arrived.length === 1);
  await clock.advance(50);
  await until(() => answer.state === 'fulfilled');
  expect(await (answer.value as Dispatcher.ResponseData).body.text()).toBe('200');
  await until(() => server.sockets < 2);
});

it('an open circuit reaches the caller as it is', async () => {
  server.answer = status(500);
  const dispatcher = resilient({
    circuitBreaker: { consecutiveFailures: 1, openFor: 60_000 },
    maxAttempts: 1,
  });
  await (await request(server.url, { dispatcher })).body.text();
  expect(await rejection(request(server.url, { dispatcher }))).toBeInstanceOf(CircuitOpenError);
});

/** On connections that take several requests at once, which share their end. */
function pipelined(options: HostOptions = {}): Dispatcher {
  const kedge = createKedge({ sinks: [seen] });
  const dispatcher = new Agent({ connections: 1, pipelining: 5 }).compose(
    resilientInterceptor({ kedge, backoff: constantBackoff(1), budget: false, ...options }),
  );
  dispatchers.push(dispatcher);
  return dispatcher;
}

it('an answer that was arriving when its connection was ended for another request breaks off', async () => {
  using clock = virtualClock();
  server.answer = ({ path }, response) => {
    if (path === '/pay') response.write('one,');
  };
  const dispatcher = pipelined({ attemptTimeout: 100, maxAttempts: 1 });
  const { body } = await request(`${server.url}/pay`, { dispatcher, method: 'POST', body: 'x' });
  const text = rejection(body.text());
  const other = rejection(request(`${server.url}/other`, { dispatcher }));
  await jobs();
  await clock.advance(100);
  expect(await other).toBeInstanceOf(TimeoutError);
  expect(await text).toMatchObject({ code: 'UND_ERR_SOCKET' });
  expect(server.arrived.filter(({ path }) => path === '/pay')).toHaveLength(1);
});

it('requests that share a connection are all answered, though some hang', async () => {
  server.answer = ({ path }, response) => {
    // Of ten, one never answers the first time, and one says that it is busy.
    const first = server.arrived.filter((each) => each.path === path).length === 1;
    if (path.endsWith('3') && first) return;
    response.writeHead(path.endsWith('7') && first ? 503 : 200).write('<');
    setImmediate(() => response.end(`${path}>`));
  };
  const dispatcher = pipelined({
    attemptTimeout: 100,
    totalTimeout: 20_000,
    maxAttempts: Infinity,
    circuitBreaker: { consecutiveFailures: Infinity, minimumCalls: 1_000 },
    adaptiveLimiter: false,
  });
  const get = async (path: string): Promise<string> => {
    // A body that breaks off is the caller's to repeat.
    for (;;) {
      const { body } = await request(server.url + path, { dispatcher });
      const text = await body.text().catch(() => undefined);
      if (text !== undefined) return text;
    }
  };
  const paths = Array.from({ length: 30 }, (_, index) => `/${index}`);
  expect(await Promise.all(paths.map(get))).toEqual(paths.map((path) => `<${path}>`));
}, 30_000);

it('a POST of which nothing was sent is tried again when its time is over', async () => {
  using clock = virtualClock();
  const kedge = createKedge({ sinks: [seen] });
  const dispatcher = new Agent({ connect: () => {} }).compose(
    resilientInterceptor({ kedge, backoff: () => 1, attemptTimeout: 100, totalTimeout: 1_000 }),
  );
  dispatchers.push(dispatcher);
  const body = Readable.from([Buffer.from('x')]);
  const answer = track(request('http://shop.test/', { dispatcher, method: 'POST', body }));
  for (let round = 0; round < 50 && answer.state === 'pending'; round++) await clock.advance(10);
  expect(answer.reason).toBeInstanceOf(TimeoutError);
  expect(seen.of('retry.scheduled')).toHaveLength(2);
});

it('a caller who leaves before the first attempt, or in the queue of undici, is told at once', async () => {
  using clock = virtualClock();
  const reason = new Error('enough');
  server.answer = status(500);
  const dispatcher = pipelined({
    maxAttempts: 2,
    circuitBreaker: { consecutiveFailures: 1, openFor: 5_000 },
  });
  await (await request(server.url, { dispatcher, method: 'POST' })).body.dump();
  const controller = new AbortController();
  const waiting = rejection(request(server.url, { dispatcher, signal: controller.signal }));
  controller.abort(reason);
  expect(await waiting).toBe(reason);
  await clock.advance(10_000);

  server.answer = () => {};
  const first = new AbortController();
  void request(server.url, { dispatcher, method: 'POST', signal: first.signal }).catch(() => {});
  await until(() => server.arrived.length === 2);
  const later = new AbortController();
  const queued = rejection(request(server.url, { dispatcher, signal: later.signal }));
  seen.clear();
  later.abort(reason);
  expect(await queued).toBe(reason);
  first.abort();
  expect([seen.of('retry.scheduled'), seen.of('circuit.opened')]).toEqual([[], []]);
});

it('a caller whose signal has aborted already is told so, and nothing is sent', async () => {
  const reason = new Error('enough');
  const signal = AbortSignal.abort(reason);
  expect(await rejection(request(server.url, { dispatcher: resilient(), signal }))).toBe(reason);
  expect(server.accepted).toBe(0);
});

it("Node's own fetch, which speaks to dispatchers in the older form, is understood", async () => {
  server.answer = inTurn(status(503), (_request, response) =>
    response.writeHead(200, { 'set-cookie': ['a=1', 'b=2'] }).end('x'.repeat(300_000)),
  );
  const init = { dispatcher: resilient() } as object;
  const response = await globalThis.fetch(server.url, init);
  expect([response.headers.getSetCookie(), (await response.text()).length]).toEqual([
    ['a=1', 'b=2'],
    300_000,
  ]);
  const reason = new Error('enough');
  const signal = AbortSignal.abort(reason);
  expect(await rejection(globalThis.fetch(server.url, { ...init, signal }))).toBe(reason);
  server.answer = cutOff;
  const error = await rejection(globalThis.fetch(server.url, { ...init, method: 'POST' }));
  expect(error).toMatchObject({ message: 'fetch failed', cause: { code: 'ECONNRESET' } });
});

it('a dispatcher that is too old is refused with a sentence', async () => {
  // As undici 6 does, which knows the older form of handlers only.
  const dispatch = resilientInterceptor({ kedge: createKedge() })(() => {
    throw new Error('invalid onError method');
  });
  const error = await new Promise((resolve) => {
    const handler = {
      onRequestStart() {},
      onResponseError: (_controller: unknown, failure: Error) => resolve(failure),
    };
    dispatch({ origin: server.url, path: '/', method: 'GET' }, handler);
  });
  expect(error).toMatchObject({ name: 'TypeError', message: expect.stringMatching(/undici 7/) });
});

it.each(['retry', 'circuitBreaker', 'hedge'])('%s.handleResult is refused', (policy) => {
  const options = { [policy]: { handleResult: () => true } };
  expect(() => resilientInterceptor(options)).toThrow(/statusCodes/);
});

it.each([
  ['a generator', () => [['a', 'b']].values()],
  ['a Map', () => new Map([['a', 'b']])],
  ['Headers', () => new Headers({ a: 'b' })],
])('headers as %s are sent with each attempt', async (_title, headers) => {
  server.answer = inTurn(status(503), status(200));
  const got = await request(server.url, { dispatcher: resilient(), headers: headers() as never });
  await got.body.dump();
  expect(server.arrived.map((each) => each.headers['a'])).toEqual(['b', 'b']);
});

it('each dispatcher has circuits of its own, unless the caller chooses', async () => {
  const options = { maxAttempts: 1, circuitBreaker: { consecutiveFailures: 1, openFor: 60_000 } };
  for (const more of [{}, { key: () => 'one' }]) {
    const interceptor = resilientInterceptor({ kedge: createKedge(), ...options, ...more });
    const [sick, well] = [new Agent().compose(interceptor), new Agent().compose(interceptor)];
    dispatchers.push(sick, well);
    server.answer = status(500);
    await (await request(server.url, { dispatcher: sick })).body.dump();
    server.answer = status(200);
    const other = request(server.url, { dispatcher: well }).then(({ body }) => body.text());
    const outcome = await other.catch((error: Error) => error.name);
    expect(outcome).toBe('key' in more ? 'CircuitOpenError' : '200');
  }
});
