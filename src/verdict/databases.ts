import type { Verdict, FailureSource } from './verdict.ts';
import {
  byMongoCode,
  byLabel,
  byMysqlError,
  byReply,
  bySqliteError,
  ofSqlState,
  recoded,
} from './lookup.ts';
import { LONGEST_CODE, type ErrorLike, shortMessage } from './error-like.ts';
import { redisPhrases } from './sources/redis.ts';

/** SQLite, MySQL and PostgreSQL, told by `code`. */
export function sqlError(error: ErrorLike, code: string): Verdict | undefined {
  if (code.startsWith('SQLITE_')) return sqliteError(code.split('_', 2)[1] ?? '', code);
  if (code === 'ERR_SQLITE_ERROR' && typeof error.errcode === 'number') {
    return sqliteError(
      error.errcode & 0xff,
      error.errcode === 517 ? 'SQLITE_BUSY_SNAPSHOT' : undefined,
    );
  }
  if (code.startsWith('ER_')) return mysqlError(error, code);
  if (code.length !== 5) return undefined;
  // Every error of a PostgreSQL server has a severity, so that one of an unlisted state is at least known to be its.
  return (
    ofSqlState(code) ??
    (typeof error.severity === 'string' ? unlisted('postgres', code) : undefined)
  );
}

function sqliteError(primary: string | number, code: string | undefined): Verdict {
  const known = bySqliteError.get(primary);
  return known === undefined
    ? unlisted('sqlite', code ?? `SQLITE_${primary}`)
    : recoded(known, code ?? `SQLITE_${known.code}`);
}

const READ_ONLY = byMysqlError.get(1290);

/** mysql2 and mariadb: `errno`, else the name in `code`, else the class of `sqlState`. */
export function mysqlError(error: ErrorLike, code: string): Verdict {
  const { errno, sqlState } = error;
  const known =
    (typeof errno === 'number' ? byMysqlError.get(errno) : undefined) ?? byMysqlError.get(code);
  if (known !== undefined) {
    // 1290 stands for any option that forbids the statement, but only --read-only passes: when a failover has ended.
    if (known === READ_ONLY && /secure-file-priv|skip-grant/.test(shortMessage(error))) {
      return { kind: 'permanent', blame: 'request', repeat: 'never', source: 'mysql', code };
    }
    return recoded(known, code);
  }
  // Thousands have no row; their standard class still tells wrong data and wrong statements.
  if (
    typeof sqlState === 'string' &&
    sqlState.length === 5 &&
    /^(?:0A|2[1-8]|3D|3F|42)/.test(sqlState)
  ) {
    return { kind: 'permanent', blame: 'request', repeat: 'never', source: 'mysql', code };
  }
  return unlisted('mysql', code);
}

/** A reply, told by its first word; of an error without a class of its own only where more of it is a reply's. */
export function redisError(name: string, message: string): Verdict | undefined {
  // Two capitals, or it is no reply; this is as far as most messages get.
  if (!isCapital(message.charCodeAt(0)) || !isCapital(message.charCodeAt(1))) return undefined;
  const word = message.split(' ', 1)[0] ?? '';
  const known = byReply.get(word);
  if (
    name === 'ReplyError' ||
    name === 'ErrorReply' ||
    name === 'SimpleError' ||
    name === 'BlobError'
  ) {
    return known ?? unlisted('redis', word.slice(0, LONGEST_CODE));
  }
  return known !== undefined && redisPhrases.some((phrase) => message.startsWith(phrase))
    ? known
    : undefined;
}

/** An error of the MongoDB driver: its labels, else its number. */
export function mongoError(error: ErrorLike): Verdict | undefined {
  const { code, hasErrorLabel } = error;
  if (typeof hasErrorLabel === 'function') {
    for (const [label, known] of byLabel) {
      if (hasErrorLabel.call(error, label) === true) {
        return typeof code === 'number' ? recoded(known, String(code)) : known;
      }
    }
  }
  return typeof code === 'number'
    ? (byMongoCode.get(code) ?? unlisted('mongodb', String(code)))
    : undefined;
}

function isCapital(code: number): boolean {
  return code >= 65 && code <= 90;
}

function unlisted(source: FailureSource, code: string): Verdict {
  return { kind: 'unknown', blame: 'dependency', repeat: 'idempotent', source, code };
}
