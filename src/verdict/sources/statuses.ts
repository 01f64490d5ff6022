import type { Row } from '../rows.ts';

/** RFC 9110, RFC 6585, RFC 8470, Cloudflare's 52x. */
export const statuses: readonly Row[] = [
  ['transient', 'safe', '429'],
  ['transient', 'safe', '425', { blame: 'request' }],
  // A 503 with Retry-After is safe as well.
  ['transient', 'idempotent', '408 500 502 503 504 521 522 524 529 5xx'],
  // The proxy wants credentials that this process does not have.
  ['permanent', 'never', '407', { blame: 'self' }],
  ['permanent', 'never', '3xx 4xx 501 505 506 510'],
  ['permanent', 'never', '508 511 525 526', { blame: 'dependency' }],
];
