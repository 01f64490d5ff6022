import { type ErrorLike, isObject } from '../error-like.ts';
import type { Source } from '../rows.ts';
import type { Verdict } from '../verdict.ts';

/**
 * Clients of HTTP, and SDKs, where there is no status: follow-redirects (axios), got, node-fetch, superagent, Stripe,
 * OpenAI, Anthropic, Elasticsearch, AWS. What has a status is told by it, and by `x-should-retry`.
 */
export const clients: Source = {
  source: 'http',
  code: [
    [
      'permanent',
      'never',
      `ERR_DEPRECATED ERR_FORM_DATA_DEPTH_EXCEEDED ERR_FR_TOO_MANY_REDIRECTS
       ERR_FR_REDIRECTION_FAILURE ERR_FR_MAX_BODY_LENGTH_EXCEEDED ERR_TOO_MANY_REDIRECTS
       ERR_UNSUPPORTED_PROTOCOL ETOOLARGE`,
      { blame: 'self' },
    ],
    ['cancelled', 'never', 'ERR_ABORTED'],
    // OpenAI's 429 of an account without credit, which no wait mends; nodemailer's refused password.
    ['permanent', 'never', 'insufficient_quota'],
    ['permanent', 'never', 'EAUTH', { blame: 'self' }],
    ['transient', 'idempotent', 'ERR_READING_RESPONSE_STREAM ERR_RETRYING', { hint: true }],
    ['unknown', 'never', 'ERR_UPLOAD', { blame: 'caller', hint: true }],
    ['permanent', 'never', 'ERR_BODY_PARSE_FAILURE', { blame: 'dependency', hint: true }],
  ],
  type: [
    // node-fetch
    ['timeout', 'idempotent', 'request-timeout body-timeout'],
    [
      'permanent',
      'never',
      'max-size max-redirect no-redirect unsupported-redirect invalid-redirect',
      { blame: 'self' },
    ],
    // Stripe
    ['transient', 'idempotent', 'StripeConnectionError StripeAPIError', { hint: true }],
    ['transient', 'safe', 'StripeRateLimitError', { hint: true }],
    [
      'permanent',
      'never',
      `StripeSignatureVerificationError StripeInvalidRequestError StripeCardError
       StripeIdempotencyError StripeAuthenticationError StripePermissionError`,
      { hint: true },
    ],
  ],
  message: [
    [
      'permanent',
      'never',
      ['Maximum response size reached', 'Request body larger than maxBodyLength limit'],
      { blame: 'self' },
    ],
  ],
  name: [
    ['transient', 'idempotent', 'APIConnectionError ConnectionError', { hint: true }],
    ['transient', 'safe', 'NoLivingConnectionsError', { hint: true }],
    ['timeout', 'idempotent', 'APIConnectionTimeoutError KafkaJSRequestTimeoutError'],
    ['cancelled', 'never', 'APIUserAbortError RequestAbortedError', { hint: true }],
    ['permanent', 'never', 'ProductNotSupportedError', { hint: true }],
    // OpenAI: each repetition is paid for, and ends the same way.
    ['permanent', 'never', 'LengthFinishReasonError ContentFilterFinishReasonError'],
    // kafkajs knows that it is of no use.
    ['permanent', 'never', 'KafkaJSNonRetriableError'],
    // Nobody has given this process credentials.
    ['permanent', 'never', 'CredentialsProviderError TokenProviderError', { blame: 'self' }],
  ],
  keys: ['responseCode'],
  names: /^CanceledError$/,
  read: (error, code) => repliedBySmtp(error, code) ?? endedBySignal(error),
};

/** nodemailer: the server's reply (RFC 5321, 4.2.1), 4yz for now and 5yz for good; neither has taken the mail. */
function repliedBySmtp({ responseCode }: ErrorLike, code: string): Verdict | undefined {
  if (typeof responseCode !== 'number' || responseCode < 400 || responseCode > 599)
    return undefined;
  return responseCode < 500
    ? { kind: 'transient', blame: 'dependency', repeat: 'safe', source: 'network', code }
    : { kind: 'permanent', blame: 'request', repeat: 'never', source: 'network', code };
}

/** axios tells of every signal in the same words: whether it was a limit is known to the signal. */
function endedBySignal({ config }: ErrorLike): Verdict | undefined {
  const signal = isObject(config) ? config.signal : undefined;
  const reason = isObject(signal) ? signal.reason : undefined;
  return isObject(reason) && reason.name === 'TimeoutError'
    ? {
        kind: 'timeout',
        blame: 'dependency',
        repeat: 'idempotent',
        source: 'application',
        code: 'TimeoutError',
      }
    : undefined;
}
