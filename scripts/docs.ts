// Writes what the documentation takes from the code: `npm run docs`. test/docs holds it to that.
//
// A page marks the place by <!-- generated: name --> and <!-- end -->.
import { readFileSync, writeFileSync } from 'node:fs';
import { usualBlame } from '../src/verdict/evidence.ts';
import { type Row, type Rows, type Source, wordsOf } from '../src/verdict/rows.ts';
import { sources } from '../src/verdict/sources/index.ts';
import { root } from './entries.ts';
import { peers, tableOf } from './peer-options.ts';

/** What may be generated, by the name in the mark. */
const parts: Readonly<Record<string, () => string>> = {
  classify,
  ...Object.fromEntries(
    Object.keys(peers).map((library) => [`options-of-${library}`, () => tableOf(library)]),
  ),
};

/** The pages that have marks. */
export const generatedPages: readonly string[] = [
  'docs/failures.md',
  'docs/coming-from/p-retry.md',
  'docs/coming-from/opossum.md',
  'docs/coming-from/cockatiel.md',
  'docs/coming-from/axios-retry-got-ky.md',
];

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

const told: Readonly<Record<keyof Rows, string>> = {
  code: '`code`',
  ownCode: 'its `code`',
  prefix: '`code` begins with',
  number: '`code` or `number`, a number',
  errno: '`errno`, `errcode`',
  status: 'status',
  sqlState: 'SQLSTATE, or its class',
  label: 'label',
  reason: 'reason of a cancelled transaction',
  reply: 'first word of the message',
  type: '`type`',
  message: 'message',
  beginning: 'message begins with',
  ownBeginning: 'its message begins with',
  name: '`name`, or the class',
};

/** Of the sources, in their order. */
const titles: readonly string[] = [
  "The program itself, and kedge's own",
  'Sockets, DNS, TLS, HTTP/2',
  "undici, and Node's fetch",
  'fetch in browsers',
  'fetch in Deno, Bun and Workers',
  'HTTP and axios',
  'Other clients of HTTP, and SDKs',
  'tRPC and GraphQL',
  'AWS',
  'gRPC',
  'PostgreSQL',
  'MySQL and MariaDB',
  'SQL Server',
  'Oracle',
  'SQLite',
  'Redis',
  'MongoDB and Mongoose',
  'Prisma',
  'Sequelize, TypeORM, MikroORM, Knex, Kysely, Objection',
  'Validation',
  'Other resilience libraries',
];

/** The table of `classify`, one section a source. */
function classify(): string {
  if (titles.length !== sources.length) throw new Error('every source needs a title');
  return sources
    .map((source, index) => {
      const head =
        '| told by | values | kind | blame | repeat |\n| --- | --- | --- | --- | --- |\n';
      return `\n#### ${titles[index]}\n\n${head}${rowsOf(source).join('')}`;
    })
    .join('')
    .concat('\n');
}

function rowsOf(source: Source): string[] {
  return Object.entries(told).flatMap(([property, heading]) =>
    (source[property as keyof Rows] ?? []).map((row) => {
      const on = wordsOf(row)
        .map((word) => code(word, property))
        .join(', ');
      const [kind, , , { blame = usualBlame[kind] } = {}] = row;
      return `| ${heading} | ${on} | ${kind} | ${blame} | ${repeat(row)} |\n`;
    }),
  );
}

/** `14:UNAVAILABLE` is a number and its name. */
function code(word: string, property: string): string {
  const [, number, name] =
    (property === 'number' || property === 'errno' ? /^(\d+):(\w+)$/.exec(word) : null) ?? [];
  const quoted = word.includes('`') ? `\`\` ${word} \`\`` : `\`${word}\``;
  return number === undefined ? quoted : `\`${number}\` (${name})`;
}

function repeat([, repeat, , more = {}]: Row): string {
  const { maxRetries, hint, connecting, connection } = more;
  if (connecting !== undefined) return `safe where only connecting failed, else ${repeat}`;
  const once = maxRetries === undefined ? '' : ', once';
  const replace = connection === undefined ? '' : ', by another connection';
  return `${repeat}${once}${replace}${hint === undefined ? '' : ' (1)'}`;
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
