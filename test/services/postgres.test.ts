import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { TimeoutError } from 'kedge';
import { OutcomeUnknownError, resilientPg } from 'kedge/pg';
import { Client, Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tcpProxy } from '../support/tcp-proxy.ts';
import type { Server } from './support/server.ts';
import { postgres, postgresAt } from './support/servers.ts';

let server: Server;

/** What others ask the server by, past the proxy. */
async function ask<Row extends object>(sql: string, values: unknown[] = []): Promise<Row[]> {
  const client = new Client({ ...postgresAt(server.port), application_name: 'bystander' });
  await client.connect();
  try {
    return (await client.query<Row>(sql, values)).rows;
  } finally {
    await client.end();
  }
}

async function sessions(): Promise<number> {
  const [row] = await ask<{ count: number }>(
    `select count(*)::int as count from pg_stat_activity where application_name = 'tested'`,
  );
  return row?.count ?? -1;
}

async function until(what: () => Promise<boolean>, within = 5_000): Promise<void> {
  const end = performance.now() + within;
  while (!(await what())) {
    if (performance.now() > end) throw new Error(`not so within ${within} ms: ${String(what)}`);
    await sleep(20);
  }
}

const poolAt = (port: number, max = 10): Pool =>
  new Pool({
    ...postgresAt(port),
    max,
    application_name: 'tested',
    connectionTimeoutMillis: 2_000,
  });

