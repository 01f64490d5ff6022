// What a journal is sent. The expectations are those of its protocol, POST /v1/failures.
import { AsyncLocalStorage } from 'node:async_hooks';
import { hostname } from 'node:os';
import {
  bulkhead,
  circuitBreaker,
  createKedge,
  fallback,
  keyed,
  type Kedge,
  observe,
  timeout,
} from 'kedge';
import { journal, type JournalOptions, type JournalSink } from 'kedge/journal';
import { requestContext } from 'kedge/responses';
import { virtualClock, type VirtualClock } from 'kedge/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { report } from '../../src/failures/report.ts';
import { version } from '../../src/observe/version.ts';
import { heard, JournalServer } from './journal-server.ts';
import { down } from './logging.ts';

let clock: VirtualClock;
let server: JournalServer;
let kedge: Kedge;
let ends: Disposable[];

beforeEach(async () => {
  clock = virtualClock({ wall: Date.UTC(2026, 10, 27, 21) });
  server = await new JournalServer().start();
  kedge = createKedge();
  ends = [];
});
afterEach(async () => {
  for (const end of ends) end[Symbol.dispose]();
  await server.stop();
  clock[Symbol.dispose]();
});

const key = 'key-of-a-project';

function watch(
  options: Partial<JournalOptions> = {},
  to: Pick<Kedge, 'observe'> = kedge,
): JournalSink {
  const sink = journal({ url: server.url, key, ...options });
  ends.push(to.observe(sink));
  return sink;
}

/** What the next request has. */
async function next(count = 1) {
  const kept = heard('execution.succeeded');
  await clock.advance(500);
  const bodies = await server.received(count);
  await kept;
  return bodies[count - 1]!;
}

const failing = (message: string) => () => Promise.reject(new Error(message));

