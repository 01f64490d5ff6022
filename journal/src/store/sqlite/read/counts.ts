import type { Count, Step, Tally } from '../../store.ts';
import { type Database, places } from '../database.ts';
import { steps } from '../write/counters.ts';

export function counts(
  db: Database,
  groups: readonly number[],
  step: Step,
  from: number,
  to: number,
): Count[] {
  return db.all<Count>(
    `SELECT group_id AS "group", at, environment, release, severity, n AS count
     FROM counter JOIN label ON label.id = label
     WHERE group_id IN ${places(groups)} AND step = ? AND at >= ? AND at < ? ORDER BY group_id, at`,
    ...groups,
    steps[step],
    from,
    to,
  );
}

export function tallies(db: Database, project: number, from: number, to: number): Tally[] {
  return db.all<Tally>(
    `SELECT what, release, at, n AS count FROM tally
     WHERE project = ? AND at >= ? AND at < ? ORDER BY at, what, release`,
    project,
    from,
    to,
  );
}
