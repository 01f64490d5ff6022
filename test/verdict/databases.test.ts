// What databases and those on top of them say where one property does not tell.
import { classify, type Verdict } from 'kedge';
import { DrizzleQueryError } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { anonymous, failed, mongo, mysql, named, postgres } from '../failures/errors.ts';

type Expected = Partial<Verdict>;

const lost: Expected = { kind: 'transient', blame: 'request', repeat: 'safe' };
const refused: Expected = { kind: 'transient', blame: 'dependency', repeat: 'safe' };
const broken: Expected = { kind: 'transient', blame: 'dependency', repeat: 'idempotent' };
const wrong: Expected = { kind: 'permanent', blame: 'request', repeat: 'never' };
const replace: Expected = { connection: 'replace' };

function row(title: string, expected: Expected, errors: Readonly<Record<string, unknown>>): void {
  it.each(Object.entries(errors))(`${title}: %s`, (_, error) => {
    expect(classify(error)).toMatchObject(expected);
  });
}

const request = (number: number): Error =>
  named('RequestError', 'failed', { code: 'EREQUEST', number, class: 16 });

const ora = (code: string): Error => failed({ code, errorNum: Number(code.slice(4)) });

const reply = (message: string, members: object = {}): Error =>
  named('ReplyError', message, members);

const several = (replies: unknown[], errorIndexes: number[]): Error =>
  Object.assign(anonymous('MultiErrorReply', `${errorIndexes.length} commands failed`), {
    replies,
    errorIndexes,
  });

const prisma = (code: string, meta?: object): Error =>
  named('PrismaClientKnownRequestError', 'x', { code, clientVersion: '7.10.0', meta });

describe('PostgreSQL', () => {
  row('lost to another transaction, or to a lock', lost, {
    'a serialization failure': postgres('40001'),
    'a deadlock': postgres('40P01'),
    'a lock that was not free': postgres('55P03'),
    'an object in use': postgres('55006'),
  });
  row(
    'this connection will not do',
    { ...refused, ...replace },
    {
      'a primary that has become a replica': postgres('25006'),
      'a prepared statement that is gone': postgres(
        '26000',
        'prepared statement "s1" does not exist',
      ),
      'one that is there already': postgres('42P05', 'prepared statement "s1" already exists'),
      'a plan that is out of date': postgres('0A000', 'cached plan must not change result type'),
      'an idle session that was ended': postgres('57P05'),
    },
  );
  row('no feature of it', wrong, { '0A000': postgres('0A000', 'cross-database references') });
  row('no room', refused, {
    'too many connections': postgres('53300'),
    'a full disk': postgres('53100'),
    'one of its class that is not listed': postgres('53999'),
  });
  row(
    'a transaction that stood idle',
    { ...refused, blame: 'self' },
    { '25P03': postgres('25P03') },
  );
  row(
    "the caller's own limit",
    { kind: 'timeout', repeat: 'never' },
    {
      statement_timeout: postgres('57014'),
      transaction_timeout: postgres('25P04'),
    },
  );

  describe('PgBouncer', () => {
    row(
      'nothing was handed to a server',
      { ...refused, ...replace, code: '08P01' },
      {
        'no server was free': postgres('08P01', 'query_wait_timeout'),
        'with a prefix': postgres('08P01', 'pgbouncer: query_wait_timeout'),
        'the server is down': postgres('08P01', 'client_login_timeout (server down)'),
        'the server refuses': postgres(
          '08P01',
          'server login has been failing, cached error: x (server_login_retry)',
        ),
        'too many clients': postgres('08P01', 'no more connections allowed (max_client_conn)'),
      },
    );
    row(
      'something was going on',
      { ...broken, ...replace },
      {
        'the server has gone': postgres('08P01', 'server conn crashed?'),
        'whatever else': postgres('08P01', 'something new'),
      },
    );
    row(
      'a limit of its own',
      { kind: 'timeout', repeat: 'never' },
      {
        query_timeout: postgres('08P01', 'query_timeout'),
      },
    );
    row('the statement itself', wrong, {
      parameters: postgres('08P01', 'bind message supplies 1 parameters, but prepared statement'),
    });
  });

  describe('a code of five characters', () => {
    const http: Expected = { source: 'http' };
    row('is that of an API beside a status', http, {
      status: failed({ status: 402, code: '40001' }),
      statusCode: failed({ statusCode: 409, code: '23505' }),
      response: failed({ code: '40001', response: { status: 503 } }),
      'a status of a network code': failed({ status: 502, code: 'EPIPE' }),
    });
    row(
      'is nothing beside an answer that was no failure',
      { kind: 'unknown', source: 'application' },
      {
        'a status of 200': failed({ status: 200, code: '40001' }),
        'an answer': failed({ code: '40001', response: { data: {} } }),
        'a class alone': failed({ code: '22ABC' }),
        'small letters': failed({ code: '4000a' }),
      },
    );
    row(
      'is a state where the driver says so',
      { source: 'postgres' },
      {
        'beside a status': Object.assign(postgres('23505'), { status: 500 }),
        'beside a routine': failed({ code: '22ABC', routine: 'x' }),
        'without anything else': failed({ code: '23505' }),
      },
    );
  });

  row('postgres.js', { ...refused }, { 'no connection': failed({ code: 'CONNECT_TIMEOUT' }) });
});

