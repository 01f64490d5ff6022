import { EventEmitter, once } from 'node:events';
import { drizzle } from 'drizzle-orm/node-postgres';
import { eq } from 'drizzle-orm';
import { integer, pgTable, text } from 'drizzle-orm/pg-core';
import { CircuitOpenError } from 'kedge';
import { resilientPg, RollbackFailedError } from 'kedge/pg';
import knexOf from 'knex';
import { type Generated, Kysely, PostgresDialect } from 'kysely';
import pg, { Client, Pool, type PoolClient } from 'pg';
import Cursor from 'pg-cursor';
import QueryStream from 'pg-query-stream';
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  expectTypeOf,
  it,
  vi,
} from 'vitest';
import { tcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { type Embedded, embedded } from './stores/pglite.ts';

let server: Embedded;
let proxy: TcpProxy;
let bare: Pool;

beforeAll(async () => {
  server = await embedded('create table items (id serial primary key, name text not null unique)');
});
afterAll(async () => {
  await server.stop();
});
beforeEach(async () => {
  await server.database.exec('truncate items restart identity');
  proxy = await tcpProxy(server.port);
  bare = new Pool({
    host: proxy.host,
    port: proxy.port,
    user: 'postgres',
    database: 'postgres',
    max: 3,
  });
});
afterEach(async () => {
  if (!bare.ending) await bare.end();
  await proxy[Symbol.asyncDispose]();
});

const names = async (): Promise<string[]> => {
  const { rows } = await server.database.query<{ name: string }>(
    'select name from items order by id',
  );
  return rows.map(({ name }) => name);
};

const options = { backoff: () => 1 };

/** It has no types. */
const postgresOfKnex = 'knex/lib/dialects/postgres/index.js';

/** What is sent arrives, what is answered does not. */
const cutAnswers = (): void => {
  proxy.weather = { blackHole: 'down' };
  setTimeout(() => {
    proxy.end();
    proxy.weather = {};
  }, 100);
};

describe('a protected pool', () => {
  it('is still a Pool, with its events and numbers', async () => {
    const pool = resilientPg(bare, options);
    expect([pool instanceof Pool, pool instanceof EventEmitter]).toEqual([true, true]);
    expect(Object.getPrototypeOf(pool)).toBe(Pool.prototype);
    const connected = once(bare, 'connect');
    let shown: unknown;
    expect(pool.on('acquire', () => (shown = 'acquired'))).toBe(pool);
    await pool.query('select 1');
    await connected;
    expect([pool.totalCount, pool.idleCount, pool.waitingCount, shown]).toEqual([
      1,
      1,
      0,
      'acquired',
    ]);
    expect(pool.query).toBe(pool.query);
    await pool.end();
    expect(pool.ended).toBe(true);
    expectTypeOf(pool.query).toEqualTypeOf<Pool['query']>();
    expectTypeOf<Parameters<Parameters<typeof pool.transaction>[0]>[0]>().toExtend<PoolClient>();
  });

  it('takes queries in all their forms', async () => {
    const pool = resilientPg(bare, options);
    expect((await pool.query('select 1 as a')).rows).toEqual([{ a: 1 }]);
    expect((await pool.query('select $1::int as a', [2])).rows).toEqual([{ a: 2 }]);
    expect((await pool.query({ text: 'select $1::int as a', values: [3] })).rows).toEqual([
      { a: 3 },
    ]);
    const inRows = await pool.query({ text: 'select 4 as a', rowMode: 'array' });
    expect(inRows.rows).toEqual([[4]]);
    for (const value of [5, 6]) {
      const named = { name: 'by-value', text: 'select $1::int as a', values: [value] };
      expect((await pool.query(named)).rows).toEqual([{ a: value }]);
    }
    const called = await new Promise((resolve, reject) => {
      const nothing: unknown = pool.query('select $1::int as a', [7], (error, result) =>
        error ? reject(error) : resolve(result.rows),
      );
      expect(nothing).toBeUndefined();
    });
    expect(called).toEqual([{ a: 7 }]);
    const failed = await new Promise((resolve) => {
      pool.query('select nonsense', (error) => resolve(error));
    });
    expect(failed).toMatchObject({ code: '42703' });
    expect(bare.totalCount).toBe(1);
  });

  it('sends values as they were when it was called', async () => {
    const pool = resilientPg(bare, options);
    const [name, at, list, about] = [Buffer.from('ann'), new Date(0), ['a'], { role: 'clerk' }];
    const values = [name, at, list, about];
    const text = `select convert_from($1::bytea, 'utf8') as name, extract(year from $2::timestamptz)::int as year,
      $3::text[] as list, $4::json as about`;
    const asking = [pool.query(text, values), pool.query({ text, values })];
    name.write('bob');
    at.setFullYear(2000);
    list.push('b');
    about.role = 'owner';
    values.length = 0;
    for (const { rows } of await Promise.all(asking))
      expect(rows).toEqual([{ name: 'ann', year: 1970, list: ['a'], about: { role: 'clerk' } }]);
  });

  it('gives clients with cursors and streams, in both forms', async () => {
    const pool = resilientPg(bare, options);
    const client = await pool.connect();
    const cursor = client.query(new Cursor('select generate_series(1, 5) as n'));
    expect(await cursor.read(2)).toEqual([{ n: 1 }, { n: 2 }]);
    await cursor.close();
    const streamed: number[] = [];
    for await (const row of client.query(new QueryStream('select generate_series(1, 3) as n')))
      streamed.push((row as { n: number }).n);
    expect(streamed).toEqual([1, 2, 3]);
    client.release();
    const answer = await new Promise((resolve, reject) => {
      pool.connect((error, taken, done) => {
        if (error !== undefined || taken === undefined) return reject(error);
        taken.query('select 1 as a', (_failed, result) => {
          done();
          resolve(result.rows);
        });
      });
    });
    expect(answer).toEqual([{ a: 1 }]);
    expect([bare.totalCount, bare.idleCount]).toEqual([1, 1]);
  });

  it('repeats reads on another connection, and writes only if they were not sent', async () => {
    const pool = resilientPg(bare, options);
    await pool.query('select 1');
    const accepted = proxy.accepted;
    proxy.weather = (connection) => (connection <= accepted + 1 ? { atOnce: 'reset' } : {});
    proxy.end();
    await expect(pool.query('select count(*)::int as n from items')).resolves.toMatchObject({
      rows: [{ n: 0 }],
    });
    proxy.weather = (connection) => (connection === proxy.accepted ? { atOnce: 'reset' } : {});
    proxy.end();
    const before = proxy.accepted;
    proxy.weather = (connection) => (connection === before + 1 ? { atOnce: 'reset' } : {});
    await once(bare, 'remove').catch(() => {});
    await pool.query("insert into items (name) values ('not sent at first')");
    expect(await names()).toEqual(['not sent at first']);
  });

  it('does not repeat a write that may have been executed, unless its caller says so', async () => {
    const pool = resilientPg(bare, { ...options, statementTimeout: false });
    await pool.query('select 1');
    cutAnswers();
    await expect(pool.query("insert into items (name) values ('once')")).rejects.toThrow(
      /ECONNRESET|terminated/,
    );
    expect(await names()).toEqual(['once']);
    await pool.query('select 1');
    cutAnswers();
    const insert = "insert into items (name) values ('twice') on conflict do nothing";
    await pool.with({ attributes: { idempotent: true } }).query(insert);
    expect(await names()).toEqual(['once', 'twice']);
  });

  it('ends a query when its caller aborts, and listens no longer', async () => {
    const pool = resilientPg(bare, options);
    await pool.query('select 1');
    const controller = new AbortController();
    proxy.weather = { blackHole: 'down' };
    const done = pool.with({ signal: controller.signal }).query('select 2');
    setTimeout(() => controller.abort(new Error('enough')), 20);
    await expect(done).rejects.toThrow('enough');
    expect(bare.totalCount).toBe(0);
    proxy.weather = {};
  });

  it('does not send what nobody waits for any more when a client is free at last', async () => {
    const pool = resilientPg(bare, options);
    const taken = await Promise.all([bare.connect(), bare.connect(), bare.connect()]);
    const controller = new AbortController();
    const done = pool
      .with({ signal: controller.signal })
      .query("insert into items (name) values ('late')");
    controller.abort(new Error('enough'));
    await expect(done).rejects.toThrow('enough');
    for (const client of taken) client.release();
    await pool.query("insert into items (name) values ('next')");
    expect(await names()).toEqual(['next']);
    expect([bare.totalCount, bare.idleCount]).toEqual([3, 3]);
  });

  it('takes a pool and clients that know no callbacks, and leaves the object of a query as it was', async () => {
    const promised = {
      query: (...args: readonly unknown[]): unknown => args,
      connect: async () => {
        const client = await bare.connect();
        const query = client.query.bind(client) as (...args: unknown[]) => Promise<unknown>;
        return new Proxy(client, {
          get: (target, name) =>
            name === 'query'
              ? (config: unknown, values?: unknown) => query(config, values)
              : (Reflect.get(target, name, target) as unknown),
        });
      },
      listenerCount: () => 1,
      on: () => {},
    };
    const pool = resilientPg(promised, options);
    const rows = { rows: [{ a: 1 }] };
    await expect(pool.query('select 1 as a')).resolves.toMatchObject(rows);
    await expect(pool.query('select nonsense')).rejects.toMatchObject({
      code: '42703',
    });
    const config = Object.freeze({ text: 'select 1 as a' });
    await expect(resilientPg(bare, options).query(config)).resolves.toMatchObject(rows);
    expect([bare.totalCount, bare.idleCount]).toEqual([1, 1]);
  });

  it('keeps its connection after an error of a statement, and refuses what cannot be', async () => {
    const pool = resilientPg(bare, options);
    await pool.query("insert into items (name) values ('a')");
    await expect(pool.query("insert into items (name) values ('a')")).rejects.toMatchObject({
      code: '23505',
    });
    expect([bare.totalCount, proxy.accepted]).toEqual([1, 1]);
    expect(() => resilientPg(bare, { attempts: 3 } as object)).toThrow(/no option `attempts`/);
  });

  it('opens its circuit, and gets no connection while it is open', async () => {
    const pool = resilientPg(bare, {
      totalTimeout: 300,
      attemptTimeout: 300,
      maxAttempts: 1,
      retry: { circuitWait: 0 },
      circuitBreaker: { minimumCalls: 2 },
    });
    await proxy.stop();
    for (let n = 0; n < 2; n++)
      await expect(pool.query('select 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await expect(pool.query('select 1')).rejects.toBeInstanceOf(CircuitOpenError);
  });
});

describe('a transaction', () => {
  it('commits what it returns from, and rolls back what throws', async () => {
    const pool = resilientPg(bare, options);
    const id = await pool.transaction(async (tx) => {
      const { rows } = await tx.query<{ id: number }>(
        "insert into items (name) values ('a') returning id",
      );
      return rows[0]?.id;
    });
    const own = new Error('the caller changed its mind');
    let runs = 0;
    const failing = pool.transaction(async (tx) => {
      runs++;
      await tx.query("insert into items (name) values ('b')");
      throw own;
    });
    await expect(failing).rejects.toBe(own);
    expect([id, runs, await names(), bare.idleCount]).toEqual([1, 1, ['a'], 1]);
  });

  it('nests by savepoints', async () => {
    const pool = resilientPg(bare, options);
    await pool.transaction(async (tx) => {
      await tx.query("insert into items (name) values ('a')");
      await tx
        .transaction(async (inner) => {
          await inner.query("insert into items (name) values ('b')");
          await inner.transaction(async (third) => {
            await third.query("insert into items (name) values ('c')");
          });
          throw new Error('only the inner one');
        })
        .catch(() => {});
      await tx.transaction(async (inner) => {
        await inner.query("insert into items (name) values ('d')");
      });
    });
    expect(await names()).toEqual(['a', 'd']);
  });

  it('refuses what would end it, in each form of a query, and rolls back', async () => {
    const pool = resilientPg(bare, options);
    const ends = /`commit` would end the transaction/;
    const done = pool.transaction(async (tx) => {
      await tx.query("insert into items (name) values ('a')");
      await expect(tx.query('commit')).rejects.toThrow(ends);
      await expect(tx.query({ text: 'select 1; commit; begin' })).rejects.toThrow(ends);
      const called = new Promise((resolve) => {
        tx.query('COMMIT', resolve);
      });
      expect(await called).toMatchObject({ message: ends });
      await tx.query('commit and chain');
    });
    await expect(done).rejects.toThrow(ends);
    expect([await names(), bare.idleCount]).toEqual([[], 1]);
  });

  it('refuses a statement beside an open savepoint, which would be undone with it', async () => {
    const pool = resilientPg(bare, options);
    await pool.transaction(async (tx) => {
      const failing = tx.transaction(async (inner) => {
        await inner.query("insert into items (name) values ('optional')");
        throw new Error('only the inner one');
      });
      const beside = tx.query("insert into items (name) values ('payment')");
      await expect(beside).rejects.toThrow('a savepoint is open');
      await expect(failing).rejects.toThrow('only the inner one');
      await tx.query("insert into items (name) values ('later')");
    });
    expect(await names()).toEqual(['later']);
  });

  it('takes no statement of a savepoint whose function is over', async () => {
    const pool = resilientPg(bare, options);
    await pool.transaction(async (tx) => {
      let late: Promise<unknown> | undefined;
      const failing = tx.transaction(async (inner) => {
        late = Promise.resolve()
          .then(() => {})
          .then(() => {})
          .then(() => inner.query("insert into items (name) values ('late')"));
        late.catch(() => {});
        throw new Error('only the inner one');
      });
      await expect(failing).rejects.toThrow('only the inner one');
      await expect(late).rejects.toThrow('is over');
    });
    expect(await names()).toEqual([]);
  });

  it('is run again as a whole after a serialization failure, and not beyond its retries', async () => {
    const pool = resilientPg(bare, options);
    let runs = 0;
    const conflict = (times: number): Promise<void> =>
      pool.transaction(
        async (tx) => {
          await tx.query(`insert into items (name) values ('run ${++runs}')`);
          if (runs <= times)
            await tx.query("do $$ begin raise 'again' using errcode = '40001'; end $$");
        },
        { retries: 2, isolation: 'serializable' },
      );
    await conflict(2);
    expect([runs, await names()]).toEqual([3, ['run 3']]);
    runs = 10;
    await expect(conflict(Infinity)).rejects.toMatchObject({ code: '40001' });
    expect(runs).toBe(13);
  });

  it('is run again when its connection is lost before COMMIT', async () => {
    const pool = resilientPg(bare, options);
    let runs = 0;
    await pool.transaction(async (tx) => {
      runs++;
      await tx.query(`insert into items (name) values ('run ${runs}')`);
      if (runs === 1) proxy.end();
      await tx.query('select 1');
    });
    expect([runs, await names()]).toEqual([2, ['run 2']]);
  });

  it('reports a COMMIT that rolls back by the error that made it so', async () => {
    const pool = resilientPg(bare, options);
    const done = pool.transaction(async (tx) => {
      await tx.query("insert into items (name) values ('a')");
      await tx.query("insert into items (name) values ('a')").catch(() => {});
    });
    await expect(done).rejects.toMatchObject({ code: '23505' });
    expect(await names()).toEqual([]);
  });

  it('reports both errors when the rollback fails, and destroys the connection', async () => {
    const pool = resilientPg(bare, options);
    const own = new Error('the first');
    const done = pool.transaction(async (tx) => {
      const { query } = Object.getPrototypeOf(tx) as PoolClient;
      (tx as PoolClient).query = ((text: string, ...rest: never[]) =>
        text === 'rollback'
          ? Promise.reject(new Error('the second'))
          : Reflect.apply(query, tx, [text, ...rest])) as typeof query;
      throw own;
    });
    const error: unknown = await done.catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(RollbackFailedError);
    expect((error as RollbackFailedError).errors).toEqual([
      own,
      expect.objectContaining({ message: 'the second' }),
    ]);
    expect(bare.totalCount).toBe(0);
  });

  it('cannot be used when it is over, nor released by hand', async () => {
    const pool = resilientPg(bare, options);
    let kept: PoolClient | undefined;
    await pool.transaction(async (tx) => {
      kept = tx;
      expect(() => tx.release()).toThrow('released when the transaction ends');
    });
    await expect(kept?.query('select 1')).rejects.toThrow('The transaction is over');
    const called = await new Promise((resolve) => {
      kept?.query('select 1', (error: Error) => resolve(error.message));
    });
    expect(called).toContain('The transaction is over');
  });
});

describe('a protected client', () => {
  it('is still a Client, and leaves its caller’s transactions alone', async () => {
    const client = resilientPg(
      new Client({ host: proxy.host, port: proxy.port, user: 'postgres', database: 'postgres' }),
      options,
    );
    expect(client instanceof Client).toBe(true);
    await client.connect();
    await client.query('begin');
    await client.query("insert into items (name) values ('a')");
    await client.query('rollback');
    await client.transaction((tx) => tx.query("insert into items (name) values ('b')"));
    expect(await names()).toEqual(['b']);
    await client.end();
  });

  const connected = async (): Promise<ReturnType<typeof resilientPg<Client>>> => {
    const client = new Client({
      host: proxy.host,
      port: proxy.port,
      user: 'postgres',
      database: 'postgres',
    });
    await client.connect();
    return resilientPg(client, options);
  };
  const add = (to: { query(sql: string): Promise<unknown> }, name: string): Promise<unknown> =>
    to.query(`insert into items (name) values ('${name}')`);
  const deferred = (): [Promise<void>, () => void] => {
    let settle = (): void => {};
    const promise = new Promise<void>((resolve) => {
      settle = resolve;
    });
    return [promise, settle];
  };

  it('has one transaction after the other, and what is rolled back stays so', async () => {
    const client = await connected();
    const [isBegun, begun] = deferred();
    const [mayFail, letFail] = deferred();
    const first = client.transaction(async (tx) => {
      await add(tx, 'a');
      begun();
      await mayFail;
      throw new Error('no');
    });
    await isBegun;
    const sent = vi.spyOn(Client.prototype, 'query');
    const second = client.transaction((tx) => add(tx, 'b'));
    const single = add(client, 'c');
    const third = client.transaction((tx) => add(tx, 'd'));
    // Whatever does not wait for the first one has been sent by now.
    for (let each = 0; each < 50; each++) await new Promise(setImmediate);
    expect(sent).not.toHaveBeenCalled();
    sent.mockRestore();
    letFail();
    await expect(first).rejects.toThrow('no');
    await Promise.all([second, single, third]);
    expect((await names()).toSorted()).toEqual(['b', 'c', 'd']);
    await client.end();
  });

  it('refuses a cursor beside an open transaction, which would be read in it', async () => {
    const client = await connected();
    await client.transaction(async (tx) => {
      expect(() => client.query(new Cursor('select 1'))).toThrow('a transaction is open');
      await add(tx, 'a');
    });
    const cursor = client.query(new Cursor('select 1 as a'));
    expect(await cursor.read(1)).toEqual([{ a: 1 }]);
    await cursor.close();
    await client.end();
  });

  it('lets go of who has left the queue for a transaction', async () => {
    const client = await connected();
    const leaving = new AbortController();
    const [isBegun, begun] = deferred();
    const [mayEnd, letEnd] = deferred();
    const first = client.transaction(async (tx) => {
      begun();
      await mayEnd;
      await add(tx, 'a');
    });
    await isBegun;
    const given = client.with({ signal: leaving.signal });
    const waiting = [given.transaction((tx) => add(tx, 'b')), add(given, 'c')];
    const left = Promise.allSettled(waiting);
    leaving.abort(new Error('gone'));
    expect((await left).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    letEnd();
    await first;
    await client.transaction((tx) => add(tx, 'd'));
    expect(await names()).toEqual(['a', 'd']);
    await client.end();
  });

  it('does not end the process when the server ends its idle connection', async () => {
    const client = await connected();
    expect(client.listenerCount('error')).toBeGreaterThan(0);
    const ended = new Promise((resolve) => {
      client.once('end', resolve);
    });
    proxy.end();
    await ended;
    await expect(add(client, 'a')).rejects.toThrow(/queryable/);
  });
});

describe('libraries on a protected pool', () => {
  it('drizzle reads, writes and has transactions', async () => {
    const items = pgTable('items', { id: integer().primaryKey(), name: text().notNull() });
    const pool = resilientPg(bare, options);
    const db = drizzle({ client: pool });
    await db.insert(items).values({ id: 1, name: 'a' });
    await db.transaction(async (tx) => {
      await tx.insert(items).values({ id: 2, name: 'b' });
    });
    await pool.transaction(async (tx) => {
      await drizzle({ client: tx }).insert(items).values({ id: 3, name: 'c' });
    });
    proxy.end();
    expect(await db.select().from(items).where(eq(items.id, 2))).toEqual([{ id: 2, name: 'b' }]);
    expect(await names()).toEqual(['a', 'b', 'c']);
  });

  it('kysely reads, writes and has transactions', async () => {
    interface Database {
      items: { id: Generated<number>; name: string };
    }
    const db = new Kysely<Database>({
      dialect: new PostgresDialect({ pool: resilientPg(bare, options) }),
    });
    await db.insertInto('items').values({ name: 'a' }).execute();
    await db.transaction().execute(async (tx) => {
      await tx.insertInto('items').values({ name: 'b' }).execute();
    });
    expect(await db.selectFrom('items').select('name').orderBy('id').execute()).toEqual([
      { name: 'a' },
      { name: 'b' },
    ]);
    await db.destroy();
  });

  it('knex takes its connections from it', async () => {
    const pool = resilientPg(bare, options);
    const { default: Postgres } = (await import(postgresOfKnex)) as {
      default: typeof knexOf.Client;
    };
    class OnPool extends Postgres {}
    Object.assign(OnPool.prototype, {
      _driver: () => pg,
      acquireConnection: () => pool.connect(),
      releaseConnection: async (client: PoolClient) => client.release(),
    });
    const db = knexOf({ client: OnPool, version: '15' });
    await db('items').insert({ name: 'a' });
    await db.transaction(async (tx) => {
      await tx('items').insert({ name: 'b' });
    });
    expect(await db('items').select('name').orderBy('id')).toEqual([{ name: 'a' }, { name: 'b' }]);
    await db.destroy();
    expect([bare.totalCount, bare.idleCount]).toEqual([1, 1]);
  });
});