describe('a failure', () => {
  it('is sent by POST to /v1/failures, with the key, as JSON in gzip', async () => {
    watch();
    await kedge.pipeline('maps').settle(down);
    const { id, sentAt, version: of } = await next();
    expect(server.sent[0]).toMatchObject({
      method: 'POST',
      path: '/v1/failures',
      headers: {
        authorization: `Bearer ${key}`,
        'content-type': 'application/json',
        'content-encoding': 'gzip',
      },
    });
    expect(id).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
    expect(sentAt).toBe('2026-11-27T21:00:00.500Z');
    expect(of).toBe(version);
  });

  it('stands below the path that the journal has', async () => {
    watch({ url: new URL(`${server.url}/journal/`) });
    await kedge.pipeline('maps').settle(down);
    await next();
    expect(server.sent[0]?.path).toBe('/journal/v1/failures');
  });

  it('is described: pipeline, attempts, service, release, environment and host', async () => {
    watch({ service: 'shop', environment: 'production', release: '2.4.0', host: 'web-1' });
    await kedge.pipeline('maps').settle(down);
    const { failures, totals } = await next();
    expect(totals).toEqual([]);
    expect(failures).toEqual([
      {
        count: 1,
        failure: expect.objectContaining({
          id: expect.stringMatching(/^[\da-f-]{36}$/) as string,
          fingerprint: expect.stringMatching(/^v2:[\da-f]{16}$/) as string,
          time: '2026-11-27T21:00:00.000Z',
          service: 'shop',
          environment: 'production',
          version: '2.4.0',
          severity: 'warning',
          kind: 'transient',
          code: 'ECONNRESET',
          type: 'Error',
          message: 'down',
          stack: expect.stringContaining('journal.test.ts') as string,
          causes: [],
          pipeline: 'maps',
          attempt: 1,
          tags: { event: 'execution.failed', outcome: 'failure' },
          runtime: expect.objectContaining({ host: 'web-1', pid: process.pid }) as object,
        }) as object,
      },
    ]);
  });

  it('has no secrets, those that the application names included', async () => {
    watch({
      keys: ['orderNumber'],
      patterns: [/SKU-\d+/],
      scrub: (text) => text.replaceAll('Ann', '*'),
    });
    await kedge
      .pipeline('maps')
      .settle(failing('password=hunter2 orderNumber=4711 SKU-12 for Ann'));
    const { failures } = await next();
    const text = JSON.stringify(failures);
    for (const secret of ['hunter2', '4711', 'SKU-12', 'Ann']) expect(text).not.toContain(secret);
    expect(text).toContain('[redacted]');
  });

  it('belongs to its request', async () => {
    watch();
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    await requestContext.run({ requestId: 'r-17', traceparent }, () => {
      requestContext.add({ user: 4, route: '/orders/:id', region: 'eu' });
      return kedge.pipeline('maps').settle(down);
    });
    const { failures } = await next();
    expect(failures[0]?.failure).toMatchObject({
      requestId: 'r-17',
      traceId: '0af7651916cd43dd8448eb211c80319c',
      spanId: 'b7ad6b7169203331',
      route: '/orders/:id',
      userHash: expect.stringMatching(/^[\da-f]{16}$/) as string,
      tags: { region: 'eu', event: 'execution.failed' },
    });
  });

  it('names the policy that turned a call away, and the key where that may be shown', async () => {
    watch({}, { observe });
    const tenants = keyed('tenants', () => [bulkhead({ maxConcurrent: 1 })], {
      label: (tenant) => `tenant ${tenant}`,
    });
    await tenants.for('a').execute(() => tenants.for('a').settle(() => 1));
    const { failures } = await next();
    expect(failures[0]?.failure).toMatchObject({
      type: 'BulkheadFullError',
      pipeline: 'tenants',
      policy: 'bulkhead',
      severity: 'warning',
      tags: { rejectedBy: 'bulkhead', outcome: 'rejected', pipelineKey: 'tenant a' },
    });
  });

  it('of one fingerprint is sent once, with how many it stands for', async () => {
    watch();
    const maps = kedge.pipeline('maps');
    for (let each = 0; each < 40; each++) await maps.settle(failing(`user ${each} not found`));
    await maps.settle(failing('another one'));
    const { failures } = await next();
    expect(failures.map(({ count, failure }) => [failure['message'], count])).toEqual([
      ['user 0 not found', 40],
      ['another one', 1],
    ]);
    expect(new Set(failures.map(({ failure }) => failure.fingerprint)).size).toBe(2);
  });

  it('is counted once, although pipelines, the framework and the process report it', async () => {
    const sink = watch();
    ends.push(observe(sink));
    const error = new Error('lost');
    await kedge
      .pipeline('outer')
      .settle(() => kedge.pipeline('inner').execute(() => Promise.reject(error)));
    report(
      {
        type: 'request.failed',
        from: 'express',
        severity: 'error',
        error,
        fields: { status: 500 },
      },
      { target: false },
    );
    const { failures } = await next();
    expect(failures).toMatchObject([{ count: 1, failure: { pipeline: 'inner' } }]);
  });

  it('is not sent once more when another place reports it later', async () => {
    const sink = watch();
    ends.push(observe(sink));
    const error = new Error('lost');
    await kedge.pipeline('maps').settle(() => Promise.reject(error));
    await next();
    report(
      { type: 'request.failed', from: 'express', severity: 'error', error },
      { target: false },
    );
    await sink.flush();
    expect(server.sent.flatMap(({ body }) => body.failures)).toHaveLength(1);
  });

  it('of a request whose client left is none', async () => {
    const sink = watch({}, { observe });
    const error = new DOMException('gone', 'AbortError');
    report(
      {
        type: 'request.failed',
        from: 'express',
        severity: 'info',
        error,
        fields: { cutOff: true },
      },
      { target: false },
    );
    await sink.flush();
    expect(server.sent.flatMap(({ body }) => body.failures)).toEqual([]);
  });

  it('that is thrown again is counted again, the same object too', async () => {
    watch();
    const error = new Error('made once');
    for (let each = 0; each < 3; each++)
      await kedge.pipeline('maps').settle(() => Promise.reject(error));
    const { failures } = await next();
    expect(failures).toMatchObject([{ count: 3 }]);
  });

  it('of a call that its caller gave up is none, nor one that was answered by a fallback', async () => {
    watch();
    const leaving = new AbortController();
    const left = kedge.pipeline('maps').settle(() => new Promise(() => {}), leaving);
    leaving.abort();
    await left;
    await kedge.pipeline('maps', fallback({ value: 1 })).execute(down);
    await kedge.pipeline('maps').settle(failing('real'));
    const { failures } = await next();
    expect(failures).toMatchObject([{ count: 1, failure: { message: 'real' } }]);
  });

  it('can be anything that is thrown', async () => {
    watch();
    for (const thrown of [undefined, null, 0, 'text', Object.freeze({ a: 1 }), () => {}]) {
      await kedge.pipeline('maps').settle(() => Promise.reject(thrown));
    }
    const { failures } = await next();
    expect(failures.reduce((sum, { count }) => sum + count, 0)).toBe(6);
  });

  it('is not sent in the asynchronous context of its call', async () => {
    const storage = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    watch();
    ends.push(
      observe((event) => {
        if (event.pipeline === 'kedge-journal') seen.push(storage.getStore());
      }),
    );
    await storage.run('a request', () => kedge.pipeline('maps').settle(down));
    await next();
    expect(seen.length).toBeGreaterThan(0);
    expect(seen.every((store) => store === undefined)).toBe(true);
  });
});

