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
const known: Readonly<Record<Dialect, Map<string, boolean>>> = {
  postgres: new Map(),
  mysql: new Map(),
};

/** Whether a statement certainly changes nothing, and takes no locks. */
export function isRead(sql: string, dialect: Dialect): boolean {
  const memory = known[dialect];
  const remembered = memory.get(sql);
  if (remembered !== undefined) return remembered;
  const reads = examine(sql, dialect);
  if (sql.length <= longestKnown) {
    if (memory.size >= mostKnown) memory.clear();
    memory.set(sql, reads);
  }
  return reads;
}

/**
 * What is no code in a statement. What is never closed runs to the end, so that no beginning of one is tried again: that
 * keeps the time linear.
 */
const opaque: Readonly<Record<Dialect, RegExp>> = {
  // E'…' before '…', which knows no backslashes; $tag$…$tag$.
  postgres:
    /--[^\n]*|\/\*|\b[eE]'(?:[^'\\]|\\[\s\S]|'')*(?:'|\\?$)|'(?:[^']|'')*(?:'|$)|"(?:[^"]|"")*(?:"|$)|\$(?:[A-Za-z_]\w{0,62})?\$/g,
  mysql:
    /--(?=\s|$)[^\n]*|#[^\n]*|\/\*|'(?:[^'\\]|\\[\s\S]|'')*(?:'|\\?$)|"(?:[^"\\]|\\[\s\S]|"")*(?:"|\\?$)|`(?:[^`]|``)*(?:`|$)/g,
};

/** The statement without comments, texts and quoted names; `undefined` where that cannot be told for certain. */
function bare(sql: string, dialect: Dialect): string | undefined {
  const pattern = new RegExp(opaque[dialect]);
  let text = '';
  let from = 0;
  for (let match = pattern.exec(sql); match !== null; match = pattern.exec(sql)) {
    const [token] = match;
    text += sql.slice(from, match.index);
    from = pattern.lastIndex;
    if (token === '/*') {
      // MySQL executes /*! … */; comments inside comments are PostgreSQL's alone.
      const end = sql.indexOf('*/', from);
      if (end < 0 || sql[from] === '!' || sql[from] === 'M') return undefined;
      if (sql.slice(from, end).includes('/*')) return undefined;
      from = end + 2;
    } else if (token.startsWith('$')) {
      const end = sql.indexOf(token, from);
      if (end < 0) return undefined;
      from = end + token.length;
      text += ' 0 ';
    } else if (/^['"]/.test(token) && token.includes('\\')) {
      // By the server's settings (standard_conforming_strings, NO_BACKSLASH_ESCAPES) it may end elsewhere.
      return undefined;
    } else if (!/^[-#]/.test(token) && (token.length < 2 || !/['"`]$/.test(token))) {
      return undefined;
    } else text += token.startsWith('-') || token.startsWith('#') ? ' ' : quoted(token);
    pattern.lastIndex = from;
  }
  return text + sql.slice(from);
}

/** A quoted name may be a function's; what is called by it is not known. */
const quoted = (token: string): string => (token.startsWith("'") ? ' 0 ' : ' quoted_name ');

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
  /\b(?:insert|update|delete|merge|into|call|do|execute|prepare|copy|truncate|analyze|analyse|lock|share|nextval|setval)\b/;

/** Longer ones are not worth the time. */
const longest = 100_000;

function examine(sql: string, dialect: Dialect): boolean {
  if (sql.length > longest) return false;
  const text = bare(sql, dialect)?.toLowerCase().replaceAll(/\s+/g, ' ').trim().replace(/ ?;$/, '');
  if (text === undefined || text.includes(';') || /['"`]/.test(text)) return false;
  const first = /^[\s(]*([a-z]+)\b/.exec(text)?.[1] ?? '';
  if (!beginnings.has(first) || changing.test(text)) return false;
  // No name is as long as this, and looking for calls would take as long as its square.
  if (text.includes(':=') || /[\w$]{129}/.test(text)) return false;
  // A function that is not known may do anything, and so may one of a schema of the user's.
  for (const [, schema, name = ''] of text.matchAll(/(?:([\w$]+) ?\. ?)?([\w$]+) ?\(/g)) {
    if (schema !== undefined && schema !== 'pg_catalog') return false;
    if (!knownWords.has(name) && !/^\d+$/.test(name)) return false;
  }
  return true;
}
