// One policy in many hands: options, configurations, callers from inside, and users' own functions.
import { getEventListeners } from 'node:events';
import {
  type AdaptiveLimiter,
  adaptiveLimiter,
  bulkhead,
  circuitBreaker,
  coalesce,
  type Context,
  createKedge,
  fallback,
  hedge,
  type KedgeEvent,
  type Pipeline,
  type Policy,
  presets,
  rateLimiter,
  retry,
  retryBudget,
  staleIfError,
  adaptiveThrottle,
  timeout,
} from 'kedge';
import { scripted } from 'kedge/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { controlled, jobs, lab, rejection, track, transient } from '../support/lab.ts';
import { countersOf, expectConservation, gaugesOf } from '../support/laws.ts';
import { patience } from '../support/property.ts';

afterEach(() => vi.restoreAllMocks());

const bad = () => Promise.reject(transient());
const good = () => Promise.resolve('ok');
const mistake = new Error('a mistake of a bystander');
const fail = (): never => {
  throw mistake;
};

type Options = Record<string, unknown>;

const makers: [string, (options: never) => Policy<unknown>, Options][] = [
  ['bulkhead', bulkhead, { maxConcurrent: 1, maxQueued: 1 }],
  ['rateLimiter', rateLimiter, { limit: 1, interval: 1e9 }],
  ['hedge', hedge, { after: 10, maxHedges: 1, budget: false }],
  ['hedge after a quantile', hedge, { after: { quantile: 0.9 }, budget: false }],
  ['staleIfError', staleIfError, { maxAge: 1_000, maxEntries: 5 }],
  ['coalesce', coalesce, {}],
  ['adaptiveLimiter', adaptiveLimiter, { initial: 1, max: 1 }],
  ['adaptiveThrottle', adaptiveThrottle, { ratio: 2 }],
];

function frozen<T extends object>(value: T): T {
  for (const each of Object.values(value))
    if (typeof each === 'object' && each !== null) Object.freeze(each);
  return Object.freeze(value);
}

describe('trap 31', () => {
  it.each(makers)(
    'trap 31: options are copied and never changed: a frozen object does for %s',
    async (_name, make, options) => {
      using l = lab();
      const given = frozen(structuredClone(options));
      const policy = make(given as never) as Policy & { reconfigure?: (options: Options) => void };
      policy.reconfigure?.(given);
      expect(await l.pipeline('quotes', policy).execute(good, { key: 'k' })).toBe('ok');
      expect(given).toEqual(options);
    },
  );

  it('trap 31: two bulkheads of one options object have permits of their own', async () => {
    using l = lab();
    const options = { maxConcurrent: 1 };
    const [one, two] = [1, 2].map(() => l.pipeline('reports', bulkhead(options)));
    void one!.settle(controlled());
    expect((await one!.settle(good)).status).toBe('rejected');
    expect((await two!.settle(good)).status).toBe('fulfilled');
  });

  it('trap 31: two caches of one options object never answer with each other’s values', async () => {
    using l = lab();
    const options = { maxAge: 60_000 };
    const [one, two] = [1, 2].map(() => l.pipeline('rates', staleIfError(options)));
    await one!.execute(() => 'of one', { key: 'k' });
    expect((await two!.settle(bad, { key: 'k' })).status).toBe('rejected');
  });

  it('trap 31: two rates, hedges, flights, limits and throttles of one options object share nothing', async () => {
    using l = lab();
    const rate = { limit: 1, interval: 1e9 };
    const rates = [1, 2].map(() => l.pipeline('r', rateLimiter(rate)));
    for (const each of rates) expect(await each.execute(good)).toBe('ok');

    const late = { after: { quantile: 0.5 } };
    const [learnt, other] = [1, 2].map(() => l.pipeline('h', hedge(late)));
    for (let each = 0; each < 40; each++) await learnt!.execute(good);
    expect(gaugesOf(learnt!, 'hedge')['after']).toBeLessThan(Infinity);
    expect(gaugesOf(other!, 'hedge')['after']).toBe(Infinity);

    const none = {};
    const load = controlled();
    for (const each of [1, 2].map(() => l.pipeline('c', coalesce(none))))
      void each.settle(load, { key: 'k' });
    expect(load.starts).toHaveLength(2);

    const [shedding, calm] = [1, 2].map(() => l.pipeline('t', adaptiveThrottle(none)));
    for (let each = 0; each < 10; each++) await shedding!.settle(bad);
    expect(gaugesOf(shedding!, 'adaptiveThrottle')['refusal_ratio']).toBeGreaterThan(0.9);
    expect(gaugesOf(calm!, 'adaptiveThrottle')['refusal_ratio']).toBe(0);
  });

  it('trap 31: who changes the object later has not changed the policy', async () => {
    using l = lab();
    const options = { maxConcurrent: 1 };
    const reports = l.pipeline('reports', bulkhead(options));
    options.maxConcurrent = 100;
    void reports.settle(controlled());
    expect((await reports.settle(good)).status).toBe('rejected');

    const after = { quantile: 0.5 };
    const late = hedge({ after });
    const search = l.pipeline('search', late);
    for (let each = 0; each < 40; each++) await search.execute(good);
    after.quantile = 0.9;
    late.reconfigure({ maxHedges: 2 });
    late.reconfigure({ after: { quantile: 0.5 } });
    // Asked for anew it would have to learn from the beginning.
    expect(gaugesOf(search, 'hedge')['after']).toBeLessThan(Infinity);
  });

  it('trap 31: the defaults of one policy are not those of the next: budgets are not shared unless given', async () => {
    using l = lab();
    const [one, two] = [1, 2].map(() => l.pipeline('search', hedge({ after: 10 })));
    for (let each = 0; each < 20; each++) void one!.settle(controlled());
    await l.clock.advance(10);
    expect(gaugesOf(one!, 'hedge')['budget_available_ratio']).toBeCloseTo(0, 2);
    expect(gaugesOf(two!, 'hedge')['budget_available_ratio']).toBe(1);
  });
});

