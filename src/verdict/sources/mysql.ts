import { row, type Source } from './source.ts';

/** The servers by https://dev.mysql.com/doc/mysql-errors/8.4/en/ and MariaDB's own list, the clients mysql2 and mariadb. */
export const mysql: Source = {
  source: 'mysql',
  errno: [
    // 1290 only where it means --read-only. 3572 is NOWAIT; 45004 and up are mariadb's client.
    row(
      'transient',
      'safe',
      `1040:ER_CON_COUNT_ERROR 1053:ER_SERVER_SHUTDOWN 1203:ER_TOO_MANY_USER_CONNECTIONS
       45004 45012 45013 45028`,
    ),
    row('transient', 'safe', '1205:ER_LOCK_WAIT_TIMEOUT 1213:ER_LOCK_DEADLOCK 3572', {
      blame: 'request',
    }),
    row('transient', 'safe', '1290:ER_OPTION_PREVENTS_STATEMENT 1836:ER_READ_ONLY_MODE', {
      connection: 'replace',
    }),
    // Broken connections, KILL, wait_timeout.
    row('transient', 'idempotent', '1158 1159 1160 1161 1927 4031 45009 45026'),
    // The caller's own max_execution_time.
    row('timeout', 'never', '1969 3024'),
    // The class of `sqlState` tells most of the others.
    row(
      'permanent',
      'never',
      `1045:ER_ACCESS_DENIED_ERROR 1062:ER_DUP_ENTRY 1064:ER_PARSE_ERROR
       1044 1048 1049 1054 1142 1146 1364 1366 1406 1451 1452 3819 45027`,
    ),
  ],
  code: [
    row('transient', 'idempotent', 'PROTOCOL_CONNECTION_LOST'),
    row('timeout', 'idempotent', 'PROTOCOL_SEQUENCE_TIMEOUT'),
  ],
  message: [
    row('transient', 'safe', ['Queue limit reached.', 'No connections available.']),
    row('permanent', 'never', ['Pool is closed.']),
  ],
};
