/** The journal as a program of its own, built from these sources. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { buildFromSources } from '../../scripts/from-sources.ts';
import { atEnd } from './store.ts';

/** Builds it into a folder that `remove` removes. */
export async function buildProgram(): Promise<{ main: string; remove: () => void }> {
  const { dist, remove } = await buildFromSources();
  return { main: join(dist, 'main.js'), remove };
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