const everything = () => [
  fallback({ value: 'none', handle: () => false }),
  staleIfError({ maxAge: 1_000, handle: () => false }),
  adaptiveThrottle(),
  rateLimiter({ limit: 1_000, maxWait: 1_000 }),
  bulkhead({ maxConcurrent: 50, maxQueued: 10 }),
  adaptiveLimiter({ initial: 50 }),
  timeout(10_000),
  retry({ maxAttempts: 2, backoff: () => 1 }),
  hedge({ after: 500 }),
  circuitBreaker(),
  coalesce(),
  timeout(1_000),
];

describe('trap 33', () => {
  it('trap 33: an operation that calls its own pipeline works, under every policy at once', async () => {
    using l = lab();
    // A call that has not been answered yet is one that is not accepted yet: the throttle could hold back those inside.
    vi.spyOn(Math, 'random').mockReturnValue(1 - 1e-9);
    const quotes = l.pipeline('quotes', ...everything());
    const down = async (depth: number): Promise<string> => {
      if (depth === 0) return 'bottom';
      const inner = await quotes.execute(() => down(depth - 1), { key: `${depth}` });
      return `${depth} ${inner}`;
    };
    expect(await quotes.execute(() => down(5))).toBe('5 4 3 2 1 bottom');
    expectConservation({
      pipeline: quotes,
      clock: l.clock,
      seen: l.seen,
      executions: 6,
      attempts: 6,
    });
  });

  it('trap 33: a sink that calls the same pipeline on every event leaves all permits and counters exact', async () => {
    using l = lab();
    const limit = bulkhead({ maxConcurrent: 1, maxQueued: 2, maxWait: 50 });
    const reports = l.pipeline(
      'reports',
      rateLimiter({ limit: 20, maxWait: 200 }),
      limit,
      hedge({ after: 5, budget: false }),
    );
    let left = 60;
    let asked = 0;
    let started = 0;
    const slowly = scripted([{ value: 'ok', after: 7 }]);
    const operation = (context: Context): Promise<unknown> => {
      started++;
      return slowly(context);
    };
    const ask = (): void => {
      asked++;
      void reports.settle(operation);
    };
    l.kedge.observe(() => {
      if (left-- > 0) ask();
    });
    ask();
    await l.clock.runAll(100_000);
    expect(asked).toBe(61);
    expectConservation({
      pipeline: reports,
      clock: l.clock,
      seen: l.seen,
      executions: asked,
      attempts: started,
    });
  });

  it('trap 33: a permit that comes back in the middle of a call’s way out is handed over exactly once', async () => {
    using l = lab();
    const limit = bulkhead({ maxConcurrent: 1, maxQueued: 100 });
    const reports = l.pipeline('reports', limit);
    let running = 0;
    let most = 0;
    const operation = async (): Promise<void> => {
      most = Math.max(most, ++running);
      await Promise.resolve();
      running--;
    };
    // On hearing of an end: one more call, more room, and less room again.
    let left = 30;
    l.kedge.observe((event: KedgeEvent) => {
      if (event.type !== 'execution.succeeded' || left-- <= 0) return;
      void reports.settle(operation);
      limit.reconfigure({ maxConcurrent: 2 });
      limit.reconfigure({ maxConcurrent: 1 });
    });
    for (let each = 0; each < 20; each++) void reports.settle(operation);
    await jobs();
    await jobs();
    expect(most).toBeLessThanOrEqual(2);
    expectConservation({
      pipeline: reports,
      clock: l.clock,
      seen: l.seen,
      executions: 50,
      attempts: 50,
    });
  });

  it('trap 33: a key function, a fallback and a cache that call the same pipeline work', async () => {
    using l = lab();
    const inner: Promise<unknown>[] = [];
    const again = (context: Context): string => {
      if (context.key === 'outer') inner.push(quotes.execute(good, { key: 'inner' }));
      return context.key ?? 'none';
    };
    const quotes: Pipeline<unknown> = l.pipeline(
      'quotes',
      fallback({ run: () => quotes.execute(good, { key: 'inner' }) }),
      staleIfError({ maxAge: 1_000, key: again }),
      coalesce({ key: again }),
    );
    expect(await quotes.execute(bad, { key: 'outer' })).toBe('ok');
    expect(await Promise.all(inner)).toEqual(['ok', 'ok']);
    expect(quotes.stats()).toMatchObject({ inFlight: 0, executions: { fallback: 1, success: 3 } });
  });
});

