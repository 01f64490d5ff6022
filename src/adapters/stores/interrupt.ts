/** Ends work on a connection when its caller does not wait for it any more. */

const reasonOf = (signal: AbortSignal): unknown => signal.reason as unknown;

/** Calls `end` if `signal` aborts while `work` runs; the listener is gone when the work is over. */
export async function interruptible<T>(
  signal: AbortSignal,
  end: (reason: unknown) => void,
  work: () => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const aborted = (): void => end(reasonOf(signal));
  signal.addEventListener('abort', aborted, { once: true });
  try {
    return await work();
  } finally {
    signal.removeEventListener('abort', aborted);
  }
}
