/** Sums by group, time, environment, release and severity. One row for all of a transaction that fall together. */
import type { Batch, Entry } from '../../store.ts';
import type { Database } from '../database.ts';

/** In seconds. */
export const steps = { minute: 60, hour: 3_600, day: 86_400 } as const;
const HOUR = 3_600_000;

export const startOf = (time: number, step: number): number => time - (time % (step * 1_000));

/** Labels stay, and few come again and again. */
const labels = new WeakMap<Database, Map<string, number>>();
const MOST_LABELS = 10_000;

/** After a transaction that failed: its labels are not there. */
export const forgetLabels = (db: Database): boolean => labels.delete(db);

export class Counters {
  private readonly db: Database;
  private readonly sums = new Map<string, { key: [number, number, number, number]; n: number }>();
  private readonly tallies = new Map<
    string,
    { key: [number, number, string, string]; n: number }
  >();

  constructor(db: Database) {
    this.db = db;
  }

  count(group: number, { time, environment, release, severity, count }: Entry): void {
    const label = this.label(environment, release, severity);
    for (const step of Object.values(steps)) {
      add(this.sums, [group, step, startOf(time, step), label], count);
    }
  }

  tally(project: number, at: number, { what, release, count }: Batch['tallies'][number]): void {
    add(this.tallies, [project, at - (at % HOUR), what, release], count);
  }

  finish(): void {
    for (const { key, n } of this.sums.values()) {
      this.db.run(
        `INSERT INTO counter (group_id, step, at, label, n) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET n = n + excluded.n`,
        ...key,
        n,
      );
    }
    for (const { key, n } of this.tallies.values()) {
      this.db.run(
        `INSERT INTO tally (project, at, what, release, n) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET n = n + excluded.n`,
        ...key,
        n,
      );
    }
  }

  private label(...parts: [environment: string, release: string, severity: string]): number {
    let known = labels.get(this.db);
    if (known === undefined) labels.set(this.db, (known = new Map()));
    const name = parts.join('\0');
    let id = known.get(name);
    if (id === undefined) {
      const where = 'FROM label WHERE environment = ? AND release = ? AND severity = ?';
      const row = this.db.get<{ id: number }>(`SELECT id ${where}`, ...parts);
      id =
        row?.id ??
        this.db.run('INSERT INTO label (environment, release, severity) VALUES (?, ?, ?)', ...parts)
          .id;
      if (known.size >= MOST_LABELS) known.clear();
      known.set(name, id);
    }
    return id;
  }
}

function add<Key extends readonly unknown[]>(
  sums: Map<string, { key: Key; n: number }>,
  key: Key,
  count: number,
): void {
  const name = key.join('\0');
  const sum = sums.get(name);
  if (sum === undefined) sums.set(name, { key, n: count });
  else sum.n += count;
}