describe('trap 07', () => {
  it.each<[string, () => Policy<unknown>[]]>([
    ['hedge, handle', () => [hedge({ after: 10, handle: fail })]],
    ['staleIfError, handle', () => [staleIfError({ maxAge: 1_000, handle: fail })]],
    ['staleIfError, key', () => [staleIfError({ maxAge: 1_000, key: fail })]],
    ['coalesce, key', () => [coalesce({ key: fail })]],
  ])('trap 07: %s: what a user’s function throws rejects the call', async (_name, policies) => {
    using l = lab();
    const quotes = l.pipeline('quotes', bulkhead({ maxConcurrent: 1 }), ...policies());
    const operation = scripted([{ error: transient() }]);
    for (let each = 0; each < 3; each++)
      expect(await rejection(quotes.execute(operation, { key: 'k' }))).toBe(mistake);
    expect(operation.calls.length).toBeLessThanOrEqual(3);
    expectConservation({ pipeline: quotes, clock: l.clock, seen: l.seen, executions: 3 });
  });

  it.each<[string, () => Policy[]]>([
    ['hedge, handleResult', () => [hedge({ after: 10, handleResult: fail })]],
    ['staleIfError, handleResult', () => [staleIfError({ maxAge: 1_000, handleResult: fail })]],
    ['staleIfError, key', () => [staleIfError({ maxAge: 1_000, key: fail })]],
  ])('trap 07: %s: also for a good value', async (_name, policies) => {
    using l = lab();
    const quotes = l.pipeline('quotes', bulkhead({ maxConcurrent: 1 }), ...policies());
    expect(await rejection(quotes.execute(good, { key: 'k' }))).toBe(mistake);
    expectConservation({ pipeline: quotes, clock: l.clock, seen: l.seen, executions: 1 });
  });

  it('trap 07: a predicate that throws while a hedge runs ends that one too', async () => {
    using l = lab();
    const quotes = l.pipeline('quotes', hedge({ after: 10, budget: false, handle: fail }));
    const operation = controlled();
    const call = track(quotes.execute(operation));
    await l.clock.advance(10);
    operation.starts[1]!.reject(transient());
    await jobs();
    expect(call.reason).toBe(mistake);
    expect(operation.starts[0]!.context.signal.aborted).toBe(true);
    operation.starts[0]!.resolve('late');
    await jobs();
    expectConservation({
      pipeline: quotes,
      clock: l.clock,
      seen: l.seen,
      executions: 1,
      attempts: 2,
    });
  });

  it('trap 07: a flight whose key function throws once does not stand in the way of the next', async () => {
    using l = lab();
    let broken = true;
    const quotes = l.pipeline('quotes', coalesce({ key: () => (broken ? fail() : 'k') }));
    expect(await rejection(quotes.execute(good))).toBe(mistake);
    broken = false;
    expect(await quotes.execute(good)).toBe('ok');
    expect(gaugesOf(quotes, 'coalesce')).toEqual({ under_way: 0 });
  });
});

