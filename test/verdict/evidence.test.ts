// What only the thrower knows, and what is made of it.
import { classify, doNotRetry, type Evidence, TimeoutError, withEvidence } from 'kedge';
import { describe, expect, it, vi } from 'vitest';
import { failed } from '../failures/errors.ts';
import { fc } from '../support/property.ts';

const reset = (): Error => failed({ code: 'ECONNRESET' });

describe('evidence', () => {
  it('leaves the error as it is, and returns it', () => {
    const error = Object.freeze(reset());
    expect(withEvidence(error, { sent: false })).toBe(error);
    expect(Object.keys(error)).toEqual(['code']);
    expect(classify(error)).toEqual({ ...classify(reset()), repeat: 'safe' });
  });

  it('makes a request that was not sent safe to repeat', () => {
    expect(classify(withEvidence(reset(), { sent: false })).repeat).toBe('safe');
    expect(classify(withEvidence(new Error('x'), { sent: false })).repeat).toBe('safe');
  });

  it('a timeout before the operation began is safe to repeat', () => {
    const error = new TimeoutError({ pipeline: 'orders', policy: 'timeout' }, 100);
    expect(classify(withEvidence(error, { sent: false }))).toMatchObject({
      kind: 'timeout',
      blame: 'dependency',
      repeat: 'safe',
    });
  });

  it("does not make safe what is answered with no, was the caller's wish, or is a bug", () => {
    for (const error of [
      failed({ status: 404 }),
      new DOMException('x', 'AbortError'),
      new TypeError('x'),
    ])
      expect(classify(withEvidence(error, { sent: false })).repeat).toBe('never');
  });

  it('says whose failure it was, and leaves the rest', () => {
    expect(classify(withEvidence(reset(), { blame: 'caller' }))).toEqual({
      ...classify(reset()),
      blame: 'caller',
    });
    expect(classify(withEvidence(new Error('sold out'), { blame: 'caller' }))).toMatchObject({
      kind: 'unknown',
      blame: 'caller',
      repeat: 'idempotent',
    });
  });

  it('blame and repetition follow from a kind', () => {
    expect(classify(withEvidence(new Error('x'), { kind: 'cancelled' }))).toMatchObject({
      kind: 'cancelled',
      blame: 'caller',
      repeat: 'never',
    });
    expect(classify(withEvidence(new TypeError('x'), { kind: 'transient' }))).toMatchObject({
      kind: 'transient',
      blame: 'dependency',
      repeat: 'idempotent',
    });
    expect(
      classify(withEvidence(new TypeError('x'), { kind: 'transient', sent: false })).repeat,
    ).toBe('safe');
  });

  it('a dead connection is to be replaced, and explains an unknown failure', () => {
    expect(classify(withEvidence(new Error('x'), { connection: 'dead' }))).toMatchObject({
      kind: 'transient',
      blame: 'dependency',
      repeat: 'idempotent',
      connection: 'replace',
    });
    expect(
      classify(withEvidence(failed({ code: '23505', severity: 'ERROR' }), { connection: 'dead' })),
    ).toMatchObject({ kind: 'permanent', connection: 'replace' });
  });

  it('is found behind a wrapper that says nothing', () => {
    const cause = withEvidence(new Error('the stream broke'), { blame: 'caller', repeat: 'never' });
    expect(classify(new TypeError('fetch failed', { cause }))).toMatchObject({
      blame: 'caller',
      repeat: 'never',
    });
  });

  it('adds up, and never takes back a never', () => {
    const error = withEvidence(reset(), { repeat: 'never' });
    withEvidence(error, { repeat: 'safe', blame: 'caller' });
    expect(classify(error)).toMatchObject({ kind: 'transient', blame: 'caller', repeat: 'never' });
  });

  it('drops the time to come back where nobody may', () => {
    const error = failed({ status: 429, retryAfter: 500 });
    expect(classify(error).retryAfter).toBe(500);
    expect(classify(withEvidence(error, { repeat: 'never' }))).not.toHaveProperty('retryAfter');
  });

  it.each([undefined, null, 'text', 1, Symbol('x')])('%s carries none, and passes', (value) => {
    expect(withEvidence(value, { blame: 'caller' })).toBe(value);
    expect(classify(value).blame).toBe('dependency');
  });

  it('is read by every copy of the package', async () => {
    vi.resetModules();
    const { classify: other } = await import('kedge');
    expect(other).not.toBe(classify);
    expect(other(doNotRetry(reset())).repeat).toBe('never');
    vi.resetModules();
  });

  it('whatever is said, a never stays one', () => {
    const evidence = fc.record(
      {
        sent: fc.constant(false as const),
        connection: fc.constant('dead' as const),
        blame: fc.constantFrom('dependency', 'request', 'caller', 'self'),
        kind: fc.constantFrom('transient', 'permanent', 'timeout', 'unknown'),
        repeat: fc.constantFrom('safe', 'idempotent', 'never'),
      },
      { requiredKeys: [] },
    ) as fc.Arbitrary<Evidence>;
    fc.assert(
      fc.property(evidence, evidence, (before, after) => {
        const error = doNotRetry(withEvidence(reset(), before));
        expect(classify(withEvidence(error, after)).repeat).toBe('never');
        expect(classify(new Error('x', { cause: error })).repeat).toBe('never');
      }),
    );
  });
});

describe('doNotRetry', () => {
  it('returns the same error, unwrapped', () => {
    const error = new Error('no such sku');
    expect(doNotRetry(error)).toBe(error);
    expect(error).toEqual(new Error('no such sku'));
  });

  it('takes frozen errors, other objects and functions', () => {
    for (const value of [Object.freeze(new Error('x')), {}, Object.create(null), () => 1])
      expect(classify(doNotRetry(value)).repeat).toBe('never');
  });

  it('an error of which nothing is known is the answer to a wrong request', () => {
    expect(classify(doNotRetry(new Error('no such sku')))).toMatchObject({
      kind: 'permanent',
      blame: 'request',
      repeat: 'never',
    });
  });

  it('leaves kind and blame where they are known', () => {
    expect(classify(doNotRetry(reset()))).toEqual({ ...classify(reset()), repeat: 'never' });
  });

  it('holds for the errors around it, whatever they say themselves', () => {
    const cause = doNotRetry(new Error('no such sku'));
    const outer = Object.assign(new Error('x', { cause: new Error('y', { cause }) }), {
      status: 503,
    });
    expect(classify(outer)).toMatchObject({ kind: 'transient', repeat: 'never', code: '503' });
    expect(classify(new AggregateError([reset(), cause])).repeat).toBe('never');
  });

  it.each([
    [undefined, 'undefined'],
    [null, 'null'],
    ['no such sku', 'a string'],
    [7, 'a number'],
  ])('%j cannot be marked, and it says so', (value, what) => {
    expect(() => doNotRetry(value)).toThrow(
      new TypeError(`doNotRetry expects an error or another object, not ${what}`),
    );
  });
});
