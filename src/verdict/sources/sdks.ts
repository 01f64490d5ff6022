import { row, type Source } from '../rows.ts';

/** What SDKs call their failures where there is no status. What has one is told by it, and by `x-should-retry`. */
export const sdks: Source = {
  source: 'http',
  type: [
    // Stripe
    row('transient', 'idempotent', 'StripeConnectionError', { hint: true }),
    row(
      'permanent',
      'never',
      'StripeSignatureVerificationError StripeInvalidRequestError StripeCardError StripeIdempotencyError',
      { hint: true },
    ),
    row('permanent', 'never', 'StripeAuthenticationError StripePermissionError', { hint: true }),
    row('transient', 'safe', 'StripeRateLimitError', { hint: true }),
    row('transient', 'idempotent', 'StripeAPIError', { hint: true }),
  ],
  name: [
    // OpenAI, Anthropic; Elasticsearch.
    row('transient', 'idempotent', 'APIConnectionError ConnectionError', { hint: true }),
    row('timeout', 'idempotent', 'APIConnectionTimeoutError'),
    row('cancelled', 'never', 'APIUserAbortError RequestAbortedError', { hint: true }),
    row('transient', 'safe', 'NoLivingConnectionsError', { hint: true }),
    row('permanent', 'never', 'ProductNotSupportedError', { hint: true }),
    // AWS: nobody has given this process credentials.
    row('permanent', 'never', 'CredentialsProviderError TokenProviderError', { blame: 'self' }),
  ],
};
