/** Secrets in tables: the first line, or a list of columns, has the names, and each line below has the values. */
import { endOfBrackets, endOfLine, isOpening } from './extent.ts';
import type { Finder } from './finder.ts';
import type { Names } from './names.ts';
import { valuesIn } from './statements.ts';

const MOST_COLUMNS = 500;
const LONGEST_HEAD = 1_000;
const cell = /^["'`]?\p{L}[\p{L}\p{N}\p{M}_. -]{0,40}["'`]?$/u;
const word = /^["'`]?\p{L}[\p{L}\p{N}\p{M}_.-]{0,40}["'`]?$/u;
const ruler = /^[\s|+:=-]+$/;

/** Which members of an object name its columns, and which have its rows. */
const columnsName = /^(?:columns?|fields?|headers?|keys|names|columnNames)$/i;
const rowsName = /^(?:rows?|values|data|records|tuples|results?)$/i;

/** Where secrets stand in a row of these columns; `undefined` where none is one. */
function secretColumns(columns: readonly unknown[], names: Names): ReadonlySet<number> | undefined {
  const found = new Set<number>();
  for (const [index, column] of columns.entries()) {
    const name =
      typeof column === 'object' && column !== null ? (column as { name?: unknown }).name : column;
    if (typeof name === 'string' && names.level(name) > 0) found.add(index);
  }
  return found.size === 0 ? undefined : found;
}

/** The rows among the members of an object, where another member says that they have secrets. */
export function secretCells(
  members: readonly { key: string; value: unknown }[],
  names: Names,
): { key: string; rows: readonly unknown[]; secret: ReadonlySet<number> } | undefined {
  const columns = members.find(({ key, value }) => columnsName.test(key) && Array.isArray(value));
  if (columns === undefined) return undefined;
  const rows = members.find(
    (one) => one !== columns && rowsName.test(one.key) && Array.isArray(one.value),
  );
  if (rows === undefined) return undefined;
  const secret = secretColumns((columns.value as unknown[]).slice(0, MOST_COLUMNS), names);
  return secret && { key: rows.key, rows: rows.value as unknown[], secret };
}

/** CSV, and tables of psql, of MySQL and of Markdown. */
export function findTables(finder: Finder): void {
  const { text } = finder;
  for (let start = 0, end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', start)) {
    const line = text.slice(start, Math.min(end, start + LONGEST_HEAD));
    start = Math.max(end + 1, belowHead(finder, line, end));
  }
  if (text.includes('"')) findJson(finder);
}

/** Takes the values below a line of names, and returns where they end; 0 where it has no names. */
function belowHead(finder: Finder, line: string, lineEnd: number): number {
  const { text, names } = finder;
  const separator = ['|', '\t', ';', ','].find((sign) => line.includes(sign));
  if (separator === undefined || line.length >= LONGEST_HEAD) return 0;
  const cells = line.split(separator).map((one) => one.trim());
  // A sentence has commas as well, and more than one word between them.
  const isName = separator === ',' ? word : cell;
  if (!cells.every((one) => one === '' || isName.test(one))) return 0;
  const secret = cells.map((one) => names.level(one.replace(/^["'`]|["'`]$/g, '')) > 0);
  if (!secret.includes(true)) return 0;
  let from = lineEnd + 1;
  while (from < text.length) {
    const end = endOfLine(text, from);
    const row = text.slice(from, Math.min(end, from + LONGEST_HEAD));
    const values = row.split(separator);
    if (!ruler.test(row) || row === '') {
      if (values.length !== cells.length) break;
      let at = from;
      for (const [index, value] of values.entries()) {
        const blank = value.length - value.trimStart().length;
        if (secret[index] === true && value.trim() !== '')
          finder.addValue(at + blank, at + blank + value.trim().length);
        at += value.length + 1;
      }
    }
    from = Math.max(end, text.indexOf('\n', end)) + 1;
    if (from <= end) break;
  }
  return from;
}

const columnsInJson = /"(?:columns?|fields?|headers?|keys|names|columnNames)\\?"\s{0,4}:\s{0,4}\[/g;
const rowsInJson = /"(?:rows?|values|data|records|tuples|results?)\\?"\s{0,4}:\s{0,4}\[/g;

/** `{"columns":["id","password"],"rows":[[1,"…"]]}` */
function findJson(finder: Finder): void {
  const { text, names } = finder;
  columnsInJson.lastIndex = 0;
  for (let match = columnsInJson.exec(text); match !== null; match = columnsInJson.exec(text)) {
    const open = columnsInJson.lastIndex - 1;
    const end = endOfBrackets(text, open);
    columnsInJson.lastIndex = end;
    const columns = valuesIn(text, open + 1, end - 1).map((one) =>
      // An object has its name in a member.
      text
        .slice(one.start, one.end)
        .replace(/^\{.*?"name"\s*:\s*/s, '')
        .replace(/^\\?"|\\?"\}?$/g, ''),
    );
    const secret = secretColumns(columns, names);
    if (secret === undefined) continue;
    rowsInJson.lastIndex = end;
    if (rowsInJson.exec(text) === null) return;
    const rows = rowsInJson.lastIndex - 1;
    const close = endOfBrackets(text, rows);
    for (const row of valuesIn(text, rows + 1, close - 1)) {
      if (!isOpening(text.charCodeAt(row.start))) continue;
      for (const [index, value] of valuesIn(text, row.start + 1, row.end - 1).entries()) {
        if (secret.has(index)) finder.addValue(value.start, value.end);
      }
    }
    columnsInJson.lastIndex = close;
  }
}
