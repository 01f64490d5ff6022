import { codeOf, type ErrorLike, shortMessage, typeName } from './error-like.ts';
import { httpError, statusOf } from './http-error.ts';
import { hints } from './rows.ts';
import { beginningOf, ofPrefix, proven, tables } from './tables.ts';
import type { Verdict } from './verdict.ts';

/** What an error says by itself, without its causes; the most telling property first. */
export function own(error: ErrorLike): Verdict | undefined {
  const {
    code: byCode,
    read,
    type: byType,
    message: byMessage,
    beginning,
    name: byName,
  } = tables();
  const code = codeOf(error);
  let hint: Verdict | undefined;
  if (code !== '') {
    const known = byCode.get(code);
    // An API has codes of five characters as well, beside its status.
    if (known !== undefined && (code.length !== 5 || statusOf(error) === 0)) {
      if (!hints.has(known)) return proven(known, error);
      hint = known;
    }
  }
  const name = typeName(error);
  for (const ask of read) {
    const known = ask(error, code, name);
    if (known === undefined) continue;
    if (!hints.has(known)) return known;
    hint ??= known;
  }
  if (code !== '' && hint === undefined) {
    const known = ofPrefix(code);
    if (known !== undefined) return known;
  }
  const status = statusOf(error);
  if (status !== 0) return httpError(error, status, hint === undefined ? code : undefined);

  // Messages before names: ioredis calls a command that it lost an AbortError, fetch a lost connection a TypeError.
  const message = shortMessage(error);
  const { type } = error;
  const known =
    (typeof type === 'string' ? byType.get(type) : undefined) ??
    byMessage.get(message) ??
    beginningOf(message, beginning) ??
    byName.get(name);
  return known === undefined || (hint !== undefined && hints.has(known)) ? hint : known;
}
