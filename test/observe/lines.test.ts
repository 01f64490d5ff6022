import { circuitBreaker, constantBackoff, createKedge, fallback, retry, timeout } from 'kedge';
import { logs, type LogsOptions } from 'kedge/pino';
import { scripted, virtualClock, type VirtualClock } from 'kedge/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { requestContext } from '../../src/responses/request-context.ts';
import { down, type keptLog, logged, reporting, written } from './logging.ts';

let clock: VirtualClock;
beforeEach(() => {
  clock = virtualClock();
});
afterEach(() => clock[Symbol.dispose]());

const failing = () => {
  throw new Error('outer', { cause: new Error('inner') });
};
const detailed = (log: ReturnType<typeof keptLog>) =>
  log.lines.map(({ object }) => 'stack' in (object.err ?? {}) && 'causes' in (object.err ?? {}));

const coded = (name: string) => () => {
  throw Object.assign(new Error(name), { code: name });
};

/** How many lines there are of one failure, and how often its stack was read for them. */
async function reads(options: LogsOptions): Promise<[number, number]> {
  let read = 0;
  const counting = Object.defineProperty(new Error('down'), 'stack', {
    get: () => (read++, 'Error: down\n    at load (/srv/app/src/users.js:1:1)'),
  });
  const { pipeline, log } = logged(options);
  await pipeline('quotes', retry({ maxAttempts: 1 })).settle(() => Promise.reject(counting));
  return [log.lines.length, read];
}

