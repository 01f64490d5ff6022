/** What keeps the database within its limits, and takes out of it what may no longer be there. */
import type { PruneLimits, PruneResult } from '../store.ts';
import type { Database } from './database.ts';
import { forgetNotices } from './outbox.ts';
import { bytesOf } from './read/size.ts';
import { steps } from './write/counters.ts';

const MOST_RECORDS = 2_000;
const MOST_GROUPS = 200;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** How long sums of each length are kept; those of days stay. */
const keptSums = [
  { step: steps.minute, age: 2 * DAY },
  { step: steps.hour, age: 90 * DAY },
];
/** Pages that are given back to the disk at a time. */
const MOST_PAGES = 1_000;

/** The group after which sums are looked at next. */
const cursors = new WeakMap<Database, number>();

export const upkeep = {
  prune(db: Database, limits: PruneLimits): PruneResult {
    const { now, recordsBefore, maxBytes } = limits;
    const deleted = db.transaction(() => {
      db.run('DELETE FROM session WHERE expires < ?', now);
      forgetSums(db, now);
      forgetNotices(db, now);
      const old = db.run(
        `DELETE FROM record WHERE id IN
           (SELECT id FROM record WHERE id < (SELECT min(id) + 20000 FROM record) AND received < ? LIMIT ?)`,
        recordsBefore,
        MOST_RECORDS,
      ).changes;
      return old === 0 && bytesOf(db) > maxBytes ? makeRoom(db) : old;
    });
    db.connection.exec(`PRAGMA incremental_vacuum(${MOST_PAGES})`);
    return { deleted, more: deleted > 0 };
  },

  erase(db: Database, project: number, user: string, at: number): number {
    return db.transaction(() => {
      db.run(
        'INSERT OR REPLACE INTO erasure (project, user, at) VALUES (?, ?, ?)',
        project,
        user,
        at,
      );
      db.run(
        `DELETE FROM affected WHERE user = ? AND group_id IN
           (SELECT id FROM failure_group WHERE project = ?)`,
        user,
        project,
      );
      return db.run('DELETE FROM record WHERE project = ? AND user = ?', project, user).changes;
    });
  },
};

/** Oldest first: what is neither a milestone nor the latest of its group, then whatever is oldest. */
function makeRoom(db: Database): number {
  const common = db.run(
    `DELETE FROM record WHERE id IN (
       SELECT id FROM record AS one
       WHERE milestone = 0 AND id < (SELECT max(id) FROM record AS other WHERE other.group_id = one.group_id)
       ORDER BY id LIMIT ?)`,
    MOST_RECORDS,
  ).changes;
  if (common > 0) return common;
  return db.run(
    'DELETE FROM record WHERE id IN (SELECT id FROM record ORDER BY id LIMIT ?)',
    MOST_RECORDS,
  ).changes;
}

/** Sums of a few groups at a time: a sweep over all of them would hold up intake. */
function forgetSums(db: Database, now: number): void {
  const after = cursors.get(db) ?? 0;
  const groups = db.all<{ id: number }>(
    'SELECT id FROM failure_group WHERE id > ? ORDER BY id LIMIT ?',
    after,
    MOST_GROUPS,
  );
  cursors.set(db, groups.length < MOST_GROUPS ? 0 : (groups.at(-1)?.id ?? 0));
  for (const { id } of groups) {
    for (const { step, age } of keptSums) {
      db.run('DELETE FROM counter WHERE group_id = ? AND step = ? AND at < ?', id, step, now - age);
    }
  }
}
