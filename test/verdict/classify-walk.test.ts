// Causes, aggregates, and values that do not want to be read.
import { runInNewContext } from 'node:vm';
import { doNotRetry } from 'kedge';
import { classify } from 'kedge/failures';
import { describe, expect, it } from 'vitest';
import { fc } from '../support/property.ts';
import { failed, named } from '../failures/errors.ts';

const kinds = ['transient', 'permanent', 'timeout', 'cancelled', 'rejected', 'bug', 'unknown'];

const throws = (): never => {
  throw new Error('no');
};
const traps: ProxyHandler<object> = {
  get: throws,
  has: throws,
  ownKeys: throws,
  getPrototypeOf: throws,
  getOwnPropertyDescriptor: throws,
};
const revoked = (target: object): object => {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
};

function wrapped(error: unknown, times: number): unknown {
  let outer = error;
  for (let n = 0; n < times; n++) outer = new Error(`wrapper ${n}`, { cause: outer });
  return outer;
}

describe('causes', () => {
  const reset = failed({ code: 'ECONNRESET' });

  it('what an error says itself goes before its cause', () => {
    const error = Object.assign(new Error('x', { cause: reset }), { status: 404 });
    expect(classify(error)).toMatchObject({ kind: 'permanent', source: 'http' });
  });

  it('an error that says nothing is what its cause is', () => {
    expect(classify(wrapped(reset, 1))).toBe(classify(reset));
  });

  it('a cause is found ten deep, and not looked for any deeper', () => {
    expect(classify(wrapped(reset, 10)).code).toBe('ECONNRESET');
    expect(classify(wrapped(reset, 11))).toMatchObject({ kind: 'unknown' });
  });

  it('circles end', () => {
    const one: Error = new Error('one');
    const two = new Error('two', { cause: one });
    one.cause = two;
    expect(classify(one).kind).toBe('unknown');
    const self = new AggregateError([]);
    self.errors.push(self);
    self.cause = self;
    expect(classify(self).kind).toBe('unknown');
  });

  it('a TypeError around a failure of the network is no bug', () => {
    expect(classify(new TypeError('x', { cause: reset })).kind).toBe('transient');
    expect(classify(new TypeError('x', { cause: new TypeError('fetch failed') })).kind).toBe(
      'transient',
    );
    expect(classify(new TypeError('x', { cause: new Error('y') })).kind).toBe('bug');
  });

  it('a cause that is no error says nothing', () => {
    expect(classify(new Error('x', { cause: 'ECONNRESET' })).kind).toBe('unknown');
    expect(classify(new Error('x', { cause: null })).kind).toBe('unknown');
  });
});

describe('aggregates', () => {
  const refused = failed({ code: 'ECONNREFUSED' });
  const reset = failed({ code: 'ECONNRESET' });
  const missing = failed({ status: 404 });

  it('a dual-stack connect is told by the code that Node gives it', () => {
    const error = Object.assign(new AggregateError([refused, refused], ''), {
      code: 'ECONNREFUSED',
    });
    expect(classify(error)).toMatchObject({ kind: 'transient', repeat: 'safe' });
  });

  it('without a code, its members decide', () => {
    expect(classify(new AggregateError([refused, refused]))).toBe(classify(refused));
  });

  it('of several members the one that forbids most decides', () => {
    expect(classify(new AggregateError([refused, reset])).repeat).toBe('idempotent');
    expect(classify(new AggregateError([refused, missing, reset])).repeat).toBe('never');
    expect(classify(new AggregateError([refused, new Error('x')])).repeat).toBe('idempotent');
    expect(classify(new AggregateError([new Error('x'), reset])).kind).toBe('transient');
  });

  it('aggregates of aggregates are looked into, and do not take for ever', () => {
    expect(classify(new AggregateError([new AggregateError([reset])])).code).toBe('ECONNRESET');
    let reads = 0;
    let tree: object = new Error('leaf');
    for (let n = 0; n < 12; n++) {
      const below = tree;
      tree = {
        get errors() {
          reads++;
          return Array.from({ length: 100 }, () => below);
        },
      };
    }
    expect(classify(tree).kind).toBe('unknown');
    expect(reads).toBeLessThan(200);
  });
});

describe('retryAfter of the error itself', () => {
  it('is milliseconds', () => {
    expect(classify(failed({ code: 'ECONNREFUSED', retryAfter: 250 })).retryAfter).toBe(250);
    expect(classify(failed({ retryAfter: 250 }))).toMatchObject({
      kind: 'unknown',
      retryAfter: 250,
    });
  });

  it('goes before what headers and causes say', () => {
    const error = failed({ status: 429, retryAfter: 10, headers: { 'retry-after': '60' } });
    expect(classify(error).retryAfter).toBe(10);
    const cause = failed({ code: 'ECONNREFUSED', retryAfter: 1_000 });
    expect(classify(new Error('x', { cause })).retryAfter).toBe(1_000);
    expect(classify(Object.assign(new Error('x', { cause }), { retryAfter: 5 })).retryAfter).toBe(
      5,
    );
  });

  it('makes a 503 safe', () => {
    expect(classify(failed({ status: 503, retryAfter: 10 })).repeat).toBe('safe');
  });

  it.each([-1, Number.NaN, '5', null, {}])('%s is none', (retryAfter) => {
    expect(classify(failed({ code: 'ECONNREFUSED', retryAfter }))).not.toHaveProperty('retryAfter');
  });

  it('is left out where nothing is to be repeated', () => {
    expect(classify(failed({ status: 404, retryAfter: 5 }))).not.toHaveProperty('retryAfter');
  });
});

