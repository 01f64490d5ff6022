/** Who may sign in, and what they may: for those who administer all of it. */
import { isAccountName, isLast, isRole, may, withRole } from '../access/roles.ts';
import type { Account } from '../store/store.ts';
import { baseOf, type ConsoleOptions, fieldOf, formOf, frameOf, type Page } from './console.ts';
import { Members } from './pages/members.tsx';

const nobody = (name: string): Account => ({ name, role: 'none', roles: {}, password: '' });

export function memberRoutes(app: Page, options: ConsoleOptions): void {
  const { store, sessions, publicUrl } = options;

  app.use('/members', async (context, next) => {
    if (may(context.get('account'), 'administrator')) return next();
    return context.text('Members are changed by administrators.', 403);
  });

  const page = async (account: Account, said?: string, link?: string) => (
    <Members
      frame={frameOf(options, account)}
      accounts={await store.accounts()}
      projects={await store.projects()}
      said={said}
      link={link}
    />
  );

  app.get('/members', async (context) => context.html(await page(context.get('account'))));

  app.post('/members', async (context) => {
    const form = await formOf(context);
    const own = context.get('account');
    const name = fieldOf(form, 'name').trim();
    const accounts = await store.accounts();
    const known = accounts.find((one) => one.name === name);
    const refuse = async (why: string) => context.html(await page(own, why), 400);
    const back = () => context.redirect(`${baseOf(options)}/members`, 303);
    const linkTo = async () => {
      const link = `${publicUrl()}/sign-in?token=${await sessions.startLink(name)}`;
      return context.html(
        await page(own, `${name} signs in by this, once, within 15 minutes:`, link),
      );
    };
    const role = fieldOf(form, 'role');
    const project = (await store.projects()).find(
      ({ id }) => String(id) === fieldOf(form, 'project'),
    );
    const action = fieldOf(form, 'action');
    if (action === 'add') {
      if (!isAccountName(name)) return refuse('A name has letters, digits and . @ + - _ alone.');
      if (known !== undefined) return refuse('There is an account of that name.');
      if (!isRole(role)) return refuse('There is no such role.');
      await store.saveAccount(withRole(nobody(name), role, project?.id));
      return linkTo();
    }
    if (known === undefined) return refuse('There is no such account.');
    if (action === 'link') return linkTo();
    if (action === 'set') {
      if (!isRole(role) && role !== 'none') return refuse('There is no such role.');
      const changed = withRole(known, role, project?.id);
      if (changed.role !== 'administrator' && isLast(name, accounts)) return refuse(lastOne);
      await store.saveAccount(changed);
      return back();
    }
    if (action === 'remove') {
      if (isLast(name, accounts)) return refuse(lastOne);
      await store.endAccount(name);
      return back();
    }
    return context.text('There is no such action.', 400);
  });
}

const lastOne = 'Nobody else could administer the journal.';
