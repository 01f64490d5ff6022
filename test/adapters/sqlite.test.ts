import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import Sqlite from 'better-sqlite3';
import { resilientSqlite, transaction } from 'kedge/sqlite';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kedge-sqlite-'));
  file = join(folder, 'test.db');
  const database = new DatabaseSync(file);
  database.exec('pragma journal_mode = wal; create table items (id int primary key, value int)');
  database.close();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/**
 * Another thread that holds the lock for writing for a while; of the same driver, since the locks of two copies of SQLite
 * in one process do not see each other.
 */
async function lockedFor(driver: string, ms: number): Promise<Worker> {
  const worker = new Worker(
    `const { parentPort, workerData } = require('node:worker_threads');
     const driver = require(workerData.driver);
     const database = new (driver.DatabaseSync ?? driver)(workerData.file);
     database.exec('begin immediate');
     parentPort.postMessage('locked');
     Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, workerData.ms);
     database.exec('commit');
     database.close();`,
    { eval: true, workerData: { file, ms, driver } },
  );
  await new Promise((resolve) => {
    worker.once('message', resolve);
  });
  return worker;
}

interface Some {
  exec(sql: string): unknown;
  prepare(sql: string): {
    run(...values: number[]): unknown;
    get(): unknown;
    all(): unknown[];
  };
  close(): unknown;
}

const drivers: readonly (readonly [string, () => Some])[] = [
  ['node:sqlite', () => new DatabaseSync(file, { timeout: 0 })],
  ['better-sqlite3', () => new Sqlite(file, { timeout: 0 }) as unknown as Some],
];

describe.each(drivers)('a protected database of %s', (driver, open) => {
  it('stays what it is', () => {
    const bare = open();
    const database = resilientSqlite(bare);
    expect(Object.getPrototypeOf(database)).toBe(Object.getPrototypeOf(bare));
    database.prepare('insert into items values (?, ?)').run(1, 2);
    expect(database.prepare('select value from items').get()).toEqual({ value: 2 });
    expect(database.prepare('select value from items').all()).toEqual([{ value: 2 }]);
    database.close();
  });

  it('waits for the lock of another', async () => {
    const database = resilientSqlite(open(), { wait: 3_000 });
    const worker = await lockedFor(driver, 100);
    database.exec('insert into items values (1, 1)');
    expect(database.prepare('select count(*) as n from items').get()).toEqual({ n: 1 });
    database.close();
    await worker.terminate();
  });

  it('waits no longer than it may, and throws the error itself', async () => {
    const database = resilientSqlite(open(), { wait: 60 });
    const worker = await lockedFor(driver, 2_000);
    const start = performance.now();
    expect(() => database.exec('insert into items values (1, 1)')).toThrow(/locked/);
    const took = performance.now() - start;
    expect([took >= 55, took < 1_000]).toEqual([true, true]);
    database.close();
    await worker.terminate();
  });

  it('waits as long as its database does, unless it says otherwise', () => {
    const database = resilientSqlite(open(), { wait: 0 });
    const other = open();
    other.exec('begin immediate');
    const pausing = vi.spyOn(Atomics, 'wait');
    expect(() => transaction(database, () => 1)).toThrow('locked');
    expect(pausing).not.toHaveBeenCalled();
    expect(() => transaction(database, () => 1, { wait: 5 })).toThrow('locked');
    expect(pausing).toHaveBeenCalled();
    pausing.mockRestore();
  });

  it('starts a transaction over whose snapshot is too old', () => {
    const database = open();
    const other = open();
    database.exec('insert into items values (1, 1)');
    let runs = 0;
    const value = transaction(
      database,
      () => {
        runs++;
        const row = database.prepare('select value from items').get() as { value: number };
        // Another writes between this one's reading and its writing.
        if (runs === 1) other.exec('update items set value = 10');
        database.prepare('update items set value = ?').run(row.value + 1);
        return row.value + 1;
      },
      { mode: 'deferred' },
    );
    expect([runs, value, other.prepare('select value from items').get()]).toEqual([
      2,
      11,
      { value: 11 },
    ]);
    database.close();
    other.close();
  });

  it('rolls back what throws, by savepoints where it is nested', () => {
    const database = resilientSqlite(open());
    const own = new Error('changed my mind');
    transaction(database, () => {
      database.exec('insert into items values (1, 1)');
      expect(() =>
        transaction(database, () => {
          database.exec('insert into items values (2, 2)');
          throw own;
        }),
      ).toThrow(own);
    });
    expect(() => transaction(database, async () => {})).toThrow('synchronous');
    expect(() => transaction(database, () => {}, { mode: 'sometimes' as 'deferred' })).toThrow(
      RangeError,
    );
    expect(database.prepare('select id from items').all()).toEqual([{ id: 1 }]);
    database.close();
  });

  it('does not repeat what a script has committed when a later statement meets a lock', async () => {
    const bare = open();
    const database = resilientSqlite(bare, { wait: 5_000 });
    const locked = Object.assign(new Error('database is locked'), {
      code: 'ERR_SQLITE_ERROR',
      errcode: 5,
    });
    let runs = 0;
    const exec = bare.exec.bind(bare);
    bare.exec = (sql: string) => {
      if (!sql.startsWith('insert')) return exec(sql);
      runs++;
      exec(sql);
      throw locked;
    };
    expect(() =>
      database.exec('insert into items values (1, 1); insert into items values (2, 2);'),
    ).toThrow(locked);
    expect(runs).toBe(1);
    bare.exec = exec;
    database.close();
  });

  it('shortens the timeout of the database to `wait`, also for one transaction', async () => {
    const bare = open();
    const timeout = (): unknown =>
      Object.values(bare.prepare('pragma busy_timeout').get() as object)[0];
    bare.exec('pragma busy_timeout = 4000');
    const worker = await lockedFor(driver, 2_000);
    const start = performance.now();
    expect(() => transaction(bare, () => {}, { wait: 60 })).toThrow(/locked/);
    expect(timeout()).toBe(4_000);
    const database = resilientSqlite(bare, { wait: 60 });
    expect(timeout()).toBe(60);
    expect(() => database.prepare('insert into items values (1, 1)').run()).toThrow(/locked/);
    expect(performance.now() - start).toBeLessThan(1_500);
    database.close();
    await worker.terminate();
  });

  it('does not wait inside a transaction, where the lock may never come', async () => {
    const database = resilientSqlite(open(), { wait: 5_000 });
    database.exec('begin');
    database.prepare('select * from items').all();
    const worker = await lockedFor(driver, 1_000);
    const start = performance.now();
    expect(() => database.exec('insert into items values (1, 1)')).toThrow(/locked/);
    expect(performance.now() - start).toBeLessThan(500);
    database.exec('rollback');
    database.close();
    await worker.terminate();
  });
});

