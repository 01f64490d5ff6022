import { indexOf, recoded, type Row, type Source, unlisted } from '../rows.ts';
import type { Verdict } from '../verdict.ts';

/** Primary result codes: https://www.sqlite.org/rescode.html */
const errno: readonly Row[] = [
  // A lock that was not free. BUSY_SNAPSHOT restarts the transaction: the statement alone would never succeed.
  ['transient', 'safe', '5:BUSY 6:LOCKED 15:PROTOCOL 17:SCHEMA', { blame: 'request' }],
  ['transient', 'safe', '7:NOMEM', { blame: 'self' }],
  ['transient', 'idempotent', '10:IOERR'],
  ['cancelled', 'never', '9:INTERRUPT'],
  [
    'permanent',
    'never',
    '8:READONLY 11:CORRUPT 13:FULL 14:CANTOPEN 26:NOTADB',
    {
      blame: 'dependency',
    },
  ],
  ['permanent', 'never', '21:MISUSE 22:NOLFS', { blame: 'self' }],
  ['permanent', 'never', '1:ERROR 3:PERM 18:TOOBIG 19:CONSTRAINT 20:MISMATCH 23:AUTH 25:RANGE'],
];

/** better-sqlite3, sqlite3 and libsql have a name in `code`, node:sqlite a number in `errcode`. */
export const sqlite: Source = {
  source: 'sqlite',
  errno,
  keys: ['code'],
  read({ errcode }, code) {
    if (code.startsWith('SQLITE_')) return primary(code.split('_', 2)[1] ?? '', code);
    if (code !== 'ERR_SQLITE_ERROR' || typeof errcode !== 'number') return undefined;
    return primary(errcode & 0xff, errcode === 517 ? 'SQLITE_BUSY_SNAPSHOT' : undefined);
  },
};

function primary(result: string | number, code: string | undefined): Verdict {
  const known = indexOf('sqlite', errno, 'errno').get(result);
  return known === undefined
    ? unlisted('sqlite', code ?? `SQLITE_${result}`)
    : recoded(known, code ?? `SQLITE_${known.code}`);
}
