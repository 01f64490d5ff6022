/** The tables, as each version has added to them. */
import type { Database } from './database.ts';

/** Tells a journal's database from any other file of SQLite. */
const APPLICATION = 0x6b4a726e;

/** Each is run once, in one transaction, and never changed after it was released. */
const versions: readonly string[] = [
  `
  CREATE TABLE project (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, rate REAL NOT NULL, burst REAL NOT NULL,
    keep_per_hour INTEGER NOT NULL, origins TEXT NOT NULL
  );
  CREATE TABLE intake_key (
    key TEXT PRIMARY KEY, project INTEGER NOT NULL, label TEXT NOT NULL, created INTEGER NOT NULL, ended INTEGER
  ) WITHOUT ROWID;
  CREATE TABLE account (
    name TEXT PRIMARY KEY, role TEXT NOT NULL, password TEXT NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE session (
    hash TEXT PRIMARY KEY, account TEXT NOT NULL, kind TEXT NOT NULL, expires INTEGER NOT NULL
  ) WITHOUT ROWID;

  CREATE TABLE failure_group (
    id INTEGER PRIMARY KEY, project INTEGER NOT NULL, key TEXT NOT NULL,
    title TEXT NOT NULL, culprit TEXT NOT NULL, platform TEXT NOT NULL, service TEXT NOT NULL, severity TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'unresolved', state_at INTEGER, state_release TEXT, state_until INTEGER,
    created INTEGER NOT NULL, first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL,
    first_release TEXT NOT NULL, last_release TEXT NOT NULL,
    seen INTEGER NOT NULL DEFAULT 0, kept INTEGER NOT NULL DEFAULT 0,
    users INTEGER NOT NULL DEFAULT 0, sketch BLOB
  );
  CREATE UNIQUE INDEX group_key ON failure_group (project, key);
  CREATE INDEX group_state ON failure_group (project, state, last_seen);
  CREATE INDEX group_last ON failure_group (project, last_seen);
  CREATE INDEX group_first ON failure_group (project, first_seen);
  CREATE INDEX group_seen ON failure_group (project, seen);
  CREATE INDEX group_users ON failure_group (project, users);
  CREATE INDEX group_created ON failure_group (project, created);

  -- A milestone is the first, second, fourth, … record of its group: those stay when there is no room.
  CREATE TABLE record (
    id INTEGER PRIMARY KEY, project INTEGER NOT NULL, group_id INTEGER NOT NULL, event BLOB NOT NULL,
    time INTEGER NOT NULL, received INTEGER NOT NULL, milestone INTEGER NOT NULL,
    user TEXT, trace TEXT, request TEXT, body BLOB NOT NULL
  );
  CREATE UNIQUE INDEX record_event ON record (project, event);
  CREATE INDEX record_group ON record (group_id);
  CREATE INDEX record_common ON record (id) WHERE milestone = 0;
  CREATE INDEX record_user ON record (project, user) WHERE user IS NOT NULL;
  CREATE INDEX record_trace ON record (project, trace) WHERE trace IS NOT NULL;
  CREATE INDEX record_request ON record (project, request) WHERE request IS NOT NULL;

  CREATE TABLE label (
    id INTEGER PRIMARY KEY, environment TEXT NOT NULL, release TEXT NOT NULL, severity TEXT NOT NULL,
    UNIQUE (environment, release, severity)
  );
  -- \`step\` is the length of the interval in seconds: 60, 3600, 86400.
  CREATE TABLE counter (
    group_id INTEGER NOT NULL, step INTEGER NOT NULL, at INTEGER NOT NULL, label INTEGER NOT NULL, n INTEGER NOT NULL,
    PRIMARY KEY (group_id, step, at, label)
  ) WITHOUT ROWID;
  -- Which groups were ever seen with a label.
  CREATE TABLE group_label (label INTEGER NOT NULL, group_id INTEGER NOT NULL, PRIMARY KEY (label, group_id)) WITHOUT ROWID;
  CREATE TABLE affected (
    group_id INTEGER NOT NULL, user TEXT NOT NULL, PRIMARY KEY (group_id, user)
  ) WITHOUT ROWID;
  CREATE TABLE release (
    project INTEGER NOT NULL, name TEXT NOT NULL, first_seen INTEGER NOT NULL, PRIMARY KEY (project, name)
  ) WITHOUT ROWID;
  CREATE TABLE tally (
    project INTEGER NOT NULL, at INTEGER NOT NULL, what TEXT NOT NULL, release TEXT NOT NULL, n INTEGER NOT NULL,
    PRIMARY KEY (project, at, what, release)
  ) WITHOUT ROWID;

  CREATE TABLE request (hash TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID;
  CREATE INDEX request_at ON request (at);
  CREATE TABLE erasure (
    project INTEGER NOT NULL, user TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (project, user)
  ) WITHOUT ROWID;

  -- What a group can be found by, and the same in words.
  CREATE TABLE group_said (group_id INTEGER PRIMARY KEY, said TEXT NOT NULL);
  CREATE VIRTUAL TABLE group_text USING fts5 (
    title, culprit, messages, tags, content = '', contentless_delete = 1,
    tokenize = "unicode61 remove_diacritics 2 tokenchars '_'"
  );
  `,
  `
  CREATE TABLE channel (
    id INTEGER PRIMARY KEY, project INTEGER NOT NULL, kind TEXT NOT NULL, target TEXT NOT NULL, secret TEXT NOT NULL,
    created INTEGER NOT NULL, ended INTEGER
  );
  CREATE INDEX channel_project ON channel (project) WHERE ended IS NULL;
  -- What is to be told. It is written together with what it tells of.
  CREATE TABLE notice (
    id INTEGER PRIMARY KEY, channel INTEGER NOT NULL, group_id INTEGER NOT NULL, was TEXT NOT NULL, at INTEGER NOT NULL,
    due INTEGER NOT NULL, tries INTEGER NOT NULL DEFAULT 0, error TEXT,
    state TEXT NOT NULL DEFAULT 'waiting', settled INTEGER, message INTEGER
  );
  CREATE INDEX notice_due ON notice (channel, due) WHERE state = 'waiting';
  CREATE INDEX notice_settled ON notice (channel, state, settled) WHERE settled IS NOT NULL;

  -- What somebody may in single projects: a role by the project's number.
  ALTER TABLE account ADD COLUMN roles TEXT NOT NULL DEFAULT '{}';
  -- kedge's verdict: timeout, connection, …
  ALTER TABLE failure_group ADD COLUMN kind TEXT NOT NULL DEFAULT '';
  `,
];

export const LATEST: number = versions.length;

/** Brings the tables to this version. Throws for a database that is newer, or that is none of a journal. */
export function migrate(db: Database, to: number = LATEST): void {
  const { application_id: application } = db.get<{ application_id: number }>(
    'PRAGMA application_id',
  ) as { application_id: number };
  const version = versionOf(db);
  const isNew = version === 0 && db.get('SELECT 1 FROM sqlite_schema') === undefined;
  if (!isNew && application !== APPLICATION) {
    throw new Error('The database is none of a journal.');
  }
  if (version > LATEST) {
    throw new Error(
      `The database is of version ${version}, and this journal knows versions to ${LATEST}. Use a newer kedge-journal.`,
    );
  }
  for (let next = version; next < to; next++) {
    db.transaction(() => {
      db.connection.exec(versions[next] as string);
      db.connection.exec(
        `PRAGMA application_id = ${APPLICATION}; PRAGMA user_version = ${next + 1}`,
      );
    });
  }
}

function versionOf(db: Database): number {
  return (db.get<{ user_version: number }>('PRAGMA user_version') as { user_version: number })
    .user_version;
}