describe('MySQL, MariaDB, Galera', () => {
  row('lost to another transaction, or to a lock', lost, {
    1205: mysql(1205, 'ER_LOCK_WAIT_TIMEOUT', 'HY000'),
    1213: mysql(1213, 'ER_LOCK_DEADLOCK', '40001'),
    'a snapshot of MariaDB': mysql(1020, 'ER_CHECKREAD', 'HY000'),
    'a group that did not certify': mysql(3101, 'ER_TRANSACTION_ROLLBACK_DURING_COMMIT', '40000'),
    NOWAIT: mysql(3572, 'ER_LOCK_NOWAIT', 'HY000'),
  });
  row('nothing was executed', refused, {
    'a node that is no part of its cluster': mysql(1047, 'ER_UNKNOWN_COM_ERROR', '08S01'),
    'no room': mysql(1041, 'ER_OUT_OF_RESOURCES', 'HY000'),
    'a bad handshake': mysql(1043, 'ER_HANDSHAKE_ERROR', '08S01'),
    'a host that is blocked': mysql(1129, 'ER_HOST_IS_BLOCKED', 'HY000'),
    'a closed connection': failed(
      { fatal: true },
      "Can't add new command when connection is in closed state",
    ),
  });
  row(
    'it may have been executed',
    { ...broken, ...replace },
    {
      'an aborted connection': mysql(1152, 'ER_ABORTING_CONNECTION', '08S01'),
      'a killed one': mysql(1927, 'ER_CONNECTION_KILLED', '70100'),
    },
  );
});

describe('SQL Server', () => {
  row('lost to another transaction, or to a lock', lost, {
    'a deadlock': request(1205),
    'a lock': request(1222),
    'a snapshot': request(3960),
  });
  row('Azure has no room', refused, { 40501: request(40501), 40613: request(40613) });
  row('wrong data', { ...wrong, source: 'mssql', code: '2627' }, { unique: request(2627) });
  row(
    'a number without a row that its severity tells',
    { ...wrong, source: 'mssql', code: '777' },
    { 16: request(777) },
  );
  row(
    'a number without a row',
    { kind: 'unknown', source: 'mssql', code: '777' },
    {
      777: named('RequestError', 'x', { code: 'EREQUEST', number: 777, class: 20 }),
    },
  );
  row('tedious has the number without a code', wrong, {
    2601: failed({ number: 2601, class: 14, state: 1 }),
    'mssql, without its code': named('RequestError', 'x', { number: 2627 }),
  });
  row('no connection', refused, {
    'in time': named('ConnectionError', 'x', { code: 'ETIMEOUT' }),
    'at all': named('ConnectionError', 'Failed to connect to x:1433', { code: 'ESOCKET' }),
    'any more': named('ConnectionError', 'x', { code: 'ENOTOPEN' }),
  });
  row('it may have been executed', broken, {
    'a lost connection': named('ConnectionError', 'Connection lost - read ECONNRESET', {
      code: 'ESOCKET',
    }),
  });
  row(
    'it took too long',
    { kind: 'timeout', repeat: 'idempotent', source: 'mssql' },
    {
      ETIMEOUT: named('RequestError', 'x', { code: 'ETIMEOUT' }),
    },
  );
  row(
    'the caller has cancelled it',
    { kind: 'cancelled', blame: 'caller', repeat: 'never' },
    {
      ECANCEL: named('RequestError', 'x', { code: 'ECANCEL' }),
    },
  );
  row(
    'ETIMEOUT of a name server',
    { ...refused, source: 'network' },
    {
      ETIMEOUT: failed({ code: 'ETIMEOUT', syscall: 'queryA' }),
    },
  );
});

