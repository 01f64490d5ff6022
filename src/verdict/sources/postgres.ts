import { type ErrorLike, shortMessage } from '../error-like.ts';
import { isHttp } from '../http-error.ts';
import { beginningIn, indexOf, recoded, type Row, type Source, unlisted } from '../rows.ts';
import type { Verdict } from '../verdict.ts';

/** https://www.postgresql.org/docs/current/errcodes-appendix.html */
const sqlState: readonly Row[] = [
  // Lost to another transaction, or a lock that was not free; 40001 and 40P01: the whole transaction.
  ['transient', 'safe', '40000 40001 40P01 55P03 55006 72000', { blame: 'request' }],
  // The server has no room, is starting, or will not have this connection.
  ['transient', 'safe', '53 53000 53100 53200 53300 57P03 08001 08004 HV00N'],
  // A primary that has become a replica; a statement that was prepared on another connection, or twice on this one.
  ['transient', 'safe', '25006 26000 42P05', { connection: 'replace' }],
  // It had been idle, so that nothing was going on.
  ['transient', 'safe', '57P05', { connection: 'replace' }],
  // The transaction stood idle for too long: this process kept it open.
  ['transient', 'safe', '25P03', { blame: 'self', connection: 'replace' }],
  [
    'transient',
    'idempotent',
    '08000 08003 08006 08007 08P01 57P01 57P02',
    {
      connection: 'replace',
    },
  ],
  ['transient', 'idempotent', '08 40003 58000 58030'],
  // The caller's own statement_timeout and transaction_timeout: the same statement runs out of the same time.
  ['timeout', 'never', '57014 25P04'],
  ['permanent', 'never', '57P04 58P01 58P02 F0 XX001 XX002', { blame: 'dependency' }],
  // What is wrong with the statement, its data, its rights or its order; the usual ones by name, so that they are
  // known also where nothing else tells a state from the code of an API.
  [
    'permanent',
    'never',
    `22001 22003 22007 22008 22012 22023 22P02 23000 23001 23502 23503 23505 23514 23P01 25P02 28000
     28P01 3D000 3F000 42501 42601 42703 42704 42710 42883 42P01 42P07 44000 54000 P0001 P0002
     0A000 40002 53400 55000 57000`,
  ],
  [
    'permanent',
    'never',
    `0A 0B 0F 0L 0P 0Z 20 21 22 23 24 25 26 27 28 2B 2D 2F 34 38 39 3B 3D 3F 42 44 54 55 P0 HV`,
  ],
];

/** Refusals of PgBouncer, which has one state for all of them (08P01). */
const ownBeginning: readonly Row[] = [
  // Nothing was handed to a server.
  [
    'transient',
    'safe',
    [
      'query_wait_timeout',
      'client_login_timeout',
      'server login has been failing',
      'server login failed',
      'server_login_retry',
      'no more connections allowed',
      'client connections exceeded',
      'no memory',
      'pgbouncer cannot connect to server',
      'cannot connect to server',
      'server DNS lookup failed',
      'server shutting down',
      'the database system is ',
      'suspend_timeout',
      'client_idle_timeout',
      'prepared statement did not exist',
      'prepared statement name is already in use',
      'database configuration changed',
      'database removed',
      'pause failed',
    ],
    { connection: 'replace' },
  ],
  // Something was going on there.
  [
    'transient',
    'idempotent',
    ['server conn crashed', 'server closed the connection', 'kill_database'],
    { connection: 'replace' },
  ],
  // A statement that is wrong, of PostgreSQL itself; a client that is not let in.
  [
    'permanent',
    'never',
    [
      'bind message ',
      'unsupported startup parameter',
      'invalid server parameter',
      'no such database',
      'no such user',
      'password authentication failed',
      'SASL authentication failed',
      'auth failed',
      'not allowed',
    ],
  ],
  [
    'timeout',
    'never',
    ['query_timeout', 'query timeout', 'transaction timeout'],
    {
      connection: 'replace',
    },
  ],
  [
    'transient',
    'safe',
    ['idle transaction timeout', 'idle_transaction_timeout'],
    {
      blame: 'self',
      connection: 'replace',
    },
  ],
];

/** The server, and the clients pg, postgres.js, and those that have the same members. */
export const postgres: Source = {
  source: 'postgres',
  sqlState,
  ownBeginning,
  code: [
    ['transient', 'safe', 'CONNECT_TIMEOUT'],
    ['transient', 'idempotent', 'CONNECTION_CLOSED', { connection: 'replace' }],
    ['permanent', 'never', 'CONNECTION_ENDED CONNECTION_DESTROYED', { blame: 'self' }],
    [
      'permanent',
      'never',
      'NOT_TAGGED_CALL UNDEFINED_VALUE MAX_PARAMETERS_EXCEEDED UNSAFE_TRANSACTION',
      { blame: 'self' },
    ],
  ],
  message: [
    [
      'transient',
      'safe',
      [
        'timeout exceeded when trying to connect',
        'timeout expired',
        'Connection terminated due to connection timeout',
      ],
    ],
    [
      'transient',
      'safe',
      [
        'Client has encountered a connection error and is not queryable',
        'Client was closed and is not queryable',
      ],
      { connection: 'replace' },
    ],
    [
      'transient',
      'idempotent',
      ['Connection terminated unexpectedly', 'Connection terminated'],
      {
        connection: 'replace',
      },
    ],
    ['timeout', 'idempotent', ['Query read timeout']],
    [
      'permanent',
      'never',
      [
        'Cannot use a pool after calling end on the pool',
        'Client has already been connected. You cannot reuse a client.',
        'Called end on pool more than once',
        'A query must have either text or a name. Supplying neither is unsupported.',
      ],
      { blame: 'self' },
    ],
    ['permanent', 'never', ['The server does not support SSL connections']],
  ],
  beginning: [
    ['transient', 'idempotent', ['Received unexpected '], { connection: 'replace', hint: true }],
  ],
  keys: ['code'],
  read: (error, code) => (code.length === 5 ? sqlError(error, code) : undefined),
};

/** Other programs have codes of five characters too: what only its class tells needs a server's own members beside it. */
export function sqlError(error: ErrorLike, code: string): Verdict | undefined {
  const certain =
    typeof error.severity === 'string' ||
    typeof error.routine === 'string' ||
    error.sqlState === code;
  if (!certain && (!shaped.test(code) || isHttp(error))) return undefined;
  const byState = indexOf('postgres', sqlState, 'sqlState');
  const known = byState.get(code);
  if (known === undefined)
    return certain
      ? (recoded(byState.get(code.slice(0, 2)), code) ?? unlisted('postgres', code))
      : undefined;
  if (code === '08P01') return byMessage(error, code) ?? known;
  // The table has changed since the statement was prepared: this connection keeps the old plan.
  return code === '0A000' && shortMessage(error).startsWith('cached plan must not change')
    ? { ...known, kind: 'transient', blame: 'dependency', repeat: 'safe', connection: 'replace' }
    : known;
}

const shaped = /^[0-9A-Z]{5}$/;

function byMessage(error: ErrorLike, code: string): Verdict | undefined {
  const message = shortMessage(error).replace(/^pgbouncer: /i, '');
  return recoded(beginningIn(indexOf('postgres', ownBeginning, 'ownBeginning'), message), code);
}
