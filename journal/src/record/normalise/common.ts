/** What all protocols need. */
import { randomUUID } from 'node:crypto';
import { isDropped, withoutQuery } from '../personal.ts';
import { cutAt, type Fields, isFields, shownOf } from '../reading.ts';
import type { Draft } from '../record.ts';

/** A record with its secrets, as far as it takes to count it. */
export interface Normalised {
  readonly draft: Draft;
  /** The rest of it, which takes longer, and the values that may be nowhere in it: for those that are kept. */
  rest(): { readonly parts: Partial<Draft>; readonly hidden: ReadonlySet<string> };
}

/** What is known of a failure by whom it came from. */
export interface Arrival {
  /** Milliseconds since 1970. */
  readonly received: number;
  /** The HMAC of a user with the project's key. */
  hashUser(id: string): string;
}

const MOST_TAGS = 50;
const LONGEST_TAG_NAME = 64;
const LONGEST_TAG = 200;

/** 32 hexadecimal digits; a client that has no id gets one. */
export function idOf(value: unknown): string {
  const id = typeof value === 'string' ? value.replaceAll('-', '').toLowerCase() : '';
  return /^[\da-f]{32}$/.test(id) ? id : randomUUID().replaceAll('-', '');
}

/** An object, or pairs. */
export function tagsOf(value: unknown, cut: string[]): Record<string, string> {
  const pairs: unknown[] = Array.isArray(value)
    ? value
    : Object.entries(isFields(value) ? value : {});
  const tags: Record<string, string> = {};
  let count = 0;
  for (const pair of pairs) {
    const [name, text] = Array.isArray(pair) ? [shownOf(pair[0]), shownOf(pair[1], 2_000)] : [];
    if (name === undefined || text === undefined || isDropped(name) || name === '__proto__')
      continue;
    count += 1;
    if (count > MOST_TAGS) continue;
    const plain = withoutQuery(text);
    tags[name.length > LONGEST_TAG_NAME ? cutAt(name, LONGEST_TAG_NAME) : name] =
      plain.length > LONGEST_TAG ? cutAt(plain, LONGEST_TAG) : plain;
  }
  if (count > MOST_TAGS) cut.push(`tags: ${MOST_TAGS} of ${count}`);
  return tags;
}

/** By the id, else by what else the client knows of them; never the address that it asks the server to take. */
export function userOf(value: unknown, hashUser: (id: string) => string): string | undefined {
  const user: Fields = isFields(value) ? value : { id: value };
  for (const name of ['id', 'email', 'username', 'ip_address']) {
    const id = shownOf(user[name], 1_000);
    if (id !== undefined && id !== '{{auto}}') return hashUser(id);
  }
  return undefined;
}
