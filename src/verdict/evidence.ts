/**
 * What only the thrower knows about an error, kept beside it: the error itself is not touched, so that frozen ones can
 * be marked too, and all copies of the package read the same notes.
 */
import type { Blame, FailureKind, Repeatability, Verdict } from './verdict.ts';

/**
 * What an adapter knows and an error does not show. State facts; `classify` draws the conclusions:
 *
 * | fact | evidence |
 * | --- | --- |
 * | nothing of the request had been sent | `{ sent: false }` |
 * | the connection had been closed before it was used | `{ sent: false, connection: 'dead' }` |
 * | a check has shown that the connection is dead | `{ connection: 'dead' }` |
 * | the body stream that the caller gave broke | `{ blame: 'caller', repeat: 'never' }` |
 * | the caller's own function threw, in a transaction for instance | `{ blame: 'caller' }` |
 */
export interface Evidence {
  /** Nothing was sent yet, so that nothing was executed: a repetition is `safe`, unless it is `never`. */
  readonly sent?: false;
  /** The connection is proven dead or stale: the client replaces it; an unknown failure is a transient one. */
  readonly connection?: 'dead';
  /** Whose failure it is. */
  readonly blame?: Blame;
  /** What sort of failure it is; `blame` and `repeat` follow from it where they are not given. */
  readonly kind?: FailureKind;
  /** Whether it may be repeated. `never` is final; nothing else takes back a `never`, except together with `kind`. */
  readonly repeat?: Repeatability;
  /** When to come back, in milliseconds, where the error does not say so in a form that is known. */
  readonly retryAfter?: number;
}

/** Whose failures of a kind are, unless something says otherwise. */
export const usualBlame: Readonly<Record<FailureKind, Blame>> = {
  transient: 'dependency',
  timeout: 'dependency',
  unknown: 'dependency',
  permanent: 'request',
  cancelled: 'caller',
  rejected: 'self',
  bug: 'self',
};

const usualRepeat: Readonly<Record<FailureKind, Repeatability>> = {
  transient: 'idempotent',
  timeout: 'idempotent',
  unknown: 'idempotent',
  permanent: 'never',
  cancelled: 'never',
  rejected: 'safe',
  bug: 'never',
};

interface Notes {
  readonly of: WeakMap<object, Evidence>;
  /** Most processes never mark an error, and then need not look for marks. */
  used: boolean;
}

const KEY = 'kedge.evidence.1';
let known: Notes | undefined;

/** One for all copies of the package. */
function notes(): Notes {
  return (known ??= shared(Symbol.for(KEY)));
}

function shared(key: symbol): Notes {
  const everywhere = globalThis as Record<symbol, unknown>;
  const there = everywhere[key] as Notes | undefined;
  if (there !== undefined) return there;
  const own: Notes = { of: new WeakMap(), used: false };
  try {
    Object.defineProperty(everywhere, key, { value: own });
  } catch {
    // A hardened global takes nothing new; then each copy of the package has its own notes.
  }
  return own;
}

/**
 * Notes beside an error what only its thrower knows, for `classify` and everybody who asks it. For authors of adapters.
 *
 * Returns the same error, untouched. A later note adds to an earlier one; `repeat: 'never'` stays. A value that is no
 * object can carry no note, and is returned as it is. Mark errors that were made for one call, never shared ones.
 *
 * @example
 * ```ts
 * import { classify, withEvidence } from 'kedge';
 *
 * const error = withEvidence(new Error('socket hang up'), { sent: false });
 * console.log(classify(error).repeat); // safe
 * ```
 */
export function withEvidence<E>(error: E, evidence: Evidence): E {
  if (!canBeMarked(error)) return error;
  const { of } = notes();
  const before = of.get(error);
  const after = { ...before, ...evidence };
  of.set(error, before?.repeat === 'never' ? { ...after, repeat: 'never' } : after);
  notes().used = true;
  return error;
}

/**
 * Marks an error so that nobody repeats the call: no retry, no hedge, no client, whatever their `handle` says.
 *
 * Returns the same error, unwrapped. An error of which nothing else is known counts as the request's, not the
 * dependency's. Throws a `TypeError` for a value that is no object, which cannot be marked.
 *
 * @example
 * ```ts
 * import { doNotRetry, pipeline, retry } from 'kedge';
 *
 * const stock = pipeline('stock', retry());
 * await stock.settle(() => {
 *   throw doNotRetry(new Error('no such sku'));
 * });
 * console.log(stock.stats().attempts.failure); // 1
 * ```
 */
export function doNotRetry<E>(error: E): E {
  if (!canBeMarked(error))
    throw new TypeError(`doNotRetry expects an error or another object, not ${typeName(error)}`);
  return withEvidence(error, { repeat: 'never' });
}

function typeName(value: unknown): string {
  return value === null ? 'null' : value === undefined ? 'undefined' : `a ${typeof value}`;
}

function canBeMarked(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

/** What was noted beside this error. */
export function evidenceOf(error: object): Evidence | undefined {
  const { used, of } = notes();
  return used ? of.get(error) : undefined;
}

/** Whether any note can be found at all. */
export function isAnyNoted(): boolean {
  return notes().used;
}

/** The answer for an error beside which something was noted. */
export function heed(known: Verdict, evidence: Evidence): Verdict {
  const { sent, connection } = evidence;
  let { kind, blame, repeat } = known;
  if (evidence.kind !== undefined) {
    ({ kind } = evidence);
    blame = usualBlame[kind];
    repeat = usualRepeat[kind];
  } else if (kind === 'unknown') {
    if (connection === 'dead') kind = 'transient';
    // Who says that it will be the same the next time says that it is the answer, and not the state of the other side.
    else if (evidence.repeat === 'never' && evidence.blame === undefined)
      [kind, blame] = ['permanent', 'request'];
  }
  if (repeat !== 'never') repeat = evidence.repeat ?? (sent === false ? 'safe' : repeat);
  const { retryAfter = evidence.retryAfter, ...rest } = known;
  return {
    ...rest,
    kind,
    blame: evidence.blame ?? blame,
    repeat,
    ...(retryAfter !== undefined && repeat !== 'never' && { retryAfter }),
    ...(connection === 'dead' && { connection: 'replace' }),
  };
}
