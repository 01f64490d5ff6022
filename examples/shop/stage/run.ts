import { setInterval as everyMs } from 'node:timers/promises';
import type { Options } from '../options.ts';
import { byRoute, paths, routes } from '../routes.ts';
import type { Breakdowns } from './breakdowns.ts';
import { happen } from './faults.ts';
import { compareFailures } from './ledger.ts';
import type { Journal } from './journal.ts';
import type { Part } from './processes.ts';
import { scrape } from './scrape.ts';
import { Screen, styled } from './screen.ts';
import type { Outcome } from './summary.ts';
import { Users } from './users.ts';
import { Watch } from './watch.ts';

/** Sends users to all routes of the shop while the faults happen, and tells what came of it. */
export async function run(
  { seconds, rate, log }: Options,
  shop: Part,
  { breakdowns, journal }: { breakdowns: Breakdowns; journal: Journal | undefined },
  stop: AbortSignal,
): Promise<Outcome> {
  const origin = `http://127.0.0.1:${shop.port}`;
  const users = byRoute((route) => new Users(origin + paths[route]));
  const screen = new Screen(seconds);
  const watch = new Watch(origin, users, screen);

  const over = new AbortController();
  const load = Promise.all(routes.map((route) => users[route].come(rate, over.signal)));
  const watching = eachSecond(() => watch.tick(), over.signal);
  try {
    await happen(breakdowns, seconds * 1_000, watch, stop);
  } finally {
    over.abort();
  }
  await watching;
  screen.close();
  screen.say(styled('dim', 'Waiting for the last answers …'));
  await load;
  stop.throwIfAborted();

  await shop.ask('flush logs', 'flushed');
  const metrics = await scrape(origin);
  return {
    seconds,
    tallies: byRoute((route) => users[route].total),
    calls: watch.calls(metrics),
    ledger: await compareFailures(metrics, log),
    journal: journal && {
      ...(await journal.kept()),
      dropped: metrics.sum('kedge_journal_dropped_total'),
    },
    logFile: log,
  };
}

/** Sends users to all routes of the shop until somebody stops it. */
export async function goOn(rate: number, origin: string, stop: AbortSignal): Promise<void> {
  const load = routes.map((route) => new Users(origin + paths[route]).come(rate, stop));
  await Promise.all(load);
}

async function eachSecond(act: () => Promise<void>, over: AbortSignal): Promise<void> {
  try {
    for await (const _ of everyMs(1_000, undefined, { signal: over })) {
      await act().catch(() => {}); // a second without a line; the run goes on
    }
  } catch (error) {
    if (!over.aborted) throw error;
  }
}
