import { spawnSync } from 'node:child_process';
import { AsyncLocalStorage } from 'node:async_hooks';
import { createKedge } from 'kedge';
import { logs } from 'kedge/pino';
import { prometheus } from 'kedge/prometheus';
import { virtualClock, type VirtualClock } from 'kedge/testing';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { useClock } from '../../src/core/time.ts';
import { ErrorResponder } from '../../src/responses/responder/responder.ts';
import { down, type KeptLog, keptLog, logged } from './logging.ts';
import { scrape } from './scraping.ts';

let clock: VirtualClock;
beforeEach(() => {
  clock = virtualClock();
});
afterEach(() => clock[Symbol.dispose]());

const onlyAttempts = { 'execution.failed': false } as const;

const suppressed = (log: KeptLog, event = 'attempt.failed') =>
  log.of(event).map(({ object }) => object['suppressed'] ?? 0);

async function times(count: number, call: () => Promise<unknown>): Promise<void> {
  for (let each = 0; each < count; each++) await call();
}

const throwing = () => {
  throw new Error('with a stack');
};

// Without a stack, of which there would be thousands.
const coded = (code: string) => () => Promise.reject({ message: 'down', code });

describe('more lines than the burst in one second', () => {
  it('are one line more, at the end of the second, which says how many there were', async () => {
    const { pipeline, log } = logged({ burst: 3, levels: onlyAttempts });
    const quotes = pipeline('quotes');
    await clock.advance(400);
    await times(10, () => quotes.settle(down));
    expect(suppressed(log)).toEqual([0, 0, 0]);
    expect(clock.timers).toBe(1);
    await clock.advance(999);
    expect(log.lines).toHaveLength(3);
    await clock.advance(1);
    expect(suppressed(log)).toEqual([0, 0, 0, 6]);
    expect(log.lines.at(-1)).toMatchObject({
      level: 'info',
      message: 'attempt failed',
      object: { event: 'attempt.failed', pipeline: 'quotes', err: { message: 'down' } },
    });
    expect(clock.timers).toBe(0);
  });

  it('are 100 and one, where nothing else is asked for', async () => {
    const { pipeline, log } = logged({ levels: onlyAttempts });
    await times(250, () => pipeline('quotes').settle(down));
    await clock.advance(1_000);
    expect(log.lines).toHaveLength(101);
    expect(log.count('attempt.failed')).toBe(250);
  });

  it('are all written where no burst is too large', async () => {
    const { pipeline, log } = logged({ burst: Infinity, levels: onlyAttempts });
    await times(250, () => pipeline('quotes').settle(down));
    expect(log.lines).toHaveLength(250);
    expect(clock.timers).toBe(0);
  });

  it('are one line a second while they go on', async () => {
    const { pipeline, log } = logged({ burst: 2, levels: onlyAttempts });
    const quotes = pipeline('quotes');
    for (let second = 0; second < 3; second++) {
      await times(10, () => quotes.settle(down));
      await clock.advance(1_000);
    }
    expect(suppressed(log)).toEqual([0, 0, 7, 0, 0, 7, 0, 0, 7]);
  });

  it('are written before the next line when the timer is late', async () => {
    clock[Symbol.dispose]();
    const timers: { ms: number; keepAlive: boolean }[] = [];
    let time = 100;
    useClock({
      now: () => time,
      wall: () => time,
      start: (_run, ms, keepAlive) => timers.push({ ms, keepAlive }),
      stop: () => {},
    });
    const { pipeline, log } = logged({ burst: 1, levels: onlyAttempts });
    const quotes = pipeline('quotes');
    await quotes.settle(down);
    time = 400;
    await times(3, () => quotes.settle(coded('EPIPE')));
    // It ends with the second that began at 100, and the process need not wait for it.
    expect(timers).toEqual([{ ms: 700, keepAlive: false }]);
    time = 1_500;
    await quotes.settle(down);
    expect(suppressed(log)).toEqual([0, 0, 1, 0]);
    const codes = log.lines.map(({ object }) => object.err?.['code']);
    expect(codes).toEqual(['ECONNRESET', 'EPIPE', 'EPIPE', 'ECONNRESET']);
    // A clock in place of another may be behind: its seconds are others.
    time = 0;
    await quotes.settle(down);
    expect(log.lines).toHaveLength(5);
  });

  it('are none when they come in another second', async () => {
    const { pipeline, log } = logged({ burst: 2, levels: onlyAttempts });
    const quotes = pipeline('quotes');
    await times(2, () => quotes.settle(down));
    await clock.advance(1_000);
    await times(2, () => quotes.settle(down));
    expect(log.lines).toHaveLength(4);
    expect(clock.timers).toBe(0);
    for (const { object } of log.lines) expect(object).not.toHaveProperty('suppressed');
  });

  it('do not say that none was suppressed', async () => {
    const { pipeline, log } = logged({ burst: 2, levels: onlyAttempts });
    await times(3, () => pipeline('quotes').settle(down));
    await clock.advance(1_000);
    expect(log.lines).toHaveLength(3);
    for (const { object } of log.lines) expect(object).not.toHaveProperty('suppressed');
  });

  it('are told apart by pipeline, event and fingerprint', async () => {
    const { pipeline, log } = logged({ burst: 2 });
    const [quotes, orders] = [pipeline('quotes'), pipeline('orders')];
    await times(5, () => quotes.settle(down));
    await orders.settle(down);
    await quotes.settle(coded('EPIPE'));
    await clock.advance(1_000);
    const sums = (name: string) =>
      log.lines
        .filter(({ object }) => object['pipeline'] === name)
        .map(({ object }) =>
          [object['event'], object.err?.['code'], object['suppressed'] ?? 0].join(' '),
        );
    expect(sums('orders')).toEqual([
      'attempt.failed ECONNRESET 0',
      'execution.failed ECONNRESET 0',
    ]);
    expect(sums('quotes').toSorted()).toEqual([
      'attempt.failed ECONNRESET 0',
      'attempt.failed ECONNRESET 0',
      'attempt.failed ECONNRESET 2',
      'attempt.failed EPIPE 0',
      'execution.failed ECONNRESET 0',
      'execution.failed ECONNRESET 0',
      'execution.failed ECONNRESET 2',
      'execution.failed EPIPE 0',
    ]);
  });

  it('are told apart by status and by what thrown objects hold, wherever they are thrown', async () => {
    const { pipeline, log } = logged({ burst: 1, levels: onlyAttempts });
    const quotes = pipeline('quotes');
    const answered = (status: number) =>
      Object.assign(new Error('request failed'), { status, stack: 'Error: request failed' });
    for (const error of [answered(503), answered(404), { reason: 'no stock' }, { reason: 'late' }])
      await quotes.settle(() => {
        throw error;
      });
    expect(log.lines).toHaveLength(4);
    expect(clock.timers).toBe(0);
    for (const { object } of log.lines) expect(object).not.toHaveProperty('suppressed');
  });

  it('of which each has another fingerprint are a storm too', async () => {
    const { pipeline, log } = logged({ burst: 5, levels: onlyAttempts });
    const quotes = pipeline('quotes');
    for (let each = 0; each < 1_200; each++) await quotes.settle(coded(`C_${each}`));
    expect(log.lines).toHaveLength(1_005);
    await clock.advance(1_000);
    expect(log.lines).toHaveLength(1_006);
    expect(log.count('attempt.failed')).toBe(1_200);
  });

  it('are written at once when the log is detached, and no timer is left', async () => {
    const { pipeline, log, observed } = logged({ burst: 1, levels: onlyAttempts });
    await times(5, () => pipeline('quotes').settle(down));
    observed[Symbol.dispose]();
    expect(suppressed(log)).toEqual([0, 3]);
    expect(clock.timers).toBe(0);
    expect(process.listeners('exit').some((listener) => listener.name === 'end')).toBe(false);
  });

  it('are counted by a metric as soon as they are held back', async () => {
    const { pipeline, observe, log } = logged({ burst: 1, levels: onlyAttempts });
    const registry = new Registry();
    observe(prometheus(registry));
    await times(5, () => pipeline('quotes').settle(down));
    await pipeline('orders').settle(down);
    const counted = async (name: string) =>
      (await scrape(registry)).value('kedge_log_lines_suppressed_total', { pipeline: name });
    expect([await counted('quotes'), await counted('orders')]).toEqual([3, 0]);
    await clock.advance(1_000);
    expect(await counted('quotes')).toBe(
      suppressed(log).reduce<number>((sum, one) => sum + Number(one), 0),
    );
  });

  it('cost no line of what was not written: the stack of a suppressed line comes later', async () => {
    const { pipeline, log } = logged({
      burst: 1,
      levels: { ...onlyAttempts, 'attempt.failed': 'warn' },
    });
    const quotes = pipeline('quotes');
    await times(5, () => quotes.settle(throwing));
    await clock.advance(60_000);
    await times(5, () => quotes.settle(throwing));
    await clock.advance(1_000);
    expect(log.lines.map(({ object }) => 'stack' in (object.err ?? {}))).toEqual([
      true,
      false,
      true,
      false,
    ]);
  });

  it('belong to the request of the line that is written', async () => {
    const request = new AsyncLocalStorage<string>();
    const seen: (string | undefined)[] = [];
    const log = keptLog({ info: () => seen.push(request.getStore()) });
    const { pipeline } = logged({ burst: 1, levels: onlyAttempts }, log);
    const quotes = pipeline('quotes');
    for (const id of ['r-1', 'r-2', 'r-3']) await request.run(id, () => quotes.settle(down));
    await request.run('r-4', () => quotes.settle(coded('EPIPE')));
    await request.run('r-5', () => quotes.settle(coded('EPIPE')));
    await clock.advance(1_000);
    expect(seen).toEqual(['r-1', 'r-4', 'r-2', 'r-5']);
  });

  it('do not end the process when the logger throws at the end of the second', async () => {
    let broken = false;
    const info = () => {
      if (broken) throw new Error('disk full');
    };
    const { pipeline } = logged({ burst: 1, levels: onlyAttempts }, keptLog({ info }));
    await times(3, () => pipeline('quotes').settle(down));
    broken = true;
    await expect(clock.advance(1_000)).resolves.toBeUndefined();
  });

  it('reach every set of pipelines that the log is attached to', async () => {
    const log = keptLog();
    const sink = logs(log, { burst: 1, levels: onlyAttempts });
    const registry = new Registry();
    const [one, other] = [createKedge(), createKedge()];
    one.observe(sink, prometheus(registry));
    other.observe(sink);
    await times(3, () => one.pipeline('quotes').settle(down));
    await times(3, () => other.pipeline('orders').settle(down));
    await clock.advance(1_000);
    expect(log.count('attempt.failed')).toBe(6);
    expect(
      (await scrape(registry)).sum('kedge_log_lines_suppressed_total', { pipeline: 'quotes' }),
    ).toBe(1);
  });
});

