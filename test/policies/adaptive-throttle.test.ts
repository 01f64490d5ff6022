import {
  bulkhead,
  circuitBreaker,
  type Pipeline,
  RejectedError,
  retry,
  type AdaptiveThrottle,
  adaptiveThrottle,
  ThrottledError,
  type AdaptiveThrottleOptions,
  timeout,
} from 'kedge';
import { scripted } from 'kedge/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  controlled,
  jobs,
  type Lab,
  lab,
  permanent,
  rejection,
  transient,
} from '../support/lab.ts';
import { random as seeded } from '../support/random.ts';
import { countersOf, expectConservation, gaugesOf } from '../support/laws.ts';
import { fc, patience, runs } from '../support/property.ts';

const bad = () => Promise.reject(transient());
const good = () => Promise.resolve('ok');
const underWay = () => new Promise<never>(() => {});

const mistake = new Error('no such customer');
const abortError = () => new DOMException('stopped', 'AbortError');

function aborter(): { signal: AbortSignal; abort: (reason: unknown) => void } {
  const controller = new AbortController();
  return { signal: controller.signal, abort: (reason) => controller.abort(reason) };
}

/** What `Math.random` says next: 1 lets everything through, 0 refuses whatever has any chance to be refused. */
let chance = 1;
const { random } = Math;
beforeEach(() => {
  chance = 1;
  // Not a spy, which would remember every one of the many calls of a long run.
  Math.random = () => chance;
});
afterEach(() => {
  Math.random = random;
});

const of = (priority: number) => ({ attributes: { priority } });

interface Asked {
  readonly l: Lab;
  readonly limit: AdaptiveThrottle;
  readonly search: Pipeline;
}

/** What has happened before the call whose chance is looked for. */
type History = (asked: Asked) => unknown;

/** The chance with which the next call is refused: each trial goes through the history anew, and draws once. */
async function chanceAfter(
  history: History,
  options: AdaptiveThrottleOptions = {},
  priority?: number,
): Promise<number> {
  let low = 0;
  let high = 1;
  for (let trial = 0; trial < 16; trial++) {
    using l = lab();
    chance = 1;
    const limit = adaptiveThrottle(options);
    await history({ l, limit, search: l.pipeline('search', limit) });
    await jobs();
    const probe = l.pipeline('probe', limit);
    chance = (low + high) / 2;
    const next = await probe.settle(good, priority === undefined ? undefined : of(priority));
    if (next.status === 'rejected') low = chance;
    else high = chance;
  }
  return (low + high) / 2;
}

/** As near as so many trials come. */
const near = 4;

function ask(search: Pipeline, times: number, operation: () => unknown, priority = 5): void {
  for (let each = 0; each < times; each++) void search.settle(operation, of(priority));
}

/** The chance while a hundred calls are under way, after some that have come back. */
const busyAfter = (accepted: number, failed: number): Promise<number> =>
  chanceAfter(async ({ search }) => {
    ask(search, accepted, good);
    ask(search, failed, bad);
    await jobs();
    ask(search, 100, underWay);
  });

