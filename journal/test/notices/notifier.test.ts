import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Message } from '../../src/notices/message.ts';
import { Notifier } from '../../src/notices/notifier.ts';
import type { Channel, Store } from '../../src/store/store.ts';
import { virtualClock } from 'kedge/testing';
import { TestClock } from '../support/clock.ts';
import { atEnd, entry, sharedStore, shop } from '../support/store.ts';

const minute = 60_000;
let store: Store;
let close: () => Promise<void>;
let project: number;
let made = 0;

beforeAll(async () => {
  ({ store, close } = await sharedStore());
});
afterAll(() => close());
beforeEach(async () => {
  project = (await store.createProject({ ...shop, name: `shop ${(made += 1)}` })).id;
});

interface Telling {
  readonly notifier: Notifier;
  readonly clock: TestClock;
  readonly sent: Message[];
  /** What sending fails with from now on. */
  failure: Error | undefined;
  fail(...groups: string[]): Promise<void>;
  /** Lets time pass, and everything happen that falls due. */
  pass(ms: number): Promise<void>;
  state(): Promise<Channel>;
}

async function telling(perHour = 60): Promise<Telling> {
  const kedgeClock = virtualClock();
  atEnd(() => kedgeClock[Symbol.dispose]());
  const clock = new TestClock();
  const sent: Message[] = [];
  const channel = await store.saveChannel({
    project,
    kind: 'webhook',
    target: 'https://chat.example.org',
    secret: 'whsec_',
    created: clock.now(),
  });
  const sender = {
    send: (message: Message, to: Channel): Promise<void> => {
      if (telling.failure !== undefined) return Promise.reject(telling.failure);
      if (to.id === channel) sent.push(message);
      return Promise.resolve();
    },
    check: () => Promise.resolve(),
  };
  const notifier = new Notifier({
    store,
    clock,
    senders: { webhook: sender, mail: undefined },
    publicUrl: () => 'https://errors.example',
    perHour: { webhook: perHour, mail: perHour },
    onFailure: () => undefined,
  });
  atEnd(() => notifier.end());
  const telling: Telling = {
    notifier,
    clock,
    sent,
    failure: undefined,
    fail: async (...groups) => {
      const entries = groups.map((group) => entry(group, { time: clock.now() }));
      await store.write({ project, at: clock.now(), entries, tallies: [] });
      notifier.wake();
      await notifier.idle();
    },
    pass: async (ms) => {
      for (let left = ms; left > 0; left -= 5_000) {
        clock.advance(5_000);
        await kedgeClock.advance(5_000);
        notifier.wake();
        await notifier.idle();
      }
    },
    state: async () => (await store.channels()).find(({ id }) => id === channel) as Channel,
  };
  return telling;
}

const told = ({ sent }: Telling): string[] =>
  sent.map(({ type, groups }) => `${type} ${groups.map(({ title }) => title).join(', ')}`);

describe('a notice', () => {
  it('tells of a group when it is new, and not of what was known', async () => {
    const one = await telling();
    await one.fail('a');
    await one.fail('a', 'b');
    expect(told(one)).toEqual(['group.new Error: a', 'group.new Error: b']);
    expect(await one.state()).toMatchObject({ waiting: 0, sentAt: one.clock.now() });
  });

  it('tells of a group that was resolved and is there again', async () => {
    const one = await telling();
    await one.fail('a');
    const [group] = await store.groups({ projects: [project], most: 1 });
    await store.changeGroups(project, [group!.id], { state: 'resolved', at: one.clock.now() });
    one.clock.advance(1_000);
    await one.fail('a');
    expect(told(one)).toEqual(['group.new Error: a', 'group.regressed Error: a']);
  });

  it('is for the channels of its own project', async () => {
    const one = await telling();
    const other = await store.createProject({ ...shop, name: `other ${project}` });
    await store.write({
      project: other.id,
      at: one.clock.now(),
      entries: [entry('x')],
      tallies: [],
    });
    one.notifier.wake();
    await one.notifier.idle();
    expect(one.sent).toEqual([]);
  });

  it('that failed is sent again later, also by a journal that was started anew', async () => {
    const one = await telling();
    one.failure = new Error('The answer was 503.');
    await one.fail('a');
    expect(await one.state()).toMatchObject({ waiting: 1, error: 'The answer was 503.' });
    await one.notifier.end();
    const again = await telling();
    await again.pass(minute);
    // The channel of the first one has got it, and its error is no more.
    expect(await one.state()).toMatchObject({ waiting: 0 });
    expect((await one.state()).error).toBeUndefined();
  });

  it('waits longer each time, and is given up after a day', async () => {
    const one = await telling();
    one.failure = new Error('The answer was 503.');
    await one.fail('a');
    await one.pass(10 * minute);
    const { failed } = one.notifier.numbers;
    expect(failed).toBeGreaterThan(4);
    expect(failed).toBeLessThan(12);
    one.clock.advance(24 * 60 * minute);
    await one.pass(10 * minute);
    expect(await one.state()).toMatchObject({ waiting: 0, givenUp: 1 });
    expect(one.notifier.numbers.givenUp).toBe(1);
    one.failure = undefined;
    await one.pass(minute);
    expect(one.sent).toEqual([]);
  });

  it('of one channel is not held up by another that fails', async () => {
    const one = await telling();
    const dead = await store.saveChannel({
      project,
      kind: 'mail',
      target: 'team@example.org',
      secret: '',
      created: one.clock.now(),
    });
    await one.fail('a');
    expect(told(one)).toEqual(['group.new Error: a']);
    const state = (await store.channels()).find(({ id }) => id === dead);
    expect(state).toMatchObject({ waiting: 1, error: 'SMTP_URL is not set.' });
  });

  it('is not tried while the circuit of its channel is open', async () => {
    const one = await telling();
    one.failure = new Error('The answer was 503.');
    await one.fail(...Array.from({ length: 50 }, (_, at) => `g${at}`));
    for (let at = 0; at < 40; at++) {
      one.notifier.wake();
      await one.notifier.idle();
    }
    expect(one.notifier.numbers.failed).toBe(3);
    expect((await one.state()).waiting).toBe(50);
  });

  it('waits for nobody once its channel has ended', async () => {
    const one = await telling();
    one.failure = new Error('no');
    await one.fail('a');
    const { id, kind, target, secret, created } = await one.state();
    await store.saveChannel({ id, project, kind, target, secret, created, ended: created });
    one.failure = undefined;
    await one.pass(minute);
    await one.fail('b');
    expect(one.sent).toEqual([]);
  });
});

describe('a flood of new groups', () => {
  it('is told in few messages: one each at first, then all that came in ten minutes', async () => {
    const one = await telling();
    const groups = Array.from({ length: 500 }, (_, at) => `group ${at}`);
    await one.fail(...groups);
    await one.pass(60 * minute);
    expect(one.sent.length).toBeLessThanOrEqual(60);
    expect(one.sent.filter(({ type }) => type === 'group.new')).toHaveLength(54);
    const named = one.sent.flatMap((message) => message.groups.map(({ title }) => title));
    expect(named).toHaveLength(500);
    expect(new Set(named).size).toBe(500);
  });
});
