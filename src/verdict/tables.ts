/** The rows of all sources by what they are told by, each put together when it is first asked. */
import { proven, sources } from '#sources';
import { Index, type Reader, type Rows } from './rows.ts';
import type { Verdict } from './verdict.ts';

export { links } from '#sources';
export { proven, sources };

function merged(property: keyof Rows): Index {
  const all = new Index();
  for (const one of sources) {
    const rows = one[property];
    if (rows !== undefined) all.add(one.source, rows, property);
  }
  return all;
}

let codes: Index | undefined;
let types: Index | undefined;
let messages: Index | undefined;
let names: Index | undefined;
let prefixes: Beginnings | undefined;
let beginnings: Beginnings | undefined;
let readers: ReadonlyMap<string, readonly Reader[]> | undefined;

export const byCode = (): Index => (codes ??= merged('code'));
export const byType = (): Index => (types ??= merged('type'));
export const byMessage = (): Index => (messages ??= merged('message'));
export const byName = (): Index => (names ??= merged('name'));
export const byPrefix = (): Beginnings => (prefixes ??= new Beginnings(merged('prefix')));
export const byBeginning = (): Beginnings => (beginnings ??= new Beginnings(merged('beginning')));

/** Who has an eye on which member of an error. */
export function readersByKey(): ReadonlyMap<string, readonly Reader[]> {
  if (readers !== undefined) return readers;
  const all = new Map<string, Reader[]>();
  for (const { keys = [], read } of sources)
    if (read !== undefined) for (const key of keys) all.set(key, [...(all.get(key) ?? []), read]);
  return (readers = all);
}

/** Words by their first character. */
class Beginnings {
  private readonly all: Index;
  private readonly byFirst: Map<number, string[]> = new Map();

  constructor(all: Index) {
    this.all = all;
    for (const word of all.words()) {
      const text = String(word);
      const others = this.byFirst.get(text.charCodeAt(0));
      if (others === undefined) this.byFirst.set(text.charCodeAt(0), [text]);
      else others.push(text);
    }
  }

  of(text: string): Verdict | undefined {
    const candidates = this.byFirst.get(text.charCodeAt(0));
    const word = candidates?.find((begin) => text.startsWith(begin));
    return word === undefined ? undefined : this.all.get(word);
  }
}