describe('a line', () => {
  it('has the event, its facts and a constant message', async () => {
    const { pipeline, log } = logged();
    const failure = Object.assign(new Error('down'), { code: 'ECONNRESET' });
    const call = pipeline(
      'quotes',
      retry({ maxAttempts: 2, backoff: constantBackoff(70) }),
      timeout(1_000),
    ).settle(scripted([{ error: failure, after: 3 }]), { key: 'ann@example.com' });
    await clock.runAll();
    await call;
    const executionId = log.lines[0]?.object['executionId'];
    const err = { type: 'Error', code: 'ECONNRESET', kind: 'transient', message: 'down' };
    expect(log.lines).toMatchObject([
      {
        level: 'info',
        message: 'attempt failed',
        object: {
          event: 'attempt.failed',
          pipeline: 'quotes',
          attempt: 1,
          durationMs: 3,
          handled: true,
          final: false,
          err,
        },
      },
      {
        level: 'debug',
        message: 'retry scheduled',
        object: { event: 'retry.scheduled', policy: 'retry', attempt: 1, delayMs: 70, err },
      },
      { level: 'debug', message: 'retry exhausted', object: { attempts: 2, err } },
      {
        level: 'info',
        message: 'attempt failed',
        object: { attempt: 2, handled: false, final: true, err },
      },
      {
        level: 'error',
        message: 'execution failed',
        object: { event: 'execution.failed', attempts: 2, durationMs: 76, outcome: 'failure', err },
      },
    ]);
    expect(executionId).toMatch(/./);
    for (const { object } of log.lines) {
      expect(object['executionId']).toBe(executionId);
      expect(object.err?.['fingerprint']).toMatch(/^v2:[0-9a-f]{16}$/);
      expect(object).not.toHaveProperty('key');
      expect(object['keyHash']).toMatch(/^[0-9a-f]{8}$/);
      expect(object).not.toHaveProperty('error');
    }
  });

  it('has no number that JSON cannot say', async () => {
    const { pipeline, log } = logged();
    const breaker = circuitBreaker({ consecutiveFailures: 1 });
    const quotes = pipeline('quotes', breaker);
    breaker.open();
    breaker.isolate();
    await quotes.settle(down);
    const opened = log.of('circuit.opened')[0]?.object;
    expect(opened).toMatchObject({ from: 'closed', reason: 'manual', calls: 0 });
    expect(opened).not.toHaveProperty('failureRate');
    expect(opened?.['openForMs']).toBeGreaterThan(0);
    expect(log.of('call.rejected')[0]?.object).toMatchObject({ reason: 'circuit-open' });
    expect(log.of('call.rejected')[0]?.object).not.toHaveProperty('retryAfterMs');
  });

  it('says why a call was cancelled', async () => {
    const { pipeline, log } = logged();
    await pipeline('quotes').settle(() => 1, {
      signal: AbortSignal.abort(new Error('client went away')),
    });
    expect(log.lines).toMatchObject([
      {
        level: 'info',
        message: 'execution cancelled',
        object: { err: { message: 'client went away' } },
      },
    ]);
    expect(log.lines[0]?.object).not.toHaveProperty('reason');
  });

  it('has both errors of a fallback that failed', async () => {
    const { pipeline, log } = logged();
    const broken = fallback({ run: () => Promise.reject(new RangeError('empty')) });
    await pipeline('quotes', broken).settle(down);
    expect(log.of('fallback.failed')[0]?.object).toMatchObject({
      source: 'run',
      err: { message: 'down' },
      fallbackErr: { type: 'RangeError', message: 'empty' },
    });
  });

  it('describes whatever was thrown', async () => {
    const { pipeline, log } = logged();
    const quotes = pipeline('quotes');
    const hostile = new Proxy(new Error('no'), {
      get: () => {
        throw new Error('hostile');
      },
    });
    const frozen = Object.freeze(new Error('frozen'));
    for (const thrown of [undefined, null, 'text', 7, hostile, frozen, {}]) {
      await quotes.settle(() => Promise.reject(thrown as Error));
    }
    const types = log.of('attempt.failed').map(({ object }) => object.err?.['type']);
    expect(types).toEqual([
      'undefined',
      'null',
      'string',
      'number',
      expect.any(String),
      'Error',
      'Object',
    ]);
    expect(log.of('attempt.failed')[2]?.object.err?.['message']).toBe('text');
    expect(log.count('execution.failed')).toBe(7);
  });

  it('of a custom policy has its texts, numbers and truth values, and nothing else', async () => {
    const { pipeline, log } = logged();
    const event = {
      type: 'cache.missed',
      severity: 'warn',
      store: 'memory',
      size: 3,
      warm: false,
      duration: 1.23456,
      nested: { user: 'ann' },
      list: [1],
      nothing: null,
      run: () => 1,
      big: 1n,
      endless: Infinity,
    } as const;
    await pipeline('quotes', reporting(event)).execute(() => 1);
    const { object } = log.of('cache.missed')[0]!;
    expect(log.of('cache.missed')[0]).toMatchObject({ level: 'warn', message: 'cache missed' });
    expect(object).toEqual({
      event: 'cache.missed',
      pipeline: 'quotes',
      policy: 'own',
      executionId: expect.any(String),
      store: 'memory',
      size: 3,
      warm: false,
      durationMs: 1.235,
    });
  });

  it('of a custom policy is short, and forges nothing', async () => {
    const { logger, lines, texts } = written({ level: 'debug' });
    const kedge = createKedge();
    kedge.observe(logs(logger));
    const many = Object.fromEntries(
      Array.from({ length: 1_000 }, (_, index) => [`field${index}`, index]),
    );
    const forged = {
      level: 60,
      time: 0,
      msg: 'all is well',
      err: 'none',
      event: 'nothing.happened',
      suppressed: 1_000_000,
      requestId: 'forged',
      ['x'.repeat(10_000)]: 1,
      long: 'y'.repeat(10_000),
    };
    const event = { type: 'cache.missed', ...forged, ...many } as const;
    await kedge.pipeline('quotes', reporting(event)).execute(() => 1);
    const line = lines().find((one) => one['event'] === 'cache.missed');
    expect(line).toMatchObject({ level: 30, msg: 'cache missed', event: 'cache.missed' });
    for (const name of ['time', 'err', 'suppressed', 'requestId'])
      expect(line).not.toHaveProperty(name);
    expect(Object.keys(line ?? {}).filter((name) => name.startsWith('field')).length).toBeLessThan(
      20,
    );
    expect(Math.max(...texts.map((text) => text.length))).toBeLessThan(2_000);
    for (const name of ['level', 'msg', 'event']) {
      expect(texts.find((text) => text.includes('cache.missed'))?.split(`"${name}":`)).toHaveLength(
        2,
      );
    }
  });

  it('is written of whatever a custom policy calls its events', async () => {
    for (const type of ['constructor', '__proto__', 'valueOf']) {
      const { pipeline, log } = logged({ levels: { 'attempt.failed': 'info' } });
      await pipeline('quotes', reporting({ type: type as 'not.typed' })).execute(() => 1);
      expect(log.of(type)).toMatchObject([{ level: 'info', message: type }]);
    }
  });

  it('says where it belongs, as the application knows it', async () => {
    let at = 'r-1';
    const { pipeline, log } = logged({
      context: () => ({
        requestId: at,
        traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
        spanId: '00f067aa0ba902b7',
        tenant: 'acme',
        pipeline: 'forged',
        attempts: 'forged',
      }),
    });
    await pipeline('quotes').execute(() => 1);
    expect(log.of('execution.succeeded')[0]?.object['attempts']).toBe(1);
    at = 'r-2\n{"forged":true}';
    await pipeline('quotes').execute(() => 1);
    expect(log.lines[0]?.object).toMatchObject({
      pipeline: 'quotes',
      requestId: 'r-1',
      traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
      spanId: '00f067aa0ba902b7',
      tenant: 'acme',
    });
    expect(log.lines.at(-1)?.object).not.toHaveProperty('requestId');
  });

  it('says to which request it belongs, as far as the application does not say it', async () => {
    const { pipeline, log } = logged({ context: () => ({ requestId: 'mine' }) });
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    await requestContext.run({ requestId: 'r-17', traceparent }, async () => {
      requestContext.add({ user: 'ann@example.com', route: '/quotes/:id', tenant: 'acme' });
      await pipeline('quotes').execute(() => 1);
    });
    expect(log.lines[0]?.object).toMatchObject({
      requestId: 'mine',
      traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
      spanId: '00f067aa0ba902b7',
      route: '/quotes/:id',
      tenant: 'acme',
      userHash: expect.any(String),
    });
    expect(JSON.stringify(log.lines)).not.toContain('ann');
  });

  it('is made of one description for all events of an error at one instant', async () => {
    const one = { 'retry.exhausted': false, 'execution.failed': false } as const;
    const [[lines, once], [all, together]] = [await reads({ levels: one }), await reads({})];
    expect([lines, all]).toEqual([1, 3]);
    expect(together).toBeLessThanOrEqual(once * 2);
  });

  it('is written although the application cannot say where it belongs', async () => {
    for (const context of [
      () => {
        throw new Error('no context');
      },
      () => undefined,
      () => null as never,
      () => 'text' as never,
    ]) {
      const { pipeline, log } = logged({ context });
      await pipeline('quotes').execute(() => 1);
      expect(log.of('execution.succeeded')).toHaveLength(1);
      expect(Object.keys(log.of('execution.succeeded')[0]!.object).toSorted()).toEqual([
        'attempts',
        'durationMs',
        'event',
        'executionId',
        'pipeline',
      ]);
    }
  });
});

