/** Whether a secret follows a name, or a sentence goes on: `password: hunter2`, `password: must be longer`. */
import type { Sensitivity } from './names.ts';

/** Nothing, one word, or all that is left of the line. */
export type Extent = 'none' | 'word' | 'line';

const MOST_LOOKED_AT = 200;

// Words of statements about secrets. What else is written in plain words may be a passphrase.
const statement = new Set(
  `a absent accept accepted accepts access add after again all allowed already an and any are as at attempt auth
   authentication authorization available bad be because been before begin behind being between blank block blocked but by
   can can't cannot change changed character characters check client closed code config configured connection contain
   contains could count create created declined default defined deleted denied deprecated did didn't different digit digits
   disabled do does doesn't don't each empty enabled end ended error exceeded exceeds exists expected expire expired expires
   expiry extra failed fails failure false field file first for forbidden format found from generated get given had has
   hash have hidden if ignored in incorrect input insufficient internal invalid is isn't issued it items its key last left
   length less letter letters limit local locked long longer lookup lost malformed match matches max maximum may message
   might min minimum mismatch missing more most must nan need needs never new next nil no non none not nothing null number
   object of off ok old on one only or out over parse parsed parser passed permitted please policy position present prompt
   protected provided read realm received refused rejected removed renewed replaced request requested required requires
   reset response restored retry revoked role rotate rotated same scheme secure see sent server service session set should
   show shown signature similar size skipped small some source start state status still stored string symbol than that the
   their this to token tokens too total true trying type unable unauthorized undefined unexpected unknown unlocked unset
   unsupported unused update updated upper uppercase used user using valid validation value values verification verified
   was weak were when while will with without wrong yes yet you your`
    .split(/\s+/)
    .filter((word) => word !== ''),
);

/** Words that say that there is none: `token=null`. */
const nothing =
  /^(?:null|undefined|none|nil|nan|true|false|yes|no|on|off|empty|unset|hidden|masked|filtered|redacted)$/i;
/** Names of algorithms, which stand where a signature or a way of authentication is named. */
const algorithm =
  /^(?:[HREP]S(?:256|384|512)|EdDSA|ed25519|sha-?\d{1,3}|md5|hmac-sha-?\d{1,3}|scram-sha-\d{1,3}|rsa-sha\d{1,3})$/i;
/** What stands for a value that is put in later, or was taken out already. */
const placeholder =
  /^(?:\$\d{1,3}|\?|%s|%d|:[a-z_]{1,30}|@[a-z]{1,12}\d{0,2}|\$\{[A-Z_]\w{0,40}\}|\{\{[\s\w.-]{1,60}\}\}|<[a-z][a-z _-]{0,30}>|[*x•.]{3,}|\.{3}|…|\[(?:redacted|filtered|hidden|masked|removed)[^\]]*\]?|\[(?:object|function|class|circular)(?:[ *:].{0,40})?\]?|-+)$/i;

