/** What is to be told, from the transaction that it belongs to until somebody has been told, or it was given up. */
import type { NewChannel, NoticeChange, NoticeOf } from '../store.ts';
import { type Database, places } from './database.ts';

/** For each channel of the project, in the transaction that is open. */
export function addNotices(
  db: Database,
  project: number,
  { group, was, at }: { group: number; was: NoticeOf; at: number },
): void {
  db.run(
    `INSERT INTO notice (channel, group_id, was, at, due)
     SELECT id, ?, ?, ?, ? FROM channel WHERE project = ? AND ended IS NULL`,
    group,
    was,
    at,
    at,
    project,
  );
}

const WEEK = 7 * 24 * 3_600_000;

/** What was told or given up more than a week ago is of no more use. */
export function forgetNotices(db: Database, now: number): void {
  for (const state of ['sent', 'given-up']) {
    db.run(
      `DELETE FROM notice WHERE id IN (
         SELECT notice.id FROM channel JOIN notice ON channel = channel.id AND state = ? AND settled < ? LIMIT 2000)`,
      state,
      now - WEEK,
    );
  }
}

export const outbox = {
  saveChannel(
    db: Database,
    channel: NewChannel & { readonly id?: number; readonly ended?: number },
  ): number {
    const { id, project, kind, target, secret, created, ended } = channel;
    return db.transaction(() => {
      const saved = db.run(
        `INSERT INTO channel (id, project, kind, target, secret, created, ended) VALUES (?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET target = excluded.target, secret = excluded.secret, ended = excluded.ended`,
        id ?? null,
        project,
        kind,
        target,
        secret,
        created,
        ended ?? null,
      );
      if (ended !== undefined && id !== undefined) {
        db.run("DELETE FROM notice WHERE channel = ? AND state = 'waiting'", id);
      }
      return id ?? saved.id;
    });
  },

  changeNotices(db: Database, change: NoticeChange): void {
    db.transaction(() => changed(db, change));
  },
};

function changed(db: Database, change: NoticeChange): void {
  if ('sent' in change) {
    db.run(
      `UPDATE notice SET state = 'sent', settled = ?, message = ?, error = NULL WHERE id IN ${places(change.sent)}`,
      change.at,
      change.sent[0] ?? 0,
      ...change.sent,
    );
  } else if ('failed' in change) {
    db.run(
      `UPDATE notice SET tries = tries + 1, error = ?, due = ? WHERE id IN ${places(change.failed)}`,
      change.error,
      change.retryAt,
      ...change.failed,
    );
  } else if ('givenUp' in change) {
    db.run(
      `UPDATE notice SET state = 'given-up', settled = ?, error = ? WHERE id IN ${places(change.givenUp)}`,
      change.at,
      change.error,
      ...change.givenUp,
    );
  } else {
    db.run(
      "INSERT INTO notice (channel, group_id, was, at, due) VALUES (?, 0, 'test', ?, ?)",
      change.test,
      change.at,
      change.at,
    );
  }
}
