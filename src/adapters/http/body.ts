/** Bodies that can be sent only once, and whose failure it is when one breaks off. */

type Members = Readonly<Record<PropertyKey, unknown>>;

const has = (body: object, name: PropertyKey): boolean =>
  typeof (body as Members)[name] === 'function';

/** What can be iterated over and is the same each time, also where it is of another realm or package. */
const repeatable: ReadonlySet<string> = new Set(
  ['Blob', 'File', 'FormData', 'URLSearchParams', 'String'].map((name) => `[object ${name}]`),
);

/** Whether there is nothing left of a body once it was sent: streams and iterators. */
export function isOneShot(body: unknown): boolean {
  if (typeof body !== 'object' || body === null) return false;
  // The package form-data calls a stream a FormData.
  if (has(body, 'getReader') || has(body, 'pipe')) return true;
  if (Array.isArray(body) || ArrayBuffer.isView(body)) return false;
  if (repeatable.has(Object.prototype.toString.call(body))) return false;
  return has(body, Symbol.asyncIterator) || has(body, Symbol.iterator) || has(body, 'next');
}

/** Whether it is a stream of the web's, which a `Request` can be copied with. */
export function isWebStream(body: unknown): body is ReadableStream<Uint8Array> {
  return typeof body === 'object' && body !== null && has(body, 'getReader');
}

/**
 * Returns what to send in place of `body`, and calls `broke` when it fails by itself. A stream that ends because the
 * connection did is no failure of its own.
 */
export function watchBody(body: unknown, broke: () => void): unknown {
  if (typeof body !== 'object' || body === null) return body;
  if (isWebStream(body)) return body.locked ? body : watchStream(body, broke);
  if (has(body, 'pipe')) {
    watchNodeStream(body, broke);
    return body;
  }
  return has(body, Symbol.asyncIterator) && isOneShot(body)
    ? watchIterable(body as AsyncIterable<unknown>, broke)
    : body;
}

function watchStream(
  body: ReadableStream<Uint8Array>,
  broke: () => void,
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  let cancelled = false;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await reader.read();
          if (done) controller.close();
          else controller.enqueue(value);
        } catch (error) {
          if (!cancelled) broke();
          throw error;
        }
      },
      cancel(reason) {
        cancelled = true;
        return reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}

interface NodeStreamLike {
  readonly errored?: unknown;
  once?(event: 'error', listener: () => void): unknown;
}

/** A client that gives a stream up destroys it, but only when the attempt is over, and then nobody listens to `broke`. */
function watchNodeStream(body: NodeStreamLike, broke: () => void): void {
  if (body.errored !== null && body.errored !== undefined) broke();
  else body.once?.('error', broke);
}

/** The chunks of an iterator, sync ones included; leaving it early ends it, as always. */
export async function* watchIterable(
  body: AsyncIterable<unknown> | Iterable<unknown>,
  broke: () => void,
): AsyncGenerator<unknown, void, undefined> {
  let inside = true;
  try {
    for await (const chunk of body) {
      inside = false;
      yield chunk;
      inside = true;
    }
  } catch (error) {
    // What is thrown into a generator at its `yield` comes from whoever reads it.
    if (inside) broke();
    throw error;
  }
}
