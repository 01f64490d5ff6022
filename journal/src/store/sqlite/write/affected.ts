/** How many users a group has: exactly to 1 000, then by a sketch of 1 kB. */
import type { Database } from '../database.ts';
import { Sketch } from './sketch.ts';

export const MOST_EXACT = 1_000;

export class AffectedUsers {
  private readonly db: Database;
  /** Of this transaction. */
  private readonly seen = new Set<string>();

  constructor(db: Database) {
    this.db = db;
  }

  /** Returns how many there are now, where there were `users`. */
  see(group: number, user: string, users: number): number {
    const name = `${group} ${user}`;
    if (this.seen.has(name)) return users;
    this.seen.add(name);
    if (users >= MOST_EXACT) return this.estimate(group, user, users);
    const added = this.db.run('INSERT OR IGNORE INTO affected VALUES (?, ?)', group, user).changes;
    return users + added;
  }

  private estimate(group: number, user: string, users: number): number {
    const row = this.db.get<{ sketch: Uint8Array | null }>(
      'SELECT sketch FROM failure_group WHERE id = ?',
      group,
    );
    const sketch = new Sketch(row?.sketch ?? undefined);
    const isFirst = row?.sketch === null;
    if (isFirst) {
      const known = this.db.all<{ user: string }>(
        'SELECT user FROM affected WHERE group_id = ?',
        group,
      );
      for (const { user } of known) sketch.add(user);
    }
    const isChanged = sketch.add(user);
    if (!isChanged && !isFirst) return users;
    this.db.run('UPDATE failure_group SET sketch = ? WHERE id = ?', sketch.registers, group);
    return Math.max(users, sketch.estimate());
  }
}
