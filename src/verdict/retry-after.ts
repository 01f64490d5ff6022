import { wall } from '../core/time.ts';

/** What the other side said about when to come back. */
export interface RetryHint {
  /** Milliseconds from now. */
  readonly after: number;
  /** True for `Retry-After` itself, false for a quota that will be filled up again (`RateLimit`). */
  readonly explicit: boolean;
}

// A wait of more than a year, of any number of digits, means: not soon (RFC 9110, 10.2.3). More would overflow timers.
const LONGEST = 366 * 86_400_000;
const MOST_HEADERS = 200;
const LONGEST_VALUE = 500;

/** Gives the value of a header, by its name in small letters. */
export type HeaderReader = (name: string) => string | undefined;

/** Reads `Retry-After` and its relatives. */
export function readRetryAfter(read: HeaderReader): RetryHint | undefined {
  // Milliseconds first: who sends both means the finer one.
  for (const name of ['retry-after-ms', 'x-ms-retry-after-ms', 'x-amz-retry-after']) {
    const ms = bounded(numeric(read(name)));
    if (ms !== undefined) return { after: ms, explicit: true };
  }
  const retryAfter = parseRetryAfter(read('retry-after'));
  if (retryAfter !== undefined) return { after: retryAfter, explicit: true };

  const reset =
    parseRateLimit(read('ratelimit')) ?? counted(read, 'ratelimit') ?? counted(read, 'x-ratelimit');
  return reset === undefined ? undefined : { after: reset, explicit: false };
}

/** A `Retry-After` value, in seconds or as an HTTP date, in milliseconds from now; `undefined` when it is neither. */
export function parseRetryAfter(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const seconds = numeric(value);
  if (seconds !== undefined) return bounded(seconds * 1_000);
  // Date.parse takes almost anything ("May 5", "x 1"), so only what begins like a date of HTTP, or of ISO 8601, gets there.
  if (
    !/^(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{0,6},? |\d{4}-\d\d-\d\dT)/i.test(value) ||
    value.length > 40
  )
    return undefined;
  // asctime has no zone and would be read as local time.
  const at = Date.parse(/(?:GMT|UTC|Z|[+-]\d\d:?\d\d)$/i.test(value) ? value : `${value} GMT`);
  return Number.isNaN(at) ? undefined : bounded(Math.max(0, at - wall()));
}

/** `"default";r=0;t=5` of the current draft, and `limit=10, remaining=0, reset=5` of the earlier ones. */
function parseRateLimit(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  let longest: number | undefined;
  for (const item of value.includes('reset=') ? [value] : value.split(',')) {
    // A quota that still has something left is not what the request ran into.
    if (/(?:^|[;,\s])(?:r|remaining)=[1-9]/.test(item)) continue;
    const seconds = numeric(/(?:^|[;,\s])(?:t|reset)=(\d+)/.exec(item)?.[1]);
    const after = seconds === undefined ? undefined : bounded(seconds * 1_000);
    if (after !== undefined && after > (longest ?? -1)) longest = after;
  }
  return longest;
}

/** `RateLimit-Remaining` and `RateLimit-Reset`, with or without `X-`: seconds from now, or (GitHub) of the epoch. */
function counted(read: HeaderReader, prefix: string): number | undefined {
  const remaining = numeric(read(`${prefix}-remaining`));
  const reset = numeric(read(`${prefix}-reset`));
  if (reset === undefined || (remaining ?? 0) > 0) return undefined;
  if (reset < 1e9) return bounded(reset * 1_000);
  return bounded(Math.max(0, (reset < 1e12 ? reset * 1_000 : reset) - wall()));
}

/** Of a `Headers`, a `Map`, a plain object in any case of letters, or a list of names and values, flat or in pairs. */
export function headerReader(headers: object): HeaderReader {
  const get: unknown = (headers as { get?: unknown }).get;
  if (typeof get === 'function' && !(headers instanceof Map))
    return (name) => text(get.call(headers, name));
  // One pass, keeping only names that could be meant.
  const wanted = new Map<string, unknown>();
  const keep = (name: unknown, value: unknown): void => {
    const key = text(name) ?? '';
    if (key.length >= 9 && key.length <= 21) wanted.set(key.toLowerCase(), value);
  };
  let seen = 0;
  if (Array.isArray(headers)) {
    const all = headers.slice(0, 2 * MOST_HEADERS) as unknown[];
    const flat = Array.isArray(all[0]) ? all.flat() : all;
    for (let index = 0; index < flat.length; index += 2) keep(flat[index], flat[index + 1]);
  } else if (headers instanceof Map) {
    for (const [name, value] of headers) if (++seen <= MOST_HEADERS) keep(name, value);
  } else {
    for (const name in headers) {
      if (++seen > MOST_HEADERS) break;
      keep(name, (headers as Record<string, unknown>)[name]);
    }
  }
  return (name) => text(wanted.get(name));
}

function text(value: unknown): string | undefined {
  const one: unknown = Array.isArray(value) ? value[0] : value;
  if (typeof one === 'number') return String(one);
  // undici keeps raw headers as bytes.
  if (one instanceof Uint8Array)
    return one.length <= LONGEST_VALUE ? new TextDecoder().decode(one).trim() : undefined;
  return typeof one === 'string' && one.length <= LONGEST_VALUE ? one.trim() : undefined;
}

function numeric(value: string | undefined): number | undefined {
  return value !== undefined && /^\d+(?:\.\d+)?$/.test(value) ? Number(value) : undefined;
}

function bounded(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : Math.min(ms, LONGEST);
}
