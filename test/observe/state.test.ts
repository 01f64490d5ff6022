// What somebody is told who asks a process how it is.
import { createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import fastify from 'fastify';
import { Hono } from 'hono';
import Koa from 'koa';
import { bulkhead, circuitBreaker, keyed, pipeline, retry } from 'kedge';
import { type State, type StateOptions, stateHandler } from 'kedge/state';
import { virtualClock, type VirtualClock } from 'kedge/testing';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';

let clock: VirtualClock;
beforeEach(() => {
  clock = virtualClock();
});
afterEach(() => clock[Symbol.dispose]());

const request = (init?: RequestInit): Request => new Request('https://shop.example/state', init);

async function stateOf(options?: StateOptions): Promise<State> {
  const response = await stateHandler({ authorize: () => true, ...options })(request());
  expect(response.status).toBe(200);
  return (await response.json()) as State;
}

const refused = () =>
  Promise.reject(
    Object.assign(new Error('connect ECONNREFUSED password=hunter2'), { code: 'ECONNREFUSED' }),
  );

function disposed<Made extends Disposable>(made: Made): Made {
  onTestFinished(() => made[Symbol.dispose]());
  return made;
}

describe('the state of an open circuit', () => {
  it('says since when, why, by which error, when the next probe is let in, and how many were turned away', async () => {
    const breaker = circuitBreaker({ consecutiveFailures: 2, openFor: 10_000 });
    const quotes = disposed(pipeline('quotes', breaker));
    for (let call = 0; call < 5; call++) await quotes.settle(refused);
    await clock.advance(4_000);
    const { pipelines } = await stateOf();
    expect(pipelines[0]).toMatchObject({ name: 'quotes', notClosed: 1 });
    expect(pipelines[0]?.circuits).toEqual([
      {
        policy: 'circuitBreaker',
        state: 'open',
        since: new Date(Date.parse(pipelines[0]?.circuits[0]?.since ?? '')).toISOString(),
        notClosedSince: pipelines[0]?.circuits[0]?.since,
        notClosedForMs: 4_000,
        reason: 'consecutive',
        error: {
          type: 'Error',
          code: 'ECONNREFUSED',
          kind: 'transient',
          fingerprint: expect.stringMatching(/^v\d:/),
          message: expect.stringContaining('connect ECONNREFUSED'),
        },
        openings: 1,
        turnedAway: 3,
        nextProbeInMs: 6_000,
      },
    ]);
    expect(JSON.stringify(pipelines)).not.toContain('hunter2');
  });

  it('goes on counting through half-open, and is gone when it is closed', async () => {
    const quotes = disposed(
      pipeline('quotes', circuitBreaker({ consecutiveFailures: 1, openFor: 1_000 })),
    );
    await quotes.settle(refused);
    await clock.advance(1_000);
    await quotes.settle(refused);
    await clock.advance(500);
    let [{ circuits } = { circuits: [] }] = (await stateOf()).pipelines;
    expect(circuits).toMatchObject([{ state: 'open', openings: 2, notClosedForMs: 1_500 }]);
    await clock.advance(500);
    for (let call = 0; call < 3; call++) await quotes.execute(() => 1);
    [{ circuits } = { circuits: [] }] = (await stateOf()).pipelines;
    expect(circuits).toEqual([
      { policy: 'circuitBreaker', state: 'closed', since: expect.any(String) },
    ]);
  });

  it('gives the words of whoever isolated it, redacted, and no time for a probe', async () => {
    const breaker = circuitBreaker();
    disposed(pipeline('quotes', breaker));
    breaker.isolate('moving house, token=abcdefghijklmnop');
    const [{ circuits } = { circuits: [] }] = (await stateOf()).pipelines;
    expect(circuits).toMatchObject([
      { state: 'isolated', reason: expect.stringMatching(/^moving house/) },
    ]);
    expect(circuits[0]).not.toHaveProperty('nextProbeInMs');
    expect(JSON.stringify(circuits)).not.toContain('abcdefghijklmnop');
  });
});

describe('the state of a keyed pipeline', () => {
  const hosts = (options?: Parameters<typeof keyed>[2]) =>
    disposed(keyed('outgoing', () => [circuitBreaker({ consecutiveFailures: 1 })], options));

  it('has the keys whose circuits are open, under their label, and none that are closed', async () => {
    const outgoing = hosts({ label: (key) => `host ${key}` });
    await outgoing.for('a.example').execute(() => 1);
    await outgoing.for('b.example').settle(refused);
    const { pipelines } = await stateOf();
    expect(pipelines[0]?.keys).toEqual({ size: 2, evictions: 0 });
    expect(pipelines[0]?.circuits).toMatchObject([{ key: 'host b.example', state: 'open' }]);
  });

  it('hides keys that nobody has labelled behind a hash, unless they are asked for', async () => {
    const outgoing = hosts();
    await outgoing.for('ann@example.com').settle(refused);
    const hidden = await stateOf();
    expect(hidden.pipelines[0]?.circuits[0]?.keyHash).toMatch(/^[\da-f]{8}$/);
    expect(JSON.stringify(hidden)).not.toContain('ann@');
    const shown = await stateOf({ keys: true });
    expect(shown.pipelines[0]?.circuits[0]?.key).toBe('ann@example.com');
  });

  it('shows a hundred of five hundred open keys, the longest open first, and counts the rest', async () => {
    const outgoing = hosts({ label: (key) => key });
    for (let host = 0; host < 500; host++) {
      await outgoing.for(`h${host}`).settle(refused);
      await clock.advance(1);
    }
    const [{ circuits, moreCircuits, notClosed } = { circuits: [] }] = (await stateOf()).pipelines;
    expect(circuits.map(({ key }) => key)).toEqual(
      Array.from({ length: 100 }, (_, at) => `h${at}`),
    );
    expect({ moreCircuits, notClosed }).toEqual({ moreCircuits: 400, notClosed: 500 });
  });
});

it('shows pipelines with open circuits before all others, however many there are', async () => {
  const held = Array.from({ length: 1_050 }, (_, at) => disposed(pipeline(`a-${at}`, retry())));
  const broken = disposed(pipeline('z', circuitBreaker({ consecutiveFailures: 1 })));
  await broken.settle(refused);
  const { pipelines, more } = await stateOf();
  expect(pipelines[0]?.name).toBe('z');
  expect(pipelines.length + more).toBe(held.length + 1);
  expect(pipelines).toHaveLength(1_000);
});

it('tells one circuit that stands in several pipelines once', async () => {
  const breaker = circuitBreaker({ consecutiveFailures: 1 });
  const [one] = [disposed(pipeline('a', breaker)), disposed(pipeline('b', breaker))];
  await one.settle(refused);
  const { pipelines } = await stateOf();
  expect(pipelines.map(({ notClosed }) => notClosed)).toEqual([1, 0]);
});

it('has the budgets, queues and limits of policies', async () => {
  const reports = disposed(
    pipeline('reports', retry(), bulkhead({ maxConcurrent: 1, maxQueued: 5 })),
  );
  const running = [1, 2, 3].map(() => reports.settle(() => new Promise(() => {}), { timeout: 50 }));
  const [{ policies, inFlight } = { policies: [] }] = (await stateOf()).pipelines;
  expect(inFlight).toBe(3);
  expect(policies.map(({ gauges }) => gauges)).toEqual([
    { budget_available_ratio: 1 },
    { in_use: 1, queued: 2, limit: 1, queue_limit: 5 },
  ]);
  await clock.runAll();
  await Promise.all(running);
});

it('changes nothing by being read', async () => {
  const quotes = disposed(
    pipeline('quotes', circuitBreaker({ consecutiveFailures: 1, openFor: 10 })),
  );
  await quotes.settle(refused);
  await clock.advance(20);
  const read = async () => (await stateOf()).pipelines[0]?.circuits;
  expect(await read()).toMatchObject([{ state: 'open', nextProbeInMs: 0 }]);
  expect(await read()).toMatchObject([{ state: 'open', nextProbeInMs: 0 }]);
});

describe('the handler', () => {
  it('answers at once, keeps caches away, and takes GET and HEAD alone', async () => {
    const handle = stateHandler();
    const { status, headers } = handle(request());
    expect([status, headers.get('cache-control')]).toEqual([200, 'no-store']);
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(handle(request({ method: 'HEAD' })).status).toBe(200);
    const refusal = handle(request({ method: 'POST' }));
    expect([refusal.status, refusal.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });

  it.each([
    ['no', () => false],
    ['nothing', () => undefined],
    ['no, later', () => Promise.resolve(false)],
    ['a broken promise', () => Promise.reject(new Error('down'))],
    [
      'an error',
      () => {
        throw new Error('down');
      },
    ],
  ])('tells nothing to those of whom `authorize` says %s', async (_, authorize) => {
    disposed(pipeline('secret-project'));
    const response = await stateHandler({ authorize })(request());
    expect(response.status).toBe(403);
    expect(await response.text()).not.toContain('secret-project');
  });

  it('lets `authorize` see the request', async () => {
    const authorize = ({ headers }: Request) => headers.get('authorization') === 'Bearer t';
    const handle = stateHandler({ authorize });
    expect((await handle(request())).status).toBe(403);
    const headers = { authorization: 'Bearer t' };
    expect((await handle(request({ headers }))).status).toBe(200);
    expect((await handle({ method: 'GET', url: '/state', headers })).status).toBe(200);
  });

  it('refuses options that cannot be', () => {
    expect(() => stateHandler({ keys: 1 as never })).toThrow('`keys`');
    expect(() => stateHandler({ authorize: true as never })).toThrow('`authorize`');
  });
});

// The lines that docs/operations.md gives for each framework.
describe('mounted in', () => {
  beforeEach(() => clock[Symbol.dispose]());

  async function answerOf(listener: Parameters<typeof createServer>[1]) {
    const server = createServer(listener).listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    return new Promise<{ status: number | undefined; body: unknown }>((resolve, reject) => {
      get({ port, path: '/state', agent: false }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.on('end', () => resolve({ status: response.statusCode, body: JSON.parse(text) }));
      }).on('error', reject);
    });
  }

  const listeners: Record<string, () => Parameters<typeof createServer>[1]> = {
    'node:http': () => stateHandler(),
    express: () => express().get('/state', stateHandler()),
    koa: () => {
      const state = stateHandler();
      const callback = new Koa().use((ctx) => void (ctx.body = state(ctx.req))).callback();
      return (asked, response) => void callback(asked, response);
    },
  };

  it.each(Object.keys(listeners))('%s it answers', async (name) => {
    const watched = disposed(pipeline('mounted'));
    const { status, body } = await answerOf(listeners[name]?.());
    expect(status).toBe(200);
    expect((body as State).pipelines.map((each) => each.name)).toContain(watched.name);
  });

  it('fastify it answers', async () => {
    const state = stateHandler();
    const app = fastify();
    app.get('/state', ({ raw }) => state(raw));
    const response = await app.inject('/state');
    expect([response.statusCode, response.headers['cache-control']]).toEqual([200, 'no-store']);
    expect(response.json()).toHaveProperty('pipelines');
  });

  it('hono it answers', async () => {
    const state = stateHandler();
    const response = await new Hono().get('/state', (c) => state(c.req.raw)).request('/state');
    expect(await response.json()).toHaveProperty('pipelines');
  });
});
