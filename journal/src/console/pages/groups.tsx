import type { FC } from 'hono/jsx';
import type { Group, Project } from '../../store/store.ts';
import { ago, grouped, iso, shown } from '../../record/shown.ts';
import { type Frame, Layout, Said } from './layout.tsx';

export interface GroupsView {
  readonly frame: Frame;
  readonly projects: readonly Project[];
  readonly groups: readonly Group[];
  readonly query: string;
  readonly project: number | undefined;
  readonly sort: string;
  readonly page: number;
  readonly hasMore: boolean;
  readonly now: number;
  readonly mayChange: boolean;
  readonly said?: string | undefined;
}

const sorts = { last: 'last seen', first: 'first seen', seen: 'count', users: 'users' } as const;

export const Groups: FC<GroupsView> = (view) => (
  <Layout {...view.frame} title="Groups">
    <Said text={view.said} />
    <Search {...view} />
    {view.groups.length === 0 ? <Nothing {...view} /> : <List {...view} />}
  </Layout>
);

const Search: FC<GroupsView> = ({ frame, projects, query, project, sort }) => (
  <form action={`${frame.base}/groups`} class="row" role="search">
    <label class="wide">
      Search
      <input
        name="q"
        value={query}
        placeholder='is:unresolved service:checkout "connection refused"'
      />
    </label>
    <label>
      Project
      <select name="project">
        <option value="">all</option>
        {projects.map(({ id, name }) => (
          <option value={String(id)} selected={id === project}>
            {name}
          </option>
        ))}
      </select>
    </label>
    <label>
      Sort by
      <select name="sort">
        {Object.entries(sorts).map(([value, label]) => (
          <option value={value} selected={value === sort}>
            {label}
          </option>
        ))}
      </select>
    </label>
    <button>Search</button>
  </form>
);

const Nothing: FC<GroupsView> = ({ frame, query }) =>
  query === '' || query === 'is:unresolved' ? (
    <p>
      No failure is unresolved. <a href={`${frame.base}/projects`}>Projects</a> has the DSN that
      clients need.
    </p>
  ) : (
    <p>
      Nothing is found. Fields are <code>is:</code> <code>severity:</code> <code>service:</code>{' '}
      <code>environment:</code> <code>release:</code> <code>user:</code>; all else are words.
    </p>
  );

const List: FC<GroupsView> = (view) => {
  const { frame, groups, now, mayChange, page, hasMore } = view;
  return (
    <form method="post" action={`${frame.base}/groups`}>
      <div class="scroll" tabindex={0} role="region" aria-label="Groups">
        <table>
          <thead>
            <tr>
              {mayChange && <th class="short">Choose</th>}
              <th>Failure</th>
              <th class="number">Count</th>
              <th class="number roomy">Users</th>
              <th class="short">Last seen</th>
              <th class="short roomy">State</th>
            </tr>
          </thead>
          <tbody>
            {groups.map((group) => (
              <tr>
                {mayChange && (
                  <td>
                    <input
                      type="checkbox"
                      name="id"
                      value={String(group.id)}
                      aria-label={`Choose ${shown(group.title, 80)}`}
                    />
                  </td>
                )}
                <td>
                  <a href={`${frame.base}/groups/${group.id}`}>{shown(group.title)}</a>
                  <br />
                  <span class="dim">
                    <span class={group.severity}>{group.severity}</span> {shown(group.culprit)}{' '}
                    {shown(group.service)}
                  </span>
                </td>
                <td class="number">{grouped(group.seen)}</td>
                <td class="number roomy">{grouped(group.users)}</td>
                <td class="short">
                  <time
                    datetime={new Date(group.lastSeen).toISOString()}
                    title={iso(group.lastSeen)}
                  >
                    {ago(group.lastSeen, now)}
                  </time>
                </td>
                <td class="short roomy">{group.state}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p>
        {mayChange && <Actions />} {page > 0 && <a href={pageOf(view, page - 1)}>Newer</a>}{' '}
        {hasMore && <a href={pageOf(view, page + 1)}>Older</a>}
      </p>
    </form>
  );
};

function pageOf({ frame, query, project, sort }: GroupsView, page: number): string {
  const fields = { q: query, project: String(project ?? ''), sort, page: String(page) };
  return `${frame.base}/groups?${new URLSearchParams(fields).toString()}`;
}

export const Actions: FC = () => (
  <>
    <button name="action" value="resolved">
      Resolve
    </button>{' '}
    <button name="action" value="ignored">
      Ignore
    </button>{' '}
    <button name="action" value="unresolved">
      Reopen
    </button>
  </>
);
