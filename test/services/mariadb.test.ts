import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { classify, TimeoutError } from 'kedge';
import { OutcomeUnknownError, resilientMysql } from 'kedge/mysql2';
import { createPool as createCallbackPool } from 'mysql2';
import { createConnection, createPool, type Pool, type RowDataPacket } from 'mysql2/promise';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { tcpProxy } from '../support/tcp-proxy.ts';
import type { Server } from './support/server.ts';
import { mariadb, mariadbAt } from './support/servers.ts';

let server: Server;
const database = 'tested';

async function ask<Row extends object>(sql: string, values: unknown[] = []): Promise<Row[]> {
  const connection = await createConnection({ host: '127.0.0.1', port: server.port, user: 'root' });
  try {
    const [rows] = await connection.query(sql, values);
    return rows as unknown as Row[];
  } finally {
    await connection.end();
  }
}

const poolAt = (port: number, connectionLimit = 10): Pool =>
  createPool({ ...mariadbAt(port), database, connectionLimit, connectTimeout: 2_000 });

async function sessions(): Promise<number> {
  const rows = await ask<{ id: number }>(
    "select id from information_schema.processlist where db = 'tested'",
  );
  return rows.length;
}

async function until(what: () => Promise<boolean>, within = 5_000): Promise<void> {
  const end = performance.now() + within;
  while (!(await what())) {
    if (performance.now() > end) throw new Error(`not so within ${within} ms: ${String(what)}`);
    await sleep(20);
  }
}

const patient = { budget: false, circuitBreaker: { minimumCalls: 1e6 } } as const;

