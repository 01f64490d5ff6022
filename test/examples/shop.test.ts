// Runs the example as a newcomer does, only shorter: real processes, a real database, real time.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { start } from './start.ts';

/** The journal is an application of Node 24. */
const runsJournal = Number(process.versions.node.split('.')[0]) >= 24;

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kedge-test-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** The numbers of a line of the summary, one for each route. */
function line(printed: string, label: string): { bare: number; peers: number; kedge: number } {
  const numbers = new RegExp(`${label} +([\\d.]+)%? +([\\d.]+)%? +([\\d.]+)%?`).exec(printed) ?? [];
  const [, bare, peers, kedge] = numbers.map(Number);
  return { bare: bare ?? NaN, peers: peers ?? NaN, kedge: kedge ?? NaN };
}

/** What promtool finds in metrics; nothing where it is missing. */
function lint(metrics: string): string {
  const { error, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
    input: metrics,
    encoding: 'utf8',
  });
  return error === undefined ? stdout + stderr : '';
}

describe('the example shop', () => {
  it('answers where the bare route fails, and logs each failure that it counts', async () => {
    const log = join(folder, 'shop.log');
    await using run = start(['--seconds', '5', '--rate', '50', '--log', log]);
    const origin = await run.origin();
    const read = async (): Promise<string> => (await fetch(`${origin}/metrics`)).text();
    // From the first call on.
    await expect
      .poll(read, { timeout: 20_000 })
      .toMatch(/^kedge_circuit_breaker_state\{pipeline="quotes-api",.*state="closed"\} 1$/m);
    const metrics = await read();
    for (const route of ['bare', 'peers', 'kedge'])
      expect(metrics).toMatch(
        new RegExp(
          `^shop_dependency_calls_total\\{route="${route}",dependency="orders-db"\\} \\d+$`,
          'm',
        ),
      );
    expect(lint(metrics)).toBe('');

    expect(await run.exit).toBe(0);
    const pages = line(run.printed, 'got their page');
    expect(pages.kedge).toBeGreaterThan(pages.bare);
    expect(line(run.printed, 'visits').peers).toBeGreaterThan(0);
    expect(run.printed).toContain('They agree.');
    const numbers = /sent +(\d+) .*kept +(\d+) .*grouped +into (\d+)/s.exec(run.printed) ?? [];
    const [, sent = 0, kept = 0, groups = 0] = numbers.map(Number);
    expect(sent >= kept && kept >= groups && groups > 0).toBe(runsJournal);
    expect(run.printed).not.toContain('\u001B');
  }, 150_000);

  it('keeps its users after the summary, and is broken and healed from its page alone', async () => {
    const log = join(folder, 'shop.log');
    await using run = start(['--seconds', '3', '--rate', '50', '--log', log, '--serve']);
    const origin = await run.origin();
    await expect
      .poll(() => run.printed, { timeout: 90_000 })
      .toContain(
        `Users keep coming until Ctrl-C. Break and heal what they depend on at ${origin}/.`,
      );

    const page = await (await fetch(`${origin}/`)).text();
    const [, journal] = /The journal's console stays at (\S+)\.\n/.exec(run.printed) ?? [];
    for (const link of ['/metrics', '/state', '/log', ...(runsJournal ? [journal] : [])])
      expect(page).toContain(`href="${link}"`);
    const signIn = /kept and grouped at (\S+)/.exec(run.printed)?.[1] ?? `${origin}/`;
    expect((await (await fetch(signIn)).text()).includes('with this link')).toBe(runsJournal);
    expect(page).toContain('data-button="Heal the database"');

    const press = (button: string, headers: Record<string, string> = { 'x-kedge-live': '1' }) =>
      fetch(`${origin}/?${new URLSearchParams({ button }).toString()}`, {
        method: 'POST',
        headers,
      });
    const circuit = async (): Promise<string | undefined> => {
      const { pipelines } = (await (await fetch(`${origin}/state`)).json()) as {
        pipelines: { name: string; policies: { gauges: Record<string, number> }[] }[];
      };
      const { policies = [] } = pipelines.find(({ name }) => name === 'quotes-api') ?? {};
      return policies.some(({ gauges }) => (gauges['closed'] ?? 0) > 0) ? 'closed' : 'not closed';
    };
    const becomes = async (state: string): Promise<void> => {
      await expect.poll(circuit, { timeout: 20_000, interval: 100 }).toBe(state);
    };
    await becomes('closed');

    const kill = 'Break the quotes API: its process is killed';
    expect((await press(kill, {})).status).toBe(403);
    const foreign = { 'x-kedge-live': '1', origin: 'https://evil.example' };
    expect((await press(kill, foreign)).status).toBe(403);
    expect((await press('Break everything')).status).toBe(404);

    expect(await (await press(kill)).json()).toEqual({ said: 'it is broken.' });
    await becomes('not closed');
    // Pressed again, it is not started twice.
    await press(kill);
    expect(await (await press('Heal the quotes API')).json()).toEqual({ said: 'it is well.' });
    await becomes('closed');
    const lines = await (await fetch(`${origin}/log`)).text();
    expect(lines).toContain('"event":"circuit.opened","pipeline":"quotes-api"');
    expect(lines).toContain('"event":"operator.acted","pipeline":"live"');
  }, 240_000);

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
      await using run = start(args, env);
      expect(await run.exit).toBe(2);
      expect(run.printed).toContain(sentence);
      expect(run.printed).not.toContain(password);
    }
  }, 30_000);
});