describe('trap 17', () => {
  it.each([
    ['throws at once', fail, { reason: mistake }],
    ['returns a plain value', () => 5, { value: 5 }],
    ['returns undefined', () => undefined, { value: undefined }],
    // eslint-disable-next-line unicorn/no-thenable
    ['returns a thenable', () => ({ then: (done: (value: 6) => void) => done(6) }), { value: 6 }],
  ])(
    'trap 17: an operation that %s is the same as a promise, under every policy',
    async (_name, operation, outcome) => {
      using l = lab();
      const quotes = l.pipeline('quotes', ...everything());
      const call = track(quotes.execute<unknown>(operation, { key: 'k' }));
      await l.clock.runAll(100_000);
      expect(call).toMatchObject(outcome);
      expectConservation({ pipeline: quotes, clock: l.clock, seen: l.seen, executions: 1 });
    },
  );
});

describe('trap 18', () => {
  it.each([[undefined], ['text'], [0], [null], [Object.freeze({ frozen: true })], [Symbol('s')]])(
    'trap 18: %s that is thrown passes through every policy by identity',
    async (thrown) => {
      using l = lab();
      const quotes = l.pipeline('quotes', ...everything());
      const call = track(quotes.execute(() => Promise.reject(thrown), { key: 'k' }));
      await l.clock.runAll(100_000);
      expect(call.state).toBe('rejected');
      expect(call.reason).toBe(thrown);
      expectConservation({ pipeline: quotes, clock: l.clock, seen: l.seen, executions: 1 });
    },
  );
});

describe('trap 05', () => {
  it(
    'trap 05: ten thousand calls with one signal leave no listener on it, whatever they waited for',
    async () => {
      using l = lab();
      const quotes = l.pipeline('quotes', ...everything());
      const controller = new AbortController();
      for (let each = 0; each < 10_000; each++) {
        void quotes.settle(each % 3 === 0 ? bad : good, {
          signal: controller.signal,
          key: `${each % 50}`,
        });
        if (each % 100 === 0) await l.clock.advance(20);
      }
      await l.clock.runAll(1_000_000);
      expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
      expectConservation({
        pipeline: quotes,
        clock: l.clock,
        seen: l.seen,
        executions: 10_000,
        signals: [controller.signal],
      });
    },
    patience,
  );
});

describe('trap 16', () => {
  it('trap 16: waits beyond 2³¹ ms wait their time, and infinite ones hold no timer', async () => {
    using l = lab();
    const month = 30 * 24 * 3_600_000;
    const limit = bulkhead({ maxConcurrent: 1, maxQueued: 2, maxWait: month });
    const reports = l.pipeline('reports', limit);
    void reports.settle(controlled());
    const queued = track(reports.execute(good));
    await l.clock.advance(month - 1);
    expect(queued.state).toBe('pending');
    await l.clock.advance(1);
    expect(queued.reason).toMatchObject({ reason: 'queue-timeout' });

    const slow = l.pipeline('slow', rateLimiter({ limit: 1, interval: month, maxWait: Infinity }));
    await slow.execute(good);
    const turn = track(slow.execute(good));
    await l.clock.advance(month - 1);
    expect(turn.state).toBe('pending');
    await l.clock.advance(1);
    expect(turn.value).toBe('ok');

    const search = l.pipeline('search', hedge({ after: month, budget: false }));
    const operation = controlled();
    void search.settle(operation);
    await l.clock.advance(month - 1);
    expect(operation.starts).toHaveLength(1);
    await l.clock.advance(1);
    expect(operation.starts).toHaveLength(2);

    const patient = l.pipeline(
      'patient',
      bulkhead({ maxConcurrent: 1, maxQueued: 1, maxWait: Infinity }),
      hedge({ after: Infinity }),
    );
    const before = l.clock.timers;
    for (let each = 0; each < 2; each++) void patient.settle(controlled());
    expect(l.clock.timers).toBe(before);
  });
});

