import type { Source } from '../rows.ts';

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
    ['timeout', 'idempotent', 'APIConnectionTimeoutError'],
    ['cancelled', 'never', 'APIUserAbortError RequestAbortedError', { hint: true }],
    ['permanent', 'never', 'ProductNotSupportedError', { hint: true }],
    // OpenAI: each repetition is paid for, and ends the same way.
    ['permanent', 'never', 'LengthFinishReasonError ContentFilterFinishReasonError'],
    // kafkajs knows that it is of no use.
    ['permanent', 'never', 'KafkaJSNonRetriableError'],
    // Nobody has given this process credentials.
    ['permanent', 'never', 'CredentialsProviderError TokenProviderError', { blame: 'self' }],
  ],
};
