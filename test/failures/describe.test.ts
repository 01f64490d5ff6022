import { describeFailure, fingerprint } from 'kedge/failures';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { fc, patience } from '../support/property.ts';
import { failed, fetchFailed, named } from './errors.ts';

const throws = (): never => {
  throw new Error('no');
};

/** Without what differs from one description to the next, or from one machine to another. */
function stable(error: unknown, options: Parameters<typeof describeFailure>[1] = {}): object {
  const { id: _, time: __, ...rest } = describeFailure(error, { runtime: false, ...options });
  return rest;
}

const userHash = (who: unknown, hashKey = 'k'): string | undefined =>
  describeFailure(new Error('x'), { context: { user: who }, hashKey }).userHash;

const lines = (stack: string): string[] =>
  (describeFailure(failed({ stack })).stack ?? '').split('\n');

const bytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

afterEach(() => {
  vi.useRealTimers();
});

describe('a description', () => {
  it('says what is known of an error, and nothing that is not', () => {
    const error = failed({ code: 'ECONNREFUSED', stack: '' }, 'connect ECONNREFUSED 127.0.0.1:1');
    expect(stable(error)).toEqual({
      fingerprint: fingerprint(error),
      severity: 'warning',
      kind: 'transient',
      source: 'network',
      code: 'ECONNREFUSED',
      type: 'Error',
      message: 'connect ECONNREFUSED 127.0.0.1:1',
      causes: [],
    });
  });

  it('is JSON', () => {
    const failure = describeFailure(fetchFailed(failed({ code: 'UND_ERR_SOCKET' })), {
      service: 'shop',
      context: { user: 7, tags: { at: new Date(0) }, more: [1n] },
    });
    expect(JSON.parse(JSON.stringify(failure))).toEqual(failure);
  });

  it('has an id and a time of its own, and is otherwise the same each time', () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2026, 10, 20) });
    const error = new Error('x', { cause: new TypeError('y') });
    const [one, other] = [describeFailure(error), describeFailure(error)];
    expect(one.id).not.toBe(other.id);
    expect(one.time).toBe('2026-11-20T00:00:00.000Z');
    expect(stable(error)).toEqual(stable(error));
  });

  it('names the service', () => {
    const given = { service: 'shop', environment: 'production', version: '1.2.3' };
    expect(describeFailure(new Error('x'), given)).toMatchObject(given);
  });

  it.each([
    ['cancelled', new DOMException('x', 'AbortError'), 'info'],
    ['rejected', failed({ code: 'KEDGE_CIRCUIT_OPEN' }), 'warning'],
    ['timeout', failed({ code: 'KEDGE_TIMEOUT' }), 'warning'],
    ['transient', failed({ code: 'ECONNRESET' }), 'warning'],
    ['permanent', failed({ status: 404 }), 'error'],
    ['bug', new TypeError('x'), 'error'],
    ['unknown', new Error('x'), 'error'],
  ])('of kind %s has a severity', (kind, error, severity) => {
    expect(describeFailure(error)).toMatchObject({ kind, severity });
    expect(describeFailure(error, { severity: 'critical' }).severity).toBe('critical');
  });

  it("takes pipeline and policy from kedge's own errors, unless told otherwise", () => {
    const error = failed({ code: 'KEDGE_TIMEOUT', pipeline: 'quotes', policy: 'timeout' });
    expect(describeFailure(error)).toMatchObject({ pipeline: 'quotes', policy: 'timeout' });
    expect(describeFailure(error, { context: { pipeline: 'other' } }).pipeline).toBe('other');
  });

  it('holds no other member of the error', () => {
    const error = failed({
      config: { headers: { 'x-note': 'leak-1' } },
      sql: 'select leak-2',
      parameters: ['leak-3'],
      detail: 'leak-4',
      response: { data: 'leak-5' },
    });
    expect(JSON.stringify(describeFailure(error))).not.toContain('leak');
  });
});

