import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Room } from '../../src/intake/room.ts';
import { type Store, StoreError } from '../../src/store/store.ts';
import { TestClock } from '../support/clock.ts';
import { type TestIntake, testIntake } from '../support/server.ts';
import { sharedStore } from '../support/store.ts';

let store: Store;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ store, close } = await sharedStore());
});
afterAll(() => close());

function flood(to: TestIntake, count: number, type = 'Flood'): Promise<Response[]> {
  const body = JSON.stringify({
    exception: { values: [{ type, value: 'again' }] },
    user: { id: 'u' },
  });
  const path = `/api/${to.project}/store/?sentry_key=${to.key}`;
  return Promise.all(Array.from({ length: count }, () => to.send(path, body)));
}

describe('a flood', () => {
  it('of one group is counted to the last, and kept a hundred times and then one in a hundred', async () => {
    const to = await testIntake(store, { keepPerHour: 50 });
    const answers = await flood(to, 320);
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect(await store.groups({ projects: [to.project], most: 5 })).toMatchObject([
      { seen: 320, users: 1 },
    ]);
    expect(await to.records()).toHaveLength(53);
    expect(to.intake.numbers).toMatchObject({ kept: 53, counted: 267 });
  });

  it('is over with the hour', async () => {
    const to = await testIntake(store, { keepPerHour: 1 });
    await flood(to, 3);
    to.clock.advance(3_600_000);
    await flood(to, 3);
    expect(await to.records()).toHaveLength(2);
  });

  it('of a project over its rate leaves the first of each group', async () => {
    const to = await testIntake(store, { rate: 0.001, burst: 5 });
    await flood(to, 20);
    await flood(to, 1, 'Another');
    const groups = await store.groups({ projects: [to.project], most: 5 });
    expect(groups.map(({ seen }) => seen).toSorted((a, b) => a - b)).toEqual([1, 20]);
    expect(await to.records()).toHaveLength(6);
  });
});

describe('the room for requests', () => {
  it('lets a request wait until another has left', async () => {
    const room = new Room(new TestClock(), { most: 100 });
    const first = await room.take(60, false);
    const second = room.take(60, false);
    expect(room.waiting).toBe(1);
    first.leave();
    (await second).leave();
    expect(room.bytes).toBe(0);
  });

  it('refuses errors alone, for five seconds, who has waited too long', async () => {
    const clock = new TestClock();
    const room = new Room(clock, { most: 100 });
    const first = await room.take(100, false);
    const second = room.take(1, false);
    clock.advance(10_000);
    await expect(second).rejects.toMatchObject({
      status: 429,
      headers: { 'retry-after': '5', 'x-sentry-rate-limits': '5:error:key' },
    });
    first.leave();
    expect(room.waiting).toBe(0);
    expect((await room.take(100, false)) !== undefined).toBe(true);
  });

  it('lets projects under their rate go before those over it', async () => {
    const room = new Room(new TestClock(), { most: 100 });
    const first = await room.take(100, false);
    const order: string[] = [];
    const waits = [
      room.take(100, true).then((place) => (order.push('over'), place.leave())),
      room.take(100, false).then((place) => (order.push('under'), place.leave())),
    ];
    first.leave();
    await Promise.all(waits);
    expect(order).toEqual(['under', 'over']);
  });

  it('lets a request grow when others have left, and gives back what came too late', async () => {
    const room = new Room(new TestClock(), { most: 100 });
    const [first, second] = [await room.take(50, false), await room.take(50, false)];
    const growing = second.grow(80);
    expect(room.waiting).toBe(1);
    first.leave();
    await growing;
    expect(room.bytes).toBe(80);
    const third = await room.take(20, false);
    const late = third.grow(40);
    third.leave();
    second.leave();
    await late;
    expect(room.bytes).toBe(0);
  });

  it("has a part for each project, so that one that takes all of its own is in nobody's way", async () => {
    const clock = new TestClock();
    const room = new Room(clock, { most: 100 });
    const [loud, calm] = [0, 1].map(() => new Room(clock, { most: 50, within: room })) as [
      Room,
      Room,
    ];
    await loud.take(50, false);
    const refused = loud.take(10, false).catch((error: unknown) => error);
    await calm.take(50, false);
    expect([room.bytes, room.waiting, loud.waiting]).toEqual([100, 0, 1]);
    clock.advance(10_000);
    expect(await refused).toMatchObject({ status: 429 });
    expect(loud.bytes).toBe(50);
  });

  it('has room for a request that is larger than all of it, alone', async () => {
    const room = new Room(new TestClock(), { most: 100 });
    const place = await room.take(500, false);
    expect(room.bytes).toBe(500);
    place.leave();
  });
});

describe('a store that fails', () => {
  it('is told with 503, and nothing of it', async () => {
    const to = await testIntake({
      ...store,
      write: () => Promise.reject(new StoreError('disk I/O error at /secret/path', true)),
    });
    const [response] = await flood(to, 1);
    expect(response?.status).toBe(503);
    expect(response?.headers.get('retry-after')).toBe('5');
    expect(await response?.json()).toEqual({ detail: 'The disk of the journal is full.' });
    expect(to.errors).toHaveLength(1);
  });
});
