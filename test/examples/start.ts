// Starts the example shop on the sources, as a newcomer does on the build.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { buildFromSources } from '../../journal/scripts/from-sources.ts';

const root = resolve(import.meta.dirname, '../..');
const sources = join(import.meta.dirname, 'sources.ts');

let journal: Awaited<ReturnType<typeof buildFromSources>>;

beforeAll(async () => {
  journal = await buildFromSources();
});
afterAll(() => journal.remove());

export interface Run extends AsyncDisposable {
  /** What it has printed so far. */
  readonly printed: string;
  readonly exit: Promise<number | null>;
  /** Where it says that it is, once there has been a second of load. */
  origin(): Promise<string>;
}

export function start(args: readonly string[], env: NodeJS.ProcessEnv = {}): Run {
  const child: ChildProcess = spawn(process.execPath, ['examples/shop/main.ts', ...args], {
    cwd: root,
    env: {
      ...process.env,
      DATABASE_URL: '',
      JOURNAL_PROGRAM: journal.dist,
      NODE_OPTIONS: `--conditions=kedge-sources --import=${sources}`,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => (printed += text));
  }
  const exit = once(child, 'exit').then(([code]) => code as number | null);
  return {
    get printed() {
      return printed;
    },
    exit,
    async origin() {
      // The table's first line.
      const first = /^ +\d+ .*%.*%/m;
      await expect.poll(() => printed, { timeout: 90_000, interval: 50 }).toMatch(first);
      return /http:\/\/[\d.]+:\d+/.exec(printed)?.[0] ?? '';
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      await exit;
    },
  };
}
