/** Values that more than one may read, and values that nobody reads: a response has one body, a connection one owner. */

import { isResponse, quietly, release } from '../../core/response-body.ts';
import { refusePromise } from '../../core/thenable.ts';

/** A copy for one more reader: of a response whose body is still to be read. Everything else is shared as it is. */
export function copyOf<T>(value: T): T {
  return isResponse(value) && !value.bodyUsed ? (value.clone() as T) : value;
}

/** The copy that an option `clone` makes, or the usual one. */
export function clonerOf(
  policy: string,
  clone: ((value: unknown) => unknown) | undefined,
): (value: unknown) => unknown {
  if (clone === undefined) return copyOf;
  return (value) => {
    const copy = clone(value);
    refusePromise(`${policy}: expected \`clone\` to return a copy`, copy);
    return copy;
  };
}

/** Closes what nobody holds: a disposable value, or the body of a response. */
export function discard(value: unknown): void {
  release(value);
  quietly(() => {
    const given = value as Partial<AsyncDisposable & Disposable> | null | undefined;
    // `await using` prefers it, too. The symbols are missing in old browsers.
    const asyncDispose =
      Symbol.asyncDispose === undefined ? undefined : given?.[Symbol.asyncDispose];
    if (asyncDispose !== undefined) return asyncDispose.call(given as AsyncDisposable);
    return Symbol.dispose === undefined ? undefined : given?.[Symbol.dispose]?.();
  });
}
