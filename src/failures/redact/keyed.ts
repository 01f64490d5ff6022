/** Secrets that are told by the name before them: `password=…`, `"token": "…"`, `Cookie: …`, `--api-key …`. */
import {
  BACKSLASH,
  DASH,
  endOfValue,
  isNameChar,
  isQuote,
  SPACE,
  skipBlank,
  TAB,
} from './extent.ts';
import { type Sensitivity, textSensitivity } from './keys.ts';
import type { Span } from './shapes.ts';

const COLON = 58;
const EQUALS = 61;
const PERCENT = 37;
const LONGEST_NAME = 64;

/** Adds what stands behind sensitive names in `text` to `spans`. One pass; no character is read more than a few times. */
export function findKeyed(text: string, spans: Span[]): void {
  let index = 0;
  while (index < text.length) {
    const end = at(text, index, spans);
    index = end > index ? end : index + 1;
  }
}

/** Where the value ends whose separator is at `index`; 0 when there is none. */
function at(text: string, index: number, spans: Span[]): number {
  const char = text.charCodeAt(index);
  if (char === COLON || char === EQUALS) return afterSeparator(text, index, 1, spans);
  // An escaped `=`, in an address that is itself a parameter.
  if (char === PERCENT && /^%3d/i.test(text.slice(index, index + 3)))
    return afterSeparator(text, index, 3, spans);
  if (isQuote(char) && text.charCodeAt(index - 1) === SPACE) return afterWord(text, index, spans);
  if (char === DASH && text.charCodeAt(index + 1) === DASH) return afterFlag(text, index, spans);
  return 0;
}

function afterSeparator(text: string, index: number, width: number, spans: Span[]): number {
  const colon = width === 1 && text.charCodeAt(index) === COLON;
  if (colon && text.startsWith('//', index + 1)) return 0;
  const name = nameBefore(text, index);
  const level = name === '' || number.test(name) ? 0 : levelOf(text, index, name);
  if (level === 0 || (colon && (place.test(name) || thrown.test(name)))) return 0;

  let start = index + width;
  // `=>` and `==`
  while (text[start] === '>' || text[start] === '=') start++;
  start = skipBlank(text, start);
  if (start >= text.length || text.startsWith('[redacted', start)) return 0;
  if (isProse(text, start, level, colon && start > index + 1)) return 0;
  const line = lineNames.test(name) || (colon && level === 2 && start > index + 1);
  return add(text, start, endOfValue(text, start, line, width === 3), spans);
}

/** `wrong password 'hunter2'` */
function afterWord(text: string, index: number, spans: Span[]): number {
  const name = nameBefore(text, index);
  if (name === '' || textSensitivity(name) !== 2) return 0;
  const end = endOfValue(text, index);
  return end - index > 4 ? add(text, index, end, spans) : 0;
}

/** `--password hunter2` */
function afterFlag(text: string, index: number, spans: Span[]): number {
  let end = index + 2;
  while (end - index < LONGEST_NAME && isNameChar(text.charCodeAt(end))) end++;
  const after = text.charCodeAt(end);
  if ((after !== SPACE && after !== TAB) || textSensitivity(text.slice(index + 2, end)) === 0)
    return 0;
  const start = skipBlank(text, end);
  if (text.charCodeAt(start) === DASH) return 0;
  return add(text, start, endOfValue(text, start), spans);
}

function add(text: string, start: number, end: number, spans: Span[]): number {
  // Keep the quotes, so that what was JSON still looks like it.
  const quoted =
    end - start > 1 && isQuote(text.charCodeAt(start)) && text[start] === text[end - 1];
  const from = quoted ? start + 1 : start;
  const to = quoted ? end - 1 : end;
  if (to > from) spans.push({ start: from, end: to, what: '' });
  return end;
}

const number = /^\d+$/;
// Names of source files, and of errors: `auth/token.ts:10:5`, `TokenExpiredError: jwt expired`.
const place = /\.(?:[cm]?[jt]sx?|json|vue|svelte|py|rb|go|java|cs|php|sql|ya?ml|html?)$/i;
const thrown = /(?:Error|Exception|Warning)$/;
// Headers whose whole line is the secret.
const lineNames = /^(?:proxy-)?authorization$|^(?:set-)?cookie$/i;

/** The name that ends before `index`, behind closing quotes and brackets: `"token":`, `(password)=`. */
function nameBefore(text: string, index: number): string {
  let end = index;
  for (let skipped = 0; skipped < 4 && end > 0; skipped++) {
    const char = text.charCodeAt(end - 1);
    if (char !== SPACE && char !== BACKSLASH && char !== 41 && char !== 93 && !isQuote(char)) break;
    end--;
  }
  let start = end;
  while (end - start < LONGEST_NAME && isNameChar(text.charCodeAt(start - 1))) start--;
  // `%3Ftoken%3D`: the digits of an escape are not part of the name.
  if (text.charCodeAt(start - 1) === PERCENT) start += 2;
  return text.slice(start, end);
}

function levelOf(text: string, index: number, name: string): Sensitivity {
  const level = textSensitivity(name);
  if (level !== 0 || !secondWords.test(name)) return level;
  // `api key: …`: two words.
  const before = text.lastIndexOf(name, index) - 1;
  return text.charCodeAt(before) === SPACE
    ? textSensitivity(`${nameBefore(text, before)}_${name}`)
    : 0;
}

const secondWords = /^(?:key|string|card|number|id|code|security)$/i;

const prose = new Set(
  `a absent already an and are as at authentication authorization bad be been blocked but by can can't
   cannot contains could declined denied did didn't disabled do does doesn't don't empty error exceeds
   expected expired failed failure false for forbidden found from had has have header in incorrect
   invalid is it locked lookup malformed may might mismatch missing must nan need needs no none not
   null number object of on only or please realm rejected required revoked scheme should signature
   string that the this to token too true type unable unauthorized undefined unexpected unknown
   unsupported using value verification was were when with without wrong yes you your`.split(/\s+/),
);

/** `password: must be longer`, `token: connection lost`: a sentence goes on, and no value follows. */
function isProse(text: string, start: number, level: Sensitivity, spaced: boolean): boolean {
  const [word = ''] =
    /^[A-Za-z']{1,20}(?=[,.;:!?)}\]]{0,2}(?:\s|$))/.exec(text.slice(start, start + 24)) ?? [];
  if (word === '') return false;
  if (prose.has(word.toLowerCase())) return true;
  return level === 1 && spaced && /^[a-z]+ [a-z]/.test(text.slice(start, start + 24));
}
