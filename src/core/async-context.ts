/**
 * The asynchronous context (`AsyncLocalStorage`) of a call.
 *
 * A timer that serves many calls, or a permit that one call hands to another, runs in whatever context is
 * there. What then runs on behalf of a call (a retry, a fallback, a sink that reads the request's id) must
 * run in that call's own context.
 */

/** The context of one moment; `undefined` on a platform that has none. */
export type AsyncContext = { runInAsyncScope(run: () => void): void } | undefined;

interface Platform {
  process?: {
    getBuiltinModule?(
      id: string,
    ): { AsyncResource: new (type: string) => Exclude<AsyncContext, undefined> } | undefined;
  };
}

// Asked for at run time instead of imported: the root entry also loads where there is no Node API.
const AsyncResource = (globalThis as Platform).process?.getBuiltinModule?.(
  'node:async_hooks',
)?.AsyncResource;

/** Remembers the present context. */
export const capture: () => AsyncContext =
  AsyncResource === undefined ? () => undefined : () => new AsyncResource('kedge');

/** Runs in a remembered context. */
export function within(ambient: AsyncContext, run: () => void): void {
  if (ambient === undefined) run();
  else ambient.runInAsyncScope(run);
}

/** Runs something once, as a promise job, in the context that it was made in. */
export type WayBack = (run: () => void) => void;

const invoke = (run: () => void): void => run();

/** Keeps a way back into the present context. It costs less than `capture`, but what goes back has to wait for its turn. */
export function wayBack(): WayBack {
  let enter!: WayBack;
  void new Promise<() => void>((resolve) => {
    enter = resolve;
  }).then(invoke);
  return enter;
}
