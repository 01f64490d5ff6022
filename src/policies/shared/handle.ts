/**
 * The one reading of `handle` and `handleResult`, the same for retry, hedge, circuit breaker, fallback and
 * staleIfError; and the one way of asking a user's function on behalf of a call.
 */
import type { Context } from '../../core/policy.ts';
import type { Scope } from '../../core/scope.ts';
import type { Stage } from '../../core/stage.ts';
import { refusePromise } from '../../core/thenable.ts';
import { classify, type Verdict } from '../../verdict/classify.ts';
import { withEvidence } from '../../verdict/evidence.ts';

/** Whether a policy acts on an error; `undefined` leaves it to the policy's own rule. */
export type Handle = (error: unknown, context: Context) => boolean | undefined;

/** Whether a policy acts on a value as if it were a failure. */
export type HandleResult = (value: unknown, context: Context) => boolean;

/** What a policy asks about an error or a value: the user's rule and its own are one. */
export type Predicate = (subject: unknown, scope: Scope) => boolean;

/** Returns the rule for errors: the user's `handle` first and, where it says `undefined`, `byDefault`. */
export function errorRule(
  policy: string,
  handle: Handle | undefined,
  byDefault: Predicate,
): Predicate {
  if (handle === undefined) return byDefault;
  return (error, scope) =>
    answerOf(policy, 'handle', handle(error, scope.context)) ?? byDefault(error, scope);
}

/** Returns the rule for errors of a policy that repeats: `repeat: 'never'` goes before anything a user says. */
export function repeatRule(
  policy: string,
  handle: Handle | undefined,
  byDefault: (verdict: Verdict, scope: Scope) => boolean,
): Predicate {
  return (error, scope) => {
    const verdict = classify(error);
    if (verdict.repeat === 'never') return false;
    const said =
      handle === undefined ? undefined : answerOf(policy, 'handle', handle(error, scope.context));
    return said ?? byDefault(verdict, scope);
  };
}

/** Returns the rule for values, or nothing where no value is a failure. */
export function resultRule(
  policy: string,
  handleResult: HandleResult | undefined,
): Predicate | undefined {
  if (handleResult === undefined) return undefined;
  return (value, scope) =>
    answerOf(policy, 'handleResult', handleResult(value, scope.context)) ?? false;
}

/** What a predicate has said. A promise is refused: it would count as a yes, whatever it resolves to. */
export function answerOf(
  policy: string,
  option: 'handle' | 'handleResult',
  said: unknown,
): boolean | undefined {
  if (typeof said === 'boolean' || said === undefined) return said;
  refusePromise(`${policy}: expected \`${option}\` to return true, false or undefined`, said);
  return Boolean(said);
}

/** Says that a user's function threw, and that the call has been rejected with its error. */
export const threw: unique symbol = Symbol('kedge.threw');

/**
 * The call leaves `stage` with the error of a user's function that was asked about `subjects`. Such a function only says
 * something, so it is a bug that it threw, whatever the error looks like, unless it has passed on what it was asked about:
 * nobody repeats a call for that which may have succeeded.
 */
export function leaveBroken(
  stage: Stage,
  scope: Scope,
  thrown: unknown,
  ...subjects: readonly unknown[]
): void {
  stage.outer.fail(scope, asBug(thrown, ...subjects));
}

/** Marks the error of a user's function as the bug that it is. */
export function asBug(thrown: unknown, ...subjects: readonly unknown[]): unknown {
  return subjects.includes(thrown) ? thrown : withEvidence(thrown, { kind: 'bug' });
}

/** Asks a user's function on behalf of a call; where it throws, the call leaves `stage` with that error. */
export function ask<A, B, T>(
  stage: Stage,
  scope: Scope,
  fn: (one: A, other: B, scope: Scope) => T,
  one: A,
  other: B,
): T | typeof threw {
  try {
    return fn(one, other, scope);
  } catch (error) {
    leaveBroken(stage, scope, error, one, other);
    return threw;
  }
}
