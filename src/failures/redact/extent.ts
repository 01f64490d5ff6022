/** Where the value of a name begins and ends in running text. */
import { isLetter, isSpace } from '../characters.ts';

export const TAB = 9;
export const LINE = 10;
export const SPACE = 32;
export const DASH = 45;
export const BACKSLASH = 92;
const APOSTROPHE = 39;
/** So far the end of a quotation or a bracket is looked for: farther than a text is long, unless somebody wants longer ones. */
export const MOST_READ = 20_000;

/**
 * Where the value that begins at `start` ends: at its closing quote or bracket, else at white space, `&` or `;`.
 * In doubt too late: what is hidden in excess can be looked up, what is shown in excess cannot be taken back.
 */
export function endOfValue(text: string, start: number, line = false): number {
  let first = start;
  while (text.charCodeAt(first) === BACKSLASH) first++;
  const char = text.charCodeAt(first);
  if (isQuote(char)) return endOfQuotation(text, first, char, first > start);
  const wrap = wrapper.exec(text.slice(first, first + 200));
  if (wrap !== null) {
    const open = wrap[0].indexOf('(');
    if (open !== -1) return endOfBrackets(text, first + open);
    const quote = first + wrap[0].length;
    return endOfQuotation(text, quote, text.charCodeAt(quote));
  }
  // `(1b2c)d` goes on behind its bracket.
  const from = isOpening(char) ? endOfBrackets(text, first) : first;
  const end = endOfBare(text, from, line);
  // `authorization=Bearer abc`: the scheme is not the secret.
  const isScheme = !line && end - start < 12 && scheme.test(text.slice(start, end));
  return isScheme ? endOfValue(text, skipBlank(text, end)) : end;
}

/** What stands around a quotation: `SecretStr('…')`, `Some(Secret("…"))`, `b'…'`, `<<"…`. */
const wrapper =
  /^(?:new )?(?:&?[A-Za-z_][\w.:]{0,60}\( ?){1,4}(?=["'`])|^[bBrRuUfFnNeExX]{1,2}(?=["'])|^<<(?=["'])/;

/** Whether the value that begins at `start` is a quotation in a call, or behind a prefix. */
export function isWrapped(text: string, start: number): boolean {
  return wrapper.test(text.slice(start, start + 200));
}

const scheme = /^(?:bearer|basic|digest|token|apikey|api-key|negotiate|key)$/i;

/** Inside of a plain quotation a backslash escapes; an escaped quotation ends at the next of its kind. */
export function endOfQuotation(
  text: string,
  start: number,
  quote: number,
  escaped = false,
): number {
  const sign = String.fromCharCode(quote);
  // `"""…"""`
  if (text.startsWith(sign.repeat(3), start)) {
    const near = text.slice(start + 3, start + MOST_READ);
    const end = near.indexOf(sign.repeat(3));
    return start + 3 + (end === -1 ? near.length : end + 3);
  }
  const last = Math.min(text.length, start + MOST_READ);
  for (let end = start + 1; end < last; end++) {
    const char = text.charCodeAt(end);
    if (char === BACKSLASH && !escaped) end++;
    else if (char === quote) return end + 1;
  }
  return last;
}

/** Brackets inside of quotations do not count. */
export function endOfBrackets(text: string, start: number): number {
  let depth = 0;
  const last = Math.min(text.length, start + MOST_READ);
  for (let end = start; end < last; end++) {
    const char = text.charCodeAt(end);
    if (isQuote(char) && !isApostrophe(text, end)) {
      end = endOfQuotation(text, end, char, text.charCodeAt(end - 1) === BACKSLASH) - 1;
    } else if (isOpening(char)) depth++;
    else if ((char === 125 || char === 93 || char === 41) && --depth === 0) return end + 1;
  }
  return last;
}

function endOfBare(text: string, start: number, line: boolean): number {
  let end = start;
  for (; end < text.length; end++) {
    const char = text.charCodeAt(end);
    if (line ? char === LINE || char === 13 : isSpace(char) || isEnd(text, end, char)) break;
  }
  return end;
}

/** Spaces and tabs, however many. */
export function skipBlank(text: string, from: number): number {
  let start = from;
  while (isBlank(text.charCodeAt(start))) start++;
  return start;
}

export function isBlank(char: number): boolean {
  return char === SPACE || char === TAB || char === 0xa0;
}

export function endOfLine(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end === -1 ? text.length : end > from && text[end - 1] === '\r' ? end - 1 : end;
}

export function isNameChar(char: number): boolean {
  return isLetter(char) || char === DASH || char === 46 || char === 36;
}

/** `{`, `[` and `(`. */
export function isOpening(char: number): boolean {
  return char === 123 || char === 91 || char === 40;
}

export function isQuote(char: number): boolean {
  return char === 34 || char === APOSTROPHE || char === 96;
}

/** An apostrophe within a word is no quote. */
function isApostrophe(text: string, index: number): boolean {
  return (
    text.charCodeAt(index) === APOSTROPHE &&
    isLetter(text.charCodeAt(index + 1)) &&
    isLetter(text.charCodeAt(index - 1))
  );
}

/** `&`, `;`, `<`, `>`, `|` between blanks, and quotes end a bare value. */
function isEnd(text: string, index: number, char: number): boolean {
  return (
    char === 38 ||
    char === 59 ||
    char === 60 ||
    char === 62 ||
    (isQuote(char) && !isApostrophe(text, index))
  );
}
