import { createServer } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import {
  BulkheadFullError,
  CircuitOpenError,
  RateLimitedError,
  ThrottledError,
  TimeoutError,
} from 'kedge';
import {
  forbidden,
  invalid,
  notFound,
  problem,
  PublicError,
  requestContext,
} from 'kedge/responses';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { axios, fetchFailed, mysql, postgres } from '../failures/errors.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

const origin = { pipeline: 'quotes', policy: 'x' };
const failed = (members: object): Error => Object.assign(new Error('users'), members);

function wrongArgument(): unknown {
  try {
    return join('/srv', undefined as never);
  } catch (error) {
    return error;
  }
}

describe('problem', () => {
  it('is a document of RFC 9457 with its status and headers', () => {
    const { status, headers, document } = problem(new Error('users'));
    expect(status).toBe(500);
    expect(headers).toEqual({
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      vary: 'Accept',
      'x-content-type-options': 'nosniff',
    });
    expect(document).toEqual({
      type: 'about:blank',
      title: 'Internal Server Error',
      status: 500,
      detail: 'The error is on our side and has been recorded. Please try again later.',
      instance: expect.stringMatching(/^urn:uuid:[\da-f-]{36}$/),
      code: 'internal-server-error',
    });
  });

  it('carries the id of the present request, or the one that it is given', () => {
    requestContext.run({ requestId: 'r-1' }, () => {
      expect(problem(0).document.requestId).toBe('r-1');
      expect(problem(0, { requestId: 'r-2', instance: 'urn:x' }).document).toMatchObject({
        requestId: 'r-2',
        instance: 'urn:x',
      });
    });
    expect(problem(0).document).not.toHaveProperty('requestId');
  });

  it.each([
    ['an open circuit', new CircuitOpenError(origin, 2_500), 503, '3', 2_500],
    ['an isolated circuit', new CircuitOpenError(origin, Infinity), 503, '60', 60_000],
    ['a full bulkhead', new BulkheadFullError(origin, 'bulkhead-full', 'x'), 503, '1', 1_000],
    ['a throttle', new ThrottledError(origin), 503, '1', 1_000],
    ['a rate limit', new RateLimitedError(origin, 12), 429, '1', 12],
    ['what led to it', new Error('x', { cause: new ThrottledError(origin) }), 503, '1', 1_000],
  ])('says of %s when to come back', (_what, error, status, header, retryAfter) => {
    const made = problem(error);
    expect(made.status).toBe(status);
    expect(made.headers['retry-after']).toBe(header);
    expect(made.document.retryAfter).toBe(retryAfter);
    expect(JSON.stringify(made)).not.toMatch(/quotes|kedge/i);
  });

  it.each([
    ["kedge's timeout", new TimeoutError(origin, 10), 504],
    ['a timeout of the platform', new DOMException('x', 'TimeoutError'), 504],
    ['a cancellation', new DOMException('x', 'AbortError'), 503],
    ['a refused connection', fetchFailed(failed({ code: 'ECONNREFUSED' })), 502],
    ['an unknown certificate', fetchFailed(failed({ code: 'CERT_HAS_EXPIRED' })), 502],
    ['a database that is down', postgres('57P01'), 502],
    ['a deadlock', mysql(1213, 'ER_LOCK_DEADLOCK', '40001'), 503],
    ['a wrong argument of our own', wrongArgument(), 500],
    ['a wrong address of our own', fetchFailed(failed({ code: 'ERR_INVALID_URL' })), 500],
    ['a proxy that wants to be paid', failed({ response: { status: 407 } }), 500],
    ['a wrong query', postgres('42601'), 500],
    ['a row that is there already', postgres('23505'), 500],
    ["another service's 503", axios('ERR_BAD_RESPONSE', 503), 502],
    ["another service's 404", axios('ERR_BAD_REQUEST', 404), 502],
    ["another service's 401", failed({ status: 401, request_id: 'x', headers: {} }), 502],
    ["another service's answer", failed({ statusCode: 404, body: 'x', headers: {} }), 502],
    ['a bug', new TypeError('x is not a function'), 500],
    ['a missing file', failed({ code: 'ENOENT', syscall: 'open' }), 500],
  ])('answers %s with what it means for the client', (_what, error, status) => {
    expect(problem(error).status).toBe(status);
  });

  it.each([
    ['http-errors', failed({ status: 413, statusCode: 413, expose: true, body: 'users' }), 413],
    ['http-errors for a server', failed({ status: 503, expose: false }), 503],
    ['the convention', failed({ status: 404 }), 404],
    ['the other convention', failed({ statusCode: 409 }), 409],
    ['both, of which one is wrong', failed({ status: 200, statusCode: 409 }), 409],
    ['an unusual one', failed({ status: 418 }), 418],
    ['one without a name', failed({ status: 499 }), 499],
    ['an object that is no error', { status: 404, message: 'users' }, 404],
    ['success', failed({ status: 200 }), 500],
    ['a redirection', failed({ status: 302 }), 502],
    ['text', failed({ status: '404' }), 500],
    ['markup', failed({ statusCode: '<script>' }), 500],
    ['infinity', failed({ status: Infinity }), 500],
  ])('keeps the status of an answer of this service only: %s', (_what, error, status) => {
    const made = problem(error);
    expect(made.status).toBe(status);
    expect(made.document.title.length).toBeGreaterThan(0);
    expect(JSON.stringify(made)).not.toContain('users');
  });

  it('passes on no header of an error but those that its status needs, in their shape', () => {
    const headers = {
      Allow: 'GET, HEAD',
      'content-range': 'bytes */42',
      'www-authenticate': 'users',
      'x-users': 'users',
      'retry-after': 'users',
    };
    const made = problem(failed({ status: 405, expose: true, headers }));
    expect(made.headers).toMatchObject({ allow: 'GET, HEAD', 'content-range': 'bytes */42' });
    expect(JSON.stringify(made)).not.toContain('users');
    const hostile = { allow: 'GET\r\nx-users: 1', 'content-range': 'users' };
    expect(JSON.stringify(problem(failed({ status: 405, headers: hostile })))).not.toContain(
      'users',
    );
    const { headers: waiting } = problem(failed({ status: 429, headers: { 'retry-after': '7' } }));
    expect(waiting['retry-after']).toBe('7');
  });

  it('shows a PublicError, and neither its cause nor its stack', () => {
    const cause = new Error('users');
    const error = new PublicError('Shipped already.', { status: 409, code: 'shipped', cause });
    const { document } = problem(error);
    expect(document).toMatchObject({ status: 409, code: 'shipped', detail: 'Shipped already.' });
    expect(JSON.stringify(document)).not.toMatch(/users|stack|\.ts/);
  });

  it('keeps a payload from taking the place of members that have a meaning', () => {
    const payload = { status: 200, type: 'x', title: 'x', orderId: 7, ['__proto__']: { a: 1 } };
    const { document } = problem(new PublicError('No.', { payload }));
    expect(document).toMatchObject({ status: 400, type: 'about:blank', orderId: 7 });
    expect(({} as Record<string, unknown>)['a']).toBeUndefined();
  });

  it.each([
    [
      'circular',
      (): object => {
        const payload: Record<string, unknown> = {};
        payload['self'] = payload;
        return payload;
      },
    ],
    ['a big number', (): object => ({ big: 1n })],
    [
      'a getter that throws',
      (): object => ({
        get a(): never {
          throw new Error('users');
        },
      }),
    ],
    ['huge', (): object => ({ a: 'x'.repeat(1_000_000) })],
  ])('leaves out a payload that is %s', (_what, make) => {
    const { document } = problem(new PublicError('No.', { payload: make() as never }));
    expect(document).toMatchObject({ status: expect.any(Number) as number });
    expect(JSON.stringify(document).length).toBeLessThan(500);
  });

  it('believes no object that only looks like a PublicError', () => {
    const fake = { name: 'PublicError', status: 400, code: 'x', message: 'users' };
    expect(JSON.stringify(problem(fake))).not.toContain('users');
    const proxy: unknown = new Proxy(new Error('x'), { get: () => true });
    expect(problem(proxy).status).toBe(500);
  });

  it('knows the PublicError of another copy of this package', () => {
    const copy = Object.defineProperty(failed({ status: 410 }), Symbol.for('kedge.PublicError'), {
      value: true,
    });
    expect(problem(copy).document).toMatchObject({ status: 410, detail: 'users' });
  });

  it('shows the inside, redacted, only where it was asked for and the place is known', () => {
    const error = new Error('password=hunter2', { cause: new RangeError('port') });
    vi.stubEnv('NODE_ENV', 'development');
    expect(problem(error).document).not.toHaveProperty('debug');
    expect(problem(error, { expose: 'development' }).document.debug).toMatchObject({
      type: 'Error',
      message: 'password=[redacted]',
      stack: expect.stringContaining('problem.test.ts') as string,
      causes: [{ type: 'RangeError' }],
    });
    for (const place of ['production', 'staging', 'DEVELOPMENT', undefined]) {
      vi.stubEnv('NODE_ENV', place);
      expect(problem(error, { expose: 'development' }).document).not.toHaveProperty('debug');
    }
  });

  it('answers for real failures of a socket and of a database', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const { port } = server.address() as { port: number };
    await new Promise((resolve) => {
      server.close(resolve);
    });
    const refused: unknown = await fetch(`http://127.0.0.1:${port}`).catch(
      (error: unknown) => error,
    );
    expect(problem(refused)).toMatchObject({ status: 502, document: { code: 'bad-gateway' } });

    using database = new DatabaseSync(':memory:');
    const [outcome] = await Promise.allSettled([(async () => database.exec('select users'))()]);
    const made = problem((outcome as PromiseRejectedResult).reason);
    expect(made.status).toBe(500);
    expect(JSON.stringify(made)).not.toContain('users');
  });
});

describe('PublicError', () => {
  it.each([[200], [399], [600], [404.5], ['404'], [NaN]])('refuses the status %s', (status) => {
    expect(() => new PublicError('x', { status: status as number })).toThrow(RangeError);
  });

  it('refuses a code that is none', () => {
    expect(() => new PublicError('x', { code: 'two words' })).toThrow(TypeError);
    expect(() => new PublicError('x', { code: '' })).toThrow(TypeError);
  });

  it('is an Error with a name, a stack and a cause', () => {
    const error = new PublicError('x', { cause: 1 });
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ name: 'PublicError', message: 'x', cause: 1, status: 400 });
    expect(error.stack).toContain('problem.test.ts');
  });

  it('has short forms', () => {
    expect(notFound()).toMatchObject({ status: 404, message: expect.stringContaining('nothing') });
    expect(notFound('Order')).toMatchObject({ status: 404, message: 'Order was not found.' });
    expect(forbidden('Owners only.')).toMatchObject({ status: 403, message: 'Owners only.' });
    expect(invalid(['a', { pointer: '#/b', detail: 'c' }])).toMatchObject({
      status: 422,
      code: 'invalid',
      errors: [{ detail: 'a' }, { pointer: '#/b', detail: 'c' }],
    });
  });
});
