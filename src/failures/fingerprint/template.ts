/** A message without what changes from one time to the next. */
import { closingBrackets, isLetter, isSpace, isWide } from '../characters.ts';
import { endOfAddress, endOfSigns, endOfValue, endOfWord, isPunctuation } from './extents.ts';
import { type Kind, SEPARATOR, SIGN, SPACE, takeLists, VALUE, VARIABLE, WORD } from './lists.ts';
import { isQuote, isShort, Quotations } from './quotations.ts';
import {
  isDateName,
  isListOfValues,
  isLiteral,
  isNamedNumber,
  isNamedWord,
  isNaming,
  isStumbledOver,
  isTablePlace,
  isUnit,
  isVariable,
  knownPort,
  namedPath,
  paddingOf,
} from './words.ts';

/** So much of a message is read. Beyond it stand lists and dumps. */
const LONGEST_MESSAGE = 2_000;
const LONGEST_TEMPLATE = 400;

/**
 * Takes numbers, ids, quoted text, addresses, URLs, paths and lists out of a message.
 *
 * Two messages of the same failure have one template, those of different failures have different ones. Names stay:
 * `relation "users" does not exist` is another failure than `relation "orders" does not exist`. Linear in the message,
 * of which the first 2,000 characters are read.
 *
 * @example
 * ```ts
 * import { template } from 'kedge/failures';
 *
 * template('user 17 of 10.0.0.1 not found'); // 'user ? of ? not found'
 * ```
 */
export function template(message: string): string {
  if (message.length > LONGEST_KNOWN) return made(message);
  let known = templates.get(message);
  if (known === undefined) {
    known = made(message);
    if (templates.size >= MOST_TEMPLATES) templates.clear();
    templates.set(message, known);
  }
  return known;
}

// A failure that comes again mostly says the same.
const templates = new Map<string, string>();
const MOST_TEMPLATES = 500;
const LONGEST_KNOWN = 200;

function made(message: string): string {
  return withoutVariables(message.slice(0, LONGEST_MESSAGE)).slice(0, LONGEST_TEMPLATE);
}

/** The same for a text of any length. */
export function withoutVariables(text: string): string {
  return new Reader(text).read();
}

class Reader {
  private readonly text: string;
  private readonly pieces: string[] = [];
  private readonly kinds: Kind[] = [];
  /** Where the brackets that are open stand among the pieces. */
  private readonly open: number[] = [];
  private readonly quotations: Quotations;
  private brackets: Int32Array | undefined = undefined;
  /** Where the next `://` is; -1 where there is none. */
  private mark: number;
  private readonly isStatement: boolean;

  constructor(text: string) {
    this.text = text;
    this.quotations = new Quotations(text);
    this.mark = text.indexOf('://');
    this.isStatement = /\b(?:select|insert into|update|delete from)\b/i.test(text);
  }

  read(): string {
    const { text } = this;
    for (let index = 0; index < text.length;) index = this.piece(index);
    takeLists(this.kinds, this.pieces);
    return this.pieces.join('').trim();
  }

  /** Reads what begins at `index`, and returns where it ends. */
  private piece(index: number): number {
    const { text } = this;
    const char = text.charCodeAt(index);
    if (isSpace(char)) return this.space(index);
    if (isLetter(char)) return this.word(index);
    const sign = text[index] as string;
    if (isQuote(sign) && !isLetter(text.charCodeAt(index - 1))) return this.quotation(index, sign);
    switch (sign) {
      case '{':
      case '[':
        return this.collection(index);
      case '(':
        this.open.push(this.pieces.length);
        return this.push('(', SIGN, index + 1);
      case ')':
        this.close();
        return index + 1;
      case ',':
      case ';':
      case '|':
        return this.push(sign, SEPARATOR, index + 1);
      case '=':
        return this.assigned(index);
      default:
        // Signs that words begin with: of paths, numbers, scopes of packages.
        if ('/\\.~@#%-+:$'.includes(sign)) return this.word(index);
        return this.push(sign, SIGN, index + 1);
    }
  }

