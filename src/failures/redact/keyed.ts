/** Secrets that are told by the name before them: `password=…`, `"token": "…"`, `Cookie: …`, `--api-key …`. */
import { isLetter } from '../characters.ts';
import {
  DASH,
  endOfBrackets,
  endOfLine,
  endOfValue,
  isBlank,
  isOpening,
  isQuote,
  isWrapped,
  SPACE,
  skipBlank,
} from './extent.ts';
import type { Finder } from './finder.ts';
import { isNoValue, isSecret, isSettings, isState, judge, wordAt } from './judge.ts';
import { afterComma, afterFlag, afterWord, inCall, inTable } from './beside.ts';
import { isAmountName, type Sensitivity } from './names.ts';
import { Pairs } from './pairs.ts';

const COLON = 58;
const EQUALS = 61;
const PIPE = 124;
const COMMA = 44;
const OPEN = 40;
const ARROW = 0x2192;
const LONGEST_SETTING = 360;

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
    const { text, finder } = this;
    if (char === COLON || char === EQUALS) return this.afterSeparator(index, char);
    if (isQuote(char)) return isBlank(text.charCodeAt(index - 1)) ? afterWord(finder, index) : 0;
    // `password -> …`
    if (char === ARROW || (char === DASH && text.charCodeAt(index + 1) === 62))
      return this.afterSeparator(index, COLON);
    if (char === DASH) return afterFlag(finder, index);
    if (char === COMMA) return afterComma(finder, index);
    if (char === OPEN) return isQuote(text.charCodeAt(index + 1)) ? inCall(finder, index) : 0;
    if (char === PIPE) return isBlank(text.charCodeAt(index + 1)) ? inTable(finder, index) : 0;
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
    const level = finder.levelOf(name, nameStart);
    if (level === 0 || (isColon && (place.test(name) || thrown.test(name)))) return 0;
    if (isNamedLikeOne(name, wordAt(text, start))) return 0;
    if (isColon && start === index + 1 && this.isInResource(nameStart)) return 0;
    const first = text.charCodeAt(start);
    if (isQuote(first) || isOpening(first) || isWrapped(text, start)) {
      return this.quoted(name, nameStart, start, isColon, level);
    }
    if (text[start] === '\n' || literal.test(text.slice(start, start + 20))) return 0;
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

  /** `arn:aws:…:secret:db-AbCdEf` names one, and has none in it. */
  private isInResource(nameStart: number): boolean {
    return resource.test(this.text.slice(Math.max(0, nameStart - 120), nameStart));
  }

  private quoted(
    name: string,
    nameStart: number,
    start: number,
    isColon: boolean,
    level: Sensitivity,
  ): number {
    const { text, finder } = this;
    // `password: (must be longer)`
    if (text[start] === '(' && isColon && judge(text, start + 1, 1) === 'none') return 0;
    const end = endOfValue(text, start);
    // `Unexpected token: "}"`, `Invalid token: (eof)`
    if (isColon && finder.isGrammar(name, nameStart) && !isSecret(text.slice(start, end))) return 0;
    if (isState(text.slice(start, Math.min(end, start + 40)))) return 0;
    if (level === 1 && isSettings(text.slice(start, Math.min(end, start + 600)))) return 0;
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
    if (this.isCount(name, start)) return 0;
    if (wholeLines.test(name)) return this.header(name, start);
    if (finder.isGrammar(name, nameStart) && !isSecret(wordAt(text, start))) return 0;
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
    if (isNoValue(value) || isState(value) || (isAmountName(name) && amount.test(value))) return 0;
    if (this.isCount(name, start) || (level === 1 && shortNumber.test(value))) return 0;
    const end = endOfValue(text, start);
    // `Server=db;Password=a b;x=1`: of a connection string a value ends at its `;`.
    const near = text.slice(start, start + LONGEST_SETTING);
    const semicolon = start + near.indexOf(';');
    const isString = semicolon > end && connection.test(near);
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

  /** `pass: 2, fail: 3` */
  private isCount(name: string, start: number): boolean {
    if (name.toLowerCase() !== 'pass') return false;
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

/** A working directory, a signal: `pwd=/srv/app`, `sig=SIGKILL`. */
function isNamedLikeOne(name: string, value: string): boolean {
  if (/^pwd$/i.test(name)) return /^["']?\/[a-z]+(?:\/[\w.-]+)+["',;]?$/.test(value);
  return /^sig$/i.test(name) && /^["']?SIG[A-Z]+\d?["',;]?$/.test(value);
}

// Names of source files, and of errors: `auth/token.ts:10:5`, `TokenExpiredError: jwt expired`.
const place = /\.(?:[cm]?[jt]sx?|json|vue|svelte|py|rb|go|java|cs|php|sql|ya?ml|html?)$/i;
const thrown = /(?:Error|Exception|Warning)$/;
const wholeLines = /^(?:proxy-)?authorization$|^(?:set-)?cookie2?$/i;
const attributes =
  /\b(?:SameSite|Path|Domain|Max-Age|Expires|Priority)=[^;\s]*;?|\b(?:HttpOnly|Secure|Partitioned)\b;?/gi;
/** A whole number that is no part of something longer. */
const amount = /^\d{1,7}(?=$|\s|&|[,;.)\]}]+(?:\s|$))/;
/** `{"auth":false,"session":null}` */
const literal = /^(?:true|false|null|undefined)\s{0,4}[,}\]]+(?=$|[\s"'])/;
/** Too short to be guessed at all: `nonce=17`, `sid=4711`. */
const shortNumber = /^\d{1,5}(?:[,;)\]}]*$|&)/;
/** The name of an action or a right: letters and nothing else. */
const action = /^(?:[A-Z]?[a-z]+(?:[A-Z][a-z]+)*|[A-Z]{2,}|\*)(?=$|\s|[)\]"'.;,]+(?:\s|$))/;
/** A value and its `;`, and behind that another setting. */
const connection = /^(?![^;]*\s[A-Za-z]\w*=[^=;])[^&"'\n;]*;(?:\s*[A-Za-z][\w -]{0,40}=|\s*$|["'])/;
/** Names of things in clouds, to where one of their parts begins. */
const resource = /(?:^|[^\w])(?:arn|urn|crn|ocid1)[:.][^\s"']*$/i;
const cookiePair = /[\w.-]+=[^;\s]/;

function isWholeWord(name: string): boolean {
  return !/manager|service|store|provider/i.test(name);
}
