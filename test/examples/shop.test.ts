// Runs the example as a newcomer does, only shorter: real processes, a real database, real time.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const sources = join(import.meta.dirname, 'sources.ts');

let folder: string;
let child: ChildProcess | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kedge-test-'));
});

afterEach(async () => {
  if (child?.exitCode === null && child.signalCode === null) {
    const exit = once(child, 'exit');
    child.kill('SIGTERM');
    await exit;
  }
  rmSync(folder, { recursive: true });
});

/** Starts the example on the sources, and gathers what it prints. */
function start(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const started = spawn(process.execPath, ['examples/shop/main.ts', ...args], {
    cwd: root,
    env: {
      ...process.env,
      DATABASE_URL: '',
      NODE_OPTIONS: `--conditions=kedge-sources --import=${sources}`,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child = started;
  const run = { printed: '', exit: once(started, 'exit').then(([code]) => code as number | null) };
  for (const stream of [started.stdout, started.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (run.printed += text));
  }
  return run;
}

/** The two numbers of a line of the summary. */
function line(printed: string, label: string): { bare: number; kedge: number } {
  const [, bare, kedge] = new RegExp(`${label} +([\\d.]+)%? +([\\d.]+)%?`).exec(printed) ?? [];
  return { bare: Number(bare), kedge: Number(kedge) };
}

/** What promtool finds in metrics; nothing where it is missing. */
function lint(metrics: string): string {
  const { error, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
    input: metrics,
    encoding: 'utf8',
  });
  return error === undefined ? stdout + stderr : '';
}

async function metricsOf(run: { printed: string }): Promise<string> {
  // The table's first line: there has been a second of load.
  const first = /^ +\d+ .*%.*%/m;
  await expect.poll(() => run.printed, { timeout: 40_000, interval: 50 }).toMatch(first);
  const [origin] = /http:\/\/[\d.]+:\d+/.exec(run.printed) ?? [];
  return (await fetch(`${origin}/metrics`)).text();
}

describe('the example shop', () => {
  it('answers where the bare route fails, and logs each failure that it counts', async () => {
    const run = start(['--seconds', '5', '--rate', '50', '--log', join(folder, 'shop.log')]);
    const metrics = await metricsOf(run);
    expect(metrics).toMatch(
      /^kedge_circuit_breaker_state\{pipeline="quotes-api",.*state="closed"\} 1$/m,
    );
    expect(metrics).toMatch(
      /^shop_dependency_calls_total\{route="bare",dependency="orders-db"\} \d+$/m,
    );
    expect(lint(metrics)).toBe('');

    expect(await run.exit).toBe(0);
    const pages = line(run.printed, 'got their page');
    expect(pages.kedge).toBeGreaterThan(pages.bare);
    expect(run.printed).toContain('They agree.');
    expect(run.printed).not.toContain('\u001B');
  }, 60_000);

  it('says in a sentence what it cannot work with', async () => {
    const log = join(folder, 'shop.log');
    const password = 'a-password';
    for (const [args, env, sentence] of [
      [['--seconds', 'ten'], {}, "--seconds: expected a whole number from 3 to 3600, got 'ten'."],
      [['--log', folder], {}, 'cannot write the log: EISDIR'],
      [
        ['--log', log],
        { DATABASE_URL: `mysql://me:${password}@host/shop` },
        'DATABASE_URL: expected',
      ],
      [
        ['--log', log],
        { DATABASE_URL: `postgres://me:${password}@127.0.0.1:1/shop` },
        'cannot use the PostgreSQL server at 127.0.0.1:1: connect ECONNREFUSED',
      ],
    ] as const) {
      const run = start(args, env);
      expect(await run.exit).toBe(2);
      expect(run.printed).toContain(sentence);
      expect(run.printed).not.toContain(password);
    }
  }, 30_000);
});
