import { row, type Source } from '../rows.ts';

/** `fetch` that failed, in the words of Deno, Bun and Cloudflare's Workers. */
export const runtimes: Source = {
  source: 'network',
  message: [
    row(
      'transient',
      'idempotent',
      [
        // Workers
        'Network connection lost.',
        'Network connection lost',
        // Bun
        'A network error occurred.',
        ' A network error occurred.',
        'Unable to connect. Is the computer able to access the url?',
        'Was there a typo in the url or port?',
      ],
      { hint: true },
    ),
  ],
  beginning: [
    row(
      'transient',
      'idempotent',
      [
        // Deno
        'error sending request',
        'error reading a body from connection',
        'connection closed before message completed',
        // Bun
        'The socket connection was closed unexpectedly.',
        // Workers
        'internal error; reference = ',
      ],
      { hint: true },
    ),
    // Workers count what one request may fetch.
    row('permanent', 'never', ['Too many subrequests'], { blame: 'self' }),
  ],
  // Bun
  code: [
    row('transient', 'safe', 'ConnectionRefused FailedToOpenSocket'),
    row('transient', 'idempotent', 'ConnectionClosed ConnectionReset'),
    row('permanent', 'never', 'TooManyRedirects UnsupportedProtocol', { blame: 'self' }),
  ],
  // Deno
  name: [
    row('transient', 'safe', 'ConnectionRefused'),
    row('transient', 'safe', 'AddrNotAvailable', { blame: 'self' }),
    row(
      'transient',
      'idempotent',
      'ConnectionReset ConnectionAborted NotConnected BrokenPipe TimedOut UnexpectedEof',
    ),
  ],
};
