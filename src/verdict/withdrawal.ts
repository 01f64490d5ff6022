/**
 * Whether an error says that there is nothing any more, or not for this caller. Who keeps an older answer must not go
 * on giving it then: RFC 5861 allows it for 500, 502, 503 and 504 alone.
 */
import { classify } from './classify.ts';
import { isObject } from './error-like.ts';
import { statusOf } from './http-error.ts';

const statuses: ReadonlySet<number> = new Set([401, 403, 404, 410]);
const codes: ReadonlySet<string> = new Set(['NOT_FOUND', 'PERMISSION_DENIED', 'UNAUTHENTICATED']);
const MOST_CAUSES = 10;

/** Whether a status of HTTP says so. */
export const isWithdrawn = (status: number): boolean => statuses.has(status);

/** Whether an error says so, or one of its causes. */
export function isWithdrawal(error: unknown): boolean {
  const { blame, code } = classify(error);
  // GitHub's 403 where a quota is used up says something else.
  if (blame !== 'request') return false;
  if (code !== undefined && codes.has(code)) return true;
  try {
    let each: unknown = error;
    for (let depth = 0; depth < MOST_CAUSES && isObject(each); depth++) {
      const { $metadata } = each;
      const status = statusOf(each) || (isObject($metadata) ? $metadata.httpStatusCode : 0);
      if (status !== 0) return isWithdrawn(status as number);
      each = each.cause;
    }
  } catch {
    // A hostile object says nothing.
  }
  return false;
}
