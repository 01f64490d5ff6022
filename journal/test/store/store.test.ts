// What every store promises, whatever the database behind it.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Batch, Entry, GroupQuery, Store } from '../../src/store/store.ts';
import { entry, noon, sharedStore, shop, userOf } from '../support/store.ts';

const hour = 3_600_000;
let store: Store;
let project: number;

let close: () => Promise<void>;
let made = 0;

// Threads take longer to start than all that is asked of them.
beforeAll(async () => {
  ({ store, close } = await sharedStore());
});
afterAll(() => close());
beforeEach(async () => {
  project = (await store.createProject({ ...shop, name: `shop ${(made += 1)}` })).id;
});

const batch = (entries: readonly Entry[], more: Partial<Batch> = {}): Batch => ({
  project,
  at: noon,
  entries,
  tallies: [],
  ...more,
});
const write = (...entries: Entry[]) => store.write(batch(entries));
const groups = (query: Partial<GroupQuery> = {}) =>
  store.groups({ projects: [project], most: 50, ...query });
const titles = async (query: Partial<GroupQuery>): Promise<string[]> =>
  (await groups(query)).map(({ title }) => title);

describe('writing', () => {
  it('makes a group of the first failure and counts the next', async () => {
    const first = await write(entry('a'));
    const next = await write(entry('a'), entry('b'));
    expect(first.entries.map(({ was }) => was)).toEqual(['new']);
    expect(next.entries.map(({ was }) => was)).toEqual(['known', 'new']);
    expect((await groups()).map(({ key, seen }) => [key, seen])).toEqual(
      expect.arrayContaining([
        ['a', 2],
        ['b', 1],
      ]),
    );
  });

  it('gives each of many requests that come together what it would have got alone', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 200 }, (_, at) => write(entry(`group ${at % 20}`))),
    );
    const all = outcomes.flatMap(({ entries }) => entries);
    expect(all.filter(({ was }) => was === 'new')).toHaveLength(20);
    expect((await groups()).every(({ seen }) => seen === 10)).toBe(true);
  });

  it('keeps an id once a project', async () => {
    const id = 'ab'.repeat(16);
    await write(entry('a', { id }));
    const again = await write(entry('a', { id }));
    expect(again.entries[0]?.was).toBe('repeated');
    expect(await groups()).toMatchObject([{ seen: 1 }]);
    const other = await store.createProject({ ...shop, name: 'other' });
    const elsewhere = await store.write(batch([entry('a', { id })], { project: other.id }));
    expect(elsewhere.entries[0]?.was).toBe('new');
  });

  it('counts failures that are not kept', async () => {
    const { kept: _, ...counted } = entry('a');
    await write(entry('a'), { ...counted, count: 99 });
    const [group] = await groups();
    expect(group?.seen).toBe(100);
    expect(await store.records(group!.id, 10)).toHaveLength(1);
  });

  it('writes a request that is sent again once, for ten minutes', async () => {
    const send = (at: number) => store.write(batch([entry('a')], { at, requestHash: 'h' }));
    expect((await send(noon)).entries[0]?.was).toBe('new');
    expect((await send(noon + 9 * 60_000)).entries[0]?.was).toBe('repeated');
    expect((await send(noon + 11 * 60_000)).entries[0]?.was).toBe('known');
    const other = await store.createProject({ ...shop, name: 'another shop' });
    const elsewhere = batch([entry('a')], { project: other.id, requestHash: 'h' });
    expect((await store.write(elsewhere)).entries[0]?.was).toBe('new');
  });

  it('puts new groups over 500 an hour into one', async () => {
    await write(...Array.from({ length: 510 }, (_, at) => entry(`group ${at}`)));
    const all = await groups({ most: 1_000 });
    expect(all).toHaveLength(501);
    expect(all.find(({ key }) => key === 'others')).toMatchObject({
      title: '(many others)',
      seen: 10,
    });
    await store.write(batch([entry('later')], { at: noon + 2 * hour }));
    expect(await titles({ most: 1_000 })).toContain('Error: later');
  });

  it('writes all of a request or nothing, and leaves its neighbours alone', async () => {
    const broken = { ...entry('broken'), time: NaN };
    const results = await Promise.allSettled([
      write(entry('a')),
      write(entry('before'), broken),
      write(entry('b')),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect((await titles({})).toSorted()).toEqual(['Error: a', 'Error: b']);
  });
});

