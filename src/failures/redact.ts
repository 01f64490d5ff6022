import type { HashOptions } from './hash.ts';
import { type Json, Walk } from './redact/walk.ts';

export type { HashOptions } from './hash.ts';
export type { Json } from './redact/walk.ts';

/** Options of `redact`. */
export interface RedactOptions extends HashOptions {
  /**
   * More names whose values are secrets, besides the built-in ones; case, `-` and `_` do not matter.
   *
   * @default []
   */
  readonly keys?: readonly string[] | undefined;
}

const MOST_BYTES = 32_000;
const LONGEST = 16_000;
const LONGEST_MEMBER = 10_000;

/**
 * Returns a copy of anything, as bounded JSON without secrets: at most 32 KiB, 8 levels, 100 members a level.
 *
 * Secrets are told by name (`authorization`, `password`, `apiKey`, `set-cookie`, …), in objects as well as in running
 * text (`password=…`, `"token": "…"`), and by shape (JWT, Bearer and Basic tokens, user info in addresses, PEM, card
 * numbers, IBAN, e-mail addresses, keys of well-known services). Every search is linear; nothing throws: what cannot
 * be read becomes `[unreadable]`. Numbers and dates keep their values, functions and bytes do not come out.
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
  const text = typeof value === 'string' ? LONGEST : LONGEST_MEMBER;
  return new Walk({ depth: 8, width: 100, text, bytes: MOST_BYTES }, options).copy(value);
}
