// Every block of code in README, docs and docstrings is compiled strictly, and run, and prints what it says it prints.
import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, promisify } from 'node:util';
import type * as Pino from 'pino';
import type { LoggerOptions } from 'pino';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { jobs, track } from '../support/lab.ts';
import { examples, pages, root, type Snippet, snippetsOf } from './blocks.ts';
import { startDatabase, startService, trackServers } from './support.ts';

const folder = join(root, '.snippets');
const snippets = [...pages().flatMap((page) => snippetsOf(page)), ...examples()];

/** `docs/retry.md` at line 12 becomes `docs__retry.md.12.ts`. */
const nameOf = ({ page, line }: Snippet): string => `${page.replaceAll('/', '__')}.${line}.ts`;

/** Stricter than most users' own, and without the rules of this project's own taste. */
const tsconfig = {
  extends: '../tsconfig.json',
  compilerOptions: {
    noUnusedLocals: false,
    noUnusedParameters: false,
    noPropertyAccessFromIndexSignature: false,
    declaration: false,
    isolatedDeclarations: false,
  },
  include: ['*.ts'],
};

const ends: (() => unknown)[] = [];

beforeAll(async () => {
  mkdirSync(folder, { recursive: true });
  const files = new Map(snippets.map((snippet) => [nameOf(snippet), snippet.code]));
  files.set('tsconfig.json', JSON.stringify(tsconfig));
  for (const stale of readdirSync(folder)) {
    if (!files.has(stale)) rmSync(join(folder, stale), { force: true });
  }
  // What has not changed is left alone, or watching would never come to rest.
  for (const [name, text] of files)
    if (readOr(name) !== text) writeFileSync(join(folder, name), text);
  ends.push(await startService());
  const needsDatabase = snippets.some(
    ({ mode, code }) =>
      mode !== 'compile' && /\bDATABASE_URL\b|import \{[^}]*\bdb\b[^}]*\} from/.test(code),
  );
  if (needsDatabase) ends.push(await startDatabase());
});

afterAll(async () => {
  for (const end of ends) await end();
});

function readOr(name: string): string | undefined {
  try {
    return readFileSync(join(folder, name), 'utf8');
  } catch {
    return undefined;
  }
}

it('every block compiles', { timeout: 30_000 }, async () => {
  const tsc = join(root, 'node_modules/.bin/tsc');
  const ran = promisify(execFile)(tsc, ['-p', join(folder, 'tsconfig.json'), '--pretty', 'false'], {
    cwd: root,
  });
  const output = await ran.then(
    () => '',
    (error: { readonly stdout: string }) => error.stdout,
  );
  // `.snippets/docs__retry.md.12.ts(14,3)` is line 14 of docs/retry.md.
  const errors = output
    .split('\n')
    .filter((line) => line !== '')
    .map((line) =>
      line.replace(
        /^\.snippets\/(.+?)\.\d+\.ts\((\d+),/,
        (_, page: string, at: string) => `${page.replaceAll('__', '/')}:${at} (`,
      ),
    );
  expect(errors).toEqual([]);
});

const runnable = snippets.filter(({ mode }) => mode !== 'compile');
describe.each([...new Set(runnable.map(({ page }) => page))])('%s', (page) => {
  it.each(runnable.filter((snippet) => snippet.page === page))(
    'runs what stands at line $line',
    async (snippet) => {
      const printed = await run(snippet);
      expect(notPrinted(snippet.prints, printed)).toBeUndefined();
    },
  );
});

/** The first line that did not come, with what came instead. */
function notPrinted(
  expected: readonly string[],
  printed: readonly string[],
): { expected: string; printed: readonly string[] } | undefined {
  let from = 0;
  for (const line of expected) {
    const at = printed.findIndex((text, index) => index >= from && matches(line, text));
    if (at < 0) return { expected: line, printed };
    from = at + 1;
  }
  return undefined;
}

/** Runs a snippet on modules of its own, and returns what it printed. */
async function run(snippet: Snippet): Promise<string[]> {
  const printed: string[] = [];
  const print = (...given: unknown[]): void => void printed.push(flat(format(...given)));
  for (const way of ['log', 'info', 'warn', 'error'] as const) {
    vi.spyOn(console, way).mockImplementation(print);
  }
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((chunk) => {
      print(String(chunk));
      return true;
    });
  }
  vi.resetModules();
  vi.doMock('pino', async (original) => {
    const real = await original<typeof Pino>();
    const pino = (options: LoggerOptions = {}): unknown => real.pino(options, { write: print });
    return { ...real, pino: Object.assign(pino, real.pino) };
  });
  const closeServers = trackServers();
  const file = join(folder, nameOf(snippet));
  try {
    await (snippet.mode === 'virtual' ? inVirtualTime(file) : import(file));
  } finally {
    closeServers();
  }
  return printed;
}

/** Lets time pass whenever the snippet waits for it. */
async function inVirtualTime(file: string): Promise<unknown> {
  const { virtualClock } = await import('kedge/testing');
  using clock = virtualClock();
  const running = import(file) as Promise<unknown>;
  const state = track(running);
  const patience = performance.now() + 4_000;
  while (state.state === 'pending') {
    if (performance.now() > patience) throw new Error('it does not end');
    await jobs();
    await clock.runAll(3_600_000);
  }
  return running;
}

const flat = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();

function matches(expected: string, printed: string): boolean {
  const pattern = flat(expected)
    .split('…')
    .map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`))
    .join('.*');
  return new RegExp(`^${pattern}$`, 's').test(printed);
}
