import { evidenceOf, heed, isAnyNoted } from './evidence.ts';
import type { Verdict } from './verdict.ts';
import { mongoError, mysqlError, redisError, sqlError } from './databases.ts';
import { byCode, byMessage, byName, connecting, hints, ofPrefix } from './lookup.ts';
import {
  delay,
  isObject,
  LONGEST_CODE,
  type ErrorLike,
  shortMessage,
  typeName,
} from './error-like.ts';
import { awsError, grpcError, httpError, statusOf } from './remote.ts';

export type { Blame, Verdict, FailureKind, FailureSource, Repeatability } from './verdict.ts';

const UNKNOWN: Verdict = Object.freeze({
  kind: 'unknown',
  blame: 'dependency',
  repeat: 'idempotent',
  source: 'application',
});
const REFUSED_STREAM = 'NGHTTP2_REFUSED_STREAM';
const MOST_CAUSES = 10;
const MOST_MEMBERS = 16;
const MOST_ERRORS = 64;

/**
 * Says what sort of failure a thrown value is, whether it may be repeated, and when.
 *
 * Looks at properties, never at classes, so that several copies of a driver and other realms are understood; follows
 * `cause` (at most 10 deep) and the errors of an `AggregateError`, of which the one that forbids most decides. Never
 * throws: what cannot be read is `unknown`. `retryAfter` is in milliseconds. Every row is in `classify/sources`.
 *
 * @example
 * ```ts
 * import { classify } from 'kedge/failures';
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
    return examine(error, 0, undefined) ?? withRetryAfter(unlisted(error.code), error);
  } catch {
    return UNKNOWN;
  }
}

/** Nobody throws functions, but one that is marked is heeded. */
function ofFunction(thrown: object): Verdict {
  const evidence = evidenceOf(thrown);
  return evidence === undefined ? UNKNOWN : heed(UNKNOWN, evidence);
}

/** Bounds the walk as a whole: depth alone would let aggregates of aggregates grow without end. */
interface Budget {
  left: number;
}

function examine(error: ErrorLike, depth: number, budget: Budget | undefined): Verdict | undefined {
  let found = own(error);
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
    return heed(found ?? withRetryAfter(unlisted(error.code), error), evidence);
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
  if (hint.kind === 'bug') return true;
  return hint.kind === 'cancelled' ? inner.kind === 'timeout' : !hints.has(inner);
}

/** What the error says by itself, the most telling property first. */
function own(error: ErrorLike): Verdict | undefined {
  const { code } = error;
  let hint: Verdict | undefined;
  if (typeof code === 'string' && code.length <= LONGEST_CODE) {
    const known =
      byCode.get(isRefusedStream(error, code) ? REFUSED_STREAM : code) ??
      sqlError(error, code) ??
      ofPrefix(code);
    if (known !== undefined && !hints.has(known)) return proven(known, error);
    hint = known;
  }
  const aws = awsError(error);
  if (aws !== undefined) return aws;
  const status = statusOf(error);
  if (status !== 0) return httpError(error, status, hint === undefined ? code : undefined);

  const name = typeName(error);
  if (name.startsWith('Mongo') || typeof error.hasErrorLabel === 'function') {
    const mongo = mongoError(error);
    if (mongo !== undefined) return mongo;
  }
  if (typeof error.errno === 'number' && typeof error.sqlState === 'string')
    return mysqlError(error, typeof code === 'string' ? code : String(error.errno));

  // Messages before names: ioredis calls a command that it lost an AbortError, fetch a lost connection a TypeError.
  const message = shortMessage(error);
  const known = byMessage.get(message) ?? redisError(name, message) ?? byName.get(name);
  if (known !== undefined && !hints.has(known)) return known;
  // Numbers last: a DOMException has one too.
  return hint ?? known ?? (typeof code === 'number' ? grpcError(error, name, code) : undefined);
}

/** The codes of what was never sent may also end a connection on which something was: the system call tells. */
function proven(known: Verdict, error: ErrorLike): Verdict {
  if (known.repeat !== 'safe' || known.source !== 'network') return known;
  const { syscall = isObject(error.cause) ? error.cause.syscall : undefined } = error;
  const sure = connecting.has(known)
    ? syscall === 'connect'
    : syscall !== 'read' && syscall !== 'write';
  return sure ? known : { ...known, repeat: 'idempotent' };
}

/** node:http2 has the peer's reason in the message only. A refused stream was not processed (RFC 9113, 8.7). */
function isRefusedStream(error: ErrorLike, code: string): boolean {
  return code === 'ERR_HTTP2_STREAM_ERROR' && shortMessage(error).endsWith(REFUSED_STREAM);
}

/** What the cause says, else what the members of an aggregate say. */
function within(error: ErrorLike, depth: number, budget: Budget | undefined): Verdict | undefined {
  const { cause, errors } = error;
  if (depth >= MOST_CAUSES || (cause === undefined && errors === undefined)) return undefined;
  const left = budget ?? { left: MOST_ERRORS };
  const found = isObject(cause) && left.left-- > 0 ? examine(cause, depth + 1, left) : undefined;
  if ((found !== undefined && !hints.has(found)) || !Array.isArray(errors)) return found;

  let worst: Verdict | undefined;
  const members = Math.min(errors.length, MOST_MEMBERS);
  for (let index = 0; index < members; index++) {
    const member: unknown = errors[index];
    const one =
      (isObject(member) && left.left-- > 0 ? examine(member, depth + 1, left) : undefined) ??
      UNKNOWN;
    if (worst === undefined || caution(one) > caution(worst)) worst = one;
  }
  return worst === undefined || worst === UNKNOWN ? found : worst;
}

/** Of several failures the one that forbids most decides, and a known one before an unknown one. */
function caution(one: Verdict): number {
  return (
    (one.repeat === 'never' ? 4 : one.repeat === 'idempotent' ? 2 : 0) + (one === UNKNOWN ? 0 : 1)
  );
}

function unlisted(code: unknown): Verdict {
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
