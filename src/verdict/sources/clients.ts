import { row, type Source } from '../rows.ts';

/**
 * Clients of HTTP, and SDKs, where there is no status: follow-redirects (axios), got, node-fetch, superagent, Stripe,
 * OpenAI, Anthropic, Elasticsearch, AWS. What has a status is told by it, and by `x-should-retry`.
 */
export const clients: Source = {
  source: 'http',
  code: [
    row(
      'permanent',
      'never',
      `ERR_DEPRECATED ERR_FORM_DATA_DEPTH_EXCEEDED ERR_FR_TOO_MANY_REDIRECTS
       ERR_FR_REDIRECTION_FAILURE ERR_FR_MAX_BODY_LENGTH_EXCEEDED ERR_TOO_MANY_REDIRECTS
       ERR_UNSUPPORTED_PROTOCOL ETOOLARGE`,
      { blame: 'self' },
    ),
    row('cancelled', 'never', 'ERR_ABORTED'),
    row('transient', 'idempotent', 'ERR_READING_RESPONSE_STREAM ERR_RETRYING', { hint: true }),
    row('unknown', 'never', 'ERR_UPLOAD', { blame: 'caller', hint: true }),
    row('permanent', 'never', 'ERR_BODY_PARSE_FAILURE', { blame: 'dependency', hint: true }),
  ],
  type: [
    // node-fetch
    row('timeout', 'idempotent', 'request-timeout body-timeout'),
    row(
      'permanent',
      'never',
      'max-size max-redirect no-redirect unsupported-redirect invalid-redirect',
      { blame: 'self' },
    ),
    // Stripe
    row('transient', 'idempotent', 'StripeConnectionError StripeAPIError', { hint: true }),
    row('transient', 'safe', 'StripeRateLimitError', { hint: true }),
    row(
      'permanent',
      'never',
      `StripeSignatureVerificationError StripeInvalidRequestError StripeCardError
       StripeIdempotencyError StripeAuthenticationError StripePermissionError`,
      { hint: true },
    ),
  ],
  message: [
    row(
      'permanent',
      'never',
      ['Maximum response size reached', 'Request body larger than maxBodyLength limit'],
      { blame: 'self' },
    ),
  ],
  name: [
    row('transient', 'idempotent', 'APIConnectionError ConnectionError', { hint: true }),
    row('transient', 'safe', 'NoLivingConnectionsError', { hint: true }),
    row('timeout', 'idempotent', 'APIConnectionTimeoutError'),
    row('cancelled', 'never', 'APIUserAbortError RequestAbortedError', { hint: true }),
    row('permanent', 'never', 'ProductNotSupportedError', { hint: true }),
    // Nobody has given this process credentials.
    row('permanent', 'never', 'CredentialsProviderError TokenProviderError', { blame: 'self' }),
  ],
};
