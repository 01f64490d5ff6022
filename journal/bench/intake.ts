// How many failures a second are on the disk when they are answered: `node journal/bench/intake.ts`, after `npm run build`.
//
// Program and load share the machine, so each figure stands beside that of a bare `node:http` answer in the same run.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { load, type Load, type Result } from './load.ts';

const SECONDS = Number(process.env['SECONDS'] ?? 5);
const journal = resolve(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'journal-bench-'));
const database = join(folder, 'journal.db');
const env = { ...process.env, DATABASE_URL: database, PORT: '0' };
const main = join(journal, 'dist/main.js');

/** An event of a real client, with as many breadcrumbs as it takes to be so long. */
function eventOf(bytes: number): string {
  const sample = readFileSync(join(journal, 'test/samples/node-other.envelope'), 'utf8');
  const event = JSON.parse(sample.split('\n')[2] as string) as Record<string, unknown>;
  const { exception, release, environment, level, platform, sdk } = event;
  const values = (exception as { values: { stacktrace: { frames: object[] } }[] }).values;
  // 2 kB are what a client sends without lines of the source.
  for (const { stacktrace } of bytes < 10_000 ? values : []) {
    stacktrace.frames = stacktrace.frames.map((frame) => ({
      ...frame,
      pre_context: undefined,
      context_line: undefined,
      post_context: undefined,
    }));
  }
  const small = bytes < 10_000 ? { exception, release, environment, level, platform, sdk } : event;
  const breadcrumbs: object[] = [];
  const whole = { ...small, tags: { region: 'eu-1' }, user: { id: 'u-17' }, breadcrumbs };
  for (let at = 0; JSON.stringify(whole).length < bytes; at++) {
    const message = `SELECT name, price FROM product WHERE id = ${at} AND shop = 'main' ORDER BY price`;
    const data = {
      rows: at,
      took: at / 7,
      'db.system': 'postgresql',
      'net.peer.name': 'db.internal',
    };
    breadcrumbs.push({ timestamp: 1_795_813_593 + at, category: 'query', message, data });
  }
  return JSON.stringify(whole).replace(/"event_id":"\w+",?/, '');
}

let last = 0;

/** A request after the other, each with its own id, and of one of 200 groups. */
function requests(path: string, event: string, isOneGroup = false): () => Buffer {
  const head = `POST ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: `;
  return () => {
    last += 1;
    const id = last.toString(16).padStart(32, '0');
    const group = isOneGroup ? 0 : last % 200;
    const body = `{"event_id":"${id}",${event.slice(1).replace('cancelOrder', `cancelOrder${String.fromCharCode(97 + (group % 26))}${'x'.repeat(group / 26)}`)}`;
    return Buffer.from(`${head}${Buffer.byteLength(body)}\r\n\r\n${body}`);
  };
}

async function bare(event: string): Promise<Result> {
  const server = createServer((request, response) => {
    request.resume();
    request.once('end', () => response.writeHead(200, { 'content-length': 2 }).end('{}'));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const result = await load({
    port,
    connections: 64,
    milliseconds: SECONDS * 500,
    next: requests('/', event),
  });
  server.close();
  return result;
}

function shown(name: string, { rate, failed, p50, p99 }: Result, beside?: Result): void {
  const ratio =
    beside === undefined ? '' : ` · ${((100 * rate) / beside.rate).toFixed(0)} % of bare`;
  const lost = failed === 0 ? '' : ` · ${failed} not taken`;
  console.log(
    `${name.padEnd(42)} ${rate.toFixed(0).padStart(6)}/s · p50 ${p50.toFixed(1)} ms · p99 ${p99.toFixed(1)} ms${ratio}${lost}`,
  );
}

const child = spawn(process.execPath, [main], { env, stdio: ['ignore', 'pipe', 'inherit'] });
const dsn = await new Promise<URL>((resolve) => {
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += String(chunk);
    const found = /DSN +(\S+)\n/.exec(text)?.[1];
    if (found !== undefined) resolve(new URL(found));
  });
});
const port = Number(dsn.port);
const path = `/api/1/store/?sentry_key=${dsn.username}`;

/** Microseconds of a core that the journal has used, all threads together. On a busy machine it says more than a rate. */
function used(): number {
  const fields = readFileSync(`/proc/${child.pid}/stat`, 'latin1')
    .replace(/^.*\) /, '')
    .split(' ');
  // User and system time, in ticks of 10 ms.
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}

async function measured(
  name: string,
  plan: Omit<Load, 'port' | 'milliseconds'>,
  beside: Result,
): Promise<void> {
  const before = used();
  const result = await load({ ...plan, port, milliseconds: SECONDS * 1_000 });
  const each = (used() - before) / (result.rate * SECONDS);
  shown(`${name}, ${each.toFixed(0)} µs`, result, beside);
}

/** Runs a command of the journal, and waits until the server has seen it. */
async function set(...args: string[]): Promise<void> {
  const command = spawn(process.execPath, [main, 'project', 'set', '1', ...args], {
    env,
    stdio: 'inherit',
  });
  await new Promise((resolve) => command.once('exit', resolve));
  await new Promise((resolve) => setTimeout(resolve, 10_500));
}

try {
  const sizes = [2_000, 50_000];
  await set('--rate', '1000000', '--burst', '1000000', '--keep-per-hour', '100000000');
  for (const bytes of sizes) {
    const event = eventOf(bytes);
    const beside = await bare(event);
    shown(`bare, ${bytes / 1_000} kB`, beside);
    for (const connections of [1, 64, 512]) {
      const next = requests(path, event);
      const name = `kept, ${bytes / 1_000} kB, ${connections} connections`;
      await measured(name, { connections, next }, beside);
    }
  }
  const { size } = statSync(database);
  console.log(`${last} requests, ${(size / 1e6).toFixed(0)} MB`);
  await set('--keep-per-hour', '100');
  for (const bytes of sizes) {
    const event = eventOf(bytes);
    const beside = await bare(event);
    const next = requests(path, event, true);
    await measured(`flood of one group, ${bytes / 1_000} kB`, { connections: 64, next }, beside);
  }
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
  console.log(
    `memory ${(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1_000).toFixed(0)} MB, at most ${(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1_000).toFixed(0)} MB`,
  );
} finally {
  child.kill();
  await new Promise((resolve) => child.once('exit', resolve));
  rmSync(folder, { recursive: true });
}
