/** What is done with the file of a database as a whole, also while a journal has it open. */
import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  openSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { StoreError } from '../store.ts';
import { Database } from './database.ts';
import { migrate } from './schema.ts';

/** Writes a copy as of now, for its owner alone. Throws if `to` is there already. */
export function backUp(file: string, to: string): void {
  closeSync(openSync(to, 'wx', 0o600));
  const db = new DatabaseSync(file, { readOnly: true });
  try {
    db.prepare('VACUUM INTO ?').run(to);
  } catch (error) {
    rmSync(to);
    throw error;
  } finally {
    db.close();
  }
}

/** What is wrong with the database; nothing, if it is well. */
export function problemsOf(file: string): string[] {
  const db = new DatabaseSync(file, { readOnly: true });
  try {
    const found = db.prepare('PRAGMA quick_check(10)').all() as { quick_check: string }[];
    return found.map((row) => row.quick_check).filter((text) => text !== 'ok');
  } finally {
    db.close();
  }
}

/** Puts the copy `from` in the place of `file`, which is kept beside it. Throws while a journal has it open. */
export function restore(from: string, file: string): string | undefined {
  if (!existsSync(from)) throw new StoreError(`There is no file ${from}.`, false);
  const problems = problemsOf(from);
  if (problems.length > 0) throw new StoreError(`${from} is damaged: ${problems[0]}`, false);
  const copy = `${file}.restored`;
  copyFileSync(from, copy);
  chmodSync(copy, 0o600);
  // Brings it to this version, and refuses what is none of a journal.
  const db = new Database(copy);
  try {
    migrate(db);
    db.connection.exec('PRAGMA journal_mode = DELETE');
  } finally {
    db.close();
  }
  const kept = existsSync(file) ? setAside(file) : undefined;
  renameSync(copy, file);
  return kept;
}

function setAside(file: string): string {
  const db = new DatabaseSync(file, { timeout: 0 });
  try {
    // Only who is alone may leave the write-ahead log.
    db.exec('PRAGMA journal_mode = DELETE');
  } catch {
    throw new StoreError('A journal has the database open: stop it first.', false);
  } finally {
    db.close();
  }
  const kept = `${file}.before-restore`;
  renameSync(file, kept);
  return kept;
}
