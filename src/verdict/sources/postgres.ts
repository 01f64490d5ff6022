import { row, type Source } from './source.ts';

/** The server by https://www.postgresql.org/docs/current/errcodes-appendix.html, and the clients pg and postgres.js. */
export const postgres: Source = {
  source: 'postgres',
  sqlState: [
    // 40001 and 40P01: the whole transaction. 25006: a primary that has become a replica.
    row('transient', 'safe', '40001 40P01 55P03 55006', { blame: 'request' }),
    row('transient', 'safe', '53000 53200 53300 57P03 08001 08004'),
    row('transient', 'safe', '25006', { connection: 'replace' }),
    row('transient', 'idempotent', '08000 08003 08006 08007 40003 57P01 57P02 57P05 58000 58030'),
    // The caller's own statement_timeout: the same statement runs out of the same time.
    row('timeout', 'never', '57014'),
    row(
      'permanent',
      'never',
      `0A 21 22 23 24 25 26 27 28 2B 2D 2F 34 38 39 3B 3D 3F 42 44 54 P0
       08P01 40002 53100 53400 55000 57P04 58P01 58P02`,
    ),
  ],
  code: [
    row('transient', 'safe', 'CONNECT_TIMEOUT'),
    row('transient', 'idempotent', 'CONNECTION_CLOSED'),
    row('permanent', 'never', 'CONNECTION_ENDED CONNECTION_DESTROYED'),
  ],
  message: [
    row('transient', 'safe', [
      'timeout exceeded when trying to connect',
      'timeout expired',
      'Connection terminated due to connection timeout',
      'Client has encountered a connection error and is not queryable',
      'Client was closed and is not queryable',
    ]),
    row('transient', 'idempotent', [
      'Connection terminated unexpectedly',
      'Connection terminated',
      'Query read timeout',
    ]),
    row('permanent', 'never', ['Cannot use a pool after calling end on the pool']),
  ],
};
