/** Groups: the list, one of them, and what people say of them. */
import { may, visible } from '../access/roles.ts';
import { userHash } from '../record/user.ts';
import type { FailureRecord } from '../record/record.ts';
import type { GroupQuery, GroupState } from '../store/store.ts';
import { baseOf, type ConsoleOptions, fieldOf, formOf, frameOf, type Page } from './console.ts';
import { DAYS } from './pages/bars.tsx';
import { GroupPage } from './pages/group.tsx';
import { Groups } from './pages/groups.tsx';
import { parseQuery } from './query.ts';

const PAGE = 50;
const LAST_PAGE = 200;
const DAY = 86_400_000;
const sorts: ReadonlySet<string> = new Set<GroupQuery['sort']>([
  'last',
  'first',
  'seen',
  'users',
]) as ReadonlySet<string>;
const states: ReadonlySet<string> = new Set<GroupState>(['unresolved', 'resolved', 'ignored']);
const said: Readonly<Record<GroupState, string>> = {
  resolved: 'resolved; seen again in the same or a newer release, a group opens again',
  ignored: 'ignored, and counted on',
  unresolved: 'open again',
};

export function groupRoutes(app: Page, options: ConsoleOptions): void {
  const { store, clock, secret } = options;
  const hashesOf = (user: string, projects: readonly number[]): Readonly<Record<number, string>> =>
    Object.fromEntries(
      // A hash is what pages show, and what people take from there.
      projects.map((id) => [
        id,
        /^[\da-f]{16}$/.test(user) ? user : userHash(user, secret.userKey(id)),
      ]),
    );

  app.get('/groups', async (context) => {
    const account = context.get('account');
    const projects = visible(account, await store.projects());
    const project = numberOf(context.req.query('project'));
    const query = context.req.query('q') ?? 'is:unresolved';
    const given = context.req.query('sort') ?? '';
    const sort = (sorts.has(given) ? given : 'last') as NonNullable<GroupQuery['sort']>;
    const page = Math.min(numberOf(context.req.query('page')) ?? 0, LAST_PAGE);
    const { user, ...found } = parseQuery(query);
    const sought = projects
      .map(({ id }) => id)
      .filter((id) => project === undefined || id === project);
    const groups = await store.groups({
      ...found,
      ...(user === undefined ? {} : { user: hashesOf(user, sought) }),
      projects: sought,
      sort,
      most: PAGE + 1,
      skip: page * PAGE,
    });
    return context.html(
      <Groups
        frame={frameOf(options, account)}
        projects={projects}
        groups={groups.slice(0, PAGE)}
        query={query}
        project={project}
        sort={sort}
        page={page}
        hasMore={groups.length > PAGE}
        now={clock.now()}
        mayChange={projects.some(({ id }) => may(account, 'responder', id))}
        said={changed(context.req.query('changed'), context.req.query('to'))}
      />,
    );
  });

  app.get('/groups/:id', async (context) => {
    const account = context.get('account');
    const group = await store.group(numberOf(context.req.param('id')) ?? 0);
    if (group === undefined || !may(account, 'viewer', group.project)) {
      return context.text('There is no such group.', 404);
    }
    const now = clock.now();
    const [[record, older], counts, projects] = await Promise.all([
      store.records(group.id, 2, numberOf(context.req.query('before'))),
      store.counts([group.id], 'day', now - DAYS * DAY, now + DAY),
      store.projects(),
    ]);
    return context.html(
      <GroupPage
        frame={frameOf(options, account)}
        group={group}
        projectName={projects.find(({ id }) => id === group.project)?.name ?? ''}
        record={record === undefined ? undefined : (JSON.parse(record.json) as FailureRecord)}
        older={older === undefined ? undefined : record?.row}
        counts={counts}
        now={now}
        mayChange={may(account, 'responder', group.project)}
        said={changed(context.req.query('changed'), context.req.query('to'))}
      />,
    );
  });

  app.post('/groups', async (context) => {
    const account = context.get('account');
    const projects = (await store.projects()).filter(({ id }) => may(account, 'responder', id));
    if (projects.length === 0) return context.text('A viewer changes nothing.', 403);
    const form = await formOf(context);
    const action = fieldOf(form, 'action');
    const ids = form
      .getAll('id')
      .flatMap((id) => numberOf(id) ?? [])
      .slice(0, PAGE);
    if (!states.has(action)) return context.text('There is no such action.', 400);
    const state = action as GroupState;
    let count = 0;
    // Each through its project.
    for (const { id: project } of ids.length === 0 ? [] : projects) {
      count += await store.changeGroups(project, ids, { state, at: clock.now() });
    }
    const to = ids.length === 1 ? `/groups/${ids[0]}` : '/groups';
    return context.redirect(`${baseOf(options)}${to}?changed=${count}&to=${state}`, 303);
  });
}

function changed(count: string | undefined, state: string | undefined): string | undefined {
  const number = numberOf(count);
  if (number === undefined || state === undefined || !states.has(state)) return undefined;
  return `${number === 1 ? 'The group is' : `${number} groups are`} ${said[state as GroupState]}.`;
}

function numberOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
