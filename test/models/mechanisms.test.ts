// Plain data structures against lists that are simply counted.
import { virtualClock } from 'kedge/testing';
import { expect, it } from 'vitest';
import { Deadline, DeadlineList } from '../../src/mechanisms/deadlines.ts';
import { CallWindow, TimeWindow, type Totals, type Window } from '../../src/mechanisms/window.ts';
import { fc, patience, runs } from '../support/property.ts';

interface Entry {
  readonly at: number;
  readonly failed: boolean;
  readonly slow: boolean;
}

const totals = (entries: readonly Entry[]) => ({
  calls: entries.length,
  failures: entries.filter(({ failed }) => failed).length,
  slow: entries.filter(({ slow }) => slow).length,
});

const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('add' as const),
      failed: fc.boolean(),
      slow: fc.boolean(),
      times: fc.integer({ min: 1, max: 20 }),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('pass' as const),
      ms: fc.oneof(
        fc.integer({ min: 0, max: 200 }),
        fc.double({ min: 0, max: 2_000, noNaN: true }),
        fc.constantFrom(1e6, 1e9),
      ),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'clear' as const }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('load' as const),
      calls: fc.nat({ max: 6 }),
      failures: fc.nat({ max: 6 }),
      slow: fc.nat({ max: 6 }),
    }),
  },
);

/** What the window held at every step, and what was to be in it. */
function replay(
  window: Window,
  steps: readonly (typeof step extends fc.Arbitrary<infer Step> ? Step : never)[],
  counted: (entries: readonly Entry[], now: number) => readonly Entry[],
): { held: Totals[]; counts: Totals[] } {
  const held: Totals[] = [];
  const counts: Totals[] = [];
  const compare = (): void => {
    held.push({ ...window.at(now) });
    counts.push(totals(counted(entries, now)));
  };
  let now = 0;
  let entries: Entry[] = [];
  for (const each of steps) {
    if (each.do === 'pass') now += each.ms;
    else if (each.do === 'clear') {
      window.clear();
      entries = [];
    } else if (each.do === 'add') {
      for (let time = 0; time < each.times; time++) {
        window.add(now, each.failed, each.slow);
        entries.push({ at: now, failed: each.failed, slow: each.slow });
      }
    } else {
      const failures = Math.min(each.calls, each.failures);
      const slow = Math.min(each.calls, each.slow);
      window.load(now, { calls: each.calls, failures, slow });
      for (let call = 0; call < each.calls; call++) {
        entries.push({ at: now, failed: call < failures, slow: call < slow });
      }
    }
    // Asked at every second step only: what was not asked for must expire all the same.
    if (each.do === 'pass' && Math.floor(now) % 2 === 0) continue;
    compare();
  }
  compare();
  return { held, counts };
}

it(
  'a window of time holds what a list of the last ten buckets holds',
  () => {
    fc.assert(
      fc.property(
        fc.constantFrom(10, 100, 1_000, 10_000),
        fc.array(step, { maxLength: 60 }),
        (duration, steps) => {
          const bucket = (at: number): number => Math.floor(at / (duration / 10));
          const { held, counts } = replay(new TimeWindow(duration), steps, (entries, now) =>
            entries.filter(({ at }) => bucket(now) - bucket(at) < 10),
          );
          expect(held).toEqual(counts);
        },
      ),
      runs(1_000),
    );
  },
  patience,
);

it(
  'a window of calls holds what the end of a list holds',
  () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 6, max: 40 }),
        fc.array(step, { maxLength: 60 }),
        (size, steps) => {
          const { held, counts } = replay(new CallWindow(size), steps, (entries) =>
            entries.slice(-size),
          );
          expect(held).toEqual(counts);
        },
      ),
      runs(1_000),
    );
  },
  patience,
);

class Named extends Deadline {
  readonly name: number;
  private readonly expired: (deadline: Named) => void;

  constructor(name: number, instant: number, expired: (deadline: Named) => void) {
    super(instant);
    this.name = name;
    this.expired = expired;
  }

  override expire(): void {
    this.expired(this);
  }
}

it(
  'a list of deadlines expires what a list that is searched every millisecond would, and keeps one timer at most',
  async () => {
    const action = fc.oneof(
      { weight: 5, arbitrary: fc.constant({ do: 'add' as const }) },
      {
        weight: 4,
        arbitrary: fc.record({ do: fc.constant('remove' as const), which: fc.nat({ max: 50 }) }),
      },
      {
        weight: 4,
        arbitrary: fc.record({
          do: fc.constant('pass' as const),
          ms: fc.integer({ min: 0, max: 40 }),
        }),
      },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 30 }),
        fc.array(action, { maxLength: 50 }),
        async (length, actions) => {
          using clock = virtualClock();
          const list = new DeadlineList();
          const all: Named[] = [];
          const expired: [number, number][] = [];
          // The model: every deadline that is set, by name, with its instant.
          const set = new Map<number, number>();
          const expected: [number, number][] = [];
          for (const each of actions) {
            if (each.do === 'add') {
              const deadline = new Named(all.length, clock.now + length, ({ name }) =>
                expired.push([name, clock.now]),
              );
              set.set(all.length, deadline.instant);
              all.push(deadline);
              list.add(deadline);
            } else if (each.do === 'remove') {
              const victim = all[each.which % Math.max(1, all.length)];
              if (victim !== undefined) {
                list.remove(victim);
                set.delete(victim.name);
              }
            } else {
              const end = clock.now + each.ms;
              for (let now = clock.now; now <= end; now++) {
                for (const [name, instant] of set) {
                  if (instant !== now) continue;
                  set.delete(name);
                  expected.push([name, now]);
                }
              }
              await clock.advance(each.ms);
            }
            expect(expired).toEqual(expected);
            expect(clock.timers).toBe(set.size === 0 ? 0 : 1);
          }
        },
      ),
      runs(1_000),
    );
  },
  patience,
);