describe('trap 32', () => {
  it('trap 32: no policy holds a timer while it is idle', async () => {
    using l = lab();
    const quotes = l.pipeline('quotes', ...everything());
    const hosts = l.kedge.keyed('hosts', () => everything());
    expect(l.clock.timers).toBe(0);
    for (let each = 0; each < 50; each++) {
      void quotes.settle(each % 2 === 0 ? bad : good);
      void hosts.for(`${each}`).settle(each % 2 === 0 ? bad : good);
    }
    await l.clock.advance(5_000);
    expect(l.clock.timers).toBe(0);
  });
});

describe('trap 35', () => {
  it.each<[string, (use: (policy: Policy) => Pipeline) => Promise<Policy>]>([
    [
      'bulkhead',
      async (use) => {
        const policy = bulkhead({ maxConcurrent: 1 });
        void use(policy).settle(controlled());
        return policy;
      },
    ],
    [
      'rateLimiter',
      async (use) => {
        const policy = rateLimiter({ limit: 1 });
        await use(policy).execute(good);
        return policy;
      },
    ],
    [
      'adaptiveThrottle',
      async (use) => {
        const policy = adaptiveThrottle();
        for (let each = 0; each < 20; each++) await use(policy).settle(bad);
        vi.spyOn(Math, 'random').mockReturnValue(0);
        return policy;
      },
    ],
  ])(
    'trap 35: a refusal by %s carries no stack, and says which pipeline and policy it was',
    async (name, prepare) => {
      using l = lab();
      const policy = await prepare((each) => l.pipeline('others', each));
      const error = (await rejection(l.pipeline('quotes', policy).execute(good))) as Error;
      expect(error).toMatchObject({ pipeline: 'quotes', policy: name });
      expect(error.message.startsWith(`quotes: ${name} `)).toBe(true);
      expect(error.stack?.includes('\n    at ') ?? false).toBe(false);
    },
  );
});

