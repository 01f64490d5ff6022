import type { Source } from '../rows.ts';

/** `fetch` that failed, in the words of Deno, Bun and Cloudflare's Workers. */
export const runtimes: Source = {
  source: 'network',
  message: [
    [
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
    ],
  ],
  beginning: [
    [
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
    ],
    // Workers count what one request may fetch.
    ['permanent', 'never', ['Too many subrequests'], { blame: 'self' }],
  ],
  // Bun
  code: [
    ['transient', 'safe', 'ConnectionRefused FailedToOpenSocket'],
    ['transient', 'idempotent', 'ConnectionClosed ConnectionReset'],
    ['permanent', 'never', 'TooManyRedirects UnsupportedProtocol', { blame: 'self' }],
  ],
  // Deno
  name: [
    ['transient', 'safe', 'ConnectionRefused'],
    ['transient', 'safe', 'AddrNotAvailable', { blame: 'self' }],
    [
      'transient',
      'idempotent',
      'ConnectionReset ConnectionAborted NotConnected BrokenPipe TimedOut UnexpectedEof',
    ],
  ],
};
