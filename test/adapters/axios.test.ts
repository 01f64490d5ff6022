// The adapter of axios against real servers.
import axios, {
  AxiosError,
  type AxiosInstance,
  type AxiosRequestConfig,
  CanceledError,
} from 'axios';
import { CircuitOpenError, constantBackoff, createKedge, TimeoutError } from 'kedge';
import { resilientAxios, type ResilientAxiosOptions, type ResilientConfig } from 'kedge/axios';
import { recorder, type Recorder, virtualClock } from 'kedge/testing';
import { getEventListeners } from 'node:events';
import { Agent } from 'node:http';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { disconnected } from '../support/fetch.ts';
import { jobs, rejection, track } from '../support/lab.ts';
import { cutOff, inTurn, origin, type Origin, status, until } from '../support/origin.ts';

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

function resilient(options: ResilientAxiosOptions = {}): AxiosInstance {
  const kedge = createKedge({ sinks: [seen] });
  const adapter = resilientAxios({ kedge, backoff: constantBackoff(1), budget: false, ...options });
  return axios.create({ baseURL: server.url, adapter });
}

describe.each(['http', 'fetch'])('over its adapter %s', (name) => {
  it('an answer is the one of axios, with its own config', async () => {
    server.answer = (_request, response) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"sku":"7"}');
    const got = await resilient({ adapter: name }).post('/', { sku: '7' });
    expect([got.data, got.status, server.arrived[0]?.body]).toEqual([
      { sku: '7' },
      200,
      '{"sku":"7"}',
    ]);
    expect(got.config.url).toBe('/');
    expect(got.config.signal).toBeUndefined();
  });

  it.each([
    ['get', 500, 3],
    ['put', 503, 3],
    ['post', 500, 1],
    ['post', 429, 3],
    ['get', 404, 1],
  ] as const)(
    '%s with %i is sent %i times, and ends in an AxiosError',
    async (method, code, times) => {
      server.answer = status(code, {}, 'why');
      const config = { method, url: '/', data: method === 'get' ? undefined : 'x' };
      const error = await rejection(resilient({ adapter: name }).request(config));
      expect(error).toBeInstanceOf(AxiosError);
      expect((error as AxiosError).response).toMatchObject({ status: code, data: 'why' });
      expect(server.arrived).toHaveLength(times);
    },
  );

  it('a promise makes a POST repeatable', async () => {
    const promised: AxiosRequestConfig & ResilientConfig = { idempotent: true };
    const keyed: AxiosRequestConfig = { headers: { 'Idempotency-Key': '1' } };
    for (const config of [keyed, promised]) {
      server.arrived.splice(0);
      server.answer = inTurn(cutOff, status(500), status(201));
      const got = await resilient({ adapter: name }).post('/', { sku: '7' }, config);
      expect([got.status, server.arrived.map(({ body }) => body)]).toEqual([
        201,
        ['{"sku":"7"}', '{"sku":"7"}', '{"sku":"7"}'],
      ]);
    }
  });

  it('a key that axios does not send makes no POST repeatable', async () => {
    for (const key of [false, undefined, null, []]) {
      server.arrived.splice(0);
      server.answer = status(500);
      const headers = { 'Idempotency-Key': key } as never;
      await rejection(resilient({ adapter: name }).post('/', 'x', { headers }));
      expect(server.arrived).toHaveLength(1);
    }
  });

  it('the caller ends it with a CanceledError, and no listener stays', async () => {
    server.answer = () => {};
    const controller = new AbortController();
    const { signal } = controller;
    const error = rejection(resilient({ adapter: name }).get('/', { signal }));
    await until(() => server.arrived.length === 1);
    controller.abort();
    expect(await error).toBeInstanceOf(CanceledError);
    expect(axios.isCancel(await error)).toBe(true);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    if (name === 'fetch') await disconnected(server);
    else await until(() => server.sockets === 0);
  });
});

it('a cancelToken ends waits as a signal does, and nobody listens to it any more', async () => {
  server.answer = status(503);
  const { token, cancel } = axios.CancelToken.source();
  const http = resilient({
    totalTimeout: 1e7,
    backoff: () => {
      queueMicrotask(() => cancel('enough'));
      return 1e6;
    },
  });
  const error = await rejection(http.get('/', { cancelToken: token }));
  expect(axios.isCancel(error)).toBe(true);
  expect(error).toMatchObject({ message: 'enough', code: 'ERR_CANCELED' });
  expect(server.arrived.length).toBe(1);
  expect((Reflect.get(token, '_listeners') as unknown[] | null) ?? []).toEqual([]);
  const late = rejection(resilient().get('/', { cancelToken: token }));
  expect(axios.isCancel(await late)).toBe(true);
  expect(server.arrived.length).toBe(1);
});

it('a status that validateStatus lets pass is retried all the same, and returned', async () => {
  server.answer = status(503);
  const got = await resilient().get('/', { validateStatus: () => true });
  expect([got.status, server.arrived.length]).toEqual([503, 3]);
});

it('a stream is sent once', async () => {
  server.answer = status(500);
  const error = await rejection(resilient().put('/', Readable.from([Buffer.from('x')])));
  expect([(error as AxiosError).response?.status, server.arrived.length]).toEqual([500, 1]);
});

it('a POST that was redirected was executed, and is not repeated', async () => {
  server.answer = ({ path }, response) => {
    if (path === '/') response.writeHead(303, { location: '/there' }).end();
    else response.writeHead(429).end();
  };
  await rejection(resilient().post('/', 'x'));
  expect(server.arrived.map(({ method }) => method)).toEqual(['POST', 'GET']);
});

