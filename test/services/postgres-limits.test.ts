/** What a session of PostgreSQL is set to: limits of the application, poolers, and functions that look like columns. */
import { resilientPg, type PgOptions } from 'kedge/pg';
import { Client, Pool } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { rejection } from '../support/lab.ts';
import { tcpProxy } from '../support/tcp-proxy.ts';
import type { Server } from './support/server.ts';
import { pgbouncer, postgres, postgresAt } from './support/servers.ts';

let server: Server;
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

function poolOf(more: object = {}, port: number = server.port): Pool {
  const pool = new Pool({ ...postgresAt(port), max: 1, ...more });
  pool.on('error', () => {});
  pools.push(pool);
  return pool;
}

beforeAll(async () => {
  server = await postgres();
  await ask(`create role limited login superuser`);
  await ask(`alter role limited set statement_timeout = '250ms'`);
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});
afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.end()));
});

const show = `select setting::int as ms from pg_settings where name = 'statement_timeout'`;

/** The limit that holds for statements of each kind, in milliseconds. */
async function limits(bare: Pool, options: PgOptions = {}): Promise<unknown[]> {
  const pool = resilientPg(bare, options);
  const queried = await pool.query<{ ms: number }>(show);
  const inTransaction = await pool.transaction(
    async (tx) => (await tx.query<{ ms: number }>(show)).rows[0]?.ms,
  );
  const client = await pool.connect();
  const byHand = await client.query<{ ms: number }>(show);
  client.release();
  const again = await pool.query<{ ms: number }>(show);
  return [queried.rows[0]?.ms, inTransaction, byHand.rows[0]?.ms, again.rows[0]?.ms];
}

describe('the limit of statements', () => {
  it('is that of the call, and none for a client that its caller has taken', async () => {
    const options = { attemptTimeout: 2_000 };
    expect(await limits(poolOf(), options)).toEqual([2_001, 2_001, 0, 2_001]);
  });

  it.each([
    ['of the role', () => poolOf({ user: 'limited' })],
    ['of the pool', () => poolOf({ statement_timeout: 250 })],
    [
      'of a SET on connect',
      () => poolOf().on('connect', (client) => void client.query('set statement_timeout = 250')),
    ],
  ])('%s is neither raised nor wiped', async (_name, make) => {
    expect(await limits(make())).toEqual([250, 250, 250, 250]);
  });

  it('of the application gives way to a tighter one of a call, and comes back', async () => {
    const options = { attemptTimeout: 100 };
    expect(await limits(poolOf({ statement_timeout: 250 }), options)).toEqual([101, 101, 250, 101]);
  });

  it('of a SET that comes later is kept, too', async () => {
    const bare = poolOf();
    const pool = resilientPg(bare);
    await pool.query('select 1');
    const client = await pool.connect();
    await client.query('set statement_timeout = 250');
    client.release();
    expect(await limits(bare)).toEqual([250, 250, 250, 250]);
  });

  it('is left alone on request', async () => {
    expect(await limits(poolOf(), { statementTimeout: false })).toEqual([0, 0, 0, 0]);
  });
});

describe('behind PgBouncer', () => {
  it('the limit of one application ends no statement of another', async () => {
    await using bouncer = await pgbouncer(server.port, { default_pool_size: 1 });
    const mine = poolOf({}, bouncer.port);
    expect(await limits(mine, { attemptTimeout: 100 })).toEqual([0, 0, 0, 0]);
    const [other] = (await poolOf({}, bouncer.port).query(show)).rows as unknown[];
    expect(other).toEqual({ ms: 0 });
  });

  it('a statement that is over its time is ended all the same', async () => {
    await using bouncer = await pgbouncer(server.port);
    const pool = resilientPg(poolOf({}, bouncer.port), { attemptTimeout: 300, totalTimeout: 300 });
    await rejection(pool.query('select pg_sleep(20)'));
    const running = `select count(*)::int as n from pg_stat_activity where query = 'select pg_sleep(20)' and state = 'active'`;
    await expect.poll(() => ask(running), { timeout: 5_000 }).toEqual([{ n: 0 }]);
  });

  it('what it refuses because its servers are busy is tried again', async () => {
    await using bouncer = await pgbouncer(server.port, {
      default_pool_size: 1,
      query_wait_timeout: 1,
    });
    const busy = poolOf({}, bouncer.port).query('select pg_sleep(1.5)');
    const pool = resilientPg(poolOf({}, bouncer.port), { backoff: () => 100 });
    await ask('create table if not exists written (n int)');
    await pool.query('insert into written values (1)');
    await busy;
    expect(await ask('select count(*)::int as n from written')).toEqual([{ n: 1 }]);
  });
});

describe('a function that looks like a column', () => {
  it('is not taken for one, so that a statement that calls it is a write', async () => {
    await ask('create table log (n int)');
    await ask('create table emp (id int, name text)');
    await ask("insert into emp values (1, 'a')");
    await ask(
      `create function noted(emp) returns int language sql as 'insert into log values (1) returning n'`,
    );
    await using proxy = await tcpProxy(server.port);
    const pool = resilientPg(poolOf({}, proxy.port), { backoff: () => 1, attemptTimeout: 2_000 });
    await pool.query('select 1');
    const lose = async (text: string): Promise<unknown> => {
      proxy.weather = { blackHole: 'down' };
      setTimeout(() => {
        proxy.end();
        proxy.weather = {};
      }, 100);
      return pool.query(text).then(
        ({ rows }) => rows,
        (error: unknown) => error,
      );
    };
    expect(await lose('select emp.noted from emp')).toBeInstanceOf(Error);
    expect(await ask('select count(*)::int as n from log')).toEqual([{ n: 1 }]);
    await pool.query('select 1');
    expect(await lose('select emp.name from emp')).toEqual([{ name: 'a' }]);
  });
});
