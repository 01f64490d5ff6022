/** The port that an SQL database needs, by a driver of the test's own. */
import { classify, pipeline, type Policy, retry, timeout, TimeoutError } from 'kedge';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { endingWords } from '../../../src/adapters/stores/ending.ts';
import { OutcomeUnknownError } from '../../../src/adapters/stores/errors.ts';
import type { OpenTransaction } from '../../../src/adapters/stores/open-transaction.ts';
import { type SqlDriver, statement, transaction } from '../../../src/adapters/stores/sql.ts';
import { Store } from '../../../src/adapters/stores/store.ts';
import { deferred, jobs, type Lab, lab, rejection, track } from '../../support/lab.ts';

let own: Lab;

beforeEach(() => {
  own = lab();
});
afterEach(() => {
  own[Symbol.dispose]();
});

/** A connection of the test's own database. */
interface Connection {
  readonly id: number;
  isLost: boolean;
}

type Answer = (sql: string, connection: Connection) => unknown;

const lost = (): Error => Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
const refused = (code: string): Error => Object.assign(new Error(code), { code, isAnswer: true });
/** As MySQL's server says it. */
const deadlock = (): Error =>
  Object.assign(new Error('Deadlock found'), {
    code: 'ER_LOCK_DEADLOCK',
    errno: 1213,
    sqlState: '40001',
    isAnswer: true,
  });
const isAnswer = (error: unknown): boolean => Reflect.get(error as object, 'isAnswer') === true;

/** A whole driver, and a log of what it was told to do. */
class Database implements SqlDriver<Connection> {
  readonly dialect = 'mysql';
  readonly disposable = true;
  readonly log: string[] = [];
  /** Whether its answers say that no transaction is open. */
  isIdle = false;
  isUsedUp = (): boolean => false;
  answer: Answer = () => 'done';
  private connections = 0;

  readonly acquire = (taken: (error: unknown, connection?: Connection) => void): void => {
    taken(undefined, { id: ++this.connections, isLost: false });
  };

  readonly release = ({ id }: Connection, broken?: unknown): void => {
    this.log.push(`${broken === undefined ? 'back' : 'destroyed'} ${id}`);
  };

  readonly interrupt = ({ id }: Connection): undefined => {
    this.log.push(`interrupted ${id}`);
  };

  readonly prepare = (): undefined => undefined;

  readonly survives = (_connection: Connection, error: unknown): boolean => isAnswer(error);

  readonly session = (connection: Connection) => ({
    query: (sql: string) => this.send(sql, connection),
    begin: () => this.send('begin', connection),
    isUsable: () => !connection.isLost,
    isAnswer,
    isConflict: (error: unknown) => Reflect.get(error as object, 'code') === '40001',
    hasRolledBack: (error: unknown) => Reflect.get(error as object, 'code') === '40001',
    isIdle: () => this.isIdle,
    endingWords: (sql: string) => endingWords(sql, 'mysql'),
    shown: (open: OpenTransaction) => ({
      query: async (sql: string) => open.send(() => this.send(sql, connection), sql),
      tell: (sql: string) => open.send(() => void this.send(sql, connection), sql),
    }),
  });

  async send(sql: string, connection: Connection): Promise<unknown> {
    this.log.push(`${connection.id}: ${sql}`);
    try {
      return await this.answer(sql, connection);
    } catch (error) {
      connection.isLost ||= !isAnswer(error);
      throw error;
    }
  }
}

interface Tx {
  query(sql: string): Promise<unknown>;
  /** Sends a statement whose answer goes to a callback. */
  tell(sql: string): void;
}

const policies = () => [retry({ backoff: 0, budget: false }), timeout(100)];

