/** Sums by group, time, environment, release and severity. One row for all of a transaction that fall together. */
import type { Batch, Entry } from '../../store.ts';
import type { Database } from '../database.ts';

/** In seconds. */
export const steps = { minute: 60, hour: 3_600, day: 86_400 } as const;
const HOUR = 3_600_000;

export const startOf = (time: number, step: number): number => time - (time % (step * 1_000));

/** What the database has already: it stays, and is asked for again and again. */
interface Known {
  readonly labels: Map<string, number>;
  /** Groups with their labels. */
  readonly pairs: Set<string>;
}
const known = new WeakMap<Database, Known>();
const MOST_KNOWN = 100_000;

/** After a transaction that failed: what it added is not there. */
export const forgetLabels = (db: Database): boolean => known.delete(db);

export class Counters {
  private readonly db: Database;
  private readonly known: Known;
  private readonly sums = new Map<string, { key: [number, number, number, number]; n: number }>();
  private readonly tallies = new Map<
    string,
    { key: [number, number, string, string]; n: number }
  >();

  constructor(db: Database) {
    this.db = db;
    const { labels, pairs } = known.get(db) ?? { labels: new Map(), pairs: new Set() };
    if (labels.size > MOST_KNOWN) labels.clear();
    if (pairs.size > MOST_KNOWN) pairs.clear();
    this.known = { labels, pairs };
    known.set(db, this.known);
  }

  count(group: number, { time, environment, release, severity, count }: Entry): void {
    const label = this.label(environment, release, severity);
    this.pair(label, group);
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

  private pair(label: number, group: number): void {
    const { pairs } = this.known;
    const name = `${label} ${group}`;
    if (pairs.has(name)) return;
    pairs.add(name);
    this.db.run('INSERT OR IGNORE INTO group_label (label, group_id) VALUES (?, ?)', label, group);
  }

  private label(...parts: [environment: string, release: string, severity: string]): number {
    const { labels } = this.known;
    const name = parts.join('\0');
    let id = labels.get(name);
    if (id === undefined) {
      const where = 'FROM label WHERE environment = ? AND release = ? AND severity = ?';
      const row = this.db.get<{ id: number }>(`SELECT id ${where}`, ...parts);
      const insert = 'INSERT INTO label (environment, release, severity) VALUES (?, ?, ?)';
      id = row?.id ?? this.db.run(insert, ...parts).id;
      labels.set(name, id);
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
