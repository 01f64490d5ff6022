/** Secrets that are told by a name beside them, without a sign in between: in sentences, options, lists, calls and tables. */
import {
  DASH,
  endOfQuotation,
  endOfValue,
  isBlank,
  isNameChar,
  isQuote,
  LINE,
  skipBlank,
} from './extent.ts';
import type { Finder } from './finder.ts';
import { goesOn, isNoValue, isSecret, wordAt } from './judge.ts';

const LONGEST_FLAG = 64;
const rawHeaders = /^(?:(?:proxy-)?authorization|(?:set-)?cookie|x-[\w-]+)$/i;

/** `wrong password 'hunter2'` */
export function afterWord(finder: Finder, index: number): number {
  const { text } = finder;
  const nameEnd = finder.endOfName(index);
  const nameStart = finder.startOfName(nameEnd);
  const name = text.slice(nameStart, nameEnd);
  const level = finder.levelOf(name, nameStart);
  if (name === '' || level === 0 || isQuote(text.charCodeAt(nameStart - 1))) return 0;
  const end = endOfQuotation(text, index, text.charCodeAt(index));
  const content = text.slice(index + 1, end - 1);
  if (content.length > 300 || content === '' || isNoValue(content)) return 0;
  if (level === 1 && !isSecret(content)) return 0;
  if (finder.isGrammar(name, nameStart) && !isSecret(content)) return 0;
  // A secret of Kubernetes or of a vault has a name: `Secret "db-creds" not found`.
  if (/secrets?$/i.test(name) && /^[a-z]+(?:[-_./][a-z\d]+)*$/.test(content)) return 0;
  return end - index > 4 ? finder.add(index, end) : 0;
}

/** `--password hunter2`, `-Password hunter2` */
export function afterFlag(finder: Finder, index: number): number {
  const { text } = finder;
  const before = text.charCodeAt(index - 1);
  if (index > 0 && !isBlank(before) && before !== LINE && !isQuote(before)) return 0;
  let from = index + 1;
  if (text.charCodeAt(from) === DASH) from++;
  let end = from;
  while (end - from < LONGEST_FLAG && isNameChar(text.charCodeAt(end))) end++;
  const name = text.slice(from, end);
  if (!isBlank(text.charCodeAt(end)) || name.length < 2 || finder.names.level(name) === 0) return 0;
  const start = skipBlank(text, end);
  const value = wordAt(text, start);
  if (text.charCodeAt(start) === DASH || value === '' || isNoValue(value)) return 0;
  // `the flag --token is required`
  if (goesOn(value)) return 0;
  return finder.add(start, endOfValue(text, start));
}

/** `['password', 'hunter2']`, `('token', 'abc')`, raw headers, `['--password', 'hunter2']`. */
export function afterComma(finder: Finder, index: number): number {
  const { text } = finder;
  if (!isQuote(text.charCodeAt(index - 1))) return 0;
  const start = skipBlank(text, index + 1);
  if (!isQuote(text.charCodeAt(start))) return 0;
  const nameStart = finder.startOfName(index - 1);
  const name = text.slice(nameStart, index - 1);
  let open = nameStart - 1;
  while (text.charCodeAt(open) === DASH) open--;
  if (text[open] !== text[index - 1]) return 0;
  const isOption = nameStart - 1 > open;
  const isEntry = /[[(]\s*$/.test(text.slice(Math.max(0, nameStart - 6), nameStart - 1));
  const isNamed = isOption || rawHeaders.test(name) || (isEntry && closesPair(text, start));
  if (!isNamed || finder.names.level(name) === 0) return 0;
  return finder.addValue(start, endOfQuotation(text, start, text.charCodeAt(start)));
}

/** `PASSWORD('hunter2')`, `setToken("abc")` */
export function inCall(finder: Finder, index: number): number {
  const { text } = finder;
  const start = finder.startOfName(index);
  if (start === index || finder.names.level(text.slice(start, index)) !== 2) return 0;
  return finder.addValue(index + 1, endOfQuotation(text, index + 1, text.charCodeAt(index + 1)));
}

/** `password | hunter2`, as psql and tables of Markdown have it. */
export function inTable(finder: Finder, index: number): number {
  const { text } = finder;
  const name = finder.nameBefore(index);
  if (!isBlank(text.charCodeAt(index - 1)) || finder.names.level(name) !== 2) return 0;
  const start = skipBlank(text, index + 1);
  const value = wordAt(text, start);
  return /\w/.test(value) && !isNoValue(value) && finder.names.level(value) === 0
    ? finder.add(start, endOfValue(text, start))
    : 0;
}

/** Whether the quotation at `start` is the last of its pair. */
function closesPair(text: string, start: number): boolean {
  const end = skipBlank(text, endOfQuotation(text, start, text.charCodeAt(start)));
  return (
    text[end] === ']' ||
    text[end] === ')' ||
    text[end] === '\n' ||
    text[end] === ',' ||
    end >= text.length
  );
}
