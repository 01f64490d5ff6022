/** The thread that reads, so that no question of the console holds up what comes in. */
import { Database } from './database.ts';
import { accounts, erasures, keys, projects, session } from './read/admin.ts';
import { counts, tallies } from './read/counts.ts';
import { group, groups } from './read/groups.ts';
import { channels, dueNotices } from './read/notices.ts';
import { exported, find, records } from './read/records.ts';
import { size } from './read/size.ts';
import { serve } from './serve.ts';

const operations = {
  projects,
  keys,
  accounts,
  session,
  groups,
  group,
  records,
  find,
  exported,
  erasures,
  counts,
  tallies,
  channels,
  dueNotices,
  size,
};
export type ReaderOperations = typeof operations;

serve((file) => new Database(file, { readOnly: true }), operations);