describe('Oracle', () => {
  row('lost to another transaction, or to a lock', lost, {
    'a deadlock': ora('ORA-00060'),
    NOWAIT: ora('ORA-00054'),
    serializable: ora('ORA-08177'),
  });
  row('not now', refused, {
    'a listener that does not know it': ora('ORA-12514'),
    'no room in the pool': failed({ code: 'NJS-040' }),
    refused: failed({ code: 'NJS-511' }),
  });
  row(
    'it may have been executed',
    { ...broken, ...replace },
    {
      'end of file': ora('ORA-03113'),
      'the driver': failed({ code: 'NJS-500' }),
      'the old driver': failed({ code: 'DPI-1080' }),
    },
  );
  row(
    'wrong',
    { ...wrong, source: 'oracle' },
    {
      unique: ora('ORA-00001'),
      'an older driver': failed({ errorNum: 1 }),
      'an older driver, a statement': failed({ errorNum: 942 }),
      'a statement': ora('ORA-00942'),
      'a procedure says so': ora('ORA-20001'),
    },
  );
  row(
    'misuse of the driver',
    { kind: 'permanent', blame: 'self' },
    {
      'a bind': failed({ code: 'NJS-098' }),
    },
  );
  row('another', { kind: 'unknown', source: 'oracle' }, { 'ORA-65535': ora('ORA-65535') });
});

describe('SQLite', () => {
  row('a lock that was not free', lost, {
    SQLITE_BUSY: failed({ code: 'SQLITE_BUSY' }),
    'errcode 6': failed({ code: 'ERR_SQLITE_ERROR', errcode: 6 }),
  });
  row(
    'a broken file',
    { kind: 'permanent', blame: 'dependency', repeat: 'never' },
    {
      SQLITE_CORRUPT: failed({ code: 'SQLITE_CORRUPT' }),
    },
  );
});

describe('Redis', () => {
  row('a server that does not write', refused, {
    MISCONF: reply('MISCONF Redis is configured to save RDB snapshots'),
    'MISCONF without a class': new Error('MISCONF Redis is configured to save RDB snapshots'),
    clients: reply('ERR max number of clients reached'),
  });
  row(
    'a replica',
    { ...refused, ...replace },
    {
      READONLY: reply("READONLY You can't write against a read only replica."),
    },
  );
  row(
    'watched keys that have changed: the same EXEC would go through',
    { ...lost, repeat: 'never' },
    {
      WatchError: anonymous('WatchError', 'One (or more) of the watched keys has been changed'),
    },
  );
  row(
    'a full server',
    { kind: 'permanent', blame: 'dependency', repeat: 'never' },
    {
      OOM: reply("OOM command not allowed when used memory > 'maxmemory'."),
    },
  );

  describe('EXECABORT', () => {
    const abort = 'EXECABORT Transaction discarded because of previous errors.';
    const busy = reply('BUSY Redis is busy running a script.');
    row('nothing was executed, and it passes', refused, {
      busy: reply(abort, { previousErrors: [busy] }),
      'busy twice': reply(abort, { previousErrors: [busy, busy] }),
    });
    row('it was wrong', wrong, {
      'nobody says why': reply(abort),
      'a wrong command': reply(abort, { previousErrors: [busy, reply('ERR unknown command')] }),
      'no errors at all': reply(abort, { previousErrors: [] }),
    });
  });

  describe('a MULTI of node-redis of which some were refused', () => {
    const busy = anonymous('ErrorReply', 'BUSY Redis is busy running a script.');
    const type = anonymous('ErrorReply', 'WRONGTYPE Operation against a key');
    row(
      'the others were executed',
      { kind: 'transient', repeat: 'idempotent' },
      {
        one: several(['OK', busy], [1]),
      },
    );
    row('nothing was executed', refused, { both: several([busy, busy], [0, 1]) });
    row('wrong', wrong, { one: several(['OK', busy, type], [1, 2]) });
    row('unreadable', { kind: 'unknown' }, { none: several([], [5]) });
  });
});

