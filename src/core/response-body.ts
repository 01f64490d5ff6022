/** Values that hold something until somebody reads them: a response that nobody gets keeps its connection. */

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

/** Lets go of the body of a response that nobody will read, and of the connection that it comes by. */
export function release(value: unknown): void {
  if (!isResponse(value)) return;
  const { body } = value;
  if (body !== null && !body.locked) quietly(() => body.cancel());
}

/** Calls what tidies up behind a call that is over: nobody is left who could be told that it failed. */
export function quietly(tidy: () => unknown): void {
  try {
    Promise.resolve(tidy()).catch(() => {});
  } catch {
    // Nothing that the caller of another value could do about it.
  }
}
