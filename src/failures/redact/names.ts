/** Names whose values are secrets: of properties, headers, columns, parameters and environment variables. */
import { isSecret, isState } from './judge.ts';
import { foreignInside, foreignLast, foreignNames } from './languages.ts';

/** 0: no; 1: yes, but the word is also common in prose (`token: expired`); 2: yes. */
export type Sensitivity = 0 | 1 | 2;

// Single words, after `dbPassword`, `DB_PASSWORD` and `db.password` are taken apart.
const words: ReadonlyMap<string, Sensitivity> = new Map([
  ...ranked(
    1,
    `authorization auth cookie cookies jwt token tokens bearer session sid csrf xsrf credential
     credentials card iban signature sig dsn nonce jeton clave authz schlüssel schluessel chiave sleutel`,
  ),
  ...ranked(
    2,
    `password passwords passwd pwd pass passphrase passcode passkey pin otp totp cvv cvc ssn secret secrets
     apikey privatekey accesskey secretkey signingkey encryptionkey masterkey sharedkey authkey accountkey
     licensekey connectionstring connstring creditcard cardnumber cardno cardpan accountnumber accountno socialsecurity
     securitycode recoverycode sessionkey requirepass masterauth mnemonic
     privkey pw seedphrase hmackey magiclink resetlink verificationcode confirmationcode logincode accesscode
     onetimecode backupcode parolachiave accesssign apisign communitystring sharedsecret psw pswd pincode
     keymaterial codeverifier oauthverifier clientassertion samlassertion samlresponse samlrequest
     securityanswer subscriptionkey facode mfacode twofactorcode hmac`,
  ),
  ...foreignNames.map((word): [string, Sensitivity] => [word, 2]),
]);

// Words that were never taken apart, because nobody wrote them with capitals: `userpassword`, `accesstoken`.
const inside =
  /passw|passphrase|secret(?!ar)|apikey|privatekey|accesskey|connectionstring|credential|authorization|creditcard/;
const atEnd = /(?:token|cookie|pwd|jwt|csrf|xsrf|sess(?:ion)?id)s?$/;
// `storepass` and `userpass`, as opposed to words of every day.
const endsInPass =
  /^(?!(?:by|com|encom|over|sur|tres|under|first|last|multi|one|render|second|shader|single|two)pass$)[a-z]{2,}pass$/;

// `tokenType`, `sessionTimeout`, `passwordPolicy`: about a secret, and none.
const about = set(
  `type kind name state status store method mode provider policy count length size limit timeout
   ttl duration expires expiry expiration at enabled required version algorithm format scheme
   issuer audience scope scopes usage used budget rate url uri endpoint page host domain age ref arn
   strategy path shown expires`,
);
const amounts = set('max min num total used remaining limit count prompt completion input output');
/** Which one of several it is: `PASSWORD_PROD`, `token_value`, `accessTokenGoogle`. */
const suffixes = set(
  `value hash header string text id raw plain old new current base salt pepper v prod production test
   testing dev development staging stage live sandbox qa uat preprod local eu us uk de fr apac emea asia
   primary secondary main backup default fallback temp tmp legacy previous next confirmation confirm
   confirmed repeat repeated again retype retyped verify code google github gitlab facebook apple
   microsoft azure aws gcp stripe paypal slack twilio openai anthropic internal external public admin
   root user app server client web mobile ios android ro rw bot a b c x y pan no`,
);
/** What has to do with a secret, and is none: `passwordReset: sent`, `SecretManager: started`. */
const things = set(
  `manager service services store provider client handler controller validator validation error errors
   exception reset repository factory module middleware guard strategy helper util utils rule rules
   change changed rotation rotated attempt attempts input field form screen view prompt event listener
   hook job worker queue cache pool path file dir directory check checks requirement requirements
   strength hint question label placeholder message messages link links set present exists valid
   invalid missing found failed failure success result results request response login logout flow
   grant plugin library engine vault backend source config settings options table column index
   bucket holder owner author role roles user users username account accounts updated created
   sent changes last recovery generator parser lexer stream list map group`,
);
/** What is told by the word before it: `api key`, `mot de passe`. */
const lasts = new Set([
  ...'key string card number id code security phrase no nr'.split(' '),
  ...foreignLast,
]);

