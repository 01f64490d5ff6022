// What somebody reads in a log while a dependency is down.
import { circuitBreaker, createKedge, retry, timeout } from 'kedge';
import { logs } from 'kedge/pino';
import { virtualClock, type VirtualClock } from 'kedge/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { down, keptLog, logged } from './logging.ts';

let clock: VirtualClock;
beforeEach(() => {
  clock = virtualClock();
});
afterEach(() => clock[Symbol.dispose]());

const times = async (count: number, call: () => Promise<unknown>): Promise<void> => {
  for (let each = 0; each < count; each++) await call();
};

async function played<T>(call: Promise<T>): Promise<T> {
  await clock.runAll();
  return call;
}

describe('a failed call', () => {
  it('is one line, and each of its attempts another one at info', async () => {
    const { pipeline, log } = logged({}, keptLog({ level: 'info' }));
    const quotes = pipeline('quotes', retry({ maxAttempts: 3, backoff: () => 1 }), timeout(100));
    await played(quotes.settle(down));
    await played(quotes.settle(() => new Promise(() => {})));
    const levels = log.lines.map(({ level, object }) => `${level} ${object['event'] as string}`);
    const once = [...Array<string>(3).fill('info attempt.failed'), 'error execution.failed'];
    expect(levels).toEqual([...once, ...once]);
  });

  it('says who turned it away, and why there was no further attempt', async () => {
    const { pipeline, log } = logged({}, keptLog({ level: 'info' }));
    const breaker = circuitBreaker({ openFor: 10_000, name: 'guard' });
    const quotes = pipeline('quotes', retry({ circuitWait: 0 }), breaker);
    breaker.open();
    await quotes.settle(down);
    expect(log.of('execution.failed')).toMatchObject([
      {
        level: 'warn',
        object: {
          attempts: 0,
          outcome: 'rejected',
          rejectedBy: 'guard',
          retryRefused: 'circuit-open',
          err: { code: 'KEDGE_CIRCUIT_OPEN' },
        },
      },
    ]);
    expect(log.of('call.rejected')).toEqual([]);
  });
});

const turnedAway = async () => {
  const kit = logged({}, keptLog({ level: 'warn' }));
  const breaker = circuitBreaker({ openFor: 600_000 });
  const quotes = kit.pipeline('quotes', breaker);
  breaker.open();
  kit.log.lines.length = 0;
  return { ...kit, quotes };
};

describe('calls that are turned away', () => {
  it('are ten lines a minute of one pipeline and reason, and one more that counts the others', async () => {
    const { log, quotes } = await turnedAway();
    await times(200, () => quotes.settle(down));
    expect(log.lines).toHaveLength(10);
    await clock.advance(59_999);
    await times(5, () => quotes.settle(down));
    expect(log.lines).toHaveLength(10);
    await clock.advance(1);
    expect(log.lines).toHaveLength(11);
    expect(log.lines.at(-1)?.object).toMatchObject({
      rejectedBy: 'circuitBreaker',
      suppressed: 194,
    });
    expect(log.count('execution.failed')).toBe(205);
    await quotes.settle(down);
    expect(log.lines).toHaveLength(12);
  });

  it('are counted for each reason, and for each key', async () => {
    const { log, keyed } = logged({}, keptLog({ level: 'warn' }));
    const hosts = keyed('hosts', () => [
      circuitBreaker({ openFor: 600_000, consecutiveFailures: 1 }),
    ]);
    for (const host of ['a', 'b']) await times(20, () => hosts.for(host).settle(down));
    expect(log.of('execution.failed').filter(({ level }) => level === 'warn')).toHaveLength(20);
  });
});

describe('a log at warn', () => {
  it('has the beginning of an outage, and its end with how long it took', async () => {
    const { pipeline, log } = logged({}, keptLog({ level: 'warn' }));
    const quotes = pipeline('quotes', circuitBreaker({ consecutiveFailures: 3, openFor: 1_000 }));
    await times(5, () => quotes.settle(down));
    await clock.advance(1_000);
    await times(3, () => quotes.settle(down));
    await clock.advance(1_000);
    await times(10, () => quotes.settle(() => 1));
    const circuits = log.lines.filter(({ object }) =>
      (object['event'] as string).startsWith('circuit.'),
    );
    expect(circuits).toMatchObject([
      {
        level: 'error',
        object: {
          event: 'circuit.opened',
          reason: 'consecutive',
          consecutiveFailures: 3,
          failureRate: 1,
          calls: 3,
          openings: 1,
          openForMs: 1_000,
          err: { code: 'ECONNRESET' },
        },
      },
      {
        level: 'warn',
        object: {
          event: 'circuit.closed',
          from: 'half-open',
          notClosedForMs: 2_000,
          openings: 2,
          turnedAway: 3,
        },
      },
    ]);
  });

  it('has the words of whoever opened or isolated a circuit by hand', async () => {
    const { pipeline, log } = logged({}, keptLog({ level: 'warn' }));
    const breaker = circuitBreaker();
    const quotes = pipeline('quotes', breaker);
    breaker.open('migration, ask ann@example.com');
    breaker.isolate('maintenance');
    expect(quotes.stats().pipelines).toBe(1);
    expect(log.lines.map(({ object }) => [object['reason'], object['note']])).toEqual([
      ['manual', 'migration, ask [redacted email]'],
      [undefined, 'maintenance'],
    ]);
  });

  it('has an open circuit that was given up for room', async () => {
    const { keyed, log } = logged({}, keptLog({ level: 'warn' }));
    const hosts = keyed('hosts', () => [circuitBreaker({ consecutiveFailures: 1 })], {
      maxKeys: 1,
      label: (key) => `host ${key}`,
    });
    for (const host of ['a', 'b']) await hosts.for(host).settle(down);
    expect(log.of('circuit.dropped')).toMatchObject([
      { level: 'warn', object: { pipeline: 'hosts', key: 'host a', state: 'open' } },
    ]);
  });
});

