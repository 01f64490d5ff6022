// Builds the journal with the sources of kedge, which need not be built: for tests.
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from './build.ts';

const root = resolve(import.meta.dirname, '../..');

/** Into a folder that `remove` removes. */
export async function buildFromSources(): Promise<{ dist: string; remove: () => void }> {
  const folder = mkdtempSync(join(tmpdir(), 'journal-program-'));
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    exports: Record<string, { default?: string }>;
  };
  const alias: Record<string, string> = { '#sources': join(root, 'src/verdict/sources/index.ts') };
  // The longer names first: an alias of `kedge` alone would take those of its entries.
  for (const [subpath, { default: built }] of Object.entries(exports).toReversed()) {
    if (built === undefined) continue;
    alias[`kedge${subpath.slice(1)}`] = join(
      root,
      built.replace('./dist/', 'src/').replace(/\.js$/, '.ts'),
    );
  }
  const dist = join(folder, 'dist');
  await build(dist, alias);
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  return { dist, remove: () => rmSync(folder, { recursive: true }) };
}
