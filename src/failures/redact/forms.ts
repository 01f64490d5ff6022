/** Small questions about values of any form. */
const LONGEST_NAME = 100;

export function isThrown(value: object): value is Error & { errors?: unknown } {
  const { message, stack } = value as { message?: unknown; stack?: unknown };
  return typeof message === 'string' && typeof stack === 'string';
}

export function isHeaders(value: object): value is Iterable<unknown> {
  const { forEach, getSetCookie } = value as { forEach?: unknown; getSetCookie?: unknown };
  return typeof forEach === 'function' && typeof getSetCookie === 'function';
}

export function nameIn(value: object): string | undefined {
  if (!('value' in value)) return undefined;
  const { name, key } = value as { name?: unknown; key?: unknown };
  const named = name ?? key;
  return typeof named === 'string' && named.length <= LONGEST_NAME ? named : undefined;
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

/** `User-Id`, `user_id` and `userId` are one name. */
export function fold(key: string): string {
  return key.toLowerCase().replace(/[^a-z\d]/g, '');
}
