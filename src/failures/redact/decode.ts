/**
 * Texts within texts: a secret in an address is percent-encoded, one in JSON within JSON stands behind backslashes, one
 * in markup behind entities, and on a terminal colours stand between. Each layer is read like a text of its own.
 */

/** A text as it reads, and where each of its characters came from. */
export interface Layer {
  readonly text: string;
  /** For each character, and for the end, its place in the text before. */
  readonly from: Int32Array;
}

/** What the first of a layer's escapes can begin with. */
const mark =
  // oxlint-disable-next-line no-control-regex
  /[%\\&\u001b\u009b\u00ad\u0660-\u0669\u06f0-\u06f9\u200b-\u200d\u2060\ufeff\uff01-\uff5e]|=40/;
/** Colours; a percent-encoded byte; an escape of JSON and JavaScript; an entity; other writings of signs and digits. */
const escapes =
  // oxlint-disable-next-line no-control-regex
  /(?:\u001b\[|\u009b)[\d;:?]{0,20}[A-Za-z]|%[c-dC-D][\da-fA-F]%[89abAB][\da-fA-F]|%[eE][\da-fA-F](?:%[89abAB][\da-fA-F]){2}|%[fF][0-4](?:%[89abAB][\da-fA-F]){3}|%[\da-fA-F]{2}|\\(?:u[\da-fA-F]{4}|x[\da-fA-F]{2}|[nrt"'\\/`])|&(?:amp|lt|gt|quot|apos|nbsp|commat|equals|colon|num|x[\da-fA-F]{1,5}|#\d{1,6}|#x[\da-fA-F]{1,5});|=40(?=[A-Za-z][\w-]{0,60}\.[A-Za-z]{2})|[\u00ad\u0660-\u0669\u06f0-\u06f9\u200b-\u200d\u2060\ufeff\uff01-\uff5e]/g;

const entities: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  commat: '@',
  equals: '=',
  colon: ':',
  num: '#',
};
const controls: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

/** The next layer of a text; `undefined` where there is none. */
export function decode(text: string): Layer | undefined {
  if (!mark.test(text)) return undefined;
  escapes.lastIndex = 0;
  let match = escapes.exec(text);
  if (match === null) return undefined;
  // Never longer than what it was made of.
  const from = new Int32Array(text.length + 1);
  let decoded = '';
  let done = 0;
  for (; match !== null; match = escapes.exec(text)) {
    for (let index = done; index < match.index; index++)
      from[decoded.length + index - done] = index;
    decoded += text.slice(done, match.index);
    const chars = decodedChars(match[0]);
    for (let index = 0; index < chars.length; index++) from[decoded.length + index] = match.index;
    decoded += chars;
    done = match.index + match[0].length;
  }
  for (let index = done; index <= text.length; index++) from[decoded.length + index - done] = index;
  return { text: decoded + text.slice(done), from };
}

/** One character, or none for a colour. */
function decodedChars(escape: string): string {
  const code = escape.charCodeAt(0);
  if (code === 0x1b || code === 0x9b) return '';
  if (code === 0xad || code === 0xfeff || (code >= 0x200b && code <= 0x2060)) return '';
  // The digits of Arabic and of Persian stand in the order of others.
  if (code >= 0x660 && code <= 0x6f9) return String(code & 15);
  if (escape === '=40') return '@';
  if (code >= 0xff01) return String.fromCharCode(code - 0xfee0);
  if (escape.startsWith('%')) return escape.length > 3 ? whole(escape) : byte(escape.slice(1));
  if (escape.startsWith('\\')) {
    const kind = escape[1] as string;
    if (kind === 'u' || kind === 'x') return byte(escape.slice(2));
    return controls[kind] ?? kind;
  }
  const name = escape.slice(1, -1);
  const known = entities[name];
  if (known !== undefined) return known;
  const digits = name.replace('#', '');
  const number = digits.startsWith('x') ? Number.parseInt(digits.slice(1), 16) : Number(digits);
  return number > 0 && number < 0xffff ? String.fromCharCode(number) : ' ';
}

/** A character of several bytes. */
function whole(escape: string): string {
  try {
    return decodeURIComponent(escape);
  } catch {
    return ' ';
  }
}

function byte(digits: string): string {
  return String.fromCharCode(Number.parseInt(digits, 16));
}
