// src → dist: a file each, so that threads find theirs beside the file that starts them.
import { readFileSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { rolldown } from 'rolldown';

const journal = resolve(import.meta.dirname, '..');

/** Writes the program to `dist`. `alias` leads packages elsewhere, for tests that have no built kedge. */
export async function build(
  dist: string,
  alias: Readonly<Record<string, string>> = {},
): Promise<void> {
  rmSync(dist, { recursive: true, force: true });
  const bundle = await rolldown({
    cwd: journal,
    input: {
      main: 'src/main.ts',
      'store/sqlite/writer': 'src/store/sqlite/writer.ts',
      'store/sqlite/reader': 'src/store/sqlite/reader.ts',
    },
    platform: 'node',
    external: (id) => /^[^./]/.test(id) && !Object.keys(alias).some((name) => id === name),
    resolve: { alias: { ...alias } },
  });
  await bundle.write({
    dir: dist,
    preserveModules: true,
    preserveModulesRoot: resolve(journal, 'src'),
  });
}

if (import.meta.main) {
  const { version } = JSON.parse(readFileSync(resolve(journal, 'package.json'), 'utf8')) as {
    version: string;
  };
  await build(resolve(journal, 'dist'));
  process.stdout.write(`kedge-journal ${version}\n`);
}