const MOST_KNOWN = 1_000;
const LONGEST_KEY = 100;
const MOST_BEFORE = 3;

/** The built-in names, and an application's own. */
export class Names {
  private readonly own: ReadonlySet<string>;
  private readonly known: Map<string, Sensitivity> = new Map();
  private readonly inText: Map<string, Sensitivity> = new Map();

  constructor(own: readonly string[] = []) {
    this.own = new Set(own.map(fold));
  }

  /** Whether a value under this name is a secret. Numbers are often amounts (`maxTokens`), text never is. */
  hides(key: string, value?: unknown): boolean {
    if (key.length > LONGEST_KEY) return true;
    if (this.isOwn(key)) return true;
    const level = this.rank(key);
    if (level === 0 || typeof value === 'boolean') return false;
    const parts = wordsOf(key);
    const last = parts.at(-1) ?? '';
    if (parts.length > 1 && about.has(last)) return false;
    if (level === 1 && typeof value === 'string' && isState(value)) return false;
    if (typeof value === 'object' && hasSettingsOnly(value, level)) return false;
    return !(isAmount(value) && isAmountName(parts));
  }

  /** The same for a name in running text, where only the last word counts: `TokenService: stopped` has no secret. */
  level(name: string): Sensitivity {
    if (name === '' || name.length > LONGEST_KEY) return 0;
    let found = this.inText.get(name);
    if (found === undefined) {
      found = this.isOwn(name) ? 2 : lastLevel(name);
      remember(this.inText, name, found);
    }
    return found;
  }

  /** The same where the name may be the last of several words: `before` reads the word in front of one. */
  levelOfLast(name: string, before: (distance: number) => string): Sensitivity {
    const level = this.level(name);
    if (level !== 0 || (this.own.size === 0 && !lasts.has(name.toLowerCase()))) return level;
    let joined = name;
    for (let distance = 1; distance <= MOST_BEFORE; distance++) {
      const word = before(distance);
      if (word === '') return 0;
      joined = `${word}_${joined}`;
      const found = this.level(joined);
      if (found !== 0) return found;
    }
    return 0;
  }

  private isOwn(key: string): boolean {
    if (this.own.size === 0) return false;
    if (this.own.has(fold(key))) return true;
    // `user[customerNo]`, `user.customerNo`
    const parts = key.split(/[.[\]/:]+/).filter((part) => part !== '');
    return parts.length > 1 && this.own.has(fold(parts.at(-1) ?? ''));
  }

  private rank(key: string): Sensitivity {
    let found = this.known.get(key);
    if (found === undefined) {
      found = 0;
      const parts = wordsOf(key);
      for (let end = 0; end < parts.length && found < 2; end++)
        found = Math.max(found, rankAt(parts, end)) as Sensitivity;
      remember(this.known, key, found);
    }
    return found;
  }
}

/** Whether a number under this name, in running text, is an amount: `max_tokens=4096`, `sessions: 12`. */
export function isAmountName(name: string | readonly string[]): boolean {
  const parts = typeof name === 'string' ? wordsOf(name) : name;
  const last = parts.at(-1) ?? '';
  return isPlural(last) || amounts.has(parts[0] ?? '') || about.has(last);
}

const isPlural = (word: string): boolean =>
  word === 'keys' || word === 'codes' || (word.endsWith('s') && words.has(word.slice(0, -1)));

/** `User-Id`, `user_id` and `userId` are one name, in any script. */
export function fold(key: string): string {
  return key
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M}]/gu, '');
}

const MOST_SETTINGS = 20;

/**
 * Whether an object has nothing but switches, amounts and what is said about a secret: `{ resave: false, maxAge: 3600 }`.
 * Of what is always a secret each member has to be about it. Its members are looked at by their own names besides.
 */
