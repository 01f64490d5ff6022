/** Sessions of MariaDB: which server they are on, what ends their statements, and what their transactions come to. */
import { setTimeout as sleep } from 'node:timers/promises';
import { classify, TimeoutError } from 'kedge';
import { resilientMysql } from 'kedge/mysql2';
import { createPool as createCallbackPool } from 'mysql2';
import { createConnection, createPool, type Pool } from 'mysql2/promise';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { rejection } from '../support/lab.ts';
import { tcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import type { Server } from './support/server.ts';
import { mariadb, mariadbAt } from './support/servers.ts';

let server: Server;
let other: Server;
let proxy: TcpProxy;
const pools: Pool[] = [];

async function ask<Row = Record<string, unknown>>(
  text: string,
  port = server.port,
): Promise<Row[]> {
  const connection = await createConnection(mariadbAt(port));
  try {
    return (await connection.query(text))[0] as Row[];
  } finally {
    await connection.end();
  }
}

function poolOf(more: object = {}): Pool {
  const pool = createPool({ ...mariadbAt(proxy.port), connectionLimit: 4, ...more });
  pools.push(pool);
  return pool;
}

const short = { maxAttempts: 1, attemptTimeout: 400, totalTimeout: 400 } as const;

/** How many statements with this beginning are running. */
const running = async (text: string, port?: number): Promise<number> => {
  const [row] = await ask<{ n: number }>(
    `select count(*) as n from information_schema.processlist where info like '${text}%'`,
    port,
  );
  return Number(row?.n);
};

const limitOf = async (asked: PromiseLike<unknown>): Promise<number> => {
  const [[row]] = (await asked) as [[{ ms: string }]];
  return Number(row.ms);
};

/** Lets this transaction lose against another one that has changed more rows. */
async function lose(tx: { query(sql: string): Promise<unknown> }): Promise<unknown> {
  await tx.query('update tested.accounts set cents = cents - 50 where id = 1');
  const rival = await createConnection(mariadbAt(server.port));
  await rival.query('start transaction');
  await rival.query('insert into tested.accounts values (10, 0), (11, 0), (12, 0)');
  await rival.query('update tested.accounts set cents = 101 where id = 2');
  const waiting = rival.query('update tested.accounts set cents = cents + 1 where id = 1');
  await sleep(150);
  const failure = await rejection(
    tx.query('update tested.accounts set cents = cents where id = 2'),
  );
  await waiting;
  await rival.query('rollback');
  await rival.end();
  return failure;
}
const sum = async (): Promise<number> => {
  const [row] = await ask<{ sum: string }>('select sum(cents) as sum from tested.accounts');
  return Number(row?.sum);
};

beforeAll(async () => {
  [server, other] = await Promise.all([mariadb(), mariadb()]);
  await ask('create database if not exists tested');
  await ask('create table tested.accounts (id int primary key, cents int) engine=innodb');
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await other[Symbol.asyncDispose]();
});
beforeEach(async () => {
  proxy = await tcpProxy(server.port);
  await ask('delete from tested.accounts');
  await ask('insert into tested.accounts values (1, 100), (2, 100), (3, 0)');
});
afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.end().catch(() => {})));
  await proxy[Symbol.asyncDispose]();
});

describe('a statement that is over its time', () => {
  it('is ended on the server', async () => {
    const pool = resilientMysql(poolOf(), { ...short, statementTimeout: false });
    expect(await rejection(pool.query('select sleep(21)'))).toBeInstanceOf(TimeoutError);
    await expect.poll(() => running('select sleep(21)'), { timeout: 3_000 }).toBe(0);
  });

  it('is ended also when the pool is closed right after', async () => {
    const pool = resilientMysql(poolOf(), { ...short, statementTimeout: false });
    await rejection(
      pool.transaction(async (tx) => {
        await tx.query('select * from tested.accounts for update');
        await tx.query('select sleep(22)');
      }),
    );
    await pool.end();
    expect(await running('select sleep(22)')).toBe(0);
  });

  it("is ended by the server's own limit where the address leads to another one, which loses no session", async () => {
    const pool = resilientMysql(poolOf(), short);
    const [rows] = await pool.query('select connection_id() as id');
    const [{ id }] = rows as unknown as [{ id: number }];
    let innocent = await createConnection(mariadbAt(other.port));
    while (innocent.threadId < id) {
      innocent.destroy();
      innocent = await createConnection(mariadbAt(other.port));
    }
    proxy.target = other.port;
    await rejection(pool.query('select sleep(23)'));
    await expect.poll(() => running('select sleep(23)'), { timeout: 5_000 }).toBe(0);
    await innocent.query('select 1');
    innocent.destroy();
  });
});

