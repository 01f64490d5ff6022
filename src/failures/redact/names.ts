/** Names whose values are secrets: of properties, headers, columns, parameters and environment variables. */
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
     licensekey connectionstring connstring creditcard cardnumber accountnumber socialsecurity
     securitycode recoverycode sessionkey requirepass masterauth mnemonic
     privkey pw seedphrase hmackey magiclink resetlink verificationcode confirmationcode logincode accesscode
     onetimecode backupcode parolachiave accesssign apisign communitystring sharedsecret`,
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
   issuer audience scope scopes usage used budget rate url uri endpoint page host domain`,
);
const amounts = set('max min num total used remaining limit count prompt completion input output');
const suffixes = set('value hash header string text id raw plain old new current base salt pepper');
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
    if (this.rank(key) === 0 || typeof value === 'boolean') return false;
    const parts = wordsOf(key);
    const last = parts.at(-1) ?? '';
    if (parts.length > 1 && about.has(last)) return false;
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
      for (let index = 0; index < parts.length && found < 2; index++) {
        const word = parts[index] ?? '';
        const pair = words.get(word + (parts[index + 1] ?? ''));
        const three = words.get(word + (parts[index + 1] ?? '') + (parts[index + 2] ?? ''));
        found = Math.max(found, rankOf(word), pair ?? 0, three ?? 0) as Sensitivity;
      }
      remember(this.known, key, found);
    }
    return found;
  }
}

/** Whether a number under this name, in running text, is an amount: `max_tokens=4096`, `sessions: 12`. */
export function isAmountName(name: string | readonly string[]): boolean {
  const parts = typeof name === 'string' ? wordsOf(name) : name;
  const last = parts.at(-1) ?? '';
  return plurals.has(last) || amounts.has(parts[0] ?? '') || about.has(last);
}

const plurals = set('tokens cookies sessions cards secrets keys passwords credentials');

/** `User-Id`, `user_id` and `userId` are one name, in any script. */
export function fold(key: string): string {
  return key
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M}]/gu, '');
}

function isAmount(value: unknown): boolean {
  return (
    typeof value === 'number' ||
    typeof value === 'bigint' ||
    (typeof value === 'string' && /^\d{1,9}$/.test(value))
  );
}

function lastLevel(name: string): Sensitivity {
  const parts = wordsOf(name);
  for (let end = parts.length - 1; end >= 0; end--) {
    const last = parts[end] ?? '';
    const pair = (parts[end - 1] ?? '') + last;
    const found = words.get((parts[end - 2] ?? '') + pair) ?? words.get(pair) ?? rankOf(last);
    // `token_value` is as good as `token`.
    if (found !== 0 || !suffixes.has(last)) return found;
  }
  return 0;
}

function rankOf(word: string): Sensitivity {
  const found = words.get(word);
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
