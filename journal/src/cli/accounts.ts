/** Who may sign in. */
import { described, isAccountName, isRole, roles, withRole } from '../access/roles.ts';
import { Sessions } from '../access/sessions.ts';
import type { Account, Role, Store } from '../store/store.ts';
import { type Command, type Given, Usage, wordsOf } from './command.ts';
import { urlOf } from './projects.ts';
import { projectOf, withStore } from './with-store.ts';

export const user: Command = {
  does: 'lists, adds and removes accounts, and makes links to sign in',
  usage: [
    'user list',
    'user add NAME [--role viewer|responder|administrator] [--project PROJECT]',
    'user set NAME --role none|viewer|responder|administrator [--project PROJECT]',
    'user link NAME',
    'user remove NAME',
  ],
  flags: { role: { type: 'string' }, project: { type: 'string' } },

  run: (given, terminal) =>
    withStore(given, terminal, async (store, secret) => {
      const [action = 'list', name = ''] = given.words;
      const accounts = await store.accounts();
      if (action === 'list') {
        wordsOf(given.words, 'list?');
        for (const account of accounts) terminal.out(`${account.name}  ${described(account)}\n`);
        return;
      }
      wordsOf(given.words, action, 'NAME');
      const known = accounts.find((account) => account.name === name);
      if (action === 'add') {
        if (known !== undefined) throw new Usage(`there is an account '${name}' already.`);
        const nobody: Account = { name: accountName(name), role: 'none', roles: {}, password: '' };
        await store.saveAccount(await changed(store, nobody, given.flags, 'responder'));
      } else if (known === undefined) throw new Usage(`there is no account '${name}'.`);
      if (action === 'set') {
        await store.saveAccount(await changed(store, known as Account, given.flags));
      } else if (action === 'remove') await store.endAccount(name);
      else if (action === 'add' || action === 'link') {
        const token = await new Sessions(store, terminal.clock, secret).startLink(name);
        terminal.out(`${urlOf(given.settings)}/sign-in?token=${token} (once, within 15 minutes)\n`);
      } else throw new Usage(`a user cannot be asked to '${action}'.`);
    }),
};

function accountName(name: string): string {
  if (isAccountName(name)) return name;
  throw new Usage('the name of an account has 1 to 64 letters, digits and . @ + - _.');
}

/** Of the account, by the flags: a role everywhere, or in one project. */
async function changed(
  store: Store,
  account: Account,
  flags: Given['flags'],
  usual?: Role,
): Promise<Account> {
  const role = flags['role'] ?? usual;
  if (role === undefined) throw new Usage('--role is missing.');
  if (role !== 'none' && !isRole(role)) {
    throw new Usage(`--role is to be one of ${roles.join(', ')}, or none.`);
  }
  const { project } = flags;
  const id = project === undefined ? undefined : (await projectOf(store, String(project))).id;
  return withRole(account, role, id);
}
