// What other resilience libraries and validators throw: theirs where they are at hand, by hand where not.
import { BrokenCircuitError, bulkhead, timeout, TimeoutStrategy } from 'cockatiel';
import { classify } from 'kedge';
import CircuitBreaker from 'opossum';
import { AbortError } from 'p-retry';
import { describe, expect, it } from 'vitest';
import { failed, named } from '../failures/errors.ts';

const rejection = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => expect.unreachable('it should have failed'),
    (error: unknown) => error,
  );

describe('cockatiel', () => {
  it('a refusal was never started', async () => {
    const full = bulkhead(1, 0);
    const never = new Promise<never>(() => {});
    void full.execute(() => never);
    for (const error of [new BrokenCircuitError(), await rejection(full.execute(() => never))]) {
      expect(classify(error)).toMatchObject({ kind: 'rejected', blame: 'self', repeat: 'safe' });
    }
  });

  it('a timeout is one, and a cancellation is one', async () => {
    const never = new Promise<never>(() => {});
    const policy = timeout(1, TimeoutStrategy.Aggressive);
    expect(classify(await rejection(policy.execute(() => never)))).toMatchObject({
      kind: 'timeout',
      blame: 'dependency',
      repeat: 'idempotent',
    });
    expect(classify(failed({ isTaskCancelledError: true }, 'Operation cancelled'))).toMatchObject({
      kind: 'cancelled',
      blame: 'caller',
      repeat: 'never',
    });
  });
});

describe('opossum', () => {
  it('an open circuit, a full semaphore, a timeout', async () => {
    const breaker = new CircuitBreaker(() => new Promise(() => {}), { timeout: 1, capacity: 1 });
    const slow = rejection(breaker.fire());
    expect(classify(await rejection(breaker.fire()))).toMatchObject({
      kind: 'rejected',
      code: 'ESEMLOCKED',
    });
    expect(classify(await slow)).toMatchObject({
      kind: 'timeout',
      blame: 'dependency',
      repeat: 'idempotent',
    });
    breaker.open();
    expect(classify(await rejection(breaker.fire()))).toMatchObject({
      kind: 'rejected',
      blame: 'self',
      repeat: 'safe',
      code: 'EOPENBREAKER',
    });
    breaker.shutdown();
    expect(classify(await rejection(breaker.fire()))).toMatchObject({ kind: 'permanent' });
  });
});

describe('p-retry', () => {
  it('an AbortError is what it was made of, and final', () => {
    expect(classify(new AbortError(failed({ code: 'ECONNRESET' })))).toMatchObject({
      kind: 'transient',
      blame: 'dependency',
      repeat: 'never',
      code: 'ECONNRESET',
    });
    expect(classify(new AbortError('no such sku'))).toMatchObject({
      kind: 'permanent',
      blame: 'request',
      repeat: 'never',
    });
  });
});

describe('validation', () => {
  const wrong = { kind: 'permanent', blame: 'request', repeat: 'never' };
  const constraint = {
    target: {},
    property: 'password',
    children: [],
    constraints: { minLength: 'x' },
  };

  it.each(
    Object.entries({
      zod: named('ZodError', 'x', { issues: [{ code: 'invalid_type', path: ['a'] }] }),
      Joi: named('ValidationError', 'x', { isJoi: true, details: [] }),
      'Joi under another name': failed({ isJoi: true, details: [] }),
      yup: named('ValidationError', 'x', { errors: ['a is required'], inner: [] }),
      'class-validator': constraint,
      'class-validator, as it throws': [constraint, { ...constraint, property: 'name' }],
      'class-validator, nested': [
        { property: 'a', children: [constraint], constraints: undefined },
        constraint,
      ],
      valibot: named('ValiError', 'x', { issues: [] }),
      Fastify: failed({ code: 'FST_ERR_VALIDATION', statusCode: 400, validation: [] }),
    }),
  )('%s: the request was wrong', (_, thrown) => {
    expect(classify(thrown)).toMatchObject(wrong);
  });

  it('a wrapper of an error that is no answer is not one', () => {
    expect(classify(new Error('x', { cause: named('ZodError') }))).toMatchObject(wrong);
    expect(classify([])).toMatchObject({ kind: 'unknown' });
    expect(classify([1, 'x'])).toMatchObject({ kind: 'unknown' });
  });
});

