/**
 * Whether a call may have been carried out, whatever its error says of itself. An error can only tell of the attempt
 * that it comes from; what a policy throws, and the reason of an abort, tell of something else altogether. Scopes count
 * the operations started in them, and a failure on its way out is taken for a proof only where none may have run.
 */
import { RejectedError, TimeoutError } from './errors.ts';
import { judge, type Said } from './judge.ts';
import type { AttemptOutcome } from './policy.ts';
import type { Scope } from './scope.ts';

/** An attempt has failed. Where its own error proves that it was not carried out, it counts as never made. */
export function attemptSaid(
  scope: Scope,
  outcome: Exclude<AttemptOutcome, 'success'>,
  error: unknown,
): Said | undefined {
  // The reason of a caller who left says nothing about the operation.
  if (outcome === 'cancelled') return undefined;
  const said = judge.classify(error);
  if (said.repeat !== 'safe') {
    scope.execution.vetted = error;
    scope.execution.uncertain ??= error;
  } else if (outcome === 'failure' || error instanceof TimeoutError) addRuns(scope, -1);
  return said;
}

/** A call that may have been carried out fails with `error`: nobody outside must take it for safe to repeat. */
export function vet(scope: Scope, error: unknown): void {
  const { execution } = scope;
  const { kind, repeat } = judge.classify(error);
  if (repeat === 'safe') refute(scope, error);
  else if (kind !== 'cancelled') execution.uncertain ??= error;
  execution.vetted = error;
}

/** What `other` may have carried out was done on behalf of `scope`. */
export function carriedOutFor(scope: Scope, other: Scope): void {
  if (other.mayHaveRun > 0) addRuns(scope, other.mayHaveRun);
}

function addRuns(scope: Scope, runs: number): void {
  for (let each: Scope | undefined = scope; each !== undefined; each = each.parent)
    each.mayHaveRun += runs;
}

/** A refusal of a policy tells then what the dependency said before. */
function refute(scope: Scope, error: unknown): void {
  const { uncertain } = scope.execution;
  const isRefusal =
    error instanceof RejectedError &&
    (uncertain !== undefined || error.pipeline === scope.pipeline);
  if (!isRefusal) {
    judge.note(error, { repeat: 'idempotent' });
    return;
  }
  const blame = uncertain === undefined ? 'dependency' : judge.classify(uncertain).blame;
  judge.note(error, { repeat: 'idempotent', blame });
  if (error.cause === undefined && uncertain !== undefined)
    Object.defineProperty(error, 'cause', { value: uncertain, configurable: true, writable: true });
}
