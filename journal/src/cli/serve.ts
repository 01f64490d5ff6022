/** Runs the journal until it is told to end. */
import { dsnOf } from '../access/dsn.ts';
import type { Environment } from '../settings.ts';
import { type Command, wordsOf } from './command.ts';
import { jsonLog } from '../server/log.ts';
import { type Journal, startJournal } from '../server/server.ts';

/** The first descriptor that systemd hands over. */
const FIRST_SOCKET = 3;

export const serve: Command = {
  does: 'runs the journal (default)',
  usage: ['serve [settings]'],

  async run({ settings, words }, terminal) {
    wordsOf(words);
    const { env, clock, signal } = terminal;
    const log = jsonLog(clock, (line) => terminal.complain(line));
    const socket = isHandedOver(env) ? FIRST_SOCKET : undefined;
    const journal = await startJournal(settings, { clock, log, socket });
    terminal.out(await welcome(journal));
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    await journal.close();
  },
};

function isHandedOver({ LISTEN_FDS: count, LISTEN_PID: pid }: Environment): boolean {
  return Number(count) > 0 && (pid === undefined || Number(pid) === process.pid);
}

async function welcome({ url, store, sessions }: Journal): Promise<string> {
  const key = (await store.keys()).find(({ ended }) => ended === undefined);
  const accounts = await store.accounts();
  const lines = [`The journal listens on ${url}`];
  if (key !== undefined) lines.push(`DSN      ${dsnOf(url, key.key, key.project)}`);
  // Once somebody has a password, a log is no place for another way in.
  const [first] = accounts;
  if (first !== undefined && accounts.every(({ password }) => password === '')) {
    const token = await sessions.startLink(first.name);
    lines.push(`Sign in  ${url}/sign-in?token=${token} (once, within 15 minutes)`);
  }
  return `${lines.join('\n')}\n`;
}
