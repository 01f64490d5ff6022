/** Stores of their own for each test. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import type { Entry, NewProject, Store } from '../../src/store/store.ts';
import { openStore } from '../../src/store/sqlite.ts';

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

/** Runs when the test is over, the latest first. */
export const atEnd = (cleanup: () => unknown): void => void cleanups.push(cleanup);

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'journal-'));
  atEnd(() => rmSync(folder, { recursive: true }));
  return folder;
}

export async function temporaryStore(file = join(temporaryFolder(), 'journal.db')): Promise<Store> {
  const store = await openStore(file);
  atEnd(() => store.close());
  return store;
}

/** One for all tests of a file. */
export async function sharedStore(): Promise<{ store: Store; close: () => Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'journal-'));
  const store = await openStore(join(folder, 'journal.db'));
  const close = async (): Promise<void> => {
    await store.close();
    rmSync(folder, { recursive: true });
  };
  return { store, close };
}

export const shop: NewProject = {
  name: 'shop',
  rate: 100,
  burst: 1_000,
  keepPerHour: 100,
  origins: [],
};

export const noon: number = Date.parse('2026-11-27T12:00:00Z');

let last = 0;

/** A failure of the group `group`, kept unless `kept` says otherwise. */
export function entry(
  group: string,
  more: Partial<Entry> & { title?: string; id?: string } = {},
): Entry {
  const {
    title = `Error: ${group}`,
    id = (last += 1).toString(16).padStart(32, '0'),
    ...rest
  } = more;
  return {
    group,
    time: noon,
    severity: 'error',
    environment: 'production',
    release: 'shop@1.0.0',
    user: undefined,
    count: 1,
    kept: {
      id,
      json: JSON.stringify({ id, message: title, exceptions: [], tags: {} }),
      title,
      culprit: 'place in orders.ts',
      platform: 'node',
      service: 'checkout',
      kind: 'timeout',
      tags: { region: 'eu-1' },
      traceId: undefined,
      requestId: undefined,
    },
    ...rest,
  };
}

/** The hash of a user, as if by chance. */
export function userOf(at: number): string {
  const mixed = (BigInt(at + 1) * 0x9e37_79b9_7f4a_7c15n) & 0xffff_ffff_ffff_ffffn;
  return (((mixed ^ (mixed >> 29n)) * 0xbf58_476d_1ce4_e5b9n) & 0xffff_ffff_ffff_ffffn)
    .toString(16)
    .padStart(16, '0');
}
