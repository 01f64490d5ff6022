/** Who may sign in. */
import { Sessions } from '../access/sessions.ts';
import type { Role } from '../store/store.ts';
import { type Command, Usage, wordsOf } from './command.ts';
import { urlOf } from './projects.ts';
import { withStore } from './with-store.ts';

const roles: ReadonlySet<string> = new Set<Role>(['viewer', 'responder', 'administrator']);

export const user: Command = {
  does: 'lists, adds and removes accounts, and makes links to sign in',
  usage: [
    'user list',
    'user add NAME [--role viewer|responder|administrator]',
    'user link NAME',
    'user remove NAME',
  ],
  flags: { role: { type: 'string' } },

  run: (given, terminal) =>
    withStore(given, terminal, async (store, secret) => {
      const [action = 'list', name = ''] = given.words;
      const accounts = await store.accounts();
      if (action === 'list') {
        wordsOf(given.words, 'list?');
        for (const { name, role } of accounts) terminal.out(`${name}  ${role}\n`);
        return;
      }
      wordsOf(given.words, action, 'NAME');
      const known = accounts.find((account) => account.name === name);
      if (action === 'add') {
        if (known !== undefined) throw new Usage(`there is an account '${name}' already.`);
        await store.saveAccount({
          name: accountName(name),
          role: roleOf(given.flags['role']),
          password: '',
        });
      } else if (known === undefined) throw new Usage(`there is no account '${name}'.`);
      if (action === 'remove') await store.endAccount(name);
      else if (action === 'add' || action === 'link') {
        const token = await new Sessions(store, terminal.clock, secret).startLink(name);
        terminal.out(`${urlOf(given.settings)}/sign-in?token=${token} (once, within 15 minutes)\n`);
      } else throw new Usage(`a user cannot be asked to '${action}'.`);
    }),
};

function accountName(name: string): string {
  if (!/^[\w.@+-]{1,64}$/.test(name)) {
    throw new Usage('the name of an account has 1 to 64 letters, digits and . @ + - _.');
  }
  return name;
}

function roleOf(role: string | boolean | undefined): Role {
  const given = role ?? 'responder';
  if (!roles.has(String(given)))
    throw new Usage(`--role is to be one of ${[...roles].join(', ')}.`);
  return given as Role;
}
