import { ResilienceError } from '../../core/errors.ts';

const ours: unique symbol = Symbol('kedge.opossum.ours');

/** Only V8 has a limit, and a hardened runtime freezes it. */
const engine = Error as unknown as { stackTraceLimit?: number | undefined };
const adjustable = typeof engine.stackTraceLimit === 'number' && !Object.isFrozen(Error);

/** An error of a breaker's own, in opossum's words. Like all of kedge's it has no stack, unless that is asked for. */
export function breakerError(message: string, code: string): Error {
  const limit = engine.stackTraceLimit;
  const bare = adjustable && !ResilienceError.stacks;
  if (bare) engine.stackTraceLimit = 0;
  const error = Object.assign(new Error(message), { code, [ours]: true });
  if (bare) engine.stackTraceLimit = limit;
  return error;
}

export function isOurError(error: unknown): boolean {
  return typeof error === 'object' && error !== null && ours in error;
}