describe('failed requests beyond the burst', () => {
  it('are answered and counted, and not even described', async () => {
    let described = 0;
    const log = keptLog();
    const scrub = (text: string): string => {
      if (text.includes('db-7')) described++;
      return text;
    };
    const responder = new ErrorResponder('test', { logger: log, scrub });
    const request = { method: 'GET', url: '/orders', header: () => undefined };
    const statuses = new Set<number>();
    const fail = (requests: number): void => {
      for (let each = 0; each < requests; each++) {
        const error = new Error(`no answer from db-7 to ${each}`);
        statuses.add(responder.respond(error, request).status);
      }
    };
    fail(101);
    const before = described;
    expect(before).toBeGreaterThanOrEqual(101);
    fail(149);
    expect(described).toBe(before);
    await clock.advance(1_000);
    expect(statuses).toEqual(new Set([500]));
    expect(log.lines).toHaveLength(101);
    expect(log.count('request.failed')).toBe(250);
  });
});

describe('a process that ends in a storm', () => {
  it('still says how many lines were held back', () => {
    const script = `
      import { createKedge } from '${new URL('../../src/index.ts', import.meta.url).href}';
      import { logs } from '${new URL('../../src/observe/pino.ts', import.meta.url).href}';
      const write = (object) => console.log(JSON.stringify(object));
      const kedge = createKedge();
      kedge.observe(logs({ debug: write, info: write, warn: write, error: write }, { burst: 1 }));
      for (let each = 0; each < 5; each++) {
        await kedge.pipeline('quotes').settle(() => Promise.reject('down'));
      }
    `;
    const { stdout } = spawnSync(
      process.execPath,
      ['--conditions=kedge-sources', '--input-type=module', '-e', script],
      {
        encoding: 'utf8',
      },
    );
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const attempts = lines.filter((line) => line['event'] === 'attempt.failed');
    expect(attempts.map((line) => line['suppressed'] ?? 0)).toEqual([0, 3]);
  }, 30_000);
});
