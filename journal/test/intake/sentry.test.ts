import {
  brotliCompressSync,
  deflateRawSync,
  deflateSync,
  gzipSync,
  zstdCompressSync,
} from 'node:zlib';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Store } from '../../src/store/store.ts';
import { type TestIntake, testIntake } from '../support/server.ts';
import { atEnd, sharedStore } from '../support/store.ts';

let store: Store;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ store, close } = await sharedStore());
});
afterAll(() => close());

const event = { exception: { values: [{ type: 'Error', value: 'failed' }] } };
const json = JSON.stringify(event);
const storeOf = (to: TestIntake, key = to.key): string =>
  `/api/${to.project}/store/?sentry_key=${key}&sentry_version=7`;
const envelopeOf = (to: TestIntake): string => `/api/${to.project}/envelope/?sentry_key=${to.key}`;
const item = (type: string, payload: string): string => `${JSON.stringify({ type })}\n${payload}\n`;

describe("intake of Sentry's protocol", () => {
  it('answers with the id, and has the record in the store then', async () => {
    const to = await testIntake(store);
    const id = 'ab'.repeat(16);
    const response = await to.send(storeOf(to), JSON.stringify({ ...event, event_id: id }));
    expect([response.status, await response.json()]).toEqual([200, { id }]);
    expect(await to.records()).toMatchObject([{ id, exceptions: [{ type: 'Error' }] }]);
  });

  it('makes an id for a client that has none', async () => {
    const to = await testIntake(store);
    const { id } = (await (await to.send(storeOf(to), json)).json()) as { id: string };
    expect((await to.records())[0]?.id).toBe(id);
  });

  it('is reached behind a path as well', async () => {
    const to = await testIntake(store);
    expect((await to.send(`/errors${storeOf(to)}`, json)).status).toBe(200);
    expect((await to.send(`/elsewhere${storeOf(to)}`, json)).status).toBe(404);
  });

  it.each([
    ['gzip', gzipSync],
    ['x-gzip', gzipSync],
    ['deflate', deflateSync],
    ['deflate', deflateRawSync],
    ['br', brotliCompressSync],
    ['zstd', zstdCompressSync],
    ['', Buffer.from],
    ['identity', Buffer.from],
  ])('unpacks content encoding "%s"', async (encoding, pack) => {
    const to = await testIntake(store);
    const body = new Uint8Array((pack as (text: Buffer) => Buffer)(Buffer.from(json)));
    const response = await to.send(storeOf(to), body, { 'content-encoding': encoding });
    expect(response.status).toBe(200);
    expect(await to.records()).toHaveLength(1);
  });

  it('unpacks what says nothing of its encoding', async () => {
    const to = await testIntake(store);
    const zlib = deflateSync(json);
    for (const body of [
      zlib.toString('base64'),
      new Uint8Array(zlib),
      new Uint8Array(gzipSync(json)),
    ]) {
      expect((await to.send(storeOf(to), body)).status).toBe(200);
    }
    expect(await to.records()).toHaveLength(3);
  });

  it('takes the key of the query, of the header, and of the envelope', async () => {
    const to = await testIntake(store);
    const auth = `Sentry sentry_version=7, sentry_key=${to.key}, sentry_client=x/1`;
    const inHeader = await to.send(`/api/${to.project}/store/`, json, { 'x-sentry-auth': auth });
    const dsn = `http://${to.key}@journal.example/${to.project}`;
    const envelope = `${JSON.stringify({ dsn })}\n${item('event', json)}`;
    const inBody = await to.send(`/api/${to.project}/envelope/`, envelope);
    const tunnelled = await to.send('/tunnel', envelope);
    expect([inHeader.status, inBody.status, tunnelled.status]).toEqual([200, 200, 200]);
  });

  it('keeps an event that comes twice once', async () => {
    const to = await testIntake(store);
    const body = JSON.stringify({ ...event, event_id: 'cd'.repeat(16) });
    expect((await to.send(storeOf(to), body)).status).toBe(200);
    expect((await to.send(storeOf(to), body)).status).toBe(200);
    expect(await store.groups({ projects: [to.project], most: 5 })).toMatchObject([{ seen: 1 }]);
    expect(to.intake.numbers).toMatchObject({ kept: 1, repeated: 1 });
  });

  it('drops what it does not keep, and counts it by type, unknown ones as one', async () => {
    const to = await testIntake(store);
    const attachment = '{"type":"attachment","length":3}\n\n\0\n\n';
    const body = `{}\n${attachment}${item('check_in', '{}')}${item('x-1', '{}')}${item('x-2', '{}')}`;
    expect((await to.send(envelopeOf(to), body)).status).toBe(200);
    const tallies = await store.tallies(to.project, 0, Infinity);
    expect(tallies.map(({ what, count }) => [what, count])).toEqual([
      ['item:attachment', 1],
      ['item:check_in', 1],
      ['item:other', 2],
    ]);
    expect(await to.records()).toEqual([]);
  });

  it('counts dropped failures of a client report alone, by reason', async () => {
    const to = await testIntake(store);
    const discarded_events = [
      { reason: 'queue_overflow', category: 'error', quantity: 3 },
      { reason: 'queue_overflow', category: 'transaction', quantity: 9 },
      { reason: 'Made <up>', category: 'error', quantity: 1 },
      { reason: 'send_error', category: 'error', quantity: -1 },
    ];
    await to.send(
      envelopeOf(to),
      `{}\n${item('client_report', JSON.stringify({ discarded_events }))}`,
    );
    const tallies = await store.tallies(to.project, 0, Infinity);
    expect(tallies.map(({ what, count }) => [what, count])).toEqual([
      ['lost:other', 1],
      ['lost:queue_overflow', 3],
    ]);
  });
});

