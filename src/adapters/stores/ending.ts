/**
 * What statements do to the transaction that they are sent in, or that they are by themselves: some end it half-way, and
 * what was done up to there is kept.
 */
import { bare, type Dialect, longest, lowered } from './statement.ts';

/** MySQL's comments with code in them, and MariaDB's: what is in them is executed. */
const executed = /\/\*M?!\d*([\s\S]*?)\*\//g;

/** A statement that is given as a text to be executed: `execute immediate 'commit'`, `prepare s from "commit"`. */
const given =
  /\b(?:execute\s+immediate|prepare\s+\S{1,64}\s+from)\s*(?:'([^']{0,200})|"([^"]{0,200}))/gi;

/** `rollback to` goes to a savepoint, and ends nothing. */
const ending = String.raw`commit|rollback(?! (?:(?:work|transaction) )?to\b)`;

/** MySQL commits before most of what is not about rows: "Statements That Cause an Implicit Commit" in its manual. */
const committing = [
  'alter|analyze|begin|cache index|change (?:master|replication)|check table|flush|grant|install|load index|lock tables?',
  String.raw`(?:create|drop)(?! temporary\b)|optimize|rename|repair|reset|revoke|set password|truncate|uninstall`,
  'start (?:transaction|slave|replica|group_replication)|stop (?:slave|replica|group_replication)|unlock tables?',
].join('|');

const endings: Readonly<Record<Dialect | 'sqlite', RegExp>> = {
  sqlite: new RegExp(String.raw`^(?:${ending}|end|begin)\b`),
  postgres: new RegExp(String.raw`^(?:${ending}|abort|end|prepare transaction)\b`),
  mysql: new RegExp(String.raw`^(?:${ending}|${committing})\b`),
};

/** The body of a function may be a part of the statement that makes it: `begin atomic … end`. */
const makesFunction = /^create (?:or replace )?(?:function|procedure)\b/;

/** What is said of a statement that would end its transaction. */
export const endingRefused = (words: string): string =>
  `transaction: \`${words}\` would end the transaction, which is committed when its function returns and rolled back when that throws. Send it outside.`;

/** The words of a statement that would end the transaction that it is sent in; `undefined` where none is known to. */
export function endingWords(sql: string, dialect: Dialect | 'sqlite'): string | undefined {
  if (sql.length > longest) return undefined;
  const isMysql = dialect === 'mysql';
  const code = isMysql
    ? bare(sql.replaceAll(executed, ' $1 '), dialect, [])
    : bare(sql, 'postgres', []);
  if (code === undefined) return undefined;
  const text = lowered(code);
  if (dialect === 'postgres' && makesFunction.test(text)) return undefined;
  for (const statement of text.split(/ ?; ?/)) {
    const [words] = endings[dialect].exec(statement) ?? [];
    if (words !== undefined) return words;
  }
  if (!isMysql) return undefined;
  for (const [, one, other = ''] of sql.matchAll(given)) {
    const words = endingWords(one ?? other, dialect);
    if (words !== undefined) return words;
  }
  return undefined;
}

/** By itself a transaction: an error undoes all of it. What calls a procedure, or is several, may have committed before. */
const alone =
  /^[( ]*(?:insert|update|delete|replace|merge|select|with|values|table|truncate|lock|copy|load)\b/;

/** Whether an error of the server undoes all that a statement has done. */
export function isUndone(sql: string, dialect: Dialect): boolean {
  // A text whose end cannot be told for certain may hide a semicolon, if there is one.
  const code = bare(sql, dialect, []) ?? (sql.includes(';') ? '' : sql);
  const text = lowered(code);
  return alone.test(text) && !text.includes(';');
}
