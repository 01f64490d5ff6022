import { judgeBy } from '../core/judge.ts';
import { evidenceOf, heed, isAnyNoted, withEvidence } from './evidence.ts';
import { delay, type ErrorLike, isObject, LONGEST_CODE } from './error-like.ts';
import { own } from './one.ts';
import { hints } from './rows.ts';
import { links } from './tables.ts';
import type { Verdict } from './verdict.ts';

export type { Blame, Verdict, FailureKind, FailureSource, Repeatability } from './verdict.ts';

const UNKNOWN: Verdict = /* @__PURE__ */ Object.freeze({
  kind: 'unknown',
  blame: 'dependency',
  repeat: 'idempotent',
  source: 'application',
});
const MOST_CAUSES = 10;
const MOST_MEMBERS = 16;
const MOST_ERRORS = 64;

/**
 * Says what sort of failure a thrown value is, whose it is, whether it may be repeated, and when.
 *
 * Looks at properties, never at classes, so that several copies of a driver and other realms are understood; follows
 * `cause` and its relatives (at most 10 deep) and the errors of an `AggregateError`, of which the one that forbids most
 * decides. Heeds what was noted by `withEvidence` and `doNotRetry`. Never throws: what cannot be read is `unknown`.
 * `retryAfter` is in milliseconds. docs/failures.md has every row of the table.
 *
 * @example
 * ```ts
 * import { classify } from 'kedge';
 *
 * try {
 *   await fetch('http://127.0.0.1:65000/');
 * } catch (error) {
 *   console.log(classify(error));
 *   // { kind: 'transient', blame: 'dependency', repeat: 'safe', source: 'network', code: 'ECONNREFUSED' }
 * }
 * ```
 */
export function classify(error: unknown): Verdict {
  if (!isObject(error)) return typeof error === 'function' ? ofFunction(error) : UNKNOWN;
  try {
    return examine(error, 0, undefined) ?? withRetryAfter(unlisted(error), error);
  } catch {
    return unreadable(error);
  }
}

/** Nobody throws functions, but one that is marked is heeded. */
function ofFunction(thrown: object): Verdict {
  const evidence = evidenceOf(thrown);
  return evidence === undefined ? UNKNOWN : heed(UNKNOWN, evidence);
}

/** A getter that throws, a revoked proxy: what was noted beside it still holds. */
const unreadable = ofFunction;

judgeBy({ classify, note: withEvidence });

/** Bounds the walk as a whole: depth alone would let aggregates of aggregates grow without end. */
interface Budget {
  left: number;
}

function examine(error: ErrorLike, depth: number, budget: Budget | undefined): Verdict | undefined {
  if (depth > MOST_CAUSES) return undefined;
  let found = own(error);
  // p-retry's AbortError is whatever it was made of, and final.
  if (found?.kind === 'cancelled' && isObject(error.originalError))
    return heed(examine(error.originalError, depth + 1, budget) ?? UNKNOWN, { repeat: 'never' });
  if (found === undefined || hints.has(found)) {
    const inner = within(error, depth, budget);
    if (inner !== undefined && (found === undefined || givesWay(found, inner))) found = inner;
  }
  if (found !== undefined) found = withRetryAfter(found, error);
  return isAnyNoted() ? noted(error, found) : found;
}

/** A note beside the error itself completes its answer; one that a cause must not be repeated holds for all around it. */
function noted(error: ErrorLike, found: Verdict | undefined): Verdict | undefined {
  const evidence = evidenceOf(error);
  if (evidence !== undefined)
    return heed(found ?? withRetryAfter(unlisted(error), error), evidence);
  if (found === undefined || found.repeat === 'never') return found;
  let { cause } = error;
  for (let depth = 0; depth < MOST_CAUSES && isObject(cause); depth++) {
    if (evidenceOf(cause)?.repeat === 'never') return heed(found, { repeat: 'never' });
    ({ cause } = cause);
  }
  return found;
}

/**
 * A TypeError is a bug until something inside says otherwise, an abort is a timeout when that was
 * its reason, and the other hints give way to what is firm.
 */
function givesWay(hint: Verdict, inner: Verdict): boolean {
  if (hint.kind === 'bug' || hint.kind === 'unknown') return true;
  return hint.kind === 'cancelled' ? inner.kind === 'timeout' : !hints.has(inner);
}

/** What the error behind it says, else what the members of an aggregate say. */
function within(error: ErrorLike, depth: number, budget: Budget | undefined): Verdict | undefined {
  if (depth >= MOST_CAUSES) return undefined;
  const left = budget ?? { left: MOST_ERRORS };
  const { cause } = error;
  let found = isObject(cause) && left.left-- > 0 ? examine(cause, depth + 1, left) : undefined;
  const hasMembers = Object.keys(error).length > 0;
  for (const link of hasMembers ? links : []) {
    if (found !== undefined && !hints.has(found)) return found;
    const behind = error[link];
    if (isObject(behind) && behind !== cause && left.left-- > 0)
      found = examine(behind, depth + 1, left) ?? found;
  }
  if (found !== undefined && !hints.has(found)) return found;
  const members = membersOf(error);
  return members === undefined ? found : (worst(members, depth, left) ?? found);
}

/** Of an AggregateError, of a thrown array, or of an answer of GraphQL. */
function membersOf(error: ErrorLike): readonly unknown[] | undefined {
  if (Array.isArray(error)) return error as readonly unknown[];
  const { errors, graphQLErrors, response } = error;
  for (const some of [errors, graphQLErrors, isObject(response) ? response.errors : undefined])
    if (Array.isArray(some)) return some as readonly unknown[];
  return undefined;
}

function worst(errors: readonly unknown[], depth: number, left: Budget): Verdict | undefined {
  let found: Verdict | undefined;
  const members = Math.min(errors.length, MOST_MEMBERS);
  for (let index = 0; index < members; index++) {
    const member: unknown = errors[index];
    const one =
      (isObject(member) && left.left-- > 0 ? examine(member, depth + 1, left) : undefined) ??
      UNKNOWN;
    if (found === undefined || caution(one) > caution(found)) found = one;
  }
  return found === UNKNOWN ? undefined : found;
}

/** Of several failures the one that forbids most decides, and a known one before an unknown one. */
function caution(one: Verdict): number {
  return (
    (one.repeat === 'never' ? 4 : one.repeat === 'idempotent' ? 2 : 0) + (one === UNKNOWN ? 0 : 1)
  );
}

/** What nobody knows keeps its code. */
function unlisted({ code }: ErrorLike): Verdict {
  const text = typeof code === 'number' ? String(code) : code;
  return typeof text === 'string' && text !== '' && text.length <= LONGEST_CODE
    ? { ...UNKNOWN, code: text }
    : UNKNOWN;
}

/** The error's own `retryAfter`, in milliseconds, goes before what its headers or causes say. */
function withRetryAfter(known: Verdict, error: ErrorLike): Verdict {
  const retryAfter = delay(error.retryAfter);
  return retryAfter === undefined || known.repeat === 'never' ? known : { ...known, retryAfter };
}
