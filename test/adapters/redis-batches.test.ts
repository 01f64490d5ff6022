import { Redis } from 'ioredis';
import { classify, pipeline, retry } from 'kedge';
import { resilientRedis } from 'kedge/redis';
import { createClient, ErrorReply, MultiErrorReply } from 'redis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ofTransaction } from '../../src/adapters/redis/results.ts';
import { rejection } from '../support/lab.ts';
import { type Outcome, type RedisServer, redisServer } from '../support/redis-server.ts';

let server: RedisServer;
const ending: (() => unknown)[] = [];

beforeEach(async () => {
  server = await redisServer();
});
afterEach(async () => {
  for (const end of ending.splice(0)) end();
  await server[Symbol.asyncDispose]();
});

const options = {
  maxAttempts: 5,
  budget: false,
  backoff: () => 1,
  circuitBreaker: { minimumCalls: 1e6 },
} as const;

const script = (name: string, ...outcomes: readonly (Outcome | undefined)[]): void => {
  server.script = (command, nth) => (command[0] === name ? outcomes[nth - 1] : undefined);
};

async function ioredis(): Promise<Redis> {
  const bare = new Redis(server.port, '127.0.0.1', { retryStrategy: () => 1 });
  ending.push(() => bare.disconnect());
  bare.on('error', () => {});
  await bare.ping();
  return bare;
}

// Its type is inferred: it has hundreds of commands.
async function nodeRedis() {
  const bare = createClient({
    socket: { host: '127.0.0.1', port: server.port, reconnectStrategy: () => 1 },
  });
  ending.push(() => bare.destroy());
  bare.on('error', () => {});
  await bare.connect();
  await bare.ping();
  return bare;
}

/** A pipeline, whose own MULTI has no types. */
interface Nested extends Promise<unknown[] | null> {
  multi(): Nested;
  incr(key: string): Nested;
  get(key: string): Nested;
  exec(): Nested;
}

const loading: Outcome = { refused: 'LOADING Redis is loading the dataset in memory' };

describe('a batch of ioredis', () => {
  it('that is given as a list is told by its commands', async () => {
    const client = resilientRedis(await ioredis(), options);
    script('incr', 'done, then cut');
    await client.pipeline([['incr', 'n']]).exec();
    script('exec', 'done, then cut');
    await rejection(client.multi([['incr', 'n']]).exec());
    expect(server.executed.length).toBe(2);
    script('get', 'cut');
    expect(await client.pipeline([['get', 'a']]).exec()).toEqual([[null, 'value of a']]);
  });

  it('calls everybody back once, with what came of it in the end', async () => {
    const client = resilientRedis(await ioredis(), options);
    script('get', 'cut', 'cut');
    const told: unknown[] = [];
    const tell =
      (who: string) =>
      (error: unknown, value: unknown): void => {
        told.push([who, error, value]);
      };
    await client
      .pipeline()
      .get('a', tell('a'))
      .get('b', tell('b'))
      .exec((error, results) => told.push(['all', error, results?.length]));
    await expect.poll(() => told.length).toBe(3);
    expect(told).toEqual(
      expect.arrayContaining([
        ['a', null, 'value of a'],
        ['b', null, 'value of b'],
        ['all', null, 2],
      ]),
    );
    script('incr', { refused: 'WRONGTYPE Operation against a key' });
    told.length = 0;
    await client.pipeline().incr('n', tell('n')).exec();
    await expect.poll(() => told.length).toBe(1);
    expect(told[0]).toMatchObject([
      'n',
      { message: expect.stringMatching(/^WRONGTYPE/) as string },
      undefined,
    ]);
  });

  it('of a refused and a lost command is not sent again', async () => {
    const client = resilientRedis(await ioredis(), options);
    server.script = ([name]) =>
      name === 'set' ? loading : name === 'incr' ? 'done, then cut' : undefined;
    const results = await client.pipeline().set('a', '1').incr('n').exec();
    expect(results?.map(([error]) => error instanceof Error)).toEqual([true, true]);
    expect(server.executed).toEqual([['incr', 'n']]);
  });

  it('of which all commands were refused for now is sent again, and of which some were is not', async () => {
    const client = resilientRedis(await ioredis(), options);
    server.script = (_command, nth) => (nth === 1 ? loading : undefined);
    const none = await client.pipeline().set('a', '1').incr('n').exec();
    expect(none?.map(([error]) => error)).toEqual([null, null]);
    expect(server.executed.length).toBe(2);
    server.script = ([name]) => (name === 'incr' ? loading : undefined);
    await client.pipeline().set('a', '1').incr('n').exec();
    expect(server.executed.length).toBe(3);
  });

  it('sends a MULTI again that was discarded for a reason that passes, and no other', async () => {
    const client = resilientRedis(await ioredis(), options);
    const discarded: Outcome = {
      refused: 'EXECABORT Transaction discarded because of: LOADING Redis is loading',
    };
    script('exec', discarded, discarded);
    await client.multi().incr('n').exec();
    expect([server.names.filter((name) => name === 'exec').length, server.executed.length]).toEqual(
      [3, 1],
    );
    script('exec', undefined, undefined, undefined, {
      refused: 'EXECABORT Transaction discarded because of previous errors.',
    });
    await expect(client.multi().incr('n').exec()).rejects.toThrow('EXECABORT');
    expect(server.names.filter((name) => name === 'exec').length).toBe(4);
  });

  it('leaves MULTI that is sent at once, and all up to its EXEC, to the caller', async () => {
    const client = resilientRedis(await ioredis(), options);
    await client.multi({ pipeline: false });
    expect(await client.set('a', '1')).toBe('QUEUED');
    script('incr', 'cut');
    await rejection(client.incr('n'));
    expect(server.names.filter((name) => name === 'incr').length).toBe(1);
    await client.exec();
    script('incr', undefined, loading);
    await client.incr('n');
    expect(server.names.filter((name) => name === 'incr').length).toBe(3);
  });

  it('knows a MULTI inside of a pipeline', async () => {
    const client = resilientRedis(await ioredis(), options);
    const pipe = client.pipeline() as unknown as Nested;
    const results = await pipe.multi().incr('n').exec().get('a').exec();
    expect([results?.length, server.executed]).toEqual([4, [['incr', 'n']]]);
  });
});

