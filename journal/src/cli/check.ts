/** Looks whether the journal could run, and says what is wrong. */
import { existsSync } from 'node:fs';
import { diskOf } from '../server/disk.ts';
import { problemsOf } from '../store/sqlite/files.ts';
import { type Command, Usage, wordsOf } from './command.ts';
import { withStore } from './with-store.ts';

const LEAST_FREE = 0.15;

export const check: Command = {
  does: 'checks settings, database and disk',
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
    const { records, groups, bytes } = await withStore(given, terminal, (store) => store.size());
    terminal.out(
      `database  ok, ${groups} groups, about ${records} records, ${(bytes / 1e6).toFixed(1)} MB\n`,
    );
  },
};
