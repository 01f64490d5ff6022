/**
 * Listening to callers' signals: one listener a signal, however many calls share it, and none when they are over.
 */
import { type Mark, mark } from './mark.ts';

/** What wants to know that a signal aborted. */
export interface AbortListener {
  aborted(reason: unknown): void;
}

/** What is used of a caller's signal; an `AbortSignal` of another realm or a polyfill will do. */
export interface SignalLike {
  readonly aborted: boolean;
  readonly reason?: unknown;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/** The listeners of one signal. It stays with the signal when they have left, for those who come next. */
export class Subscription {
  private readonly signal: SignalLike;
  /** Mostly there is one; only several make a set. */
  private only: AbortListener | undefined = undefined;
  private several: Set<AbortListener> | undefined = undefined;

  constructor(signal: SignalLike) {
    this.signal = signal;
  }

  add(listener: AbortListener): void {
    if (this.several !== undefined) this.several.add(listener);
    else if (this.only !== undefined) this.several = new Set([this.only, listener]);
    else {
      this.only = listener;
      this.signal.addEventListener('abort', this.fire);
    }
  }

  delete(listener: AbortListener): void {
    this.several?.delete(listener);
    if (this.several === undefined ? this.only === listener : this.several.size === 0) this.end();
  }

  private readonly fire = (): void => {
    const listeners = this.several ?? [this.only as AbortListener];
    this.end();
    const reason = reasonOf(this.signal);
    for (const listener of [...listeners]) listener.aborted(reason);
  };

  private end(): void {
    this.only = this.several = undefined;
    try {
      this.signal.removeEventListener('abort', this.fire);
    } catch {
      // A signal of another make: nobody hears of it any more in any case.
    }
  }
}

const subscription: Mark<Subscription> = mark();

/**
 * Calls `listener.aborted` once if `signal` aborts before `unlisten`, or before it is deleted from what is returned; at once
 * if it cannot be listened to.
 */
export function listen(signal: SignalLike, listener: AbortListener): Subscription {
  let listeners = subscription.of(signal);
  if (listeners === undefined) {
    listeners = new Subscription(signal);
    subscription.keep(signal, listeners);
  }
  try {
    listeners.add(listener);
  } catch (error) {
    listener.aborted(error);
  }
  return listeners;
}

export function unlisten(signal: SignalLike, listener: AbortListener): void {
  subscription.of(signal)?.delete(listener);
}

/** Why a signal aborted; old polyfills do not say, and get what the platform would have said. */
export function reasonOf(signal: SignalLike): unknown {
  return signal.reason === undefined
    ? new DOMException('This operation was aborted', 'AbortError')
    : signal.reason;
}

/** Whether something can serve as a signal. */
export function isSignal(given: unknown): given is SignalLike {
  const signal = given as Partial<SignalLike> | null;
  return (
    signal !== null &&
    typeof signal === 'object' &&
    typeof signal.aborted === 'boolean' &&
    typeof signal.addEventListener === 'function' &&
    typeof signal.removeEventListener === 'function'
  );
}
