/** Small questions about values of any form. */
import { findCommands } from './commands.ts';
import { Finder, type Span } from './finder.ts';
import { type Names } from './names.ts';
import { namesSecret, roleOf } from './pairs.ts';

export function isThrown(value: object): value is Error & { errors?: unknown } {
  const { message, stack } = value as { message?: unknown; stack?: unknown };
  return typeof message === 'string' && typeof stack === 'string';
}

/** `Headers`, `FormData` and what is like them: entries of names and values. */
export function isEntries(value: object): value is Iterable<unknown> {
  const { forEach, getSetCookie, getAll, entries } = value as {
    forEach?: unknown;
    getSetCookie?: unknown;
    getAll?: unknown;
    entries?: unknown;
  };
  return (
    typeof forEach === 'function' &&
    typeof entries === 'function' &&
    (typeof getSetCookie === 'function' || typeof getAll === 'function')
  );
}

/** What `String`, `Number` and the like have around a value, of this realm or another. */
export function unboxed(value: object): unknown {
  const tag = Object.prototype.toString.call(value);
  switch (tag) {
    case '[object String]':
      return String.prototype.toString.call(value);
    case '[object Number]':
      return Number.prototype.valueOf.call(value);
    case '[object Boolean]':
      return Boolean.prototype.valueOf.call(value);
    case '[object BigInt]':
      return BigInt.prototype.valueOf.call(value);
    case '[object Symbol]':
      return Symbol.prototype.valueOf.call(value);
    default:
      return undefined;
  }
}

/** Whether it is an object whose `value` belongs to the name of a secret: `{ property: 'password', value: '…' }`. */
export function holdsSecret(
  members: readonly { key: string; value: unknown }[],
  names: Names,
): boolean {
  return members.some(({ key, value }) => roleOf(key) === 'name' && saysSecret(value, names));
}

/** Also a path: `['body', 'password']`. */
function saysSecret(value: unknown, names: Names): boolean {
  if (typeof value === 'string') return namesSecret(value, names);
  if (!Array.isArray(value) || value.length > 50) return false;
  return value.some((part) => typeof part === 'string' && namesSecret(part, names));
}

const header = /^(?:proxy-)?authorization$|^(?:set-)?cookie2?$|^x-[\w-]+$/i;
const command = /^(?:auth|requirepass|masterauth)$/i;
const option = /^--?\p{L}[\p{L}\p{N}\p{M}_-]+$/u;

/** For a list of texts: whether each is the value of the name before it. */
export function secretsInList(
  items: readonly unknown[],
  names: Names,
): ReadonlySet<number> | undefined {
  let found: Set<number> | undefined;
  const isPair = items.length === 2;
  for (let index = 1; index < items.length; index++) {
    const name = items[index - 1];
    if (typeof name !== 'string' || name.length > 100) continue;
    const isNamed =
      // Raw headers alternate; entries are pairs; arguments of commands follow their option.
      (index % 2 === 1 && header.test(name) && names.hides(name, '')) ||
      (isPair && isEntry(name, items[1], names)) ||
      (option.test(name) &&
        names.level(name.replace(/^-+/, '')) > 0 &&
        !String(items[index]).startsWith('-')) ||
      (items.length > 1 && command.test(name) && name === name.toUpperCase());
    if (isNamed) (found ??= new Set()).add(index);
  }
  return inArguments(items, names, found);
}

const program = /^[\w./\\-]{2,200}$/;
const MOST_ARGUMENTS = 100;

/** `['curl', '-u', 'ann:…']` is a command like any other, taken apart. */
function inArguments(
  items: readonly unknown[],
  names: Names,
  known: Set<number> | undefined,
): ReadonlySet<number> | undefined {
  const [first] = items;
  if (items.length < 2 || items.length > MOST_ARGUMENTS) return known;
  if (typeof first !== 'string' || !program.test(first)) return known;
  if (!items.every((item) => typeof item === 'string' && item.length < 1_000)) return known;
  const spans: Span[] = [];
  findCommands(new Finder(items.join(' '), names, spans));
  if (spans.length === 0) return known;
  const found = new Set(known);
  let start = 0;
  for (const [index, item] of (items as readonly string[]).entries()) {
    const end = start + item.length;
    if (spans.some((span) => span.start < end && span.end > start)) found.add(index);
    start = end + 1;
  }
  return found;
}

function isEntry(name: string, value: unknown, names: Names): boolean {
  if (/\s/.test(name)) return false;
  const level = names.level(name);
  if (level === 2) return true;
  // `['auth', 'billing']` may be two tags.
  return level === 1 && !(typeof value === 'string' && /^[a-z]{1,20}$/.test(value));
}

export function firstOf<T>(items: Iterable<T>, most: number): T[] {
  const first: T[] = [];
  for (const item of items) {
    if (first.length >= most) break;
    first.push(item);
  }
  return first;
}

export function isShort(value: bigint): boolean {
  return value > -(10n ** 40n) && value < 10n ** 40n;
}

export function bytesOf(text: string): number {
  return Buffer.byteLength(JSON.stringify(text));
}
