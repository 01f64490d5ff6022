/** Secrets that are told by their own shape, wherever they stand. Each search is linear in the text. */

/** Part of a text that must not be shown, and what it is. */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly what: string;
}

/** Adds every shape that is found in `text` to `spans`. */
export function findShapes(text: string, spans: Span[]): void {
  // Most texts have none of these marks, and looking for a constant costs next to nothing.
  if (text.includes('-----BEGIN')) findPem(text, spans);
  if (text.includes('eyJ')) findAll(text, jwt, 'jwt', spans);
  if (text.includes('://')) findUserInfo(text, spans);
  if (text.includes('@')) findEmails(text, spans);
  findAll(text, keys, 'key', spans);
  findSchemes(text, spans);
  if (digits.test(text)) {
    findAll(text, ssn, 'ssn', spans);
    findAll(text, card, 'card', spans, isCard);
    findAll(text, iban, 'iban', spans, isIban);
  }
}

/** A number that is a card's. */
export function isCardNumber(value: number): boolean {
  return value > 2e12 && value < 7e18 && Number.isInteger(value) && isCard(String(value));
}

// `eyJ` is `{"` in base64. What follows it up to the last part is taken along, complete or not.
const jwt = /eyJ[\w+/=-]{8,}(?:\.[\w+/=-]*){0,4}/g;

// AWS, GitHub, GitLab, Slack, Stripe, Google, npm, OpenAI and its like, SendGrid.
const keys =
  /(?<![A-Za-z\d])(?:A(?:KIA|SIA|IDA|ROA)[A-Z\d]{16}|gh[oprsu]_\w{20}\w*|github_pat_\w{20}\w*|glpat-[\w-]{20}[\w-]*|xox[abeoprs]-[\w-]{10}[\w-]*|[prs]k_(?:live|test)_\w{10}\w*|AIza[\w-]{35}|npm_\w{36}|sk-[\w-]{20}[\w-]*|SG\.[\w-]{16}[\w-]*\.[\w-]{16}[\w-]*)/g;

const digits = /\d{2}/;
const ssn = /(?<![\d-])\d{3}-\d{2}-\d{4}(?![\d-])/g;
// A run of digits, or groups as they are printed on cards. A fraction's digits are none.
const card =
  /(?<![\w.-])(?:\d{13,19}|\d{4}([ -])\d{4}\1\d{4}\1\d{4}(?:\1\d{1,3})?|\d{4}([ -])\d{6}\2\d{4,5})(?![\w-])/g;
const iban =
  /(?<![A-Za-z\d])[A-Za-z]{2}\d{2}(?: ?[A-Za-z\d]{4}){2,7}(?: ?[A-Za-z\d]{1,3})?(?![A-Za-z\d])/g;

function findAll(
  text: string,
  pattern: RegExp,
  what: string,
  spans: Span[],
  check?: (found: string) => boolean,
): void {
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    if (check !== undefined && !check(match[0])) continue;
    spans.push({ start: match.index, end: pattern.lastIndex, what });
  }
}

/** From the first BEGIN to its END, or to the end of a text that was cut off. */
function findPem(text: string, spans: Span[]): void {
  let start = text.indexOf('-----BEGIN');
  while (start !== -1) {
    const footer = text.indexOf('-----END', start);
    const close = footer === -1 ? -1 : text.indexOf('-----', footer + 8);
    const end = close === -1 ? text.length : close + 5;
    spans.push({ start, end, what: 'pem' });
    start = text.indexOf('-----BEGIN', end);
  }
}

const LONGEST_AUTHORITY = 2_000;