describe('context', () => {
  it('has fields of its own, and the rest is tagged', () => {
    const context = {
      pipeline: 'quotes',
      policy: 'retry',
      attempt: 2,
      requestId: 'r-1',
      traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
      spanId: '00f067aa0ba902b7',
      route: '/users/:id',
    };
    const failure = stable(new Error('x'), {
      context: { ...context, tenant: 'a', apiKey: 'b', tags: { region: 'eu', password: 'c' } },
    });
    expect(failure).toMatchObject({
      ...context,
      tags: { tenant: 'a', apiKey: '[redacted]', region: 'eu', password: '[redacted]' },
    });
  });

  it('without anything to tag has no tags', () => {
    expect(stable(new Error('x'), { context: { attempt: 1 } })).not.toHaveProperty('tags');
  });

  it('shows that it was the same user, and not who', () => {
    expect(userHash('ann')).toMatch(/^[\da-f]{16}$/);
    expect(userHash('ann')).toBe(userHash({ id: 'ann', name: 'Ann' }));
    expect(userHash(7)).toBe(userHash('7'));
    expect(userHash('ann')).not.toBe(userHash('bob'));
    expect(userHash('ann')).not.toBe(userHash('ann', 'another'));
    expect(userHash(undefined)).toBeUndefined();
    expect(userHash({ name: 'Ann' })).toBeUndefined();
    const failure = describeFailure(new Error('x'), { context: { user: { id: 'ann-lee' } } });
    expect(JSON.stringify(failure)).not.toContain('ann-lee');
  });

  it('that cannot be read is left out', () => {
    const context = {
      get requestId() {
        return throws();
      },
      get more() {
        return throws();
      },
      route: 7 as unknown as string,
      attempt: 'x' as unknown as number,
      tags: new Proxy({}, { ownKeys: throws, get: throws, getPrototypeOf: throws }),
    };
    const failure = stable(new Error('x'), { context });
    expect(failure).not.toHaveProperty('requestId');
    expect(failure).not.toHaveProperty('route');
    expect(failure).not.toHaveProperty('attempt');
    expect(failure).toMatchObject({ tags: { more: '[unreadable]' } });
  });
});

describe('type, message and causes', () => {
  it.each([
    ['an error', new RangeError('no'), 'RangeError', 'no'],
    ['a class without a name', new (class Broken extends Error {})('no'), 'Broken', 'no'],
    ['a text', 'out of paper', 'string', 'out of paper'],
    ['a number', 42, 'number', '42'],
    ['undefined', undefined, 'undefined', ''],
    ['null', null, 'null', ''],
    ['a function', throws, 'function', ''],
    ['an object', { status: 404, token: 'x' }, 'Object', '{"status":404,"token":"[redacted]"}'],
    ['an array', [1, 2], 'Array', '[1,2]'],
    ['a name that is no name', named('a <b> c', 'no'), 'Error', 'no'],
    ['a name that is a secret', named('Error: password=x', 'no'), 'Error', 'no'],
  ])('of %s', (_, error, type, message) => {
    expect(describeFailure(error)).toMatchObject({ type, message });
  });

  it('causes are listed from the nearest to the root', () => {
    const root = failed({ code: 'EPIPE' }, 'password=hunter2');
    const error = new Error('a', { cause: new TypeError('b', { cause: root }) });
    expect(describeFailure(error).causes).toMatchObject([
      { type: 'TypeError', message: 'b' },
      { type: 'Error', message: 'password=[redacted]', code: 'EPIPE' },
    ]);
  });

  it('a cause may be anything', () => {
    expect(describeFailure(new Error('a', { cause: 'b' })).causes).toEqual([
      { type: 'string', message: 'b' },
    ]);
  });

  it('of an aggregate are its first members', () => {
    const error = new AggregateError(Array.from({ length: 9 }, (_, n) => new Error(`m${n}`)));
    expect(describeFailure(error).causes.map(({ message }) => message)).toEqual([
      'm0',
      'm1',
      'm2',
      'm3',
      'm4',
    ]);
  });

  it('circles are listed once, chains up to ten', () => {
    const one: Error = new Error('one');
    one.cause = new Error('two', { cause: one });
    expect(describeFailure(one).causes).toHaveLength(1);
    let deep: unknown = new Error('root');
    for (let n = 0; n < 10_000; n++) deep = new Error('wrapper', { cause: deep });
    expect(describeFailure(deep).causes).toHaveLength(10);
  });
});

describe('the stack', () => {
  it('marks the frames of the application, with paths from the working directory', () => {
    const stack = [
      'Error: boom',
      `    at load (file://${process.cwd()}/src/users.ts:10:5)`,
      '    at query (/srv/shop/node_modules/pg/lib/client.js:1:2)',
      '    at async Promise.all (index 0)',
      `    at async ${process.cwd()}/src/main.ts:1:1`,
      '    at node:internal/process/task_queues:95:5',
    ].join('\n');
    expect(lines(stack)).toEqual([
      'Error: failed',
      '  > at load (src/users.ts:10:5)',
      '    at query (/srv/shop/node_modules/pg/lib/client.js:1:2)',
      '    at async Promise.all (index 0)',
      '  > at src/main.ts:1:1',
      '    at node:internal/process/task_queues:95:5',
    ]);
  });

  it('of an error that was really thrown begins here', () => {
    const [headline, first] = (describeFailure(new Error('boom')).stack ?? '').split('\n');
    expect(headline).toBe('Error: boom');
    expect(first).toMatch(/^ {2}> at .*test\/failures\/describe\.test\.ts:\d+:\d+\)?$/);
  });

  it('has no secrets', () => {
    const [headline, first] = lines(
      'Error: password=hunter2\n    at login (https://ann:hunter2@cdn.example/app.js?token=1b2c:1:1)',
    );
    expect(headline).toBe('Error: failed');
    expect(first).not.toMatch(/hunter2|1b2c/);
  });

  it('is no longer than thirty frames', () => {
    const frames = Array.from({ length: 200 }, (_, n) => `    at f${n} (/srv/a.ts:1:1)`);
    expect(lines(['Error: x', ...frames].join('\n'))).toHaveLength(31);
  });

  it('is missing where there is none', () => {
    expect(describeFailure(failed({ stack: '' }))).not.toHaveProperty('stack');
    expect(describeFailure(failed({ stack: 17 }))).not.toHaveProperty('stack');
    expect(describeFailure('x')).not.toHaveProperty('stack');
  });
});