describe('besides failures of calls a journal is told', () => {
  it('that a circuit has opened, with what opened it as its cause', async () => {
    watch();
    const breaker = circuitBreaker({ consecutiveFailures: 2 });
    const maps = kedge.pipeline('maps', breaker);
    await maps.settle(down);
    await maps.settle(down);
    const { failures } = await next();
    expect(failures).toMatchObject([
      { count: 2, failure: { type: 'Error', tags: { event: 'execution.failed' } } },
      {
        count: 1,
        failure: {
          type: 'CircuitOpened',
          message: 'circuitBreaker of maps opened: consecutive',
          severity: 'error',
          pipeline: 'maps',
          policy: 'circuitBreaker',
          causes: [{ message: 'down', code: 'ECONNRESET' }],
          tags: { event: 'circuit.opened', reason: 'consecutive', openings: '1' },
        },
      },
    ]);
  });

  it('of each circuit in a group of its own, by the reason, whichever call opened it', async () => {
    watch();
    const breakers = ['maps', 'quotes-api'].map((name) => {
      const breaker = circuitBreaker({ consecutiveFailures: 1, openFor: 1 });
      return { breaker, calls: kedge.pipeline(name, breaker) };
    });
    for (const { calls } of breakers) await calls.settle(down);
    await clock.advance(1);
    await breakers[0]?.calls.settle(down);
    breakers[1]?.breaker.open('maintenance, password=hunter2');
    const { failures } = await next();
    const opened = failures.filter(({ failure }) => failure['type'] === 'CircuitOpened');
    expect(
      opened.map(({ count, failure }) => [failure['message'], failure['severity'], count]),
    ).toEqual([
      ['circuitBreaker of maps opened: consecutive', 'error', 2],
      ['circuitBreaker of quotes-api opened: consecutive', 'error', 1],
      ['circuitBreaker of quotes-api opened: manual, maintenance, password=[redacted]', 'info', 1],
    ]);
    expect(new Set(opened.map(({ failure }) => failure.fingerprint)).size).toBe(3);
  });

  it('that a request or the process failed, and how bad that is', async () => {
    watch({}, { observe });
    const failed = (type: 'request.failed' | 'process.failed', from: string, fields: object) =>
      report(
        {
          type,
          from,
          severity: 'error',
          error: new TypeError(`${from} broke`),
          fields: { ...fields },
        },
        { target: false },
      );
    failed('request.failed', 'express', { status: 502, code: 'BAD_GATEWAY', method: 'GET' });
    failed('process.failed', 'process', { origin: 'uncaughtException' });
    const { failures } = await next();
    expect(failures).toMatchObject([
      {
        failure: {
          severity: 'error',
          tags: {
            event: 'request.failed',
            reporter: 'express',
            status: '502',
            method: 'GET',
            code: 'BAD_GATEWAY',
          },
        },
      },
      {
        failure: {
          severity: 'critical',
          tags: { event: 'process.failed', reporter: 'process', origin: 'uncaughtException' },
        },
      },
    ]);
    expect(failures[0]?.failure).not.toHaveProperty('pipeline');
  });

  it('of the worst of one fingerprint, when one of them ends the process', async () => {
    watch({}, { observe });
    const error = new Error('fatal');
    const fails = (type: 'request.failed' | 'process.failed') =>
      report({ type, from: 'x', severity: 'error', error }, { target: false });
    fails('request.failed');
    fails('process.failed');
    const { failures } = await next();
    expect(failures).toMatchObject([{ count: 1, failure: { severity: 'critical' } }]);
  });

  it('each minute how often calls ended how, by pipeline', async () => {
    watch({ release: '2.4.0' });
    const maps = kedge.pipeline('maps', timeout(10));
    await maps.execute(() => 1);
    await maps.execute(() => 1);
    await kedge.pipeline('maps', fallback({ value: 1 })).execute(down);
    const late = maps.settle(() => new Promise(() => {}));
    await clock.advance(10);
    await late;
    await next(1);
    await clock.advance(60_000);
    const [, minute] = await server.received(2);
    expect(minute).toMatchObject({
      failures: [],
      totals: [
        { pipeline: 'maps', outcome: 'success', count: 3, release: '2.4.0' },
        { pipeline: 'maps', outcome: 'failure', count: 1, release: '2.4.0' },
      ],
    });
  });

  it('of calls since the last minute alone, and nothing where there were none', async () => {
    const maps = kedge.pipeline('maps');
    await maps.execute(() => 1);
    watch();
    await clock.advance(120_000);
    await maps.execute(() => 1);
    const kept = heard('execution.succeeded');
    await clock.advance(60_000);
    await server.received(1);
    await kept;
    await maps.execute(() => 1);
    await maps.execute(() => 1);
    await clock.advance(60_000);
    const bodies = await server.received(2);
    expect(bodies.map(({ totals }) => totals)).toMatchObject([
      [{ pipeline: 'maps', outcome: 'success', count: 1 }],
      [{ pipeline: 'maps', outcome: 'success', count: 2 }],
    ]);
  });
});

