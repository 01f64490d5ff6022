/** Values that were taken out by their name are looked for in the rest of the record. */
import { firstOf } from './forms.ts';
import { isSecret } from './judge.ts';
import type { Json } from './walk.ts';

const MOST = 50;
const SHORTEST = 6;
const SHORTEST_WORD = 8;
const LONGEST = 1_000;
/** From here on nothing is found by chance within a longer word. */
const LONG = 12;
const REDACTED = '[redacted]';

/** Words that stand for much else, and are somebody's password all the same. */
const common =
  /^(?:password|postgres|username|database|localhost|changeme|undefined|required|disabled|redacted)$/i;

export class Taken {
  private readonly values: Set<string>;

  constructor(others?: Taken) {
    this.values = new Set(others?.values);
  }

  get size(): number {
    return this.values.size;
  }

  /** Remembers a value, or what looks like a secret in a longer one: the token of `Bearer …`. */
  add(value: string): void {
    if (this.values.size >= MOST) return;
    const plain = value.trim();
    if (/\s/.test(plain)) {
      for (const token of plain.split(/[\s,;]+/, 30))
        if (isSecret(token)) this.keep(token.replace(/^["']|["']$/g, ''));
    }
    if (plain.length <= 60 || !/\s/.test(plain)) this.keep(plain);
  }

  /**
   * Remembers a value whatever it is: what is in a list as well, and of the members of an object what looks like a secret
   * by itself. A region, a host and a name stand beside a key, and everywhere else.
   */
  addAll(value: unknown): void {
    const open: unknown[] = [value];
    for (let looks = 0; looks < MOST && open.length > 0; looks++) {
      const one = open.shift();
      if (typeof one === 'string') this.add(one);
      else if (typeof one === 'number' || typeof one === 'bigint') this.add(String(one));
      else if (typeof one === 'object' && one !== null) open.push(...partsOf(one));
    }
  }

  private keep(value: string): void {
    if (value.length < SHORTEST || value.length > LONGEST || value.includes('[redacted')) return;
    if (/^\p{L}+$/u.test(value) && (value.length < SHORTEST_WORD || common.test(value))) return;
    if (/^[\s\d.,:/-]+$/.test(value) && value.replace(/\D/g, '').length < SHORTEST) return;
    this.values.add(value);
    for (const encoded of [encode(value), JSON.stringify(value).slice(1, -1)]) {
      if (encoded !== value && encoded.length <= LONGEST) this.values.add(encoded);
    }
  }

  get isEmpty(): boolean {
    return this.values.size === 0;
  }

  /** `text` without them, and no longer than it was. */
  sweep(text: string): string {
    let clean = text;
    for (const value of this.values) {
      if (clean.includes(value)) clean = without(clean, value);
    }
    return clean.length <= text.length || text.length < LONGEST
      ? clean
      : clean.slice(0, text.length);
  }

  sweepJson(json: Json): Json {
    if (this.isEmpty) return json;
    if (typeof json === 'string') return this.sweep(json);
    if (typeof json !== 'object' || json === null) return json;
    if (Array.isArray(json)) return json.map((item) => this.sweepJson(item));
    const out: Record<string, Json> = {};
    for (const [key, value] of Object.entries(json)) {
      // Assigning to `__proto__` would change the object instead of filling it.
      const property = {
        value: this.sweepJson(value),
        enumerable: true,
        configurable: true,
        writable: true,
      };
      Object.defineProperty(out, this.sweep(key), property);
    }
    return out;
  }
}

function partsOf(value: object): unknown[] {
  try {
    if (Array.isArray(value) || value instanceof Set) return firstOf(value, MOST);
    if (ArrayBuffer.isView(value)) return [];
    const members: unknown[] =
      value instanceof Map ? [...firstOf(value.values(), MOST)] : Object.values(value);
    return members
      .slice(0, MOST)
      .filter((one) => (typeof one === 'string' ? isSecret(one) : typeof one === 'object'));
  } catch {
    // A getter that throws: what cannot be read was not shown either.
    return [];
  }
}

function without(text: string, value: string): string {
  const isShort = value.length < LONG;
  let clean = '';
  let done = 0;
  for (let at = text.indexOf(value); at !== -1; at = text.indexOf(value, at + value.length)) {
    if (
      isShort &&
      (isWordChar(text, at - 1, value, 0) || isWordChar(text, at + value.length, value, -1))
    )
      continue;
    clean += text.slice(done, at) + REDACTED;
    done = at + value.length;
  }
  return clean + text.slice(done);
}

/** Whether a letter or digit stands beside one, so that the value is only part of a word. */
function isWordChar(text: string, index: number, value: string, inner: number): boolean {
  return /[\p{L}\p{N}]/u.test(text[index] ?? '') && /[\p{L}\p{N}]/u.test(value.at(inner) ?? '');
}

function encode(value: string): string {
  try {
    return encodeURIComponent(value);
  } catch {
    // Half a character.
    return value;
  }
}
