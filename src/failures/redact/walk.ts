import { now } from '../../core/time.ts';
import { keyedHash } from '../hash.ts';
import {
  bytesOf,
  firstOf,
  holdsSecret,
  isEntries,
  isShort,
  isThrown,
  secretsInList,
  unboxed,
} from './forms.ts';
import { compare, firstNames, type Member, rankOf } from './importance.ts';
import { fold } from './names.ts';
import type { Redaction } from './options.ts';
import { roleOf } from './pairs.ts';
import { isCardNumber } from './shapes.ts';
import { secretCells } from './tables.ts';
import { Taken } from './taken.ts';
import { redactText } from './text.ts';

/** What JSON can say. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

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
const CUT = '[cut]';
const LONGEST_KEY = 100;
const LONGEST_TIME = 250;
/** What has been named is not cut, but somebody may have named the world. */
const MOST_KEPT = 1_000_000;
/** Quotes, colon, comma: what a value costs besides itself. */
const PUNCTUATION = 6;

/** Copies values as JSON, bounded and without secrets. Reads each property once, and survives what throws. */
export class Walk {
  private readonly limits: Limits;
  private readonly redaction: Redaction;
  /** Values that were taken out by name. */
  readonly taken: Taken;
  private readonly until: number;
  /** Only the values around this one: the same object twice is no circle. */
  private readonly parents: object[] = [];
  private left: number;
  private except: ReadonlySet<string> | undefined;

  constructor(limits: Limits, redaction: Redaction, taken: Taken = new Taken()) {
    this.limits = limits;
    this.redaction = redaction;
    this.taken = taken;
    this.left = limits.bytes;
    this.until = now() + (redaction.limits.time ?? LONGEST_TIME);
  }

  /** `except` names members of the outermost object that are left out. */
  copy(value: unknown, except?: ReadonlySet<string>): Json {
    this.except = except;
    return this.visit(value, undefined);
  }

  private visit(value: unknown, name: string | undefined): Json {
    this.left -= PUNCTUATION;
    if (typeof value === 'object' && value !== null) return this.object(value, name);
    if (typeof value === 'string') return this.text(value, name);
    if (typeof value === 'boolean') return value;
    if (typeof value === 'number') {
      if (isCardNumber(value)) return REDACTED;
      // JSON has no -0.
      return Number.isFinite(value) ? value || 0 : String(value);
    }
    if (typeof value === 'bigint')
      return isShort(value) ? this.text(String(value), name) : '[bigint]';
    if (typeof value === 'symbol') return this.text(String(value), name);
    return typeof value === 'function' ? '[function]' : null;
  }

  private object(value: object, name: string | undefined): Json {
    if (this.parents.length >= this.limits.depth) return '[deep]';
    // The outermost object may have members that are never cut.
    const hasRoom = this.left > 0 || (this.parents.length === 0 && this.redaction.kept.size > 0);
    if (!hasRoom || now() > this.until) return CUT;
    if (this.parents.includes(value)) return '[circular]';
    this.parents.push(value);
    try {
      return this.parts(value, name);
    } catch {
      return UNREADABLE;
    } finally {
      this.parents.pop();
    }
  }