describe('runtime', () => {
  it('tells where it happened', () => {
    const { runtime } = describeFailure(new Error('x'));
    expect(runtime).toMatchObject({ pid: process.pid, node: process.version });
    expect(runtime?.host).not.toBe('');
    expect(runtime?.memory.rss).toBeGreaterThan(1e6);
    expect(runtime?.eventLoopDelay).toBeGreaterThanOrEqual(0);
  });

  it('can be left out', () => {
    expect(describeFailure(new Error('x'), { runtime: false })).not.toHaveProperty('runtime');
  });
});

describe('limits', { timeout: patience }, () => {
  it('whatever is thrown, in whatever context, it is at most 32 KiB of JSON', () => {
    const text = fc.oneof(
      fc.string({ maxLength: 50 }),
      fc
        .tuple(fc.constantFrom('x', '\0', '漢', '🎉', '"', '\uD83D', 'a=b '), fc.nat(20_000))
        .map(([part, times]) => part.repeat(times)),
    );
    const error = fc.letrec((tie) => ({
      error: fc.record(
        {
          name: text,
          message: text,
          code: text,
          stack: text.map((frame) => `Error\n    at ${frame}\n    at f (${frame}:1:1)`.repeat(5)),
          cause: fc.option(tie('error'), { depthSize: 'large' }),
        },
        { requiredKeys: [] },
      ),
    })).error;
    const context = fc.record({
      route: text,
      user: text,
      note: text,
      tags: fc.dictionary(text, text),
    });
    fc.assert(
      fc.property(error, context, text, (thrown, around, service) => {
        const failure = describeFailure(thrown, { context: around, service, version: service });
        expect(bytes(failure)).toBeLessThanOrEqual(32_768);
        expect(JSON.parse(JSON.stringify(failure))).toEqual(failure);
      }),
    );
  });

  it('the least telling goes first', () => {
    const long = '漢'.repeat(20_000);
    let error: Error = new Error(long);
    for (let n = 0; n < 10; n++) error = new Error(`${n} ${long}`, { cause: error });
    const failure = describeFailure(error, { context: { tags: { kept: 'yes' } } });
    expect(failure.message.length).toBeGreaterThan(500);
    expect(failure.stack).toContain('describe.test.ts');
    expect(failure.causes[0]?.message).toMatch(/^8 漢/);
    expect(failure.tags).toEqual({ kept: 'yes' });
  });
});

describe('hostile values', () => {
  const { proxy: revoked, revoke } = Proxy.revocable({}, {});
  revoke();
  const bad: Record<string, unknown> = {
    'a revoked proxy': revoked,
    'a proxy that throws': new Proxy(new Error('x'), {
      get: throws,
      has: throws,
      ownKeys: throws,
      getPrototypeOf: throws,
    }),
    'a message that throws': Object.defineProperty(new Error('x'), 'message', { get: throws }),
    'a message that is no text': Object.assign(new Error('x'), { message: { toString: throws } }),
    'a name that throws': Object.defineProperty(new Error('x'), 'name', { get: throws }),
    'a stack that throws': Object.defineProperty(new Error('x'), 'stack', { get: throws }),
    'a cause that throws': Object.defineProperty(new Error('x'), 'cause', { get: throws }),
    'a cause that is revoked': new Error('x', { cause: revoked }),
    'members that are revoked': Object.assign(new Error('x'), { errors: revoked }),
    'no prototype': Object.create(null),
    'a long message': new Error('x'.repeat(10_000_000)),
    'a hundred thousand members': Object.assign(
      new Error('x'),
      Object.fromEntries(Array.from({ length: 100_000 }, (_, n) => [`k${n}`, n])),
    ),
  };

  it.each(Object.entries(bad))('%s', (_, error) => {
    expect(describeFailure(error)).toMatchObject({ kind: 'unknown', source: 'application' });
    expect(describeFailure(new Error('x', { cause: error })).causes).not.toHaveLength(0);
  });

  it('the members of an error are not even enumerated', () => {
    const error = new Proxy(new Error('x'), { ownKeys: throws });
    expect(describeFailure(error)).toMatchObject({ type: 'Error', message: 'x' });
  });

  it('anything can be described', () => {
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true, withMap: true }), (value) => {
        const failure = describeFailure(value, { runtime: false });
        expect(JSON.parse(JSON.stringify(failure))).toEqual(failure);
      }),
    );
  });
});
