/** What comes first where not all of a value has room: by what it says, never by the order of its members. */
import { fold } from './names.ts';

/** What errors, events and requests are told by. */
const telling = new Set(
  `name message code type kind status statusCode id error errors cause stack fingerprint severity source requestId traceId
   spanId route method path pipeline policy attempt reason time event level service version userId`.split(
    /\s+/,
  ),
);

const SHORT = 100;

/** One member that was read. */
export interface Member {
  readonly key: string;
  readonly value: unknown;
  /** The less, the sooner. */
  readonly rank: number;
}

/** 0: named by the caller; 1: telling by its name; 2: short; 3: long; 4: an object. */
export function rankOf(key: string, value: unknown, kept: ReadonlySet<string>): number {
  if (isKept(key, kept)) return 0;
  if (typeof value === 'object' && value !== null) return telling.has(key) ? 4 : 5;
  if (telling.has(key)) return 1;
  return typeof value === 'string' && value.length > SHORT ? 3 : 2;
}

function isKept(key: string, kept: ReadonlySet<string>): boolean {
  return kept.size > 0 && key.length <= SHORT && kept.has(fold(key));
}

/** The most important first; of equals the shorter text, then by name. */
export function compare(one: Member, other: Member): number {
  return (
    one.rank - other.rank ||
    sizeOf(one.value) - sizeOf(other.value) ||
    (one.key < other.key ? -1 : 1)
  );
}

function sizeOf(value: unknown): number {
  return typeof value === 'string' && value.length > SHORT ? value.length : 0;
}

/** The `most` names that come first, without a look at their values. */
export function firstNames(
  keys: readonly string[],
  most: number,
  kept: ReadonlySet<string>,
): string[] {
  const first: string[] = [];
  const others: string[] = [];
  for (const key of keys) {
    if (isKept(key, kept)) first.unshift(key);
    else if (telling.has(key)) first.push(key);
    else insert(others, key, most);
  }
  return [...first, ...others].slice(0, Math.max(most, kept.size));
}

/** Keeps the `most` names that come first in the alphabet, in order. */
function insert(sorted: string[], key: string, most: number): void {
  if (sorted.length >= most && key >= (sorted.at(-1) as string)) return;
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as string) < key) low = middle + 1;
    else high = middle;
  }
  sorted.splice(low, 0, key);
  if (sorted.length > most) sorted.pop();
}
