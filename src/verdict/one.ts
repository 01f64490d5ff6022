import { codeOf, type ErrorLike, shortMessage, typeName } from './error-like.ts';
import { failedStatus, httpError, statusOf } from './http-error.ts';
import { hints, type Reader, recoded } from './rows.ts';
import {
  byBeginning,
  byCode,
  byMessage,
  byName,
  byPrefix,
  byType,
  proven,
  readersByKey,
  sources,
} from './tables.ts';
import type { Verdict } from './verdict.ts';

const MOST_KEYS = 100;

/** What an error says by itself, without its causes; the most telling property first. */
export function own(error: ErrorLike): Verdict | undefined {
  const code = codeOf(error);
  const known = code === '' ? undefined : byCode().get(code);
  let hint: Verdict | undefined;
  // An API has codes of five characters as well, beside its status.
  if (known !== undefined && (code.length !== 5 || statusOf(error) === 0)) {
    if (isFirm(known)) return proven(known, error);
    hint = known;
  }
  const name = typeName(error);
  // Most errors of programs have no member of their own, and then need not be searched.
  const keys = Object.keys(error);
  const status = statusOf(error, keys.length > 0);
  hint = firmer(hint, readBy(error, code, name, status === 0 ? keys : []));
  if (isFirm(hint)) return hint;
  if (code !== '' && hint === undefined) {
    const begun = recoded(byPrefix().of(code), code);
    if (begun !== undefined) return begun;
  }
  if (status !== 0) return httpError(error, status, hint === undefined ? code : undefined);
  return inWords(error, name, hint);
}

/** What the sources say that have an eye on the code, on one of these members, or on the name. */
function readBy(
  error: ErrorLike,
  code: string,
  name: string,
  keys: readonly string[],
): Verdict | undefined {
  const readers = readersByKey();
  let found = error.code === undefined ? undefined : asked(readers.get('code'), error, code, name);
  if (isFirm(found)) return found;
  let left = MOST_KEYS;
  for (const key of keys) {
    if (left-- === 0) break;
    if (key === 'code') continue;
    found = firmer(found, asked(readers.get(key), error, code, name));
    if (isFirm(found)) return found;
  }
  if (name === 'Error') return found;
  for (const { names, read } of sources)
    if (names?.test(name) === true) found = firmer(found, read?.(error, code, name));
  return found;
}

function asked(
  readers: readonly Reader[] | undefined,
  error: ErrorLike,
  code: string,
  name: string,
): Verdict | undefined {
  let found: Verdict | undefined;
  if (readers !== undefined)
    for (const read of readers) {
      found = firmer(found, read(error, code, name));
      if (isFirm(found)) break;
    }
  return found;
}

function isFirm(known: Verdict | undefined): boolean {
  return known !== undefined && !hints.has(known);
}

/** A hint gives way to what is firm, and stays before other hints. */
function firmer(one: Verdict | undefined, other: Verdict | undefined): Verdict | undefined {
  return one === undefined || (isFirm(other) && !isFirm(one)) ? other : one;
}

/** Messages before names: ioredis calls a command that it lost an AbortError, fetch a lost connection a TypeError. */
function inWords(error: ErrorLike, name: string, hint: Verdict | undefined): Verdict | undefined {
  const message = shortMessage(error);
  const { type } = error;
  const typed = typeof type === 'string' ? byType().get(type) : undefined;
  if (typed !== undefined) return firmer(hint, typed);
  for (const { readMessage } of sources) {
    const known = readMessage?.(error, message, name);
    if (known !== undefined) return known;
  }
  const known = byMessage().get(message) ?? byBeginning().of(message) ?? byName().get(name);
  if (known !== undefined || hint !== undefined) return firmer(hint, known);
  // Google's clients have the status there; all others of numbers have been asked.
  const status = failedStatus(error.code);
  return status < 400 ? undefined : httpError(error, status, undefined);
}
