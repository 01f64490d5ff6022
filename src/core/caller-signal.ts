/**
 * What the signal of an operation has to do with the caller's own.
 */
import type { SignalLike } from './abort.ts';

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

const deadlines: WeakMap<object, number> = new WeakMap();

/** Remembers the instant until which an operation has time, for pipelines inside that are given its signal. */
export function keepDeadline(signal: AbortSignal, instant: number): void {
  if (instant < deadlineOf(signal)) deadlines.set(signal, instant);
}

/** The deadline that goes with a caller's signal, where it is one of kedge's own. */
export function deadlineOf(signal: SignalLike): number {
  return deadlines.get(signal) ?? Infinity;
}
