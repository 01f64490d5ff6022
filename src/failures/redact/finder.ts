/** What the searches in one text share. */
import { isLetter } from '../characters.ts';
import { BACKSLASH, isBlank, isNameChar, isQuote } from './extent.ts';
import { isNoValue } from './judge.ts';
import type { Names, Sensitivity } from './names.ts';

/** Part of a text that must not be shown, and what it is; '' for the value of a name. */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly what: string;
}

const LONGEST_NAME = 64;

/** One text, and what is found in it. */
export class Finder {
  readonly text: string;
  readonly names: Names;
  readonly spans: Span[];

  constructor(text: string, names: Names, spans: Span[]) {
    this.text = text;
    this.names = names;
    this.spans = spans;
  }

  /** Takes what stands from `start` to `end`, without the quotes around it, so that JSON still looks like it. */
  add(start: number, end: number, what = ''): number {
    const { text } = this;
    let from = start;
    let to = end;
    while (from < to && text.charCodeAt(from) === BACKSLASH) from++;
    if (to - from > 1 && isQuote(text.charCodeAt(from)) && text[from] === text[to - 1]) {
      from++;
      to--;
      while (to > from && text.charCodeAt(to - 1) === BACKSLASH) to--;
    } else from = start;
    if (to > from) this.spans.push({ start: from, end: to, what });
    return end;
  }

  /** The same, unless what stands there says itself that there is nothing. */
  addValue(start: number, end: number): number {
    return end - start < 100 && isNoValue(this.text.slice(start, end)) ? 0 : this.add(start, end);
  }

  /** The name that ends before `index`, behind blanks, closing quotes and brackets: `"token" :`, `(password)=`. */
  nameBefore(index: number): string {
    const end = this.endOfName(index);
    return this.text.slice(this.startOfName(end), end);
  }

  endOfName(index: number): number {
    const { text } = this;
    let end = index;
    while (end > 0 && isBlank(text.charCodeAt(end - 1))) end--;
    for (let skipped = 0; skipped < 5 && end > 0; skipped++) {
      const char = text.charCodeAt(end - 1);
      // `password[]=`
      const isPair = char === 91 && text.charCodeAt(end) === 93;
      if (char !== BACKSLASH && char !== 41 && char !== 93 && !isPair && !isQuote(char)) break;
      end--;
    }
    return end;
  }

  startOfName(end: number): number {
    const { text } = this;
    let start = end;
    while (end - start < LONGEST_NAME && isNameChar(text.charCodeAt(start - 1))) start--;
    // A name begins with a letter: not with the dashes of a flag, nor with the dot of a path.
    while (start < end && !isLetter(text.charCodeAt(start))) start++;
    return start;
  }

  levelOf(name: string, nameStart: number): Sensitivity {
    const { text } = this;
    let end = nameStart;
    return this.names.levelOfLast(name, () => {
      // `mot de passe`, `parola d'ordine`
      if (end < 2 || !(isBlank(text.charCodeAt(end - 1)) || text[end - 1] === "'")) return '';
      const before = end - 1;
      end = this.startOfName(before);
      return text.slice(end, before);
    });
  }

  /** What a parser says of tokens of its own. */
  isGrammar(name: string, nameStart: number): boolean {
    if (!/^tokens?$/i.test(name)) return false;
    return /(?:unexpected|expected|illegal|invalid|unknown|missing|bad|next|extra|reserved|got)[ \t]+$/i.test(
      this.text.slice(Math.max(0, nameStart - 14), nameStart),
    );
  }
}
