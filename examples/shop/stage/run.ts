import { setInterval as everyMs } from 'node:timers/promises';
import type { Options } from '../options.ts';
import { type Fault, happen } from './faults.ts';
import { compareFailures } from './ledger.ts';
import type { Part } from './processes.ts';
import { scrape } from './scrape.ts';
import { Screen, styled } from './screen.ts';
import type { Outcome } from './summary.ts';
import { Users } from './users.ts';
import { Watch } from './watch.ts';

/** Sends users to both routes of the shop while the faults happen, and tells what came of it. */
export async function run(
  { seconds, rate, log }: Options,
  shop: Part,
  faults: readonly Fault[],
  stop: AbortSignal,
): Promise<Outcome> {
  const origin = `http://127.0.0.1:${shop.port}`;
  const users = {
    bare: new Users(`${origin}/bare/orders/`),
    kedge: new Users(`${origin}/orders/`),
  };
  const screen = new Screen(seconds);
  const watch = new Watch(origin, users, screen);

  const over = new AbortController();
  const load = Promise.all([
    users.bare.come(rate, over.signal),
    users.kedge.come(rate, over.signal),
  ]);
  const watching = eachSecond(() => watch.tick(), over.signal);
  try {
    await happen(faults, seconds * 1_000, watch, stop);
  } finally {
    over.abort();
  }
  await watching;
  screen.close();
  screen.say(styled('dim', 'Waiting for the last answers …'));
  await load;
  stop.throwIfAborted();

  await shop.ask({ flushLogs: true });
  const metrics = await scrape(origin);
  return {
    seconds,
    tallies: { bare: users.bare.total, kedge: users.kedge.total },
    calls: watch.calls(metrics),
    ledger: await compareFailures(metrics, log),
    logFile: log,
  };
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
