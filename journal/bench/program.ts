/** The built journal as a process of its own, as anybody runs it. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

export const main: string = resolve(import.meta.dirname, '../dist/main.js');

export interface Running {
  readonly port: number;
  readonly key: string;
  readonly url: string;
  /** How long it took until it listened, in milliseconds. */
  readonly readyAfter: number;
  /** Microseconds of a core that it has used, all threads together. */
  used(): number;
  /** Megabytes in memory, now and at most. */
  memory(): { now: number; most: number };
  /** A cookie of somebody who is signed in; by the link that it prints. */
  signIn(): Promise<string>;
  end(signal: NodeJS.Signals): Promise<void>;
}

export function temporary(): { folder: string; database: string } & Disposable {
  const folder = mkdtempSync(join(tmpdir(), 'journal-bench-'));
  const database = join(folder, 'journal.db');
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  process.once('exit', remove);
  return { folder, database, [Symbol.dispose]: remove };
}

/** Bytes of the database with its log. */
export function sizeOf(database: string): number {
  return [database, `${database}-wal`].reduce(
    (sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.size ?? 0),
    0,
  );
}

/** Runs a command of the journal beside the one that serves. */
export async function command(database: string, ...args: string[]): Promise<string> {
  const env = { ...process.env, DATABASE_URL: database };
  const { stdout } = await promisify(execFile)(process.execPath, [main, ...args], { env });
  return stdout;
}

/** Waits until a running journal has seen what a command has changed. */
export const noticed = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 10_500));

export async function start(
  database: string,
  env: Readonly<Record<string, string>> = {},
  socket?: number,
): Promise<Running> {
  const begin = performance.now();
  const child = spawn(process.execPath, [main], {
    env: { ...process.env, DATABASE_URL: database, PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'inherit', ...(socket === undefined ? [] : [socket])],
  });
  // A bench that is stopped leaves nothing behind.
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  child.once('exit', () => process.off('exit', kill));
  const said = await welcome(child);
  const readyAfter = performance.now() - begin;
  const dsn = new URL(/DSN +(\S+)/.exec(said)?.[1] as string);
  const url = /listens on (\S+)/.exec(said)?.[1] as string;
  const token = /token=(\S+)/.exec(said)?.[1] ?? '';
  const about = (file: string): string => readFileSync(`/proc/${child.pid}/${file}`, 'latin1');
  return {
    port: Number(dsn.port),
    key: dsn.username,
    url,
    readyAfter,
    used() {
      // User and system time, in ticks of 10 ms.
      const fields = about('stat')
        .replace(/^.*\) /, '')
        .split(' ');
      return (Number(fields[11]) + Number(fields[12])) * 10_000;
    },
    memory() {
      const status = about('status');
      const of = (name: string): number =>
        Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) / 1_000;
      return { now: of('VmRSS'), most: of('VmHWM') };
    },
    async signIn() {
      const response = await fetch(`${url}/sign-in`, {
        method: 'POST',
        headers: { origin: url },
        body: new URLSearchParams({ token }),
        redirect: 'manual',
      });
      return response.headers.get('set-cookie')?.split(';')[0] ?? '';
    },
    async end(signal) {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const over = once(child, 'exit');
      child.kill(signal);
      await over;
    },
  };
}

function welcome(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout?.on('data', (chunk) => {
      text += String(chunk);
      if (/DSN +\S+\n/.test(text)) resolve(text);
    });
    child.once('exit', (code) => reject(new Error(`The journal ended with ${code}.`)));
  });
}
