import { Redis } from 'ioredis';
import { resilientRedis } from 'kedge/redis';
import { createClient } from 'redis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rejection } from '../support/lab.ts';
import { type RedisServer, redisServer } from '../support/redis-server.ts';
import { tcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';

let server: RedisServer;
let proxy: TcpProxy;
/** What the first connection goes through. */
let first: { blackHole?: boolean };
const ending: (() => unknown)[] = [];

beforeEach(async () => {
  server = await redisServer();
  first = {};
  proxy = await tcpProxy(server.port, (number) => (number === 1 ? first : {}));
});
afterEach(async () => {
  for (const end of ending.splice(0)) end();
  await proxy[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

const options = {
  maxAttempts: 1,
  attemptTimeout: 200,
  totalTimeout: 200,
  budget: false,
  circuitBreaker: { minimumCalls: 1e6 },
} as const;

/** What both clients have in common, as far as it is used here. */
interface Common {
  get(key: string): Promise<unknown>;
  incr(key: string): Promise<unknown>;
  multi(): { incr(key: string): { exec(): Promise<unknown> } };
  with(options: object): Common;
}

async function ioredis(more: object = {}): Promise<Common> {
  const bare = new Redis(proxy.port, proxy.host, { retryStrategy: () => 5, ...more });
  ending.push(() => bare.disconnect());
  bare.on('error', () => {});
  await bare.ping();
  return resilientRedis(bare, options);
}

async function nodeRedis(): Promise<Common> {
  const bare = createClient({
    socket: { host: proxy.host, port: proxy.port, reconnectStrategy: () => 5 },
  });
  ending.push(() => bare.destroy());
  bare.on('error', () => {});
  await bare.connect();
  await bare.ping();
  return resilientRedis(bare, options);
}

describe.each([
  ['ioredis', ioredis],
  ['node-redis', nodeRedis],
] as const)('the connection of %s', (_name, make) => {
  it('takes no writes along that were given up while there was none', async () => {
    const client = await make();
    await proxy.stop();
    proxy.end();
    const given = [client.incr('n'), client.multi().incr('n').exec()].map(rejection);
    await Promise.all(given);
    await proxy.start();
    await expect.poll(() => client.get('a').catch(() => undefined)).toBe('value of a');
    expect(server.executed).toEqual([]);
  });

  it('is replaced when it does not answer any more', async () => {
    const client = await make();
    first.blackHole = true;
    await Promise.all([1, 2, 3].map(() => rejection(client.get('a'))));
    expect(proxy.accepted).toBe(1);
    await expect.poll(() => client.get('a').catch(() => undefined)).toBe('value of a');
    expect(proxy.accepted).toBeGreaterThan(1);
  });

  it('is kept while commands wait in it for others to write', async () => {
    const client = (await make()) as Common &
      Record<'blpop' | 'blPop', (...args: unknown[]) => Promise<unknown>>;
    script('blpop', 'silence');
    const name = 'blpop' in client ? 'blpop' : 'blPop';
    client[name]('list', 0).catch(() => {});
    await expect.poll(() => server.names).toContain('blpop');
    server.script = ([command]) => (command === 'ping' ? undefined : 'silence');
    for (let n = 0; n < 5; n++) await rejection(client.get('a'));
    expect(proxy.accepted).toBe(1);
  });

  it('is left when its server has become a replica', async () => {
    const client = await make();
    const readOnly = { refused: "READONLY You can't write against a read only replica." };
    server.script = ([name], nth) => (name === 'incr' && nth < 3 ? readOnly : undefined);
    await expect(client.incr('n')).rejects.toThrow('READONLY');
    await expect.poll(() => proxy.accepted).toBe(2);
    await rejection(client.incr('n'));
    expect(await client.get('a')).toBe('value of a');
    // Once a second, and not for each refusal.
    expect(proxy.accepted).toBe(2);
  });
});

const script = (name: string, outcome: 'silence'): void => {
  server.script = (command) => (command[0] === name ? outcome : undefined);
};

it('the resending of ioredis does not execute a lost write twice', async () => {
  const client = await ioredis({ autoResendUnfulfilledCommands: true, maxRetriesPerRequest: null });
  server.script = ([name], nth) => (name === 'incr' && nth === 1 ? 'done, then cut' : undefined);
  await rejection(client.incr('n'));
  expect(await client.get('a')).toBe('value of a');
  expect(server.executed).toEqual([['incr', 'n']]);
});

it('a client of ioredis that waits for its first command connects for it', async () => {
  const bare = new Redis(proxy.port, proxy.host, { lazyConnect: true });
  ending.push(() => bare.disconnect());
  expect(await resilientRedis(bare).get('a')).toBe('value of a');
});

describe('further views', () => {
  it('of node-redis are protected, or refused', async () => {
    const bare = createClient({
      socket: { host: proxy.host, port: proxy.port, reconnectStrategy: () => 5 },
    });
    ending.push(() => bare.destroy());
    bare.on('error', () => {});
    await bare.connect();
    const client = resilientRedis(bare, { backoff: () => 1 });
    const other = client.duplicate();
    other.on('error', () => {});
    await other.connect();
    ending.push(() => other.destroy());
    const views = [client.withTypeMapping({}), client.withCommandOptions({}), client.asap(), other];
    for (const view of views) {
      const before = server.names.length;
      server.script = ([name], nth) => (name === 'get' && nth % 2 === 1 ? 'cut' : undefined);
      expect(await view.get('a')).toBe('value of a');
      expect(server.names.slice(before).filter((name) => name === 'get').length).toBe(2);
    }
    const controller = new AbortController();
    server.script = () => 'silence';
    const given = client.withAbortSignal(controller.signal).get('a');
    controller.abort(new Error('enough'));
    await expect(given).rejects.toThrow('enough');
    expect(() => client.legacy()).toThrow('cannot be protected');
  });

  it('that scan call the protected commands', async () => {
    const bare = new Redis(proxy.port, proxy.host);
    ending.push(() => bare.disconnect());
    const client = resilientRedis(bare, { backoff: () => 1 });
    const asked: string[] = [];
    server.script = ([name = ''], nth) => {
      asked.push(name);
      return name === 'scan' && nth === 1
        ? 'cut'
        : name === 'scan'
          ? { refused: 'ERR over' }
          : undefined;
    };
    const failure = await new Promise((resolve) => {
      client.scanStream().on('error', resolve).resume();
    });
    expect([String(failure), asked.filter((name) => name === 'scan').length]).toEqual([
      'ReplyError: ERR over',
      2,
    ]);
  });

  it('by the name of a command are protected as the command itself', async () => {
    const bare = new Redis(proxy.port, proxy.host, { retryStrategy: () => 5 });
    ending.push(() => bare.disconnect());
    bare.on('error', () => {});
    const client = resilientRedis(bare, { backoff: () => 1 });
    server.script = ([name], nth) => (name === 'get' && nth === 1 ? 'cut' : undefined);
    expect(await client.call('get', 'a')).toBe('value of a');
    server.script = ([name]) => (name === 'incr' ? 'done, then cut' : undefined);
    await rejection(client.call('INCR', 'n'));
    expect(server.executed).toEqual([['incr', 'n']]);
  });
});
