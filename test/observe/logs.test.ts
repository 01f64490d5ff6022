import { createKedge, type KedgeEvent, timeout } from 'kedge';
import { logs } from 'kedge/pino';
import { virtualClock, type VirtualClock } from 'kedge/testing';
import { type LoggerOptions, stdSerializers } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { down, keptLog, logged, reporting, written } from './logging.ts';

let clock: VirtualClock;
beforeEach(() => {
  clock = virtualClock();
});
afterEach(() => clock[Symbol.dispose]());

const fail = async (options: LoggerOptions) => {
  const { logger, lines } = written(options);
  const kedge = createKedge();
  kedge.observe(logs(logger));
  const quotes = kedge.pipeline('quotes', timeout(10));
  for (let each = 0; each < 2; each++) {
    const late = quotes.settle(() => new Promise(() => {}));
    await clock.advance(10);
    await late;
    await quotes.settle(down);
  }
  return lines();
};

const throwing = () => {
  throw new Error('disk full');
};

const making = (options: unknown) => () => logs(keptLog(), options as object);

describe('levels', () => {
  it('below that of the logger cost no line', async () => {
    for (const [level, events] of [
      ['info', ['attempt.failed', 'execution.failed']],
      ['warn', ['execution.failed']],
      ['error', ['execution.failed']],
      ['silent', []],
      ['debug', ['attempt.failed', 'execution.failed', 'attempt.succeeded', 'execution.succeeded']],
      // Of another logger, which knows itself what to drop.
      [
        'verbose',
        ['attempt.failed', 'execution.failed', 'attempt.succeeded', 'execution.succeeded'],
      ],
    ] as const) {
      const log = keptLog({ level });
      const { pipeline } = logged({}, log);
      await pipeline('quotes').settle(down);
      await pipeline('quotes').settle(() => 1);
      expect([level, log.lines.map(({ object }) => object['event'])]).toEqual([level, events]);
    }
  });

  it('can be others than the severities of the events, and `false` for none', async () => {
    const { pipeline, log } = logged(
      {
        levels: {
          'attempt.failed': 'info',
          'execution.failed': false,
          'cache.missed': 'error',
          'attempt.succeeded': 'warn',
        },
      },
      keptLog({ level: 'info' }),
    );
    await pipeline('quotes', reporting({ type: 'cache.missed' })).settle(down);
    await pipeline('quotes').settle(() => 1);
    expect(log.lines.map(({ level, object }) => [level, object['event']])).toEqual([
      ['error', 'cache.missed'],
      ['info', 'attempt.failed'],
      ['warn', 'attempt.succeeded'],
    ]);
  });

  it('of a pino logger may change while it is in use', async () => {
    const { logger, lines } = written({ level: 'info' });
    const kedge = createKedge();
    const observed = kedge.observe(logs(logger));
    const quotes = kedge.pipeline('quotes');
    await quotes.execute(() => 1);
    logger.child({ request: 1 }).level = 'debug';
    await quotes.execute(() => 1);
    expect(lines()).toEqual([]);
    logger.level = 'debug';
    await quotes.execute(() => 1);
    expect(lines().map((line) => line['event'])).toEqual([
      'attempt.succeeded',
      'execution.succeeded',
    ]);
    logger.level = 'error';
    await quotes.settle(() => Promise.reject(new Error('no')));
    expect(
      lines()
        .slice(2)
        .map((line) => line['event']),
    ).toEqual(['execution.failed']);
    observed[Symbol.dispose]();
    expect(logger.listenerCount('level-change')).toBe(0);
  });

  it('are asked for again when they change, and not when a child of the logger is made', () => {
    let asked = 0;
    const { logger } = written({ level: 'info' });
    const counting = Object.assign(Object.create(logger) as typeof logger, {
      isLevelEnabled: () => (asked++, true),
    });
    createKedge().observe(logs(counting));
    const before = asked;
    counting.child({}, { level: 'debug' });
    expect(asked).toBe(before);
    counting.level = 'warn';
    expect(asked).toBe(before + 2);
  });

  it('that are `false` are not asked for', () => {
    const sink = logs(keptLog({ level: 'info' }), { levels: { 'attempt.failed': false } });
    expect([
      sink.wants?.('attempt.failed'),
      sink.wants?.('attempt.succeeded'),
      sink.wants?.('execution.failed'),
      sink.wants?.('cache.missed'),
    ]).toEqual([false, false, true, true]);
  });

  it('that are off cost no event of a successful call', async () => {
    let asked = 0;
    const log = keptLog({ isLevelEnabled: (level: string) => (asked++, level !== 'debug') });
    const { pipeline } = logged({}, log);
    const quotes = pipeline('quotes');
    const before = asked;
    for (let each = 0; each < 10; each++) await quotes.execute(() => 1);
    expect([asked - before, log.lines]).toEqual([0, []]);
  });
});

