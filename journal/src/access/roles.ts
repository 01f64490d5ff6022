/** What an account may: by its role everywhere, or by the one it has in a project, whichever is more. */
import type { Account, Project, Role } from '../store/store.ts';

const ranks: Readonly<Record<Role | 'none', number>> = {
  none: 0,
  viewer: 1,
  responder: 2,
  administrator: 3,
};

/** Without a project: everywhere. */
export function may({ role, roles }: Account, least: Role, project?: number): boolean {
  const here = project === undefined ? 'none' : (roles[project] ?? 'none');
  return Math.max(ranks[role], ranks[here]) >= ranks[least];
}

/** The projects that it may at least look at. */
export const visible = (account: Account, projects: readonly Project[]): readonly Project[] =>
  projects.filter(({ id }) => may(account, 'viewer', id));

export const roles = ['viewer', 'responder', 'administrator'] as const satisfies readonly Role[];

export const isRole = (text: unknown): text is Role => (roles as readonly unknown[]).includes(text);

/** The account with another role, everywhere or in one project. */
export function withRole(account: Account, role: Role | 'none', project?: number): Account {
  if (project === undefined) return { ...account, role };
  const { [project]: _, ...others } = account.roles;
  return { ...account, roles: role === 'none' ? others : { ...others, [project]: role } };
}

/** `viewer of project 2`; `none` for who may nothing. */
export function described({ role, roles }: Account): string {
  const single = Object.entries(roles).map(([project, one]) => `${one} of project ${project}`);
  return (role === 'none' && single.length > 0 ? single : [role, ...single]).join(', ');
}

export const isAccountName = (name: string): boolean => /^[\w.@+-]{1,64}$/.test(name);

/** Whether nobody else could administer the journal. */
export const isLast = (name: string, accounts: readonly Account[]): boolean =>
  accounts.every((one) => one.name === name || one.role !== 'administrator');
