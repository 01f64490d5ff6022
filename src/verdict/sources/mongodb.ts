import type { ErrorLike } from '../error-like.ts';
import { indexOf, type Row, type Source, unlisted } from '../rows.ts';
import type { Verdict } from '../verdict.ts';

/** https://github.com/mongodb/specifications (retryable writes, transactions, client backpressure) */
const label: readonly Row[] = [
  ['transient', 'idempotent', 'UnknownTransactionCommitResult'],
  // The first: the whole transaction.
  ['transient', 'safe', 'TransientTransactionError NoWritesPerformed'],
  // The driver has repeated these once itself.
  ['transient', 'idempotent', 'RetryableWriteError SystemOverloadedError RetryableError'],
  ['transient', 'idempotent', 'ResumableChangeStreamError'],
];

/** https://github.com/mongodb/mongo/blob/master/src/mongo/base/error_codes.yml */
const number: readonly Row[] = [
  // Lost to another transaction, or a lock that was not free.
  ['transient', 'safe', '24 46 112 117 239 246 251', { blame: 'request' }],
  // 16500 is Cosmos DB, which is asked too much.
  ['transient', 'safe', '365 391 16500'],
  [
    'transient',
    'idempotent',
    `6 7 43 63 64 79 89 91 133 134 150 189 234 262 462 9001 10058 10107 11600 11602 13388 13435
     13436`,
  ],
  // The caller's own maxTimeMS.
  ['timeout', 'never', '50'],
  ['permanent', 'never', '100 146 292', { blame: 'dependency' }],
  [
    'permanent',
    'never',
    `2 4 9 11 13 14 15 16 17 18 20 22 26 27 28 31 40 48 52 53 54 56 57 59 61 66 67 68 72 73 76 85
     86 96 115 121 171 197 238 256 263 323 8000 10003 10334 11000 11001 12582 16755 17280
     17419 31249 40414`,
  ],
];

/** The driver's classes, its labels and numbers, and Mongoose. */
export const mongodb: Source = {
  source: 'mongodb',
  label,
  number,
  name: [
    // There was no server or no connection, this time: the driver may have sent it once before (`retryWrites`).
    [
      'transient',
      'idempotent',
      `MongoServerSelectionError MongoPoolClearedError MongoWaitQueueTimeoutError MongoNetworkError
       MongoNetworkTimeoutError MongoServerClosedError MongoStalePrimaryError
       MongooseServerSelectionError`,
    ],
    ['timeout', 'idempotent', 'MongoOperationTimeoutError'],
    [
      'permanent',
      'never',
      `MongoAPIError MongoInvalidArgumentError MongoParseError MongoCompatibilityError
       MongoTransactionError MongoTopologyClosedError MongoClientClosedError
       MongoNotConnectedError MongoExpiredSessionError MongoBatchReExecutionError
       MongoCursorInUseError MongoCursorExhaustedError MongoTailableCursorError
       MongoMissingCredentialsError MongoMissingDependencyError MongoAWSError MongoKerberosError
       MongoOIDCError MongoAzureError MongoGCPError`,
      { blame: 'self' },
    ],
    // Mongoose
    ['permanent', 'never', 'CastError DocumentNotFoundError ValidatorError StrictModeError'],
    [
      'permanent',
      'never',
      'MissingSchemaError OverwriteModelError ParallelSaveError',
      {
        blame: 'self',
      },
    ],
    // Somebody else has changed the document: nothing was written.
    ['transient', 'safe', 'VersionError DivergentArrayError', { blame: 'request' }],
  ],
  keys: ['hasErrorLabel'],
  names: /^Mongo/,
  read: mongoError,
};

const buffered = /^Operation `[^`]{1,200}` buffering timed out after/;

function mongoError(error: ErrorLike, _: string, name: string): Verdict | undefined {
  const { code, hasErrorLabel } = error;
  if (name === 'MongooseError')
    return typeof error.message === 'string' && buffered.test(error.message) ? UNSENT : undefined;
  if (!name.startsWith('Mongo') && typeof hasErrorLabel !== 'function') return undefined;
  const numbered =
    typeof code === 'number' ? indexOf('mongodb', number, 'number').get(code) : undefined;
  if (typeof hasErrorLabel === 'function') {
    const has = (one: string): boolean => hasErrorLabel.call(error, one) === true;
    const byLabel = indexOf('mongodb', label, 'label');
    for (const one of byLabel.words()) {
      const known = has(String(one)) ? byLabel.get(one) : undefined;
      if (known === undefined) continue;
      return typeof code === 'number'
        ? { ...known, blame: numbered?.blame ?? known.blame, code: String(code) }
        : known;
    }
    // The connection was not even ready.
    if (name.startsWith('MongoNetwork') && has('HandshakeError')) return UNSENT;
  }
  return numbered ?? (typeof code === 'number' ? unlisted('mongodb', String(code)) : undefined);
}

const UNSENT: Verdict = /* @__PURE__ */ Object.freeze({
  kind: 'transient',
  blame: 'dependency',
  repeat: 'safe',
  source: 'mongodb',
});
