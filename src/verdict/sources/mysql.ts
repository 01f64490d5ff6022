import { type ErrorLike, shortMessage } from '../error-like.ts';
import { indexOf, recoded, type Row, type Source, unlisted } from '../rows.ts';
import type { Verdict } from '../verdict.ts';

/** https://dev.mysql.com/doc/mysql-errors/8.4/en/, and MariaDB's own list; 45000 and up are mariadb's client. */
const errno: readonly Row[] = [
  // The server has no room, or has not let this client in.
  [
    'transient',
    'safe',
    `1040:ER_CON_COUNT_ERROR 1203:ER_TOO_MANY_USER_CONNECTIONS 1226 1021 1037 1041 1135 1042 1043 1129
     3100 3168 45012 45028`,
  ],
  // Lost to another transaction (1020 of MariaDB, 3101 of a group), or a lock that was not free (3572 is NOWAIT).
  [
    'transient',
    'safe',
    '1205:ER_LOCK_WAIT_TIMEOUT 1213:ER_LOCK_DEADLOCK 1020 1412 1613 1614 1689 3058 3101 3572',
    { blame: 'request' },
  ],
  // It goes down, cannot write (1290 only where it means --read-only), or is no part of its cluster (1047 of Galera); or
  // the connection was closed before anything was sent.
  [
    'transient',
    'safe',
    `1053:ER_SERVER_SHUTDOWN 1290:ER_OPTION_PREVENTS_STATEMENT 1836:ER_READ_ONLY_MODE 1047 45001 45004
     45013`,
    { connection: 'replace' },
  ],
  // Broken connections, KILL, wait_timeout.
  [
    'transient',
    'idempotent',
    '1152 1158 1159 1160 1161 1184 1927 4031 45009 45026',
    {
      connection: 'replace',
    },
  ],
  // An error during COMMIT.
  ['transient', 'idempotent', '1180'],
  // max_statement_time, max_execution_time and KILL QUERY: the same statement runs out of the same time.
  ['timeout', 'never', '1969 3024 1317'],
  // A full or a broken table.
  ['permanent', 'never', '1114 1194 1030 1034', { blame: 'dependency' }],
  ['permanent', 'never', '45027', { blame: 'self' }],
  // The class of `sqlState` tells the others.
  [
    'permanent',
    'never',
    `1045:ER_ACCESS_DENIED_ERROR 1062:ER_DUP_ENTRY 1064:ER_PARSE_ERROR 1048:ER_BAD_NULL_ERROR
     1054:ER_BAD_FIELD_ERROR 1146:ER_NO_SUCH_TABLE 1451:ER_ROW_IS_REFERENCED_2
     1452:ER_NO_REFERENCED_ROW_2 1038 1130 1153 1364 1366 1406 3819 4025`,
  ],
];

const forbidden = /secure-file-priv|skip-grant/;
const wrong = /^(?:0A|2[1-8]|3D|3F|42|45)/;

/** The servers, and the clients mysql2 and mariadb: `errno`, else the name in `code`, else the class of `sqlState`. */
export const mysql: Source = {
  source: 'mysql',
  errno,
  code: [
    ['transient', 'idempotent', 'PROTOCOL_CONNECTION_LOST', { connection: 'replace' }],
    ['timeout', 'idempotent', 'PROTOCOL_SEQUENCE_TIMEOUT'],
    // Not sent any more.
    [
      'transient',
      'safe',
      `PROTOCOL_ENQUEUE_AFTER_FATAL_ERROR PROTOCOL_ENQUEUE_AFTER_QUIT
       PROTOCOL_ENQUEUE_AFTER_DESTROY`,
      { connection: 'replace' },
    ],
    ['transient', 'safe', 'POOL_NONEONLINE POOL_CONNLIMIT POOL_ENQUEUELIMIT'],
    ['permanent', 'never', 'POOL_CLOSED POOL_NOEXIST', { blame: 'self' }],
    [
      'permanent',
      'never',
      'HANDSHAKE_NO_SSL_SUPPORT HANDSHAKE_SSL_ERROR',
      {
        blame: 'dependency',
      },
    ],
    ['permanent', 'never', 'AUTH_SWITCH_PLUGIN_ERROR MYSQL_CLEAR_PASSWORD_NOT_ENABLED'],
  ],
  message: [
    ['transient', 'safe', ['Queue limit reached.', 'No connections available.']],
    ['permanent', 'never', ['Pool is closed.'], { blame: 'self' }],
  ],
  beginning: [
    [
      'transient',
      'safe',
      ["Can't add new command when connection is in closed state", "Can't write in closed state"],
      {
        connection: 'replace',
      },
    ],
  ],
  keys: ['code', 'errno'],
  read: mysqlError,
};

export function mysqlError(error: ErrorLike, code: string): Verdict | undefined {
  const { errno: number, sqlState } = error;
  const isNumbered = typeof number === 'number' && typeof sqlState === 'string';
  if (!code.startsWith('ER_') && !isNumbered) return undefined;
  const byErrno = indexOf('mysql', errno, 'errno');
  const word = code === '' ? String(number) : code;
  const known = (typeof number === 'number' ? byErrno.get(number) : undefined) ?? byErrno.get(word);
  if (known !== undefined) {
    // 1290 stands for any option that forbids the statement, but only --read-only passes: when a failover has ended.
    if (known === byErrno.get(1290) && forbidden.test(shortMessage(error))) return permanent(word);
    return recoded(known, word);
  }
  // Thousands have no row; their standard class still tells wrong data and wrong statements.
  return typeof sqlState === 'string' && sqlState.length === 5 && wrong.test(sqlState)
    ? permanent(word)
    : unlisted('mysql', word);
}

function permanent(code: string): Verdict {
  return { kind: 'permanent', blame: 'request', repeat: 'never', source: 'mysql', code };
}