describe('counting', () => {
  it('sums by minute, hour and day, environment, release and severity', async () => {
    await write(
      entry('a'),
      entry('a', { time: noon + 61_000 }),
      entry('a', { time: noon + 1_000, environment: 'staging' }),
    );
    const [group] = await groups();
    const sums = async (step: 'minute' | 'hour' | 'day') =>
      (await store.counts([group!.id], step, noon - 24 * hour, noon + 24 * hour)).map(
        ({ environment, count }) => [environment, count],
      );
    expect(await sums('minute')).toHaveLength(3);
    expect(await sums('hour')).toEqual([
      ['production', 2],
      ['staging', 1],
    ]);
    expect(await sums('day')).toEqual([
      ['production', 2],
      ['staging', 1],
    ]);
  });

  it('counts users exactly to a thousand, and then within five percent', async () => {
    const many = (from: number, to: number): Entry[] =>
      Array.from(
        { length: to - from },
        (_, at) =>
          ({ ...entry('a'), kept: undefined, user: userOf(from + at) }) as unknown as Entry,
      );
    await write(...many(0, 1_000), ...many(0, 10));
    expect(await groups()).toMatchObject([{ users: 1_000 }]);
    await write(...many(0, 5_000));
    const [group] = await groups();
    expect(Math.abs(group!.users - 5_000)).toBeLessThan(250);
  });

  it('counts by the hour what comes beside failures', async () => {
    const tally = { what: 'session:crashed', release: 'shop@1.0.0', count: 2 };
    await store.write(batch([], { tallies: [tally, tally] }));
    expect(await store.tallies(project, noon, noon + hour)).toEqual([
      { what: 'session:crashed', release: 'shop@1.0.0', at: noon, count: 4 },
    ]);
  });
});

describe('states of groups', () => {
  const resolve = async (release?: string): Promise<void> => {
    const [group] = await groups();
    const change = { state: 'resolved' as const, at: noon + 1 };
    await store.changeGroups(
      project,
      [group!.id],
      release === undefined ? change : { ...change, release },
    );
  };
  const seenAgain = (release: string) => write(entry('a', { time: noon + 10, release }));

  it('open a resolved group again when it is seen in the same release or a newer one', async () => {
    await write(entry('a', { release: 'shop@1.9.0' }));
    await resolve();
    expect((await seenAgain('shop@1.10.0')).entries[0]?.was).toBe('regressed');
    expect(await groups({ state: 'unresolved' })).toHaveLength(1);
  });

  it('leave it resolved when an older release has it still', async () => {
    await write(entry('a', { release: 'shop@1.10.0+build.7' }));
    await resolve();
    expect((await seenAgain('1.9.9')).entries[0]?.was).toBe('known');
    expect(await groups({ state: 'resolved' })).toHaveLength(1);
  });

  it('leave it resolved for what had happened before', async () => {
    await write(entry('a'));
    await resolve();
    expect((await write(entry('a', { time: noon }))).entries[0]?.was).toBe('known');
  });

  it('compare releases without a version by when they were seen first', async () => {
    await write(
      entry('b', { release: 'f00d', time: noon - hour }),
      entry('a', { release: 'cafe', time: noon }),
    );
    await store.changeGroups(
      project,
      (await groups()).map(({ id }) => id),
      { state: 'resolved', at: noon + 1, release: 'cafe' },
    );
    expect((await seenAgain('f00d')).entries[0]?.was).toBe('known');
    expect((await seenAgain('beef')).entries[0]?.was).toBe('regressed');
  });

  it('end an ignored state when its time is over', async () => {
    await write(entry('a'));
    const [group] = await groups();
    await store.changeGroups(project, [group!.id], {
      state: 'ignored',
      at: noon,
      until: noon + hour,
    });
    await write(entry('a'));
    expect(await groups({ state: 'ignored' })).toHaveLength(1);
    await store.write(batch([entry('a')], { at: noon + 2 * hour }));
    expect(await groups({ state: 'unresolved' })).toHaveLength(1);
  });

  it('are changed in their own project alone', async () => {
    await write(entry('a'));
    const [group] = await groups();
    expect(await store.changeGroups(project + 1, [group!.id], { state: 'ignored', at: noon })).toBe(
      0,
    );
  });
});

