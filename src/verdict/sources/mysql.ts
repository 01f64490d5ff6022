import { type ErrorLike, shortMessage } from '../error-like.ts';
import { indexOf, recoded, row, type Row, type Source, unlisted } from '../rows.ts';
import type { Verdict } from '../verdict.ts';

/** https://dev.mysql.com/doc/mysql-errors/8.4/en/, and MariaDB's own list; 45000 and up are mariadb's client. */
const errno: readonly Row[] = [
  // The server has no room, or has not let this client in.
  row(
    'transient',
    'safe',
    `1040:ER_CON_COUNT_ERROR 1203:ER_TOO_MANY_USER_CONNECTIONS 1226:ER_USER_LIMIT_REACHED
     1021:ER_DISK_FULL 1037:ER_OUTOFMEMORY 1041:ER_OUT_OF_RESOURCES 1135:ER_CANT_CREATE_THREAD
     1042:ER_BAD_HOST_ERROR 1043:ER_HANDSHAKE_ERROR 1129:ER_HOST_IS_BLOCKED 3100:ER_RUN_HOOK_ERROR
     3168:ER_SERVER_ISNT_AVAILABLE 45012 45028`,
  ),
  // Lost to another transaction, or a lock that was not free.
  row(
    'transient',
    'safe',
    `1205:ER_LOCK_WAIT_TIMEOUT 1213:ER_LOCK_DEADLOCK 1020:ER_CHECKREAD 1412:ER_TABLE_DEF_CHANGED
     1613:ER_XA_RBTIMEOUT 1614:ER_XA_RBDEADLOCK 1689:ER_LOCK_ABORTED 3058:ER_USER_LOCK_DEADLOCK
     3101:ER_TRANSACTION_ROLLBACK_DURING_COMMIT 3572:ER_LOCK_NOWAIT`,
    { blame: 'request' },
  ),
  // It goes down, cannot write (1290 only where it means --read-only), or is no part of its cluster (Galera); or the
  // connection was closed before anything was sent.
  row(
    'transient',
    'safe',
    `1053:ER_SERVER_SHUTDOWN 1290:ER_OPTION_PREVENTS_STATEMENT 1836:ER_READ_ONLY_MODE
     1047:ER_UNKNOWN_COM_ERROR 45001 45004 45013`,
    { connection: 'replace' },
  ),
  // Broken connections, KILL, wait_timeout.
  row(
    'transient',
    'idempotent',
    `1152:ER_ABORTING_CONNECTION 1158:ER_NET_READ_ERROR 1159:ER_NET_READ_INTERRUPTED
     1160:ER_NET_ERROR_ON_WRITE 1161:ER_NET_WRITE_INTERRUPTED 1184:ER_NEW_ABORTING_CONNECTION
     1927:ER_CONNECTION_KILLED 4031:ER_CLIENT_INTERACTION_TIMEOUT 45009 45026`,
    { connection: 'replace' },
  ),
  row('transient', 'idempotent', '1180:ER_ERROR_DURING_COMMIT'),
  // max_execution_time, max_statement_time and KILL QUERY: the same statement runs out of the same time.
  row(
    'timeout',
    'never',
    '1969:ER_STATEMENT_TIMEOUT 3024:ER_QUERY_TIMEOUT 1317:ER_QUERY_INTERRUPTED',
  ),
  row(
    'permanent',
    'never',
    `1114:ER_RECORD_FILE_FULL 1194:ER_CRASHED_ON_USAGE 1030:ER_GET_ERRNO 1034:ER_NOT_KEYFILE
     3:EE_WRITE 28:EE_DISK_FULL`,
    { blame: 'dependency' },
  ),
  row('permanent', 'never', '45027', { blame: 'self' }),
  // The class of `sqlState` tells most of the others.
  row(
    'permanent',
    'never',
    `1045:ER_ACCESS_DENIED_ERROR 1062:ER_DUP_ENTRY 1064:ER_PARSE_ERROR 1022:ER_DUP_KEY
     1038:ER_OUT_OF_SORTMEMORY 1044:ER_DBACCESS_DENIED_ERROR 1048:ER_BAD_NULL_ERROR
     1049:ER_BAD_DB_ERROR 1054:ER_BAD_FIELD_ERROR 1130:ER_HOST_NOT_PRIVILEGED
     1142:ER_TABLEACCESS_DENIED_ERROR 1146:ER_NO_SUCH_TABLE 1153:ER_NET_PACKET_TOO_LARGE
     1169:ER_DUP_UNIQUE 1216:ER_NO_REFERENCED_ROW 1217:ER_ROW_IS_REFERENCED
     1264:ER_WARN_DATA_OUT_OF_RANGE 1364:ER_NO_DEFAULT_FOR_FIELD
     1366:ER_TRUNCATED_WRONG_VALUE_FOR_FIELD 1406:ER_DATA_TOO_LONG 1451:ER_ROW_IS_REFERENCED_2
     1452:ER_NO_REFERENCED_ROW_2 1557:ER_FOREIGN_DUPLICATE_KEY 1586:ER_DUP_ENTRY_WITH_KEY_NAME
     1644:ER_SIGNAL_EXCEPTION 1792:ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION
     3819:ER_CHECK_CONSTRAINT_VIOLATED 4025:ER_CONSTRAINT_FAILED`,
  ),
];

const forbidden = /secure-file-priv|skip-grant/;
const wrong = /^(?:0A|2[1-8]|3D|3F|42|45)/;

/** The servers, and the clients mysql2 and mariadb: `errno`, else the name in `code`, else the class of `sqlState`. */
export const mysql: Source = {
  source: 'mysql',
  errno,
  code: [
    row('transient', 'idempotent', 'PROTOCOL_CONNECTION_LOST', { connection: 'replace' }),
    row('timeout', 'idempotent', 'PROTOCOL_SEQUENCE_TIMEOUT'),
    // Not sent any more.
    row(
      'transient',
      'safe',
      `PROTOCOL_ENQUEUE_AFTER_FATAL_ERROR PROTOCOL_ENQUEUE_AFTER_QUIT
       PROTOCOL_ENQUEUE_AFTER_DESTROY`,
      { connection: 'replace' },
    ),
    row('transient', 'safe', 'POOL_NONEONLINE POOL_CONNLIMIT POOL_ENQUEUELIMIT'),
    row('permanent', 'never', 'POOL_CLOSED POOL_NOEXIST', { blame: 'self' }),
    row('permanent', 'never', 'HANDSHAKE_NO_SSL_SUPPORT HANDSHAKE_SSL_ERROR', {
      blame: 'dependency',
    }),
    row('permanent', 'never', 'AUTH_SWITCH_PLUGIN_ERROR MYSQL_CLEAR_PASSWORD_NOT_ENABLED'),
  ],
  message: [
    row('transient', 'safe', ['Queue limit reached.', 'No connections available.']),
    row('permanent', 'never', ['Pool is closed.'], { blame: 'self' }),
  ],
  beginning: [
    row(
      'transient',
      'safe',
      ["Can't add new command when connection is in closed state", "Can't write in closed state"],
      {
        connection: 'replace',
      },
    ),
  ],
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
