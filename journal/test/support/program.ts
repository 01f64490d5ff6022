/** The journal as a program of its own, built from these sources. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from '../../scripts/build.ts';
import { atEnd } from './store.ts';

const root = resolve(import.meta.dirname, '../../..');

/** Builds it with the sources of kedge, which need not be built, into a folder that `remove` removes. */
export async function buildProgram(): Promise<{ main: string; remove: () => void }> {
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
  await build(join(folder, 'dist'), alias);
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  return {
    main: join(folder, 'dist/main.js'),
    remove: () => rmSync(folder, { recursive: true }),
  };
}

export interface Running {
  readonly url: string;
  readonly dsn: URL;
  readonly process: ChildProcess;
  readonly output: () => string;
  /** Ends it, and waits until it has. Returns its exit code, or the signal. */
  end(signal: NodeJS.Signals): Promise<number | string | null>;
}

/** Starts it, and waits until it listens. */
export async function start(
  main: string,
  database: string,
  env: Record<string, string> = {},
): Promise<Running> {
  const child = spawn(process.execPath, [main], {
    env: { DATABASE_URL: database, PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  atEnd(() => child.kill('SIGKILL'));
  let output = '';
  child.stderr?.on('data', (text) => void (output += String(text)));
  await new Promise<void>((resolve, reject) => {
    child.once('exit', () => reject(new Error(`It ended: ${output}`)));
    child.stdout?.on('data', (text) => {
      output += String(text);
      if (/DSN .*\n/.test(output)) resolve();
    });
  });
  const url = /listens on (\S+)/.exec(output)?.[1] as string;
  const dsn = new URL(/DSN +(\S+)/.exec(output)?.[1] as string);
  return {
    url,
    dsn,
    process: child,
    output: () => output,
    end: async (signal) => {
      const exit = once(child, 'exit') as Promise<[number | null, string | null]>;
      child.kill(signal);
      const [code, by] = await exit;
      return code ?? by;
    },
  };
}
