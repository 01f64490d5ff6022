import type { Size } from '../../store.ts';
import type { Database } from '../database.ts';

/** Pages in use. Those of the write-ahead log are taken over before long. */
export function bytesOf(db: Database): number {
  const number = (pragma: string): number =>
    Object.values(
      db.get<Record<string, number>>(`PRAGMA ${pragma}`) as Record<string, number>,
    )[0] as number;
  return (number('page_count') - number('freelist_count')) * number('page_size');
}

/** Records by the ends of their numbers: to count them all would take long. */
export function size(db: Database): Size {
  const { records } = db.get<{ records: number }>(
    'SELECT coalesce(max(id) - min(id) + 1, 0) AS records FROM record',
  ) as { records: number };
  const { groups } = db.get<{ groups: number }>('SELECT count(*) AS groups FROM failure_group') as {
    groups: number;
  };
  return { bytes: bytesOf(db), records, groups };
}