describe('looking', () => {
  it('finds groups by words of title, culprit, messages and tags, and by beginnings', async () => {
    await write(
      entry('a', { title: 'Error: connection refused' }),
      entry('b', { title: 'Error: out of stock' }),
    );
    await write(entry('a', { title: 'Error: no route to host' }));
    expect(await titles({ text: 'refus' })).toEqual(['Error: connection refused']);
    expect(await titles({ text: '"connection refused"' })).toHaveLength(1);
    expect(await titles({ text: 'route' })).toEqual(['Error: connection refused']);
    expect(await titles({ text: 'eu-1' })).toHaveLength(2);
    expect(await titles({ text: 'orders' })).toHaveLength(2);
    expect(await titles({ text: 'nothing' })).toEqual([]);
  });

  it.each([
    '"',
    '*',
    'a AND',
    'NOT a',
    'title:',
    '(',
    '-',
    "'; DROP TABLE record; --",
    'NEAR(a b)',
  ])('takes %s for words, not for a language', async (text) => {
    await expect(groups({ text })).resolves.toEqual([]);
  });

  it('finds groups by service, release, environment, severity and user', async () => {
    await write(
      entry('a', { user: userOf(1) }),
      entry('b', { release: 'shop@2.0.0', severity: 'warning', environment: 'staging' }),
    );
    expect(await titles({ service: 'checkout' })).toHaveLength(2);
    expect(await titles({ release: 'shop@2.0.0' })).toEqual(['Error: b']);
    expect(await titles({ environment: 'staging' })).toEqual(['Error: b']);
    expect(await titles({ severity: 'warning' })).toEqual(['Error: b']);
    expect(await titles({ user: { [project]: userOf(1) } })).toEqual(['Error: a']);
    expect(await titles({ user: { 999: userOf(1) } })).toEqual([]);
  });

  it('finds groups by kind, by platform, and by the version alone of a release', async () => {
    const release = 'shop@2.4.0';
    await write(entry('a', { release }), entry('b', { release: 'shop@12.4.0' }));
    expect(await titles({ kind: 'timeout', platform: 'node' })).toHaveLength(2);
    expect(await titles({ kind: 'cancelled' })).toEqual([]);
    expect(await titles({ platform: 'python' })).toEqual([]);
    expect(await titles({ release: '2.4.0' })).toEqual(['Error: a']);
    expect(await titles({ release: '%' })).toEqual([]);
  });

  it('finds the group of one record by its event, its trace or its request', async () => {
    const { kept, ...one } = entry('a');
    const ids = { id: 'ab'.repeat(16), traceId: 'cd'.repeat(16), requestId: 'r-1' };
    await write({ ...one, kept: { ...kept!, ...ids } }, entry('b'));
    expect(await titles({ event: ids.id })).toEqual(['Error: a']);
    expect(await titles({ trace: ids.traceId })).toEqual(['Error: a']);
    expect(await titles({ request: 'r-1' })).toEqual(['Error: a']);
    expect(await titles({ event: 'ef'.repeat(16) })).toEqual([]);
  });

  it('sorts by last, first, count and users', async () => {
    await write(entry('old', { time: noon - hour, count: 5 }), entry('new', { user: userOf(1) }));
    expect(await titles({ sort: 'last' })).toEqual(['Error: new', 'Error: old']);
    expect(await titles({ sort: 'seen' })).toEqual(['Error: old', 'Error: new']);
    expect(await titles({ sort: 'users' })).toEqual(['Error: new', 'Error: old']);
    expect(await titles({ sort: 'first', most: 1, skip: 1 })).toEqual(['Error: old']);
  });

  it('finds records by event, trace, request and user exactly', async () => {
    const id = 'cd'.repeat(16);
    const one = entry('a', { id, user: userOf(1) });
    await write({ ...one, kept: { ...one.kept!, traceId: 't-1', requestId: 'r-1' } }, entry('a'));
    for (const [by, value] of [
      ['event', id],
      ['trace', 't-1'],
      ['request', 'r-1'],
      ['user', userOf(1)],
    ] as const) {
      expect((await store.find(project, by, value)).map(({ json }) => JSON.parse(json).id)).toEqual(
        [id],
      );
      expect(await store.find(project + 1, by, value)).toEqual([]);
    }
  });

  it('shows the records of a group, the latest first, page by page', async () => {
    await write(...Array.from({ length: 5 }, (_, at) => entry('a', { title: String(at) })));
    const [group] = await groups();
    const page = await store.records(group!.id, 2);
    const next = await store.records(group!.id, 2, page.at(-1)!.row);
    expect([...page, ...next].map(({ json }) => JSON.parse(json).message)).toEqual([
      '4',
      '3',
      '2',
      '1',
    ]);
  });
});

describe('projects, keys, accounts and sessions', () => {
  it('are there after they were made, and can be changed and ended', async () => {
    const changes = { name: 'market', origins: ['https://shop.example'] };
    await store.changeProject(project, changes);
    expect(await store.projects()).toContainEqual({ id: project, ...shop, ...changes });
    expect(await store.changeProject(999, changes)).toBeUndefined();
    await store.createKey(project, 'k', 'web', noon);
    expect(await store.endKey('k', noon + 1)).toBe(true);
    expect(await store.endKey('k', noon + 2)).toBe(false);
    expect(await store.keys()).toContainEqual({
      key: 'k',
      project,
      label: 'web',
      created: noon,
      ended: noon + 1,
    });
    await expect(store.createKey(999, 'x', '', noon)).rejects.toThrow('There is no project 999.');
  });

  it('end the sessions of an account with it', async () => {
    await store.saveAccount({ name: 'ann', role: 'administrator', roles: {}, password: 'h' });
    await store.startSession({ hash: 's', account: 'ann', kind: 'session', expires: noon });
    expect(await store.session('s', noon - 1)).toMatchObject({ account: 'ann' });
    expect(await store.session('s', noon)).toBeUndefined();
    expect(await store.endAccount('ann')).toBe(true);
    expect(await store.session('s', noon - 1)).toBeUndefined();
    expect(await store.accounts()).toEqual([]);
  });
});
