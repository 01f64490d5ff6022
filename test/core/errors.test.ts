import { inspect } from 'node:util';
import {
  BulkheadFullError,
  CircuitOpenError,
  RateLimitedError,
  RejectedError,
  ResilienceError,
  ThrottledError,
  TimeoutError,
} from 'kedge';
import { afterEach, describe, expect, it, vi } from 'vitest';

const origin = { pipeline: 'quotes', policy: 'guard' };
const cause = new Error('cause');

const all = [
  new CircuitOpenError(origin, 1_234.5, cause),
  new BulkheadFullError(origin, 'bulkhead-full', 'is full'),
  new BulkheadFullError(origin, 'queue-timeout', 'kept it waiting for too long'),
  new RateLimitedError(origin, 20),
  new ThrottledError(origin),
  new TimeoutError(origin, 100, cause),
];

afterEach(() => {
  ResilienceError.stacks = false;
});

/** An `Error` of an engine that limits no stacks, and notes who tries to. */
function unlimited(heard: unknown[]): object {
  return Object.defineProperty(class extends Error {}, 'stackTraceLimit', {
    get: () => undefined,
    set: (limit) => heard.push(limit),
  });
}

describe('errors of kedge', () => {
  it('say what happened, where, and what to do', () => {
    expect(all.map(({ name, code, message }) => [name, code, message])).toEqual([
      ['CircuitOpenError', 'KEDGE_CIRCUIT_OPEN', 'quotes: guard is open; try again in 1235 ms'],
      ['BulkheadFullError', 'KEDGE_BULKHEAD_FULL', 'quotes: guard is full'],
      ['BulkheadFullError', 'KEDGE_BULKHEAD_FULL', 'quotes: guard kept it waiting for too long'],
      [
        'RateLimitedError',
        'KEDGE_RATE_LIMITED',
        'quotes: guard has no permit left; try again in 20 ms',
      ],
      ['ThrottledError', 'KEDGE_THROTTLED', 'quotes: guard holds this call back'],
      ['TimeoutError', 'KEDGE_TIMEOUT', 'quotes: guard ended the call after 100 ms'],
    ]);
  });

  it('have fields that a program can read', () => {
    for (const error of all) expect(error).toMatchObject(origin);
    expect(all[0]).toMatchObject({ reason: 'circuit-open', retryAfter: 1_234.5, cause });
    expect(all[1]).toMatchObject({ reason: 'bulkhead-full', retryAfter: undefined });
    expect(all[2]).toMatchObject({ reason: 'queue-timeout' });
    expect(all[3]).toMatchObject({ reason: 'rate-limited', retryAfter: 20 });
    expect(all[4]).toMatchObject({ reason: 'throttled' });
    expect(all[5]).toMatchObject({ after: 100, cause });
  });

  it('are told apart by their classes: what was rejected has not been started, what timed out may have been', () => {
    for (const error of all) {
      expect(error).toBeInstanceOf(Error);
      expect(error).toBeInstanceOf(ResilienceError);
      expect(error instanceof RejectedError).toBe(!(error instanceof TimeoutError));
    }
    expect(all.filter((error) => error instanceof CircuitOpenError)).toHaveLength(1);
    expect(all.filter((error) => error instanceof BulkheadFullError)).toHaveLength(2);
    expect(all.filter((error) => error instanceof TimeoutError)).toHaveLength(1);
    expect(new Error('x')).not.toBeInstanceOf(ResilienceError);
  });

  it('can be told apart from what throws when it is looked at', () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    for (const type of [ResilienceError, RejectedError, CircuitOpenError, TimeoutError]) {
      for (const value of [proxy, undefined, null, 1, 'x', Object.create(null)]) {
        expect(value instanceof type).toBe(false);
      }
    }
  });

  it('have no hint where nobody knows when to come back', () => {
    expect(new CircuitOpenError(origin, Infinity, undefined, 'isolated').message).toBe(
      'quotes: guard is isolated',
    );
  });

  it('have no cause where there is none', () => {
    expect('cause' in new TimeoutError(origin, 100)).toBe(false);
    expect('cause' in new CircuitOpenError(origin, 1)).toBe(false);
  });

  it.each<[string, (heard: unknown[]) => object]>([
    ['is frozen', () => Object.freeze(class extends Error {})],
    ['has no limit', (heard) => unlimited(heard)],
  ])('leave an `Error` alone that %s', async (_what, make) => {
    const heard: unknown[] = [];
    vi.stubGlobal('Error', make(heard));
    vi.resetModules();
    try {
      const { TimeoutError: Bare } = await import('../../src/core/errors.ts');
      vi.unstubAllGlobals();
      expect(new Bare(origin, 1)).toMatchObject({ code: 'KEDGE_TIMEOUT', after: 1 });
      expect(heard).toEqual([]);
    } finally {
      vi.resetModules();
    }
  });

  it('let a circuit that nobody can ask be called at once', () => {
    expect(new CircuitOpenError(origin, 1_000).admitsIn(0)).toBe(0);
    const circuit = { admitsIn: () => 7, downFor: () => 9 };
    expect(new CircuitOpenError(origin, 1, cause, 'open', circuit).admitsIn(0)).toBe(7);
    expect(new CircuitOpenError(origin, 1, cause, 'open', circuit).downFor(0)).toBe(9);
    expect(new CircuitOpenError(origin, 1).downFor(0)).toBe(0);
  });

  it('carry a stack only when asked for, and leave the limit of others alone', () => {
    expect(ResilienceError.stacks).toBe(false);
    const limit = Error.stackTraceLimit;
    expect(new TimeoutError(origin, 1).stack).not.toContain('    at ');
    expect(Error.stackTraceLimit).toBe(limit);
    expect(new Error('x').stack).toContain('    at ');
    ResilienceError.stacks = true;
    expect(new TimeoutError(origin, 1).stack).toContain('    at ');
  });

  it('keep a stackTraceLimit of zero as it is', () => {
    const limit = Error.stackTraceLimit;
    try {
      Error.stackTraceLimit = 0;
      expect(new TimeoutError(origin, 1).stack).not.toContain('    at ');
      expect(Error.stackTraceLimit).toBe(0);
    } finally {
      Error.stackTraceLimit = limit;
    }
  });

  it('keep the first explanation of a timeout, which is not the timeout itself', () => {
    const error = new TimeoutError(origin, 1);
    error.explain(error);
    expect(error.cause).toBeUndefined();
    error.explain(cause);
    error.explain(new Error('later'));
    expect(error.cause).toBe(cause);
    expect(Object.keys(error)).not.toContain('cause');
    const { value: _, ...like } = Object.getOwnPropertyDescriptor(
      new Error('x', { cause }),
      'cause',
    )!;
    expect(Object.getOwnPropertyDescriptor(error, 'cause')).toMatchObject(like);
  });

  it('are plain data to JSON', () => {
    expect(JSON.parse(JSON.stringify(all[0]))).toEqual({
      code: 'KEDGE_CIRCUIT_OPEN',
      reason: 'circuit-open',
      pipeline: 'quotes',
      policy: 'guard',
      retryAfter: 1_234.5,
    });
  });

  it('show their code on a console', () => {
    for (const error of all) expect(inspect(error)).toContain(`code: '${error.code}'`);
  });

  it('of another copy of kedge are told by their code, and those of a derived class by it alone', () => {
    const foreign = Object.assign(new Error('is open'), { code: 'KEDGE_CIRCUIT_OPEN' });
    expect(foreign).toBeInstanceOf(CircuitOpenError);
    expect(foreign).toBeInstanceOf(RejectedError);
    expect(foreign).toBeInstanceOf(ResilienceError);
    expect(foreign).not.toBeInstanceOf(TimeoutError);
    expect({ code: 'KEDGE_CIRCUIT_OPEN' }).not.toBeInstanceOf(CircuitOpenError);
    class Own extends TimeoutError {}
    expect(new TimeoutError(origin, 5)).not.toBeInstanceOf(Own);
    expect(new Own(origin, 5)).toBeInstanceOf(TimeoutError);
  });
});
