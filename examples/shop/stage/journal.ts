/**
 * The journal beside the shop, with a database that is gone when the example is over.
 */
import { join } from 'node:path';
import type { CannotRun } from '../options.ts';
import { Part, withFolder } from './processes.ts';
import { scrape } from './scrape.ts';

export interface Journal {
  readonly url: string;
  /** What the shop sends with. */
  readonly key: string;
  /** Its console, for whoever comes first. */
  readonly signIn: string;
  /** What has arrived so far. */
  kept(): Promise<Kept>;
  /** Ends it and leaves nothing behind. */
  remove(): Promise<void>;
}

/** Failures by what became of them. */
export interface Kept {
  readonly kept: number;
  /** Of a flood: counted, and not kept. */
  readonly counted: number;
  readonly groups: number;
}

/** Nothing on an older Node than the journal runs on; `npm start` brings its own. */
export async function openJournal(
  crashed: (error: CannotRun) => void,
): Promise<Journal | undefined> {
  if (Number(process.versions.node.split('.')[0]) < 24) return undefined;
  const { part, remove } = await withFolder('kedge-shop-journal-', (folder) => {
    const env = (): NodeJS.ProcessEnv => ({ JOURNAL_DATABASE: join(folder, 'journal.db') });
    return new Part('the journal', '../dependencies/journal.ts', env, crashed);
  });
  const { username, origin } = new URL(/DSN +(\S+)/.exec(part.said)?.[1] ?? '');
  return {
    url: origin,
    key: username,
    signIn: /Sign in +(\S+)/.exec(part.said)?.[1] ?? origin,
    kept: async () => {
      const metrics = await scrape(origin);
      const of = (outcome: string): number =>
        metrics.sum('kedge_journal_failures_total', { outcome });
      return {
        kept: of('kept'),
        counted: of('counted'),
        groups: metrics.sum('kedge_journal_groups'),
      };
    },
    remove,
  };
}