describe('the limit of statements', () => {
  const show = 'select round(@@session.max_statement_time * 1000) as ms';
  it('is that of the call, and none for a connection that its caller has taken', async () => {
    const pool = resilientMysql(poolOf({ connectionLimit: 1 }), { attemptTimeout: 2_000 });
    const inTransaction = (): Promise<number> => pool.transaction((tx) => limitOf(tx.query(show)));
    expect([await limitOf(pool.query(show)), await inTransaction()]).toEqual([2_000, 2_000]);
    const connection = await pool.getConnection();
    expect(await limitOf(connection.query(show))).toBe(0);
    connection.release();
    expect(await limitOf(pool.query(show))).toBe(2_000);
  });

  it('of the application is neither raised nor wiped', async () => {
    const bare = poolOf({ connectionLimit: 1 });
    bare.on('connection', (connection) => {
      void connection.query('set session max_statement_time = 0.25');
    });
    const pool = resilientMysql(bare, { attemptTimeout: 2_000 });
    expect(await limitOf(pool.query(show))).toBe(250);
    const tighter = resilientMysql(bare, { attemptTimeout: 100 });
    expect(await limitOf(tighter.query(show))).toBe(100);
    const connection = await tighter.getConnection();
    expect(await limitOf(connection.query(show))).toBe(250);
    connection.release();
  });

  it('is set anew where the pool resets its connections', async () => {
    const pool = resilientMysql(poolOf({ connectionLimit: 1, resetOnRelease: true }), {
      attemptTimeout: 2_000,
    });
    await pool.query('select 1');
    expect(await limitOf(pool.query(show))).toBe(2_000);
  });
});

describe('a transaction that a deadlock has rolled back', () => {
  it('takes nothing more, and is run again as a whole, even if its function goes on', async () => {
    const pool = resilientMysql(poolOf());
    const refused: unknown[] = [];
    let runs = 0;
    await pool.transaction(async (tx) => {
      if (++runs === 1) {
        await lose(tx);
        const more = 'update tested.accounts set cents = cents + 50 where id = 3';
        await tx.query(more).catch((error: unknown) => refused.push(error));
        return;
      }
      await tx.query('update tested.accounts set cents = cents + 50 where id = 3');
      await tx.query('update tested.accounts set cents = cents - 50 where id = 1');
    });
    expect([runs, refused.map((error) => classify(error).code), await sum()]).toEqual([
      2,
      ['ER_LOCK_DEADLOCK'],
      200,
    ]);
  });

  it('is not saved by a savepoint', async () => {
    const pool = resilientMysql(poolOf());
    const failure = await rejection(
      pool.transaction(
        async (tx) => {
          await tx.transaction(lose).catch(() => {});
          await tx.query('update tested.accounts set cents = cents + 50 where id = 3');
        },
        { retries: 0 },
      ),
    );
    expect([classify(failure).code, await sum()]).toEqual(['ER_LOCK_DEADLOCK', 200]);
  });
});

describe('the other form of a pool', () => {
  it('of callbacks is protected as the pool is', async () => {
    const core = createCallbackPool({ ...mariadbAt(proxy.port), connectionLimit: 1 });
    const pool = resilientMysql(core, { backoff: () => 1 });
    const promised = pool.promise();
    await promised.query('select 1');
    proxy.end();
    await promised.query('select 1');
    expect(await promised.query('select 2 as a')).toMatchObject([[{ a: 2 }], expect.anything()]);
    await promised.end();
  });

  it('ends no process when a session ends in the hands of its caller', async () => {
    const pool = resilientMysql(poolOf());
    const connection = await pool.getConnection();
    const ended = rejection(connection.query('select sleep(24)'));
    await expect.poll(() => running('select sleep(24)')).toBe(1);
    proxy.end();
    await ended;
    await rejection(connection.query('select 1'));
    connection.release();
    await pool.query('select 1');
  });
});
