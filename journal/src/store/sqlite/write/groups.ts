/** Finds the group of each failure, makes those that are new, and opens again what had been resolved. */
import { isOlder } from '../../../record/release.ts';
import type { Entry, GroupState } from '../../store.ts';
import type { Database } from '../database.ts';

/** A client that makes a group of each failure would bury all others. */
const MOST_NEW_AN_HOUR = 500;
const HOUR = 3_600_000;
export const OTHERS = 'others';

/** A group with what this transaction has added to it. */
export interface OpenGroup {
  readonly id: number;
  users: number;
  kept: number;
  readonly isOfOthers: boolean;
  state: GroupState;
  readonly stateAt: number;
  readonly stateRelease: string | null;
  readonly stateUntil: number | null;
  added: number;
  firstSeen: number;
  lastSeen: number;
  latest: Entry;
  /** As it is in the database. */
  readonly before: {
    readonly state: GroupState;
    readonly users: number;
    readonly firstSeen: number;
  };
}

interface GroupRow {
  id: number;
  users: number;
  kept: number;
  state: GroupState;
  state_at: number | null;
  state_release: string | null;
  state_until: number | null;
  first_seen: number;
}

export class Groups {
  private readonly db: Database;
  private readonly open = new Map<string, OpenGroup>();
  private readonly releases = new Set<string>();

  constructor(db: Database) {
    this.db = db;
  }

  see(
    project: number,
    at: number,
    entry: Entry,
  ): { group: OpenGroup; was: 'new' | 'known' | 'regressed' } {
    const known = this.find(project, entry.group, entry);
    const { group, isNew } =
      known === undefined ? this.make(project, at, entry) : { group: known, isNew: false };
    this.meetRelease(project, entry);
    const regressed = this.opensAgain(project, group, entry);
    const wasIgnored = group.state === 'ignored' && (group.stateUntil ?? Infinity) <= at;
    if (regressed || wasIgnored) group.state = 'unresolved';
    group.added += entry.count;
    group.firstSeen = Math.min(group.firstSeen, entry.time);
    if (entry.time >= group.lastSeen) group.latest = entry;
    group.lastSeen = Math.max(group.lastSeen, entry.time);
    if (isNew) return { group, was: 'new' };
    return { group, was: regressed ? 'regressed' : 'known' };
  }

  finish(): void {
    for (const group of this.open.values()) {
      const { id, latest, added, kept, lastSeen } = group;
      this.db.run(
        `UPDATE failure_group SET seen = seen + ?, kept = ?, severity = ?,
           last_release = CASE WHEN ? >= last_seen THEN ? ELSE last_release END,
           last_seen = max(last_seen, ?)
         WHERE id = ?`,
        added,
        kept,
        latest.severity,
        lastSeen,
        latest.release,
        lastSeen,
        id,
      );
      this.finishRare(group);
    }
  }

  /** What seldom changes is written only then: its indexes are left alone. */
  private finishRare({ id, before, state, users, firstSeen }: OpenGroup): void {
    const set = (column: string, value: string | number): void =>
      void this.db.run(`UPDATE failure_group SET ${column} = ? WHERE id = ?`, value, id);
    if (state !== before.state) set('state', state);
    if (users !== before.users) set('users', users);
    if (firstSeen < before.firstSeen) set('first_seen', firstSeen);
  }

  private find(project: number, key: string, entry: Entry): OpenGroup | undefined {
    const name = `${project} ${key}`;
    const open = this.open.get(name);
    if (open !== undefined) return open;
    const row = this.db.get<GroupRow>(
      `SELECT id, users, kept, state, state_at, state_release, state_until, first_seen
       FROM failure_group WHERE project = ? AND key = ?`,
      project,
      key,
    );
    if (row === undefined) return undefined;
    const group: OpenGroup = {
      id: row.id,
      users: row.users,
      kept: row.kept,
      isOfOthers: key === OTHERS,
      state: row.state,
      stateAt: row.state_at ?? 0,
      stateRelease: row.state_release,
      stateUntil: row.state_until,
      added: 0,
      firstSeen: row.first_seen,
      lastSeen: entry.time,
      latest: entry,
      before: { state: row.state, users: row.users, firstSeen: row.first_seen },
    };
    this.open.set(name, group);
    return group;
  }

  private make(project: number, at: number, entry: Entry): { group: OpenGroup; isNew: boolean } {
    const { many } = this.db.get<{ many: number }>(
      'SELECT count(*) AS many FROM failure_group WHERE project = ? AND created > ?',
      project,
      at - HOUR,
    ) as { many: number };
    const isOfOthers = many >= MOST_NEW_AN_HOUR;
    const key = isOfOthers ? OTHERS : entry.group;
    const others = isOfOthers ? this.find(project, OTHERS, entry) : undefined;
    if (others !== undefined) return { group: others, isNew: false };
    const {
      title = entry.group,
      culprit = '',
      platform = '',
      service = '',
      kind = '',
    } = isOfOthers ? { title: '(many others)' } : (entry.kept ?? {});
    this.db.run(
      `INSERT INTO failure_group
         (project, key, title, culprit, platform, service, kind, severity, created, first_seen, last_seen,
          first_release, last_release)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      project,
      key,
      title,
      culprit,
      platform,
      service,
      kind,
      entry.severity,
      at,
      entry.time,
      entry.time,
      entry.release,
      entry.release,
    );
    return { group: this.find(project, key, entry) as OpenGroup, isNew: true };
  }

  private meetRelease(project: number, { release, time }: Entry): void {
    if (release === '' || this.releases.has(`${project} ${release}`)) return;
    this.releases.add(`${project} ${release}`);
    this.db.run('INSERT OR IGNORE INTO release VALUES (?, ?, ?)', project, release, time);
  }

  /** Seen after it was resolved, in the release it was resolved in or in a newer one. */
  private opensAgain(project: number, group: OpenGroup, entry: Entry): boolean {
    if (group.state !== 'resolved' || entry.time <= group.stateAt) return false;
    const { stateRelease } = group;
    if (stateRelease === null || stateRelease === '' || entry.release === '') return true;
    return !isOlder(entry.release, stateRelease, (release) => this.firstSeen(project, release));
  }

  private firstSeen(project: number, release: string): number {
    const row = this.db.get<{ first_seen: number }>(
      'SELECT first_seen FROM release WHERE project = ? AND name = ?',
      project,
      release,
    );
    return row?.first_seen ?? Infinity;
  }
}