describe('a script', () => {
  // What redis.error_reply() of a script says is not the server's own refusal: what it had written by then stays.
  const moving: Outcome = { refused: 'TRYAGAIN the shard is being moved' };
  const lua = "redis.call('incr', KEYS[1]) return redis.error_reply('TRYAGAIN …')";

  it.each<[string, () => Promise<unknown>]>([
    ['of ioredis', async () => resilientRedis(await ioredis(), options).eval(lua, 1, 'n')],
    [
      'in a pipeline of ioredis',
      async () =>
        resilientRedis(await ioredis(), options)
          .pipeline()
          .eval(lua, 1, 'n')
          .exec(),
    ],
    [
      'of node-redis',
      async () => resilientRedis(await nodeRedis(), options).eval(lua, { keys: ['n'] }),
    ],
  ])('%s that ends with an error is not run again: it may have written before', async (_, run) => {
    server.script = ([name]) => (name === 'eval' ? moving : undefined);
    await run().catch(() => {});
    expect(server.names.filter((name) => name === 'eval')).toHaveLength(1);
  });

  it('is run again where its caller says that twice is as good as once', async () => {
    const client = resilientRedis(await ioredis(), options).with({
      attributes: { idempotent: true },
    });
    script('eval', moving);
    await client.eval(lua, 1, 'n');
    expect(server.names.filter((name) => name === 'eval')).toHaveLength(2);
  });
});

describe('a batch with a command that waits for others', () => {
  it('is left alone, without a limit: what was given up would still be taken, and given to nobody', async () => {
    const own = pipeline('no-limit-for-blpop');
    const client = resilientRedis(await ioredis(), { pipeline: own });
    await client.pipeline().blpop('queue', 0).exec();
    expect([server.names.at(-1), own.stats().executions.success]).toEqual(['blpop', 0]);
    // Inside MULTI it does not wait.
    await client.multi().blpop('queue', 0).exec();
    expect(own.stats().executions.success).toBe(1);
  });
});

describe('a batch of node-redis', () => {
  it('sends the commands of modules with the others, and takes them for writes', async () => {
    const client = resilientRedis(await nodeRedis(), options);
    const multi = client.multi();
    multi.get('a');
    multi.json.set('doc', '$', { x: 1 });
    script('exec', 'done, then cut');
    await rejection(multi.exec());
    expect(server.names.slice(1)).toEqual(['multi', 'get', 'json.set', 'exec']);
  });

  it('of several commands without MULTI is not sent again for the refusal of one', async () => {
    const client = resilientRedis(await nodeRedis(), options);
    script('set', loading);
    await expect(client.multi().set('a', '1').incr('n').execAsPipeline()).rejects.toThrow(
      'LOADING',
    );
    expect(server.executed).toEqual([['incr', 'n']]);
    script('incr', undefined, loading);
    await client.multi().incr('n').execAsPipeline();
    expect(server.executed.length).toBe(2);
  });

  it('that was executed with errors is not sent again, whatever they are', () => {
    const busy = new ErrorReply('BUSY Redis is busy running a script.');
    const failure = new MultiErrorReply([1, busy] as never, [1]);
    expect(classify(ofTransaction(failure)).repeat).toBe('never');
  });
});

const execs = (): number => server.names.filter((name) => name === 'exec').length;

describe('a batch after WATCH', () => {
  const own = {
    pipeline: pipeline('own', retry({ maxAttempts: 5, backoff: () => 1, budget: false })),
  };

  it.each([
    ['the preset', options],
    ["the caller's own retry", own],
  ])('is sent once by node-redis, under %s', async (_name, given) => {
    const client = resilientRedis(await nodeRedis(), given);
    await client.watch('stock');
    script('exec', 'nil');
    await expect(client.multi().set('stock', '9').exec()).rejects.toMatchObject({
      message: expect.stringContaining('watched keys'),
    });
    expect(execs()).toBe(1);
  });

  it('is sent once by ioredis, also where its answer was lost', async () => {
    const client = resilientRedis(await ioredis(), options);
    await client.watch('stock');
    script('exec', 'nil');
    expect(await client.multi().set('stock', '9').exec()).toBeNull();
    await client.call('WATCH', 'stock');
    script('exec', undefined, 'cut');
    await rejection(client.multi().set('stock', '9').exec());
    expect(execs()).toBe(2);
  });

  it('is not sent when the connection that knew of the keys is gone', async () => {
    const bare = await ioredis();
    const client = resilientRedis(bare, options);
    await client.watch('stock');
    script('get', 'cut');
    expect(await client.get('a')).toBe('value of a');
    await expect(client.multi().set('stock', '9').exec()).rejects.toThrow('lost after WATCH');
    expect(execs()).toBe(0);
    await client.multi().set('stock', '9').exec();
    expect(execs()).toBe(1);
  });

  it('is like any other once the keys are not watched any more', async () => {
    const client = resilientRedis(await ioredis(), options);
    await client.watch('stock');
    await client.unwatch();
    script('exec', { refused: 'EXECABORT Transaction discarded because of: LOADING Redis' });
    await client.multi().set('stock', '9').exec();
    expect(execs()).toBe(2);
  });
});
