/** Groups by what people look for. */
import type { Group, GroupQuery } from '../../store.ts';
import type { Database, Value } from '../database.ts';

export const groupFields = `id, project, key, title, culprit, platform, service, kind, severity, state, state_at AS stateAt,
  state_release AS stateRelease, state_until AS stateUntil, first_seen AS firstSeen, last_seen AS lastSeen,
  first_release AS firstRelease, last_release AS lastRelease, seen, users`;

/** What comes first, each with an index that begins with the project. */
const orders = {
  last: { column: 'last_seen', key: ({ lastSeen }: Group) => lastSeen },
  first: { column: 'first_seen', key: ({ firstSeen }: Group) => firstSeen },
  seen: { column: 'seen', key: ({ seen }: Group) => seen },
  users: { column: 'users', key: ({ users }: Group) => users },
} as const;

const MOST_MATCHES = 10_000;

export function groups(db: Database, query: GroupQuery): Group[] {
  const { projects, sort = 'last', most, skip = 0 } = query;
  const { key } = orders[sort];
  // An index is read in order for one project alone, so each is asked by itself.
  return projects
    .flatMap((project) => groupsOf(db, project, query, most + skip))
    .toSorted((one, other) => key(other) - key(one))
    .slice(skip, skip + most);
}

function groupsOf(db: Database, project: number, query: GroupQuery, most: number): Group[] {
  const conditions = ['project = ?'];
  const values: Value[] = [project];
  const where = (condition: string, ...given: readonly Value[]): void => {
    conditions.push(condition);
    values.push(...given);
  };
  for (const field of ['state', 'severity', 'service', 'kind', 'platform'] as const) {
    const value = query[field];
    if (value !== undefined) where(`${field} = ?`, value);
  }
  const labelled = (condition: string, ...given: readonly Value[]): void =>
    where(
      `id IN (SELECT group_id FROM group_label WHERE label IN (SELECT id FROM label WHERE ${condition}))`,
      ...given,
    );
  const { environment, release } = query;
  if (environment !== undefined) labelled('environment = ?', environment);
  if (release !== undefined) {
    // A release is called by its version alone, too: `2.4.0` for `shop@2.4.0`.
    const ending = `%@${release.replaceAll(/[!%_]/g, '!$&')}`;
    labelled("release = ? OR release LIKE ? ESCAPE '!'", release, ending);
  }
  for (const field of ['user', 'event', 'trace', 'request'] as const) {
    if (query[field] === undefined) continue;
    const value = (field === 'user' ? query.user?.[project] : query[field]) ?? '';
    const sought = field === 'event' ? Buffer.from(value.replaceAll('-', ''), 'hex') : value;
    where(
      `id IN (SELECT group_id FROM record WHERE project = ? AND ${field} = ?)`,
      project,
      sought,
    );
  }
  if (query.text !== undefined) {
    const words = matching(query.text);
    if (words === '') return [];
    // Of words that stand in most groups, those of the newest: to look at all of them would take long.
    where(
      `id IN (SELECT rowid FROM group_text WHERE group_text MATCH ? ORDER BY rowid DESC LIMIT ${MOST_MATCHES})`,
      words,
    );
  }
  return db
    .all<Nullable<Group>>(
      `SELECT ${groupFields} FROM failure_group WHERE ${conditions.join(' AND ')}
       ORDER BY ${orders[query.sort ?? 'last'].column} DESC LIMIT ?`,
      ...values,
      most,
    )
    .map(plain);
}

export function group(db: Database, id: number): Group | undefined {
  const row = db.get<Nullable<Group>>(`SELECT ${groupFields} FROM failure_group WHERE id = ?`, id);
  return row === undefined ? undefined : plain(row);
}

export type Nullable<T> = { [Field in keyof T]: T[Field] | null };

export function plain(row: Nullable<Group>): Group {
  return Object.fromEntries(
    Object.entries(row).filter(([, value]) => value !== null),
  ) as unknown as Group;
}

/** Each word as a text of FTS5's language, in which nothing is an operator; phrases in quotes stay together. */
function matching(text: string): string {
  return [...text.matchAll(/"([^"]*)"|\S+/g)]
    .map(([word, phrase]) => ({
      word: (phrase ?? word).replaceAll('"', ''),
      isPhrase: phrase !== undefined,
    }))
    .filter(({ word }) => /[\p{L}\p{N}_]/u.test(word))
    .slice(0, 10)
    .map(({ word, isPhrase }) => (isPhrase ? `"${word}"` : `"${word}"*`))
    .join(' ');
}
