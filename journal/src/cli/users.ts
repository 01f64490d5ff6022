/** What somebody may ask for: all that is kept of them, and that it is no more. */
import type { Secret } from '../access/secret.ts';
import { userHash } from '../record/user.ts';
import type { Project, Store } from '../store/store.ts';
import { type Command, type Given, wordsOf } from './command.ts';
import { projectOf, withStore } from './with-store.ts';

export const exportRecords: Command = {
  does: 'writes records as lines of JSON: all, of one project, or of one user',
  usage: ['export [--project PROJECT] [--user USER]'],
  flags: { project: { type: 'string' }, user: { type: 'string' } },

  run: (given, terminal) =>
    withStore(given, terminal, async (store, secret) => {
      wordsOf(given.words);
      const id = given.flags['user'];
      for (const project of await projectsOf(store, given)) {
        const user = id === undefined ? undefined : hashOf(String(id), project, secret);
        for (let after = 0; ;) {
          const page = await store.exported(project.id, user, after);
          for (const { json } of page) terminal.out(`${json}\n`);
          const last = page.at(-1);
          if (last === undefined) break;
          after = last.row;
        }
      }
    }),
};

export const erase: Command = {
  does: 'deletes all records of a user',
  usage: ['erase USER [--project PROJECT]'],
  flags: { project: { type: 'string' } },

  run: (given, terminal) =>
    withStore(given, terminal, async (store, secret) => {
      const [id = ''] = wordsOf(given.words, 'USER');
      let erased = 0;
      for (const project of await projectsOf(store, given)) {
        erased += await store.erase(project.id, hashOf(id, project, secret), terminal.clock.now());
      }
      terminal.out(`${erased} records were erased.\n`);
    }),
};

/** The id as the application knows it, or the hash as the console shows it. */
function hashOf(user: string, { id }: Project, secret: Secret): string {
  return /^[\da-f]{16}$/.test(user) ? user : userHash(user, secret.userKey(id));
}

async function projectsOf(store: Store, { flags }: Given): Promise<readonly Project[]> {
  const id = flags['project'];
  return id === undefined ? store.projects() : [await projectOf(store, String(id))];
}