it('answers that were dropped are not left unread, as streams neither', async () => {
  server.answer = (_request, response) => {
    const good = server.arrived.length % 3 === 0;
    response.writeHead(good ? 200 : 503);
    if (good) response.end();
    else response.write('y');
  };
  const http = resilient();
  for (let call = 0; call < 10; call++) {
    const { data } = await http.get<Readable>('/', { responseType: 'stream' });
    data.resume();
  }
  await server.settle();
  expect([server.arrived.length, server.sockets]).toEqual([30, 0]);
});

it('Retry-After is waited for, and a timeout of kedge is a TimeoutError', async () => {
  using clock = virtualClock();
  server.answer = inTurn(status(503, { 'retry-after': '7' }), () => {});
  const answer = track(resilient({ totalTimeout: 10_000 }).post('/', 'x'));
  await until(() => seen.of('retry.scheduled').length === 1);
  await clock.advance(8_000);
  await until(() => server.arrived.length === 2);
  await clock.advance(2_000);
  await until(() => answer.state === 'rejected');
  expect(answer.reason).toBeInstanceOf(TimeoutError);
});

it('an open circuit reaches the caller as it is', async () => {
  server.answer = status(500);
  const http = resilient({
    circuitBreaker: { consecutiveFailures: 1, openFor: 60_000 },
    maxAttempts: 1,
  });
  await rejection(http.get('/'));
  expect(await rejection(http.get('/'))).toBeInstanceOf(CircuitOpenError);
});

it('an answer that waits for Retry-After gives its connection back, as a stream too', async () => {
  using clock = virtualClock();
  server.answer = inTurn((_request, response) => {
    response.writeHead(503, { 'retry-after': '5' }).write('x');
  }, status(200));
  const config = { responseType: 'stream' } as const;
  const answer = track(resilient({ totalTimeout: 30_000 }).get<Readable>('/', config));
  await until(() => seen.of('retry.scheduled').length === 1);
  await clock.advance(100);
  await until(() => server.sockets === 0);
  await clock.advance(6_000);
  await until(() => answer.state === 'fulfilled');
  const { status: code, data } = answer.value as { status: number; data: Readable };
  data.resume();
  expect(code).toBe(200);
});

it.each([
  ['that asks axios', (config: object) => axios.getAdapter('fetch')(config as never)],
  [
    'that uses fetch',
    async (config: { url: string; baseURL: string; method: string; data: string }) => {
      const { url, baseURL, method, data: body } = config;
      const response = await fetch(new URL(url, baseURL), { method: method.toUpperCase(), body });
      return { status: response.status, statusText: '', headers: {}, data: await response.text() };
    },
  ],
])('a POST that was redirected is not sent again by a function %s', async (_title, adapter) => {
  server.answer = ({ path }, response) => {
    if (path === '/') response.writeHead(303, { location: '/busy' }).end();
    else response.writeHead(429, { 'retry-after': '0' }).end();
  };
  await resilient({ adapter: adapter as never })
    .post('/', 'x')
    .catch(() => {});
  expect(server.arrived.map(({ method }) => method)).toEqual(['POST', 'GET']);
});

it('a POST is not sent again by a function whose requests cannot be seen', async () => {
  let sent = 0;
  const adapter = async (): Promise<never> => {
    sent++;
    throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
  };
  await rejection(resilient({ adapter }).post('/', 'x'));
  expect(sent).toBe(1);
});

it('a POST whose connecting takes too long is tried again', async () => {
  using clock = virtualClock();
  // Connections are never made.
  const httpAgent = new Agent({ lookup: () => {} });
  const http = resilient({ attemptTimeout: 100, totalTimeout: 1_000 });
  const answer = track(http.post('http://shop.test/', 'x', { httpAgent }));
  await jobs();
  for (let round = 0; round < 50 && answer.state === 'pending'; round++) await clock.advance(10);
  expect(answer.reason).toBeInstanceOf(TimeoutError);
  expect(seen.of('retry.scheduled')).toHaveLength(2);
});

it.each([
  ['sockets', { socketPath: '/nowhere/a.sock' }, { socketPath: '/nowhere/b.sock' }],
  [
    'proxies',
    { proxy: { host: '127.0.0.1', port: 1 } },
    { proxy: { host: '127.0.0.1', port: 2, auth: { username: 'u', password: 'secret' } } },
  ],
  ['agents', { httpAgent: new Agent() }, { httpAgent: new Agent() }],
])('different %s have circuits of their own', async (_title, one, other) => {
  const keys: (string | undefined)[] = [];
  const kedge = createKedge({ sinks: [(event) => keys.push(event.key)] });
  const http = resilient({ kedge, maxAttempts: 1, circuitBreaker: { consecutiveFailures: 1 } });
  for (const config of [one, one, other]) await http.get('/', config).catch(() => {});
  const different = new Set(keys);
  expect(different.size).toBe(2);
  expect([...different].join(' ')).not.toContain('secret');
});

it('takes the axios that it is given, and refuses one that is too old', async () => {
  const adapters: unknown[] = [];
  const own = {
    ...axios,
    VERSION: axios.VERSION,
    CanceledError,
    getAdapter: (names: string[]) => {
      adapters.push(names);
      return axios.getAdapter(names);
    },
  };
  expect((await resilient({ axios: own }).get('/')).status).toBe(200);
  expect(adapters).toHaveLength(1);
  const old = { VERSION: '0.27.2' } as never;
  expect(() => resilientAxios({ axios: old })).toThrow('expected axios 1.5 or later, got 0.27.2');
});
