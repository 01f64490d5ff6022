/** Secrets that are told by the name before them: `password=…`, `"token": "…"`, `Cookie: …`, `--api-key …`. */
import { isLetter } from '../characters.ts';
import {
  DASH,
  endOfBrackets,
  endOfLine,
  endOfQuotation,
  endOfValue,
  isBlank,
  isNameChar,
  isOpening,
  isQuote,
  LINE,
  SPACE,
  skipBlank,
} from './extent.ts';
import type { Finder } from './finder.ts';
import { isNoValue, isSecret, judge } from './judge.ts';
import { isAmountName, type Sensitivity } from './names.ts';
import { Pairs } from './pairs.ts';

const COLON = 58;
const EQUALS = 61;
const PIPE = 124;
const COMMA = 44;
const OPEN = 40;
const LONGEST_FLAG = 64;

/** Adds what stands behind sensitive names. One pass; no character is read more than a few times. */
export function findKeyed(finder: Finder): void {
  new Keyed(finder).run();
}

class Keyed {
  private readonly finder: Finder;
  private readonly text: string;
  private readonly pairs: Pairs;

  constructor(finder: Finder) {
    this.finder = finder;
    this.text = finder.text;
    this.pairs = new Pairs(finder);
  }

  run(): void {
    const { text } = this;
    for (let index = 0; index < text.length;) {
      const char = text.charCodeAt(index);
      const end = isLetter(char) || char === SPACE ? 0 : this.at(index, char);
      index = end > index ? end : index + 1;
    }
  }

  /** Where the value ends whose sign is at `index`; 0 when there is none. */
  private at(index: number, char: number): number {
    const { text } = this;
    if (char === COLON || char === EQUALS) return this.afterSeparator(index, char);
    if (isQuote(char)) return isBlank(text.charCodeAt(index - 1)) ? this.afterWord(index) : 0;
    if (char === DASH) return this.afterFlag(index);
    if (char === COMMA) return this.afterComma(index);
    if (char === OPEN) return isQuote(text.charCodeAt(index + 1)) ? this.inCall(index) : 0;
    if (char === PIPE) return isBlank(text.charCodeAt(index + 1)) ? this.inTable(index) : 0;
    if (char === 125) this.pairs.close();
    return 0;
  }

  private afterSeparator(index: number, char: number): number {
    const { text, finder } = this;
    const isColon = char === COLON;
    if (isColon && text.startsWith('//', index + 1)) return 0;
    const nameEnd = finder.endOfName(index);
    const nameStart = finder.startOfName(nameEnd);
    if (nameStart === nameEnd) return 0;
    const name = text.slice(nameStart, nameEnd);
    const start = this.startOfValue(index, isColon);
    if (start === -1) return 0;
    this.pairs.member(name, nameEnd, start);
    if (text[start] === '(' && text[index - 1] === ')') return this.row(nameEnd, start);
    // `//token:8080/` is a host.
    if (text.charCodeAt(nameStart - 1) === 47 && text.charCodeAt(nameStart - 2) === 47) return 0;
    const level = this.levelOf(name, nameStart);
    if (level === 0 || (isColon && (place.test(name) || thrown.test(name)))) return 0;
    if (isQuote(text.charCodeAt(start)) || isOpening(text.charCodeAt(start))) {
      return this.quoted(name, nameStart, start, isColon);
    }
    if (text[start] === '\n') return 0;
    if (isColon) return this.afterColon(name, nameStart, index, start, level);
    return this.afterEquals(name, nameStart, index, start, level);
  }

