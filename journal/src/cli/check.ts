/** Looks whether the journal could run, and says what is wrong. */
import { existsSync } from 'node:fs';
import { pipeline, timeout } from 'kedge';
import { sendersOf } from '../notices/channels.ts';
import type { Senders } from '../notices/notifier.ts';
import type { Channel } from '../store/store.ts';
import { diskOf } from '../server/disk.ts';
import { problemsOf } from '../store/sqlite/files.ts';
import { type Command, type Terminal, Usage, wordsOf } from './command.ts';
import { withStore } from './with-store.ts';

const LEAST_FREE = 0.15;
const reaching = pipeline('journal-check', timeout(10_000));

export const check: Command = {
  does: 'checks settings, database, disk and channels',
  usage: ['check [settings]'],

  async run(given, terminal) {
    wordsOf(given.words);
    const { database } = given.settings;
    terminal.out('settings  ok\n');
    const { free, total } = diskOf(database);
    const gigabytes = (free / 1e9).toFixed(1);
    const isTight = free < LEAST_FREE * total;
    terminal.out(`disk      ${isTight ? 'less than 15 % free' : 'ok'}, ${gigabytes} GB free\n`);
    if (!existsSync(database)) {
      terminal.out('database  none yet, it is made at the first start\n');
      return;
    }
    const problems = problemsOf(database);
    if (problems.length > 0) throw new Usage(`the database is damaged: ${problems.join('; ')}`);
    const [{ records, groups, bytes }, channels] = await withStore(given, terminal, (store) =>
      Promise.all([store.size(), store.channels()]),
    );
    terminal.out(
      `database  ok, ${groups} groups, about ${records} records, ${(bytes / 1e6).toFixed(1)} MB\n`,
    );
    const senders = sendersOf(given.settings, () => terminal.clock.now());
    const failed = await checkChannels(channels, senders, terminal);
    if (failed > 0) throw new Usage(`${failed} of ${channels.length} channels cannot be reached.`);
  },
};

/** Asks each whether it is there, and sends nothing. Returns how many are not. */
async function checkChannels(
  channels: readonly Channel[],
  senders: Senders,
  { out }: Terminal,
): Promise<number> {
  let failed = 0;
  for (const channel of channels) {
    const { kind, project, target } = channel;
    try {
      await reach(channel, senders);
      out(`channel   ok, ${kind} of project ${project}: ${target}\n`);
    } catch (error) {
      failed += 1;
      out(`channel   ${kind} of project ${project}: ${target}: ${(error as Error).message}\n`);
    }
  }
  return failed;
}

async function reach(channel: Channel, senders: Senders): Promise<void> {
  const sender = senders[channel.kind];
  if (sender === undefined) throw new Error('SMTP_URL is not set.');
  await reaching.execute(({ signal }) => sender.check(channel, signal));
}
