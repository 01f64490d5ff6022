/** Requests that do once what they do, however often they are executed. */

/** RFC 9110, 9.2.2: sent twice, they do what they do once. */
const idempotentMethods: ReadonlySet<string> = new Set([
  'GET',
  'HEAD',
  'OPTIONS',
  'PUT',
  'DELETE',
  'TRACE',
]);

/** No key: nothing between quotes and commas, or what a variable that holds none becomes as a text. */
const nothing = /^(?:[\s",]*|undefined|null|NaN|true|false|\[object \w*\])$/;

/** As clients make a text of what a header is given. */
const textOf: (value: unknown) => string = String;

/** Whether a header of this value is sent, and has a key in it. */
function isKey(value: unknown): boolean {
  if (value === undefined || value === null || value === false) return false;
  return Array.isArray(value) ? value.some(isKey) : !nothing.test(textOf(value).trim());
}

/**
 * Whether a request may be executed twice by its method, or by its `Idempotency-Key`.
 *
 * `headers` are in any of the forms that clients take: a record, pairs, or names and values by turns.
 */
export function isIdempotent(method: string, headers: unknown): boolean {
  if (idempotentMethods.has(method.toUpperCase())) return true;
  return pairs(headers).some(
    ([name, value]) => String(name).toLowerCase() === 'idempotency-key' && isKey(value),
  );
}

function pairs(headers: unknown): (readonly [name: unknown, value: unknown])[] {
  if (typeof headers !== 'object' || headers === null) return [];
  const { [Symbol.iterator]: each } = headers as { [Symbol.iterator]?: unknown };
  if (typeof each !== 'function') return Object.entries(headers);
  const given = [...(headers as Iterable<unknown>)];
  if (given.every((pair) => Array.isArray(pair))) return given as [unknown, unknown][];
  return given.flatMap((name, index) =>
    index % 2 === 0 ? [[name, given[index + 1]] as const] : [],
  );
}
