/** The rows of all sources by what they are told by, put together when the first failure is asked about. */
import { proven, sources } from '#sources';
import { type Index, indexOf, recoded, type Rows, type Source } from './rows.ts';
import type { Verdict } from './verdict.ts';

export { links } from '#sources';
export { proven };

type Beginnings = ReadonlyMap<number, readonly (readonly [string, Verdict])[]>;

interface Tables {
  readonly code: Index;
  readonly type: Index;
  readonly message: Index;
  readonly name: Index;
  /** By the first character. */
  readonly prefix: Beginnings;
  readonly beginning: Beginnings;
  readonly read: readonly NonNullable<Source['read']>[];
}

let made: Tables | undefined;

export function tables(): Tables {
  return (made ??= {
    code: merged('code'),
    type: merged('type'),
    message: merged('message'),
    name: merged('name'),
    prefix: byFirst(merged('prefix')),
    beginning: byFirst(merged('beginning')),
    read: sources.flatMap(({ read }) => read ?? []),
  });
}

/** The first source that has a word keeps it. */
function merged(property: keyof Rows): Index {
  const all: Index = new Map();
  for (const one of sources) {
    const rows = one[property];
    if (rows === undefined) continue;
    for (const [word, known] of indexOf(one.source, rows, property))
      if (!all.has(word)) all.set(word, known);
  }
  return all;
}

function byFirst(index: Index): Beginnings {
  const found = new Map<number, [string, Verdict][]>();
  for (const [word, known] of index) {
    const text = String(word);
    const first = text.charCodeAt(0);
    const others = found.get(first);
    if (others === undefined) found.set(first, [[text, known]]);
    else others.push([text, known]);
  }
  return found;
}

export function beginningOf(text: string, all: Beginnings): Verdict | undefined {
  if (text === '') return undefined;
  const candidates = all.get(text.charCodeAt(0));
  if (candidates === undefined) return undefined;
  for (const [begin, known] of candidates) if (text.startsWith(begin)) return known;
  return undefined;
}

/** A code whose beginning tells, under the whole of it. */
export function ofPrefix(code: string): Verdict | undefined {
  return recoded(beginningOf(code, tables().prefix), code);
}