const failing = async (label?: (key: string) => string) => {
  const { keyed, log } = logged({}, keptLog({ level: 'info' }));
  const hosts = keyed('hosts', () => [timeout(100)], label && { label });
  for (const host of ['ann@example.com', 'bob@example.com', 'ann@example.com']) {
    await hosts.for(host).settle(down);
  }
  return log.of('attempt.failed').map(({ object }) => object);
};

describe('lines of a keyed pipeline', () => {
  it('have a hash of the key, by which those of one key are found', async () => {
    const lines = await failing();
    const hashes = lines.map((line) => line['keyHash'] as string);
    expect(hashes[0]).toMatch(/^[0-9a-f]{8}$/);
    expect(hashes[2]).toBe(hashes[0]);
    expect(hashes[1]).not.toBe(hashes[0]);
    expect(JSON.stringify(lines)).not.toContain('ann');
  });

  it('have what its label calls the key, where there is one', async () => {
    const lines = await failing((key) => key.slice(0, 3));
    expect(lines.map((line) => [line['key'], line['keyHash']])).toEqual([
      ['ann', undefined],
      ['bob', undefined],
      ['ann', undefined],
    ]);
  });

  it('have the hash where the label cannot be made, and nothing that breaks a line', async () => {
    const thrown = await failing(() => {
      throw new Error('no label');
    });
    expect(thrown[0]).toMatchObject({ keyHash: expect.stringMatching(/^[0-9a-f]{8}$/) as string });
    expect((await failing(() => 7 as never))[0]).toHaveProperty('keyHash');
    expect((await failing(() => `a\n${'b'.repeat(500)}`))[0]?.['key']).toBe(`a ${'b'.repeat(126)}`);
  });

  it('are limited for each key, so that one sick host does not silence the others', async () => {
    const { keyed, log } = logged(
      { levels: { 'execution.failed': false } },
      keptLog({ level: 'info' }),
    );
    const hosts = keyed('hosts', () => [timeout(100)], { label: (key) => key });
    await times(300, () => hosts.for('sick').settle(down));
    for (let host = 0; host < 50; host++) await hosts.for(`well-${host}`).settle(down);
    await clock.advance(1_000);
    const keys = new Set(log.lines.map(({ object }) => object['key']));
    expect(keys.size).toBe(51);
    expect(log.count('attempt.failed')).toBe(350);
  });
});

const fail = (message: string) => () => {
  throw new Error(message);
};

describe('a storm', () => {
  it('hides no other failure of the same place', async () => {
    const { pipeline, log } = logged({ burst: 5 }, keptLog({ level: 'info' }));
    const quotes = pipeline('quotes');
    await times(50, () => quotes.settle(fail('user 17 not found')));
    await quotes.settle(fail('the disk is full'));
    await times(50, () => quotes.settle(fail('user 18 not found')));
    expect(log.lines.some(({ object }) => object.err?.['message'] === 'the disk is full')).toBe(
      true,
    );
    expect(log.of('attempt.failed')).toHaveLength(6);
    await clock.advance(1_000);
    expect(log.count('attempt.failed')).toBe(101);
    expect(log.count('execution.failed')).toBe(101);
  });

  it('tells an error from what somebody has made of it since', async () => {
    const { pipeline, log } = logged({ burst: 2 }, keptLog({ level: 'info' }));
    const error = new Error('first');
    const quotes = pipeline('quotes');
    await times(5, () => quotes.settle(() => Promise.reject(error)));
    error.message = 'second';
    await quotes.settle(() => Promise.reject(error));
    expect(log.lines.at(-1)?.object.err?.['message']).toBe('second');
  });

  it('describes nothing that is not written', async () => {
    let read = 0;
    const kedge = createKedge();
    kedge.observe(logs(keptLog({ level: 'error' }), { burst: 1 }));
    const quotes = kedge.pipeline('quotes');
    const counting = () => {
      const error = new Error('down');
      // Descriptions go through the members of what has no message.
      return Object.defineProperty({ error }, 'password', {
        enumerable: true,
        get: () => (read++, 'x'),
      });
    };
    await times(20, () => quotes.settle(() => Promise.reject(counting() as never)));
    // The first, and the one that is held back to say how many there were.
    expect(read).toBeLessThanOrEqual(2 * 2);
  });
});
