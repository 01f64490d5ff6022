// What every store promises, whatever the database behind it: retention, erasure and export.
import { beforeEach, describe, expect, it } from 'vitest';
import type { Entry, Store } from '../../src/store/store.ts';
import { entry, noon, shop, temporaryStore, userOf } from '../support/store.ts';

const hour = 3_600_000;
let store: Store;
let project: number;

const write = (...entries: Entry[]) => store.write({ project, at: noon, entries, tallies: [] });
const onlyGroup = async () => (await store.groups({ projects: [project], most: 1 }))[0]!;

describe('upkeep', { timeout: 20_000 }, () => {
  beforeEach(async () => {
    store = await temporaryStore();
    project = (await store.createProject(shop)).id;
  });

  const limits = { now: noon, recordsBefore: 0, maxBytes: 1e12 };

  it('deletes what is too old, at most 2 000 records at a time; groups and their sums stay', async () => {
    await write(...Array.from({ length: 2_500 }, () => entry('a')));
    await store.write({ project, at: noon + hour, entries: [entry('a')], tallies: [] });
    const old = { ...limits, recordsBefore: noon + 1 };
    expect(await store.prune(old)).toEqual({ deleted: 2_000, more: true });
    expect(await store.prune(old)).toEqual({ deleted: 500, more: true });
    expect(await store.prune(old)).toEqual({ deleted: 0, more: false });
    const group = await onlyGroup();
    expect(group.seen).toBe(2_501);
    expect(await store.records(group.id, 10)).toHaveLength(1);
  });

  it('makes room without the first, the last and those that are spread between', async () => {
    await write(...Array.from({ length: 100 }, (_, at) => entry('a', { title: String(at + 1) })));
    await store.prune({ ...limits, maxBytes: 1 });
    const group = await onlyGroup();
    const left = (await store.records(group.id, 100)).map(({ json }) => JSON.parse(json).message);
    expect(left).toEqual(['100', '64', '32', '16', '8', '4', '2', '1']);
  });

  it('forgets sums of minutes after two days, and keeps those of days', async () => {
    await write(entry('a'));
    const group = await onlyGroup();
    await store.prune({ ...limits, now: noon + 91 * 24 * hour });
    const left = async (step: 'minute' | 'hour' | 'day') =>
      (await store.counts([group.id], step, 0, noon + hour)).length;
    expect([await left('minute'), await left('hour'), await left('day')]).toEqual([0, 0, 1]);
  });

  it('erases a user: records and who was affected', async () => {
    await write(entry('a', { user: userOf(1) }), entry('a', { user: userOf(2) }));
    expect(await store.erase(project, userOf(1), noon)).toBe(1);
    expect(await store.find(project, 'user', userOf(1))).toEqual([]);
    expect(await store.erasures()).toEqual([{ project, user: userOf(1), at: noon }]);
    expect(await store.exported(project, undefined, 0)).toHaveLength(1);
  });

  it('exports all records of a project, or of one user, oldest first', async () => {
    await write(...Array.from({ length: 250 }, () => entry('a', { user: userOf(1) })), entry('a'));
    const first = await store.exported(project, undefined, 0);
    const rest = await store.exported(project, undefined, first.at(-1)!.row);
    expect([first.length, rest.length]).toEqual([200, 51]);
    expect(await store.exported(project, userOf(1), first.at(-1)!.row)).toHaveLength(50);
  });
});
