/** What is known about one call of a store's client while it runs, and what its errors say about that. */
import { type Context, TimeoutError, withEvidence } from '../../index.ts';
import { classify } from '../../verdict/classify.ts';

const always = (): boolean => true;

export class StoreCall {
  /** Whether something was sent of which nobody knows yet what has become of it. */
  sent = false;
  /** Whether its own pipeline must not try it again, whatever its error says to others. */
  isFinal = false;
  /** Whether an error of the server undoes all of it. A script, a procedure or several statements may have kept a part. */
  isUndoneByErrors: () => boolean = always;

  /** Returns `error` as this call passes it on, with the evidence that nothing of the call was sent, if that is so. */
  failed(error: unknown): unknown {
    const own = ownError(error, this.sent);
    if (!this.sent) return withEvidence(own, { sent: false });
    if (classify(own).repeat !== 'safe') return own;
    if (!this.isUndoneByErrors()) return withEvidence(own, { repeat: 'idempotent' });
    this.sent = false;
    return own;
  }

  /** The call is ended by its timeout or its caller; a timeout that this call has met is evidence like any other error. */
  ended(reason: unknown, pipeline: string): void {
    if (!this.sent && isTimeoutOf(reason, pipeline)) withEvidence(reason, { sent: false });
  }
}

/** Lets the errors of one attempt of a call say what is known of it, at once when the call is ended. */
export async function underCall<T>(
  call: StoreCall,
  context: Context,
  attempt: (context: Context) => Promise<T>,
): Promise<T> {
  const { signal, pipeline } = context;
  // Before anybody decides whether to try again.
  const ended = (): void => call.ended(signal.reason, pipeline);
  signal.addEventListener('abort', ended, { once: true });
  try {
    return await attempt(context);
  } catch (error) {
    throw signal.aborted ? error : call.failed(error);
  } finally {
    signal.removeEventListener('abort', ended);
  }
}

/** Whether it was made for a call of this pipeline, and belongs to nobody else. */
export function isTimeoutOf(reason: unknown, pipeline: string): boolean {
  return reason instanceof TimeoutError && reason.pipeline === pipeline;
}

/** Whose errors have been passed on, and whether something had been sent. */
const passedOn: WeakMap<object, boolean> = new WeakMap();

/**
 * Drivers give the same error to all calls of a lost connection. What is evidence for one of them is wrong for another,
 * so those that differ get copies.
 */
function ownError(error: unknown, sent: boolean): unknown {
  if (!(error instanceof Error)) return error;
  const before = passedOn.get(error);
  const own = before === undefined || before === sent ? error : copyOf(error);
  passedOn.set(own, sent);
  return own;
}

function copyOf(error: Error): Error {
  const copy = new Error(error.message);
  const { stack: _, ...members } = Object.getOwnPropertyDescriptors(error);
  Object.setPrototypeOf(copy, Object.getPrototypeOf(error) as object);
  Object.defineProperties(copy, members);
  Object.defineProperty(copy, 'stack', { value: error.stack, writable: true, configurable: true });
  return copy;
}