beforeAll(async () => {
  server = await mariadb();
  await ask('create database tested');
  await ask('create table tested.written (id char(36) not null)');
  await ask('create table tested.accounts (id int primary key, cents int not null)');
  await ask('insert into tested.accounts select seq, 1000 from tested.seq_1_to_20').catch(() =>
    ask(
      `insert into tested.accounts values ${Array.from({ length: 20 }, (_, n) => `(${n + 1}, 1000)`).join()}`,
    ),
  );
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

describe('a protected pool of mysql2', () => {
  it('takes statements in both forms, of both sorts of pool', async () => {
    const pool = resilientMysql(poolAt(server.port));
    const [rows] = await pool.query<RowDataPacket[]>('select ? as a', [1]);
    const [prepared] = await pool.execute<RowDataPacket[]>('select ? as a', ['2']);
    expect([rows, prepared]).toEqual([[{ a: 1 }], [{ a: '2' }]]);
    await pool.end();
    const called = resilientMysql(createCallbackPool({ ...mariadbAt(server.port), database }));
    const answer = await new Promise((resolve, reject) => {
      called.query('select 3 as a', (error: unknown, found: unknown) =>
        error === null ? resolve(found) : reject(error as Error),
      );
    });
    const streamed: unknown[] = [];
    for await (const row of called.query('select 4 as a').stream()) streamed.push(row);
    expect([answer, streamed]).toEqual([[{ a: 3 }], [{ a: 4 }]]);
    await called.promise().end();
    await until(async () => (await sessions()) === 0);
  });

  it('opens no circuit while the program itself has all of its connections', async () => {
    const circuitBreaker = { consecutiveFailures: 2, openFor: 60_000 };
    const quick = { maxAttempts: 1, attemptTimeout: 50, budget: false, circuitBreaker } as const;
    const pool = resilientMysql(poolAt(server.port, 2), quick);
    const held = await Promise.all([pool.getConnection(), pool.getConnection()]);
    for (let n = 0; n < 4; n++) {
      const error: unknown = await pool.query('select 1').catch((caught: unknown) => caught);
      expect(classify(error).blame).toBe('self');
    }
    for (const connection of held) connection.release();
    expect((await pool.query('select 1 as a'))[0]).toEqual([{ a: 1 }]);
    await pool.end();
    await until(async () => (await sessions()) === 0);
  });

  it('writes nothing twice under cuts', async () => {
    await using proxy = await tcpProxy(server.port, () => ({
      after: { [Math.random() < 0.5 ? 'up' : 'down']: 500 + Math.floor(Math.random() * 5_000) },
    }));
    const pool = resilientMysql(poolAt(proxy.port), patient);
    const acknowledged = new Set<string>();
    let next = 0;
    await Promise.all(
      Array.from({ length: 20 }, async () => {
        while (next++ < 2_000) {
          const id = randomUUID();
          await pool.query('insert into written (id) values (?)', [id]).then(
            () => acknowledged.add(id),
            () => {},
          );
        }
      }),
    );
    const rows = await ask<{ id: string; n: number }>(
      'select id, count(*) as n from tested.written group by id',
    );
    const present = new Set(rows.map(({ id }) => id));
    console.log(
      `inserts: 2000, cuts: ${proxy.accepted - proxy.open}, acknowledged: ${acknowledged.size}, present: ${rows.length}, ` +
        `twice: ${rows.filter(({ n }) => n > 1).length}`,
    );
    expect(rows.filter(({ n }) => n > 1)).toEqual([]);
    expect([...acknowledged].filter((id) => !present.has(id))).toEqual([]);
    expect(acknowledged.size).toBeGreaterThan(1_000);
    await pool.end();
    await until(async () => (await sessions()) === 0);
  });

  it('keeps the money together under cuts and deadlocks', async () => {
    await using proxy = await tcpProxy(server.port);
    const pool = resilientMysql(poolAt(proxy.port), patient);
    const cutting = setInterval(() => proxy.end(), 80);
    const ends = { moved: 0, unknown: 0, failed: 0 };
    let next = 0;
    await Promise.all(
      Array.from({ length: 10 }, async () => {
        while (next++ < 500) {
          const [from, to] = [1 + (next % 20), 1 + ((next * 7 + 3) % 20)];
          try {
            await pool.transaction(
              async (tx) => {
                await tx.query('update accounts set cents = cents - 1 where id = ?', [from]);
                await tx.query('update accounts set cents = cents + 1 where id = ?', [to]);
              },
              { isolation: 'serializable', retries: 20 },
            );
            ends.moved++;
          } catch (error) {
            if (error instanceof OutcomeUnknownError) ends.unknown++;
            else ends.failed++;
          }
        }
      }),
    );
    clearInterval(cutting);
    const [total] = await ask<{ cents: string }>('select sum(cents) as cents from tested.accounts');
    console.log('transfers: 500', ends, `total: ${total?.cents}`);
    expect(Number(total?.cents)).toBe(20_000);
    expect(ends.moved).toBeGreaterThan(200);
    await pool.end();
    await until(async () => (await sessions()) === 0);
  });

  it('nests by savepoints, and rolls back what throws', async () => {
    const pool = resilientMysql(poolAt(server.port));
    await ask('truncate tested.written');
    const own = new Error('changed my mind');
    await pool.transaction(async (tx) => {
      await tx.query("insert into written values ('a')");
      const inner = tx.transaction(async (nested) => {
        await nested.query("insert into written values ('b')");
        throw own;
      });
      await expect(inner).rejects.toBe(own);
    });
    const failing = pool.transaction(async (tx) => {
      await tx.query("insert into written values ('c')");
      throw own;
    });
    await expect(failing).rejects.toBe(own);
    expect(await ask('select id from tested.written')).toEqual([{ id: 'a' }]);
    await pool.end();
  });

  it('reports a COMMIT whose answer does not come as unknown', async () => {
    await using proxy = await tcpProxy(server.port);
    const pool = resilientMysql(poolAt(proxy.port), { totalTimeout: 1_000, attemptTimeout: 300 });
    const done = pool.transaction(async (tx) => {
      await tx.query('select 1');
      proxy.weather = { blackHole: true };
    });
    await expect(done).rejects.toBeInstanceOf(OutcomeUnknownError);
    proxy.weather = {};
    await pool.end();
  });

  it('leaves no work and no session when its attempt is over', async () => {
    const pool = resilientMysql(poolAt(server.port, 2), {
      totalTimeout: 2_000,
      attemptTimeout: 200,
      maxAttempts: 1,
    });
    await expect(pool.query('select sleep(30)')).rejects.toBeInstanceOf(TimeoutError);
    await until(async () => {
      const [row] = await ask<{ n: number }>(
        "select count(*) as n from information_schema.processlist where db = 'tested' and info like '%sleep(30)%'",
      );
      return row?.n === 0;
    }, 1_500);
    await pool.end();
    await until(async () => (await sessions()) === 0);
  });

  it('is used again when a killed server is back', async () => {
    const [openFor, attempt] = [500, 1_000];
    const pool = resilientMysql(poolAt(server.port), {
      totalTimeout: 5_000,
      attemptTimeout: attempt,
      circuitBreaker: { openFor, minimumCalls: 5, failureRate: 0.5 },
    });
    await pool.query('select 1');
    const over = new AbortController();
    const successes: number[] = [];
    const workers = Array.from({ length: 5 }, async () => {
      while (!over.signal.aborted) {
        await pool.query('select 1').then(
          () => successes.push(performance.now()),
          () => sleep(5),
        );
        await sleep(1);
      }
    });
    await sleep(200);
    await server.kill();
    await sleep(1_000);
    await server.up();
    const back = performance.now();
    await until(async () => successes.some((at) => at > back), openFor + attempt + 1_000);
    const took = (successes.find((at) => at > back) ?? Infinity) - back;
    console.log(`first success ${took.toFixed(0)} ms after the server was back`);
    expect(took).toBeLessThan(openFor + attempt);
    over.abort();
    await Promise.all(workers);
    await pool.end();
  });
});

describe('a transaction', () => {
  const counting = 'update counted set n = n + 1 where id = 1';
  const deadlock =
    "signal sqlstate '40001' set mysql_errno = 1213, message_text = 'Deadlock found'";

  beforeEach(async () => {
    await ask('create or replace table tested.counted (id int primary key, n int not null)');
    await ask('insert into tested.counted values (1, 0)');
    await ask('create or replace procedure tested.committing() commit');
  });

  const counted = async (): Promise<unknown> =>
    (await ask<{ n: number }>('select n from tested.counted'))[0]?.n;

  it('does not let DDL commit what it has done so far', async () => {
    const pool = resilientMysql(poolAt(server.port));
    const done = pool.transaction(async (tx) => {
      await tx.query(counting);
      await tx.query('create table side (a int)');
    });
    await expect(done).rejects.toThrow(/`create` would end the transaction/);
    expect(await counted()).toBe(0);
    await pool.end();
  });

  it.each(['commit', "execute immediate 'commit'", '/*!40000 commit */', '/*M! commit */'])(
    'refuses %s, and rolls back',
    async (ending) => {
      const pool = resilientMysql(poolAt(server.port));
      const done = pool.transaction(async (tx) => {
        await tx.query(counting);
        await tx.query(ending);
      });
      await expect(done).rejects.toThrow('`commit` would end the transaction');
      expect(await counted()).toBe(0);
      await pool.end();
    },
  );

  it.each(['commit', 'rollback', 'beginTransaction'])(
    'a connection’s own %s ends nothing, in it and afterwards',
    async (name) => {
      const pool = resilientMysql(poolAt(server.port));
      const end = (tx: object): Promise<unknown> =>
        (Reflect.get(tx, name) as () => Promise<unknown>).call(tx);
      let kept: object = {};
      const done = pool.transaction(async (tx) => {
        kept = tx;
        await tx.query(counting);
        await end(tx);
      });
      await expect(done).rejects.toThrow('is not for a connection in a transaction');
      expect(await counted()).toBe(0);
      // What it stood for is in another call's hands now.
      await pool.transaction(async (tx) => {
        await tx.query(counting);
        await expect(end(kept)).rejects.toThrow('is not for a connection in a transaction');
      });
      expect(await counted()).toBe(1);
      await pool.end();
    },
  );

  it.each(['call committing()', "execute immediate concat('com', 'mit')"])(
    'that %s has ended is not run again',
    async (ending) => {
      const pool = resilientMysql(poolAt(server.port));
      let runs = 0;
      const done = pool.transaction(async (tx) => {
        runs++;
        await tx.query(counting);
        await tx.query(ending).catch(() => {});
        await tx.query(deadlock);
      });
      await expect(done).rejects.toThrow(/has ended the transaction/);
      expect([runs, await counted()]).toEqual([1, 1]);
      await pool.end();
    },
  );
});
