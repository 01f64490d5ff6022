import { CircuitOpenError } from 'kedge';
import { type Failure } from 'kedge/failures';
import { job } from 'kedge/process';
import { notFound } from 'kedge/responses';
import { describe, expect, it, vi } from 'vitest';
import { Lines } from '../adapters/logger.ts';
import { failed, postgres } from '../failures/errors.ts';

const origin = { pipeline: 'mail', policy: 'x' };

async function thrown(error: unknown): Promise<never> {
  throw error;
}

function fail(): never {
  throw new Error('x');
}

describe('job', () => {
  it('hands the input and the attempt on, and the value back', async () => {
    const work = job((input: string, attempt) => `${input} ${attempt}`);
    expect(await work('a')).toEqual({ outcome: 'done', value: 'a 1' });
    expect(await work('a', 3)).toEqual({ outcome: 'done', value: 'a 3' });
  });

  it.each([
    ['what passes', failed({ code: 'ECONNREFUSED' }), 'retry', false],
    [
      'what was asked to wait',
      failed({ status: 429, headers: { 'retry-after': '7' } }),
      'retry',
      false,
    ],
    ['an open circuit', new CircuitOpenError(origin, 1_234), 'retry', false],
    ['a timeout', new DOMException('x', 'TimeoutError'), 'retry', false],
    ['being stopped', new DOMException('x', 'AbortError'), 'retry', false],
    ['what nobody knows', new Error('x'), 'retry', true],
    ['a thrown text', 'x', 'retry', true],
    ['what does not pass', postgres('23505'), 'parked', true],
    ['an answer that is final', notFound('Order'), 'parked', true],
    ['a bug', new TypeError('x is not a function'), 'parked', true],
  ])('says what becomes of %s', async (_what, error, outcome, alerting) => {
    const logger = new Lines();
    const alert = vi.fn<(failure: Failure) => void>();
    const work = job(() => Promise.reject(error), { logger, alert });
    const made = await work(undefined, 2);
    expect(made.outcome).toBe(outcome);
    expect(alert).toHaveBeenCalledTimes(alerting ? 1 : 0);
    expect(logger.lines).toMatchObject([
      {
        level: alerting ? 'error' : 'warn',
        event: outcome === 'retry' ? 'job.delayed' : 'job.parked',
        attempt: 2,
        err: { fingerprint: expect.stringMatching(/^v2:/) as string },
      },
    ]);
  });

  it('waits as long as the other side has asked for', async () => {
    const asked = { status: 429, headers: { 'retry-after': '7' } };
    const limited = job(() => Promise.reject(failed(asked)), { logger: false });
    expect(await limited(0)).toMatchObject({ delay: 7_000 });
    const open = job(() => Promise.reject(new CircuitOpenError(origin, 1_234.5)), {
      logger: false,
    });
    expect(await open(0)).toMatchObject({ delay: 1_235 });
  });

  it('waits longer each time, up to five minutes, and never all jobs as long as each other', async () => {
    const work = job(() => Promise.reject(new Error('x')), {
      logger: false,
      maxAttempts: Infinity,
    });
    const delays = async (attempt: number): Promise<number[]> => {
      const made = await Promise.all(Array.from({ length: 50 }, () => work(0, attempt)));
      return made.map((one) => (one.outcome === 'retry' ? one.delay : NaN));
    };
    expect(Math.max(...(await delays(1)))).toBeLessThanOrEqual(1_000);
    const late = await delays(40);
    expect(Math.max(...late)).toBeLessThanOrEqual(300_000);
    expect(Math.max(...late)).toBeGreaterThan(100_000);
    expect(new Set(late).size).toBeGreaterThan(40);
  });

  it('takes a rule of its own for the wait, and goes on without one that fails', async () => {
    const own = job(fail, { logger: false, delay: (attempt) => attempt * 10 });
    expect(await own(0, 3)).toMatchObject({ delay: 30 });
    for (const delay of [fail, () => NaN, () => -1, () => Infinity]) {
      const made = await job(fail, { logger: false, delay })(0);
      expect(made).toMatchObject({ outcome: 'retry', delay: expect.any(Number) as number });
    }
    const isolated = job(() => Promise.reject(new CircuitOpenError(origin, Infinity)), {
      logger: false,
      delay: () => 5,
    });
    expect(await isolated(0)).toMatchObject({ delay: 5 });
  });

  it('parks what has failed too often, also where the worker was stopped each time', async () => {
    const alert = vi.fn<(failure: Failure) => void>(() => {
      throw new Error('the alert fails too');
    });
    const work = job(thrown, {
      logger: false,
      maxAttempts: 3,
      alert,
    });
    expect((await work(failed({ code: 'ECONNREFUSED' }), 2)).outcome).toBe('retry');
    expect((await work(failed({ code: 'ECONNREFUSED' }), 3)).outcome).toBe('parked');
    expect((await work(new DOMException('x', 'AbortError'), 2)).outcome).toBe('retry');
    expect((await work(new DOMException('x', 'AbortError'), 3)).outcome).toBe('parked');
    expect(alert).toHaveBeenCalledTimes(2);
  });

  it('is not started once more than it may be, whatever the queue says', async () => {
    const fn = vi.fn<() => string>(() => 'done');
    const alert = vi.fn<(failure: Failure) => void>();
    const next = await job(fn, { logger: false, maxAttempts: 3, alert })('x', 4);
    expect(fn).not.toHaveBeenCalled();
    expect(next).toMatchObject({ outcome: 'parked', failure: { type: 'TooManyAttempts' } });
    expect(alert).toHaveBeenCalledTimes(1);
  });

  it('describes what has failed without its secrets', async () => {
    const work = job(() => Promise.reject(new Error('password=hunter2')), { logger: false });
    const made = await work(0, 4);
    expect(made).toMatchObject({ failure: { attempt: 4, message: 'password=[redacted]' } });
  });

  it('refuses options that cannot be', () => {
    expect(() => job(() => 1, { maxAttempts: 0 })).toThrow('job: expected `maxAttempts`');
    expect(() => job(() => 1, { retries: 1 } as never)).toThrow('no option `retries`');
  });
});