describe('adaptiveThrottle', () => {
  it('lets everything through while the dependency accepts half of it', async () => {
    using l = lab();
    chance = 0;
    const search = l.pipeline('search', adaptiveThrottle());
    for (let each = 0; each < 200; each++) await search.settle(each % 2 === 0 ? good : bad);
    expect(search.stats().executions).toMatchObject({ success: 100, failure: 100, rejected: 0 });
  });

  it('refuses with a ThrottledError, and does not call the operation then', async () => {
    using l = lab();
    const search = l.pipeline('search', adaptiveThrottle());
    for (let each = 0; each < 10; each++) await search.settle(bad);
    chance = 0;
    const operation = scripted([{ value: 1 }]);
    const error = await rejection(search.execute(operation));
    expect(error).toBeInstanceOf(ThrottledError);
    expect(error).toBeInstanceOf(RejectedError);
    expect(error).toMatchObject({
      name: 'ThrottledError',
      code: 'KEDGE_THROTTLED',
      reason: 'throttled',
      message: 'search: adaptiveThrottle holds this call back',
    });
    expect(operation.calls).toHaveLength(0);
    expect(l.seen.of('call.rejected')).toMatchObject([
      { reason: 'throttled', policy: 'adaptiveThrottle' },
    ]);
    expect(countersOf(search, 'adaptiveThrottle')).toEqual({ rejected_throttled: 1 });
    expectConservation({
      pipeline: search,
      clock: l.clock,
      seen: l.seen,
      executions: 11,
      attempts: 10,
    });
  });

  it(
    'refuses with the chance max(0, (requests − ratio·accepts) / (requests + 1))',
    async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.nat(60),
          fc.nat(60),
          fc.constantFrom(1, 1.5, 2, 3),
          async (accepts, failures, ratio) => {
            const requests = accepts + failures;
            const expected = Math.max(0, (requests - ratio * accepts) / (requests + 1));
            let shown: number | undefined;
            const found = await chanceAfter(
              async ({ search }) => {
                ask(search, accepts, good);
                ask(search, failures, bad);
                await jobs();
                shown = gaugesOf(search, 'adaptiveThrottle')['refusal_ratio'];
              },
              { ratio },
            );
            expect(found).toBeCloseTo(expected, near);
            expect(shown).toBeCloseTo(expected, 10);
          },
        ),
        runs(30),
      );
    },
    patience,
  );

  it('counts its own refusals as asked for, so that it holds back the more, the more is asked', async () => {
    const found = await chanceAfter(async ({ search }) => {
      ask(search, 10, bad);
      await jobs();
      chance = 0;
      ask(search, 20, good);
      expect(countersOf(search, 'adaptiveThrottle')).toEqual({ rejected_throttled: 20 });
    });
    expect(found).toBeCloseTo(30 / 31, near);
  });

  it.each([
    ['a success', () => Promise.resolve(1), 1],
    ['a plain value', () => undefined, 1],
    ['a permanent error: the dependency has answered', () => Promise.reject(permanent()), 1],
    ['an error that may pass', bad, 0],
    ['an error that nobody knows', () => Promise.reject(new Error('?')), 0],
    // Worth half of an accept where twice as much is sent as is accepted: it takes its own request back.
    ['a programmer’s bug', () => Promise.reject(new TypeError('x is not a function')), 0.5],
    ['an abort of the operation’s own', () => Promise.reject(abortError()), 0.5],
  ])('counts %s', async (_name, operation, accepted) => {
    const found = await chanceAfter(({ search }) => {
      ask(search, 10, operation);
      ask(search, 10, bad);
    });
    expect(found).toBeCloseTo((20 - 2 * 10 * accepted) / 21, near);
  });

  it('counts a timeout inside as not accepted', async () => {
    const found = await chanceAfter(async ({ l, limit }) => {
      const search = l.pipeline('search', limit, timeout(100));
      for (let each = 0; each < 10; each++) void search.settle(controlled());
      await l.clock.advance(100);
    });
    expect(found).toBeCloseTo(10 / 11, near);
  });

  it('calls that their callers cancel count as nothing', async () => {
    const found = await chanceAfter(async ({ search }) => {
      ask(search, 10, bad);
      await jobs();
      const { signal, abort } = aborter();
      for (let each = 0; each < 100; each++) void search.settle(controlled(), { signal });
      abort('gone');
      await jobs();
      expect(search.stats().executions.cancelled).toBe(100);
    });
    // The calls themselves are gone from the numerator; only the +1 of the formula weighs less.
    expect(found).toBeCloseTo(10 / 111, near);
  });

  it('what kedge itself refuses further in counts as nothing: the dependency was not asked', async () => {
    const found = await chanceAfter(async ({ l, limit }) => {
      const breaker = circuitBreaker();
      const search = l.pipeline('search', limit, bulkhead({ maxConcurrent: 1 }), breaker);
      breaker.open();
      ask(search, 50, good);
      await jobs();
      breaker.close();
      void search.settle(controlled());
      ask(search, 50, good);
      await jobs();
      expect(search.stats().executions.rejected).toBe(100);
    });
    expect(found).toBeCloseTo(0, near);
  });

  it('what it refused is not under way, and no answer is expected of it', async () => {
    const found = await chanceAfter(async ({ search }) => {
      ask(search, 5, good);
      ask(search, 15, bad);
      await jobs();
      chance = 0;
      ask(search, 20, good);
      expect(countersOf(search, 'adaptiveThrottle')).toEqual({ rejected_throttled: 20 });
    });
    expect(found).toBeCloseTo((40 - 2 * 5) / 41, near);
  });

  it('shows that it sheds nothing while nothing has come back', () => {
    using l = lab();
    const search = l.pipeline('search', adaptiveThrottle());
    ask(search, 10, underWay);
    expect(gaugesOf(search, 'adaptiveThrottle')['refusal_ratio']).toBe(0);
  });

  it('a burst on a dependency of which nothing is known yet passes', async () => {
    const found = await chanceAfter(({ search }) => ask(search, 100, underWay));
    expect(found).toBeCloseTo(0, near);
  });

  it('what is under way goes as what has come back went', async () => {
    expect(await busyAfter(0, 20)).toBeCloseTo(120 / 121, near);
    expect(await busyAfter(5, 15)).toBeCloseTo((120 - 2 * 30) / 121, near);
    expect(await busyAfter(15, 5)).toBeCloseTo(0, near);
  });

  it('a retry around it asks again, and each try counts', async () => {
    const found = await chanceAfter(async ({ l, limit }) => {
      const search = l.pipeline('search', retry({ maxAttempts: 3, backoff: () => 1 }), limit);
      void search.settle(bad);
      await l.clock.advance(10);
    });
    expect(found).toBeCloseTo(3 / 4, near);
  });

  it.each([
    [108_000, {}, 100 / 101],
    [120_000, {}, 0],
    [900, { window: { duration: 1_000 } }, 100 / 101],
    [1_000, { window: { duration: 1_000 } }, 0],
  ])(
    'forgets in its window: after %i ms with %j the chance is %d',
    async (pause, options, expected) => {
      using l = lab();
      const search = l.pipeline('search', adaptiveThrottle(options));
      ask(search, 100, bad);
      await l.clock.advance(pause);
      expect(l.clock.timers).toBe(0);
      expect(gaugesOf(search, 'adaptiveThrottle')['refusal_ratio']).toBeCloseTo(expected, 10);
    },
  );

  it('stands in two pipelines as one', async () => {
    using l = lab();
    const limit = adaptiveThrottle();
    const [one, two] = [l.pipeline('one', limit), l.pipeline('two', limit)];
    for (let each = 0; each < 10; each++) await one.settle(bad);
    chance = 0;
    expect(await rejection(two.execute(good))).toMatchObject({ pipeline: 'two' });
  });
});

