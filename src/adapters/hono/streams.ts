/** Bodies that can fail after the answer has begun. */

/**
 * Whether the body may be a stream. `@hono/node-server` keeps what a response was made of, so that most need not be
 * looked into, which would cost more than the answer itself.
 */
export function mayBreakOff(response: Response): response is Response & { body: ReadableStream } {
  for (const key of Object.getOwnPropertySymbols(response)) {
    const kept: unknown = (response as unknown as Record<symbol, unknown>)[key];
    if (Array.isArray(kept) && typeof kept[0] === 'number') {
      const body: unknown = kept[1];
      const isWhole = body === null || typeof body === 'string' || body instanceof Uint8Array;
      if (isWhole) return false;
    }
  }
  return response.body !== null;
}

/** The same body, which fails without saying why. */
export function guarded(body: ReadableStream, failed: (error: unknown) => void): ReadableStream {
  const reader = body.getReader() as ReadableStreamDefaultReader<unknown>;
  return new ReadableStream<unknown>(
    {
      async pull(controller) {
        try {
          const { done, value } = await reader.read();
          if (done) controller.close();
          else controller.enqueue(value);
        } catch (error) {
          failed(error);
          controller.error(new Error('The answer could not be completed.'));
        }
      },
      cancel: (reason) => reader.cancel(reason),
    },
    // Nothing is read before it is asked for.
    { highWaterMark: 0 },
  );
}
