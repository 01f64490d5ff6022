/** What `fetch` takes besides a body and headers: the members of its options, by name. */
export const ofFetch: readonly string[] = [
  ...['method', 'headers', 'body', 'mode', 'credentials', 'cache', 'redirect', 'referrer'],
  ...['referrerPolicy', 'integrity', 'keepalive', 'signal', 'window', 'priority', 'duplex'],
  'dispatcher',
];

/** What those who extend it take: Workers, Next.js, node-fetch, Bun. */
export const ofOthers: readonly string[] = [
  ...['attributionReporting', 'cf', 'next', 'agent', 'compress', 'follow', 'size', 'tls', 'proxy'],
  ...['unix', 'decompress', 'verbose', 'protocol', 'client', 'backend'],
];
