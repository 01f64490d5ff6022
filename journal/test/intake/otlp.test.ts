import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Store } from '../../src/store/store.ts';
import { bodyOf } from '../support/samples.ts';
import { type TestIntake, testIntake } from '../support/server.ts';
import { sharedStore } from '../support/store.ts';

let store: Store;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ store, close } = await sharedStore());
});
afterAll(() => close());

const attributes = (fields: Record<string, string>): object[] =>
  Object.entries(fields).map(([key, stringValue]) => ({ key, value: { stringValue } }));
const logs = (...logRecords: object[]): string =>
  JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] });
const binary = { 'content-type': 'application/x-protobuf' };

function send(
  to: TestIntake,
  body: string | Buffer,
  headers: Record<string, string> = {},
  path = '/v1/logs',
) {
  const sent = typeof body === 'string' ? body : new Uint8Array(body);
  return to.send(path, sent, { authorization: `Bearer ${to.key}`, ...headers });
}

describe('intake of OTLP', () => {
  it('keeps records with an exception and errors, and drops the rest', async () => {
    const to = await testIntake(store);
    const response = await send(
      to,
      logs(
        { severityNumber: 9, body: { stringValue: 'all is well' } },
        { severityNumber: 13, attributes: attributes({ 'exception.type': 'Warned' }) },
        { severityNumber: 17, body: { stringValue: 'failed' } },
        { severityNumber: 21, body: { stringValue: 'died' } },
      ),
    );
    expect([response.status, await response.json()]).toEqual([200, { partialSuccess: {} }]);
    const records = await to.records();
    expect(records.map(({ severity }) => severity)).toEqual(['warning', 'error', 'critical']);
  });

  it('keeps exceptions of spans, with what the span says of itself', async () => {
    const to = await testIntake(store);
    const span = {
      name: 'POST /orders',
      traceId: 'aa'.repeat(16),
      spanId: 'bb'.repeat(8),
      attributes: attributes({ 'http.request.method': 'POST', 'http.route': '/orders/:id' }),
      events: [
        { name: 'exception', attributes: attributes({ 'exception.type': 'OrderError' }) },
        { name: 'retry' },
      ],
    };
    await send(
      to,
      JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span, { name: 'fine' }] }] }] }),
      {},
      '/v1/traces',
    );
    expect(await to.records()).toMatchObject([
      {
        exceptions: [{ type: 'OrderError' }],
        transaction: '/orders/:id',
        traceId: 'aa'.repeat(16),
        spanId: 'bb'.repeat(8),
        request: { method: 'POST' },
      },
    ]);
  });

  it('answers protobuf in protobuf', async () => {
    const to = await testIntake(store);
    const response = await send(to, bodyOf('otlp-pb-levels.otlp.pb'), binary);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/x-protobuf');
    expect((await response.arrayBuffer()).byteLength).toBe(0);
    expect((await to.records()).length).toBeGreaterThan(0);
  });

  it('keeps the same bytes once within ten minutes', async () => {
    const to = await testIntake(store);
    const body = logs({ severityNumber: 17, body: { stringValue: 'failed' } });
    await send(to, body);
    to.clock.advance(9 * 60_000);
    await send(to, body);
    expect(await to.records()).toHaveLength(1);
    to.clock.advance(11 * 60_000);
    await send(to, body);
    expect(await to.records()).toHaveLength(2);
  });

  it('hides who the user is, and what is a secret', async () => {
    const to = await testIntake(store);
    const secret = attributes({
      'enduser.id': 'u-17',
      'user.email': 'ann@example.org',
      password: 'zebra-stripes',
    });
    await send(
      to,
      logs({
        severityNumber: 17,
        body: { stringValue: 'no zebra-stripes for ann@example.org' },
        attributes: secret,
      }),
    );
    const [record] = await to.records();
    expect(JSON.stringify(record)).not.toMatch(/u-17|ann@|zebra/);
    expect(record?.user).toMatch(/^[\da-f]{16}$/);
  });

  it('asks for a key', async () => {
    const to = await testIntake(store);
    expect((await to.send('/v1/logs', logs())).status).toBe(401);
    expect((await send(to, logs(), { authorization: 'Bearer nobody' })).status).toBe(401);
  });

  it('refuses protobuf that is none, wherever it breaks', async () => {
    const to = await testIntake(store);
    const sample = bodyOf('otlp-pb-exception.otlp.pb');
    for (let length = 1; length < sample.length; length += 7) {
      const { status } = await send(to, sample.subarray(0, length), binary);
      expect([200, 400]).toContain(status);
    }
    for (const bytes of [
      [0xff],
      [0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f],
      [0x0b],
      Array<number>(20).fill(0x80),
    ]) {
      expect((await send(to, Buffer.from(bytes), binary)).status).toBe(400);
    }
    expect(to.errors).toEqual([]);
  });

  it('takes any JSON for what it is, and fails on none', async () => {
    const to = await testIntake(store);
    for (const odd of [null, 7, 'x', [], [null], [7], {}, { values: 7 }]) {
      const one = {
        resource: odd,
        scope: odd,
        severityNumber: odd,
        body: odd,
        attributes: odd,
        traceId: odd,
      };
      const body = JSON.stringify({
        resourceLogs: [
          odd,
          { ...one, scopeLogs: [odd, { logRecords: [odd, { ...one, severityNumber: 17 }] }] },
        ],
      });
      expect((await send(to, body)).status).toBe(200);
    }
    expect(to.errors).toEqual([]);
  });
});
