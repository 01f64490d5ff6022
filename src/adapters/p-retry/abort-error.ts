/**
 * Ends all retries when an operation throws it: the caller gets the error that it was made of.
 *
 * Made of a message, the caller gets a plain `Error` with that message.
 *
 * @example
 * import pRetry, { AbortError } from 'kedge/p-retry';
 *
 * const page = pRetry(async () => {
 *   const response = await fetch(url);
 *   if (response.status === 404) throw new AbortError(response.statusText);
 *   return response.text();
 * });
 */
export class AbortError extends Error {
  override readonly name: 'AbortError';
  /** What the caller is rejected with. */
  readonly originalError: Error;

  constructor(message?: string | Error) {
    super(typeof message === 'string' ? message : undefined);
    this.name = 'AbortError';
    if (message instanceof Error) this.originalError = message;
    else {
      this.originalError = new Error(message);
      // Its stack begins where the caller threw, as far as the platform can leave a frame out.
      (Error as { captureStackTrace?: typeof Error.captureStackTrace }).captureStackTrace?.(
        this.originalError,
        AbortError,
      );
    }
    this.message = this.originalError.message;
  }
}

/** Also one of p-retry itself, in whatever version: a library inside may throw that. */
function isAbortError(error: Error): error is AbortError {
  const { name, originalError } = error as Partial<AbortError>;
  return error instanceof AbortError || (name === 'AbortError' && originalError instanceof Error);
}

/** The error that an `AbortError` was made of, however often it was wrapped; nothing for other errors. */
export function unwrapped(error: Error): Error | undefined {
  if (!isAbortError(error)) return undefined;
  let inner: Error = error;
  while (isAbortError(inner) && inner.originalError instanceof Error) inner = inner.originalError;
  return inner;
}
