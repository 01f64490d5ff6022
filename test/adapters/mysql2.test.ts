import { once } from 'node:events';
import { OutcomeUnknownError, resilientMysql } from 'kedge/mysql2';
import { createPool as createCallbackPool } from 'mysql2';
import { createPool, type Pool } from 'mysql2/promise';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rejection } from '../support/lab.ts';
import { type MysqlServer, mysqlServer, type Outcome } from '../support/mysql-server.ts';
import { tcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';

let server: MysqlServer;
let proxy: TcpProxy;
let bare: Pool;

beforeEach(async () => {
  server = await mysqlServer();
  proxy = await tcpProxy(server.port);
  bare = createPool({ host: proxy.host, port: proxy.port, user: 'root', connectionLimit: 3 });
});
afterEach(async () => {
  await bare.end();
  await proxy[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

const options = { backoff: () => 1, circuitBreaker: { minimumCalls: 1e6 } } as const;

/** So happens what `outcomes` lists to a statement, in turn, and then nothing more. */
const script = (sql: string, ...outcomes: readonly Outcome[]): void => {
  server.script = (text, nth) => (text === sql ? outcomes[nth - 1] : undefined);
};

/** How many connections the pool has, and how many of them are free. */
function connections(): readonly number[] {
  return ['_allConnections', '_freeConnections'].map((name) => {
    const list = Reflect.get(bare.pool, name) as { length: number };
    return list.length;
  });
}

const insert = 'insert into items values (1)';

describe('a protected pool', () => {
  it('repeats a read after a lost connection, on another one', async () => {
    const pool = resilientMysql(bare, options);
    script('select a from t', 'cut', 'cut');
    const [rows] = await pool.query('select a from t');
    expect(rows).toEqual([{ a: 1 }]);
    expect(server.received.map(({ connection }) => connection)).toEqual([1, 2, 3]);
    expect(connections()).toEqual([1, 1]);
  });

  it('does not repeat a write that may have been executed, unless its caller says so', async () => {
    const pool = resilientMysql(bare, options);
    script(insert, 'done, then cut');
    await expect(pool.query(insert)).rejects.toMatchObject({ fatal: true });
    expect([server.texts, server.executed]).toEqual([[insert], [insert]]);
    script('update t set a = 1', 'done, then cut');
    const again = pool.with({ attributes: { idempotent: true } });
    await again.query('update t set a = 1');
    expect(server.texts.slice(1)).toEqual(['update t set a = 1', 'update t set a = 1']);
    expect(connections()).toEqual([1, 1]);
  });

  it('repeats a write that was not sent, or that the server has refused for now', async () => {
    const pool = resilientMysql(bare, options);
    proxy.weather = (connection) => (connection <= 2 ? { atOnce: 'reset' } : {});
    await pool.query(insert);
    expect([server.executed, proxy.accepted]).toEqual([[insert], 3]);
    script('update t set a = 1', 1213, 1205);
    await pool.query('update t set a = 1');
    expect(server.texts.slice(1).length).toBe(3);
    script('delete from t', 1064);
    await expect(pool.query('delete from t')).rejects.toMatchObject({ errno: 1064 });
    expect(server.texts.slice(4)).toEqual(['delete from t']);
    expect(connections()).toEqual([1, 1]);
  });

  it('sends values as they were when it was called, at each attempt', async () => {
    const pool = resilientMysql(bare, options);
    server.script = (_sql, nth) => (nth === 1 ? 1213 : undefined);
    const name = Buffer.from('ann');
    const values: unknown[] = [name, ['clerk']];
    const inserting = pool.query('insert into t values (?, ?)', values);
    name.write('bob');
    (values[1] as string[]).push('owner');
    values.push('more');
    await inserting;
    const once = "insert into t values (X'616e6e', 'clerk')";
    expect(server.texts).toEqual([once, once]);
  });

  it('destroys the connection of a call that its caller ends, and kills its session', async () => {
    const pool = resilientMysql(bare, options);
    const controller = new AbortController();
    server.script = (sql) => {
      if (!sql.startsWith('select')) return undefined;
      setImmediate(() => controller.abort(new Error('enough')));
      return 'silence';
    };
    const done = pool.with({ signal: controller.signal }).query('select a from t');
    await expect(done).rejects.toThrow('enough');
    await expect.poll(() => server.texts).toEqual(['select a from t', 'kill 1']);
    await expect.poll(() => [connections(), server.open]).toEqual([[0, 0], 0]);
  });

  it('leaves connections from getConnection and streams alone', async () => {
    const pool = resilientMysql(bare, options);
    const connection = await pool.getConnection();
    script('select a from t', 'cut', 'cut', 'cut');
    await rejection(connection.query('select a from t'));
    connection.release();
    expect(server.texts).toEqual(['select a from t']);
    const callbacks = createCallbackPool({ host: proxy.host, port: proxy.port, user: 'root' });
    script('select a from t', 'cut', 1213);
    const failed = once(resilientMysql(callbacks, options).query('select a from t'), 'error');
    expect(await failed).toMatchObject([{ errno: 1213 }]);
    expect(server.texts).toEqual(['select a from t', 'select a from t']);
    await callbacks.promise().end();
  });
});

describe('a transaction', () => {
  it.each(['commit', 'rollback', 'beginTransaction', 'changeUser', 'reset', 'prepare'])(
    'keeps %s of its connection to itself, in it and afterwards',
    async (name) => {
      const pool = resilientMysql(bare, options);
      const call = (tx: object): Promise<unknown> =>
        (Reflect.get(tx, name) as (...args: unknown[]) => Promise<unknown>).call(tx, 'select 1');
      let kept: object = {};
      await pool.transaction(async (tx) => {
        kept = tx;
        await tx.query(insert);
        await expect(call(tx)).rejects.toThrow('is not for a connection in a transaction');
      });
      await expect(call(kept)).rejects.toThrow('is not for a connection in a transaction');
      expect(server.texts).toEqual(['start transaction', insert, 'commit']);
    },
  );

  it('is one operation on one connection', async () => {
    const pool = resilientMysql(bare, options);
    const answer = await pool.transaction(
      async (tx) => {
        await tx.query(insert);
        return 'done';
      },
      { isolation: 'serializable' },
    );
    expect(answer).toBe('done');
    expect(server.texts).toEqual([
      'set transaction isolation level serializable',
      'start transaction',
      insert,
      'commit',
    ]);
    const own = new Error('the caller changed its mind');
    await expect(
      pool.transaction(async (tx) => {
        await tx.query(insert);
        throw own;
      }),
    ).rejects.toBe(own);
    expect([server.texts.at(-1), server.executed, connections()]).toEqual([
      'rollback',
      [insert],
      [1, 1],
    ]);
  });

  it('is run again as a whole after a deadlock, and when its connection was lost before COMMIT', async () => {
    const pool = resilientMysql(bare, options);
    let runs = 0;
    const run = (): Promise<void> =>
      pool.transaction(async (tx) => {
        runs++;
        await tx.query('delete from t');
        await tx.query(insert);
      });
    script(insert, 1213, 1213, 1213, 1213, 'cut');
    await run();
    expect([runs, server.executed]).toEqual([6, ['delete from t', insert]]);
    expect(connections()).toEqual([1, 1]);
  });

  it('has an unknown outcome when COMMIT was sent and not answered, and is not run again', async () => {
    const pool = resilientMysql(bare, options);
    let runs = 0;
    script('commit', 'done, then cut');
    const failure = await rejection(
      pool.transaction(async (tx) => {
        runs++;
        await tx.query(insert);
      }),
    );
    expect(failure).toBeInstanceOf(OutcomeUnknownError);
    expect(failure).toMatchObject({ code: 'KEDGE_OUTCOME_UNKNOWN', cause: { fatal: true } });
    expect([runs, server.executed, connections()]).toEqual([1, [insert], [0, 0]]);
  });
});