/** `user:password@` in front of a host. */
function findUserInfo(text: string, spans: Span[]): void {
  let mark = text.indexOf('://');
  while (mark !== -1) {
    const start = mark + 3;
    const end = endOfWord(text, start, start + LONGEST_AUTHORITY);
    // An unescaped `/` in a password is an error in a web address, and common in those of databases.
    const web = text.endsWith('http', mark) || text.endsWith('https', mark);
    let authority = end;
    if (web) {
      for (let index = start; index < end; index++) {
        const char = text[index];
        if (char === '/' || char === '?' || char === '#') {
          authority = index;
          break;
        }
      }
    }
    const at = text.slice(start, authority).lastIndexOf('@');
    if (at > 0) spans.push({ start, end: start + at, what: 'user' });
    mark = text.indexOf('://', end);
  }
}

const localPart = /[\p{L}\p{N}._%+-]/u;
const domainPart = /[\p{L}\p{N}.-]/u;
// Names of files and packages that look like addresses: `logo@2x.png`.
const file = /\.(?:[cm]?[jt]sx?|json|png|jpe?g|gif|svg|webp|css|html?|md|map|node|wasm)$/i;

function findEmails(text: string, spans: Span[]): void {
  // What follows the `@` of user info is a host, which may be shown.
  const hosts = new Set(spans.map(({ what, end }) => (what === 'user' ? end : -1)));
  for (let at = text.indexOf('@'); at !== -1; at = text.indexOf('@', at + 1)) {
    let start = at;
    while (at - start < 64 && isLocal(text, start - 1)) start--;
    let end = at + 1;
    while (end < text.length && end - at < 254 && domainPart.test(text[end] ?? '')) end++;
    while (end > at && !/[\p{L}\p{N}]/u.test(text[end - 1] ?? '')) end--;
    const domain = text.slice(at + 1, end);
    if (start < at && !hosts.has(at) && /\.\p{L}{2,}$/u.test(domain) && !file.test(domain)) {
      spans.push({ start, end, what: 'email' });
    }
  }
}

/** An apostrophe is part of a name, and a quote in front of one is not. */
function isLocal(text: string, index: number): boolean {
  const char = text[index] ?? '';
  return localPart.test(char) || (char === "'" && /\p{L}/u.test(text[index - 1] ?? ''));
}

const scheme = /\b(bearer|basic)[ \t]{1,4}([\w.~+/=-]{6,})/gi;

/** `Bearer …` and `Basic …` outside of a header, where what follows is a token and no word. */
function findSchemes(text: string, spans: Span[]): void {
  scheme.lastIndex = 0;
  for (let match = scheme.exec(text); match !== null; match = scheme.exec(text)) {
    const [, name = '', token = ''] = match;
    const secret =
      name.toLowerCase() === 'basic'
        ? Buffer.from(token, 'base64').includes(':')
        : !/^(?:auth\w*|tokens?|schemes?|headers?|realm|format|prefix|error|is|not|only)\W*$/i.test(
            token,
          );
    if (secret)
      spans.push({ start: scheme.lastIndex - token.length, end: scheme.lastIndex, what: 'token' });
  }
}

/** Luhn's checksum, on numbers that begin like a card's. */
function isCard(text: string): boolean {
  const number = text.replace(/[ -]/g, '');
  if (!/^[2-6]\d{12,18}$/.test(number)) return false;
  let sum = 0;
  for (let index = 0; index < number.length; index++) {
    const digit = number.charCodeAt(number.length - 1 - index) - 48;
    const doubled = digit * 2;
    sum += index % 2 === 0 ? digit : doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

/** ISO 13616: the number, its first four characters moved to the end and letters written as 10 to 35, is 1 modulo 97. */
function isIban(text: string): boolean {
  const number = text.replaceAll(' ', '').toUpperCase();
  if (number.length < 15 || number.length > 34) return false;
  let rest = 0;
  for (let index = 0; index < number.length; index++) {
    const value = Number.parseInt(number[(index + 4) % number.length] ?? '', 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest === 1;
}

/** Where the word that begins at `start` ends: at white space, a quote, an angle bracket, or `most`. */
function endOfWord(text: string, start: number, most: number): number {
  let end = start;
  while (end < text.length && end < most && !/[\s"'`<>]/.test(text[end] ?? '')) end++;
  return end;
}
