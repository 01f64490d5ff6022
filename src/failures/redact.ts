import { checkRedactOptions, type RedactOptions } from './redact/options.ts';
import { type Json, Walk } from './redact/walk.ts';

export type { HashOptions } from './hash.ts';
export type { RedactionOptions, RedactLimits, RedactOptions } from './redact/options.ts';
export type { Json } from './redact/walk.ts';

const MOST_BYTES = 32_000;
const LONGEST = 16_000;
const LONGEST_MEMBER = 10_000;

/**
 * Returns a copy of anything, as bounded JSON without secrets: at most 32 KiB, 8 levels, 100 members a level.
 *
 * Secrets are told by name (`authorization`, `password`, `apiKey`, `set-cookie`, …), in objects as well as in running
 * text (`password=…`, `"token": "…"`), and by shape (JWT, Bearer and Basic tokens, user info in addresses, PEM, card
 * numbers, IBAN, e-mail addresses, keys of well-known services). A value that was taken out by its name is looked for in
 * the rest. Every search is linear; no value makes it throw: what cannot be read becomes `[unreadable]`. Numbers and dates
 * keep their values, functions and bytes do not come out. Throws a `TypeError` or a `RangeError` for options that cannot be.
 *
 * @example
 * ```ts
 * import { redact } from 'kedge/failures';
 *
 * redact({ user: 'ann', password: 'hunter2' }); // { user: 'ann', password: '[redacted]' }
 * redact('GET https://ann:pw@db.example/?token=abc'); // 'GET https://[redacted user]@db.example/?token=[redacted]'
 * redact({ userId: 7 }, { hash: ['userId'], hashKey: 'a long secret' }); // { userId: '[…16 digits]' }
 * ```
 */
export function redact(value: string, options?: RedactOptions): string;
export function redact(value: unknown, options?: RedactOptions): Json;
export function redact(value: unknown, options?: RedactOptions): Json {
  const redaction = checkRedactOptions('redact', options);
  const { depth = 8, width = 100, bytes = MOST_BYTES, text = longestOf(value) } = redaction.limits;
  const walk = new Walk({ depth, width, text, bytes }, redaction);
  const copy = walk.copy(value);
  return walk.taken.sweepJson(copy);
}

function longestOf(value: unknown): number {
  return typeof value === 'string' ? LONGEST : LONGEST_MEMBER;
}
