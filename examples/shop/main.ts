/**
 * The example: a shop whose dependencies fail, seen by the users of a bare route, one with p-retry and opossum, and a wrapped one.
 *
 * The shop is in service/, what it depends on in dependencies/; each runs in a process of its own. This file and
 * stage/ start them, break them on purpose, send users, and tell what came of it.
 */
import { writeFileSync } from 'node:fs';
import { CannotRun, type Options, readOptions, usage } from './options.ts';
import { openDatabase } from './stage/database.ts';
import { Breakdowns } from './stage/breakdowns.ts';
import { faultsOf } from './stage/faults.ts';
import { openJournal } from './stage/journal.ts';
import { endAll, Part } from './stage/processes.ts';
import { goOn, run } from './stage/run.ts';
import { summary } from './stage/summary.ts';

/** Aborts when the example is to end early, with the reason. */
const stop = new AbortController();
stop.signal.addEventListener('abort', endAll);

class Interrupted extends Error {
  readonly exitCode: number;

  constructor(exitCode: number) {
    super('interrupted');
    this.exitCode = exitCode;
  }
}

for (const [signal, exitCode] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const) {
  process.on(signal, () => {
    // Who asks twice does not want to wait for the tidying up.
    if (stop.signal.aborted) process.exit(exitCode);
    stop.abort(new Interrupted(exitCode));
  });
}

try {
  const options = readOptions(process.argv.slice(2), process.env);
  if (options === undefined) console.log(usage);
  else process.exitCode = await play(options);
} catch (error) {
  // What was under way when the example was stopped fails for that reason, whatever it says itself.
  const reason: unknown = stop.signal.aborted ? stop.signal.reason : error;
  if (reason instanceof Interrupted) process.exitCode = reason.exitCode;
  else if (reason instanceof CannotRun) {
    console.error(reason.message);
    process.exitCode = 2;
  } else throw reason;
}

/** Returns the exit code. */
async function play(options: Options): Promise<number> {
  try {
    writeFileSync(options.log, '');
  } catch (error) {
    throw new CannotRun(`cannot write the log: ${(error as Error).message}`);
  }
  const database = await openDatabase(options.databaseUrl, crashed);
  const journal = await openJournal(crashed).catch(async (error: unknown) => {
    await database.remove();
    throw error;
  });
  const api = new Part('the quotes API', '../dependencies/quotes-api.ts', () => ({}), crashed);
  const breakdowns = new Breakdowns(faultsOf(api, database));
  const shop = new Part(
    'the shop',
    '../service/main.ts',
    () => ({
      PORT: String(options.port),
      LOG_FILE: options.log,
      DATABASE_URL: database.url,
      QUOTES_URL: `http://127.0.0.1:${api.port}`,
      ...(journal && { JOURNAL_URL: journal.url, JOURNAL_KEY: journal.key }),
      BUTTONS: JSON.stringify(breakdowns.buttons),
    }),
    crashed,
    (button) => breakdowns.press(button),
  );
  try {
    await api.start();
    await shop.start();
    stop.signal.throwIfAborted();

    const origin = `http://127.0.0.1:${shop.port}`;
    console.log(`Watch it at ${origin}/, and break it there by hand.`);
    console.log(`The shop's page is at /orders/7, /peers/orders/7 and /bare/orders/7.`);
    console.log(`Its data is in ${database.description}, its log in ${options.log}.`);
    if (journal !== undefined) {
      console.log(`Its failures are kept and grouped at ${journal.signIn} (once, within 15 min).`);
    }
    console.log('');

    const outcome = await run(options, shop, { breakdowns, journal }, stop.signal);
    console.log(summary(outcome));
    if (options.serve) await serve(options.rate, origin, journal?.url);
    return outcome.ledger.agree ? 0 : 1;
  } finally {
    breakdowns.end();
    await Promise.all([shop.kill(), api.kill()]);
    await Promise.all([database.remove(), journal?.remove()]);
  }
}

function crashed(error: CannotRun): void {
  stop.abort(error);
}

async function serve(rate: number, origin: string, journal?: string): Promise<void> {
  stop.signal.throwIfAborted();
  console.log(`Users keep coming until Ctrl-C. Break and heal what they depend on at ${origin}/.`);
  if (journal !== undefined) console.log(`The journal's console stays at ${journal}.`);
  await goOn(rate, origin, stop.signal);
  if (!(stop.signal.reason instanceof Interrupted)) throw stop.signal.reason;
}