/** Calls at an even rate for so many seconds; returns how many of them were answered in each. */
async function traffic(
  l: Lab,
  search: Pipeline,
  { rate, seconds }: { rate: number; seconds: number },
  operation: () => unknown,
): Promise<number[]> {
  const passed: number[] = [];
  for (let second = 0; second < seconds; second++) {
    let answered = 0;
    for (let call = 0; call < rate; call++) {
      void search.settle(operation).then(({ status }) => {
        if (status === 'fulfilled') answered++;
      });
      await l.clock.advance(1_000 / rate);
    }
    await jobs();
    passed.push(answered);
  }
  return passed;
}

describe('adaptiveThrottle: after an outage', () => {
  it('lets one call a second through in any case', async () => {
    using l = lab();
    const search = l.pipeline('search', adaptiveThrottle());
    ask(search, 1_000, bad);
    await jobs();
    chance = 0;
    await l.clock.advance(999);
    await traffic(l, search, { rate: 20, seconds: 30 }, bad);
    expect(search.stats().attempts.failure - 1_000).toBe(30);
  });

  it.each([
    [20, 300, {}],
    [20, 5, {}],
    [20, 3_600, {}],
    [2, 600, {}],
    [200, 120, {}],
    [20, 300, { ratio: 1 }],
    [20, 300, { ratio: 10 }],
    [20, 300, { window: { duration: 600_000 } }],
  ])(
    'half of the calls pass again within 15 s: %i calls a second, down for %i s, %j',
    async (rate, seconds, options) => {
      Math.random = seeded(1);
      using l = lab();
      const search = l.pipeline('search', adaptiveThrottle(options));
      await traffic(l, search, { rate, seconds: 30 }, good);
      await traffic(l, search, { rate, seconds }, bad);
      const passed = await traffic(l, search, { rate, seconds: 40 }, good);
      expect(passed.findIndex((answered) => answered >= rate / 2)).toBeLessThan(15);
      expect(passed.slice(30).every((answered) => answered >= rate * 0.8)).toBe(true);
    },
    patience,
  );

  it('comes back over some seconds, and not at once', async () => {
    const highest: number[] = [];
    for (let seed = 1; seed <= 9; seed++) {
      Math.random = seeded(seed);
      using l = lab();
      const search = l.pipeline('search', adaptiveThrottle());
      await traffic(l, search, { rate: 200, seconds: 60 }, bad);
      const passed = await traffic(l, search, { rate: 200, seconds: 10 }, good);
      expect(passed[0]).toBeLessThan(20);
      highest.push(Math.max(...passed.slice(0, 3)));
    }
    // Chance lets one in forty come back sooner.
    expect(highest.toSorted((one, other) => one - other)[4]).toBeLessThan(100);
  });

  it('goes on holding back while the dependency accepts no more than a part of what it is sent', async () => {
    Math.random = seeded(1);
    using l = lab();
    const search = l.pipeline('search', adaptiveThrottle());
    let accepted = 0;
    let sent = 0;
    // A dependency that answers ten calls a second, of fifty that are asked.
    const overloaded = (): Promise<unknown> => {
      sent++;
      return accepted++ < 10 ? good() : bad();
    };
    const sends: number[] = [];
    for (let second = 0; second < 300; second++) {
      accepted = sent = 0;
      await traffic(l, search, { rate: 50, seconds: 1 }, overloaded);
      sends.push(sent);
    }
    const later = sends.slice(-60);
    const average = later.reduce((sum, each) => sum + each, 0) / later.length;
    expect(average).toBeGreaterThan(15);
    expect(average).toBeLessThan(25);
  }, 20_000);
});

