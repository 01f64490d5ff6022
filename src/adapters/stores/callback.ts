export type Callback = (error: unknown, result?: unknown) => void;

/** Calls back outside of any promise: what a callback throws is its caller's, not a rejection. */
export function callBack(promise: Promise<unknown>, callback: Callback, none?: null): void {
  promise.then(
    (value) => process.nextTick(callback, none, value),
    (error: unknown) => process.nextTick(callback, error, undefined),
  );
}

/** For what nobody waits for. */
export function ignore(): void {}
