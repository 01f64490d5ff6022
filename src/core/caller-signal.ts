/**
 * What the signal of an operation has to do with the caller's own.
 */
import type { SignalLike } from './abort.ts';
import type { Scope } from './scope.ts';

/**
 * A signal that aborts with `own` and with the caller's, for as long as anybody listens to it.
 *
 * So a body that streams after its call was answered still ends when the caller leaves. The platform keeps the link:
 * a listener of ours on the caller's signal would stay there for as long as that signal lives.
 */
export function follow(own: AbortSignal, caller: SignalLike | undefined): AbortSignal {
  if (!(caller instanceof AbortSignal) || typeof AbortSignal.any !== 'function') return own;
  return AbortSignal.any([own, caller]);
}

/** Gives back what it is asked to make: so a class can put a private field on an object that is there already. */
const Given = function (signal: object): object {
  return signal;
} as unknown as new (signal: object) => object;

/**
 * A private field on a signal, which nobody else sees. A `WeakMap` would do the same and cost every collection of
 * garbage: an operation that reads its signal took eight times as long.
 */
class Marked extends Given {
  #scope: Scope;

  constructor(signal: object, scope: Scope) {
    super(signal);
    this.#scope = scope;
  }

  static keep(signal: object, scope: Scope): void {
    if (#scope in signal) signal.#scope = scope;
    else new Marked(signal, scope);
  }

  static scopeOf(signal: object): Scope | undefined {
    return #scope in signal ? signal.#scope : undefined;
  }
}

/** Remembers whose signal it is, for pipelines inside that are given it. */
export function keepScope(signal: AbortSignal, scope: Scope): void {
  Marked.keep(signal, scope);
}

/** The scope in the pipeline around, where a caller's signal is one of kedge's own and there is something to know of it. */
export function scopeBehind(signal: SignalLike | undefined): Scope | undefined {
  return signal === undefined ? undefined : Marked.scopeOf(signal);
}
