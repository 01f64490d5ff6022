/**
 * What the end of a call says about the dependency, the same for every policy that watches its health.
 */
import { RejectedError, TimeoutError } from '../../core/errors.ts';
import type { Scope } from '../../core/scope.ts';
import { classify } from '../../verdict/classify.ts';

/** A failure of the dependency, a sign of its life, or neither. */
export type Outcome = 'failure' | 'success' | 'nothing';

/** Whether a call that failed has told nothing about the dependency, whatever its error looks like. */
export function neverAsked(scope: Scope, error: unknown): boolean {
  if (error instanceof RejectedError || scope.isCancelled) return true;
  // Its time ran out in a queue in front of the dependency, which has not seen it.
  return error instanceof TimeoutError && scope.startedAt < 0;
}

/** What an error says about the dependency. */
export function outcomeOf(error: unknown): Outcome {
  switch (classify(error).blame) {
    case 'dependency':
      return 'failure';
    case 'request':
      return 'success';
    case 'caller':
    case 'self':
      return 'nothing';
  }
}
