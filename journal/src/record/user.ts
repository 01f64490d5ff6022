/** Users without their names: the same user has the same hash in one project, and another one in the next. */
import { createHmac } from 'node:crypto';

/** The first 64 bits of an HMAC-SHA-256, in 16 hexadecimal digits. */
export function userHash(id: string, key: string | Uint8Array): string {
  return createHmac('sha256', key).update(id).digest('hex').slice(0, 16);
}
