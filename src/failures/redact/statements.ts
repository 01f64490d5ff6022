/** Values in statements of SQL, and those that query builders add to them. */
import { endOfBrackets, endOfQuotation, isOpening, isQuote } from './extent.ts';
import type { Finder } from './finder.ts';

/** The beginning of a statement, as opposed to a sentence with the same words. */
const statement =
  /(?:^|[\s"'`(:[])(insert\s+(?:ignore\s+)?into\s+|replace\s+into\s+|merge\s+into\s+|update\s+(?:only\s+)?(?=["`[\w.]+(?:\s+as\s+\w+)?\s+set\b)|delete\s+from\s+|select\s|with\s+(?:recursive\s+)?\w+(?:\s*\([^)]{0,200}\))?\s+as\s+(?:not\s+materialized\s*|materialized\s*)?\(|call\s+[\w.]+\(|exec(?:ute)?\s+[\w.[\]]+\s+@|values\s*\(|copy\s+\w+\s*\(|(?:create|alter)\s+(?:user|role|login)\s+)/gi;
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
  const match = firstStatement(text);
  if (match === undefined) return [];
  const verb = match[1] ?? '';
  const begin = match.index + match[0].length;
  const isSelect = /^(?:select|with|values)/i.test(verb);
  const name = isSelect ? '' : (table.exec(text.slice(begin, begin + 124))?.[0] ?? '');
  const start = begin + name.length;
  const quoted = match[0].search(/["'`]/);
  const opened = quoted === -1 || quoted > match[0].indexOf(verb) ? '' : match[0][quoted];
  const end = endOfStatement(text, start, opened ?? '');
  if (end <= start || !signs.test(text.slice(start, end))) return [];
  if (!isSelect) return [{ start, end }];
  // Of a question the table stays in sight, as it does of all others.
  const from = /\sfrom\s+["`[\w.$]{1,120}/i.exec(text.slice(start, end));
  if (from === null) return [{ start, end }];
  const behind = start + from.index + from[0].length;
  return [
    { start, end: start + from.index },
    { start: text[behind] === '"' || text[behind] === '`' ? behind + 1 : behind, end },
  ];
}

function firstStatement(text: string): RegExpExecArray | undefined {
  statement.lastIndex = 0;
  for (let match = statement.exec(text); match !== null; match = statement.exec(text)) {
    if (!/^select/i.test(match[1] ?? '')) return match;
    // A question has a table, and not far away.
    const from = /\sfrom\s/i.exec(text.slice(match.index));
    if (from === null) return undefined;
    if (from.index < FAR) return match;
    statement.lastIndex = match.index + from.index - FAR;
  }
  return undefined;
}

const FAR = 4_000;

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
  const row = text.indexOf(WHOLE_ROW);
  // Nobody knows which column each value is of.
  if (row !== -1)
    finder.add(
      row + WHOLE_ROW.length,
      endOfBrackets(text, row + WHOLE_ROW.length - 1) - 1,
      'values',
    );
  let first = -1;
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
    if (first === -1) first = insert.lastIndex;
    insert.lastIndex = Math.max(insert.lastIndex, row);
  }
  if (first !== -1) findParameters(finder, first);
}

const compared =
  /(?<![\w.$])([\w.$]{1,100})["`\]]?\s{1,20}(?:not\s{1,20})?(?:in\s{0,20}(?=\()|(?:i?like|between)\s{1,20}(?=['"]))|(?<![\w.$])([\w.$]{1,100})["`\]]?\s{0,20}(?:<>|!=)\s{0,20}(?=['"])/gi;

/** `where api_key in ('…')`, `token like '…%'` */
export function findCompared(finder: Finder): void {
  const { text, names } = finder;
  compared.lastIndex = 0;
  for (let match = compared.exec(text); match !== null; match = compared.exec(text)) {
    if (names.level(match[1] ?? match[2] ?? '') === 0) continue;
    const start = compared.lastIndex;
    const isList = text[start] === '(';
    if (isList && !/^\(\s*['"]/.test(text.slice(start, start + 20))) continue;
    const end = isList
      ? endOfBrackets(text, start)
      : endOfQuotation(text, start, text.charCodeAt(start));
    finder.addValue(isList ? start + 1 : start, isList ? end - 1 : end);
    compared.lastIndex = end;
  }
}

const WHOLE_ROW = 'Failing row contains (';
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
export function valuesIn(text: string, from: number, to: number): { start: number; end: number }[] {
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
    else if (isOpening(char)) index = endOfBrackets(text, index) - 1;
  }
  return values;
}
