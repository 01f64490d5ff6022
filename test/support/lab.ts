/**
 * What nearly every test needs: virtual time, pipelines of its own, and a record of their events.
 */
import { createKedge, type Context, type Kedge } from 'kedge';
import { type Recorder, recorder, type VirtualClock, virtualClock } from 'kedge/testing';

export interface Lab extends Disposable {
  readonly clock: VirtualClock;
  readonly kedge: Kedge;
  readonly pipeline: Kedge['pipeline'];
  readonly seen: Recorder;
}

/** A virtual clock and an isolated set of pipelines under it. Make policies after it. */
export function lab(): Lab {
  const clock = virtualClock();
  const seen = recorder();
  const kedge = createKedge({ sinks: [seen] });
  return {
    clock,
    kedge,
    pipeline: kedge.pipeline,
    seen,
    [Symbol.dispose]: () => clock[Symbol.dispose](),
  };
}

export interface Deferred<T = unknown> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
}

export function deferred<T = unknown>(): Deferred<T> {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((fulfil, refuse) => {
    resolve = fulfil;
    reject = refuse;
  });
  return { promise, resolve, reject };
}

/** What has become of a promise so far. */
export interface Tracked {
  state: 'pending' | 'fulfilled' | 'rejected';
  value: unknown;
  reason: unknown;
}

/** Watches a promise without waiting for it. */
export function track(promise: PromiseLike<unknown>): Tracked {
  const tracked: Tracked = { state: 'pending', value: undefined, reason: undefined };
  promise.then(
    (value) => Object.assign(tracked, { state: 'fulfilled', value }),
    (reason: unknown) => Object.assign(tracked, { state: 'rejected', reason }),
  );
  return tracked;
}

/** One start of a controlled operation, settled when the test says so. */
export interface Start extends Deferred {
  readonly context: Context;
}

export interface Controlled {
  (context: Context): Promise<unknown>;
  readonly starts: Start[];
}

/** An operation of which each start is settled by hand. */
export function controlled(): Controlled {
  const starts: Start[] = [];
  const operation = (context: Context): Promise<unknown> => {
    const start = { ...deferred(), context };
    starts.push(start);
    return start.promise;
  };
  return Object.assign(operation, { starts });
}

/** Lets all promise jobs run that are due. */
export function jobs(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** An error that may pass. */
export function transient(message = 'connection reset'): Error {
  return Object.assign(new Error(message), { code: 'ECONNRESET' });
}

/** An error that shows that the other side is alive. */
export function permanent(message = 'not found'): Error {
  return Object.assign(new Error(message), { status: 404 });
}

/** What a promise was rejected with. */
export async function rejection(promise: PromiseLike<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('expected the promise to be rejected');
}
