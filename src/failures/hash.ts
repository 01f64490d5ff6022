import { createHmac, randomBytes } from 'node:crypto';

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

let processKey: Uint8Array | undefined;

/** The first 64 bits of an HMAC-SHA-256: enough to correlate, of no use without the key. */
export function keyedHash(text: string, hashKey?: string | Uint8Array): string {
  const key = hashKey ?? (processKey ??= randomBytes(32));
  return createHmac('sha256', key).update(text).digest('hex').slice(0, 16);
}
