/**
 * What statements do to the transaction that they are sent in, or that they are by themselves: some end it half-way, and
 * what was done up to there is kept.
 */
import { bare, type Dialect, longest, lowered } from './statement.ts';

/** `rollback to` goes to a savepoint, and ends nothing. */
const ending = String.raw`commit|rollback(?! (?:(?:work|transaction) )?to\b)`;

/** MySQL commits before most of what is not about rows: "Statements That Cause an Implicit Commit" in its manual. */
const committing = [
  'alter|analyze|begin|cache index|change (?:master|replication)|check table|flush|grant|install|load index|lock tables?',
  String.raw`(?:create|drop)(?! temporary\b)|optimize|rename|repair|reset|revoke|set password|truncate|uninstall`,
  'start (?:transaction|slave|replica|group_replication)|stop (?:slave|replica|group_replication)|unlock tables?',
].join('|');

const endings: Readonly<Record<Dialect, RegExp>> = {
  postgres: new RegExp(String.raw`^(?:${ending}|abort|end|prepare transaction)\b`),
  mysql: new RegExp(String.raw`^(?:${ending}|${committing})\b`),
};

/** The body of a function may be a part of the statement that makes it: `begin atomic … end`. */
const makesFunction = /^create (?:or replace )?(?:function|procedure)\b/;

/** The words of a statement that would end the transaction that it is sent in; `undefined` where none is known to. */
export function endingWords(sql: string, dialect: Dialect): string | undefined {
  const code = sql.length > longest ? undefined : bare(sql, dialect, []);
  if (code === undefined) return undefined;
  const text = lowered(code);
  if (dialect === 'postgres' && makesFunction.test(text)) return undefined;
  for (const statement of text.split(/ ?; ?/)) {
    const [words] = endings[dialect].exec(statement) ?? [];
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