  private parts(value: object, name: string | undefined): Json {
    if (Array.isArray(value)) return this.list(value, value.length);
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) {
      return `[${value.byteLength} bytes]`;
    }
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
    if (value instanceof URL || value instanceof URLSearchParams || value instanceof RegExp) {
      return this.text(String(value), name);
    }
    if (value instanceof Map || isEntries(value)) return this.pairs(value);
    if (value instanceof Set) return this.list(firstOf(value, this.limits.width), value.size);
    const inner = unboxed(value);
    if (inner !== undefined) return this.visit(inner, name);
    return this.members(value);
  }

  private members(value: object): Json {
    const own = Object.keys(value).filter(
      (key) => this.parents.length > 1 || this.except?.has(key) !== true,
    );
    // What an error says of itself does not show in an enumeration.
    const hidden = isThrown(value) ? ['name', 'message', 'stack', 'cause', 'errors'] : [];
    const all = [...hidden, ...own.filter((key) => !hidden.includes(key))];
    const { kept } = this.redaction;
    const isWide = all.length > this.limits.width;
    const keys = isWide ? firstNames(all, this.limits.width, kept) : all;
    const members: Member[] = [];
    const unreadable: string[] = [];
    for (const key of keys) {
      try {
        const one = (value as Record<string, unknown>)[key];
        if (one !== undefined) members.push({ key, value: one, rank: rankOf(key, one, kept) });
      } catch {
        unreadable.push(key);
      }
    }
    const done = this.inOrderOfRank(this.withoutSecretCells(members));
    const out: Record<string, Json> = {};
    const order = isWide ? keys.toSorted((a, b) => all.indexOf(a) - all.indexOf(b)) : keys;
    for (const key of order) {
      if (unreadable.includes(key)) this.put(out, key, UNREADABLE);
      const one = done.get(key);
      if (one !== undefined) this.put(out, key, one);
    }
    if (isWide || done.size < members.length) out['…'] = CUT;
    return out;
  }

  /** `{ columns: ['id', 'password'], rows: [[7, '…']] }` */
  private withoutSecretCells(members: readonly Member[]): readonly Member[] {
    const found = members.length < 30 ? secretCells(members, this.redaction.names) : undefined;
    if (found === undefined) return members;
    const { width } = this.limits;
    const cells = (row: readonly unknown[]): unknown[] =>
      row.slice(0, width).map((one, index) => (found.secret.has(index) ? this.redacted(one) : one));
    const rows = found.rows.slice(0, width).map((row) => (Array.isArray(row) ? cells(row) : row));
    return members.map((one) => (one.key === found.key ? { ...one, value: rows } : one));
  }

  /** Visits the most important members first, each object within a fair share of what is left. */
  private inOrderOfRank(members: readonly Member[]): Map<string, Json> {
    const done = new Map<string, Json>();
    const isSecret = members.length < 30 && holdsSecret(members, this.redaction.names);
    const sorted = members.length > 1 ? members.toSorted(compare) : members;
    for (const [index, { key, value, rank }] of sorted.entries()) {
      if (this.left <= 0 && rank > 0) break;
      this.left -= key.length;
      const hides = isSecret && roleOf(key) === 'value';
      done.set(
        key,
        this.within(rank, sorted.length - index, () => this.member(key, value, hides)),
      );
    }
    return done;
  }

  /** Runs `visit` with a share of the bytes that are left; one that is never cut has all it needs. */
  private within(rank: number, others: number, visit: () => Json): Json {
    const { left } = this;
    if (rank > 0 && rank < 4) return visit();
    const share = rank === 0 ? MOST_KEPT : Math.max(Math.floor(left / others), Math.min(left, 500));
    this.left = share;
    const made = visit();
    this.left += left - share;
    return made;
  }

  private member(key: string, value: unknown, isSecret: boolean): Json {
    const { names, hashed, hashKey } = this.redaction;
    if (
      hashed.size > 0 &&
      hashed.has(fold(key)) &&
      (typeof value === 'string' || typeof value === 'number')
    ) {
      this.left -= PUNCTUATION + 18;
      return `[${keyedHash(String(value), hashKey)}]`;
    }
    const hides = isSecret || names.hides(key, value);
    return hides && value !== null && value !== '' ? this.redacted(value) : this.visit(value, key);
  }

  private list(items: readonly unknown[], length: number): Json {
    const out: Json[] = [];
    const end = Math.min(items.length, this.limits.width);
    const shown = Array.from({ length: end }, (_, index) => items[index]);
    const secrets = secretsInList(shown, this.redaction.names);
    for (let index = 0; index < end && this.left > 0; index++) {
      const one = shown[index];
      const rank = typeof one === 'object' ? 5 : 2;
      out.push(
        secrets?.has(index) === true
          ? this.redacted(one)
          : this.within(rank, Math.min(end - index, 4), () => this.visit(one, undefined)),
      );
    }
    if (out.length < length) out.push(`[${length - out.length} more]`);
    return out;
  }

  private pairs(entries: Iterable<unknown>): Json {
    const out: Record<string, Json> = {};
    for (const [key, value] of firstOf(entries, this.limits.width) as [unknown, unknown][]) {
      if (this.left <= 0) break;
      const name = typeof key === 'object' && key !== null ? '[object]' : String(key);
      this.left -= name.length;
      this.put(out, name, this.member(name, value, false));
    }
    return out;
  }

  private put(out: Record<string, Json>, key: string, value: Json): void {
    const name = plainName.test(key)
      ? key
      : redactText(key, LONGEST_KEY, { redaction: this.redaction });
    this.left -= Math.max(0, bytesOf(name) - key.length);
    // Assigning to `__proto__` would change the object instead of filling it.
    const property = { value, enumerable: true, configurable: true, writable: true };
    Object.defineProperty(out, name, property);
  }

  private text(value: string, name: string | undefined): string {
    const rules = { redaction: this.redaction, taken: this.taken, name };
    let longest = Math.max(0, Math.min(this.limits.text, this.left));
    let clean = redactText(value, longest, rules);
    let bytes = bytesOf(clean);
    // Signs of other scripts take several bytes, control characters six.
    if (bytes > this.left) {
      longest = Math.floor((longest * Math.max(0, this.left)) / bytes / 2);
      clean = redactText(value, longest, rules);
      bytes = bytesOf(clean);
    }
    this.left -= bytes;
    return clean;
  }

  private redacted(value: unknown): string {
    this.taken.addAll(value);
    this.left -= PUNCTUATION + REDACTED.length;
    return REDACTED;
  }
}

// Names in which nothing can hide.
const plainName = /^[A-Za-z_$-]{1,30}\d{0,3}$/;
