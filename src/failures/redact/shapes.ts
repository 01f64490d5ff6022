/** Secrets that are told by their own shape, wherever they stand. Each search is linear in the text. */
import type { Finder, Span } from './finder.ts';
import { keys, long } from './shapes/keys.ts';
import { findMails } from './shapes/mail.ts';
import { findCards, findIbans, findSsns, type Found } from './shapes/numbers.ts';

export { isCardNumber } from './shapes/numbers.ts';

const digits = /\d{3}/;

/** Adds every shape that is found in the text. */
export function findShapes({ text, spans }: Finder): void {
  // Most texts have none of these marks, and looking for a constant costs next to nothing.
  if (text.includes('-----BEGIN')) findPem(text, spans);
  if (text.includes('Private-Lines:')) findAll(text, putty, 'pem', spans);
  if (text.includes('eyJ')) findAll(text, jwt, 'jwt', spans);
  const hosts = new Set<number>();
  if (text.includes('@')) {
    if (text.includes('://')) findUserInfo(text, spans, hosts);
    if (text.includes(':')) findLogins(text, spans, hosts);
    put(findMails(text, hosts), 'email', spans);
  }
  if (text.includes('$')) findAll(text, passwordHash, 'hash', spans);
  findKeys(text, spans);
  findSchemes(text, spans);
  if (!digits.test(text)) return;
  if (text.includes('-')) put(findSsns(text), 'ssn', spans);
  put(findCards(text), 'card', spans);
  put(findIbans(text), 'iban', spans);
}

// `eyJ` is `{"` in base64. What follows it up to the last part is taken along, complete or not.
const jwt = /eyJ[\w+/=-]{8,}(?:\.[\w+/=-]*){0,4}/g;

/** The lines of base64 of a key of PuTTY. */
const putty = /(?<=Private-Lines: ?\d{1,4}\s{1,4})[\w+/=]+(?:\s{1,4}[\w+/=]{16,})*/g;

/** A password's hash, as crypt(3), bcrypt, scrypt, Argon2 and Apache write it: whoever has it can try passwords. */
const passwordHash =
  /\$(?:2[abxy]?|[1567y]|gy|apr1|sha1|md5|argon2(?:id|i|d)|scrypt|pbkdf2[\w-]{0,16})\$(?:[\w./+=,*-]{1,60}\$){0,3}[\w./+=-]{20,120}/g;

function findAll(text: string, pattern: RegExp, what: string, spans: Span[]): void {
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    spans.push({ start: match.index, end: pattern.lastIndex, what });
  }
}

function put(found: readonly Found[], what: string, spans: Span[]): void {
  for (const [start, end] of found) spans.push({ start, end, what });
}

/** In words that are long enough for a key. */
function findKeys(text: string, spans: Span[]): void {
  long.lastIndex = 0;
  for (let word = long.exec(text); word !== null; word = long.exec(text)) {
    const [found] = word;
    keys.lastIndex = 0;
    for (let match = keys.exec(found); match !== null; match = keys.exec(found)) {
      spans.push({
        start: word.index + match.index,
        end: word.index + keys.lastIndex,
        what: 'key',
      });
    }
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

/** `user:password@` in front of a host. What follows the `@` is a host, which may be shown. */
function findUserInfo(text: string, spans: Span[], hosts: Set<number>): void {
  let mark = text.indexOf('://');
  while (mark !== -1) {
    const start = mark + 3;
    const end = endOfWord(text, start, start + LONGEST_AUTHORITY);
    // An unescaped `/` in a password is an error in a web address, and common in those of databases.
    const web = text.endsWith('http', mark) || text.endsWith('https', mark);
    const authority = text.slice(start, end);
    const path = web ? authority.search(/[/?#]/) : -1;
    const at = authority.lastIndexOf('@', path === -1 ? authority.length : path);
    const slash = authority.indexOf('/');
    // A path is none: `file:///node_modules/@scope/…`, `webpack://app/./@scope/…`.
    const isPath = slash !== -1 && slash < at && !authority.slice(0, slash).includes(':');
    if (at > 0 && !isPath) {
      spans.push({ start, end: start + at, what: 'user' });
      hosts.add(start + at);
    }
    mark = text.indexOf('://', end);
  }
}

const thin = /\bjdbc:oracle:\w{1,10}:[^\s/@]{1,64}\/(?=[^\s@]{1,100}@)/gi;
const login =
  /(?<![\w/:@.%+-])([A-Za-z][\w.%+-]{0,63}):([^\s:@/"'<>(),;]{3,100})@(?!sha\d)(?=[A-Za-z\d][\w-]*(?:\.[\w-]+)*(?::\d{2,5}|\.[a-z]{2,}|\/|\s|["']|$))/gi;
const prefixes =
  /^(?:npm|node|workspace|file|git|github|patch|link|docker|image|jsr|mailto|acct|sips?|urn|xmpp|user|email)$/i;

/** `ann:hunter2@db.example:5432`, without a scheme in front. */
function findLogins(text: string, spans: Span[], hosts: Set<number>): void {
  for (const match of text.matchAll(thin)) {
    const start = match.index + match[0].length;
    spans.push({ start, end: text.indexOf('@', start), what: 'user' });
  }
  login.lastIndex = 0;
  for (let match = login.exec(text); match !== null; match = login.exec(text)) {
    const [whole, name = '', password = ''] = match;
    if (prefixes.test(name) || /^\d+(?:\.\d+)*$/.test(password)) continue;
    const at = match.index + whole.length - 1;
    spans.push({ start: match.index, end: at, what: 'user' });
    hosts.add(at);
  }
}

const scheme = /\b(bearer|basic)[ \t]{1,4}(?:\\?["']|%22)?([\w.~+/=-]{6,})/gi;
const noToken =
  /^[A-Za-z_]\w*=[^=]|^(?:auth\w*|tokens?|schemes?|headers?|realm|format|prefix|error|missing|invalid|required|expected|credentials?|challenge|is|not|only)\W*$/i;

/** `Bearer …` and `Basic …` outside of a header, where what follows is a token and no word. */
function findSchemes(text: string, spans: Span[]): void {
  scheme.lastIndex = 0;
  for (let match = scheme.exec(text); match !== null; match = scheme.exec(text)) {
    const [, name = '', token = ''] = match;
    const isToken =
      name.toLowerCase() === 'basic'
        ? Buffer.from(token, 'base64').includes(':')
        : !noToken.test(token);
    if (isToken)
      spans.push({ start: scheme.lastIndex - token.length, end: scheme.lastIndex, what: 'token' });
  }
}

/** Where the word that begins at `start` ends: at white space, a quote, an angle bracket, or `most`. */
function endOfWord(text: string, start: number, most: number): number {
  const end = text.slice(start, most).search(/[\s"'`<>]/);
  return end === -1 ? Math.min(text.length, most) : start + end;
}