const made =
  (list: readonly [number, boolean][]): History =>
  ({ search }) => {
    for (const [priority, accepted] of list) ask(search, 1, accepted ? good : bad, priority);
  };

describe('adaptiveThrottle: priorities', () => {
  it.each([
    [0, 1],
    // 40 of 101 are to be shed: all 20 of the lowest level, and the rest of level 5.
    [5, ((40 / 101) * 100 - 20) / 50],
    [9, 0],
  ])(
    'sheds the least important first, and of the next only what is left to shed: level %i with %d',
    async (priority, expected) => {
      const found = await chanceAfter(
        ({ search }) => {
          ask(search, 20, good, 0);
          ask(search, 10, good, 5);
          ask(search, 40, bad, 5);
          ask(search, 30, bad, 9);
        },
        {},
        priority,
      );
      expect(found).toBeCloseTo(expected, near);
    },
  );

  const calls = fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.boolean()), {
    minLength: 1,
    maxLength: 60,
  });
  it(
    'a call is never shed with a greater chance than one that is less important',
    async () => {
      await fc.assert(
        fc.asyncProperty(calls, async (list) => {
          let above = 0;
          for (let priority = 9; priority >= 0; priority -= 1) {
            const here = await chanceAfter(made(list), {}, priority);
            expect(here).toBeGreaterThanOrEqual(above - 1e-4);
            above = here;
          }
        }),
        runs(20),
      );
    },
    patience,
  );

  it(
    'sheds over all levels together as much as the formula says',
    async () => {
      await fc.assert(
        fc.asyncProperty(calls, async (list) => {
          const accepts = list.filter(([, accepted]) => accepted).length;
          const expected = Math.max(0, (list.length - 2 * accepts) / (list.length + 1));
          let shed = 0;
          for (const priority of new Set(list.map(([level]) => level))) {
            const own = list.filter(([level]) => level === priority).length;
            shed += own * (await chanceAfter(made(list), {}, priority));
          }
          expect(shed / list.length).toBeCloseTo(expected, 3);
        }),
        runs(20),
      );
    },
    patience,
  );

  it.each([
    { what: 'none', priority: undefined, level: 5 },
    { what: 'a text', priority: 'high', level: 5 },
    { what: 'NaN', priority: NaN, level: 5 },
    { what: 'below 0', priority: -3, level: 0 },
    { what: 'above 9', priority: 1e9, level: 9 },
    { what: 'a fraction', priority: 6.7, level: 7 },
    { what: 'true', priority: true, level: 5 },
  ])('a priority that is $what counts as level $level', async ({ priority, level }) => {
    const attributes = priority === undefined ? {} : { priority };
    const history: History = ({ search }) => {
      for (let each = 0; each < 10; each++) void search.settle(bad, { attributes });
    };
    for (let each = 0; each <= 9; each++) {
      const found = await chanceAfter(history, {}, each);
      // Who is less important goes first, and there is enough to shed for one more of them.
      expect(found).toBeCloseTo(each < level ? 1 : each === level ? 10 / 11 : 0, near);
    }
  });

  it('asks the function that it is given how important a call is', async () => {
    using l = lab();
    const limit = adaptiveThrottle({ priority: ({ key }) => (key === 'paying' ? 9 : 0) });
    const search = l.pipeline('search', limit);
    for (let each = 0; each < 10; each++) await search.settle(bad, { key: 'trial' });
    chance = 0;
    expect(await search.execute(good, { key: 'paying' })).toBe('ok');
    expect((await search.settle(good, { key: 'trial' })).status).toBe('rejected');
  });

  it.each<[string, () => number, unknown]>([
    [
      'throws',
      () => {
        throw mistake;
      },
      mistake,
    ],
    [
      'wants to wait',
      () => Promise.reject(mistake) as never,
      expect.objectContaining({
        name: 'TypeError',
        message: expect.stringContaining('`priority` to return a number, got a promise') as string,
      }),
    ],
  ])('rejects the call where that function %s, and counts nothing', async (_, priority, error) => {
    using l = lab();
    const search = l.pipeline('search', adaptiveThrottle({ priority }));
    expect(await rejection(search.execute(good))).toEqual(error);
    expect(gaugesOf(search, 'adaptiveThrottle')).toEqual({ refusal_ratio: 0 });
    expect(search.stats().attempts.success).toBe(0);
  });
});

