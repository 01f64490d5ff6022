/** What an application wants to be shown is shown whole, or refused: nothing of it is dropped without a word. */
import { isObject } from '../../verdict/error-like.ts';
import type { FieldError, PublicErrorOptions } from '../public-error.ts';

export function isFailedStatus(status: unknown): status is number {
  return typeof status === 'number' && Number.isInteger(status) && status >= 400 && status <= 599;
}

export function isCode(code: unknown): code is string {
  return typeof code === 'string' && /^[\w.-]{1,64}$/.test(code);
}

type Member = Exclude<keyof PublicErrorOptions, 'cause'> | 'detail';

const isText = (value: unknown): boolean => typeof value === 'string';

/** What each member may be, and how that is said. */
const members: Readonly<Record<Member, readonly [(value: unknown) => boolean, string]>> = {
  status: [isFailedStatus, 'a whole number from 400 to 599'],
  code: [isCode, '1 to 64 letters, digits, `-`, `_` and `.`'],
  type: [isText, 'a text'],
  title: [isText, 'a text'],
  detail: [isText, 'a text'],
  payload: [(value) => isObject(value) && !Array.isArray(value), 'an object'],
  errors: [Array.isArray, 'a list'],
  retryAfter: [
    (value) => typeof value === 'number' && value >= 0,
    'a number of milliseconds from 0',
  ],
  headers: [
    (value) => isObject(value) && !Array.isArray(value) && Object.entries(value).every(isHeader),
    'an object with `WWW-Authenticate`, `Allow` or `Content-Range`, each a line of visible ASCII',
  ],
};

/** One line of visible ASCII. */
export function isHeaderValue(value: unknown): value is string {
  return typeof value === 'string' && /^[\x20-\x7e]{1,500}$/.test(value);
}

/** Whether it is one of those that an answer may need, as it can be sent. */
function isHeader([name, value]: readonly [string, unknown]): boolean {
  return /^(?:www-authenticate|allow|content-range)$/i.test(name) && isHeaderValue(value);
}

/**
 * Returns `given` when every member of it can be shown. Throws a `RangeError` for a status that is no failure, a `TypeError`
 * for everything else. `extra` is a member that `by` knows besides.
 */
export function checkAnswer<Given extends object>(
  by: string,
  given: Given,
  ...extra: readonly string[]
): Given {
  if (!isObject(given) || Array.isArray(given)) throw new TypeError(`${by}: expected an object.`);
  for (const [name, value] of Object.entries(given)) {
    if (extra.includes(name) || value === undefined) continue;
    if (!Object.hasOwn(members, name)) {
      const all = [
        ...Object.keys(members).filter((one) => by !== 'PublicError' || one !== 'detail'),
        ...extra,
      ];
      throw new TypeError(`${by}: there is no \`${name.slice(0, 64)}\`. It has ${all.join(', ')}.`);
    }
    const [fits, expected] = members[name as Member];
    if (fits(value)) continue;
    const message = `${by}: expected \`${name}\` to be ${expected}.`;
    throw name === 'status' ? new RangeError(message) : new TypeError(message);
  }
  const { errors } = given as { errors?: readonly unknown[] };
  errors?.forEach((error) => fieldErrorOf(by, error));
  return given;
}

const fieldMembers = new Set<string>([
  'detail',
  'pointer',
  'parameter',
  'code',
] satisfies (keyof FieldError)[]);

/** Returns `given` when it is one thing that is wrong with a request. */
export function fieldErrorOf(by: string, given: unknown): FieldError {
  const form = '`{ detail, pointer?, parameter?, code? }`';
  if (!isObject(given)) throw new TypeError(`${by}: expected each of \`errors\` to be ${form}.`);
  for (const [name, value] of Object.entries(given)) {
    if (!fieldMembers.has(name)) {
      throw new TypeError(
        `${by}: expected each of \`errors\` to be ${form}, got \`${name.slice(0, 64)}\`.`,
      );
    }
    const [fits, expected] = name === 'code' ? members.code : members.detail;
    if (value !== undefined && !fits(value)) {
      throw new TypeError(`${by}: expected \`${name}\` of an error to be ${expected}.`);
    }
  }
  const { detail } = given as { detail?: unknown };
  if (typeof detail !== 'string' || detail === '') {
    throw new TypeError(`${by}: expected each of \`errors\` to have a \`detail\`.`);
  }
  return given as FieldError;
}
