// Permits and turns: who gets them, who keeps them, and what a refusal says.
import {
  adaptiveLimiter,
  bulkhead,
  circuitBreaker,
  coalesce,
  hedge,
  type Pipeline,
  type Policy,
  rateLimiter,
  retry,
  adaptiveThrottle,
  timeout,
} from 'kedge';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { controlled, jobs, lab, rejection, track, transient } from '../support/lab.ts';
import { expectConservation, gaugesOf } from '../support/laws.ts';

afterEach(() => vi.restoreAllMocks());

const bad = () => Promise.reject(transient());
const good = () => Promise.resolve('ok');

const one = { initial: 1, min: 1, max: 1 };
const limits: [string, () => Policy][] = [
  ['bulkhead', () => bulkhead({ maxConcurrent: 1, maxQueued: 20 })],
  ['adaptiveLimiter', () => adaptiveLimiter(one)],
];

describe.each(limits)('trap 20: %s', (kind, make) => {
  it('trap 20: a timed-out operation that still runs keeps its permit until it has really settled', async () => {
    using l = lab();
    const reports = l.pipeline('reports', make(), timeout(50));
    let running = 0;
    let most = 0;
    const works: (() => void)[] = [];
    const deaf = async (): Promise<void> => {
      most = Math.max(most, ++running);
      await new Promise<void>((resolve) => {
        works.push(resolve);
      });
      running--;
    };
    // As opossum's `capacity: 1`, which reached 4.
    for (let each = 0; each < 4; each++) {
      void reports.settle(deaf);
      await l.clock.advance(50);
    }
    expect(most).toBe(1);
    expect(gaugesOf(reports, kind)['in_use']).toBe(1);
    for (let each = 0; each < works.length; each++) {
      works[each]!();
      await l.clock.advance(50);
    }
    expect(most).toBe(1);
    expectConservation({ pipeline: reports, clock: l.clock, executions: 4 });
  });

  it.each([
    ['a timeout outside', (policy: Policy) => [timeout(50), policy]],
    ['a retry and a timeout inside', (policy: Policy) => [policy, fast(), timeout(50)]],
    ['a lost hedge inside', (policy: Policy) => [policy, hedge({ after: 5, budget: false })]],
    ['two timeouts inside', (policy: Policy) => [policy, timeout(50), timeout(40)]],
  ])('trap 20: nor does the permit come back early with %s', async (_name, around) => {
    using l = lab();
    const reports = l.pipeline('reports', ...around(make()));
    const deaf = controlled();
    const call = track(reports.execute(deaf));
    await l.clock.advance(60);
    // Of a race the last one answers, and the first goes on.
    if (call.state === 'pending') deaf.starts.at(-1)!.resolve('answer');
    await l.clock.advance(1_000);
    expect(call.state).not.toBe('pending');
    for (const { resolve } of deaf.starts.toReversed()) {
      const before = gaugesOf(reports, kind)['in_use'];
      expect(before).toBe(reports.stats().abandoned > 0 ? 1 : 0);
      resolve('late');
      await jobs();
    }
    expect(gaugesOf(reports, kind)['in_use']).toBe(0);
  });

  it('trap 20: an aborted caller’s work keeps it too', async () => {
    using l = lab();
    const reports = l.pipeline('reports', make());
    const deaf = controlled();
    const controller = new AbortController();
    void reports.settle(deaf, { signal: controller.signal });
    controller.abort('gone');
    await jobs();
    expect(reports.stats()).toMatchObject({ inFlight: 0, abandoned: 1 });
    expect(gaugesOf(reports, kind)['in_use']).toBe(1);
    deaf.starts[0]!.reject(transient());
    await jobs();
    expect(gaugesOf(reports, kind)['in_use']).toBe(0);
  });
});

const fast = () => retry({ maxAttempts: 2, backoff: () => 5, budget: false });

describe.each(limits)('trap 21: %s', (_kind, make) => {
  it('trap 21: a freed permit goes straight to who has waited longest, whoever comes in the same instant', async () => {
    using l = lab();
    const reports = l.pipeline('reports', make());
    const running = controlled();
    void reports.settle(running);
    const order: string[] = [];
    const waiting = track(reports.execute(() => order.push('waited')));
    const newcomers: unknown[] = [];
    // A newcomer in every promise job around the hand-over.
    const come = (): void => {
      newcomers.push(track(reports.execute(() => order.push('came later'))));
    };
    running.starts[0]!.resolve('done');
    for (let each = 0; each < 6; each++) {
      come();
      await Promise.resolve();
    }
    await jobs();
    expect(waiting.state).toBe('fulfilled');
    expect(order[0]).toBe('waited');
  });

  it('trap 21: also when the newcomer is the one who made way, from its own continuation', async () => {
    using l = lab();
    const reports = l.pipeline('reports', make());
    const order: number[] = [];
    const client = async (id: number): Promise<void> => {
      for (let turn = 0; turn < 3; turn++)
        await reports.execute(async () => {
          order.push(id);
          await Promise.resolve();
        });
    };
    await Promise.all([client(1), client(2)]);
    // Turn and turn about: nobody who comes back overtakes who waits.
    expect(order).toEqual([1, 2, 1, 2, 1, 2]);
  });
});

describe('trap 21: rateLimiter', () => {
  it('trap 21: a token that comes goes to who has waited longest, whoever comes in the same instant', async () => {
    using l = lab();
    const geocoder = l.pipeline('geocoder', rateLimiter({ limit: 1, burst: 1, maxWait: 1_500 }));
    await geocoder.execute(good);
    const order: string[] = [];
    void geocoder.settle(() => order.push('waited'));
    await l.clock.advance(999);
    void geocoder.settle(() => order.push('came later'));
    await l.clock.advance(1);
    expect(order).toEqual(['waited']);
    await l.clock.advance(1_000);
    expect(order).toEqual(['waited', 'came later']);
  });
});

