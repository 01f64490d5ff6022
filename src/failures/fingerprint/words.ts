/** Which words of a message are values, and which are part of what it says. */
import { isDigit } from '../characters.ts';

const topLevel = set(
  `com net org io dev app ai local internal invalid test example localhost cloud lan svc corp home
   info biz edu gov mil arpa cluster compute amazonaws`,
);
const units = set(
  `ms msec msecs millisecond milliseconds s sec secs second seconds m min mins minute minutes h hr
   hour hours day days week weeks b byte bytes kb mb gb tb kib mib gib us µs ns`,
);
const dateNames = set(
  `Mon Tue Wed Thu Fri Sat Sun Monday Tuesday Wednesday Thursday Friday Saturday Sunday Jan Feb Mar Apr
   May Jun Jul Aug Sep Oct Nov Dec January February March April June July August September October
   November December GMT UTC CET CEST`,
);
/** What is called by its name: of a schema, a program, a protocol. Names are part of what a message says. */
const named = set(
  `relation table column constraint index function procedure operator schema database role view sequence trigger
   extension collection field property parameter param argument option attribute variable module package method class
   event element tag enum type model reading setting token plugin hook decorator header command directive service
   queue topic bucket feature flag near permission scope provider dependency template locale exchange circuit
  pipeline import`,
);
/** Codes of programs that stand in their messages. */
const code = /^(?:ORA|NJS|DPI|DPY|TNS|PLS|SQL|TS|P|E)-?\d{4,5}$|^[a-z][A-Za-z]*_-?1$/;

/** Programs and protocols whose names have a digit. */
const program =
  /^(?:oauth[12]|saml[12]|http[123]|ipv[46]|md5|sha1|sha256|sha384|sha512|utf8|base64|base32|s3|ec2|k8s|i18n|l10n|neo4j|db2|log4j|x509|pkcs\d{1,2}|h2|argon2|bcrypt2|mp[34]|web3|v8|es\d{1,4}|socks[45]|pop3|imap4|smb[123]|ed25519|curve25519)$/i;

/** Ports that services are known by. Others are drawn, or differ from host to host. */
const ports = set(
  `21 22 25 53 80 110 143 389 443 465 587 636 993 995 1433 1521 1883 2181 3000 3306 4222 4317 5432 5672 6379 6432 8000 8080
   8443 8883 9000 9042 9092 9200 11211 15672 26379 27017 50051`,
);

/** A number that is a name: of a status, of an exit, of a port that a service is known by. */
export function isNamedNumber(before: string, word: string): boolean {
  if (!/^\d{1,5}$/.test(word)) return false;
  if (
    /(?:^| )(?:status code|status|http|answered|responded|exit code|exited with|exit status)$/.test(
      before,
    )
  ) {
    return word.length <= 3;
  }
  if (before.endsWith(' port')) return ports.has(word);
  // `Error 1040: Too many connections`
  if (/ (?:error|errno)$/.test(before) && word.length === 4) return true;
  return /(?:^| )(?:code|returned)$/.test(before) && /^(?:[1-5]\d\d|\d{1,2})$/.test(word);
}

/** Behind these anything may be. */
const web = set('80 443 3000 8000 8080 8443');

const address = /^(?:(?:\d{1,3}\.){3}\d{1,3}|\[?[\da-f:%]+\]?|[a-z][a-z\d.-]{0,80}):(\d{2,5})$/i;

/** Behind the code of a connection that failed, the port that a service is known by: `connect ECONNREFUSED ::1:5432`. */
export function knownPort(before: string, word: string): string | undefined {
  if (!/ (?:econn[a-z]+|etimedout|e(?:host|net)unreach)$/.test(before)) return undefined;
  const port = address.exec(word)?.[1];
  return port !== undefined && ports.has(port) && !web.has(port) ? port : undefined;
}

/** What may be done with a service (`s3:GetObject`), and a host that a resolver does not know, unless it is one of many. */
export function isNamedWord(before: string, word: string): boolean {
  if (/^[a-z][a-z\d-]{1,30}:(?:[A-Z][a-z]+){2,}$/.test(word)) return true;
  // `v2`, `orders.v1`
  if (/^(?:[a-z][a-z_-]{1,30}\.){0,3}v\d$/.test(word)) return true;
  const isResolved = / (?:enotfound|eai_again|servfail|nxdomain)$/.test(before);
  return isResolved && /^[a-z-]+\.(?:internal|local|lan|svc|corp|home)$/.test(word);
}

/** A single letter that a parser stumbled over: `Unexpected token a in JSON`. */
export function isStumbledOver(before: string, word: string): boolean {
  return word.length === 1 && / (?:token|character|char|identifier)$/.test(before);
}

