/** Values that more than one may read, and values that nobody reads: a response has one body, a connection one owner. */

import { refusePromise } from '../../core/thenable.ts';

/** What is used of a `Response`; that of another realm will do. */
export interface ResponseLike {
  readonly ok: boolean;
  readonly status: number;
  readonly bodyUsed: boolean;
  readonly body: ReadableStream<Uint8Array> | null;
  clone(): ResponseLike;
}

/** Whether it is a web `Response`. One with a stream of Node's own cannot be copied: it stalls until all copies are read. */
export function isResponse(value: unknown): value is ResponseLike {
  if (typeof value !== 'object' || value === null) return false;
  try {
    const { clone, body } = value as Partial<ResponseLike>;
    return (
      typeof clone === 'function' &&
      Object.prototype.toString.call(value) === '[object Response]' &&
      (body === null || typeof body?.getReader === 'function')
    );
  } catch {
    return false;
  }
}

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

/** Lets go of the body of a response that nobody will read, and of the connection that it comes by. */
export function release(value: unknown): void {
  if (!isResponse(value)) return;
  const { body } = value;
  if (body !== null && !body.locked) quietly(() => body.cancel());
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

/** Calls what tidies up behind a call that is over: nobody is left who could be told that it failed. */
export function quietly(tidy: () => unknown): void {
  try {
    Promise.resolve(tidy()).catch(() => {});
  } catch {
    // Nothing that the caller of another value could do about it.
  }
}
