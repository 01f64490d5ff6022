import { type HashOptions, keyedHash } from '../hash.ts';
import { bytesOf, firstOf, fold, isHeaders, isShort, isThrown, nameIn } from './forms.ts';
import { isSensitiveKey } from './keys.ts';
import { isCardNumber } from './shapes.ts';
import { redactText } from './text.ts';

/** What JSON can say. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

export interface WalkOptions extends HashOptions {
  /** More names whose values are secrets. */
  readonly keys?: readonly string[] | undefined;
}

/** The limits of one walk. */
export interface Limits {
  readonly depth: number;
  /** Members of one object or array. */
  readonly width: number;
  /** Characters of one text. */
  readonly text: number;
  /** Bytes of JSON that may come out in all, roughly. */
  readonly bytes: number;
}

const REDACTED = '[redacted]';
const UNREADABLE = '[unreadable]';
const LONGEST_KEY = 100;
/** Quotes, colon, comma: what a value costs besides itself. */
const PUNCTUATION = 6;

/** Copies values as JSON, bounded and without secrets. Reads each property once, and survives what throws. */
export class Walk {
  private readonly limits: Limits;
  private readonly options: WalkOptions;
  private readonly secret: ReadonlySet<string>;
  private readonly hashed: ReadonlySet<string>;
  /** Only the values around this one: the same object twice is no circle. */
  private readonly parents: object[] = [];
  private left: number;
  private except: ReadonlySet<string> | undefined;

  constructor(limits: Limits, options: WalkOptions = {}) {
    this.limits = limits;
    this.options = options;
    this.secret = new Set(options.keys?.map(fold));
    this.hashed = new Set(options.hash?.map(fold));
    this.left = limits.bytes;
  }

  /** `except` names members of the outermost object that are left out. */
  copy(value: unknown, except?: ReadonlySet<string>): Json {
    this.except = except;
    return this.visit(value);
  }

  private visit(value: unknown): Json {
    this.left -= PUNCTUATION;
    if (typeof value === 'object' && value !== null) return this.object(value);
    if (typeof value === 'string') return this.text(value);
    if (typeof value === 'boolean') return value;
    if (typeof value === 'number') {
      if (isCardNumber(value)) return REDACTED;
      // JSON has no -0.
      return Number.isFinite(value) ? value || 0 : String(value);
    }
    if (typeof value === 'bigint') return isShort(value) ? this.text(String(value)) : '[bigint]';
    if (typeof value === 'symbol') return this.text(String(value));
    return typeof value === 'function' ? '[function]' : null;
  }

  private object(value: object): Json {
    if (this.parents.length >= this.limits.depth) return '[deep]';
    if (this.left <= 0) return '[cut]';
    if (this.parents.includes(value)) return '[circular]';
    this.parents.push(value);
    try {
      return this.parts(value);
    } catch {
      return UNREADABLE;
    } finally {
      this.parents.pop();
    }
  }

  private parts(value: object): Json {
    if (Array.isArray(value)) return this.list(value, value.length);
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) {
      return `[${value.byteLength} bytes]`;
    }
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
    if (value instanceof URL || value instanceof URLSearchParams || value instanceof RegExp) {
      return this.text(String(value));
    }
    if (value instanceof Map || isHeaders(value)) return this.pairs(value);
    if (value instanceof Set) return this.list(firstOf(value, this.limits.width), value.size);
    const out: Record<string, Json> = {};
    if (isThrown(value)) {
      // What an error says of itself does not show in an enumeration.
      for (const part of ['name', 'message', 'stack', 'cause', 'errors'] as const) {
        const one = value[part];
        if (one !== undefined) out[part] = this.visit(one);
      }
    }
    return this.members(value, out);
  }

  private members(value: object, out: Record<string, Json>): Json {
    // `name: 'Authorization', value: '…'` has its name in a value.
    const named = nameIn(value);
    let count = 0;
    for (const key in value) {
      if (!Object.hasOwn(value, key) || Object.hasOwn(out, key)) continue;
      if (this.parents.length === 1 && this.except?.has(key) === true) continue;
      if (this.left <= 0 || ++count > this.limits.width) {
        out['…'] = '[cut]';
        break;
      }
      let one: unknown;
      try {
        one = (value as Record<string, unknown>)[key];
      } catch {
        this.put(out, key, UNREADABLE);
        continue;
      }
      if (one === undefined) continue;
      this.put(out, key, this.member(key === 'value' && named !== undefined ? named : key, one));
    }
    return out;
  }

  private member(key: string, value: unknown): Json {
    const folded = this.secret.size + this.hashed.size === 0 ? '' : fold(key);
    if (this.hashed.has(folded) && (typeof value === 'string' || typeof value === 'number')) {
      this.left -= PUNCTUATION + 18;
      return `[${keyedHash(String(value), this.options.hashKey)}]`;
    }
    const secret = this.secret.has(folded) || isSensitiveKey(key, value);
    return secret && value !== null && value !== '' ? this.redacted() : this.visit(value);
  }

  private list(items: readonly unknown[], length: number): Json {
    const out: Json[] = [];
    const end = Math.min(items.length, this.limits.width);
    for (let index = 0; index < end && this.left > 0; index++) {
      // Raw headers alternate: name, value, name, value.
      const before: unknown = index === 0 ? undefined : items[index - 1];
      const one: unknown = items[index];
      const secret = typeof one === 'string' && typeof before === 'string' && header.test(before);
      out.push(secret ? this.redacted() : this.visit(one));
    }
    if (out.length < length) out.push(`[${length - out.length} more]`);
    return out;
  }

  private pairs(entries: Iterable<unknown>): Json {
    const out: Record<string, Json> = {};
    for (const [key, value] of firstOf(entries, this.limits.width) as [unknown, unknown][]) {
      if (this.left <= 0) break;
      const name = typeof key === 'object' && key !== null ? '[object]' : String(key);
      this.put(out, name, this.member(name, value));
    }
    return out;
  }

  private put(out: Record<string, Json>, key: string, value: Json): void {
    const name = plainName.test(key) ? key : redactText(key, LONGEST_KEY, this.options);
    this.left -= bytesOf(name);
    // Assigning to `__proto__` would change the object instead of filling it.
    const property = { value, enumerable: true, configurable: true, writable: true };
    Object.defineProperty(out, name, property);
  }

  private text(value: string): string {
    let longest = Math.max(0, Math.min(this.limits.text, this.left));
    let clean = redactText(value, longest, this.options);
    let bytes = bytesOf(clean);
    // Signs of other scripts take several bytes, control characters six.
    if (bytes > this.left) {
      longest = Math.floor((longest * Math.max(0, this.left)) / bytes / 2);
      clean = redactText(value, longest, this.options);
      bytes = bytesOf(clean);
    }
    this.left -= bytes;
    return clean;
  }

  private redacted(): string {
    this.left -= PUNCTUATION + REDACTED.length;
    return REDACTED;
  }
}

// Names in which nothing can hide.
const plainName = /^[A-Za-z_$-]{1,30}\d{0,3}$/;
const header =
  /^(?:(?:proxy-)?authorization|(?:set-)?cookie|x-(?:api-key|auth-token|csrf-token|xsrf-token|amz-security-token))$/i;
