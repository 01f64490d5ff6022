/** Pools of `pg` whose network or server goes away: all of them come back, and nothing ends the process. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Kysely, PostgresDialect, sql } from 'kysely';
import { classify, TimeoutError } from 'kedge';
import { resilientPg } from 'kedge/pg';
import { Client, Pool } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { rejection } from '../support/lab.ts';
import { tcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import type { Server } from './support/server.ts';
import { postgres, postgresAt } from './support/servers.ts';

let server: Server;
let proxy: TcpProxy;
/** What connections go through, by their number from 1. */
let weathers: { blackHole?: boolean }[];
const pools: Pool[] = [];

async function ask(text: string): Promise<Record<string, unknown>[]> {
  const client = new Client(postgresAt(server.port));
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

function poolOf(max: number, more: object = {}): Pool {
  const pool = new Pool({ ...postgresAt(proxy.port), max, ...more });
  pools.push(pool);
  return pool;
}

const options = { maxAttempts: 1, attemptTimeout: 300, totalTimeout: 300, budget: false } as const;

beforeAll(async () => {
  server = await postgres();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});
beforeEach(async () => {
  weathers = [];
  proxy = await tcpProxy(server.port, (number) => (weathers[number] ??= {}));
});
afterEach(async () => {
  for (const weather of weathers) if (weather !== undefined) weather.blackHole = false;
  proxy.end();
  for (const pool of pools.splice(0)) if (!pool.ending) await pool.end();
  await proxy[Symbol.asyncDispose]();
});

/** All that is there, and all that comes, says nothing any more. */
const darken = (): void => {
  for (let number = 1; number < 50; number++) (weathers[number] ??= {}).blackHole = true;
};
/** What is there stays dead; what comes is well. */
const lighten = (): void => {
  weathers.length = proxy.accepted + 1;
};

describe('a pool whose network drops everything', () => {
  it('gets the clients back that were being taken out', async () => {
    const bare = poolOf(2);
    const pool = resilientPg(bare, options);
    await Promise.all([pool.query('select 1'), pool.query('select 1')]);
    darken();
    const asked = await Promise.all([1, 2].map(() => rejection(pool.query('select 1'))));
    expect(asked.every((error) => error instanceof TimeoutError)).toBe(true);
    await Promise.all([1, 2].map(() => rejection(pool.connect())));
    lighten();
    await expect
      .poll(
        () =>
          pool.query('select 1').then(
            () => true,
            () => false,
          ),
        {
          timeout: 5_000,
        },
      )
      .toBe(true);
  });

  it('opens no circuit while the program itself has all of its clients', async () => {
    const breaker = { consecutiveFailures: 2, openFor: 60_000 };
    const quick = { ...options, attemptTimeout: 50, circuitBreaker: breaker };
    const pool = resilientPg(poolOf(2), quick);
    const held = await Promise.all([pool.connect(), pool.connect()]);
    for (let n = 0; n < 4; n++)
      expect(classify(await rejection(pool.query('select 1'))).blame).toBe('self');
    for (const client of held) client.release();
    expect((await pool.query('select 1')).rowCount).toBe(1);
    darken();
    const errors = [
      await rejection(pool.query('select 1')),
      await rejection(pool.query('select 1')),
    ];
    expect(errors.map((error) => classify(error).blame)).toEqual(['dependency', 'dependency']);
    expect(await rejection(pool.query('select 1'))).toMatchObject({ code: 'KEDGE_CIRCUIT_OPEN' });
  });

  it('gets the places of connects back that nobody answers', async () => {
    const bare = poolOf(2);
    const pool = resilientPg(bare, options);
    darken();
    await Promise.all([1, 2, 3].map(() => rejection(pool.query('select 1'))));
    lighten();
    await expect.poll(() => bare.totalCount - bare.idleCount, { timeout: 5_000 }).toBe(0);
    await pool.query('select 1');
  });

  it('keeps a limit of its own on connects', () => {
    const own = poolOf(1, { connectionTimeoutMillis: 1_234 });
    resilientPg(own, options);
    const none = poolOf(1);
    resilientPg(none, { attemptTimeout: 700 });
    expect(
      [own, none].map(
        (pool) =>
          (pool as unknown as { options: { connectionTimeoutMillis: number } }).options
            .connectionTimeoutMillis,
      ),
    ).toEqual([1_234, 700]);
  });

  it('ends in time when it is closed right after a timeout', async () => {
    const bare = poolOf(2);
    const pool = resilientPg(bare, options);
    darken();
    await rejection(pool.query('select 1'));
    await pool.end();
    expect(bare.totalCount).toBe(0);
  });
});

describe('connections to a server that has become another', () => {
  afterEach(async () => {
    await ask('alter system reset default_transaction_read_only');
    await ask('select pg_reload_conf()');
  });

  it('are replaced when it takes no writes any more: of queries, of transactions and of clients taken by hand', async () => {
    await ask('create table if not exists written (n int)');
    const bare = poolOf(1);
    const pool = resilientPg(bare, { ...options, circuitBreaker: { minimumCalls: 1e6 } });
    const processes = new Set<unknown>();
    bare.on('connect', (client) => processes.add(Reflect.get(client, 'processID')));
    await pool.query('select 1');
    await ask('alter system set default_transaction_read_only = on');
    await ask('select pg_reload_conf()');
    await expect
      .poll(() => rejection(pool.query('insert into written values (1)')))
      .toMatchObject({ code: '25006' });
    const database = new Kysely<never>({ dialect: new PostgresDialect({ pool }) });
    const writes = [
      () => pool.query('insert into written values (1)'),
      () => pool.transaction((tx) => tx.query('insert into written values (1)')),
      () => sql`insert into written values (1)`.execute(database),
    ];
    for (const write of writes) {
      await pool.query('select 1');
      const before = processes.size;
      expect(classify(await rejection(write()))).toMatchObject({ code: '25006', repeat: 'safe' });
      await pool.query('select 1');
      expect(processes.size).toBe(before + 1);
    }
  });

  it('are replaced when their plans are stale', async () => {
    await ask('drop table if exists items');
    await ask('create table items (id int, name varchar(10))');
    const pool = resilientPg(poolOf(2), { backoff: () => 1 });
    const get = (): Promise<unknown> =>
      pool.query({ name: 'item', text: 'select * from items where id = $1', values: [1] });
    await Promise.all([get(), get()]);
    await ask('alter table items alter column name type text');
    const again = await Promise.all([get(), get(), get(), get()]);
    expect(again.length).toBe(4);
  });
});

const endSessions = (): Promise<unknown> =>
  ask(`select pg_terminate_backend(pid) from pg_stat_activity
    where backend_type = 'client backend' and pid <> pg_backend_pid()`);

describe('a server that ends its sessions', () => {
  it('ends no process where a client is in the hands of a query builder', async () => {
    const pool = resilientPg(poolOf(2));
    const database = new Kysely<never>({ dialect: new PostgresDialect({ pool }) });
    const failure = await rejection(
      database.transaction().execute(async (tx) => {
        await sql`select 1`.execute(tx);
        await endSessions();
        await sleep(50);
        await sql`select 2`.execute(tx);
      }),
    );
    expect(String(failure)).toMatch(/not queryable|terminat/);
    await pool.query('select 1');
  });

  it('has a transaction run again whose COMMIT was never sent', async () => {
    await ask('create table if not exists written (n int)');
    await ask('truncate written');
    const pool = resilientPg(poolOf(2), { backoff: () => 1 });
    let runs = 0;
    await pool.transaction(async (tx) => {
      runs++;
      await tx.query('insert into written values (1)');
      if (runs > 1) return;
      await endSessions();
      await sleep(50);
    });
    expect([runs, await ask('select count(*)::int as n from written')]).toEqual([2, [{ n: 1 }]]);
  });
});

it("a transaction's own error is its caller's, is thrown as it is, and is not tried again", async () => {
  const pool = resilientPg(poolOf(1));
  const own = new Error('not enough money');
  let runs = 0;
  const failure = await rejection(
    pool.with({ attributes: { idempotent: true } }).transaction(async (tx) => {
      runs++;
      await tx.query('select 1');
      throw own;
    }),
  );
  expect(failure).toBe(own);
  expect([runs, classify(own).blame]).toEqual([1, 'caller']);
});