/** The end of base64: `dGhpcyBpcw==`. */
export function paddingOf(word: string, after: string): number {
  const padding = /^={1,2}(?![\w='"(])/.exec(after)?.[0].length ?? 0;
  return padding > 0 && word.length >= 7 && /^[\w+/-]+$/.test(word) && /\d|[a-z][A-Z]/.test(word)
    ? padding
    : 0;
}

const MOST_SEGMENTS = 4;

/**
 * A route (`GET /users/17`), or the path of a field (`/items/3/price must be …`), which names a thing; `undefined` where it is
 * neither. What is another the next time is taken out of it.
 */
export function namedPath(
  before: string,
  word: string,
  after: string,
  isStart: boolean,
): string | undefined {
  // `Route GET:/users/17 not found`
  const verb = /^(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS):(?=\/)/.exec(word)?.[0];
  const isRoute =
    verb !== undefined ||
    (word.startsWith('/') && / (?:get|head|post|put|patch|delete|options)$/.test(before));
  const isField =
    /^ (?:is required|is missing|is not (?:allowed|defined)|must |should |cannot be|has to )/.test(
      after,
    ) &&
    /^(?:\/|[A-Za-z_$][\w$]*[./])[\w$.~/-]+$/.test(word) &&
    // Elsewhere it is one of a file.
    isStart;
  if (!isRoute && !isField) return undefined;
  const segments = word.slice(verb?.length ?? 0).split(/(?<=[./])/);
  if (segments.length > MOST_SEGMENTS + 1) return undefined;
  return (
    (verb ?? '') +
    segments.map((one) => (/^[A-Za-z_$-]{1,30}[./]?$|^[./]$/.test(one) ? one : '?')).join('')
  );
}

/** What a language writes for a value: `flag true`, `got undefined`. */
export function isLiteral(before: string, word: string): boolean {
  return (
    (word === 'true' || word === 'false' || word === 'null' || word === 'undefined') &&
    /(?:^| )(?:got|received|flag|was|value|to|given)$/.test(before)
  );
}

/** A number, an id, a date, a size, an address, a path: whatever is another the next time. */
export function isVariable(word: string): boolean {
  let digits = 0;
  let dots = 0;
  let slashes = 0;
  let hexadecimal = 0;
  let turns = 0;
  let upper = false;
  for (let index = 0; index < word.length; index++) {
    const char = word.charCodeAt(index);
    if (isDigit(char)) digits++;
    else if (char === 64 && index > 0 && index < word.length - 1) return true;
    else if (char === 46) dots++;
    else if (char === 47 || char === 92) slashes++;
    else if (char >= 65 && char <= 90) {
      if (!upper) turns++;
      upper = true;
    } else {
      if (char >= 97 && char <= 102) hexadecimal++;
      if (upper) turns++;
      upper = false;
    }
  }
  if (digits > 0) return !code.test(word) && !program.test(word);
  if (slashes > 0)
    return slashes > 1 || (word.length > 1 && /^(?:[\\/]|\.{1,2}[\\/]|~\/)/.test(word));
  if (dots > 0 && isHost(word, dots)) return true;
  if (word === 'localhost') return true;
  if (word.length >= 16 && word.endsWith('=') && turns > 2) return true;
  // A hash without digits, and an id of random letters.
  return (
    (hexadecimal === word.length && hexadecimal >= 8) ||
    (word.length >= 16 && turns * 3 > word.length)
  );
}

function isHost(word: string, dots: number): boolean {
  const last = word.slice(word.lastIndexOf('.') + 1);
  if (topLevel.has(last)) return /^[\w.-]+$/.test(word);
  // `api.eu.example.de`
  return dots > 1 && last.length === 2 && /^[a-z\d.-]+$/.test(word);
}

/** What follows a number: `ms`, `seconds`, `MB`. */
export function isUnit(word: string): boolean {
  return word.length <= 12 && units.has(word.toLowerCase());
}

/** A day, a month, a zone. */
export function isDateName(word: string): boolean {
  return word.length <= 9 && word.charCodeAt(0) < 91 && dateNames.has(word);
}

/** What stands before tables in SQL. */
export function isTablePlace(before: string): boolean {
  return / (?:into|from|update|join|table)$/.test(before);
}

/** What stands before the values of a statement, to the end of the line. */
export function isListOfValues(word: string): boolean {
  return word === 'params' || word === 'parameters' || word === 'bindings';
}

/**
 * Whether a quotation names a thing rather than showing a value: `column "email"`, `'DATABASE_URL' is missing`. `before` are
 * the two words in front of it, in small letters.
 */
export function isNaming(
  before: string,
  content: string,
  after: string,
  isFirst: boolean,
): boolean {
  // Signs of a grammar, and nothing: `Unexpected token '<'`.
  if (/^[^\p{L}\p{N}\s]{1,2}$/u.test(content)) return true;
  if (!/^[\w$.:/@[\]-]{1,80}$/.test(content)) return false;
  if (/^[A-Z][A-Z\d]*(?:_[A-Z\d]+)+$/.test(content)) return true;
  if (
    before === 'for key' ||
    before === 'at path' ||
    before === 'find name' ||
    before === 'provider for' ||
    before === 'config key' ||
    before === 'export named' ||
    /^ (?:(?:command|argument|property|option|parameter)\b|before initial)/.test(after) ||
    named.has(before.slice(before.indexOf(' ') + 1))
  )
    return true;
  // `"name" is required`: what a validator says begins with the field.
  return (
    isFirst &&
    !/\d/.test(content) &&
    /^ (?:is required|is missing|is not (?:allowed|defined)|must |should |cannot be|has to )/.test(
      after,
    )
  );
}

function set(words: string): ReadonlySet<string> {
  return new Set(words.split(/\s+/));
}
