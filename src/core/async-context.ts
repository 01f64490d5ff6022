/**
 * The asynchronous context (`AsyncLocalStorage`) of a call.
 *
 * A timer that serves many calls, or a permit that one call hands to another, runs in whatever context is
 * there. What then runs on behalf of a call (a retry, a fallback, a sink that reads the request's id) must
 * run in that call's own context.
 */

/** The context of one moment; `undefined` on a platform that has none. */
export type AsyncContext = { runInAsyncScope(run: () => void): void } | undefined;

interface Storage<T> {
  run(value: T, run: () => void): void;
  getStore(): T | undefined;
}

interface AsyncHooks {
  AsyncResource: new (type: string) => Exclude<AsyncContext, undefined>;
  AsyncLocalStorage: new () => Storage<unknown>;
}

interface Platform {
  process?: { getBuiltinModule?(id: string): AsyncHooks | undefined };
}

// Asked for at run time instead of imported: the root entry also loads where there is no Node API.
const asyncHooks = (globalThis as Platform).process?.getBuiltinModule?.('node:async_hooks');
const AsyncResource = asyncHooks?.AsyncResource;
const AsyncLocalStorage = asyncHooks?.AsyncLocalStorage;

/** Remembers the present context. */
export const capture: () => AsyncContext =
  AsyncResource === undefined ? () => undefined : () => new AsyncResource('kedge');

/** Runs in a remembered context. */
export function within(ambient: AsyncContext, run: () => void): void {
  if (ambient === undefined) run();
  else ambient.runInAsyncScope(run);
}

/** Runs something once, as a promise job, in the context that it was made in. */
type WayBack = (run: () => void) => void;

const invoke = (run: () => void): void => run();

/** Keeps a way back into the present context. It costs less than `capture`, but what goes back has to wait for its turn. */
function wayBack(): WayBack {
  let enter!: WayBack;
  void new Promise<() => void>((resolve) => {
    enter = resolve;
  }).then(invoke);
  return enter;
}

/** What has to go back into one asynchronous context, again and again. */
export class Returning {
  private back: WayBack = wayBack();
  private due: (() => void)[] | undefined = undefined;

  /** Runs `then` in the context in which this was made: a timer that serves many calls fires in that of any of them. */
  run(then: () => void): void {
    if (this.due !== undefined) {
      this.due.push(then);
      return;
    }
    this.due = [then];
    this.back(() => {
      const due = this.due ?? [];
      this.due = undefined;
      this.back = wayBack();
      for (const each of due) each();
    });
  }
}

/** A value that everything called from here on can read, through promises and timers. */
export interface Carried<T> {
  run(value: T, run: () => void): void;
  get(): T | undefined;
}

/** Makes one. On a platform without asynchronous contexts nothing can ever be read. */
export function carried<T>(): Carried<T> {
  let storage: Storage<T> | undefined;
  return {
    run: (value, run) => {
      // Made when it is first needed: until then it costs nobody anything.
      storage ??=
        AsyncLocalStorage === undefined ? undefined : (new AsyncLocalStorage() as Storage<T>);
      if (storage === undefined) run();
      else storage.run(value, run);
    },
    get: () => storage?.getStore(),
  };
}