describe('trap 37', () => {
  const numbers = [NaN, -1, '5', null, {}, true] as unknown[];
  const cases: [string, (options: never) => unknown, string, Options, unknown[]][] = [
    ['bulkhead', bulkhead, 'maxConcurrent', {}, [...numbers, 0, 1.5, Infinity]],
    ['bulkhead', bulkhead, 'maxQueued', { maxConcurrent: 1 }, [...numbers, 0.5, Infinity]],
    ['bulkhead', bulkhead, 'maxWait', { maxConcurrent: 1 }, numbers],
    ['rateLimiter', rateLimiter, 'limit', {}, [...numbers, 0, Infinity]],
    ['rateLimiter', rateLimiter, 'interval', { limit: 1 }, [...numbers, 0, Infinity]],
    ['rateLimiter', rateLimiter, 'burst', { limit: 1 }, [...numbers, 0, 0.5, Infinity]],
    ['rateLimiter', rateLimiter, 'maxWait', { limit: 1 }, numbers],
    ['hedge', hedge, 'after', {}, [NaN, -1, 0, '5', null, true]],
    ['hedge', hedge, 'maxHedges', { after: 1 }, [...numbers, 0, 1.5, 11, Infinity]],
    ['hedge', hedge, 'budget', { after: 1 }, [true, 10, {}, null, 'retryBudget']],
    ['hedge', hedge, 'requireIdempotent', { after: 1 }, [1, 'yes', null]],
    ['hedge', hedge, 'handle', { after: 1 }, [true, 'all', null, {}]],
    ['hedge', hedge, 'handleResult', { after: 1 }, [true, 'all', null, {}]],
    ['staleIfError', staleIfError, 'maxAge', {}, [...numbers, 0]],
    ['staleIfError', staleIfError, 'key', { maxAge: 1 }, ['id', null, 5]],
    ['staleIfError', staleIfError, 'maxEntries', { maxAge: 1 }, [...numbers, 0, 1.5, Infinity]],
    ['coalesce', coalesce, 'key', {}, ['id', null, 5]],
    ['adaptiveLimiter', adaptiveLimiter, 'initial', {}, [...numbers, 0, 1.5, Infinity]],
    ['adaptiveLimiter', adaptiveLimiter, 'min', {}, [...numbers, 0, 1.5, Infinity]],
    ['adaptiveLimiter', adaptiveLimiter, 'max', {}, [...numbers, 0, 1.5, Infinity]],
    ['adaptiveThrottle', adaptiveThrottle, 'ratio', {}, [...numbers, 0, 0.99, Infinity]],
    ['adaptiveThrottle', adaptiveThrottle, 'window', {}, [null, 'long', NaN, 0, 120_000, []]],
    ['adaptiveThrottle', adaptiveThrottle, 'priority', {}, ['tier', 5, null, {}]],
  ];
  const invalid = cases.flatMap(([name, make, option, rest, values]) =>
    values.map((value) => ({ name, make, option, rest, value })),
  );

  it.each(invalid)(
    'trap 37: $name refuses the $option $value',
    ({ name, make, option, rest, value }) => {
      const attempt = () => make({ ...rest, [option]: value } as never);
      expect(attempt).toThrow(/^\w+: expected `\w+` to be .+, got .+\.$/);
      expect(attempt).toThrow(`${name}: expected \`${option}\` to be `);
      // A number or a text that is out of range is a RangeError, what is neither a TypeError.
      expect(attempt).toThrow(expect.any(Error));
    },
  );

  it.each(makers)('trap 37: %s refuses options that it does not have', (_name, make, options) => {
    expect(() => make({ ...options, maxConcurent: 5 } as never)).toThrow(TypeError);
    expect(() => make({ ...options, maxConcurent: 5 } as never)).toThrow('`maxConcurent`');
    for (const nothing of [null, 5, 'x', [], () => {}])
      expect(() => make(nothing as never)).toThrow(TypeError);
    expect(() => make({ ...options, name: '' } as never)).toThrow(RangeError);
    expect(() => make({ ...options, name: 5 } as never)).toThrow(TypeError);
  });

  it.each<[string, () => unknown, string]>([
    ['bulkhead', () => bulkhead({} as never), '`maxConcurrent` is required'],
    ['rateLimiter', () => rateLimiter({} as never), '`limit` is required'],
    ['hedge', () => hedge({} as never), '`after` is required'],
    ['hedge, quantile', () => hedge({ after: {} as never }), '`quantile` is required'],
    ['staleIfError', () => staleIfError({} as never), '`maxAge` is required'],
  ])('trap 37: %s says what it needs', (_name, make, message) => {
    expect(make).toThrow(TypeError);
    expect(make).toThrow(message);
  });

  it.each([0, 1, NaN, -0.5, 1.5, Infinity])(
    'trap 37: hedge refuses the quantile %d',
    (quantile) => {
      expect(() => hedge({ after: { quantile } })).toThrow(RangeError);
      expect(() => hedge({ after: { quantile } })).toThrow('hedge `after`: expected `quantile`');
    },
  );

  it.each([
    [{ initial: 5, min: 10 }],
    [{ initial: 300 }],
    [{ min: 300, initial: 300 }],
    [{ max: 10 }],
  ])('trap 37: adaptiveLimiter refuses bounds that contradict each other: %j', (bounds) => {
    expect(() => adaptiveLimiter(bounds)).toThrow(RangeError);
    expect(() => adaptiveLimiter(bounds)).toThrow('`min` ≤ `initial` ≤ `max`');
  });
});

