import { Redis } from 'ioredis';
import { resilientRedis } from 'kedge/redis';
import { createClient } from 'redis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { tcpProxy } from '../support/tcp-proxy.ts';
import type { Server } from './support/server.ts';
import { redis as start } from './support/servers.ts';

let server: Server;
let bystander: Redis;

beforeAll(async () => {
  server = await start();
  bystander = new Redis(server.port, '127.0.0.1');
});
afterAll(async () => {
  bystander.disconnect();
  await server[Symbol.asyncDispose]();
});
beforeEach(async () => {
  await bystander.flushall();
});

const options = {
  budget: false,
  maxAttempts: 100,
  backoff: () => 10,
  circuitBreaker: { minimumCalls: 1e6 },
} as const;

/** What both clients have in common, as far as it is used here. */
interface Common {
  get(key: string): Promise<string | null>;
  incr(key: string): Promise<number>;
  set(key: string, value: string): Promise<unknown>;
  multi(): {
    set(key: string, value: string): unknown;
    get(key: string): unknown;
    exec(): Promise<unknown>;
  };
  with(options: object): Common;
}

interface Made {
  readonly client: Common;
  readonly same: boolean;
  end(): void;
}

async function ioredis(port: number): Promise<Made> {
  const bare = new Redis(port, '127.0.0.1', {
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    retryStrategy: () => 10,
  });
  bare.on('error', () => {});
  await bare.ping();
  const client = resilientRedis(bare, options);
  return {
    client: client as unknown as Common,
    same: client instanceof Redis && client.on('ready', () => {}) === client,
    end: () => bare.disconnect(),
  };
}

async function nodeRedis(port: number): Promise<Made> {
  const bare = createClient({ socket: { host: '127.0.0.1', port, reconnectStrategy: () => 10 } });
  bare.on('error', () => {});
  await bare.connect();
  const client = resilientRedis(bare, options);
  return {
    client: client as unknown as Common,
    same: Object.getPrototypeOf(client) === Object.getPrototypeOf(bare) && client.isReady,
    end: () => bare.destroy(),
  };
}

describe.each([
  ['ioredis', ioredis],
  ['node-redis', nodeRedis],
] as const)('a protected client of %s', (_name, make) => {
  it('stays what it is, and has commands, MULTI and options', async () => {
    const { client, same, end } = await make(server.port);
    expect(same).toBe(true);
    await client.set('a', '1');
    expect(await client.get('a')).toBe('1');
    const multi = client.multi();
    multi.set('b', '2');
    multi.get('b');
    expect(JSON.stringify(await multi.exec())).toContain('"2"');
    expect(await client.with({ attributes: { idempotent: true } }).get('b')).toBe('2');
    end();
  });

  it('answers reads in spite of cuts, and counts nothing twice', async () => {
    await using proxy = await tcpProxy(server.port);
    const { client, end } = await make(proxy.port);
    await client.set('fixed', 'here');
    let cuts = 0;
    const cutting = setInterval(() => {
      cuts += proxy.end();
    }, 40);
    let acknowledged = 0;
    let read = 0;
    await Promise.all(
      Array.from({ length: 4 }, async (_, worker) => {
        for (let n = 0; n < 500; n++) {
          await client.incr(`n:${worker}:${n}`).then(
            () => acknowledged++,
            () => {},
          );
          if ((await client.get('fixed')) === 'here') read++;
        }
      }),
    );
    clearInterval(cutting);
    const keys = await bystander.keys('n:*');
    const values = keys.length === 0 ? [] : await bystander.mget(keys);
    const twice = values.filter((value) => value !== '1').length;
    console.log(
      `increments: 2000, cuts: ${cuts}, acknowledged: ${acknowledged}, present: ${keys.length}, twice: ${twice}, reads: ${read}`,
    );
    expect(read).toBe(2_000);
    expect(twice).toBe(0);
    expect(keys.length).toBeGreaterThanOrEqual(acknowledged);
    end();
  });

  it('sends a MULTI that only reads anew, as a whole', async () => {
    await using proxy = await tcpProxy(server.port);
    const { client, end } = await make(proxy.port);
    await client.set('a', '1');
    proxy.weather = { blackHole: 'down' };
    setTimeout(() => {
      proxy.end();
      proxy.weather = {};
    }, 30);
    const multi = client.multi();
    multi.get('a');
    multi.get('a');
    expect(JSON.stringify(await multi.exec())).toMatch(/"1".*"1"/);
    end();
  });
});
