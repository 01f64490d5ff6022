/** Which failures are the same, told before any of them is described: in a storm most are not. */
import { fingerprint } from '../fingerprint.ts';
import { messageOf } from '../probe.ts';

/** Several lines and places are about one error; unless somebody changes it in between. */
const known: WeakMap<object, { readonly message: unknown; readonly identity: string }> =
  new WeakMap();

/** The fingerprint, which has the message without its variables in it: no failure is taken for another one. */
export function identityOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return fingerprint(error);
  const message = messageOf(error);
  const before = known.get(error);
  if (before !== undefined && before.message === message) return before.identity;
  const identity = fingerprint(error);
  known.set(error, { message, identity });
  return identity;
}
