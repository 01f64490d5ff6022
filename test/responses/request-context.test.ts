import { observe, pipeline } from 'kedge';
import { describeFailure } from 'kedge/failures';
import { requestContext } from 'kedge/responses';
import { logs } from 'kedge/pino';
import { describe, expect, it } from 'vitest';
import { fc } from '../support/property.ts';
import { Lines } from '../adapters/logger.ts';

const current = (incoming: object): ReturnType<typeof requestContext.current> =>
  requestContext.run(incoming, () => requestContext.current());

function hashOf(user: string | number, hashKey?: string): string | undefined {
  return requestContext.run({ hashKey }, () => {
    requestContext.add({ user });
    return requestContext.current()?.userHash;
  });
}

describe('requestContext', () => {
  it('is nothing outside of requests', () => {
    expect(requestContext.current()).toBeUndefined();
    expect(() => requestContext.add({ user: 1 })).not.toThrow();
  });

  it('takes over ids in a safe shape, and makes new ones of all others', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom('a', 'Z', '9', '_', '-', '=') })),
        (id) => {
          const taken = /^[\w\-=]{1,255}$/.test(id);
          const made = current({ requestId: id })?.requestId ?? '';
          expect(made === id).toBe(taken);
          expect(made).toMatch(/^[\w\-=]{1,255}$/);
        },
      ),
    );
    for (const id of [undefined, null, 7, ['a'], {}, 'a\nb', 'x'.repeat(256)]) {
      expect(current({ requestId: id })?.requestId).toMatch(/^[\da-f-]{36}$/);
    }
  });

  it.each([
    ['00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', true],
    ['01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more', true],
    ['00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more', false],
    ['ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', false],
    ['00-00000000000000000000000000000000-00f067aa0ba902b7-01', false],
    ['00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01', false],
    ['00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01', false],
    ['4bf92f3577b34da6a3ce929d0e0e4736', false],
    [['00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'], false],
    ['', false],
  ])('says from which span it comes by %s: %s, and makes none up', (traceparent, taken) => {
    const { traceId, spanId } = current({ traceparent }) ?? {};
    expect([traceId, spanId]).toEqual(
      taken ? ['4bf92f3577b34da6a3ce929d0e0e4736', '00f067aa0ba902b7'] : [undefined, undefined],
    );
  });

  it('keeps its ids for as long as the request lasts, through everything that it starts', async () => {
    await requestContext.run({}, async () => {
      const first = requestContext.current();
      await new Promise(setImmediate);
      expect(requestContext.current()).toEqual(first);
    });
    expect(requestContext.current()).toBeUndefined();
  });

  it('keeps of the user a hash under the key of the service, and of the key nothing', () => {
    const hashKey = 'k'.repeat(32);
    expect(hashOf(42, hashKey)).toMatch(/^[\da-f]{16}$/);
    expect(hashOf(42, hashKey)).toBe(hashOf('42', hashKey));
    expect(hashOf(42, hashKey)).not.toBe(hashOf(43, hashKey));
    expect(hashOf(42, hashKey)).not.toBe(hashOf(42));
    requestContext.run({ hashKey, requestId: 'a b' }, () => {
      requestContext.add({ user: 'ann' });
      expect(JSON.stringify(requestContext.current())).not.toMatch(/kkk|ann|a b/);
    });
  });

  it('takes at most 20 additions, and cuts long texts', () => {
    requestContext.run({}, () => {
      for (let index = 0; index < 20; index++) requestContext.add({ [`tag${index}`]: index });
      requestContext.add({
        tag0: 'x'.repeat(1_000),
        tag1: undefined,
        tag2: null,
        route: 'r'.repeat(1_000),
      });
      expect(() => requestContext.add({ other: 1 })).toThrow(RangeError);
      const { tags, route } = requestContext.current() ?? {};
      expect(Object.keys(tags ?? {})).toHaveLength(20);
      expect(tags).toMatchObject({ tag0: 'x'.repeat(256), tag1: 1, tag2: 2, tag19: 19 });
      expect(route).toHaveLength(256);
    });
  });

  it.each([
    ['an object', { tenant: { id: 1 } }],
    ['a list', { tags: ['a'] }],
    ['no number', { count: NaN }],
    ['a user that is an object', { user: { id: 1 } }],
    ['a route that is no text', { route: 7 }],
    ['nothing', undefined],
    ...[
      'level',
      'time',
      'msg',
      'event',
      'pipeline',
      'requestId',
      'traceId',
      'userHash',
      '__proto__',
    ].map((name): [string, object] => [name, { [name]: 'x' }]),
  ])('refuses what no line could show, and what would forge one: %s', (_, known) => {
    requestContext.run({}, () => {
      expect(() => requestContext.add(known as never)).toThrow(TypeError);
      expect(requestContext.current()).toMatchObject({ tags: {}, userHash: undefined });
    });
    expect(() => requestContext.add(known as never)).toThrow(/requestContext.add: expected/);
  });

  it('refuses an empty key, and what does not come with a request', () => {
    expect(() => requestContext.run({ hashKey: '' }, () => 1)).toThrow(RangeError);
    expect(() => requestContext.run({ 'x-request-id': 'r-1' } as never, () => 1)).toThrow(
      TypeError,
    );
  });

  it('is on the lines of logs() without being asked for, and cannot be counterfeited', async () => {
    const lines = new Lines();
    using _ = observe(logs(lines));
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    await requestContext.run({ requestId: 'r-1', traceparent }, async () => {
      requestContext.add({ route: '/orders/:id', user: 7, tenant: 'acme' });
      await pipeline('quotes').settle(() => Promise.reject(new Error('down')));
    });
    expect(lines.lines).toHaveLength(2);
    for (const line of lines.lines) {
      expect(line).toMatchObject({
        requestId: 'r-1',
        traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
        spanId: '00f067aa0ba902b7',
        route: '/orders/:id',
        userHash: expect.stringMatching(/^[\da-f]{16}$/) as string,
        tenant: 'acme',
      });
    }
  });

  it('can be handed to describe()', () => {
    requestContext.run({ requestId: 'r-1' }, () => {
      const failure = describeFailure(new Error('x'), { context: { ...requestContext.current() } });
      expect(failure).toMatchObject({ requestId: 'r-1' });
      expect(failure).not.toHaveProperty('traceId');
    });
  });
});
