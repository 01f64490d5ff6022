/**
 * What the signal of an operation has to do with the caller's own.
 */
import type { SignalLike } from './abort.ts';
import { type Mark, mark } from './mark.ts';
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

const owner: Mark<Scope> = mark();

/** Remembers whose signal it is, for pipelines inside that are given it. */
export function keepScope(signal: AbortSignal, scope: Scope): void {
  owner.keep(signal, scope);
}

/** The scope in the pipeline around, where a caller's signal is one of kedge's own and there is something to know of it. */
export function scopeBehind(signal: SignalLike | undefined): Scope | undefined {
  return signal === undefined ? undefined : owner.of(signal);
}
