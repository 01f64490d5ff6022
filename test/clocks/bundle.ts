/** kedge and the programs in one file, as plain code for other processes and runtimes. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, type BuildOptions } from 'esbuild';

const root: string = new URL('../..', import.meta.url).pathname;

/** A folder that is gone when the tests are over. */
export function folder(): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), 'kedge-clocks-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** Bundles a file of this folder with all that it imports. */
export async function bundle(entry: string, outfile: string, options: BuildOptions): Promise<void> {
  await build({
    entryPoints: [join(import.meta.dirname, entry)],
    outfile,
    bundle: true,
    alias: { kedge: join(root, 'src/index.ts') },
    logLevel: 'error',
    ...options,
  });
}
