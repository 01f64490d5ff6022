/** Where the value of a name ends in running text. */
export const TAB = 9;
export const SPACE = 32;
export const DASH = 45;
export const BACKSLASH = 92;
const APOSTROPHE = 39;

/**
 * Where the value that begins at `start` ends: at its closing quote or bracket, else at white space, `&` or `;`.
 * In doubt too late: what is hidden in excess can be looked up, what is shown in excess cannot be taken back.
 */
export function endOfValue(text: string, start: number, line = false, escaped = false): number {
  let first = start;
  while (text.charCodeAt(first) === BACKSLASH) first++;
  const char = text.charCodeAt(first);
  if (isQuote(char)) return endOfQuotation(text, first, char, first > start);
  // `(1b2c)d` goes on behind its bracket.
  const from = isOpening(char) ? endOfBrackets(text, first) : first;
  const end = endOfBare(text, from, line, escaped);
  // `authorization=Bearer abc`: the scheme is not the secret.
  const isScheme = !line && end - start < 8 && scheme.test(text.slice(start, end));
  return isScheme ? endOfBare(text, skipBlank(text, end), line, escaped) : end;
}

const scheme = /^(?:bearer|basic|digest|token)$/i;

/** Inside of a plain quotation a backslash escapes; an escaped quotation ends at the next of its kind. */
function endOfQuotation(text: string, start: number, quote: number, escaped: boolean): number {
  for (let end = start + 1; end < text.length; end++) {
    const char = text.charCodeAt(end);
    if (char === BACKSLASH && !escaped) end++;
    else if (char === quote) return end + 1;
  }
  return text.length;
}

/** Brackets inside of quotations do not count. */
function endOfBrackets(text: string, start: number): number {
  let depth = 0;
  for (let end = start; end < text.length; end++) {
    const char = text.charCodeAt(end);
    if (isQuote(char)) {
      end = endOfQuotation(text, end, char, text.charCodeAt(end - 1) === BACKSLASH) - 1;
    } else if (isOpening(char)) depth++;
    else if ((char === 125 || char === 93 || char === 41) && --depth === 0) return end + 1;
  }
  return text.length;
}

function endOfBare(text: string, start: number, line: boolean, escaped: boolean): number {
  let end = start;
  while (end < text.length) {
    const char = text.charCodeAt(end);
    // An apostrophe within a word is no quote.
    const apostrophe = char === APOSTROPHE && isNameChar(text.charCodeAt(end + 1));
    if (line ? char === 10 || char === 13 : char <= SPACE || (isEnd(char) && !apostrophe)) break;
    if (escaped && text.startsWith('%26', end)) break;
    end++;
  }
  return end;
}

export function skipBlank(text: string, from: number): number {
  let start = from;
  while (start - from < 4 && (text.charCodeAt(start) === SPACE || text.charCodeAt(start) === TAB))
    start++;
  return start;
}

export function isNameChar(char: number): boolean {
  return (
    (char >= 97 && char <= 122) ||
    (char >= 65 && char <= 90) ||
    isDigit(char) ||
    char === 95 ||
    char === DASH ||
    char === 46 ||
    char === 36
  );
}

function isDigit(char: number): boolean {
  return char >= 48 && char <= 57;
}

/** `{`, `[` and `(`. */
function isOpening(char: number): boolean {
  return char === 123 || char === 91 || char === 40;
}

export function isQuote(char: number): boolean {
  return char === 34 || char === 39 || char === 96;
}

/** `&`, `;`, `<`, `>` and quotes end a bare value. */
function isEnd(char: number): boolean {
  return char === 38 || char === 59 || char === 60 || char === 62 || isQuote(char);
}
