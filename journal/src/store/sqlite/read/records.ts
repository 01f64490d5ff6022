import { zstdDecompressSync } from 'node:zlib';
import type { StoredRecord } from '../../store.ts';
import type { Database } from '../database.ts';

const MOST_FOUND = 100;
const PAGE = 200;

interface Row {
  readonly row: number;
  readonly group: number;
  readonly time: number;
  readonly body: Uint8Array;
}

const fields = 'id AS row, group_id AS "group", time, body';

export function records(
  db: Database,
  group: number,
  most: number,
  before?: number,
): StoredRecord[] {
  return db
    .all<Row>(
      `SELECT ${fields} FROM record WHERE group_id = ? AND id < ? ORDER BY id DESC LIMIT ?`,
      group,
      before ?? Number.MAX_SAFE_INTEGER,
      most,
    )
    .map(unpacked);
}

const columns = { event: 'event', trace: 'trace', request: 'request', user: 'user' } as const;

export function find(
  db: Database,
  project: number,
  by: keyof typeof columns,
  value: string,
): StoredRecord[] {
  const sought = by === 'event' ? Buffer.from(value.replaceAll('-', ''), 'hex') : value;
  return db
    .all<Row>(
      `SELECT ${fields} FROM record WHERE project = ? AND ${columns[by]} = ? ORDER BY id DESC LIMIT ?`,
      project,
      sought,
      MOST_FOUND,
    )
    .map(unpacked);
}

export function exported(
  db: Database,
  project: number,
  user: string | undefined,
  after: number,
): StoredRecord[] {
  const rows =
    user === undefined
      ? db.all<Row>(
          `SELECT ${fields} FROM record WHERE id > ? AND project = ? ORDER BY id LIMIT ?`,
          after,
          project,
          PAGE,
        )
      : db.all<Row>(
          `SELECT ${fields} FROM record WHERE project = ? AND user = ? AND id > ? ORDER BY id LIMIT ?`,
          project,
          user,
          after,
          PAGE,
        );
  return rows.map(unpacked);
}

function unpacked({ body, ...row }: Row): StoredRecord {
  return { ...row, json: zstdDecompressSync(body).toString('utf8') };
}
