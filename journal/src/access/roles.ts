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
