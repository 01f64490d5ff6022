/** Names whose values are secrets: of properties, headers, columns, parameters and environment variables. */

/** 0: no; 1: yes, but the word is also common in prose (`token: expired`); 2: yes. */
export type Sensitivity = 0 | 1 | 2;

// Single words, after `dbPassword`, `DB_PASSWORD` and `db.password` are taken apart.
const words: ReadonlyMap<string, Sensitivity> = rank(
  `authorization auth cookie cookies jwt token tokens bearer session sid csrf xsrf credential
   credentials card iban signature sig dsn nonce`,
  `password passwords passwd pwd pass passphrase passcode pin otp totp cvv cvc ssn secret secrets
   apikey privatekey accesskey secretkey signingkey encryptionkey masterkey sharedkey authkey
   licensekey connectionstring connstring creditcard cardnumber accountnumber socialsecurity
   securitycode recoverycode`,
);

// Words that were never taken apart, because nobody wrote them with capitals: `userpassword`, `accesstoken`.
const inside =
  /passw|passphrase|secret(?!ar)|apikey|privatekey|accesskey|connectionstring|credential|authorization|creditcard/;
const atEnd = /(?:token|cookie|pwd|jwt|csrf|xsrf|sess(?:ion)?id)s?$/;

// `tokenType`, `sessionTimeout`, `passwordPolicy`: about a secret, and none.
const about = new Set(
  `type kind name state status store method mode provider policy count length size limit timeout
   ttl duration expires expiry expiration at enabled required version algorithm format scheme
   issuer audience scope scopes`.split(/\s+/),
);
const amounts = new Set('max min num total used remaining limit count'.split(' '));

const known = new Map<string, Sensitivity>();
const MOST_KNOWN = 1_000;
const LONGEST_KEY = 100;

/** Whether a value under this name is a secret. Numbers are often amounts (`maxTokens`), text never is. */
export function isSensitiveKey(key: string, value?: unknown): boolean {
  if (key.length > LONGEST_KEY) return true;
  if (remembered(key) === 0) return false;
  if (typeof value === 'boolean') return false;
  const parts = wordsOf(key);
  const last = parts.at(-1) ?? '';
  if (parts.length > 1 && about.has(last)) return false;
  return !(typeof value === 'number' && (last === 'tokens' || amounts.has(parts[0] ?? '')));
}

/** The same for a name in running text, where only the last word counts: `TokenService: stopped` has no secret. */
export function textSensitivity(key: string): Sensitivity {
  if (key.length > LONGEST_KEY || remembered(key) === 0) return 0;
  const parts = wordsOf(key);
  for (let end = parts.length - 1; end >= 0; end--) {
    const last = parts[end] ?? '';
    const found = words.get((parts[end - 1] ?? '') + last) ?? rankOf(last);
    // `token_value` is as good as `token`.
    if (found !== 0 || !suffixes.has(last)) return found;
  }
  return 0;
}

const suffixes = new Set('value hash header string text id raw plain old new current'.split(' '));

function remembered(key: string): Sensitivity {
  let found = known.get(key);
  if (found === undefined) {
    found = 0;
    const parts = wordsOf(key);
    for (let index = 0; index < parts.length && found < 2; index++) {
      const word = parts[index] ?? '';
      const pair = words.get(word + (parts[index + 1] ?? ''));
      found = Math.max(found, rankOf(word), pair ?? 0) as Sensitivity;
    }
    // Keys come from outside too; forgetting all is cheaper than an order of use, and as rare.
    if (known.size >= MOST_KNOWN) known.clear();
    known.set(key, found);
  }
  return found;
}

function rankOf(word: string): Sensitivity {
  return words.get(word) ?? (inside.test(word) ? 2 : atEnd.test(word) ? 1 : 0);
}

function wordsOf(key: string): string[] {
  return key
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter((word) => word !== '');
}

function rank(weak: string, strong: string): Map<string, Sensitivity> {
  const ranked = new Map<string, Sensitivity>();
  for (const word of weak.split(/\s+/)) ranked.set(word, 1);
  for (const word of strong.split(/\s+/)) ranked.set(word, 2);
  return ranked;
}