  private space(index: number): number {
    let end = index + 1;
    while (isSpace(this.text.charCodeAt(end))) end++;
    if (this.kinds[this.kinds.length - 1] !== SPACE) this.push(' ', SPACE, end);
    return end;
  }

  private quotation(index: number, quote: string): number {
    const { text } = this;
    const end = this.quotations.endOf(index, quote);
    // A quotation that was cut off.
    if (end === -1 && this.isBehindSpace() && isLetter(text.charCodeAt(index + 1))) {
      const line = text.indexOf('\n', index);
      return this.value(line === -1 ? text.length : line);
    }
    const isQuoted = end !== -1 && isShort(index, end) && !isLetter(text.charCodeAt(end + 1));
    if (!isQuoted) return this.push(quote, SIGN, index + 1);
    const content = text.slice(index + 1, end);
    if (content.includes('\n')) return this.push(quote, SIGN, index + 1);
    const isFirst = this.kinds.findLast((kind) => kind !== SPACE) !== WORD;
    const before = this.lastWords();
    // What a parser stumbled over, and what it read: both are values of the text that it was given.
    if (
      text.startsWith(' is not valid JSON', text.startsWith('...', end + 1) ? end + 4 : end + 1)
    ) {
      this.forgetToken();
      return this.value(text.startsWith('...', end + 1) ? end + 4 : end + 1);
    }
    const isName =
      (this.isStatement && isTablePlace(before)) ||
      isNaming(before, content, text.slice(end + 1, end + 16), isFirst) ||
      this.quotations.isAlternative(index, end + 1) ||
      // `Unique constraint failed on the fields: (`email`)`
      (text[index - 1] === '(' && / (?:fields|columns)$/.test(before));
    if (isName) return this.push(content.replaceAll(/\d+/g, VARIABLE), WORD, end + 1);
    return this.value(end + 1);
  }

  /** Lists and objects are values; a single word in brackets is the name of who speaks: `[redis] connection lost`. */
  private collection(index: number): number {
    const { text } = this;
    this.brackets ??= closingBrackets(text);
    const end = this.brackets[index] as number;
    if (end === -1) return this.push(text[index] as string, SIGN, index + 1);
    const isTag = text[index] === '[' && /^[A-Za-z][\w.:-]*$/.test(text.slice(index + 1, end));
    return isTag ? this.push('[', SIGN, index + 1) : this.value(end + 1);
  }

  /** A bracket around nothing but a value is one: `(17)`, `(1, 2)`. */
  private close(): void {
    const start = this.open.pop();
    if (start === undefined) {
      this.push(')', SIGN, 0);
      return;
    }
    const inner = this.kinds.length - start > 4 ? [] : this.kinds.slice(start + 1);
    if (inner.includes(VALUE) && inner.every((kind) => kind === VALUE || kind === SPACE)) {
      this.pieces.length = start;
      this.kinds.length = start;
      this.value(0);
    } else this.push(')', SIGN, 0);
  }

  /** `name=…`: all that follows is the value of the name. */
  private assigned(index: number): number {
    const { text } = this;
    this.push('=', SIGN, index + 1);
    const before = this.kinds.at(-2);
    const isName = before === WORD || before === SIGN;
    // `Key (email)=(ann)`
    const bracket = text[index + 1] === '(' ? this.quotations.next(')', index) : -1;
    const end = bracket === -1 ? endOfValue(text, index + 1) : bracket + 1;
    if (end === index + 1 || !isName) return index + 1;
    return this.value(end);
  }

