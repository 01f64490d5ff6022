// What the journal reaches, against its goals: `npm run bench -- journal [--only intake,flood,page] [--records N] [--minutes N]`.
// Writes journal/docs/benchmarks.md; parts that were not measured keep what was found last.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { flood } from './flood.ts';
import { full } from './full.ts';
import { intake } from './intake.ts';
import { kills } from './kills.ts';
import { memory } from './memory.ts';
import type { Row } from './rows.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    records: { type: 'string', default: '10000000' },
    minutes: { type: 'string', default: '30' },
  },
});

const parts: Readonly<Record<string, () => Promise<Row[]>>> = {
  intake,
  flood,
  kills,
  memory: () => memory(Number(values.minutes)),
  full: () => full(Number(values.records)),
};

const titles: Readonly<Record<string, string>> = {
  intake: 'Intake',
  flood: 'A flood',
  kills: 'Kills and restarts',
  memory: 'Memory',
  full: 'A full database',
};

interface Found {
  readonly at: string;
  /** How many processes wanted a core in the minute before: others that share the machine. */
  readonly load: number;
  readonly rows: readonly Row[];
}

const folder = join(import.meta.dirname, '../../node_modules/.cache/kedge-bench');
const fileOf = (part: string): string => join(folder, `journal-${part}.json`);
const page = join(import.meta.dirname, '../docs/benchmarks.md');

mkdirSync(folder, { recursive: true });
for (const part of values.only?.split(',') ?? Object.keys(parts)) {
  // Only writes the page.
  if (part === 'page') continue;
  const measure = parts[part];
  if (measure === undefined) {
    throw new Error(`There is no part '${part}': ${Object.keys(parts).join(', ')}.`);
  }
  const [load = 0] = loadavg();
  const rows = await measure();
  for (const { met, what, goal, found } of rows) {
    console.log(`${met ? '✓' : '✗'} ${what}: ${found} (${goal})`);
  }
  const found: Found = { at: new Date().toISOString().slice(0, 10), load, rows };
  writeFileSync(fileOf(part), JSON.stringify(found));
}
writePage();

function kept(part: string): Found | undefined {
  try {
    return JSON.parse(readFileSync(fileOf(part), 'utf8')) as Found;
  } catch {
    return undefined;
  }
}

function writePage(): void {
  const sections = Object.keys(parts).flatMap((part) => {
    const found = kept(part);
    return found === undefined ? [] : [section(titles[part] ?? part, found)];
  });
  const rows = Object.keys(parts).flatMap((part) => kept(part)?.rows ?? []);
  const met = rows.filter((row) => row.met).length;
  writeFileSync(
    page,
    `# What the journal reaches

<!-- Written by \`npm run bench -- journal\`. -->

${met} of ${rows.length} goals are met, with Node ${process.versions.node} on ${cpus().length} cores of ${cpus()[0]?.model.trim()}. The load is made on the
same machine, and takes about a core. So each rate stands beside that of a server of \`node:http\` that only answers, in the
same run, which makes tens of thousands a second where nothing else runs. Where it is far less, others had the cores, and the
figures say little about the journal. A wait at a rate counts from when the request was due.

${sections.join('\n')}`,
  );
  console.log(page);
}

function section(title: string, { at, load, rows }: Found): string {
  const lines = rows.map(
    ({ what, goal, found, met }) => `| ${what} | ${goal} | ${found} | ${met ? 'yes' : '**no**'} |`,
  );
  return `## ${title}

On ${at}; ${load.toFixed(1)} processes wanted a core before it began.

| what | goal | found | met |
| --- | --- | --- | --- |
${lines.join('\n')}
`;
}
