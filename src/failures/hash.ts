import { createHmac, randomBytes } from 'node:crypto';
import { check, type Rule } from '../core/options.ts';

/** How values are replaced by hashes instead of being left out, so that events still correlate. */
export interface HashOptions {
  /**
   * Names of properties (`userId`), and kinds of secrets (`email`, `card`, `iban`), that become an
   * HMAC instead of `[redacted]`.
   *
   * @default []
   */
  readonly hash?: readonly string[] | undefined;
  /**
   * The service's own key for it: at least 16 random bytes, the same on all its hosts.
   *
   * @default a random one, so that hashes agree within one process only
   */
  readonly hashKey?: string | Uint8Array | undefined;
}

const isKey = (value: unknown): boolean => typeof value === 'string' || value instanceof Uint8Array;

/** For the key of a whole service, which is set once. */
export const hashKeyRule: Rule = {
  expected: 'a secret of at least 16 bytes',
  type: isKey,
  range: (value: string | Uint8Array) => value.length >= 16,
  isSecret: true,
};

/** For a key that is given with one call. An empty one makes hashes that anybody can make. */
export const usableKeyRule: Rule = {
  expected: 'a secret of at least 16 bytes, and never empty',
  type: isKey,
  range: (value: string | Uint8Array) => value.length > 0,
  isSecret: true,
};

let processKey: Uint8Array | undefined;

/** The first 64 bits of an HMAC-SHA-256: enough to correlate, of no use without the key. */
export function keyedHash(text: string, hashKey?: string | Uint8Array): string {
  const key = hashKey ?? (processKey ??= randomBytes(32));
  return createHmac('sha256', key).update(text).digest('hex').slice(0, 16);
}

/** Throws a `RangeError` or a `TypeError` for a key that hides nothing. */
export function checkHashKey(from: string, hashKey: unknown): void {
  if (hashKey !== undefined) check(from, 'hashKey', hashKey, usableKeyRule);
}
