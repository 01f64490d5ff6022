/** Reading what was thrown: any property may be missing, anything, or a getter that throws. */
import { isObject, typeName } from '../verdict/error-like.ts';

const MOST_CAUSES = 10;
const MOST_MEMBERS = 5;
const MOST_NAMES = 20;

/** A property, or `undefined` where it cannot be read. */
export function read(value: unknown, property: string): unknown {
  if (!isObject(value)) return undefined;
  try {
    return (value as Record<string, unknown>)[property];
  } catch {
    return undefined;
  }
}

/** The name of its class, or what `typeof` says. */
export function typeOf(error: unknown): string {
  if (error === null) return 'null';
  if (typeof error !== 'object') return typeof error;
  try {
    const name = typeName(error);
    // A name is part of log lines and alerts: only what a class could be called.
    if (/^[\w$.:[\]-]+$/.test(name)) return name;
  } catch {
    // Unreadable: then only what is known of all of them.
  }
  return typeof read(error, 'message') === 'string' ? 'Error' : 'Object';
}

/** A string or number in `code`. */
export function codeOf(error: unknown): string | undefined {
  const code = read(error, 'code');
  if (typeof code === 'number') return String(code);
  return typeof code === 'string' && /^[\w.:/-]{1,64}$/.test(code) ? code : undefined;
}

/** What it says of itself: a thrown text is its own message. */
export function messageOf(error: unknown): string | undefined {
  const message = isObject(error) ? read(error, 'message') : error;
  if (typeof message === 'number' || typeof message === 'bigint') return String(message);
  return typeof message === 'string' ? message : undefined;
}

/** A status of HTTP: its own, or that of the answer that it is about. */
export function statusOf(error: unknown): number | undefined {
  for (const status of [
    read(error, 'status'),
    read(error, 'statusCode'),
    read(read(error, 'response'), 'status'),
    read(read(error, '$metadata'), 'httpStatusCode'),
  ]) {
    if (typeof status === 'number' && Number.isInteger(status)) return status;
  }
  return undefined;
}

/** What a thrown object without a message is told by: the names of its members, or of those of its first item. */
export function shapeOf(error: unknown): string {
  if (!isObject(error)) return '';
  try {
    const one: unknown = Array.isArray(error) ? (error[0] as unknown) : error;
    if (!isObject(one)) return typeof one;
    return Object.keys(one).slice(0, MOST_NAMES).toSorted().join(' ');
  } catch {
    return '';
  }
}

/** The causes, nearest first, at most 10. */
export function chainOf(error: unknown): unknown[] {
  const causes: unknown[] = [];
  for (let one = error; causes.length < MOST_CAUSES;) {
    one = read(one, 'cause');
    if (one === undefined || one === null || one === error || causes.includes(one)) break;
    causes.push(one);
  }
  return causes;
}

/** The errors of an aggregate, the first of them. */
export function membersOf(error: unknown, most: number = MOST_MEMBERS): unknown[] {
  try {
    const errors = read(error, 'errors');
    return Array.isArray(errors) ? errors.slice(0, most) : [];
  } catch {
    return [];
  }
}

/** The causes; where there is none, the first errors of an aggregate. */
export function causesOf(error: unknown): unknown[] {
  const causes = chainOf(error);
  return causes.length > 0 ? causes : membersOf(error);
}