describe('the stack and the causes of an error', () => {
  it('are on one line a minute, and the fingerprint on all', async () => {
    const { pipeline, log } = logged({ levels: { 'execution.failed': false } });
    const quotes = pipeline('quotes');
    for (let each = 0; each < 3; each++) await quotes.settle(failing);
    await clock.advance(59_999);
    await quotes.settle(failing);
    await clock.advance(1);
    await quotes.settle(failing);
    expect(detailed(log)).toEqual([true, false, false, false, true]);
    expect(new Set(log.lines.map(({ object }) => object.err?.['fingerprint'])).size).toBe(1);
  });

  it('are remembered of a bounded number of fingerprints', async () => {
    const { pipeline, log } = logged({ levels: { 'execution.failed': false }, burst: Infinity });
    const quotes = pipeline('quotes');
    await quotes.settle(coded('C_0'));
    for (let each = 1; each <= 1_000; each++) await quotes.settle(coded(`C_${each}`));
    await quotes.settle(coded('C_999'));
    // The first, and it alone, has made room for the last.
    await quotes.settle(coded('C_0'));
    const shown = log.lines.map(({ object }) => 'stack' in (object.err ?? {}));
    expect(shown.slice(0, 1_001)).not.toContain(false);
    expect(shown.slice(1_001)).toEqual([false, true]);
  });
});
