import { evidenceOf } from '../evidence.ts';
import { codeOf, isObject } from '../error-like.ts';
import { row, type Source } from '../rows.ts';
import type { Verdict } from '../verdict.ts';

const REFUSED: Verdict = Object.freeze({
  kind: 'permanent',
  blame: 'self',
  repeat: 'never',
  source: 'network',
});

/**
 * `fetch` that failed, in words: the browsers and runtimes throw TypeErrors without codes.
 * https://fetch.spec.whatwg.org/#concept-network-error leaves the text to them.
 */
export const fetches: Source = {
  source: 'network',
  message: [
    row(
      'transient',
      'idempotent',
      [
        // Node and undici; the reason is in the cause.
        'fetch failed',
        'terminated',
        // Chromium
        'Failed to fetch',
        'network error',
        // Firefox
        'NetworkError when attempting to fetch resource.',
        'Error in input stream',
        // WebKit
        'Load failed',
        'The Internet connection appears to be offline.',
        'The network connection was lost.',
        'A server with the specified hostname could not be found.',
        'Could not connect to the server.',
        'The request timed out.',
        'Importing a module script failed.',
        // React Native and cross-fetch
        'Network request failed',
        'Network request timed out',
        // Cloudflare's Workers
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
    // Nothing that another attempt could change; Workers count what one request may fetch.
    row('permanent', 'never', ['Too many subrequests.', 'Too many redirects.'], { blame: 'self' }),
  ],
  beginning: [
    row(
      'transient',
      'idempotent',
      [
        // Chromium and WebKit may add the host.
        'Failed to fetch (',
        'Load failed (',
        'Failed to fetch dynamically imported module',
        'error loading dynamically imported module',
        // Deno
        'error sending request',
        'error reading a body from connection',
        'connection closed before message completed',
        // Bun
        'The socket connection was closed unexpectedly.',
        // Cloudflare's Workers
        'internal error; reference = ',
      ],
      { hint: true },
    ),
    row('permanent', 'never', ['Failed to parse URL', 'Too many subrequests'], { blame: 'self' }),
  ],
  code: [
    // Bun
    row('transient', 'safe', 'ConnectionRefused FailedToOpenSocket'),
    row('transient', 'idempotent', 'ConnectionClosed ConnectionReset'),
    row('permanent', 'never', 'TooManyRedirects UnsupportedProtocol', { blame: 'self' }),
  ],
  name: [
    // Deno; NetworkError is a DOMException and ky's, which has a cause.
    row('transient', 'safe', 'ConnectionRefused'),
    row('transient', 'safe', 'AddrNotAvailable', { blame: 'self' }),
    row(
      'transient',
      'idempotent',
      'ConnectionReset ConnectionAborted NotConnected BrokenPipe TimedOut UnexpectedEof',
    ),
    row('transient', 'idempotent', 'NetworkError', { hint: true }),
  ],
  read(error, _code, name) {
    if (name !== 'TypeError' || error.message !== 'fetch failed') return undefined;
    const { cause } = error;
    if (!isObject(cause) || evidenceOf(cause) !== undefined) return undefined;
    // An address or an option that Node does not take is a bug only where fetch does not check it first.
    const code = codeOf(cause);
    if (code.startsWith('ERR_INVALID_')) return { ...REFUSED, code };
    // undici refuses some answers without a word: a 407, and one for which a stream would have to be sent again.
    return cause.message === '' &&
      cause.code === undefined &&
      cause.errors === undefined &&
      cause.cause === undefined
      ? REFUSED
      : undefined;
  },
};