describe('adaptiveThrottle: reconfigure', () => {
  it.each([
    ['another ratio', { ratio: 1 }, 0, 5 / 11],
    ['a longer window', { window: { duration: 600_000 }, ratio: 1 }, 300_000, 5 / 11],
    ['a shorter window', { window: { duration: 60_000 }, ratio: 1 }, 60_000, 0],
    ['the window that it has by default', { window: null, ratio: 1 }, 108_000, 5 / 11],
  ])('keeps what was counted: %s', async (_name, change, pause, expected) => {
    using l = lab();
    const limit = adaptiveThrottle();
    const search = l.pipeline('search', limit);
    ask(search, 5, good);
    ask(search, 5, bad);
    await jobs();
    limit.reconfigure(change);
    await l.clock.advance(pause);
    expect(gaugesOf(search, 'adaptiveThrottle')['refusal_ratio']).toBeCloseTo(expected, 10);
  });

  it('refuses what cannot be, and changes nothing then', async () => {
    const found = await chanceAfter(async ({ l, limit, search }) => {
      ask(search, 10, bad);
      await jobs();
      expect(() => limit.reconfigure({ window: { duration: 1 }, ratio: 0.5 })).toThrow(RangeError);
      expect(() => limit.reconfigure({ name: 'other' } as never)).toThrow(TypeError);
      await l.clock.advance(999);
    });
    expect(found).toBeCloseTo(10 / 11, near);
  });
});

it('a refusal by another copy of kedge counts as nothing', async () => {
  using l = lab();
  const quotes = l.pipeline('quotes', adaptiveThrottle());
  const refused = Object.assign(new Error('refused'), { code: 'KEDGE_RATE_LIMITED' });
  for (let each = 0; each < 10; each++) await quotes.settle(() => Promise.reject(refused));
  expect(gaugesOf(quotes, 'adaptiveThrottle')).toEqual({ refusal_ratio: 0 });
});