describe.each<[string, () => Policy]>([
  ...limits,
  ['rateLimiter', () => rateLimiter({ limit: 1, burst: 1, interval: 10_000, maxWait: Infinity })],
])('trap 22: %s', (kind, make) => {
  it('trap 22: a queued caller who aborts leaves the queue at once, and is never started', async () => {
    using l = lab();
    const reports = l.pipeline('reports', make());
    const running = controlled();
    void reports.settle(running);
    const controllers = [1, 2, 3].map(() => new AbortController());
    const operations = controllers.map(() => controlled());
    const calls = controllers.map(({ signal }, index) =>
      track(reports.execute(operations[index]!, { signal })),
    );
    expect(gaugesOf(reports, kind)['queued']).toBe(3);
    controllers[1]!.abort('gone');
    await jobs();
    expect(calls[1]).toMatchObject({ state: 'rejected', reason: 'gone' });
    expect(gaugesOf(reports, kind)['queued']).toBe(2);

    running.starts[0]!.resolve('done');
    await l.clock.advance(10_000);
    for (const each of [0, 2]) {
      expect(operations[each]!.starts).toHaveLength(1);
      operations[each]!.starts[0]!.resolve(each);
      await l.clock.advance(10_000);
    }
    expect(operations[1]!.starts).toHaveLength(0);
    expect(calls.map(({ value }) => value)).toEqual([0, undefined, 2]);
    expectConservation({
      pipeline: reports,
      clock: l.clock,
      seen: l.seen,
      executions: 4,
      attempts: 3,
      signals: controllers.map(({ signal }) => signal),
    });
  });

  it('trap 22: one signal that ends all queued callers leaves nothing of them', async () => {
    using l = lab();
    const reports = l.pipeline('reports', make());
    const running = controlled();
    void reports.settle(running);
    const controller = new AbortController();
    const calls = Array.from({ length: 15 }, () =>
      track(reports.execute(good, { signal: controller.signal })),
    );
    const queued = gaugesOf(reports, kind)['queued'];
    expect(queued).toBeGreaterThan(0);
    controller.abort('gone');
    await jobs();
    expect(calls.filter(({ reason }) => reason === 'gone')).toHaveLength(queued!);
    running.starts[0]!.resolve('done');
    await l.clock.advance(100_000);
    expectConservation({
      pipeline: reports,
      clock: l.clock,
      seen: l.seen,
      executions: 16,
      signals: [controller.signal],
    });
  });
});

describe('trap 23', () => {
  const refusing: [string, (use: (policy: Policy) => Pipeline) => Promise<Policy>][] = [
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
        const policy = rateLimiter({ limit: 1, interval: 1e9 });
        await use(policy).execute(good);
        return policy;
      },
    ],
    [
      'adaptiveLimiter',
      async (use) => {
        const policy = adaptiveLimiter({ ...one, maxQueued: 0 });
        void use(policy).settle(controlled());
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
    [
      'a queue’s timeout',
      async (use) => {
        const policy = bulkhead({ maxConcurrent: 1, maxQueued: 100, maxWait: 10 });
        void use(policy).settle(controlled());
        return policy;
      },
    ],
  ];

  it.each(refusing)(
    'trap 23: refusals by %s never open a circuit around it, even when all errors are handled',
    async (_name, prepare) => {
      using l = lab();
      const refuses = await prepare((policy) => l.pipeline('others', policy));
      const breaker = circuitBreaker({
        minimumCalls: 2,
        consecutiveFailures: 2,
        handle: () => true,
      });
      const quotes = l.pipeline('quotes', breaker, refuses);
      const calls = Array.from({ length: 50 }, () => track(quotes.execute(good)));
      await l.clock.advance(10);
      expect(calls.every(({ state }) => state === 'rejected')).toBe(true);
      expect(breaker.state).toBe('closed');
      expect(breaker.snapshot()).toMatchObject({ calls: 0, failures: 0 });
      expect(quotes.stats()).toMatchObject({
        executions: { rejected: 50, failure: 0 },
        attempts: { failure: 0 },
      });
    },
  );

  it.each(refusing)(
    'trap 23: a probe that %s refuses gives its place back',
    async (_name, prepare) => {
      using l = lab();
      const refuses = await prepare((policy) => l.pipeline('others', policy));
      const breaker = circuitBreaker({ openFor: 100, halfOpen: { probes: 1 } });
      breaker.open();
      await l.clock.advance(100);
      const quotes = l.pipeline('quotes', breaker, refuses);
      for (let each = 0; each < 5; each++) {
        const call = track(quotes.execute(good));
        await l.clock.advance(10);
        expect(call.reason).not.toMatchObject({ reason: 'circuit-open' });
        expect(breaker.state).toBe('half-open');
      }
    },
  );

  it('trap 23: each caller of a flight that is refused inside counts for nothing, too', async () => {
    using l = lab();
    const limit = bulkhead({ maxConcurrent: 1, maxQueued: 1, maxWait: 10 });
    void l.pipeline('others', limit).settle(controlled());
    const breaker = circuitBreaker({ minimumCalls: 2, handle: () => true });
    const quotes = l.pipeline('quotes', breaker, coalesce(), limit);
    const calls = Array.from({ length: 20 }, () => rejection(quotes.execute(good, { key: 'k' })));
    await l.clock.advance(10);
    for (const error of await Promise.all(calls))
      expect(error).toMatchObject({ reason: 'queue-timeout' });
    expect(breaker.snapshot()).toMatchObject({ calls: 0, failures: 0 });
  });
});
