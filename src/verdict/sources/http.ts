import { row, type Source } from './source.ts';

/** RFC 9110, RFC 6585, Cloudflare's 52x, and the codes of axios. */
export const http: Source = {
  source: 'http',
  // A 503 with Retry-After is safe as well.
  status: [
    row('transient', 'safe', '425 429'),
    row('transient', 'idempotent', '408 500 502 503 504 521 522 524 529 5xx'),
    row('permanent', 'never', '3xx 4xx 501 505 506 508 510 511 525 526'),
  ],
  code: [
    row('transient', 'idempotent', 'ERR_BAD_RESPONSE', { hint: true }),
    row('permanent', 'never', 'ERR_BAD_REQUEST', { hint: true }),
    row(
      'permanent',
      'never',
      'ERR_BAD_OPTION ERR_BAD_OPTION_VALUE ERR_NOT_SUPPORT ERR_FR_TOO_MANY_REDIRECTS',
    ),
    row('cancelled', 'never', 'ERR_CANCELED'),
  ],
};

/** The lists of `@smithy/core`, service-error-classification. */
export const aws: Source = {
  source: 'http',
  name: [
    row(
      'transient',
      'safe',
      `BandwidthLimitExceeded EC2ThrottledException LimitExceededException
       PriorRequestNotComplete ProvisionedThroughputExceededException RequestLimitExceeded
       RequestThrottled RequestThrottledException SlowDown ThrottledException Throttling
       ThrottlingException TooManyRequestsException TransactionInProgressException`,
    ),
    row('transient', 'idempotent', 'RequestTimeout RequestTimeoutException'),
  ],
};
