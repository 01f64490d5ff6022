/**
 * Tells statements that only read from all others, by their text.
 *
 * A wrong "reads" would let a write be repeated, a wrong "writes" only costs a retry: so everything that is not known
 * to read counts as a write, an unknown function too.
 */
import { knownWords } from './words.ts';

/** Whose SQL it is: they differ in quotes and comments. */
export type Dialect = 'postgres' | 'mysql';

/** What is remembered, since programs have few statements and send them often. */
const mostKnown = 1_000;
const longestKnown = 4_096;
const known: Readonly<Record<Dialect, Map<string, Reading>>> = {
  postgres: new Map(),
  mysql: new Map(),
};

/** Whether a statement reads; a list of names says that it does unless one of them is a function. */
type Reading = boolean | readonly string[];

/**
 * Whether a statement certainly changes nothing, and takes no locks.
 *
 * PostgreSQL calls a function also by `row.function`, where the row has no such column: `fieldFunctions` are the names
 * that may do more than read so. While they are not known, a statement with a dot is no read.
 */
export function isRead(
  sql: string,
  dialect: Dialect,
  fieldFunctions?: ReadonlySet<string>,
): boolean {
  const memory = known[dialect];
  let reading = memory.get(sql);
  if (reading === undefined) {
    reading = examine(sql, dialect);
    if (sql.length <= longestKnown) {
      if (memory.size >= mostKnown) memory.clear();
      memory.set(sql, reading);
    }
  }
  if (typeof reading === 'boolean') return reading;
  return fieldFunctions !== undefined && !reading.some((name) => fieldFunctions.has(name));
}

/** Letters of names: both servers take all characters beyond ASCII for letters. */
const letter = '[\\w$\\u0080-\\uffff]';

/**
 * What is no code in a statement, and its words, so that no `$` inside a name is taken for the beginning of a text. What
 * is never closed runs to the end, so that no beginning of one is tried again: that keeps the time linear.
 */
const opaque: Readonly<Record<Dialect, RegExp>> = {
  postgres: new RegExp(
    [
      String.raw`(?<comment>--[^\n]*)`,
      String.raw`(?<block>\/\*)`,
      // E'…' before '…', which knows no backslashes.
      String.raw`(?<text>[eE]'(?:[^'\\]|\\[\s\S]|'')*(?:'|\\?$)|'(?:[^']|'')*(?:'|$))`,
      String.raw`(?<name>"(?:[^"]|"")*(?:"|$))`,
      String.raw`(?<other>[uU]&|\$\d+|[A-Za-z_\u0080-\uffff]${letter}*)`,
      String.raw`(?<dollar>\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$)`,
    ].join('|'),
    'g',
  ),
  mysql:
    /(?<comment>--(?=\s|$)[^\n]*|#[^\n]*)|(?<block>\/\*)|(?<text>'(?:[^'\\]|\\[\s\S]|'')*(?:'|\\?$))|(?<name>"(?:[^"\\]|\\[\s\S]|"")*(?:"|\\?$)|`(?:[^`]|``)*(?:`|$))/g,
};

/** The statement without comments, texts and quoted names; `undefined` where that cannot be told for certain. */
function bare(sql: string, dialect: Dialect, quotedNames: string[]): string | undefined {
  const pattern = new RegExp(opaque[dialect]);
  let code = '';
  let from = 0;
  for (let match = pattern.exec(sql); match !== null; match = pattern.exec(sql)) {
    const { comment, block, text, name, dollar } = match.groups ?? {};
    const [token] = match;
    code += sql.slice(from, match.index);
    from = pattern.lastIndex;
    if (comment !== undefined) code += ' ';
    else if (block !== undefined) {
      // MySQL executes /*! … */; comments inside comments are PostgreSQL's alone.
      const end = sql.indexOf('*/', from);
      if (end < 0 || sql[from] === '!' || sql[from] === 'M') return undefined;
      if (sql.slice(from, end).includes('/*')) return undefined;
      from = end + 2;
      code += ' ';
    } else if (dollar !== undefined) {
      const end = sql.indexOf(dollar, from);
      if (end < 0) return undefined;
      from = end + dollar.length;
      code += ' 0 ';
    } else if (text !== undefined || name !== undefined) {
      // By the server's settings (standard_conforming_strings, NO_BACKSLASH_ESCAPES) it may end elsewhere.
      if (token.includes('\\') || token.length < 2 || !/['"`]$/.test(token)) return undefined;
      // A quoted name may be a function's: what is called by it is not known.
      code += name === undefined ? ' 0 ' : ` quoted_name_${quotedNames.length} `;
      if (name !== undefined) quotedNames.push(name.slice(1, -1).replaceAll('""', '"'));
    } else if (/^u&$/i.test(token)) {
      // U&"…" spells names in another way.
      return undefined;
    } else code += token.startsWith('$') ? ' 0 ' : token;
    pattern.lastIndex = from;
  }
  return code + sql.slice(from);
}

const beginnings = new Set([
  'select',
  'with',
  'values',
  'table',
  'show',
  'explain',
  'describe',
  'desc',
]);
/** Words that make a statement change or lock something wherever they stand. */
const changing =
  /\b(?:insert|update|delete|merge|into|call|do|execute|prepare|copy|truncate|analyze|analyse|lock|share|nextval|setval|next value)\b/;

/** Longer ones are not worth the time. */
const longest = 32_768;
/** No name is as long as this, and looking for calls would take as long as its square. */
const endless = new RegExp(`${letter}{129}`);
const called = new RegExp(String.raw`(?:(${letter}+) ?\. ?)?(${letter}+) ?\(`, 'g');
const dotted = new RegExp(String.raw`\. ?((?!\d)${letter}+)(?!${letter}| ?\()`, 'g');

function examine(sql: string, dialect: Dialect): Reading {
  if (sql.length > longest) return false;
  const quotedNames: string[] = [];
  const code = bare(sql, dialect, quotedNames);
  const text = code?.toLowerCase().replaceAll(/\s+/g, ' ').trim().replace(/ ?;$/, '');
  if (text === undefined || text.includes(';') || /['"`]/.test(text)) return false;
  const first = /^[\s(]*([a-z]+)\b/.exec(text)?.[1] ?? '';
  if (!beginnings.has(first) || changing.test(text)) return false;
  if (text.includes(':=') || endless.test(text)) return false;
  // A function that is not known may do anything, and so may one of a schema of the user's.
  for (const [, schema, name = ''] of text.matchAll(called)) {
    if (schema !== undefined && schema !== 'pg_catalog') return false;
    if (!knownWords.has(name) && !/^\d+$/.test(name)) return false;
  }
  if (dialect !== 'postgres') return true;
  const names = [...text.matchAll(dotted)].map(([, name = '']) => {
    const [, index] = /^quoted_name_(\d+)$/.exec(name) ?? [];
    return index === undefined ? name : (quotedNames[Number(index)] ?? name);
  });
  return names.length === 0 || [...new Set(names)];
}
