/**
 * Processes of their own, for what can only be seen from outside: whether one ends, and what it complains about.
 */
import { execFile } from 'node:child_process';

export interface Ended {
  readonly code: number | null;
  readonly output: string[];
  readonly complaints: string;
}

const index: string = new URL('../../src/index.ts', import.meta.url).href;

/**
 * Runs a module with all names of `kedge` and a `print` at hand. One that does not end by itself is killed after half
 * a minute, and `code` is null. `flags` are Node's own.
 */
export function child(module: string, ...flags: readonly string[]): Promise<Ended> {
  const text = `
    import * as kedge from ${JSON.stringify(index)};
    const print = (...words) => console.log(words.join(' '));
    ${module.replaceAll(/\bkedge\((.*?)\);/g, 'const { $1 } = kedge;')}
  `;
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      // The sources and not what was built of them, or nothing.
      ['--conditions=kedge-sources', ...flags, '--input-type=module', '--eval', text],
      { timeout: 30_000, env: {} },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : ((error as { code?: number | null }).code ?? null);
        resolve({ code, output: stdout.split('\n').filter(Boolean), complaints: stderr });
      },
    );
  });
}
