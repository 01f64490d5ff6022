/** Finds statements that would end a transaction from inside: its work so far would be kept, or gone, and it run again. */
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
