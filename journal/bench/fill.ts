/** Fills a database in a minute with what would take the journal an hour. Only a benchmark may write behind its back. */
import { randomBytes } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import { constants, zstdCompressSync } from 'node:zlib';

const DAY = 86_400_000;
const words = ['timeout', 'refused', 'basket', 'invoice', 'stock', 'parcel', 'coupon', 'ledger'];
const FAST = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

interface Plan {
  readonly records: number;
  readonly groups: number;
  /** How many of the records are older than 90 days. */
  readonly old: number;
}

/** Returns words and ids that are there to be found. */
export function fill(
  database: string,
  { records, groups, old }: Plan,
): { words: readonly string[]; events: readonly string[] } {
  const db = new DatabaseSync(database);
  db.exec('PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -500000');
  const indexes = db
    .prepare("SELECT name, sql FROM sqlite_schema WHERE tbl_name = 'record' AND type = 'index'")
    .all() as { name: string; sql: string }[];
  for (const { name } of indexes) db.exec(`DROP INDEX ${name}`);
  const now = Date.now();
  db.exec('BEGIN');
  fillGroups(db, groups, now, records / groups);
  const events = fillRecords(db, { records, groups, old }, now);
  db.exec('COMMIT');
  for (const { sql } of indexes) db.exec(sql);
  db.exec('ANALYZE; PRAGMA journal_mode = WAL');
  db.close();
  return { words, events };
}

function fillGroups(db: DatabaseSync, groups: number, now: number, seen: number): void {
  const group = db.prepare(
    `INSERT INTO failure_group (id, project, key, title, culprit, platform, service, severity, created, first_seen,
       last_seen, first_release, last_release, seen, kept, users)
     VALUES (?, 1, ?, ?, ?, 'node', ?, 'error', ?, ?, ?, 'shop@2.3.0', 'shop@2.4.0', ?, ?, ?)`,
  );
  const text = db.prepare(
    'INSERT INTO group_text (rowid, title, culprit, messages, tags) VALUES (?, ?, ?, ?, ?)',
  );
  const label = db.prepare('INSERT OR IGNORE INTO label VALUES (?, ?, ?, ?)');
  label.run(1, 'production', 'shop@2.3.0', 'error');
  label.run(2, 'production', 'shop@2.4.0', 'error');
  const pair = db.prepare('INSERT INTO group_label (label, group_id) VALUES (?, ?)');
  const counter = db.prepare('INSERT INTO counter VALUES (?, ?, ?, ?, ?)');
  for (let id = 1; id <= groups; id++) {
    const word = words[id % words.length] as string;
    const title = `OrderError: ${word} ${id} of order failed`;
    const last = now - ((id * 7919) % (30 * DAY));
    const service = `service-${id % 20}`;
    const first = last - 60 * DAY;
    group.run(
      id,
      `v1:${id}`,
      title,
      `place${id} in orders.ts`,
      service,
      first,
      first,
      last,
      seen * (1 + (id % 13)),
      seen,
      id % 300,
    );
    text.run(id, title, `place${id} in orders.ts`, title, `region eu-${id % 9}`);
    pair.run(1, id);
    // Two thirds have been seen in the last release but one alone.
    if (id % 3 === 0) pair.run(2, id);
    for (let day = 0; day < 10; day++) {
      const at = last - (last % DAY) - day * DAY;
      counter.run(id, 86_400, at, 1, 10);
      counter.run(id, 3_600, at, 1, 10);
    }
  }
}

function fillRecords(db: DatabaseSync, { records, groups, old }: Plan, now: number): string[] {
  const record = db.prepare(
    `INSERT INTO record (project, group_id, event, time, received, milestone, user, trace, request, body)
     VALUES (1, ?, ?, ?, ?, ?, ?, ?, NULL, ?)`,
  );
  const bodies = words.map(bodyOf);
  const events: string[] = [];
  for (let at = 0; at < records; at++) {
    const event = randomBytes(16);
    if (at % Math.ceil(records / 100) === 0) events.push(event.toString('hex'));
    const age = at < old ? 91 * DAY - at : (89 * DAY * (records - at)) / records;
    const time = Math.round(now - age);
    const user = at % 2 === 0 ? (at % 50_000).toString(16).padStart(16, '0') : null;
    const trace = at % 4 === 0 ? event.toString('hex') : null;
    const body = bodies[at % bodies.length] as Buffer;
    record.run(1 + ((at * 31) % groups), event, time, time, at < groups ? 1 : 0, user, trace, body);
  }
  return events;
}

/** As large as a failure of 2 kB becomes. */
function bodyOf(word: string): Buffer {
  const frames = Array.from({ length: 10 }, (_, at) => ({
    file: `/srv/shop/src/${word}/${randomBytes(6).toString('hex')}.ts`,
    function: `place${at}`,
    line: at * 37,
    column: 11,
    inApp: true,
  }));
  const record = {
    id: '0'.repeat(32),
    time: '2026-11-27T12:00:00.000Z',
    received: '2026-11-27T12:00:00.000Z',
    platform: 'node',
    severity: 'error',
    exceptions: [{ type: 'OrderError', message: `${word} of order failed`, frames }],
    tags: { region: 'eu-1', host: randomBytes(20).toString('hex') },
    release: 'shop@2.4.0',
  };
  return zstdCompressSync(JSON.stringify(record), FAST);
}