  /** Behind `=>`, `:=`, `==` and blanks; behind a colon also on the next line, where that is indented: YAML. */
  private startOfValue(index: number, isColon: boolean): number {
    const { text } = this;
    let start = index + 1;
    const signs = isColon ? '>=:' : '>=';
    while (start < text.length && signs.includes(text[start] as string)) start++;
    start = skipBlank(text, start);
    if (isColon) {
      const block = /^[|>][+-]?\d?[ \t]*(?=\r?\n)/.exec(text.slice(start, start + 20))?.[0] ?? '';
      const line = start + block.length + (text[start + block.length] === '\r' ? 1 : 0);
      if (text[line] === '\n' && isBlank(text.charCodeAt(line + 1)))
        start = skipBlank(text, line + 1);
    }
    return start >= text.length || text.startsWith('[redacted', start) ? -1 : start;
  }

  /** `Key (token, id)=(1b2c, 7)`: one of the names is enough. */
  private row(nameEnd: number, start: number): number {
    const { text, finder } = this;
    const open = text.lastIndexOf('(', nameEnd);
    if (open === -1 || nameEnd - open > 500) return 0;
    const names = text.slice(open + 1, nameEnd).split(/[\s,"()]+/);
    const isSecret = names.some((name) => finder.names.level(name) > 0);
    return isSecret ? finder.addValue(start + 1, endOfBrackets(text, start) - 1) : 0;
  }

  private quoted(name: string, nameStart: number, start: number, isColon: boolean): number {
    const { text, finder } = this;
    const end = endOfValue(text, start);
    if (isNoValue(text.slice(start, Math.min(end, start + 80)))) return 0;
    // `Unexpected token: "}"`, `Invalid token: (eof)`
    if (isColon && this.isGrammar(name, nameStart) && !isSecret(text.slice(start, end))) return 0;
    // `password (must be longer)`
    if (text[start] === '(' && isColon && judge(text, start + 1, 1) === 'none') return 0;
    // `Set-Cookie: [ 'a=1', 'b=2' ]`, `Key (token, id)=(…, 7)`
    return finder.addValue(start, end);
  }

  private afterColon(
    name: string,
    nameStart: number,
    index: number,
    start: number,
    level: Sensitivity,
  ): number {
    const { text, finder } = this;
    const isSpaced = start > index + 1;
    if (!isSpaced) {
      // `secretsmanager:GetSecretValue`, `token:read`: names of actions and keys.
      const word = action.exec(text.slice(start, start + 40))?.[0] ?? '';
      if (word !== '' && (level === 1 || !isWholeWord(name))) return 0;
    }
    if (isAmountName(name) && amount.test(text.slice(start, start + 20))) return 0;
    if (name.toLowerCase() === 'pass' && this.isCount(start)) return 0;
    if (wholeLines.test(name)) return this.header(name, start);
    if (this.isGrammar(name, nameStart) && !isSecret(wordAt(text, start))) return 0;
    const extent = isSpaced
      ? judge(text, start, level)
      : isNoValue(wordAt(text, start))
        ? 'none'
        : 'word';
    if (extent === 'none') return 0;
    return finder.add(start, extent === 'line' ? this.endOfClause(start) : endOfValue(text, start));
  }

  private afterEquals(
    name: string,
    nameStart: number,
    index: number,
    start: number,
    level: Sensitivity,
  ): number {
    const { text, finder } = this;
    const value = wordAt(text, start);
    if (isNoValue(value) || (isAmountName(name) && amount.test(value))) return 0;
    const end = endOfValue(text, start);
    // `Server=db;Password=a b;x=1`: of a connection string a value ends at its `;`.
    const semicolon = text.indexOf(';', start);
    const isString =
      semicolon > end &&
      semicolon - start < 300 &&
      /^[^=&"'\n]*;(?:\s*[A-Za-z][\w -]{0,40}=|\s*$|["'])/.test(text.slice(start, semicolon + 60));
    if (isString) return finder.add(start, semicolon);
    // `password = correct horse`: a line of a file of settings.
    const isSetting =
      start > index + 1 &&
      level === 2 &&
      /(?:^|\n)[ \t]*$/.test(text.slice(Math.max(0, nameStart - 20), nameStart));
    return finder.add(start, isSetting ? Math.max(end, endOfLine(text, start)) : end);
  }

  /** Of `Cookie` and `Authorization` all that follows on the line, unless that is a sentence or attributes alone. */
  private header(name: string, start: number): number {
    const { text, finder } = this;
    const end = endOfLine(text, start);
    const line = text.slice(start, Math.min(end, start + 300));
    if (/cookie/i.test(name) && !cookiePair.test(line.replaceAll(attributes, ''))) {
      if (judge(text, start, 1) === 'none') return 0;
    } else if (
      /^(?:bearer |basic |digest )?[a-z]+(?: [a-z'-]+)*[.!]?$/i.test(line) &&
      judge(text, start, 1) === 'none'
    ) {
      return 0;
    }
    return finder.add(start, end);
  }

  /** `wrong password 'hunter2'` */
  private afterWord(index: number): number {
    const { text, finder } = this;
    const nameEnd = finder.endOfName(index);
    const nameStart = finder.startOfName(nameEnd);
    const name = text.slice(nameStart, nameEnd);
    const level = this.levelOf(name, nameStart);
    if (name === '' || level === 0 || isQuote(text.charCodeAt(nameStart - 1))) return 0;
    const end = endOfQuotation(text, index, text.charCodeAt(index));
    const content = text.slice(index + 1, end - 1);
    if (content.length > 300 || content === '' || isNoValue(content)) return 0;
    if (level === 1 && !isSecret(content)) return 0;
    if (this.isGrammar(name, nameStart) && !isSecret(content)) return 0;
    // A secret of Kubernetes or of a vault has a name: `Secret "db-creds" not found`.
    if (/secrets?$/i.test(name) && /^[a-z]+(?:[-_./][a-z\d]+)*$/.test(content)) return 0;
    return end - index > 4 ? finder.add(index, end) : 0;
  }

  /** `--password hunter2`, `-Password hunter2` */
  private afterFlag(index: number): number {
    const { text, finder } = this;
    const before = text.charCodeAt(index - 1);
    if (index > 0 && !isBlank(before) && before !== LINE && !isQuote(before)) return 0;
    let from = index + 1;
    if (text.charCodeAt(from) === DASH) from++;
    let end = from;
    while (end - from < LONGEST_FLAG && isNameChar(text.charCodeAt(end))) end++;
    const name = text.slice(from, end);
    if (!isBlank(text.charCodeAt(end)) || name.length < 3 || finder.names.level(name) === 0)
      return 0;
    const start = skipBlank(text, end);
    const value = wordAt(text, start);
    if (text.charCodeAt(start) === DASH || value === '' || isNoValue(value)) return 0;
    // `the flag --token is required`
    if (/^(?:is|was|must|and|or|flag|option|argument|needs?|requires?|cannot)$/.test(value))
      return 0;
    return finder.add(start, endOfValue(text, start));
  }

  /** `['password', 'hunter2']`, `('token', 'abc')`, raw headers. */
  private afterComma(index: number): number {
    const { text, finder } = this;
    if (!isQuote(text.charCodeAt(index - 1))) return 0;
    const start = skipBlank(text, index + 1);
    if (!isQuote(text.charCodeAt(start))) return 0;
    const nameStart = finder.startOfName(index - 1);
    const name = text.slice(nameStart, index - 1);
    if (text[nameStart - 1] !== text[index - 1]) return 0;
    const isEntry = /[[(]\s*$/.test(text.slice(Math.max(0, nameStart - 6), nameStart - 1));
    const level = finder.names.level(name);
    if (level === 0 || (!rawHeaders.test(name) && !(isEntry && closesPair(text, start)))) return 0;
    return finder.addValue(start, endOfQuotation(text, start, text.charCodeAt(start)));
  }

  /** `PASSWORD('hunter2')`, `setToken("abc")` */
  private inCall(index: number): number {
    const { text, finder } = this;
    const start = finder.startOfName(index);
    if (start === index || finder.names.level(text.slice(start, index)) !== 2) return 0;
    const end = endOfBrackets(text, index);
    return finder.addValue(
      index + 1,
      endOfQuotation(text, index + 1, text.charCodeAt(index + 1)),
    ) === 0
      ? 0
      : end;
  }

  /** `password | hunter2`, as psql and tables of Markdown have it. */
  private inTable(index: number): number {
    const { text, finder } = this;
    const name = finder.nameBefore(index);
    if (!isBlank(text.charCodeAt(index - 1)) || finder.names.level(name) !== 2) return 0;
    const start = skipBlank(text, index + 1);
    const value = wordAt(text, start);
    return /\w/.test(value) && !isNoValue(value) && finder.names.level(value) === 0
      ? finder.add(start, endOfValue(text, start))
      : 0;
  }

  private levelOf(name: string, nameStart: number): Sensitivity {
    const { text, finder } = this;
    let end = nameStart;
    return finder.names.levelOfLast(name, () => {
      if (end < 2 || !isBlank(text.charCodeAt(end - 1))) return '';
      const before = end - 1;
      end = finder.startOfName(before);
      return text.slice(end, before);
    });
  }

  /** What a parser says of tokens of its own. */
  private isGrammar(name: string, nameStart: number): boolean {
    if (!/^tokens?$/i.test(name)) return false;
    return /(?:unexpected|expected|illegal|invalid|unknown|missing|bad|next|extra|reserved|got)[ \t]+$/i.test(
      this.text.slice(Math.max(0, nameStart - 14), nameStart),
    );
  }

  /** `pass: 2, fail: 3` */
  private isCount(start: number): boolean {
    const near = this.text.slice(Math.max(0, start - 60), start + 60);
    return (
      /^\d{1,5}(?!\w)/.test(this.text.slice(start, start + 8)) &&
      /\b(?:fail|skip|todo|pending|total|error)/i.test(near)
    );
  }

  /** To the end of the line, or to where another member begins: `password: hunter2, user: bob`. */
  private endOfClause(start: number): number {
    return endOfLine(this.text, start);
  }
}

// Names of source files, and of errors: `auth/token.ts:10:5`, `TokenExpiredError: jwt expired`.
const place = /\.(?:[cm]?[jt]sx?|json|vue|svelte|py|rb|go|java|cs|php|sql|ya?ml|html?)$/i;
const thrown = /(?:Error|Exception|Warning)$/;
const wholeLines = /^(?:proxy-)?authorization$|^(?:set-)?cookie2?$/i;
const rawHeaders = /^(?:(?:proxy-)?authorization|(?:set-)?cookie|x-[\w-]+)$/i;
const attributes =
  /\b(?:SameSite|Path|Domain|Max-Age|Expires|Priority)=[^;\s]*;?|\b(?:HttpOnly|Secure|Partitioned)\b;?/gi;
/** A whole number that is no part of something longer. */
const amount = /^\d{1,9}(?=$|\s|&|[,;.)\]}]+(?:\s|$))/;
/** The name of an action or a right: letters and nothing else. */
const action = /^[A-Za-z*]+(?=$|\s|[)\]"'.;,]+(?:\s|$))/;
const cookiePair = /[\w.-]+=[^;\s]/;

function wordAt(text: string, start: number): string {
  return /^\S*/.exec(text.slice(start, start + 120))?.[0] ?? '';
}

function isWholeWord(name: string): boolean {
  return !/manager|service|store|provider/i.test(name);
}

/** Whether the quotation at `start` is the last of its pair. */
function closesPair(text: string, start: number): boolean {
  const end = skipBlank(text, endOfQuotation(text, start, text.charCodeAt(start)));
  return (
    text[end] === ']' ||
    text[end] === ')' ||
    text[end] === '\n' ||
    text[end] === ',' ||
    end >= text.length
  );
}