describe('where it comes from', () => {
  it('is what OpenTelemetry says, where the options do not', async () => {
    vi.stubEnv('OTEL_SERVICE_NAME', 'cart');
    vi.stubEnv(
      'OTEL_RESOURCE_ATTRIBUTES',
      'service.name=other,service.version=7.1,deployment.environment.name=eu%20west,host.name=box-9',
    );
    watch();
    await kedge.pipeline('maps').settle(down);
    const { failures } = await next();
    expect(failures[0]?.failure).toMatchObject({
      service: 'cart',
      version: '7.1',
      environment: 'eu west',
      runtime: { host: 'box-9' },
    });
  });

  it("is else what npm and NODE_ENV say, and the machine's name", async () => {
    vi.stubEnv('OTEL_SERVICE_NAME', undefined);
    vi.stubEnv('OTEL_RESOURCE_ATTRIBUTES', undefined);
    vi.stubEnv('npm_package_name', '@acme/shop');
    vi.stubEnv('npm_package_version', '1.2.3');
    vi.stubEnv('NODE_ENV', 'staging');
    watch();
    await kedge.pipeline('maps').settle(down);
    const { failures } = await next();
    expect(failures[0]?.failure).toMatchObject({
      service: '@acme/shop',
      version: '1.2.3',
      environment: 'staging',
      runtime: { host: hostname() },
    });
  });
});

describe('options that cannot be are refused by name', () => {
  it.each([
    [{}, 'journal: `url` is required'],
    [{ url: 'http://127.0.0.1:9465' }, 'journal: `key` is required'],
    [{ url: 'journal.example.com', key }, 'journal: expected `url` to be an address of http:'],
    [
      { url: 'ftp://journal.example.com', key },
      'journal: expected `url` to be an address of http:',
    ],
    [{ url: 'https://ann:secret@example.com', key }, 'got another'],
    [{ url: 'https://example.com/?sentry_key=1', key }, 'without a password, a query'],
    [
      { url: 'https://example.com', key: 'with space' },
      'journal: expected `key` to be a key of a project',
    ],
    [{ url: 'https://example.com', key: 7 }, 'journal: expected `key` to be a key of a project'],
    [{ url: 'https://example.com', key, service: '' }, 'journal: expected `service` to be a text'],
    [{ url: 'https://example.com', key, relase: '1' }, 'Did you mean `release`?'],
    [{ url: 'https://example.com', key, patterns: ['x'] }, 'journal: expected `patterns`'],
  ])('%o', (options, message) => {
    const make = () => journal(options as never);
    expect(make).toThrow(message);
    expect(make).not.toThrow(/secret@|with space/);
  });
});
