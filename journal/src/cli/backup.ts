/** Copies of the database, and back. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { openStore } from '../store/sqlite.ts';
import { backUp, restore as restoreFile } from '../store/sqlite/files.ts';
import type { Erasure } from '../store/store.ts';
import { type Command, Usage, wordsOf } from './command.ts';

export const backup: Command = {
  does: 'writes a copy of the database, also while the journal runs',
  usage: ['backup FILE'],

  async run({ settings, words }, { out }) {
    const [file = ''] = wordsOf(words, 'FILE');
    if (!existsSync(settings.database))
      throw new Usage(`there is no database ${settings.database}.`);
    if (existsSync(file)) throw new Usage(`${file} is there already.`);
    backUp(settings.database, resolve(file));
    out(
      `${resolve(file)} is a copy of the database. The key of users is not in it: keep that elsewhere.\n`,
    );
    await Promise.resolve();
  },
};

export const restore: Command = {
  does: 'puts a copy in the place of the database, and erases again who was erased since',
  usage: ['restore FILE'],

  async run({ settings, words }, { out }) {
    const [file = ''] = wordsOf(words, 'FILE');
    const { database } = settings;
    if (!existsSync(file)) throw new Usage(`there is no file ${file}.`);
    const erased = existsSync(database) ? await erasuresIn(database) : [];
    const kept = restoreFile(resolve(file), database);
    const store = await openStore(database);
    try {
      for (const { project, user, at } of erased) await store.erase(project, user, at);
    } finally {
      await store.close();
    }
    out(
      `The database is that of ${file}.${kept === undefined ? '' : ` The one before is ${kept}.`}\n`,
    );
  },
};

async function erasuresIn(database: string): Promise<readonly Erasure[]> {
  const store = await openStore(database);
  try {
    return await store.erasures();
  } finally {
    await store.close();
  }
}