describe('a request that is not taken', () => {
  const refusals: [
    what: string,
    status: number,
    detail: RegExp,
    (to: TestIntake) => Promise<Response>,
  ][] = [
    ['has no key', 401, /has no key/, (to) => to.send(`/api/${to.project}/store/`, json)],
    ['has an unknown key', 401, /unknown/, (to) => to.send(storeOf(to, 'f'.repeat(32)), json)],
    [
      'has the key of another project',
      403,
      /none of project 999/,
      (to) => to.send(`/api/999/store/?sentry_key=${to.key}`, json),
    ],
    ['is no POST', 405, /by POST/, (to) => fetch(to.url + storeOf(to))],
    ['is no JSON', 400, /no valid JSON/, (to) => to.send(storeOf(to), '{"exception":')],
    ['is no object', 400, /no object/, (to) => to.send(storeOf(to), '[]')],
    ['is empty', 400, /no valid JSON/, (to) => to.send(storeOf(to), '')],
    [
      'is nested too deep',
      400,
      /deeper than 64/,
      (to) => to.send(storeOf(to), '['.repeat(70) + ']'.repeat(70)),
    ],
    [
      'is an event of more than 4 MiB',
      413,
      /at most 4 MiB/,
      (to) => to.send(storeOf(to), JSON.stringify({ extra: 'x'.repeat(4.2e6) })),
    ],
    [
      'is more than 20 MiB',
      413,
      /at most 20 MiB/,
      (to) => to.send(storeOf(to), 'x'.repeat(21 * 1024 * 1024)),
    ],
    [
      'is a small bomb',
      413,
      /at most 20 MiB/,
      (to) =>
        to.send(storeOf(to), new Uint8Array(zstdCompressSync(Buffer.alloc(100e6))), {
          'content-encoding': 'zstd',
        }),
    ],
    [
      'is a large bomb',
      413,
      /at most 20 MiB/,
      (to) =>
        to.send(storeOf(to), new Uint8Array(gzipSync(Buffer.alloc(100e6))), {
          'content-encoding': 'gzip',
        }),
    ],
    [
      'is not what its encoding says',
      400,
      /no valid gzip/,
      (to) => to.send(storeOf(to), json, { 'content-encoding': 'gzip' }),
    ],
    [
      'has an encoding that nobody knows',
      415,
      /none of gzip/,
      (to) => to.send(storeOf(to), json, { 'content-encoding': 'lzma' }),
    ],
    [
      'is an envelope that was cut off',
      400,
      /cut off/,
      (to) => to.send(envelopeOf(to), '{}\n{"type":"event","length":99}\n{}'),
    ],
    [
      'is an envelope whose item has no type',
      400,
      /no `type`/,
      (to) => to.send(envelopeOf(to), '{}\n{}\n{}'),
    ],
    [
      'is an envelope with a wrong length',
      400,
      /longer than its/,
      (to) => to.send(envelopeOf(to), '{}\n{"type":"event","length":1}\n{}\n'),
    ],
  ];

  it.each(refusals)(
    'because it %s is told so with %i, and leaves nothing',
    async (_, status, detail, send) => {
      const to = await testIntake(store);
      const response = await send(to);
      const said = (await response.json()) as { detail: string };
      expect(response.status).toBe(status);
      expect(said.detail).toMatch(detail);
      expect(response.headers.get('x-sentry-error')).toBe(said.detail);
      expect(response.headers.get('access-control-allow-origin')).toBe('*');
      expect(response.headers.get('access-control-expose-headers')).toContain(
        'x-sentry-rate-limits',
      );
      expect(await to.records()).toEqual([]);
      expect(to.errors).toEqual([]);
      expect(to.intake.room.bytes).toBe(0);
    },
  );

  it('says that it is too long, and is refused before it has come', async () => {
    const to = await testIntake(store);
    const refused = (path: string, length: number): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        const sent = request(to.url + path, {
          method: 'POST',
          headers: { 'content-length': length },
        });
        sent.once('response', (response) => resolve(response.statusCode));
        sent.once('error', reject);
        sent.write('{');
        atEnd(() => sent.destroy());
      });
    expect(await refused(storeOf(to), 1e12)).toBe(413);
    // Whose key is in the body may be anybody until that is read.
    expect(await refused('/tunnel', 2_000_000)).toBe(413);
  });

  it('goes to a path that takes nothing, and is told so rather than asked to sign in', async () => {
    const to = await testIntake(store);
    for (const path of [`/api/${to.project}/minidump/`, '/v1/metrics']) {
      const response = await to.send(path, json);
      expect([response.status, await response.json()]).toEqual([
        404,
        { detail: 'The journal takes nothing at this path.' },
      ]);
    }
  });

  it('has a key that was ended elsewhere a moment ago', async () => {
    const to = await testIntake(store);
    expect((await to.send(storeOf(to), json)).status).toBe(200);
    await store.endKey(to.key, to.clock.now());
    to.clock.advance(11_000);
    expect((await to.send(storeOf(to), json)).status).toBe(401);
  });

  it('comes from a page that the project does not name', async () => {
    const to = await testIntake(store, { origins: ['https://shop.example'] });
    const from = (origin: string) => to.send(storeOf(to), json, { origin });
    expect((await from('https://shop.example')).status).toBe(200);
    expect((await from('https://other.example')).status).toBe(403);
    expect((await to.send(storeOf(to), json)).status).toBe(200);
  });
});

describe('browsers', () => {
  it('may ask before they send', async () => {
    const to = await testIntake(store);
    const response = await fetch(to.url + envelopeOf(to), {
      method: 'OPTIONS',
      headers: { origin: 'https://shop.example', 'access-control-request-method': 'POST' },
    });
    expect(response.status).toBe(204);
    expect(response.headers.get('access-control-allow-methods')).toBe('POST');
    expect(response.headers.get('access-control-allow-headers')).toContain('content-encoding');
  });
});
