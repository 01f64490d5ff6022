import { row, type Source } from './source.ts';

/** Labels and codes by https://github.com/mongodb/specifications (retryable writes, transactions), classes of the driver. */
export const mongodb: Source = {
  source: 'mongodb',
  label: [
    row('transient', 'idempotent', 'UnknownTransactionCommitResult'),
    // The first: the whole transaction.
    row('transient', 'safe', 'TransientTransactionError NoWritesPerformed'),
    // The driver has repeated these once itself.
    row('transient', 'idempotent', 'RetryableWriteError SystemOverloadedError'),
  ],
  number: [
    row('transient', 'idempotent', '6 7 89 91 112 134 189 262 9001 10107 11600 11602 13435 13436'),
    // The caller's own maxTimeMS.
    row('timeout', 'never', '50'),
    row('permanent', 'never', '2 9 11 13 14 18 20 26 48 59 66 72 121 8000 11000 11001'),
  ],
  name: [
    // There was no server or no connection, this time: the driver may have sent it once before (`retryWrites`).
    row(
      'transient',
      'idempotent',
      `MongoServerSelectionError MongoPoolClearedError MongoWaitQueueTimeoutError MongoNetworkError
       MongoNetworkTimeoutError`,
    ),
    row('timeout', 'idempotent', 'MongoOperationTimeoutError'),
    row(
      'permanent',
      'never',
      `MongoAPIError MongoInvalidArgumentError MongoParseError MongoCompatibilityError
       MongoTransactionError MongoTopologyClosedError MongoClientClosedError
       MongoNotConnectedError`,
    ),
  ],
};
