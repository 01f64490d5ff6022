import { pipeline, retry } from 'kedge';
import { resilientMongo } from 'kedge/mongodb';
import { resilientMysql } from 'kedge/mysql2';
import { resilientPg } from 'kedge/pg';
import { resilientRedis } from 'kedge/redis';
import { describe, expect, it } from 'vitest';
import { permanent, rejection, transient } from '../../support/lab.ts';

/** A client of Redis whose commands end as they are told. */
class Double {
  sent: string[] = [];
  outcome: () => unknown = () => 'done';

  async get(): Promise<unknown> {
    this.sent.push('get');
    return this.outcome();
  }
  async incr(): Promise<unknown> {
    this.sent.push('incr');
    return this.outcome();
  }
}

const failing = (error: () => Error): (() => never) => {
  return () => {
    throw error();
  };
};

const makers: readonly (readonly [string, (options: never) => unknown])[] = [
  [
    'resilientPg',
    (options) =>
      resilientPg({ query() {}, connect() {}, listenerCount: () => 1 } as never, options),
  ],
  [
    'resilientMysql',
    (options) => resilientMysql({ query() {}, execute() {}, getConnection() {} } as never, options),
  ],
  ['resilientMongo', (options) => resilientMongo({ db() {}, startSession() {} } as never, options)],
  ['resilientRedis', (options) => resilientRedis(new Double(), options)],
];

describe.each(makers)('the options of %s', (name, make) => {
  it.each([
    [
      { totalTimeuot: 5 },
      `${name}: there is no option \`totalTimeuot\`. Did you mean \`totalTimeout\`?`,
    ],
    [{ fallback: { value: 1 } }, `${name}: there is no option \`fallback\``],
    [{ pipeline: {} }, `${name}: expected \`pipeline\` to be a pipeline`],
    [null, `${name}: expected an object of options, got null`],
    [{ maxAttempts: 0 }, 'expected `maxAttempts` to be a whole number from 1'],
    [{ retry: { handle: 5 } }, 'expected `handle` to be a function'],
    [{ retry: 5 }, 'expected `retry` to be an object of options'],
  ])('refuse %j', (options, message) => {
    expect(() => make(options as never)).toThrow(message);
  });

  it('refuse those that a pipeline in their place would ignore', () => {
    const given = { pipeline: pipeline('given', retry()), totalTimeout: 5 };
    expect(() => make(given as never)).toThrow('`pipeline` stands in place of `totalTimeout`');
  });
});

it.each([
  ['resilientPg', () => resilientPg({} as never)],
  ['resilientMysql', () => resilientMysql({} as never)],
  ['resilientMongo', () => resilientMongo({} as never)],
  ['resilientRedis', () => resilientRedis(undefined as never)],
])('%s says what it expected', (name, make) => {
  expect(make).toThrow(`${name}: expected a`);
});

describe("a caller's own rule for retries", () => {
  const options = { budget: false, backoff: () => 0, name: 'ruled' } as const;

  it('is asked, and its no holds', async () => {
    const raw = new Double();
    raw.outcome = failing(() => Object.assign(transient(), { code: 'ECONNREFUSED' }));
    const asked: unknown[] = [];
    const client = resilientRedis(raw, {
      ...options,
      retry: { handle: (error) => asked.push(error) < 0 },
    });
    await rejection(client.get());
    expect([asked.length, raw.sent]).toEqual([1, ['get']]);
  });

  it('can have a read tried again that would not be, and never a write that may be done', async () => {
    const raw = new Double();
    raw.outcome = failing(() => transient());
    const client = resilientRedis(raw, { ...options, retry: { handle: () => true } });
    await rejection(client.get());
    await rejection(client.incr());
    expect(raw.sent).toEqual(['get', 'get', 'get', 'incr']);
    raw.outcome = failing(() => permanent());
    await rejection(client.with({ attributes: { idempotent: true } }).incr());
    expect(raw.sent.length).toBe(5);
  });

  it('for values concerns reads, and writes that may be repeated', async () => {
    const raw = new Double();
    raw.outcome = () => null;
    const client = resilientRedis(raw, {
      ...options,
      retry: { handleResult: (value) => value === null },
    });
    await client.get();
    await client.incr();
    expect(raw.sent).toEqual(['get', 'get', 'get', 'incr']);
  });

  it('in a pipeline of the caller makes no write run twice by default', async () => {
    const raw = new Double();
    raw.outcome = failing(() => transient());
    const given = pipeline('own', retry({ backoff: 0, budget: false }));
    const client = resilientRedis(raw, { pipeline: given });
    await rejection(client.incr());
    await rejection(client.get());
    expect(raw.sent).toEqual(['incr', 'get', 'get', 'get']);
  });
});

const fixed = (name: string): Double =>
  Object.defineProperty(new Double(), name, { value: () => 'mine' });

describe('members that cannot be replaced', () => {
  it('are shown as they are', () => {
    expect(Reflect.get(resilientRedis(fixed('label')), 'label')()).toBe('mine');
  });

  it('are refused where they would have to be protected', () => {
    const client = resilientRedis(fixed('hget'));
    expect(() => Reflect.get(client, 'hget') as unknown).toThrow('`hget` cannot be replaced');
    expect(() => resilientRedis(fixed('with'))).toThrow('`with` cannot be replaced');
  });
});
