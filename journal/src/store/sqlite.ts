/** The store in one file of SQLite, with a thread that writes and one that reads. */
import { chmodSync, closeSync, openSync } from 'node:fs';
import type { ReaderOperations } from './sqlite/reader.ts';
import { Thread } from './sqlite/thread.ts';
import type { WriterOperations } from './sqlite/writer.ts';
import type { Store } from './store.ts';

/** Opens the database in `file`, or makes it, for its owner alone. Throws for one that is newer, or of something else. */
export async function openStore(file: string): Promise<Store> {
  closeSync(openSync(file, 'a', 0o600));
  chmodSync(file, 0o600);
  const writer = new Thread<WriterOperations>('writer', file);
  const reader = new Thread<ReaderOperations>('reader', file);
  try {
    await writer.open();
    // Only now there are tables to read.
    await reader.open();
  } catch (error) {
    await Promise.all([reader.close(), writer.close()]);
    throw error;
  }
  return {
    write: (batch) => writer.call('write', batch),
    createProject: (project) => writer.call('createProject', project),
    changeProject: (id, changes) => writer.call('changeProject', id, changes),
    projects: () => reader.call('projects'),
    createKey: (project, key, label, at) => writer.call('createKey', project, key, label, at),
    endKey: (key, at) => writer.call('endKey', key, at),
    keys: () => reader.call('keys'),
    saveAccount: (account) => writer.call('saveAccount', account),
    endAccount: (name) => writer.call('endAccount', name),
    accounts: () => reader.call('accounts'),
    startSession: (session) => writer.call('startSession', session),
    session: (hash, at) => reader.call('session', hash, at),
    endSession: (hash) => writer.call('endSession', hash),
    groups: (query) => reader.call('groups', query),
    group: (id) => reader.call('group', id),
    changeGroups: (project, ids, change) => writer.call('changeGroups', project, ids, change),
    records: (group, most, before) => reader.call('records', group, most, before),
    find: (project, by, value) => reader.call('find', project, by, value),
    counts: (groups, step, from, to) => reader.call('counts', groups, step, from, to),
    tallies: (project, from, to) => reader.call('tallies', project, from, to),
    channels: () => reader.call('channels'),
    saveChannel: (channel) => writer.call('saveChannel', channel),
    dueNotices: (at) => reader.call('dueNotices', at),
    changeNotices: (change) => writer.call('changeNotices', change),
    prune: (limits) => writer.call('prune', limits),
    erase: (project, user, at) => writer.call('erase', project, user, at),
    erasures: () => reader.call('erasures'),
    exported: (project, user, after) => reader.call('exported', project, user, after),
    size: () => reader.call('size'),
    close: async () => {
      await reader.close();
      await writer.close();
    },
  };
}