  private word(index: number): number {
    const { text } = this;
    if (isWide(text.charCodeAt(index))) {
      let end = index + 1;
      while (isWide(text.charCodeAt(end))) end++;
      return this.push(text.slice(index, end), WORD, end);
    }
    let end = endOfWord(text, index);
    if (this.mark !== -1 && this.mark < end) {
      end = endOfAddress(text, this.mark);
      this.mark = text.indexOf('://', end);
      return this.value(end);
    }
    if (!isLetter(text.charCodeAt(index)) && endOfSigns(text, index) >= end) {
      return this.push(text.slice(index, end), SIGN, end);
    }
    while (isPunctuation(text.charCodeAt(end - 1))) end--;
    const word = text.slice(index, end);
    const before = this.lastWords();
    if (isNamedNumber(before, word) || isNamedWord(before, word)) return this.push(word, WORD, end);
    const after = text.slice(end, end + 16);
    const isStart = before === '' || text.startsWith(': ', index - 2);
    const path = namedPath(before, word, after, isStart);
    if (path !== undefined) return this.push(path, WORD, end);
    const padding = paddingOf(word, after);
    if (
      padding > 0 ||
      isVariable(word) ||
      isLiteral(before, word) ||
      isStumbledOver(before, word) ||
      (isDateName(word) && this.isInDate(end))
    )
      return this.variable(before, word, end + padding);
    if (word === 'and' || word === 'or') return this.push(word, SEPARATOR, end);
    if (text.charCodeAt(end) === COLON && isListOfValues(word)) {
      this.push(`${word}: `, WORD, end);
      const next = text.indexOf('\n', end);
      return this.value(next === -1 ? text.length : next);
    }
    return this.push(this.isBehindValue() ? counted(word) : word, WORD, end);
  }

  /** A value, but for the port of it that a service is known by. */
  private variable(before: string, word: string, end: number): number {
    const port = knownPort(before, word);
    this.value(end);
    return port === undefined ? end : this.push(`:${port}`, SIGN, end);
  }

  private isBehindSpace(): boolean {
    return this.kinds.length > 1 && this.kinds[this.kinds.length - 1] === SPACE;
  }

  private isBehindValue(): boolean {
    const { kinds } = this;
    return kinds[kinds.length - 1] === SPACE && kinds[kinds.length - 2] === VALUE;
  }

  private isInDate(end: number): boolean {
    return (
      this.isBehindValue() ||
      /^[ ,.]{1,2}(?:\d|[A-Z][a-z]{2} \d)/.test(this.text.slice(end, end + 8))
    );
  }

  private push(piece: string, kind: Kind, end: number): number {
    this.pieces.push(piece);
    this.kinds.push(kind);
    return end;
  }

  /** Values in a row are one: how many there were is a value, too. */
  private value(end: number): number {
    let last = this.kinds.length - 1;
    while (last >= 0 && (this.kinds[last] === SPACE || this.kinds[last] === SEPARATOR)) last--;
    if (last < 0 || this.kinds[last] !== VALUE) return this.push(VARIABLE, VALUE, end);
    this.pieces.length = last + 1;
    this.kinds.length = last + 1;
    return end;
  }

  /** `Unexpected token 'a', ` */
  private forgetToken(): void {
    const { kinds, pieces } = this;
    const last = kinds.findLastIndex((kind) => kind !== SPACE && kind !== SEPARATOR);
    if (last < 2 || pieces[last - 2] !== 'token') return;
    pieces[last] = VARIABLE;
    kinds[last] = VALUE;
  }

  /** The last two: `for key`. */
  private lastWords(): string {
    const { kinds, pieces } = this;
    const last = kinds.findLastIndex((kind) => kind !== SPACE && kind !== SIGN);
    if (last === -1) return '';
    const before = kinds[last - 1] === SPACE && kinds[last - 2] === WORD ? pieces[last - 2] : '';
    return `${before} ${pieces[last]}`.toLowerCase();
  }
}

const COLON = 58;

/** `1 second`, `2 seconds` and `900 ms` are the same, and so are `1 item` and `2 items`. */
function counted(word: string): string {
  if (isUnit(word)) return 'unit';
  return word.length > 3 && word.endsWith('s') ? word.slice(0, -1) : word;
}