function client(
  database: Database,
  around: readonly Policy[] = policies(),
): {
  query(sql: string): Promise<unknown>;
  transaction(fn: (tx: Tx) => Promise<unknown>, options?: object): Promise<unknown>;
} {
  const store = new Store('test', 'test', { pipeline: own.pipeline('own', ...around) });
  const both = { store, driver: database };
  return {
    query: (sql) =>
      statement(
        both,
        sql,
        (connection, by) => void database.send(sql, connection).then(by.answered, by.failed),
        {},
      ),
    transaction: (fn, options = {}) => transaction(both, fn as never, options),
  };
}

/** Lets time pass until `promise` is settled. */
async function ended<T>(promise: Promise<T>): Promise<T> {
  const tracked = track(promise);
  for (let n = 0; n < 50 && tracked.state === 'pending'; n++) await own.clock.advance(10);
  return promise;
}

describe('a statement', () => {
  it('that reads is repeated on another connection, one that writes is not', async () => {
    const database = new Database();
    database.answer = (_sql, { id }) => {
      if (id % 2 === 1) throw lost();
      return 'done';
    };
    expect(await ended(client(database).query('select a from t'))).toBe('done');
    expect(database.log).toEqual([
      '1: select a from t',
      'destroyed 1',
      '2: select a from t',
      'back 2',
    ]);
    database.log.length = 0;
    await rejection(ended(client(database).query('insert into t values (1)')));
    expect(database.log).toEqual(['3: insert into t values (1)', 'destroyed 3']);
  });

  it('that calls a procedure is not repeated after a conflict: a part of it may be committed', async () => {
    const database = new Database();
    database.answer = () => {
      throw deadlock();
    };
    await rejection(ended(client(database).query('update t set a = 1')));
    expect(database.log.filter((each) => each.includes('update'))).toHaveLength(3);
    const error = await rejection(ended(client(database).query('call pay()')));
    expect(classify(error).repeat).toBe('idempotent');
    expect(database.log.filter((each) => each.includes('pay'))).toHaveLength(1);
  });

  it('that is over its time is interrupted, and its connection destroyed', async () => {
    const database = new Database();
    database.answer = () => deferred().promise;
    await rejection(ended(client(database).query('insert into t values (1)')));
    expect(database.log.slice(1)).toEqual(['interrupted 1', 'destroyed 1']);
  });

  it('that waits for a connection which the program itself has is not the database’s failure', async () => {
    const database = new Database();
    Reflect.set(database, 'acquire', () => {});
    for (const isUsedUp of [true, false]) {
      database.isUsedUp = () => isUsedUp;
      const pool = client(database, [timeout(100)]);
      const calls = [
        pool.query('select 1'),
        pool.query('insert'),
        pool.transaction(async () => {}),
      ];
      const errors = await Promise.all(calls.map((call) => rejection(ended(call))));
      const blame = isUsedUp ? 'self' : 'dependency';
      for (const error of errors) expect(classify(error)).toMatchObject({ blame, kind: 'timeout' });
    }
    const refusal = Object.assign(new Error('timeout exceeded when trying to connect'));
    database.isUsedUp = () => true;
    Reflect.set(database, 'acquire', (taken: (error: unknown) => void) => taken(refusal));
    await rejection(ended(client(database, []).query('select 1')));
    expect(classify(refusal).blame).toBe('self');
  });

  it('leaves a limit of its caller’s as it is, which others may share', async () => {
    const database = new Database();
    Reflect.set(database, 'acquire', () => {});
    database.isUsedUp = () => true;
    const stop = new AbortController();
    const call = client(database, []).transaction(async () => {}, { signal: stop.signal });
    const reason = new TimeoutError({ pipeline: 'checkout', policy: 'timeout' }, 100);
    stop.abort(reason);
    expect(await rejection(ended(call))).toBe(reason);
    expect(classify(reason).blame).toBe('dependency');
  });

  it('that was never sent is repeated, though it writes', async () => {
    const database = new Database();
    const { acquire } = database;
    const waiting: Parameters<typeof acquire>[0][] = [];
    Reflect.set(database, 'acquire', (taken: (typeof waiting)[0]) => waiting.push(taken));
    const done = client(database).query('insert into t values (1)');
    await own.clock.advance(110);
    await own.clock.advance(10);
    expect(waiting.length).toBe(2);
    for (const taken of waiting) acquire(taken);
    await ended(done);
    expect(database.log).toEqual(['back 1', '2: insert into t values (1)', 'back 2']);
  });
});

