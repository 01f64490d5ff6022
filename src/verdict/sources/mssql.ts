import { type ErrorLike, shortMessage } from '../error-like.ts';
import { indexOf, type Row, type Source, unlisted } from '../rows.ts';
import type { Verdict } from '../verdict.ts';

/** https://learn.microsoft.com/sql/relational-databases/errors-events/database-engine-events-and-errors */
const number: readonly Row[] = [
  // Lost to another transaction (deadlock, snapshot, in-memory tables), or a lock that was not free.
  [
    'transient',
    'safe',
    '1205 1222 3960 3961 41301 41302 41305 41325 41839',
    {
      blame: 'request',
    },
  ],
  // The server, or Azure, has no room, is starting, moves the database, or has not let this client in.
  [
    'transient',
    'safe',
    `701 802 921 952 4060 4221 8645 8651 9002 10928 10929 10936 17142 17197 18401 40501 40540 40544
     40549 40550 40551 40552 40553 40613 40615 41313 42108 42109 45168 45169 49918 49919 49920 49977
     49983`,
  ],
  // A replica that does not take writes.
  ['transient', 'safe', '3906 976 978 979 982 983', { connection: 'replace' }],
  [
    'transient',
    'idempotent',
    '20 64 121 233 596 6005 10053 10054 10060 11001 40143 40197',
    {
      connection: 'replace',
    },
  ],
  ['permanent', 'never', '823 824 825 1101 1105', { blame: 'dependency' }],
  // The severity, where it is there, tells the others.
  ['permanent', 'never', '102 156 207 208 229 245 515 547 2601 2627 2628 8152 18456'],
];

const codes = /^E(?:REQUEST|SOCKET|TIMEOUT|CONNCLOSED|LOGIN|CANCEL|ABORT)$/;

/** The clients mssql and tedious: `number` is the server's, `code` theirs. */
export const mssql: Source = {
  source: 'mssql',
  number,
  code: [
    // Nothing was sent.
    ['transient', 'safe', 'ENOTOPEN ENOCONN EALREADYCONNECTING', { connection: 'replace' }],
    ['transient', 'safe', 'EINSTLOOKUP'],
    [
      'permanent',
      'never',
      `EARGS EINJECT EDRIVER ENOTBEGUN EALREADYBEGUN EREQINPROG ENOTPREPARED EALREADYPREPARED
       EALREADYCONNECTED EINVALIDSTATE`,
      { blame: 'self' },
    ],
    ['permanent', 'never', 'ELOGIN', { hint: true }],
    ['unknown', 'idempotent', 'EREQUEST', { hint: true }],
  ],
  keys: ['code', 'number'],
  read: mssqlError,
};

function mssqlError(error: ErrorLike, code: string, name: string): Verdict | undefined {
  const known = typeof error.number === 'number' ? error.number : undefined;
  const isNumbered =
    known !== undefined && (typeof error.class === 'number' || name === 'RequestError');
  if (!codes.test(code) && !isNumbered) return undefined;
  const listed = known === undefined ? undefined : indexOf('mssql', number, 'number').get(known);
  if (listed !== undefined) return listed;
  // Severities up to 16 can be corrected by the user; others are those of the server.
  if (known !== undefined && typeof error.class === 'number' && error.class <= 16)
    return {
      kind: 'permanent',
      blame: 'request',
      repeat: 'never',
      source: 'mssql',
      code: String(known),
    };
  const isConnecting = name === 'ConnectionError';
  switch (code) {
    case 'ETIMEOUT':
      // c-ares has the same code, and a system call beside it.
      if (isConnecting) return transient('safe', code);
      return name === 'RequestError'
        ? { ...transient('idempotent', code), kind: 'timeout' }
        : undefined;
    case 'ESOCKET':
    case 'ECONNCLOSED':
      return {
        ...transient(
          isConnecting && !shortMessage(error).startsWith('Connection lost')
            ? 'safe'
            : 'idempotent',
          code,
        ),
        connection: 'replace',
      };
    case 'ECANCEL':
      return { kind: 'cancelled', blame: 'caller', repeat: 'never', source: 'mssql', code };
    // Somebody ended the transaction, because a statement of it has failed.
    case 'EABORT':
      return { ...transient('safe', code), blame: 'request' };
  }
  return known === undefined ? undefined : unlisted('mssql', String(known));
}

function transient(repeat: 'safe' | 'idempotent', code: string): Verdict {
  return { kind: 'transient', blame: 'dependency', repeat, source: 'mssql', code };
}