describe('MongoDB and Mongoose', () => {
  row(
    'lost to another transaction',
    { ...lost, code: '112' },
    {
      'a write conflict': mongo(112),
      'as a transaction says it': mongo(112, 'TransientTransactionError'),
    },
  );
  row('a transaction whose server went away', refused, {
    'not the primary': mongo(10_107, 'TransientTransactionError'),
    'a broken connection': mongo(undefined, 'TransientTransactionError'),
  });
  row('the connection was not even ready', refused, {
    'a handshake': Object.assign(mongo(undefined, 'HandshakeError'), { name: 'MongoNetworkError' }),
  });
  row('Mongoose refuses', wrong, {
    validation: named('ValidationError', 'x', { _message: 'x', errors: {} }),
    'a cast': named('CastError'),
    'a document that is not there': named('DocumentNotFoundError'),
  });
  row('somebody else has changed the document', lost, { VersionError: named('VersionError') });
  row('there was no connection', refused, {
    buffered: named(
      'MongooseError',
      'Operation `users.findOne()` buffering timed out after 10000ms',
    ),
  });
});

describe('Prisma', () => {
  row(
    'wrong',
    { ...wrong, source: 'database' },
    {
      P2002: prisma('P2002'),
      P2003: prisma('P2003'),
      P2025: prisma('P2025'),
      'no name': failed({ code: 'P2002', clientVersion: '7.10.0' }),
    },
  );
  row('lost', lost, { P2034: prisma('P2034') });
  row('no connection', refused, {
    pool: prisma('P2024'),
    'at the start': named('PrismaClientInitializationError', 'x', { errorCode: 'P1001' }),
  });
  row('it may have been executed', { ...broken, ...replace }, { P1017: prisma('P1017') });
  row(
    'a wrong call',
    { kind: 'bug', blame: 'self' },
    {
      validation: named('PrismaClientValidationError'),
    },
  );
  row(
    'a raw statement, by what the database says',
    { ...wrong, source: 'postgres' },
    {
      'in meta': prisma('P2010', { code: '23505', message: 'x' }),
      'of an adapter': prisma('P2010', {
        driverAdapterError: { cause: { originalCode: '42P01' } },
      }),
      'the error of an adapter': named('DriverAdapterError', 'x', {
        cause: { kind: 'UniqueConstraintViolation', originalCode: '23505' },
      }),
    },
  );
  row(
    'a raw statement of MySQL',
    { ...lost, source: 'mysql' },
    {
      deadlock: prisma('P2010', { code: '1213' }),
    },
  );
  row(
    'a raw statement of which nothing is known',
    { kind: 'unknown', source: 'database' },
    {
      P2010: prisma('P2010'),
      'another code': prisma('P2999'),
    },
  );
});

describe('those on top of a driver', () => {
  const unique = postgres('23505');
  const reset = failed({ code: 'ECONNRESET', syscall: 'read' });
  row(
    'the driver inside decides',
    { ...wrong, source: 'postgres', code: '23505' },
    {
      Sequelize: named('SequelizeUniqueConstraintError', 'x', { parent: unique, original: unique }),
      TypeORM: named('QueryFailedError', 'x', { driverError: unique }),
      Drizzle: new DrizzleQueryError('select 1', [], unique),
      Objection: named('UniqueViolationError', 'x', { nativeError: unique }),
      mssql: named('RequestError', 'x', { code: 'EREQUEST', originalError: unique }),
    },
  );
  row(
    'a connection that broke',
    { ...broken, source: 'network' },
    {
      Sequelize: named('SequelizeDatabaseError', 'x', { original: reset }),
      Drizzle: new DrizzleQueryError('select 1', [], reset),
    },
  );
  row(
    'without a driver their own word holds',
    { ...wrong, source: 'database' },
    {
      Sequelize: named('SequelizeValidationError', 'x', { errors: [{ message: 'x' }] }),
      TypeORM: named('EntityNotFoundError'),
      Kysely: anonymous('NoResultError', 'no result'),
    },
  );
  row(
    'a mistake in the program that they wrap',
    { kind: 'bug', blame: 'self' },
    {
      Drizzle: new DrizzleQueryError('select 1', [], new TypeError('x')),
      TypeORM: named('QueryFailedError', 'x', { driverError: new TypeError('x') }),
    },
  );
  row('no connection', refused, {
    Knex: named('KnexTimeoutError'),
    Sequelize: named('SequelizeConnectionAcquireTimeoutError'),
  });
  row('a version that has changed', lost, {
    Sequelize: named('SequelizeOptimisticLockError'),
    TypeORM: named('OptimisticLockVersionMismatchError'),
  });
});
