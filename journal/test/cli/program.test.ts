// The journal as a program: what only a process of its own can show.
import { createServer } from 'node:net';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore } from '../../src/store/sqlite.ts';
import { buildProgram, type Running, start } from '../support/program.ts';
import { receiver } from '../support/receiver.ts';
import { atEnd, temporaryFolder } from '../support/store.ts';

let main: string;
let remove: () => void;

beforeAll(async () => {
  ({ main, remove } = await buildProgram());
});
afterAll(() => remove());

const id = (at: number): string => at.toString(16).padStart(32, '0');
const body = (at: number): string =>
  JSON.stringify({
    event_id: id(at),
    exception: { values: [{ type: `Error${at % 7}`, value: 'x' }] },
  });

function send({ dsn, url }: Running, at: number): Promise<Response> {
  const address = `${url}/api${dsn.pathname}/store/?sentry_key=${dsn.username}`;
  return fetch(address, { method: 'POST', body: body(at) });
}

describe('the program', () => {
  it('takes failures by the DSN that it prints, and ends in order', async () => {
    const database = join(temporaryFolder(), 'journal.db');
    const journal = await start(main, database);
    expect(journal.output()).toMatch(
      /Sign in {2}http:\/\/127\.0\.0\.1:\d+\/sign-in\?token=[\w-]{43} \(once/,
    );
    expect((await send(journal, 1)).status).toBe(200);
    expect(await (await fetch(`${journal.url}/healthz`)).text()).toBe('ok\n');
    expect(await (await fetch(`${journal.url}/readyz`)).text()).toBe('ready\n');
    expect((await fetch(`${journal.url}/healthz`, { method: 'HEAD' })).status).toBe(200);
    const metrics = await (await fetch(`${journal.url}/metrics`)).text();
    expect(metrics).toContain('kedge_journal_failures_total{outcome="kept"} 1\n');
    expect(metrics).toContain('kedge_journal_requests_total{status="200"} 1\n');
    expect(
      (await fetch(`${journal.url}/api/9/store/`, { method: 'POST', body: '{}' })).status,
    ).toBe(401);
    expect(await journal.end('SIGTERM')).toBe(0);
    const store = await openStore(database);
    expect((await store.size()).records).toBe(1);
    await store.close();
  }, 20_000);

  it('has everything that it answered with 200 after it was killed at any moment', async () => {
    const database = join(temporaryFolder(), 'journal.db');
    const answered: number[] = [];
    let next = 1;
    for (let round = 0; round < 4; round++) {
      const journal = await start(main, database);
      const target = answered.length + 40 * (round + 1);
      let exit: Promise<unknown> | undefined;
      // Eight clients, until one of their answers is the one after which it is killed.
      await Promise.all(
        Array.from({ length: 8 }, async () => {
          while (exit === undefined) {
            const at = next++;
            const status = await send(journal, at).then(
              (response) => response.status,
              () => 0,
            );
            if (status === 200) answered.push(at);
            if (answered.length >= target) exit ??= journal.end('SIGKILL');
          }
        }),
      );
      expect(await exit).toBe('SIGKILL');
    }
    const journal = await start(main, database);
    // What was not answered may be sent again, and what was is known.
    const again = await Promise.all(answered.slice(-20).map((at) => send(journal, at)));
    expect(again.every(({ status }) => status === 200)).toBe(true);
    await journal.end('SIGTERM');
    const store = await openStore(database);
    const events: string[] = [];
    for (let after = 0; ;) {
      const page = await store.exported(1, undefined, after);
      events.push(...page.map(({ json }) => (JSON.parse(json) as { id: string }).id));
      if (page.length === 0) break;
      after = page.at(-1)!.row;
    }
    const groups = await store.groups({ projects: [1], most: 100 });
    await store.close();
    const kept = new Set(events);
    expect(answered.filter((at) => !kept.has(id(at)))).toEqual([]);
    expect(kept.size).toBe(events.length);
    expect(groups.reduce((sum, { seen }) => sum + seen, 0)).toBe(events.length);
  }, 60_000);

  it('tells of a new group after it was killed while it did', async () => {
    const to = await receiver();
    const database = join(temporaryFolder(), 'journal.db');
    const env = { ALLOWED_TARGETS: '127.0.0.1' };
    const first = await start(main, database, env);
    const store = await openStore(database);
    await store.saveChannel({
      project: 1,
      kind: 'webhook',
      target: to.url,
      secret: 'whsec_',
      created: 0,
    });
    await store.close();
    to.isSilent = true;
    expect((await send(first, 1)).status).toBe(200);
    // It has been asked, and nobody has answered.
    await to.count(1);
    expect(await first.end('SIGKILL')).toBe('SIGKILL');
    to.isSilent = false;
    await start(main, database, env);
    await to.count(2);
    const ids = to.received.map(({ headers }) => headers['webhook-id']);
    expect(ids).toEqual(['notice-1', 'notice-1']);
  }, 20_000);

  it('takes over a socket that listens already', async () => {
    const holder = createServer();
    await new Promise<void>((resolve) => {
      holder.listen(0, '127.0.0.1', resolve);
    });
    atEnd(() => holder.close());
    const { port } = holder.address() as { port: number };
    // oxlint-disable-next-line no-underscore-dangle -- the only way to a descriptor that listens
    const { fd } = (holder as unknown as { _handle: { fd: number } })._handle;
    const database = join(temporaryFolder(), 'journal.db');
    const child = spawn(process.execPath, [main], {
      env: { DATABASE_URL: database, LISTEN_FDS: '1' },
      stdio: ['ignore', 'pipe', 'inherit', fd],
    });
    atEnd(() => child.kill('SIGKILL'));
    await new Promise<void>((resolve) => {
      child.stdout?.on('data', (text) => String(text).includes('listens on') && resolve());
    });
    // Only the program takes connections from now on.
    holder.close();
    expect(await (await fetch(`http://127.0.0.1:${port}/healthz`)).text()).toBe('ok\n');
  }, 20_000);

  it('says in a sentence why it cannot start', async () => {
    const child = spawn(process.execPath, [main, '--port', 'none'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let complaints = '';
    child.stderr.on('data', (text) => void (complaints += String(text)));
    const code = await new Promise((resolve) => child.once('close', resolve));
    expect(code).toBe(2);
    expect(complaints).toBe(
      "kedge-journal: --port is to be a whole number from 0 to 65535, and 'none' is not.\n",
    );
  }, 20_000);
});
