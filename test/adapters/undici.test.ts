// The interceptor of undici against real servers.
import { CircuitOpenError, constantBackoff, createKedge, TimeoutError } from 'kedge';
import { type HostOptions, resilientInterceptor } from 'kedge/undici';
import { recorder, type Recorder, virtualClock } from 'kedge/testing';
import { Readable } from 'node:stream';
import { Agent, type Dispatcher, fetch, interceptors, request } from 'undici';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { rejection, track } from '../support/lab.ts';
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
