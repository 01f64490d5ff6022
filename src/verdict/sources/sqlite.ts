import { row, type Source } from './source.ts';

/** Primary result codes: https://www.sqlite.org/rescode.html */
export const sqlite: Source = {
  source: 'sqlite',
  errno: [
    // BUSY_SNAPSHOT restarts the transaction: the statement alone would never succeed.
    row('transient', 'safe', '5:BUSY 6:LOCKED'),
    row(
      'permanent',
      'never',
      `1:ERROR 3:PERM 8:READONLY 11:CORRUPT 13:FULL 14:CANTOPEN 17:SCHEMA 18:TOOBIG 19:CONSTRAINT
       20:MISMATCH 21:MISUSE 23:AUTH 25:RANGE 26:NOTADB`,
    ),
  ],
};
