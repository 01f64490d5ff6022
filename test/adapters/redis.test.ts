import { Redis } from 'ioredis';
import { resilientRedis } from 'kedge/redis';
import { createClient } from 'redis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rejection } from '../support/lab.ts';
import { type Outcome, type RedisServer, redisServer } from '../support/redis-server.ts';
import { tcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';

let server: RedisServer;
let proxy: TcpProxy;

beforeEach(async () => {
  server = await redisServer();
  proxy = await tcpProxy(server.port);
});
afterEach(async () => {
  await proxy[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

const options = {
  maxAttempts: 100,
  budget: false,
  backoff: () => 1,
  circuitBreaker: { minimumCalls: 1e6 },
} as const;

/** So happens what `outcomes` lists to the commands of `name`, in turn, and then nothing more. */
const script = (name: string, ...outcomes: readonly (Outcome | undefined)[]): void => {
  server.script = (command, nth) => (command[0] === name ? outcomes[nth - 1] : undefined);
};

/** What both clients have in common, as far as it is used here. */
interface Common {
  get(key: string): Promise<string | null>;
  incr(key: string): Promise<number>;
  set(key: string, value: Buffer): Promise<unknown>;
  blocking(): Promise<unknown>;
  subscribe(channel: string, listener: () => void): Promise<unknown>;
  multi(): {
    incr(key: string): unknown;
    set(key: string, value: Buffer): unknown;
    get(key: string): unknown;
    exec(): Promise<unknown>;
  };
  with(options: object): Common;
  emitter: NodeJS.EventEmitter;
  end(): void;
}

async function ioredis(): Promise<Common> {
  const bare = new Redis(proxy.port, proxy.host, {
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    retryStrategy: () => 1,
  });
  bare.on('error', () => {});
  await bare.ping();
  return Object.assign(resilientRedis(bare, options), {
    emitter: bare,
    blocking: () => bare.blpop('list', 0),
    end: () => bare.disconnect(),
  });
}

async function nodeRedis(): Promise<Common> {
  const bare = createClient({
    socket: { host: proxy.host, port: proxy.port, reconnectStrategy: () => 1 },
  });
  bare.on('error', () => {});
  await bare.connect();
  await bare.ping();
  return Object.assign(resilientRedis(bare, options), {
    emitter: bare,
    blocking: () => bare.blPop('list', 0),
    end: () => bare.destroy(),
  });
}

/** The commands of a test, without the one by which it waited for the connection. */
const sent = (): readonly string[] => server.names.filter((name) => name !== 'ping');

describe.each([
  ['ioredis', ioredis],
  ['node-redis', nodeRedis],
] as const)('a protected client of %s', (_name, make) => {
  it('repeats a read after a lost connection', async () => {
    const client = await make();
    script('get', 'cut', 'cut');
    expect(await client.get('a')).toBe('value of a');
    expect(sent()).toEqual(['get', 'get', 'get']);
    client.end();
  });

  it('does not repeat a write that may have been executed, unless its caller says so', async () => {
    const client = await make();
    script('incr', 'done, then cut');
    await rejection(client.incr('n'));
    expect([sent(), server.executed]).toEqual([['incr'], [['incr', 'n']]]);
    expect(await client.get('a')).toBe('value of a');
    script('incr', undefined, 'done, then cut');
    await client.with({ attributes: { idempotent: true } }).incr('n');
    expect(server.executed.length).toBe(3);
    client.end();
  });

  it('repeats a write that the server has refused for now, and no other', async () => {
    const client = await make();
    const loading = { refused: 'LOADING Redis is loading the dataset in memory' };
    script('incr', loading, loading);
    expect(await client.incr('n')).toBe(1);
    expect([sent().length, server.executed.length]).toEqual([3, 1]);
    script('incr', undefined, undefined, undefined, {
      refused: 'WRONGTYPE Operation against a key holding the wrong kind of value',
    });
    await expect(client.incr('n')).rejects.toThrow('WRONGTYPE');
    expect(sent().length).toBe(4);
    client.end();
  });

  it('sends values as they were when it was called, at each attempt', async () => {
    const client = await make();
    const loading = { refused: 'LOADING Redis is loading the dataset in memory' };
    script('set', loading);
    const value = Buffer.from('ann');
    const setting = client.set('k', value);
    value.write('bob');
    await setting;
    const batch = client.multi();
    value.write('ann');
    batch.set('k', value);
    value.write('bob');
    await batch.exec();
    expect(server.received.filter(([name]) => name === 'set').map(([, , sent]) => sent)).toEqual([
      'ann',
      'ann',
      'ann',
    ]);
    client.end();
  });

  it('takes a MULTI for one operation: repeated when it only reads, and when it writes not', async () => {
    const client = await make();
    script('exec', 'cut', undefined, 'done, then cut');
    const reading = client.multi();
    reading.get('a');
    reading.get('b');
    expect(JSON.stringify(await reading.exec())).toMatch(/value of a.*value of b/);
    expect(sent()).toEqual(['multi', 'get', 'get', 'exec', 'multi', 'get', 'get', 'exec']);
    const writing = client.multi();
    writing.incr('n');
    writing.get('a');
    const ended = await writing.exec().catch((error: unknown) => error);
    // ioredis tells of a lost connection by the error of each command.
    expect(JSON.stringify(ended)).not.toContain('value of a');
    expect([sent().slice(8), server.executed]).toEqual([
      ['multi', 'incr', 'get', 'exec'],
      [['incr', 'n']],
    ]);
    client.end();
  });

  it('leaves blocking commands and subscriptions alone', async () => {
    const client = await make();
    script('blpop', 'cut', 'cut', 'cut');
    await rejection(client.blocking());
    expect(sent()).toEqual(['blpop']);
    const other = await make();
    await other.subscribe('news', () => {});
    expect(sent()).toEqual(['blpop', 'subscribe']);
    other.end();
    client.end();
  });

  it('leaves no listeners and no connections behind', async () => {
    const client = await make();
    const count = (): number[] =>
      client.emitter.eventNames().map((name) => client.emitter.listenerCount(name));
    const before = count();
    for (let n = 0; n < 20; n++) await client.get('a');
    expect([count(), proxy.open]).toEqual([before, 1]);
    client.end();
    await expect.poll(() => server.open).toBe(0);
  });
});

it('a pipeline of ioredis that only reads is repeated, and its results are pairs', async () => {
  const bare = new Redis(proxy.port, proxy.host, {
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    retryStrategy: () => 1,
  });
  bare.on('error', () => {});
  await bare.ping();
  const client = resilientRedis(bare, options);
  script('get', 'cut');
  expect(await client.pipeline().get('a').get('b').exec()).toEqual([
    [null, 'value of a'],
    [null, 'value of b'],
  ]);
  script('incr', 'done, then cut');
  const lost = await client.pipeline().incr('n').exec();
  expect(lost).toMatchObject([[expect.any(Error)]]);
  expect(server.executed).toEqual([['incr', 'n']]);
  bare.disconnect();
});
