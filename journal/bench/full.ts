/** Ten million records of 100 000 groups are there, and 500 more arrive a second. */
import { DatabaseSync } from 'node:sqlite';
import { bare } from './bare.ts';
import { eventOf, requests } from './events.ts';
import { fill } from './fill.ts';
import { intakeOf, sizes, unlimited } from './intake.ts';
import { load, quantiles } from './load.ts';
import { command, type Running, start, temporary } from './program.ts';
import { ms, perSecond, type Row, share } from './rows.ts';

const ASKED = 100;
const DELETED = 1_000_000;

export async function full(records: number): Promise<Row[]> {
  using place = temporary();
  // The journal makes its tables itself.
  await command(place.database, 'project', 'set', '1', ...unlimited);
  const groups = Math.min(100_000, Math.ceil(records / 100));
  const filled = fill(place.database, { records, groups, old: Math.min(DELETED, records / 10) });
  const env = { MAX_SIZE: '1 TB', RETENTION_DAYS: '36500' };
  const journal = await start(place.database, env);
  const rows = [
    ...(await pages(journal, { groups, ...filled })),
    ...(await intakes(journal, records)),
  ];
  await journal.end('SIGTERM');
  return [...rows, await deletion(place.database)];
}

const there = (records: number): string => `${(records / 1e6).toLocaleString('en')} M records`;

async function intakes(journal: Running, records: number): Promise<Row[]> {
  const rows: Row[] = [];
  for (const { bytes, fullGoal } of sizes) {
    const beside = await bare(requests('/', eventOf(bytes)));
    const { whole } = await intakeOf(journal, bytes);
    rows.push({
      what: `durable intake of ${bytes / 1_000} kB, ${there(records)}`,
      goal: `≥ ${perSecond(fullGoal)}`,
      found: `${perSecond(whole.rate)}, ${share(whole.rate, beside.rate)} of a bare answer (${perSecond(beside.rate)})`,
      met: whole.rate >= fullGoal,
    });
  }
  return rows;
}

interface Filled {
  readonly groups: number;
  readonly words: readonly string[];
  readonly events: readonly string[];
}

/** Each page as somebody sees it, over HTTP, while failures arrive. */
async function pages(journal: Running, { groups, words, events }: Filled): Promise<Row[]> {
  const cookie = await journal.signIn();
  const any = <T>(list: readonly T[], at: number): T => list[(at * 7919) % list.length] as T;
  const search = (query: string): string => `/groups?q=${encodeURIComponent(query)}`;
  const paths: readonly (readonly [string, number, (at: number) => string])[] = [
    ['list of groups', 50, () => '/groups'],
    ['list by count, page 3', 50, () => '/groups?q=&sort=seen&page=2'],
    ['search for a word', 50, (at) => search(`is:unresolved ${any(words, at)}`)],
    ['search for a release', 50, () => search('release:2.4.0')],
    ['one group', 50, (at) => `/groups/${1 + ((at * 7919) % groups)}`],
    ['search for an event', 150, (at) => search(any(events, at))],
  ];
  const rows: Row[] = [];
  for (const [what, goal, path] of paths) {
    const { p95, longest } = await asked(journal, cookie, path);
    rows.push({
      what: `${what}, 500 events a second arriving`,
      goal: `p95 ≤ ${goal} ms`,
      found: `${ms(p95)}, the longest ${ms(longest)}`,
      met: p95 <= goal,
    });
  }
  return rows;
}

async function asked(
  journal: Running,
  cookie: string,
  path: (at: number) => string,
): Promise<ReturnType<typeof quantiles>> {
  const waits: number[] = [];
  const next = requests(`/api/1/store/?sentry_key=${journal.key}`, eventOf(2_000));
  const arriving = load({
    port: journal.port,
    connections: 16,
    rate: 500,
    milliseconds: 6_000,
    next,
  });
  for (let at = 0; at < ASKED; at++) {
    const begin = performance.now();
    const response = await fetch(journal.url + path(at), { headers: { cookie } });
    const text = await response.text();
    if (response.status !== 200 || (!text.includes('/groups/') && !text.includes('This record'))) {
      throw new Error(`${path(at)} answered ${response.status}: ${text.slice(0, 200)}`);
    }
    waits.push(performance.now() - begin);
  }
  await arriving;
  return quantiles(waits);
}

/** Retention takes the oldest away while failures arrive. */
async function deletion(database: string): Promise<Row> {
  const journal = await start(database, { MAX_SIZE: '1 TB', RETENTION_DAYS: '90' });
  const next = requests(`/api/1/store/?sentry_key=${journal.key}`, eventOf(2_000));
  const plan = { port: journal.port, connections: 16, rate: 500, milliseconds: 10_000, next };
  const first = oldest(database);
  let [last, worst, seconds] = [first, 0, 0];
  // It begins a minute after the start.
  for (let windows = 0; windows < 60; windows++) {
    const { p99 } = await load(plan);
    const now = oldest(database);
    if (now === last && now > first) break;
    if (now > last) {
      worst = Math.max(worst, p99);
      seconds += 10;
    }
    last = now;
  }
  await journal.end('SIGTERM');
  return {
    what: `deleting the oldest ${(last - first).toLocaleString('en')} records, 500 events a second arriving`,
    goal: "intake's p99 ≤ 100 ms",
    found: `${ms(worst)} in the worst ten seconds of ${seconds}`,
    met: worst <= 100 && last > first,
  };
}

/** The number of the oldest record; they are in a row. */
function oldest(database: string): number {
  const db = new DatabaseSync(database, { readOnly: true });
  const { id } = db.prepare('SELECT min(id) AS id FROM record').get() as { id: number };
  db.close();
  return id;
}
