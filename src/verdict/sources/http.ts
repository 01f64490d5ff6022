import { row, type Source } from '../rows.ts';
import { statuses } from './statuses.ts';

/** Statuses, and the codes of axios, ky and follow-redirects, got, node-fetch, superagent. */
export const http: Source = {
  source: 'http',
  status: statuses,
  code: [
    row('transient', 'idempotent', 'ERR_BAD_RESPONSE', { hint: true }),
    row('permanent', 'never', 'ERR_BAD_REQUEST', { hint: true }),
    // axios in browsers, which leaves the rest to the cause.
    row('transient', 'idempotent', 'ERR_NETWORK', { hint: true }),
    row(
      'permanent',
      'never',
      `ERR_BAD_OPTION ERR_BAD_OPTION_VALUE ERR_NOT_SUPPORT ERR_DEPRECATED
       ERR_FORM_DATA_DEPTH_EXCEEDED ERR_FR_TOO_MANY_REDIRECTS ERR_FR_REDIRECTION_FAILURE
       ERR_FR_MAX_BODY_LENGTH_EXCEEDED ERR_TOO_MANY_REDIRECTS ERR_UNSUPPORTED_PROTOCOL ETOOLARGE`,
      { blame: 'self' },
    ),
    row('cancelled', 'never', 'ERR_CANCELED ERR_ABORTED'),
    // got
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
  ],
  message: [
    row(
      'permanent',
      'never',
      ['Maximum response size reached', 'Request body larger than maxBodyLength limit'],
      {
        blame: 'self',
      },
    ),
    row('transient', 'idempotent', ['Network Error'], { hint: true }),
  ],
  // axios calls its own limit a bad response.
  beginning: [row('permanent', 'never', ['maxContentLength size of '], { blame: 'self' })],
};
