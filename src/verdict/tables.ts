/** The rows of all sources by what they are told by, each put together when it is first asked. */
import { proven, sources } from '#sources';
import { Index, type Reader, type Rows, type Source } from './rows.ts';
import type { Verdict } from './verdict.ts';

export { links } from '#sources';
export { proven };

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}

function merged(property: keyof Rows): Index {
  const all = new Index();
  for (const one of sources) {
    const rows = one[property];
    if (rows !== undefined) all.add(one.source, rows, property);
  }
  return all;
}

export const byCode: () => Index = once(() => merged('code'));
export const byType: () => Index = once(() => merged('type'));
export const byMessage: () => Index = once(() => merged('message'));
export const byName: () => Index = once(() => merged('name'));
export const byPrefix: () => Beginnings = once(() => new Beginnings(merged('prefix')));
export const byBeginning: () => Beginnings = once(() => new Beginnings(merged('beginning')));

/** Who has an eye on a member of an error. */
export const readersOf: () => ReadonlyMap<string, readonly Reader[]> = once(() => {
  const all = new Map<string, Reader[]>();
  for (const { keys = [], read } of sources)
    if (read !== undefined) for (const key of keys) all.set(key, [...(all.get(key) ?? []), read]);
  return all;
});

/** Who has an eye on names. */
export const readersOfNames: () => readonly Source[] = once(() =>
  sources.filter(({ names }) => names !== undefined),
);

/** Who has an eye on messages. */
export const readersOfMessages: () => readonly Source[] = once(() =>
  sources.filter(({ readMessage }) => readMessage !== undefined),
);

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
