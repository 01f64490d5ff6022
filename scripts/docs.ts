// Writes what the documentation takes from the code: `npm run docs`. test/docs holds it to that.
//
// A page marks the place by <!-- generated: name --> and <!-- end -->.
import { readFileSync, writeFileSync } from 'node:fs';
import type { Row, Source } from '../src/verdict/sources/source.ts';
import { table } from '../src/verdict/table.ts';
import { root } from './entries.ts';

/** What may be generated, by the name in the mark. */
const parts: Readonly<Record<string, () => string>> = { classify };

/** The pages that have marks. */
export const generatedPages: readonly string[] = ['docs/failures.md'];

/** The page as it should be. */
export function withGenerated(text: string): string {
  return text.replaceAll(
    /(<!-- generated: ([\w-]+) -->\n)[\s\S]*?(<!-- end -->)/g,
    (_whole, begin: string, name: string, end: string) => {
      const part = parts[name];
      if (part === undefined) throw new Error(`nobody makes ${name}`);
      return `${begin}${part()}${end}`;
    },
  );
}

const told: Readonly<Record<Exclude<keyof Source, 'source'>, string>> = {
  code: '`code`',
  prefix: '`code` begins with',
  number: '`code`, a number',
  errno: '`errno`, `errcode`',
  status: 'status',
  sqlState: 'SQLSTATE, or its class',
  label: 'label',
  reply: 'first word of the message',
  message: 'message',
  name: '`name`, or the class',
};

const titles: Readonly<Record<string, string>> = {
  application: "The program itself, and kedge's own",
  network: 'Sockets, DNS, TLS, fetch and undici',
  http: 'HTTP',
  postgres: 'PostgreSQL',
  mysql: 'MySQL and MariaDB',
  sqlite: 'SQLite',
  redis: 'Redis',
  mongodb: 'MongoDB',
};

/** The table of `classify`, one section a source. */
function classify(): string {
  const sources = [...new Set(table.map(({ source }) => source))];
  return sources
    .map((source) => {
      const rows = table.filter((one) => one.source === source).flatMap(rowsOf);
      const head = '| told by | values | kind | repeat |\n| --- | --- | --- | --- |\n';
      return `\n#### ${titles[source] ?? source}\n\n${head}${rows.join('')}`;
    })
    .join('')
    .concat('\n');
}

function rowsOf(source: Source): string[] {
  return Object.entries(told).flatMap(([property, heading]) =>
    (source[property as keyof typeof told] ?? []).map(
      (row) => `| ${heading} | ${row.on.map(code).join(', ')} | ${row.kind} | ${repeat(row)} |\n`,
    ),
  );
}

/** `14:UNAVAILABLE` is a number and its name. */
function code(word: string): string {
  const [, number, name] = /^(\d+):(\w+)$/.exec(word) ?? [];
  return number === undefined ? `\`${word}\`` : `\`${number}\` (${name})`;
}

function repeat({ repeat, maxRetries, hint, connecting }: Row): string {
  if (connecting !== undefined)
    return `${repeat} where \`syscall\` is \`connect\`, else idempotent`;
  const once = maxRetries === undefined ? '' : ', once';
  return `${repeat}${once}${hint === undefined ? '' : ' (1)'}`;
}

if (import.meta.main) {
  for (const page of generatedPages) {
    const before = readFileSync(root + page, 'utf8');
    const after = withGenerated(before);
    if (before === after) continue;
    writeFileSync(root + page, after);
    console.log(`${page}: written`);
  }
}
