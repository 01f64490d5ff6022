import { describe, expect, it } from 'vitest';
import { allowedBytes } from '../../src/server/disk.ts';
import { signedIn, testJournal } from '../support/journal.ts';
import { entry } from '../support/store.ts';

const DAY = 24 * 3_600_000;

describe('upkeep', { timeout: 20_000 }, () => {
  it('deletes within a minute what is older than it may be', async () => {
    let say: (message: string) => void = () => undefined;
    const said = new Promise<string>((resolve) => (say = resolve));
    const journal = await testJournal({ RETENTION_DAYS: '2' }, (message) => say(message));
    const write = () =>
      journal.store.write({
        project: 1,
        at: journal.clock.now(),
        entries: [entry('a')],
        tallies: [],
      });
    await write();
    journal.clock.advance(3 * DAY - 60_000);
    await write();
    journal.clock.advance(60_000);
    expect(await said).toBe('old records were deleted');
    expect(await journal.store.exported(1, undefined, 0)).toHaveLength(1);
    expect(journal.logged).toEqual(['info: old records were deleted']);
  });
});

describe('a disk that gets full', { timeout: 20_000 }, () => {
  it('is told in the log and on every page before it is, and by `/readyz` when it is', async () => {
    const disk = { free: 20e9, total: 100e9 };
    const journal = await testJournal({}, undefined, () => disk);
    const visitor = await signedIn(journal, 'viewer');
    expect(await visitor.text('/groups')).not.toContain('role="alert"');
    disk.free = 14e9;
    journal.clock.advance(60_000);
    await expect.poll(() => visitor.text('/groups')).toContain('The disk is nearly full: 14.0 GB');
    expect(journal.logged).toEqual([expect.stringMatching(/^warn: The disk is nearly full/)]);
    expect((await visitor.get('/readyz')).status).toBe(200);
    disk.free = 4e9;
    expect((await visitor.get('/readyz')).status).toBe(503);
    disk.free = 50e9;
    journal.clock.advance(60_000);
    await expect.poll(() => visitor.text('/groups')).not.toContain('role="alert"');
    expect(journal.logged.at(-1)).toBe('info: there is room again');
  });
});

describe('the size that a database may have', () => {
  const GB = 1e9;

  it('is what it was told', () => {
    expect(allowedBytes(10 * GB, GB, { free: 90 * GB, total: 100 * GB })).toBe(10 * GB);
  });

  it('is less where the disk would be more than 85 % full', () => {
    expect(allowedBytes(10 * GB, 4 * GB, { free: 17 * GB, total: 100 * GB })).toBe(6 * GB);
    expect(allowedBytes(10 * GB, 4 * GB, { free: 13 * GB, total: 100 * GB })).toBe(2 * GB);
    expect(allowedBytes(10 * GB, GB, { free: 0, total: 100 * GB })).toBe(0);
  });
});
