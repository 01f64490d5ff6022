/** A bound for bodies that stand still. */
import { Timer } from '../../core/time.ts';
import { isWebStream } from './body.ts';

/**
 * Returns the response with a body that fails with `stalled()` when its next piece takes longer than `ms`; its
 * connection ends then. Only the time counts in which somebody waits for a piece.
 */
export function boundBody(response: Response, ms: number, stalled: () => Error): Response {
  const { body, status, statusText, headers } = response;
  if (isWebStream(body)) {
    if (body.locked) return response;
    const bounded = new Response(boundStream(body, ms, stalled), { status, statusText, headers });
    return passFor(response, bounded);
  }
  // Of other packages: a stream of Node's.
  boundNodeStream(body as unknown as NodeStream | null | undefined, ms, stalled);
  return response;
}

/** A copy with another body shows where the answer came from as the answer itself does, and so do copies of it. */
function passFor(response: Response, copy: Response): Response {
  const { url, redirected, type } = response;
  return Object.defineProperties(copy, {
    url: { value: url },
    redirected: { value: redirected },
    type: { value: type },
    clone: { value: () => passFor(response, Response.prototype.clone.call(copy)) },
  });
}

function boundStream(
  body: ReadableStream<Uint8Array>,
  ms: number,
  stalled: () => Error,
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  return new ReadableStream(
    {
      type: 'bytes',
      async pull(controller) {
        let timer: Timer | undefined;
        const late = new Promise<never>((_resolve, reject) => {
          timer = new Timer(() => reject(stalled()), ms, true);
        });
        try {
          const { done, value } = await Promise.race([reader.read(), late]);
          if (!done) controller.enqueue(value);
          else {
            controller.close();
            controller.byobRequest?.respond(0);
          }
        } catch (error) {
          reader.cancel(error).catch(() => {});
          throw error;
        } finally {
          timer?.stop();
        }
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}

interface NodeStream {
  readonly readableLength?: number;
  push?(...piece: unknown[]): boolean;
  once?(event: 'close' | 'end' | 'error', listener: () => void): unknown;
  destroy?(error: Error): unknown;
}

function boundNodeStream(
  body: NodeStream | null | undefined,
  ms: number,
  stalled: () => Error,
): void {
  const push = body?.push;
  if (body === null || body === undefined || push === undefined) return;
  let timer: Timer | undefined;
  const wait = (): void => {
    timer?.stop();
    timer = new Timer(late, ms, false);
  };
  const late = (): void => {
    // What is there is not fetched: the reader takes his time, and not the server.
    if ((body.readableLength ?? 0) > 0) wait();
    else body.destroy?.(stalled());
  };
  body.push = (...piece) => {
    if (piece[0] === null) timer?.stop();
    else wait();
    return push.apply(body, piece);
  };
  for (const event of ['close', 'end', 'error'] as const) body.once?.(event, () => timer?.stop());
  wait();
}
