/** Values in statements of SQL, in what drivers say of rows, and in what query builders add to it. */
import { endOfBrackets, endOfLine, endOfQuotation, isQuote } from './extent.ts';
import type { Finder } from './finder.ts';

/** The beginning of a statement, as opposed to a sentence with the same words. */
const statement =
  /(?:^|[\s"'`(:[])(insert\s+(?:ignore\s+)?into\s+|replace\s+into\s+|merge\s+into\s+|update\s+(?:only\s+)?(?=["`[\w.]+(?:\s+as\s+\w+)?\s+set\b)|delete\s+from\s+|select\s(?=[\s\S]{1,4000}?\sfrom\s)|with\s+(?:recursive\s+)?\w+(?:\s*\([^)]{0,200}\))?\s+as\s+(?:not\s+materialized\s*|materialized\s*)?\(|call\s+[\w.]+\(|exec(?:ute)?\s+[\w.[\]]+\s+@|values\s*\(|copy\s+\w+\s*\(|(?:create|alter)\s+(?:user|role|login)\s+)/gi;
const table = /^["`[]?[\w$.\-"`[\]]{1,120}/;
/** Signs that no sentence has: of identifiers, values, comparisons. */
const signs = /["`'$?*=(@]/;
const parameters = /\b(?:params|parameters|bindings|binds|args|values)\b\s*[:=]\s*/gi;
const markers = /^\s*(?:\$\d|\?|:\w|@\w|%s)/;

interface Statement {
  /** Behind the name of its table, or of its verb. */
  readonly start: number;
  readonly end: number;
}

/** Where statements stand in a text, and their values with them. */
export function statementsIn(text: string): Statement[] {
  if (
    !/\b(?:into|update|from|select|with|call|exec|execute|values|copy|alter|create)\b/i.test(text)
  )
    return [];
  statement.lastIndex = 0;
  const match = statement.exec(text);
  if (match === null) return [];
  const verb = match[1] ?? '';
  const begin = match.index + match[0].length;
  const isSelect = /^(?:select|with|values)/i.test(verb);
  const name = isSelect ? '' : (table.exec(text.slice(begin, begin + 124))?.[0] ?? '');
  const start = begin + name.length;
  const quoted = match[0].search(/["'`]/);
  const opened = quoted === -1 || quoted > match[0].indexOf(verb) ? '' : match[0][quoted];
  const end = endOfStatement(text, start, opened ?? '');
  return signs.test(text.slice(start, end)) && end > start ? [{ start, end }] : [];
}

/** At ` - ` before the words of the driver, at an empty line, at the quote that it stands in, or at the end. */
function endOfStatement(text: string, start: number, quote: string): number {
  const dash = text.lastIndexOf(' - ');
  if (dash > start) return dash;
  if (quote !== '' && quote !== '`') {
    const close = text.lastIndexOf(quote);
    if (close > start) return close;
  }
  const next = /\r?\n(?=\r?\n|\s*(?:at |error|detail|caused|message))/i.exec(text.slice(start));
  return next === null ? text.length : start + next.index;
}

/** Values that stand in columns with the names of secrets, and those that are given beside such a statement. */
export function findColumns(finder: Finder): void {
  const { text, names } = finder;
  insert.lastIndex = 0;
  for (let match = insert.exec(text); match !== null; match = insert.exec(text)) {
    const columns = (match[1] ?? '').split(',').map((column) => column.replace(/[\s"'`[\]]/g, ''));
    const secret = columns.map((column) => names.level(column) > 0);
    if (!secret.includes(true)) continue;
    let row = insert.lastIndex;
    while (text[row] === '(') {
      const end = endOfBrackets(text, row);
      for (const [index, value] of valuesIn(text, row + 1, end - 1).entries()) {
        if (secret[index] === true && !markers.test(text.slice(value.start, value.start + 6))) {
          finder.addValue(value.start, value.end);
        }
      }
      row = end + (/^\s*,\s*/.exec(text.slice(end, end + 20))?.[0].length ?? 0);
    }
    findParameters(finder, insert.lastIndex);
  }
}

const insert =
  /\b(?:insert|replace|merge)\s+(?:ignore\s+)?into\s+["`[\w.\]$-]{1,120}\s*\(([^()]{1,2000})\)\s*(?:output\s[^(]{1,200})?values\s*(?=\()/gi;

/** `params: …`, `[parameters: (…)]` */
export function findParameters(finder: Finder, from: number, what = ''): void {
  const { text } = finder;
  parameters.lastIndex = from;
  const match = parameters.exec(text);
  if (match === null) return;
  const start = parameters.lastIndex;
  const char = text[start];
  const end =
    char === '[' || char === '(' || char === '{'
      ? endOfBrackets(text, start)
      : endOfParameters(text, start);
  if (/[^\s"'[\]]/.test(text.slice(start, end))) finder.add(start, end, what);
}

/** Values may have line breaks in them; the driver's own words do not follow. */
function endOfParameters(text: string, start: number): number {
  const cause = text.slice(start).search(/\r?\n\s{0,8}(?:at |caused by|cause:|error:)/i);
  return cause === -1 ? text.length : start + cause;
}

/** The values of one row, with the quotes around them. */
function valuesIn(text: string, from: number, to: number): { start: number; end: number }[] {
  const values: { start: number; end: number }[] = [];
  let start = from;
  for (let index = from; index <= to; index++) {
    const char = text.charCodeAt(index);
    if (index === to || char === 44) {
      let end = index;
      while (start < end && text.charCodeAt(start) <= 32) start++;
      while (end > start && text.charCodeAt(end - 1) <= 32) end--;
      values.push({ start, end });
      start = index + 1;
    } else if (isQuote(char)) index = endOfQuotation(text, index, char) - 1;
    else if (char === 40) index = endOfBrackets(text, index) - 1;
  }
  return values;
}

/** What drivers say of rows; the group in front of the value stays. */
const ofRows: readonly RegExp[] = [
  /\bFailing row contains \(/g,
  /\bKey \([^()]{1,300}(?:\([^()]{0,100}\)[^()]{0,200})?\)=\(/g,
  /\bDuplicate entry (?=')/g,
  /\bdup key: (?=\{)/g,
  /\bduplicate key value is \(/gi,
  /\binvalid (?:input (?:syntax|value) for|text representation)[^:\n]{0,100}: (?=")/gi,
  /\b(?:Incorrect|Truncated incorrect|Invalid)(?: [\w()]+){0,4} value: (?=')/gi,
  /\bConversion failed when converting the \w+ value (?=')/g,
  /\bTruncated value: (?=')/g,
  /\bCast to [\w[\]]+ failed for value (?=")/g,
  /\bPath `[^`]{1,100}` (?:is invalid|\([^)]{0,200}\) is [a-z ]{1,80}) \(/g,
  /\bPath `[^`]{1,100}` \(/g,
  /\b`[^`]{0,200}` is not a valid enum value/g,
  /\bvalue (?="[^"]{0,500}" is out of range)/g,
  /\bout of range for type [\w ]{1,40}: (?=")/g,
  /\bargs beginning with: /g,
  /\b(?:matching|where|criteria)\b[^\n{]{0,40}(?=\{)/gi,
  /\brow \(/g,
];
const hasRow =
  /Failing row|Key \(|Duplicate entry|dup key|duplicate key value is|invalid |Incorrect|Truncated|Conversion failed|Cast to|Path `|enum value|out of range|args beginning|matching|where|criteria|row \(/i;

/** For descriptions, which have no values of rows: statements, their parameters, and what drivers quote of rows. */
export function findRows(finder: Finder): void {
  const { text } = finder;
  for (const { start, end } of statementsIn(text)) {
    finder.add(start, end, 'sql');
    findParameters(finder, start, 'values');
  }
  if (/^Failed query: |\bparams: /.test(text)) findParameters(finder, 0, 'values');
  findInvocation(finder);
  if (!hasRow.test(text)) return;
  for (const pattern of ofRows) {
    pattern.lastIndex = 0;
    for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
      const isInside = match[0].endsWith('(');
      const start = isInside ? pattern.lastIndex - 1 : pattern.lastIndex;
      const char = text.charCodeAt(start);
      const close = isQuote(char) ? endOfQuotation(text, start, char) : endOfBrackets(text, start);
      const end = Math.min(close, text.length);
      if (isQuote(char) || isInside || char === 123) {
        finder.add(start + 1, Math.max(start + 1, end - 1), 'values');
      } else finder.add(start, endOfLine(text, start), 'values');
      pattern.lastIndex = Math.max(end, pattern.lastIndex);
    }
  }
}

/** Prisma shows the call with all of its arguments; what was wrong with it is the last paragraph. */
function findInvocation(finder: Finder): void {
  const { text } = finder;
  const mark = /\binvocation(?: in\s[^\n]*)?:?\s*\n/.exec(text);
  if (mark === null) return;
  const start = mark.index + mark[0].length;
  const last = text.trimEnd().lastIndexOf('\n\n');
  const end =
    last > start ? last : text.indexOf('\n', start) === -1 ? start : text.trimEnd().length;
  if (end > start) finder.add(start, end, 'values');
}