function hasSettingsOnly(value: object | null, level: Sensitivity): boolean {
  if (value === null || Object.getPrototypeOf(value) !== Object.prototype) return false;
  const entries = Object.entries(value);
  if (entries.length === 0 || entries.length > MOST_SETTINGS) return false;
  let isAbout = false;
  for (const [name, one] of entries) {
    const parts = wordsOf(name);
    const isSetting = about.has(parts.at(-1) ?? '') || amounts.has(parts[0] ?? '');
    const isSwitch = typeof one === 'boolean' || (typeof one === 'string' && isState(one));
    isAbout ||= isSetting || isSwitch;
    if (level === 2 && !isSetting) return false;
    const isPlain =
      isSwitch ||
      one === null ||
      one === undefined ||
      (typeof one === 'number' && Math.abs(one) < 1e7) ||
      (isSetting && typeof one === 'string' && one.length <= 40 && !isSecret(one));
    if (!isPlain) return false;
  }
  return isAbout;
}

function isAmount(value: unknown): boolean {
  return (
    typeof value === 'number' ||
    typeof value === 'bigint' ||
    (typeof value === 'string' && /^\d{1,9}$/.test(value))
  );
}

/** Of a name that is one word of a text, but for the words behind the secret that say which one it is. */
function lastLevel(name: string): Sensitivity {
  // `tokenForBilling`, `PASSWORD_FOR_DB`
  const parts = wordsOf(name.replace(/(?:(?<=[a-z])For(?=[A-Z])|_FOR_).*$/, ''));
  for (let end = parts.length - 1; end >= 0; end--) {
    const found = rankAt(parts, end);
    if (found !== 0) return found;
    if (!suffixes.has(parts[end] ?? '')) break;
  }
  return isAboutASecret(parts, name) ? 0 : insideLevel(parts);
}

/** `passwordConfirmationField`: a secret in its first words, where the last is no thing of another kind. */
function insideLevel(parts: readonly string[]): Sensitivity {
  for (let end = parts.length - 2; end >= 0; end--) if (rankAt(parts, end) === 2) return 1;
  return 0;
}

function isAboutASecret(parts: readonly string[], name: string): boolean {
  const last = parts.at(-1) ?? '';
  // `PasswordHasher`: the name of a class.
  return things.has(last) || about.has(last) || /^(?:[A-Z][a-z]+){2,}$/.test(name);
}

/** Of the word at `end`, alone and with the one or two before it: `api key`, `one time code`. */
function rankAt(parts: readonly string[], end: number): Sensitivity {
  const last = parts[end] ?? '';
  const pair = (parts[end - 1] ?? '') + last;
  return Math.max(
    known((parts[end - 2] ?? '') + pair) ?? 0,
    known(pair) ?? 0,
    rankOf(last),
  ) as Sensitivity;
}

/** Of a word in the list, in the singular or in the plural. */
function known(word: string): Sensitivity | undefined {
  return words.get(word) ?? (word.endsWith('s') ? words.get(word.slice(0, -1)) : undefined);
}

function rankOf(word: string): Sensitivity {
  const found = known(word);
  if (found !== undefined) return found;
  if (inside.test(word) || foreignInside.test(word) || endsInPass.test(word)) return 2;
  return atEnd.test(word) ? 1 : 0;
}

const ascii = /^[\0-\x7f]*$/;

function wordsOf(key: string): string[] {
  if (ascii.test(key)) {
    return key
      .replace(/([a-z\d])([A-Z])/g, '$1 $2')
      .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
      .toLowerCase()
      .split(/[^a-z]+/)
      .filter((word) => word !== '');
  }
  return key
    .normalize('NFKC')
    .replace(/([\p{Ll}\p{N}])(\p{Lu})/gu, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{M}]+/u)
    .filter((word) => word !== '');
}

function remember(map: Map<string, Sensitivity>, key: string, found: Sensitivity): void {
  // Names come from outside too; forgetting all is cheaper than an order of use, and as rare.
  if (map.size >= MOST_KNOWN) map.clear();
  map.set(key, found);
}

function ranked(level: Sensitivity, list: string): [string, Sensitivity][] {
  return list.split(/\s+/).map((word) => [word, level]);
}

function set(list: string): ReadonlySet<string> {
  return new Set(list.split(/\s+/));
}
