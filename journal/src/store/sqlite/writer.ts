/** The thread that writes: requests that have come together share one transaction, and one sync of the disk. */
import { admin } from './admin.ts';
import { Database } from './database.ts';
import { outbox } from './outbox.ts';
import { migrate } from './schema.ts';
import { failed, serve } from './serve.ts';
import type { Answer, Call } from './thread.ts';
import { triage } from './triage.ts';
import { upkeep } from './upkeep.ts';
import { writeBatches } from './write/batch.ts';
import type { Batch, Outcome } from '../store.ts';

const operations = {
  write: (db: Database, batch: Batch) => writeBatches(db, [batch])[0] as Outcome,
  ...admin,
  ...triage,
  ...upkeep,
  ...outbox,
};
export type WriterOperations = typeof operations;

function open(file: string): Database {
  const db = new Database(file);
  migrate(db);
  return db;
}

/** Where one request fails, the others are not to fail with it. */
function writeTogether(db: Database, calls: readonly Call[]): Answer[] {
  const batches = calls.map(({ args }) => args[0] as Batch);
  try {
    const outcomes = writeBatches(db, batches);
    return calls.map(({ id }, at) => ({ id, result: outcomes[at] }));
  } catch (error) {
    const [first] = calls;
    if (calls.length === 1) return [failed(first as Call, error)];
    return calls.flatMap((call) => writeTogether(db, [call]));
  }
}

serve(open, operations, { write: writeTogether });
