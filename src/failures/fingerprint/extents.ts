/** Where the pieces of a message end. */
import { endsWord, isLetter, isWide } from '../characters.ts';

const APOSTROPHE = 39;

/** Where the value behind a `=` ends. */
export function endOfValue(text: string, start: number): number {
  let end = start;
  for (; end < text.length; end++) {
    const char = text.charCodeAt(end);
    if (endsWord(char) || char === APOSTROPHE || char === 38) break;
  }
  return end;
}

/** Where the address ends whose `://` is at `mark`: commas and brackets are part of it. */
export function endOfAddress(text: string, mark: number): number {
  const end = text.slice(mark).search(/[\s"'`<>]/);
  return end === -1 ? text.length : mark + end;
}

/** Where the word ends that begins at `start`. An apostrophe between letters is part of it. */
export function endOfWord(text: string, start: number): number {
  let end = start + 1;
  for (; end < text.length; end++) {
    const char = text.charCodeAt(end);
    if (isLetter(char)) {
      if (char > 127 && isWide(char)) break;
    } else if (char === APOSTROPHE) {
      if (!isLetter(text.charCodeAt(end + 1)) || !isLetter(text.charCodeAt(end - 1))) break;
    } else if (endsWord(char)) break;
  }
  return end;
}

/** Where the signs end that begin at `start`. */
export function endOfSigns(text: string, start: number): number {
  let end = start + 1;
  for (; end < text.length; end++) {
    const char = text.charCodeAt(end);
    if (isLetter(char) || char === APOSTROPHE || endsWord(char)) break;
  }
  return end;
}

/** `.`, `:`, `!` and `?`. */
export function isPunctuation(char: number): boolean {
  return char === 46 || char === 58 || char === 33 || char === 63;
}
