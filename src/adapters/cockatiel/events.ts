/** Events as cockatiel has them: a function that subscribes a listener and returns the way to take it off. */
import { TaskCancelledError } from './errors.ts';

/** What can be ended. */
export interface IDisposable {
  dispose(): void;
}

/** Subscribes a listener. */
export type Event<T> = (listener: (data: T) => void) => IDisposable;

type Listener<T> = (data: T) => void;

const none: readonly never[] = [];

/** A place that listeners subscribe at. */
export class EventEmitter<T> {
  protected listeners: readonly Listener<T>[] = none;

  /** Subscribes a listener. */
  readonly addListener: Event<T> = (listener) => this.addListenerInner(listener);

  /** How many listeners there are. */
  get size(): number {
    return this.listeners.length;
  }

  /** Calls the listeners, in the order in which they came. */
  emit(value: T): void {
    for (const listener of this.listeners) listener(value);
  }

  protected addListenerInner(listener: Listener<T>): IDisposable {
    // A new list each time: who is being told now is told of this value as it was.
    this.listeners = [...this.listeners, listener];
    return {
      dispose: () => {
        const index = this.listeners.indexOf(listener);
        if (index >= 0) this.listeners = this.listeners.toSpliced(index, 1);
      },
    };
  }
}

const nothing: IDisposable = { dispose() {} };

/** Hands a value to every listener; what one of them throws ends with `failed`. */
export function tell<T>(
  emitter: EventEmitter<T>,
  value: T,
  failed: (error: unknown) => void,
): void {
  for (const listener of emitter['listeners']) {
    try {
      listener(value);
    } catch (error) {
      failed(error);
    }
  }
}

/** Calls a listener at the first event, and takes it off. */
function once<T>(event: Event<T>, listener: (data: T) => void): IDisposable {
  const open: { subscription?: IDisposable; done: boolean } = { done: false };
  open.subscription = event((value) => {
    if (open.done) return;
    open.done = true;
    listener(value);
    open.subscription?.dispose();
  });
  // It may have fired while it was subscribed to.
  if (!open.done) return open.subscription;
  open.subscription.dispose();
  return nothing;
}

/** Resolves with the next event; rejects with a `TaskCancelledError` when the signal aborts first. */
function toPromise<T>(event: Event<T>, signal?: AbortSignal): Promise<T> {
  if (signal === undefined) return new Promise((resolve) => once(event, resolve));
  if (signal.aborted) return Promise.reject(new TaskCancelledError());
  return new Promise((resolve, reject) => {
    const cancelled = (): void => {
      subscription.dispose();
      reject(new TaskCancelledError());
    };
    const subscription = once(event, (value) => {
      signal.removeEventListener('abort', cancelled);
      resolve(value);
    });
    signal.addEventListener('abort', cancelled, { once: true });
  });
}

/** Two ways of listening to one event only. */
export const Event: {
  /** Calls `listener` at the first event, and takes it off. */
  once<T>(event: Event<T>, listener: (data: T) => void): IDisposable;
  /** Resolves with the next event; rejects with a `TaskCancelledError` when the signal aborts first. */
  toPromise<T>(event: Event<T>, signal?: AbortSignal): Promise<T>;
} = { once, toPromise };
