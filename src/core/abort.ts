/**
 * Listening to callers' signals: one listener a signal, however many calls share it, and none when they are over.
 */

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

class Subscription {
  readonly listeners: Set<AbortListener> = new Set();
  private readonly signal: SignalLike;

  constructor(signal: SignalLike) {
    this.signal = signal;
    signal.addEventListener('abort', this.fire);
  }

  readonly fire = (): void => {
    this.end();
    const reason = reasonOf(this.signal);
    for (const listener of [...this.listeners]) listener.aborted(reason);
  };

  end(): void {
    subscriptions.delete(this.signal);
    this.signal.removeEventListener('abort', this.fire);
  }
}

const subscriptions: WeakMap<SignalLike, Subscription> = new WeakMap();

/** Calls `listener.aborted` once if `signal` aborts before `unlisten`. */
export function listen(signal: SignalLike, listener: AbortListener): void {
  let subscription = subscriptions.get(signal);
  if (subscription === undefined) {
    subscription = new Subscription(signal);
    subscriptions.set(signal, subscription);
  }
  subscription.listeners.add(listener);
}

export function unlisten(signal: SignalLike, listener: AbortListener): void {
  const subscription = subscriptions.get(signal);
  if (subscription === undefined) return;
  subscription.listeners.delete(listener);
  if (subscription.listeners.size === 0) subscription.end();
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
