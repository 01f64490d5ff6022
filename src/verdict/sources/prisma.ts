import { type ErrorLike, isObject } from '../error-like.ts';
import { indexOf, type Row, type Source, unlisted } from '../rows.ts';
import type { Verdict } from '../verdict.ts';
import { mysqlError } from './mysql.ts';
import { sqlError } from './postgres.ts';

/** https://www.prisma.io/docs/orm/reference/error-reference */
const rows: readonly Row[] = [
  // P2034: a write conflict or a deadlock, the whole transaction.
  ['transient', 'safe', 'P2034', { blame: 'request' }],
  // There was no connection: P2024 is the pool.
  ['transient', 'safe', 'P1001 P1002 P2024 P2037 P5001 P5013 P6008'],
  ['transient', 'idempotent', 'P1017', { connection: 'replace' }],
  ['transient', 'idempotent', 'P2028 P2036 P5000 P5006 P5010 P5011 P6000'],
  ['timeout', 'idempotent', 'P1008 P5009 P6004'],
  // How it is set up.
  [
    'permanent',
    'never',
    'P1012 P1013 P1015 P2021 P2022 P2026 P2030 P2031 P5002 P6001 P6006',
    {
      blame: 'self',
    },
  ],
  ['permanent', 'never', 'P1011 P5003 P5008 P6003 P6010', { blame: 'dependency' }],
  [
    'permanent',
    'never',
    `P1000 P1003 P1009 P1010 P1014 P1016 P2000 P2001 P2002 P2003 P2004 P2005 P2006 P2007 P2008 P2009
     P2011 P2012 P2013 P2014 P2015 P2016 P2017 P2018 P2019 P2020 P2023 P2025 P2029 P2033 P5007 P5012
     P5014 P5015 P6002 P6005 P6009`,
  ],
  // A raw statement, or several: by what the driver says, where it says something.
  ['unknown', 'idempotent', 'P2010 P2027', { hint: true }],
];

/** Prisma: `code` of a request that failed, `errorCode` where there was no connection for it. */
export const prisma: Source = {
  source: 'database',
  ownCode: rows,
  name: [
    ['bug', 'never', 'PrismaClientValidationError'],
    [
      'unknown',
      'idempotent',
      'PrismaClientUnknownRequestError PrismaClientInitializationError',
      {
        hint: true,
      },
    ],
    ['permanent', 'never', 'PrismaClientRustPanicError', { blame: 'self' }],
  ],
  keys: ['code', 'errorCode', 'originalCode'],
  read: prismaError,
};

const own = /^P[1-6]\d{3}$/;

function prismaError(error: ErrorLike, code: string, name: string): Verdict | undefined {
  // What a driver adapter says of the database's own answer.
  if (typeof error.originalCode === 'string') return ofDatabase(error.originalCode, error);
  const known = code === '' && typeof error.errorCode === 'string' ? error.errorCode : code;
  if (!own.test(known)) return undefined;
  if (!name.startsWith('PrismaClient') && typeof error.clientVersion !== 'string') return undefined;
  if (known === 'P2010' && isObject(error.meta)) {
    const inner = ofRawQuery(error.meta);
    if (inner !== undefined) return inner;
  }
  return indexOf('database', rows, 'ownCode').get(known) ?? unlisted('database', known);
}

function ofRawQuery(meta: ErrorLike): Verdict | undefined {
  const { driverAdapterError: adapter, code } = meta;
  const cause = isObject(adapter) ? adapter.cause : undefined;
  if (isObject(cause) && typeof cause.originalCode === 'string')
    return ofDatabase(cause.originalCode, cause);
  return typeof code === 'string' ? ofDatabase(code, meta) : undefined;
}

/** A state of PostgreSQL, or a number of MySQL, without the error that it stood in. */
function ofDatabase(code: string, { message }: ErrorLike): Verdict | undefined {
  if (code.length === 5) return sqlError({ severity: 'ERROR', message }, code);
  return /^\d{4}$/.test(code) ? mysqlError({ errno: Number(code), sqlState: '' }, '') : undefined;
}
