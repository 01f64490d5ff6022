/** Reads what clients send, which may be anything: a wrong type is the same as nothing. */

export type Fields = Readonly<Record<string, unknown>>;

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const fieldsOf = (value: unknown): Fields => (isFields(value) ? value : {});

export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** A list, or an object around one: clients differ. */
export const valuesOf = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? value : listOf(fieldsOf(value)['values']);

/** A text that says something, cut to `most` characters. */
export function textOf(value: unknown, most = 200): string | undefined {
  if (typeof value !== 'string') return undefined;
  const text = value.length > most ? cutAt(value, most) : value;
  return text.trim() === '' ? undefined : text;
}

/** The same for numbers and booleans, which stand where texts are meant. */
export function shownOf(value: unknown, most = 200): string | undefined {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return textOf(value, most);
}

/** A number, also where a client writes it as a text: 64 bits do not fit JSON's. */
export function numberOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

export const countOf = (value: unknown): number | undefined =>
  Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : undefined;

/** What a table says of a name that a client has chosen: `constructor` is none. */
export function ownOf<T>(table: Readonly<Record<string, T>>, name: unknown): T | undefined {
  return typeof name === 'string' && Object.hasOwn(table, name) ? table[name] : undefined;
}

/** `most` characters with a mark at the end, and no half of one. */
export function cutAt(text: string, most: number): string {
  const end = most - 1;
  const isHalf = /[\uD800-\uDBFF]/.test(text.charAt(end - 1));
  return `${text.slice(0, isHalf ? end - 1 : end)}…`;
}

/** A copy of `draft` without the fields that have no value. */
export function defined<T extends object>(draft: { [Field in keyof T]: T[Field] | undefined }): T {
  const copy: Partial<T> = {};
  for (const field in draft) if (draft[field] !== undefined) copy[field] = draft[field];
  return copy as T;
}
