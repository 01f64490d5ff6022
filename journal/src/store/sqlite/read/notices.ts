/** Channels with how it goes, and what waits for them. */
import type { Channel, DueNotices, Group, Notice, NoticeOf } from '../../store.ts';
import type { Database } from '../database.ts';
import { groupFields, type Nullable, plain } from './groups.ts';

const HOUR = 3_600_000;
/** How many one message can tell of. */
const MOST = 500;

interface ChannelRow {
  readonly id: number;
  readonly project: number;
  readonly kind: Channel['kind'];
  readonly target: string;
  readonly secret: string;
  readonly created: number;
}

/** Those that have not ended. */
export function channels(db: Database): Channel[] {
  return db
    .all<ChannelRow>(
      `SELECT id, project, kind, target, secret, created FROM channel WHERE ended IS NULL ORDER BY project, id`,
    )
    .map((row) => ({ ...row, ...stateOf(db, row.id) }));
}

function stateOf(
  db: Database,
  channel: number,
): Pick<Channel, 'waiting' | 'waitsSince' | 'error' | 'sentAt' | 'givenUp'> {
  const one = (sql: string): { n: number; at: number | null } =>
    db.get(sql, channel) as { n: number; at: number | null };
  const waiting = one(
    "SELECT count(*) AS n, min(at) AS at FROM notice WHERE channel = ? AND state = 'waiting'",
  );
  const sent = one(
    "SELECT count(*) AS n, max(settled) AS at FROM notice WHERE channel = ? AND state = 'sent'",
  );
  const givenUp = one(
    "SELECT count(*) AS n, max(settled) AS at FROM notice WHERE channel = ? AND state = 'given-up'",
  );
  const failed = db.get<{ error: string }>(
    `SELECT error FROM notice WHERE channel = ? AND error IS NOT NULL AND coalesce(settled, at) >= ?
     ORDER BY id DESC LIMIT 1`,
    channel,
    sent.at ?? 0,
  );
  return {
    waiting: waiting.n,
    givenUp: givenUp.n,
    ...(waiting.at === null ? {} : { waitsSince: waiting.at }),
    ...(sent.at === null ? {} : { sentAt: sent.at }),
    ...(failed === undefined ? {} : { error: failed.error }),
  };
}

interface NoticeRow {
  readonly notice: number;
  readonly was: NoticeOf;
  readonly at: number;
  readonly tries: number;
}

export function dueNotices(db: Database, at: number): DueNotices[] {
  const due = db.all<{ channel: number }>(
    `SELECT id AS channel FROM channel
     WHERE ended IS NULL AND EXISTS (
       SELECT 1 FROM notice WHERE notice.channel = channel.id AND state = 'waiting' AND due <= ?)`,
    at,
  );
  if (due.length === 0) return [];
  const all = channels(db);
  return due.flatMap(({ channel: id }) => {
    const channel = all.find((one) => one.id === id);
    return channel === undefined ? [] : [dueOf(db, channel, at)];
  });
}

function dueOf(db: Database, channel: Channel, at: number): DueNotices {
  const notices = db
    .all<NoticeRow & Nullable<Group>>(
      `SELECT notice.id AS notice, was, at, tries, failure_group.*
       FROM (SELECT id, group_id, was, at, tries FROM notice
             WHERE channel = ? AND state = 'waiting' AND due <= ? ORDER BY id LIMIT ${MOST}) AS notice
       LEFT JOIN (SELECT ${groupFields} FROM failure_group) AS failure_group ON failure_group.id = notice.group_id
       ORDER BY notice.id`,
      channel.id,
      at,
    )
    .map(noticeOf);
  const sent = db.get<{ messages: number; last: number | null }>(
    `SELECT count(DISTINCT message) AS messages, max(settled) AS last FROM notice
     WHERE channel = ? AND state = 'sent' AND settled > ?`,
    channel.id,
    at - HOUR,
  );
  return { channel, notices, sentLastHour: sent?.messages ?? 0, lastSent: sent?.last ?? 0 };
}

function noticeOf({ notice, was, at, tries, ...row }: NoticeRow & Nullable<Group>): Notice {
  return { id: notice, was, at, tries, group: row.id === null ? undefined : plain(row) };
}
