/**
 * Tells statements that only read from all others, by their text.
 *
 * A wrong "reads" would let a write be repeated, a wrong "writes" only costs a retry: so everything that is not known
 * to read counts as a write, an unknown function too.
 */
import { beforeTexts, builtInTypes, knownWords } from './words.ts';

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
      String.raw`(?<comment>--[^\n\r]*)`,
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
    /(?<comment>--(?=[ \t\n\v\f\r]|$)[^\n]*|#[^\n]*)|(?<block>\/\*)|(?<text>'(?:[^'\\]|\\[\s\S]|'')*(?:'|\\?$))|(?<name>"(?:[^"\\]|\\[\s\S]|"")*(?:"|\\?$)|`(?:[^`]|``)*(?:`|$))/g,
};

/** What stands for texts and parameters in the code; a statement with such a sign of its own is not looked at. */
const aText = '\u0001';
const aParameter = '\u0002';
const control = /(?![\t-\r])\p{Cc}/u;

/** The statement without comments, texts and quoted names; `undefined` where that cannot be told for certain. */
export function bare(sql: string, dialect: Dialect, quotedNames: string[]): string | undefined {
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
      code += ` ${aText} `;
    } else if (text !== undefined || name !== undefined) {
      // By the server's settings (standard_conforming_strings, NO_BACKSLASH_ESCAPES) it may end elsewhere.
      if (token.includes('\\') || token.length < 2 || !/['"`]$/.test(token)) return undefined;
      // A quoted name may be a function's: what is called by it is not known.
      code += name === undefined ? ` ${aText} ` : ` quoted_name_${quotedNames.length} `;
      if (name !== undefined) quotedNames.push(name.slice(1, -1).replaceAll('""', '"'));
    } else if (/^u&$/i.test(token)) {
      // U&"…" spells names in another way.
      return undefined;
    } else code += token.startsWith('$') ? ` ${aParameter} ` : token;
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
  /\b(?:insert|update|delete|merge|into|call|do|execute|prepare|copy|truncate|analyze|analyse|lock|share|nextval|setval|next value|returning)\b/;

/** Longer ones are not worth the time. */
export const longest = 32_768;
/** No name is as long as this, and looking for calls would take as long as its square. */
const endless = new RegExp(`${letter}{129}`);
const called = new RegExp(String.raw`(?:(${letter}+) ?\. ?)?(${letter}+) ?\(`, 'g');
const dotted = new RegExp(String.raw`\. ?((?!\d)${letter}+)(?!${letter}| ?\()`, 'g');

/** With small letters and single spaces, and without a semicolon at the end. */
export const lowered = (code: string): string =>
  // Neither server takes other letters, or other spaces, for those of ASCII.
  code
    .replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase())
    .replaceAll(/[ \t-\r]+/g, ' ')
    .replaceAll(/^ | $/g, '')
    .replace(/ ?;$/, '');

/** `(expression).name`, `$1.name` and `list[1].name` may be calls of any function; `(row).*` is none. */
const fieldOfValue = new RegExp(String.raw`[)\]${aText}${aParameter}] ?\. ?[^*\d ]`);
const cast = new RegExp(String.raw`:: ?(?:pg_catalog ?\. ?)?(${letter}*)( ?\.)?`, 'g');
const typedText = new RegExp(`(${letter}+) ?${aText}`, 'g');
const castWord = new RegExp(String.raw`\(|\)|${letter}+`, 'g');

/** Whether all casts are to types of the server's own: one to another type, or to a domain, may call any function. */
function castsToBuiltIns(text: string): boolean {
  for (const [, type = '', schema] of text.matchAll(cast))
    if (schema !== undefined || !builtInTypes.has(type)) return false;
  // `money 'text'`: the word in front of a text is a keyword or a type.
  for (const [, word = ''] of text.matchAll(typedText))
    if (!builtInTypes.has(word) && !beforeTexts.has(word)) return false;
  // `cast(x as type)`: inside of it `as` is followed by the type.
  const isCast: boolean[] = [];
  let [before, last] = ['', ''];
  for (const [token] of text.matchAll(castWord)) {
    if (token === '(') isCast.push(last === 'cast');
    else if (token === ')') isCast.pop();
    else if (last === 'as' && before !== 'as' && isCast.at(-1) === true && !builtInTypes.has(token))
      return false;
    [before, last] = [last, token];
  }
  return true;
}

function examine(sql: string, dialect: Dialect): Reading {
  if (sql.length > longest || control.test(sql)) return false;
  const quotedNames: string[] = [];
  const code = bare(sql, dialect, quotedNames);
  const text = code === undefined ? undefined : lowered(code);
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
  if (!castsToBuiltIns(text) || fieldOfValue.test(text)) return false;
  const names = [...text.matchAll(dotted)].map(([, name = '']) => {
    const [, index] = /^quoted_name_(\d+)$/.exec(name) ?? [];
    return index === undefined ? name : (quotedNames[Number(index)] ?? name);
  });
  return names.length === 0 || [...new Set(names)];
}