describe('trap 38', () => {
  it(
    'trap 38: every stateful policy can be reconfigured in the middle of traffic, and no call is lost',
    async () => {
      using l = lab();
      const budget = retryBudget();
      const limit = bulkhead({ maxConcurrent: 5, maxQueued: 20, maxWait: 500 });
      const rate = rateLimiter({ limit: 200, maxWait: 500 });
      const late = hedge({ after: 20, budget });
      const cache = staleIfError({ maxAge: 10_000 });
      const adaptive = adaptiveLimiter({ initial: 10 });
      const shed = adaptiveThrottle();
      const breaker = circuitBreaker({ minimumCalls: 50 });
      const quotes = l.pipeline('quotes', cache, shed, rate, limit, adaptive, late, breaker);
      let started = 0;
      const changes = [
        () => limit.reconfigure({ maxConcurrent: 1 + (started % 7), maxWait: 100 + started }),
        () => rate.reconfigure({ limit: 100 + (started % 300), maxWait: started % 600 }),
        () => late.reconfigure(started % 2 === 0 ? { after: 10 } : { after: { quantile: 0.9 } }),
        () => cache.reconfigure({ maxEntries: 1 + (started % 20) }),
        () => adaptive.reconfigure({ max: 10 + (started % 90) }),
        () => shed.reconfigure({ ratio: 2 + (started % 3), window: { duration: 1_000 + started } }),
        () => breaker.reconfigure({ failureRate: 0.4 + (started % 5) / 10 }),
        () => budget.reconfigure({ ratio: (started % 10) / 10 }),
      ];
      for (let each = 0; each < 2_000; each++) {
        const step =
          each % 4 === 0
            ? ({ error: transient(), after: each % 30 } as const)
            : ({ value: each, after: each % 50 } as const);
        const operation = scripted([step]);
        void quotes.settle(
          (context) => {
            started++;
            return operation(context);
          },
          { key: `${each % 30}` },
        );
        if (each % 3 === 0) changes[(each / 3) % changes.length]!();
        await l.clock.advance(3);
      }
      await l.clock.advance(10_000);
      expectConservation({
        pipeline: quotes,
        clock: l.clock,
        seen: l.seen,
        executions: 2_000,
        attempts: started,
      });
      const { success, stale } = quotes.stats().executions;
      expect(success + stale).toBeGreaterThan(500);
    },
    patience,
  );

  it('trap 38: an adaptive limit that was learnt stays within the new bounds', async () => {
    using l = lab();
    const limit: AdaptiveLimiter = adaptiveLimiter({ initial: 50 });
    l.pipeline('quotes', limit);
    limit.reconfigure({ max: 100 });
    expect(limit.limit).toBe(50);
    limit.reconfigure({ max: 30 });
    expect(limit.limit).toBe(30);
    limit.reconfigure({ max: 100 });
    expect(limit.limit).toBe(30);
    limit.reconfigure({ min: 60 });
    expect(limit.limit).toBe(60);
    expect(() => limit.reconfigure({ min: 200 })).toThrow(RangeError);
    expect(limit.limit).toBe(60);
  });
});

describe('trap 39', () => {
  it(
    'trap 39: hostile keys stay bounded, and an open circuit outlives the closed ones of its age',
    async () => {
      using l = lab();
      const hosts = l.kedge.keyed(
        'outgoing',
        () => [
          circuitBreaker({ consecutiveFailures: 1, openFor: 1e9 }),
          bulkhead({ maxConcurrent: 1 }),
        ],
        { maxKeys: 20 },
      );
      await hosts.for('dead.example').settle(bad);
      for (let key = 0; key < 5_000; key++) hosts.for(`${key}.hostile.example`);
      expect(hosts.size).toBe(20);
      expect((await hosts.for('dead.example').settle(good)).status).toBe('rejected');
      expect(l.clock.timers).toBe(0);
    },
    patience,
  );

  it(
    'trap 39: hostile keys of a cache and of flights stay bounded, too',
    async () => {
      using l = lab();
      const rates = l.pipeline('rates', staleIfError({ maxAge: 1e9, maxEntries: 20 }), coalesce());
      for (let key = 0; key < 5_000; key++) void rates.settle(() => key, { key: `${key}` });
      await jobs();
      expect(gaugesOf(rates, 'staleIfError')).toEqual({ entries: 20 });
      expect(gaugesOf(rates, 'coalesce')).toEqual({ under_way: 0 });
      expect(countersOf(rates, 'coalesce')).toMatchObject({ led: 5_000 });
    },
    patience,
  );
});

describe('trap 31, presets', () => {
  it('trap 31: the same options object makes two presets that share nothing but what it holds', async () => {
    const kedge = createKedge();
    const options = frozen({ maxAttempts: 1, bulkhead: { maxConcurrent: 1 }, circuitBreaker: {} });
    const [one, two] = [1, 2].map(() => kedge.pipeline('quotes', ...presets.http(options)));
    const running = controlled();
    void one!.settle(running);
    expect((await one!.settle(good)).status).toBe('rejected');
    expect((await two!.settle(good)).status).toBe('fulfilled');
    running.starts[0]!.resolve('done');
    await jobs();
  });
});
