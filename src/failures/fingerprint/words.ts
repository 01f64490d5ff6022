/** Which words of a message are values, and which are part of what it says. */
import { isDigit, isLetter } from '../characters.ts';

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
   queue topic bucket feature flag near permission scope provider dependency template locale`,
);
/** Codes of programs that stand in their messages. */
const code = /^(?:ORA|NJS|DPI|DPY|TNS|PLS|SQL|TS|P|E)-?\d{4,5}$|^[a-z][A-Za-z]*_-?1$/;

/** Programs and protocols whose names have a digit. */
const program =
  /^(?:oauth[12]|saml[12]|http[123]|ipv[46]|md5|sha1|sha256|sha384|sha512|utf8|base64|base32|s3|ec2|k8s|i18n|l10n|neo4j|db2|log4j|x509|pkcs\d{1,2}|h2|argon2|bcrypt2|mp[34]|web3|v8|es\d{1,4}|socks[45]|pop3|imap4|smb[123]|ed25519|curve25519)$/i;

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
  return /(?:^| )(?:code|returned)$/.test(before) && /^(?:[1-5]\d\d|\d{1,2})$/.test(word);
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
  if (content !== '' && content.length <= 2 && !isLetter(content.charCodeAt(0))) return true;
  if (!/^[\w$.:/@[\]-]{1,80}$/.test(content)) return false;
  if (/^[A-Z][A-Z\d]*(?:_[A-Z\d]+)+$/.test(content)) return true;
  if (
    before === 'for key' ||
    before === 'config key' ||
    /^ command\b/.test(after) ||
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