describe.each<[string, () => Some]>([
  ['node:sqlite', () => new DatabaseSync(':memory:')],
  ['better-sqlite3', () => new Sqlite(':memory:') as unknown as Some],
])('a transaction that %s has rolled back by itself', (_name, make) => {
  it.each(['once', 'nested'])('takes nothing more, and throws its error: %s', (form) => {
    const database = resilientSqlite(make());
    database.exec('create table t (a unique)');
    const insert = database.prepare('insert into t values (2)');
    const refused: string[] = [];
    const work = (): void => {
      database.exec('insert into t values (1)');
      try {
        database.exec('insert or rollback into t values (1)');
      } catch {
        // Swallowed, as an optional part.
      }
      for (const send of [() => insert.run(), () => database.exec('insert into t values (3)')]) {
        try {
          send();
        } catch (error) {
          refused.push((error as Error).message);
        }
      }
    };
    const run = (): void =>
      transaction(database, form === 'once' ? work : () => transaction(database, work));
    expect(run).toThrow('UNIQUE constraint failed');
    expect(refused).toHaveLength(2);
    expect(refused.every((message) => message.includes('UNIQUE'))).toBe(true);
    expect(database.prepare('select a from t').all()).toEqual([]);
    transaction(database, () => insert.run());
    expect(database.prepare('select a from t').all()).toHaveLength(1);
  });

  it.each(['commit', 'END TRANSACTION', '/* now */ rollback', 'begin'])(
    'refuses %j, before it is sent',
    (sql) => {
      const database = resilientSqlite(make());
      database.exec('create table t (a unique)');
      const run = (): void =>
        transaction(database, () => {
          database.exec('insert into t values (1)');
          expect(() => database.prepare(sql).run()).toThrow('would end the transaction');
          database.exec(sql);
        });
      expect(run).toThrow('would end the transaction');
      expect(database.prepare('select a from t').all()).toEqual([]);
      database.exec('begin; insert into t values (2); commit');
      expect(database.prepare('select a from t').all()).toHaveLength(1);
    },
  );

  it('says so where its function has ended it behind its back, also when it throws', () => {
    const bare = make();
    const database = resilientSqlite(bare);
    database.exec('create table t (a unique)');
    const own = new Error('mine');
    const run = (): void =>
      transaction(database, () => {
        database.exec('insert into t values (1)');
        bare.exec('commit');
        throw own;
      });
    expect(run).toThrow(
      expect.objectContaining({
        message: expect.stringContaining('ended inside of its function') as unknown,
        cause: own,
      }),
    );
    const silent = (): void => transaction(database, () => void bare.exec('commit'));
    expect(silent).toThrow('ended inside of its function');
  });
});