beforeAll(async () => {
  server = await postgres();
  await ask('create table written (id uuid not null, tries int)');
  await ask('create table accounts (id int primary key, cents int not null check (cents >= 0))');
  await ask('insert into accounts select n, 1000 from generate_series(1, 20) n');
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

describe('a pool under cuts', () => {
  it('writes nothing twice, and everything that it says it has written', async () => {
    // Each connection ends somewhere: in a statement that goes up, or in an answer that comes down.
    await using proxy = await tcpProxy(server.port, () => ({
      after: {
        [Math.random() < 0.5 ? 'up' : 'down']: 500 + Math.floor(Math.random() * 8_000),
        ending: Math.random() < 0.5 ? 'reset' : 'close',
      },
    }));
    const pool = resilientPg(poolAt(proxy.port, 20), {
      budget: false,
      circuitBreaker: { minimumCalls: 1e6 },
    });
    const acknowledged = new Set<string>();
    const failures = new Map<string, number>();
    let next = 0;
    const worker = async (): Promise<void> => {
      while (next++ < 10_000) {
        const id = randomUUID();
        try {
          await pool.query('insert into written (id) values ($1)', [id]);
          acknowledged.add(id);
        } catch (error) {
          const message = (error as Error).message.slice(0, 60);
          failures.set(message, (failures.get(message) ?? 0) + 1);
        }
      }
    };
    await Promise.all(Array.from({ length: 40 }, worker));
    const cuts = proxy.accepted - proxy.open;
    const rows = await ask<{ id: string; count: number }>(
      'select id, count(*)::int as count from written group by id',
    );
    const present = new Set(rows.map(({ id }) => id));
    console.log(
      `inserts: 10000, cuts: ${cuts}, acknowledged: ${acknowledged.size}, present: ${rows.length}, ` +
        `twice: ${rows.filter(({ count }) => count > 1).length}`,
      Object.fromEntries(failures),
    );
    expect(rows.filter(({ count }) => count > 1)).toEqual([]);
    expect([...acknowledged].filter((id) => !present.has(id))).toEqual([]);
    expect(cuts).toBeGreaterThan(100);
    expect(acknowledged.size).toBeGreaterThan(5_000);
    await pool.end();
    await until(async () => (await sessions()) === 0);
    expect([pool.totalCount, proxy.open]).toEqual([0, 0]);
  });

  it('answers reads in spite of cuts', async () => {
    await using proxy = await tcpProxy(server.port, () => ({
      after: { down: 1_000 + Math.floor(Math.random() * 4_000) },
    }));
    const pool = resilientPg(poolAt(proxy.port), {
      budget: false,
      maxAttempts: 10,
      circuitBreaker: { minimumCalls: 1e6 },
    });
    const answers = await Promise.all(
      Array.from({ length: 8 }, async () => {
        let sum = 0;
        for (let n = 0; n < 200; n++) {
          const { rows } = await pool.query<{ one: number }>('select 1 as one');
          sum += rows[0]?.one ?? 0;
        }
        return sum;
      }),
    );
    const cuts = proxy.accepted - proxy.open;
    console.log(`reads: 1600, cuts: ${cuts}`);
    expect(answers).toEqual(Array.from({ length: 8 }, () => 200));
    expect(cuts).toBeGreaterThan(10);
    await pool.end();
  });

  it('keeps the money together', async () => {
    await using proxy = await tcpProxy(server.port, () => ({
      after: { [Math.random() < 0.5 ? 'up' : 'down']: 2_000 + Math.floor(Math.random() * 8_000) },
    }));
    const pool = resilientPg(poolAt(proxy.port), {
      budget: false,
      circuitBreaker: { minimumCalls: 1e6, consecutiveFailures: Infinity },
    });
    const ends = { moved: 0, unknown: 0, failed: 0 };
    let next = 0;
    const worker = async (): Promise<void> => {
      while (next++ < 1_000) {
        const [from, to] = [1 + (next % 20), 1 + ((next * 7 + 3) % 20)];
        try {
          await pool.transaction(
            async (tx) => {
              await tx.query('update accounts set cents = cents - 1 where id = $1', [from]);
              await tx.query('update accounts set cents = cents + 1 where id = $1', [to]);
            },
            { isolation: 'serializable', retries: 20 },
          );
          ends.moved++;
        } catch (error) {
          if (error instanceof OutcomeUnknownError) ends.unknown++;
          else ends.failed++;
        }
      }
    };
    await Promise.all(Array.from({ length: 10 }, worker));
    const [total] = await ask<{ cents: number }>('select sum(cents)::int as cents from accounts');
    console.log(`transfers: 1000`, ends, `total: ${total?.cents}`);
    expect(total).toEqual({ cents: 20_000 });
    expect(ends.moved).toBeGreaterThan(500);
    await pool.end();
    await until(async () => (await sessions()) === 0);
  });
});

describe('a transaction', () => {
  it('whose connection is lost during COMMIT has an unknown outcome, and is not repeated', async () => {
    await using proxy = await tcpProxy(server.port);
    const pool = resilientPg(poolAt(proxy.port));
    const id = randomUUID();
    let runs = 0;
    await ask(`create or replace function slowly() returns trigger language plpgsql as
      'begin perform pg_sleep(0.3); return null; end'`);
    await ask(`create constraint trigger slow after insert on written deferrable initially deferred
      for each row execute function slowly()`);
    const done = pool.transaction(async (tx) => {
      runs++;
      await tx.query('insert into written (id) values ($1)', [id]);
      setTimeout(() => proxy.end(), 150);
    });
    const error: unknown = await done.catch((caught: unknown) => caught);
    await ask('drop trigger slow on written');
    expect(error).toBeInstanceOf(OutcomeUnknownError);
    expect([(error as OutcomeUnknownError).code, runs]).toEqual(['KEDGE_OUTCOME_UNKNOWN', 1]);
    await pool.end();
    // It was committed all the same: a repetition would have written twice.
    await until(async () => (await sessions()) === 0);
    expect(await ask('select id from written where id = $1', [id])).toEqual([{ id }]);
  });

  it('whose time is up during COMMIT has an unknown outcome too', async () => {
    await using proxy = await tcpProxy(server.port);
    const pool = resilientPg(poolAt(proxy.port), { totalTimeout: 1_000, attemptTimeout: 300 });
    const done = pool.transaction(async (tx) => {
      await tx.query('select 1');
      proxy.weather = { blackHole: true };
    });
    const error: unknown = await done.catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(OutcomeUnknownError);
    expect((error as Error).cause).toBeInstanceOf(TimeoutError);
    await pool.end();
  });

  it('is rolled back when it is aborted, and leaves no session', async () => {
    const pool = resilientPg(poolAt(server.port));
    const controller = new AbortController();
    const id = randomUUID();
    const done = pool.transaction(
      async (tx) => {
        await tx.query('insert into written (id) values ($1)', [id]);
        setTimeout(() => controller.abort(new Error('enough')), 100);
        await tx.query('select pg_sleep(30)');
      },
      { signal: controller.signal },
    );
    await expect(done).rejects.toThrow('enough');
    await until(async () => (await sessions()) === 0);
    expect(await ask('select id from written where id = $1', [id])).toEqual([]);
    expect([pool.totalCount, pool.waitingCount]).toEqual([0, 0]);
    await pool.end();
  });
});

describe('a query that nobody waits for any more', () => {
  it('is cancelled on the server when its attempt is over', async () => {
    const pool = resilientPg(poolAt(server.port), {
      totalTimeout: 2_000,
      attemptTimeout: 200,
      maxAttempts: 1,
    });
    await expect(pool.query('select pg_sleep(30)')).rejects.toBeInstanceOf(TimeoutError);
    await until(async () => (await sessions()) === 0, 1_000);
    expect([pool.totalCount, pool.idleCount, pool.waitingCount]).toEqual([0, 0, 0]);
    await expect(pool.query('select 1')).resolves.toMatchObject({ rowCount: 1 });
    await pool.end();
  });

  it('is ended by the server itself where no cancellation arrives', async () => {
    await using proxy = await tcpProxy(server.port);
    const pool = resilientPg(poolAt(proxy.port), {
      totalTimeout: 2_000,
      attemptTimeout: 400,
      maxAttempts: 1,
    });
    const done = pool.query('select pg_sleep(30)').catch((error: unknown) => error);
    await until(async () => (await sessions()) === 1);
    await sleep(100);
    proxy.weather = { blackHole: true };
    expect(await done).toBeInstanceOf(TimeoutError);
    await until(async () => {
      const [row] = await ask<{ count: number }>(
        `select count(*)::int as count from pg_stat_activity where application_name = 'tested' and state = 'active'`,
      );
      return row?.count === 0;
    }, 2_000);
    await pool.end();
  });

  it('leaves a client that is taken by hand without its limit', async () => {
    const pool = resilientPg(poolAt(server.port, 1), { attemptTimeout: 1_000 });
    await pool.query('select 1');
    const client = await pool.connect();
    const { rows } = await client.query('show statement_timeout');
    client.release();
    expect(rows).toEqual([{ statement_timeout: '0' }]);
    await pool.end();
  });
});

describe('a server that is killed', () => {
  it('is used again within one openFor and one attempt of its return', async () => {
    const openFor = 500;
    const attempt = 1_000;
    const pool = resilientPg(poolAt(server.port), {
      totalTimeout: 5_000,
      attemptTimeout: attempt,
      circuitBreaker: { openFor, minimumCalls: 5, failureRate: 0.5 },
    });
    await pool.query('select 1');
    const running = new AbortController();
    const successes: number[] = [];
    const workers = Array.from({ length: 10 }, async () => {
      while (!running.signal.aborted) {
        try {
          await pool.query('select 1');
          successes.push(performance.now());
        } catch {
          await sleep(5);
        }
        await sleep(1);
      }
    });
    await sleep(200);
    await server.kill();
    await sleep(1_500);
    await server.up();
    const back = performance.now();
    await until(async () => successes.some((at) => at > back), openFor + attempt + 1_000);
    const took = (successes.find((at) => at > back) ?? Infinity) - back;
    console.log(
      `first success ${took.toFixed(0)} ms after the server was back (bound ${openFor + attempt} ms)`,
    );
    expect(took).toBeLessThan(openFor + attempt);
    running.abort();
    await Promise.all(workers);
    await pool.end();
    await until(async () => (await sessions()) === 0);
    expect(pool.totalCount).toBe(0);
  });
});
