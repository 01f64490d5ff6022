// The public API as committed text, docs/api/*.d.ts, so that a change to it shows in the diff.
//
//   npm run api        writes it
//   npm run check:api  fails when it differs from what was built
//
// Each file holds the declarations of one entry and of everything it imports, file by file as they are
// written, without comments. What the root entry already lists is not repeated for the others.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { entries, type Entry, root } from './entries.ts';

const folder = `${root}docs/api/`;
const declarations = `${root}node_modules/.cache/declarations`;

rmSync(declarations, { recursive: true, force: true });
execFileSync('tsc', ['-p', 'tsconfig.build.json', '--outDir', declarations], {
  cwd: root,
  stdio: 'inherit',
});

/** Where the declarations of an entry are. */
const typesOf = (entry: Entry): string => entry.types.replace(`${root}dist`, declarations);

/** The declaration files that `file` reaches by relative imports, itself first. */
function closure(file: string, seen: Set<string> = new Set()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const [, specifier] of read(file).matchAll(/(?:from|import)\s*\(?\s*["'](\.[^"']+)["']/g)) {
    closure(resolve(dirname(file), specifier!.replace(/\.(?:js|ts)$/, '.d.ts')), seen);
  }
  return seen;
}

/** Comments may change without changing the API. */
function read(file: string): string {
  return readFileSync(file, 'utf8')
    .replaceAll(/^[ \t]*\/\*[\s\S]*?\*\/[ \t]*\n/gm, '')
    .replaceAll(/^[ \t]*\/\/.*\n?/gm, '')
    .replaceAll(/\n{2,}/g, '\n')
    .trim();
}

const snapshot = new Map<string, string>();
const listed = new Map<string, string>(); // declaration file → the entry that lists it
for (const entry of entries) {
  const parts = [`// Public API of '${entry.specifier}'. Written by \`npm run api\`; do not edit.`];
  for (const file of closure(typesOf(entry))) {
    const name = relative(declarations, file);
    const owner = listed.get(file);
    if (owner === undefined) {
      listed.set(file, entry.slug);
      parts.push(`// ${name}\n${read(file)}`);
    } else {
      parts.push(`// ${name}: see ${owner}.d.ts`);
    }
  }
  snapshot.set(`${entry.slug}.d.ts`, `${parts.join('\n\n')}\n`);
}

const committed = existsSync(folder) ? readdirSync(folder) : [];
const stale = committed.filter((name) => !snapshot.has(name));
const changed = [...snapshot].filter(
  ([name, text]) => !committed.includes(name) || readFileSync(folder + name, 'utf8') !== text,
);

if (process.argv.includes('--write')) {
  mkdirSync(folder, { recursive: true });
  for (const name of stale) rmSync(folder + name);
  for (const [name, text] of changed) writeFileSync(folder + name, text);
  console.log(`docs/api: ${changed.length} written, ${stale.length} removed`);
} else if (changed.length + stale.length > 0) {
  console.error(
    `The public API differs from docs/api: ${[...changed.map(([name]) => name), ...stale].join(', ')}`,
  );
  for (const [name, text] of changed) printDifference(name, text);
  console.error('If this is intended: npm run api, then add a line to CHANGELOG.md.');
  process.exitCode = 1;
} else {
  console.log(`docs/api: ${snapshot.size} entries, unchanged`);
}

/** Lines that came or went; enough to see what happened, `git diff` after `npm run api` shows the rest. */
function printDifference(name: string, text: string): void {
  const before = committed.includes(name) ? readFileSync(folder + name, 'utf8').split('\n') : [];
  const after = text.split('\n');
  for (const line of before) if (!after.includes(line)) console.error(`  ${name} - ${line}`);
  for (const line of after) if (!before.includes(line)) console.error(`  ${name} + ${line}`);
}