describe('a pino logger', () => {
  it('writes the description of an error, and not what it would make of it', async () => {
    const [timedOut, , failed, , , , again] = (await fail({})).filter(
      (line) => line['event'] !== 'timeout.exceeded',
    );
    const { fingerprint, ...error } = timedOut?.err ?? {};
    expect(fingerprint).toMatch(/^v2:/);
    expect(error).toEqual({
      type: 'TimeoutError',
      code: 'KEDGE_TIMEOUT',
      kind: 'timeout',
      message: 'quotes: timeout ended the call after 10 ms',
    });
    expect(Object.keys(failed?.err ?? {})).toEqual([
      'type',
      'code',
      'kind',
      'fingerprint',
      'message',
      'stack',
    ]);
    expect(Object.keys(again?.err ?? {})).toEqual([
      'type',
      'code',
      'kind',
      'fingerprint',
      'message',
    ]);
  });

  it('keeps its bindings, its mixin and its redaction', async () => {
    const lines = await fail({
      base: { service: 'shop' },
      mixin: () => ({ zone: 'a' }),
      redact: ['err.message'],
    });
    expect(lines[0]).toMatchObject({ service: 'shop', zone: 'a' });
    expect(lines.map((line) => line.err?.['message']).filter(Boolean)).not.toContain('down');
  });

  it('keeps the serializers of the user for everything else', async () => {
    const lines = await fail({ serializers: { pipeline: (name: string) => name.toUpperCase() } });
    expect(lines[1]).toMatchObject({ pipeline: 'QUOTES', err: { type: 'TimeoutError' } });
  });

  it('keeps a serializer of the user for errors, and the type of the error', async () => {
    const err = stdSerializers.wrapErrorSerializer((error) => ({
      ...error,
      type: error.type,
      seen: true,
    }));
    const lines = await fail({ serializers: { err } });
    const failed = lines.find((line) => line.err?.['message'] === 'down');
    expect(failed?.err).toMatchObject({
      type: 'Error',
      code: 'ECONNRESET',
      kind: 'transient',
      seen: true,
    });
  });

  it('is left as it is', () => {
    const { logger } = written();
    const keys = Reflect.ownKeys(logger);
    const prototype: unknown = Object.getPrototypeOf(logger);
    logs(logger);
    expect(Reflect.ownKeys(logger)).toEqual(keys);
    expect(Object.getPrototypeOf(logger)).toBe(prototype);
  });
});

describe('logs', () => {
  it('never lets a throwing logger reach the caller, and has it counted', async () => {
    const { pipeline, observe } = logged(
      {},
      keptLog({ debug: throwing, warn: throwing, error: throwing }),
    );
    const failed: KedgeEvent[] = [];
    observe((event) => event.type === 'sink.failed' && failed.push(event));
    expect(await pipeline('quotes').execute(() => 1)).toBe(1);
    expect(failed).toMatchObject([{ sink: 'logs' }, { sink: 'logs' }]);
  });

  it('never lets a logger that cannot tell its level reach the caller', async () => {
    const { pipeline } = logged({}, keptLog({ isLevelEnabled: throwing }));
    expect(await pipeline('quotes').execute(() => 1)).toBe(1);
    expect(await pipeline('quotes').settle(down)).toMatchObject({ status: 'rejected' });
  });

  it('write nothing once they are detached', async () => {
    const { pipeline, log, observed } = logged();
    observed[Symbol.dispose]();
    await pipeline('quotes').settle(down);
    expect(log.lines).toEqual([]);
  });

  it('take the console, and name what is no logger and which option cannot be', () => {
    expect(() => logs(console)).not.toThrow();
    expect(() => logs({} as never)).toThrow(/expected a logger/);
    expect(() => logs(undefined as never)).toThrow(/expected a logger/);
    expect(making({ level: {} })).toThrow(/`levels`/);
    expect(making({ levels: { 'retry.scheduled': 'loud' } })).toThrow(RangeError);
    expect(making({ levels: { retry: 'info' } })).toThrow(RangeError);
    expect(making({ levels: [] })).toThrow(TypeError);
    expect(making({ burst: 0 })).toThrow(RangeError);
    expect(making({ burst: '9' })).toThrow(TypeError);
    expect(making({ context: {} })).toThrow(TypeError);
  });
});
