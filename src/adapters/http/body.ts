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

interface NodeStream {
  readonly errored?: unknown;
  readonly readableLength?: number;
  readonly readableEnded?: boolean;
  once?(event: 'error', listener: () => void): unknown;
}

/** Looks after a body that can be sent once: whose failure is it that a request came to nothing? */
export class BodyWatch {
  /** It failed by itself. A stream that ends because the connection did is no failure of its own. */
  isBroken = false;
  private isAwaited = false;
  private stream: NodeStream | undefined = undefined;

  /** Whether the other side waits for the next piece of it, and not the other way round. */
  get isStalled(): boolean {
    const { readableLength, readableEnded } = this.stream ?? {};
    return this.isAwaited || (readableLength === 0 && readableEnded === false);
  }

  /** Returns what to send in place of `body`, which has been found to be one that can be sent once. */
  over(body: object, iterators: 'sync and async' | 'async'): unknown {
    if (isWebStream(body)) return body.locked ? body : this.overStream(body);
    if (has(body, 'pipe')) {
      this.beside(body);
      return body;
    }
    const known = has(body, Symbol.asyncIterator) || iterators === 'sync and async';
    return known ? this.overIterable(body as AsyncIterable<unknown>) : body;
  }

  private overStream(body: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
    const reader = body.getReader();
    let cancelled = false;
    return new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          this.isAwaited = true;
          try {
            const { done, value } = await reader.read();
            if (done) controller.close();
            else controller.enqueue(value);
          } catch (error) {
            this.isBroken ||= !cancelled;
            throw error;
          } finally {
            this.isAwaited = false;
          }
        },
        cancel: (reason) => {
          cancelled = true;
          return reader.cancel(reason);
        },
      },
      { highWaterMark: 0 },
    );
  }

  /** A client that gives a stream up destroys it, but only when the attempt is over, and what is known of it is used. */
  private beside(body: NodeStream): void {
    this.stream = body;
    const broke = (): void => {
      this.isBroken = true;
    };
    if (body.errored !== null && body.errored !== undefined) broke();
    else body.once?.('error', broke);
  }

  /** The chunks of an iterator; leaving it early ends it, as always. */
  private async *overIterable(
    body: AsyncIterable<unknown> | Iterable<unknown>,
  ): AsyncGenerator<unknown, void, undefined> {
    this.isAwaited = true;
    try {
      for await (const chunk of body) {
        this.isAwaited = false;
        yield chunk;
        this.isAwaited = true;
      }
    } catch (error) {
      // What is thrown into a generator at its `yield` comes from whoever reads it.
      this.isBroken ||= this.isAwaited;
      throw error;
    } finally {
      this.isAwaited = false;
    }
  }
}
