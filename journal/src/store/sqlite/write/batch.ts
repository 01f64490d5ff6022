/** Records, groups, counters and users of many requests, in one transaction. */
import { zstdCompressSync, constants } from 'node:zlib';
import type { Kept } from '../../../record/sighting.ts';
import type { Batch, Entry, Outcome } from '../../store.ts';
import type { Database } from '../database.ts';
import { addNotices } from '../outbox.ts';
import { AffectedUsers } from './affected.ts';
import { Counters, forgetLabels } from './counters.ts';
import { Groups, type OpenGroup } from './groups.ts';
import { forgetWords, Said } from './said.ts';

const REMEMBERED = 10 * 60_000;
const FAST = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

export function writeBatches(db: Database, batches: readonly Batch[]): Outcome[] {
  try {
    return db.transaction(() => {
      const writing = new Writing(db);
      const outcomes = batches.map((batch) => writing.batch(batch));
      writing.finish();
      return outcomes;
    });
  } catch (error) {
    forgetLabels(db);
    forgetWords(db);
    throw error;
  }
}

/** What many failures change together is collected, and written once at the end. */
class Writing {
  private readonly db: Database;
  private readonly groups: Groups;
  private readonly counters: Counters;
  private readonly users: AffectedUsers;
  private readonly said: Said;

  constructor(db: Database) {
    this.db = db;
    this.groups = new Groups(db);
    this.counters = new Counters(db);
    this.users = new AffectedUsers(db);
    this.said = new Said(db);
  }

  batch(batch: Batch): Outcome {
    if (
      batch.requestHash !== undefined &&
      this.isKnown(`${batch.project} ${batch.requestHash}`, batch.at)
    ) {
      return { entries: batch.entries.map(() => ({ group: 0, was: 'repeated' })) };
    }
    for (const tally of batch.tallies) this.counters.tally(batch.project, batch.at, tally);
    return { entries: batch.entries.map((entry) => this.entry(batch, entry)) };
  }

  finish(): void {
    this.groups.finish();
    this.counters.finish();
    this.said.finish();
  }

  /** Clients of OpenTelemetry send the same bytes again when an answer was lost. */
  private isKnown(hash: string, at: number): boolean {
    this.db.run('DELETE FROM request WHERE at < ?', at - REMEMBERED);
    return this.db.run('INSERT OR IGNORE INTO request VALUES (?, ?)', hash, at).changes === 0;
  }

  private entry({ project, at }: Batch, entry: Entry): Outcome['entries'][number] {
    const { kept, user } = entry;
    const event = kept === undefined ? undefined : Buffer.from(kept.id, 'hex');
    if (event !== undefined) {
      const known = this.db.get<{ group_id: number }>(
        'SELECT group_id FROM record WHERE project = ? AND event = ?',
        project,
        event,
      );
      if (known !== undefined) return { group: known.group_id, was: 'repeated' };
    }
    const { group, was } = this.groups.see(project, at, entry);
    if (was !== 'known') addNotices(this.db, project, { group: group.id, was, at });
    this.counters.count(group.id, entry);
    if (user !== undefined) group.users = this.users.see(group.id, user, group.users);
    if (kept !== undefined) {
      this.record(project, at, group, entry, kept, event as Buffer);
      if (!group.isOfOthers) this.said.hear(group.id, kept);
    }
    return { group: group.id, was };
  }

  private record(
    project: number,
    at: number,
    group: OpenGroup,
    entry: Entry,
    kept: Kept,
    event: Buffer,
  ): void {
    group.kept += 1;
    const isMilestone = (group.kept & (group.kept - 1)) === 0;
    this.db.run(
      `INSERT INTO record (project, group_id, event, time, received, milestone, user, trace, request, body)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      project,
      group.id,
      event,
      entry.time,
      at,
      isMilestone ? 1 : 0,
      entry.user ?? null,
      kept.traceId ?? null,
      kept.requestId ?? null,
      zstdCompressSync(kept.json, FAST),
    );
  }
}