describe('a transaction', () => {
  it('is committed when its function returns, and rolled back when it throws', async () => {
    const database = new Database();
    const pool = client(database);
    expect(await ended(pool.transaction(async (tx) => tx.query('update')))).toBe('done');
    const thrown = new Error('sold out');
    const failed = pool.transaction(async () => {
      throw thrown;
    });
    expect(await rejection(ended(failed))).toBe(thrown);
    expect(database.log).toEqual([
      ...['1: begin', '1: update', '1: commit', 'back 1'],
      ...['2: begin', '2: rollback', 'back 2'],
    ]);
  });

  it('that the server has rolled back takes nothing more, and is run again', async () => {
    const database = new Database();
    let conflicts = 0;
    database.answer = (sql) => {
      if (sql === 'update' && ++conflicts === 1) throw refused('40001');
      return 'done';
    };
    const done = client(database).transaction(async (tx) => {
      await tx.query('update').catch(() => {});
      await tx.query('insert').catch(() => {});
    });
    await ended(done);
    expect(database.log).toEqual([
      ...['1: begin', '1: update', '1: rollback'],
      ...['1: begin', '1: update', '1: insert', '1: commit', 'back 1'],
    ]);
  });

  it('refuses what would end it, before that is sent', async () => {
    const database = new Database();
    const done = client(database).transaction(async (tx) => {
      await tx.query('update');
      await tx.query('commit');
    });
    const error = await rejection(ended(done));
    expect(error).toMatchObject({
      message: expect.stringMatching(/`commit` would end the transaction/) as string,
    });
    expect(classify(error)).toMatchObject({ blame: 'caller' });
    expect(database.log).toEqual(['1: begin', '1: update', '1: rollback', 'back 1']);
  });

  it.each([
    ['lost', () => lost()],
    ['refused as a conflict', () => refused('40001')],
  ])(
    'that a procedure has ended takes nothing more, and is not run again when it is then %s',
    async (_how, error) => {
      const database = new Database();
      database.answer = (sql) => {
        if (sql === 'call p()') database.isIdle = true;
        if (sql === 'insert') throw error();
        return 'done';
      };
      let runs = 0;
      let told: unknown;
      const done = client(database).transaction(async (tx) => {
        runs++;
        // The second one is on its way before the first is answered.
        const [called, inserted] = await Promise.allSettled([
          tx.query('call p()'),
          tx.query('insert'),
        ]);
        told = (called as PromiseRejectedResult).reason;
        throw (inserted as PromiseRejectedResult).reason;
      });
      const thrown = await rejection(ended(done));
      expect(told).toBe(thrown);
      expect(thrown).toMatchObject({
        message: expect.stringMatching(/has ended the transaction/) as string,
      });
      expect([runs, classify(thrown).blame, classify(thrown).repeat]).toEqual([
        1,
        'caller',
        'never',
      ]);
      expect(database.log.filter((each) => each.endsWith('commit'))).toEqual([]);
    },
  );

  it('that was ended before its connection was lost is not run again either', async () => {
    const database = new Database();
    let runs = 0;
    const done = client(database).transaction(async (tx) => {
      runs++;
      tx.tell('call p()');
      database.isIdle = true;
      database.answer = () => {
        throw lost();
      };
      await tx.query('insert');
    });
    expect(await rejection(ended(done))).toMatchObject({
      message: expect.stringMatching(/has ended the transaction/) as string,
    });
    expect(runs).toBe(1);
  });

  it('that was ended by a statement with a callback is not reported as committed', async () => {
    const database = new Database();
    const done = client(database).transaction(async (tx) => {
      tx.tell('call p()');
      database.isIdle = true;
    });
    expect(await rejection(ended(done))).toMatchObject({
      message: expect.stringMatching(/has ended the transaction/) as string,
    });
    expect(database.log).not.toContain('1: commit');
  });

  it('that was ended by its last statement is not reported as committed', async () => {
    const database = new Database();
    database.answer = (sql) => {
      database.isIdle = sql === 'call p()';
      return 'done';
    };
    const done = client(database).transaction(async (tx) => {
      await tx.query('call p()').catch(() => {});
      await tx.query('insert').catch(() => {});
    });
    const error = await rejection(ended(done));
    expect(classify(error)).toMatchObject({ blame: 'caller', repeat: 'never' });
    expect(database.log).toEqual(['1: begin', '1: call p()', '1: rollback', 'back 1']);
  });

  it('answers what was sent in it and not awaited, also when it is over', async () => {
    const database = new Database();
    const slow = deferred<string>();
    database.answer = (sql) => (sql === 'select' ? slow.promise : 'done');
    let selected: Promise<unknown> | undefined;
    await client(database).transaction(async (tx) => {
      selected = tx.query('select');
    });
    database.isIdle = true;
    slow.resolve('rows');
    expect(await selected).toBe('rows');
  });

  it('is not run again for a conflict of another database', async () => {
    const database = new Database();
    let runs = 0;
    const done = client(database, []).transaction(async (tx) => {
      runs++;
      await tx.query('update');
      throw refused('40001');
    });
    await rejection(ended(done));
    expect(runs).toBe(1);
  });

  it('whose connection was lost before COMMIT is run again, and none whose COMMIT was sent', async () => {
    const database = new Database();
    database.answer = (sql, { id }) => {
      if (id === 1 && sql === 'update') throw lost();
      if (id === 2 && sql === 'commit') throw lost();
      return 'done';
    };
    let runs = 0;
    const done = client(database).transaction(async (tx) => {
      runs++;
      await tx.query('update').catch(() => {});
    });
    expect(await rejection(ended(done))).toBeInstanceOf(OutcomeUnknownError);
    expect([runs, database.log.filter((each) => each.endsWith('commit'))]).toEqual([
      2,
      ['2: commit'],
    ]);
  });

  it('whose COMMIT takes too long is repeated by nobody, a retry around it included', async () => {
    const database = new Database();
    database.answer = (sql) => (sql === 'commit' ? deferred().promise : 'done');
    const pool = client(database);
    const around = pipeline('around', retry({ backoff: 0, handle: () => true }));
    let runs = 0;
    const done = around.execute(() =>
      pool.transaction(
        async (tx) => {
          runs++;
          await tx.query('update');
        },
        { attributes: { idempotent: true } },
      ),
    );
    expect(await rejection(ended(done))).toMatchObject({ code: 'KEDGE_OUTCOME_UNKNOWN' });
    expect(runs).toBe(1);
  });

  it('also where the time is that of a pipeline around', async () => {
    const database = new Database();
    database.answer = (sql) => (sql === 'commit' ? deferred().promise : 'done');
    const pool = client(database);
    const around = own.pipeline('around', retry({ backoff: 0 }), timeout(50));
    let runs = 0;
    const done = around.execute(({ signal }) =>
      pool.transaction(
        async (tx) => {
          runs++;
          await tx.query('update');
        },
        { signal },
      ),
    );
    await rejection(ended(done));
    await jobs();
    expect(runs).toBe(1);
  });

  it.each([
    [{ isolation: 'chaos' }, 'expected `isolation` to be'],
    [{ retries: -1 }, 'expected `retries` to be a whole number from 0, or Infinity'],
    [{ readOnly: 'yes' }, 'expected `readOnly` to be true or false'],
  ])('refuses %j', async (options, message) => {
    await expect(client(new Database()).transaction(async () => {}, options)).rejects.toThrow(
      message,
    );
  });

  it('wants a function', async () => {
    await expect(client(new Database()).transaction('begin' as never)).rejects.toThrow(
      'transaction: expected a function',
    );
  });
});
