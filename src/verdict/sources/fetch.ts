import type { Source } from '../rows.ts';

/**
 * `fetch` that failed, in the words of the browsers and of React Native: TypeErrors without codes.
 * https://fetch.spec.whatwg.org/#concept-network-error leaves the text to them.
 */
export const fetches: Source = {
  source: 'network',
  message: [
    [
      'transient',
      'idempotent',
      [
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
      ],
      { hint: true },
    ],
  ],
  // Electron has Chromium's own words; Chromium and WebKit may add the host.
  beginning: [
    [
      'transient',
      'idempotent',
      [
        'net::ERR_',
        'Failed to fetch (',
        'Load failed (',
        'Failed to fetch dynamically imported module',
        'error loading dynamically imported module',
      ],
      { hint: true },
    ],
  ],
  // A DOMException, and ky's, which has a cause.
  name: [['transient', 'idempotent', 'NetworkError', { hint: true }]],
};
