/** What the pieces of a message are, and which of them are lists. */

export const VARIABLE = '?';

// What a piece is. Lists are told by what stands between their members.
export const SPACE = 0;
export const SEPARATOR = 1;
export const VALUE = 2;
export const WORD = 3;
export const SIGN = 4;
export type Kind = typeof SPACE | typeof SEPARATOR | typeof VALUE | typeof WORD | typeof SIGN;

/** Words in a row: with commas and `and` or `or` between them, or with commas behind a colon. */
export function takeLists(kinds: Kind[], pieces: string[]): void {
  if (!kinds.includes(SEPARATOR)) return;
  for (let start = 0; start < kinds.length; start++) {
    if (kinds[start] !== WORD && kinds[start] !== VALUE) continue;
    const end = endOfList(kinds, start);
    const isBehindColon = kinds[start - 1] === SPACE && pieces[start - 2] === ':';
    if (end > start + 1 && (isBehindColon || isClosed(kinds, pieces, start, end))) {
      pieces.splice(start, end - start, VARIABLE);
      kinds.splice(start, end - start, VALUE);
    } else start = end - 1;
  }
}

/** Behind the last member of the list that begins at `start`. */
function endOfList(kinds: readonly Kind[], start: number): number {
  for (let end = start + 1; ;) {
    let next = end;
    let separators = 0;
    for (; kinds[next] === SPACE || kinds[next] === SEPARATOR; next++) {
      if (kinds[next] === SEPARATOR) separators++;
    }
    if (separators === 0 || (kinds[next] !== WORD && kinds[next] !== VALUE)) return end;
    end = next + 1;
  }
}

/** `red, green or blue`, as opposed to the clauses of a sentence: `no such file or directory, open`. */
function isClosed(
  kinds: readonly Kind[],
  pieces: readonly string[],
  start: number,
  end: number,
): boolean {
  let members = 0;
  let conjunctions = 0;
  let isLast = false;
  for (let index = start; index < end; index++) {
    const kind = kinds[index];
    if (kind === WORD || kind === VALUE) members++;
    if (kind !== SEPARATOR) continue;
    // The last member has it in front of it.
    isLast = /^(?:and|or)$/.test(pieces[index] as string);
    if (isLast) conjunctions++;
  }
  return members > 2 && conjunctions > 0 && isLast;
}
