/**
 * Refuses a promise where a function must answer at once; `expected` says what it was to return. Nobody waits for it:
 * its rejection is nobody's business either.
 */
export function refusePromise(expected: string, said: unknown): void {
  if (!isThenable(said)) return;
  Promise.resolve(said).catch(() => {});
  throw new TypeError(`${expected}, got a promise: it must decide without waiting.`);
}

/** Whether somebody could `await` it: a promise of any class or realm, or anything else with a `then`. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    value instanceof Promise ||
    (value !== null &&
      (typeof value === 'object' || typeof value === 'function') &&
      typeof (value as PromiseLike<unknown>).then === 'function')
  );
}
