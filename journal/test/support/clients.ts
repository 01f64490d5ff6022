/** Unchanged clients: programs of their own, or a page, that know the journal by its DSN alone. */
import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { chromium } from '../../../test/browser/chromium.ts';
import { atEnd } from './store.ts';

const run = promisify(execFile);
const folder = join(import.meta.dirname, '../clients/programs');

/** How a program of each language is run, and how it gets on the machine. */
const languages = {
  mjs: { command: process.execPath, ask: ['--version'], install: 'npm ci' },
  py: {
    command: '/usr/bin/python3',
    ask: ['-c', 'import sentry_sdk'],
    install: 'apt-get install -y python3-sentry-sdk',
  },
  rb: {
    command: '/usr/bin/ruby',
    ask: ['-e', "require 'sentry-ruby'; require 'raven/base'"],
    install: 'apt-get install -y ruby ruby-sentry-ruby-core ruby-sentry-raven',
  },
  go: {
    command: '/usr/bin/go',
    ask: ['list', 'github.com/getsentry/sentry-go'],
    install: 'apt-get install -y golang-go golang-github-getsentry-sentry-go-dev',
  },
} as const;

type Language = keyof typeof languages;

const go = {
  GOPATH: '/usr/share/gocode',
  GO111MODULE: 'off',
  GOFLAGS: '-mod=mod',
  GOCACHE: join(tmpdir(), 'kedge-go'),
};

/** Throws, with the line that installs it, where a client is missing. */
export async function installed(language: Language): Promise<void> {
  const { command, ask, install } = languages[language];
  mkdirSync(go.GOCACHE, { recursive: true });
  try {
    await run(command, [...ask], { env: { ...environment(), ...go } });
  } catch (error) {
    throw new Error(`A client is missing. On Debian: ${install}`, { cause: error });
  }
}

/** Runs a program to its end, which may be a crash. */
export async function runClient(
  program: string,
  env: Readonly<Record<string, string>>,
): Promise<void> {
  const language = program.split('.').pop() as Language;
  await installed(language);
  const { command } = languages[language];
  const args = [...(language === 'go' ? ['run'] : []), join(folder, program)];
  await run(command, args, { env: { ...environment(), ...go, ...env } }).catch(
    ({ stderr }: { stderr: string }) => {
      if (!stderr.includes('crashed')) throw new Error(stderr);
    },
  );
}

/** Nothing of the machine's own that a client could send, or wait for. */
const environment = (): Record<string, string> => ({
  PATH: '/usr/local/bin:/usr/bin:/bin',
  HOME: tmpdir(),
});

/** Shows a page in Chromium that has the client in it, and waits until it has sent all. */
export async function runPage(dsn: string): Promise<void> {
  const { outputFiles } = await build({
    entryPoints: [join(folder, 'browser.mjs')],
    bundle: true,
    write: false,
    format: 'iife',
    define: { __SENTRY_DEBUG__: 'false' },
  });
  const script = outputFiles[0]?.text ?? '';
  const server = createServer((request, response) => {
    if (request.url === '/app.js') {
      response.writeHead(200, { 'content-type': 'text/javascript' }).end(script);
      return;
    }
    response
      .writeHead(200, { 'content-type': 'text/html' })
      .end(
        `<!doctype html><script>dsn = ${JSON.stringify(dsn)}</script><script src="/app.js"></script>`,
      );
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  atEnd(() => server.close());
  await using browser = await chromium();
  const { port } = server.address() as AddressInfo;
  await browser.open(`http://127.0.0.1:${port}/`, { scheme: 'light', width: 800, height: 600 });
  const isSent = await browser.evaluate<boolean>('globalThis.sent');
  if (!isSent) throw new Error('The page has not sent everything.');
}
