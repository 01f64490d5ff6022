/** What people say of groups. */
import type { GroupChange } from '../store.ts';
import { type Database, places } from './database.ts';

export const triage = {
  changeGroups(db: Database, project: number, ids: readonly number[], change: GroupChange): number {
    const { state, at, release, until } = change;
    return db.run(
      `UPDATE failure_group SET state = ?, state_at = ?, state_until = ?,
         state_release = CASE WHEN ? = 'resolved' THEN coalesce(?, last_release) END
       WHERE project = ? AND id IN ${places(ids)}`,
      state,
      at,
      until ?? null,
      state,
      release ?? null,
      project,
      ...ids,
    ).changes;
  },
};