describe('other realms and copies', () => {
  it('errors of another realm are understood', () => {
    const foreign: unknown = runInNewContext(
      "Object.assign(new TypeError('fetch failed'), { cause: Object.assign(new Error(''), { code: 'ECONNREFUSED' }) })",
    );
    expect(foreign).not.toBeInstanceOf(Error);
    expect(classify(foreign)).toMatchObject({ kind: 'transient', repeat: 'safe' });
    expect(classify(runInNewContext("new RangeError('x')")).kind).toBe('bug');
  });

  it('plain objects are understood', () => {
    expect(classify({ code: '40001' }).source).toBe('postgres');
    expect(classify({ name: 'TypeError' }).kind).toBe('bug');
  });
});

describe('hostile values', () => {
  it.each(
    Object.entries({
      'a proxy that throws': new Proxy(new Error('x'), traps),
      'a revoked proxy': revoked({}),
      'a revoked function': revoked(() => 1),
      'a code that throws': Object.defineProperty(new Error('x'), 'code', { get: throws }),
      'a cause that throws': Object.defineProperty(new Error('x'), 'cause', { get: throws }),
      'a cause that is revoked': new Error('x', { cause: revoked({}) }),
      'members that are revoked': Object.assign(new Error('x'), { errors: revoked([]) }),
      'headers that throw': failed({ status: 503, headers: new Proxy({}, traps) }),
      'a label that throws': failed({ hasErrorLabel: throws }),
      'metadata that throws': failed({ code: 14, metadata: { get: throws } }),
      'no prototype': Object.create(null),
    }),
  )('%s is unknown', (_, value) => {
    expect(classify(value)).toMatchObject({ kind: 'unknown', repeat: 'idempotent' });
  });

  it('what was noted beside an unreadable one is heeded', () => {
    for (const value of [new Proxy(new Error('x'), traps), revoked({})])
      expect(classify(doNotRetry(value)).repeat).toBe('never');
  });

  it('circles through every link end', () => {
    const links = ['cause', 'originalError', 'original', 'parent', 'driverError', 'networkError'];
    for (const link of links) {
      const error: Record<string, unknown> = { name: 'AbortError', errors: [] };
      error[link] = error;
      (error['errors'] as unknown[]).push(error);
      expect(classify(error).repeat).toBe('never');
    }
  });

  it('long texts are not looked at', () => {
    const long = 'x'.repeat(10_000_000);
    expect(classify(new Error(long)).kind).toBe('unknown');
    expect(classify(failed({ code: long }))).toEqual(classify(new Error('x')));
    expect(classify(named(long)).kind).toBe('unknown');
    const error = failed({ status: 429, headers: { 'retry-after': long } });
    expect(classify(error)).not.toHaveProperty('retryAfter');
  });

  it('members that are no members', () => {
    expect(classify(Object.assign(new Error('x'), { errors: 'abc' })).kind).toBe('unknown');
    expect(classify(Object.assign(new Error('x'), { errors: [1, null, 'x'] })).kind).toBe(
      'unknown',
    );
  });

  it('any value has an answer', () => {
    const words = fc.constantFrom(
      'ECONNRESET',
      '40001',
      'ER_X',
      'SQLITE_X',
      'UND_ERR_SOCKET',
      'P2010',
      'EREQUEST',
      '',
    );
    const part = fc.oneof(fc.anything({ withProxy: true } as object), words, fc.integer());
    const error = fc.record(
      {
        name: fc.oneof(
          part,
          fc.constantFrom(
            'TypeError',
            'AbortError',
            'MongoX',
            'MongooseError',
            'ReplyError',
            'MultiErrorReply',
            'RequestError',
            'TRPCClientError',
            'PrismaClientKnownRequestError',
          ),
        ),
        message: fc.oneof(part, fc.constantFrom('fetch failed', 'BUSY Redis is', 'bad port')),
        code: part,
        errno: part,
        errcode: part,
        sqlState: part,
        status: part,
        response: part,
        headers: part,
        metadata: part,
        cause: part,
        errors: part,
        retryAfter: part,
        $retryable: part,
        $metadata: part,
        hasErrorLabel: part,
        type: part,
        number: part,
        class: part,
        syscall: part,
        severity: part,
        extensions: part,
        data: part,
        meta: part,
        output: part,
        originalError: part,
        driverError: part,
        previousErrors: part,
        replies: part,
        errorIndexes: part,
        CancellationReasons: part,
        originalCode: part,
        errorCode: part,
        clientVersion: part,
        $fault: part,
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(fc.anything(), error), (value) => {
        const classified = classify(value);
        expect(kinds).toContain(classified.kind);
        expect(['safe', 'idempotent', 'never']).toContain(classified.repeat);
        expect(['dependency', 'request', 'caller', 'self']).toContain(classified.blame);
        const { retryAfter = 0 } = classified;
        expect(retryAfter).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});