/** Whether `value` is none: nothing, a placeholder, or a mark where one was taken out. */
export function isNoValue(value: string): boolean {
  const plain = value.replace(/^["'`(]+|["'`),.;:!?\]}]+$/g, '');
  if (plain === '') return !/\w/.test(value);
  return (
    nothing.test(plain) ||
    algorithm.test(plain) ||
    placeholder.test(plain) ||
    placeholder.test(value)
  );
}

const states = new Set(
  `absent accepted active available blocked changed closed configured declined default defined denied disabled enabled
   exceeded expired failed forbidden granted ignored inactive incorrect invalid issued left locked lost malformed mismatch
   missing omitted ok open optional pending present protected provided refused rejected removed required reset revoked
   rotated skipped stale unauthorized unavailable unchanged undefined unknown unlocked unset unsupported unused updated used
   valid verified wrong include omit same-origin
   checked unchecked amex basic bearer digest discover github google jcb jwt kerberos ldap local maestro mastercard oauth oauth2 oidc saml
   unionpay visa`.split(/\s+/),
);

/** Whether it says how things are or of what kind, where a value would stand: `auth=disabled`, `card=visa`. */
export function isState(value: string): boolean {
  return value.length < 24 && states.has(value.replace(/^["'`]|["'`,.;:)\]}]+$/g, ''));
}

const verbs =
  /^(?:is|was|are|were|must|has|should|of|and|or|not|no|flag|option|argument|needs?|requires?|cannot|could|failed|from|for|in|to)$/;

/** Whether a sentence goes on where a value would stand: `the flag --token is required`. */
export function goesOn(word: string): boolean {
  return verbs.test(word.replace(/[,.;:!?]+$/, ''));
}

const member = /:\s{0,20}([^,:{}]{1,100})/g;
const switched = /^(?:true|false|null|undefined|["']?(?:lax|strict|none|auto)["']?)\s*$/i;

function isSwitch(value: string): boolean {
  return switched.test(value) || isState(value);
}

/** Whether an object has nothing but switches and amounts: `{ resave: false, maxAge: 3600 }`. */
export function isSettings(text: string): boolean {
  if (!text.startsWith('{') || text.length > 500) return false;
  // What has no name may be anything.
  if (text.split(/[,{}]/).some((part) => !/^\s*(?:["']?[\w.-]{1,40}["']?\s*:|$)/.test(part)))
    return false;
  const values = Array.from(text.matchAll(member), ([, value = '']) => value.trim());
  const isEach = values.every(
    (one) => one === '' || isSwitch(one) || /^(?:\d{1,7}|(["'])\d{1,4}\1)$/.test(one),
  );
  return isEach && values.some(isSwitch);
}

/** Judges what follows `name` and a colon, from `start` to the end of its line. */
export function judge(text: string, start: number, level: Sensitivity): Extent {
  const clause = text.slice(start, start + MOST_LOOKED_AT).split(/[\r\n]/, 1)[0] ?? '';
  const tokens = clause.split(/\s+/).filter((token) => token !== '');
  const [first = ''] = tokens;
  if (first === '' || isNoValue(first)) return tokens.some(isSecret) ? 'line' : 'none';
  if (mayBeSecret(first)) return level === 2 ? 'line' : 'word';
  if (tokens.some(isSecret)) return 'line';
  if (/^\d+[,.;)\]}]*$/.test(first)) {
    return level === 2 || first.replace(/\D/g, '').length >= 6 ? 'word' : 'none';
  }
  if (level === 1) return 'none';
  if (tokens.some((token) => statement.has(wordOf(token)))) return 'none';
  // A passphrase of plain words; or one word, which may be a name of a state that is not listed.
  return tokens.length > 1 ? 'line' : 'word';
}

function wordOf(token: string): string {
  return token.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, '').toLowerCase();
}

/** What is no secret although it has digits and letters: times, addresses, versions, sizes, names of files and errors. */
const ordinary =
  /^(?:\d{1,4}[-/.:]\d{1,2}\S*|\d+(?:\.\d+)*[a-z%µ]{0,4}|v?\d+(?:\.\d+)+\S*|0x[\da-f]+|(?:\d{1,3}\.){3}\d{1,3}\S*|[\w.-]+:\d{2,5}|[a-z]+:\/\/\S*|[./~]\S*\/\S*|[\w-]+(?:\.[\w-]+)*\.[a-z]{2,5}(?::\d+)*|(?:\d+-)?[a-z]+-\d{1,4}|[a-z]{1,12}\d{1,3}|\d{1,3}(?:st|nd|rd|th)|[A-Z][a-z]+(?:[A-Z][a-z]+)*\d{0,3}|[A-Z][A-Z_-]*\d{0,5}|[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}|\w+=\w+)$/i;
const ordinaryWord = /^[A-Z]?[a-z]+(?:[A-Z][a-z]+)*$|^[A-Z]{2,}$|^[a-z]+(?:[-_./][a-z]+)+$/;

/** For what stands directly behind a name: digits among letters, signs among letters, or capitals where no word has them. */
function mayBeSecret(token: string): boolean {
  const plain = trimmed(token);
  if (plain.length < 3 || /^\d+$/.test(plain)) return false;
  if (/\d/.test(plain))
    return (
      /\p{L}/u.test(plain) &&
      !/^\d+(?:\.\d+)*(?:ms|s|m|h|d|%|kb|mb|gb|px)?$/i.test(plain) &&
      !isDate(plain)
    );
  if (/[!@#$%^&*+~^]/.test(plain) && /\p{L}/u.test(plain)) return true;
  return (
    !ordinaryWord.test(plain) &&
    /[a-z][A-Z]|[A-Z]{2}[a-z]/.test(plain) &&
    plain.length >= 6 &&
    !/[=:](?!=*$)/.test(plain)
  );
}

/** For what stands anywhere in a sentence: as no word of one looks. */
export function isSecret(token: string): boolean {
  const plain = trimmed(token);
  if (plain.length < 8 || plain.length > 500 || !/\d/.test(plain) || !/[A-Za-z]/.test(plain))
    return false;
  if (ordinary.test(plain) || isDate(plain) || plain.includes('redacted')) return false;
  const turns = plain.match(/\d(?=[A-Za-z])|[A-Za-z](?=\d)|[a-z](?=[A-Z])/g)?.length ?? 0;
  return turns >= 3 || (turns >= 2 && /[A-Z]/.test(plain) && /[a-z]/.test(plain));
}

function trimmed(token: string): string {
  return token.replace(/^["'`([{<]+|["'`)\]}>,.;:!?]+$/g, '');
}

function isDate(token: string): boolean {
  return /^\d{4}-\d{2}-\d{2}(?:T[\d:.]+(?:Z|[+-]\d{2}:?\d{2})?)?$/.test(token);
}

/** The word that begins at `start`. */
export function wordAt(text: string, start: number): string {
  return /^\S*/.exec(text.slice(start, start + 120))?.[0] ?? '';
}