describe('APIs that say more than a status', () => {
  it('OpenAI: an account without credit is not refilled by waiting', () => {
    const error = failed({ status: 429, code: 'insufficient_quota', type: 'insufficient_quota' });
    expect(classify(error)).toMatchObject({ kind: 'permanent', repeat: 'never' });
    expect(classify(failed({ status: 429, code: 'rate_limit_exceeded' })).repeat).toBe('safe');
  });

  it.each(['LengthFinishReasonError', 'ContentFilterFinishReasonError'])(
    'OpenAI: an answer that was cut short is paid for each time: %s',
    (name) => {
      expect(classify(named(name, 'x'))).toMatchObject({
        kind: 'permanent',
        blame: 'request',
        repeat: 'never',
      });
    },
  );

  it.each(['rateLimitExceeded', 'userRateLimitExceeded'])(
    'Google: 403 with %s is a quota, and no refusal',
    (reason) => {
      const error = failed({ status: 403, code: 403, errors: [{ domain: 'usageLimits', reason }] });
      expect(classify(error)).toMatchObject({ kind: 'transient', repeat: 'safe' });
    },
  );

  it('Google: 403 for another reason stays one', () => {
    const error = failed({
      status: 403,
      code: 403,
      errors: [{ reason: 'insufficientPermissions' }],
    });
    expect(classify(error)).toMatchObject({ kind: 'permanent', repeat: 'never' });
  });

  it('nodemailer: what the server said to the mail, of which none was taken', () => {
    expect(classify(failed({ code: 'EMESSAGE', responseCode: 451 }))).toMatchObject({
      kind: 'transient',
      blame: 'dependency',
      repeat: 'safe',
      code: 'EMESSAGE',
    });
    for (const code of ['EENVELOPE', 'EMESSAGE'])
      expect(classify(failed({ code, responseCode: 550 }))).toMatchObject({
        kind: 'permanent',
        blame: 'request',
        repeat: 'never',
      });
  });

  it('axios: a signal that was a limit, and one that was not', () => {
    const ended = (signal: AbortSignal): Error =>
      named('CanceledError', 'canceled', { code: 'ERR_CANCELED', config: { signal } });
    const limit = AbortSignal.abort(new DOMException('The operation timed out', 'TimeoutError'));
    expect(classify(ended(limit))).toMatchObject({
      kind: 'timeout',
      blame: 'dependency',
      repeat: 'idempotent',
    });
    expect(classify(ended(AbortSignal.abort()))).toMatchObject({
      kind: 'cancelled',
      blame: 'caller',
    });
  });

  it('Stripe: what the socket said', () => {
    const detail = failed({ code: 'ECONNREFUSED', syscall: 'connect' });
    expect(classify(failed({ type: 'StripeConnectionError', detail })).repeat).toBe('safe');
  });

  it('nodemailer: a password that was refused, kafkajs: what it knows to be of no use', () => {
    expect(classify(failed({ code: 'EAUTH', responseCode: 535 }))).toMatchObject({
      blame: 'self',
      repeat: 'never',
    });
    expect(classify(named('KafkaJSNonRetriableError', 'x', { retriable: false })).repeat).toBe(
      'never',
    );
  });
});

describe('limits that this side has set', () => {
  it.each([
    ['axios', failed({ code: 'ECONNABORTED', isAxiosError: true }, 'timeout of 1000ms exceeded')],
    ['superagent', failed({ code: 'ECONNABORTED', errno: 'ETIME' }, 'Timeout of 50ms exceeded')],
    [
      'superagent, without an answer',
      failed({ code: 'ECONNABORTED', errno: 'ETIMEDOUT' }, 'Response timeout of 50ms exceeded'),
    ],
    ['kafkajs', named('KafkaJSRequestTimeoutError', 'Request Produce timed out')],
    ['got', named('TimeoutError', "Timeout awaiting 'request' for 1000ms", { code: 'ETIMEDOUT' })],
    ['ioredis', failed({}, 'Command timed out')],
    ['pg', failed({}, 'Query read timeout')],
  ])('are timeouts: %s', (_, error) => {
    expect(classify(error)).toMatchObject({
      kind: 'timeout',
      blame: 'dependency',
      repeat: 'idempotent',
    });
  });

  it('an ETIMEDOUT of the network stays what it was', () => {
    const error = failed({ code: 'ETIMEDOUT', syscall: 'read' }, 'read ETIMEDOUT');
    expect(classify(error)).toMatchObject({ kind: 'transient', repeat: 'idempotent' });
  });
});
