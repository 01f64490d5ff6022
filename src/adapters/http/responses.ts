/** What becomes of answers that the caller may not want: no socket may wait for somebody to read them. */
import { isWebStream } from './body.ts';

/** A body of a failure that is no longer than this is read at once, in bytes, so that its connection is free again. */
export const mostKept = 65_536;

/** An answer that is a failure, until it is known whether the caller gets it. */
export class Failed {
  readonly response: Response;
  private readonly ahead: ReadableStreamDefaultReader<Uint8Array> | undefined;

  /** Reads a short body ahead: of a body that was parted in two, what one side reads is kept for the other. */
  constructor(response: Response) {
    this.response = response;
    // The streams of other packages stand still when only one part of them is read.
    if (isWebStream(response.body) && !response.body.locked) {
      try {
        this.ahead = response.clone().body?.getReader();
      } catch {
        // A response of somebody else's, which cannot be parted, is read when its time comes.
      }
    }
    void this.read();
  }

  /** From now on only the caller reads. */
  handOver(): Response {
    this.stop();
    return this.response;
  }

  /** Gives it up, and with it the rest of its body. */
  drop(): void {
    this.stop();
    drop(this.response);
  }

  private async read(): Promise<void> {
    try {
      let size = 0;
      while (size <= mostKept) {
        const next = await this.ahead?.read();
        if (next?.value === undefined) return;
        size += next.value.byteLength;
      }
      this.stop();
    } catch {
      // It broke off, and whoever reads the answer will see that.
    }
  }

  private stop(): void {
    // Settles only when the other side is given up as well.
    if (this.ahead !== undefined) cancel(this.ahead);
  }
}

/** Gives an answer up, and with it the rest of its body; doubles in tests have none. */
export function drop(response: Pick<Response, 'body'>): void {
  discard(response.body);
}

/** Ends a stream of any kind that nobody reads any more. */
export function discard(body: unknown): void {
  const stream = body as { cancel?: unknown; destroy?: unknown } | null | undefined;
  if (typeof stream?.cancel === 'function') cancel(stream as Cancellable);
  else if (typeof stream?.destroy === 'function') stream.destroy();
}

interface Cancellable {
  cancel(): PromiseLike<unknown> | undefined;
}

/** Cancels what somebody else may have ended or locked already. */
export function cancel(stream: Cancellable): void {
  try {
    stream.cancel()?.then(undefined, () => {});
  } catch {
    // So had somebody else.
  }
}
