/** Groups by what people look for. */
import type { Group, GroupQuery } from '../../store.ts';
import { type Database, places, type Value } from '../database.ts';

const fields = `id, project, key, title, culprit, platform, service, severity, state, state_at AS stateAt,
  state_release AS stateRelease, state_until AS stateUntil, first_seen AS firstSeen, last_seen AS lastSeen,
  first_release AS firstRelease, last_release AS lastRelease, seen, users`;

const orders = {
  last: 'last_seen DESC',
  first: 'first_seen DESC',
  seen: 'seen DESC, last_seen DESC',
  users: 'users DESC, last_seen DESC',
} as const;

export function groups(db: Database, query: GroupQuery): Group[] {
  const { projects, sort = 'last', most, skip = 0 } = query;
  const conditions = [`project IN ${places(projects)}`];
  const values: Value[] = [...projects];
  const where = (condition: string, ...given: readonly Value[]): void => {
    conditions.push(condition);
    values.push(...given);
  };
  if (query.state !== undefined) where('state = ?', query.state);
  if (query.severity !== undefined) where('severity = ?', query.severity);
  if (query.service !== undefined) where('service = ?', query.service);
  for (const field of ['environment', 'release'] as const) {
    const value = query[field];
    if (value === undefined) continue;
    where(
      `EXISTS (SELECT 1 FROM counter JOIN label ON label.id = label
               WHERE group_id = failure_group.id AND step = 86400 AND ${field} = ?)`,
      value,
    );
  }
  if (query.user !== undefined) {
    where(
      'id IN (SELECT group_id FROM record WHERE project = failure_group.project AND user = ?)',
      query.user,
    );
  }
  if (query.text !== undefined) {
    const words = matching(query.text);
    if (words === '') return [];
    where('id IN (SELECT rowid FROM group_text WHERE group_text MATCH ?)', words);
  }
  return db
    .all<Nullable<Group>>(
      `SELECT ${fields} FROM failure_group WHERE ${conditions.join(' AND ')}
       ORDER BY ${orders[sort]} LIMIT ? OFFSET ?`,
      ...values,
      most,
      skip,
    )
    .map(plain);
}

export function group(db: Database, id: number): Group | undefined {
  const row = db.get<Nullable<Group>>(`SELECT ${fields} FROM failure_group WHERE id = ?`, id);
  return row === undefined ? undefined : plain(row);
}

type Nullable<T> = { [Field in keyof T]: T[Field] | null };

function plain(row: Nullable<Group>): Group {
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
