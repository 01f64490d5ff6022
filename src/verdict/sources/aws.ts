import { type ErrorLike, isObject } from '../error-like.ts';
import { failedStatus, httpError, retryHint } from '../http-error.ts';
import { indexOf, type Row, type Source } from '../rows.ts';
import type { Verdict } from '../verdict.ts';

/** The lists of `@smithy/core`, service-error-classification, and DynamoDB's conflicts. */
const names: readonly Row[] = [
  [
    'transient',
    'safe',
    `BandwidthLimitExceeded EC2ThrottledException LimitExceededException
     PriorRequestNotComplete ProvisionedThroughputExceededException RequestLimitExceeded
     RequestThrottled RequestThrottledException SlowDown ThrottledException Throttling
     ThrottlingException TooManyRequestsException TransactionInProgressException`,
  ],
  [
    'transient',
    'safe',
    'TransactionConflictException ReplicatedWriteConflictException',
    {
      blame: 'request',
    },
  ],
  ['transient', 'idempotent', 'RequestTimeout RequestTimeoutException'],
  ['permanent', 'never', 'ConditionalCheckFailedException'],
];

/** Why DynamoDB gave up a transaction, one reason for each item; `None` for those that were all right. */
const reason: readonly Row[] = [
  ['transient', 'safe', 'TransactionConflict', { blame: 'request' }],
  ['transient', 'safe', 'ProvisionedThroughputExceeded ThrottlingError'],
  [
    'permanent',
    'never',
    'ConditionalCheckFailed ItemCollectionSizeLimitExceeded ValidationError DuplicateItem',
  ],
];

/** AWS SDK 3, whose clients mark their errors with `$fault`, `$metadata` and `$retryable`. */
export const aws: Source = {
  source: 'http',
  name: names,
  reason,
  keys: ['$metadata', '$retryable', '$fault'],
  read: awsError,
};

function awsError(error: ErrorLike, _: string, name: string): Verdict | undefined {
  const { $metadata, $retryable, $fault, CancellationReasons: reasons } = error;
  if ($metadata === undefined && $retryable === undefined && $fault === undefined) return undefined;
  if (Array.isArray(reasons)) return cancelled(reasons);

  const status = isObject($metadata) ? failedStatus($metadata.httpStatusCode) : 0;
  const listed = indexOf('http', names, 'name').get(name);
  // What could not be parsed comes without a name of its own.
  const code = name === 'Error' || name === '' ? String(status) : name;
  const hint = retryHint(error);
  const after = hint === undefined ? {} : { retryAfter: hint.after };

  if (listed?.repeat === 'never') return listed;
  if (
    status === 429 ||
    listed?.repeat === 'safe' ||
    (isObject($retryable) && $retryable.throttling === true)
  ) {
    const blame = listed?.blame ?? 'dependency';
    return { kind: 'transient', blame, repeat: 'safe', source: 'http', code, ...after };
  }
  if (isObject($retryable) || listed !== undefined) return transient(code, after);
  if (status >= 500) return httpError(error, status, code);
  if ($fault === 'client' || status !== 0)
    return { kind: 'permanent', blame: 'request', repeat: 'never', source: 'http', code };
  return $fault === 'server' ? transient(code, {}) : undefined;
}

function transient(code: string, after: { retryAfter?: number }): Verdict {
  return {
    kind: 'transient',
    blame: 'dependency',
    repeat: 'idempotent',
    source: 'http',
    code,
    ...after,
  };
}

const MOST_REASONS = 100;

/** A transaction of DynamoDB; the reason that forbids most decides. */
function cancelled(reasons: readonly unknown[]): Verdict | undefined {
  const byReason = indexOf('http', reason, 'reason');
  let found: Verdict | undefined;
  for (const one of reasons.slice(0, MOST_REASONS)) {
    const code = isObject(one) ? one.Code : undefined;
    const known = typeof code === 'string' ? byReason.get(code) : undefined;
    if (known !== undefined && (found === undefined || known.repeat === 'never')) found = known;
  }
  return found;
}
