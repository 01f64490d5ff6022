// What a circuit learns from, and from what it must not.
import {
  CircuitOpenError,
  circuitBreaker,
  type CircuitBreakerOptions,
  type CircuitSnapshot,
  type Policy,
  RejectedError,
  retry,
  timeout,
} from 'kedge';
import { scripted } from 'kedge/testing';
import { describe, expect, it } from 'vitest';
import { CallWindow, TimeWindow } from '../../src/mechanisms/window.ts';
import { controlled, jobs, lab, permanent, rejection, track, transient } from '../support/lab.ts';

const bad = () => Promise.reject(transient());
const good = () => Promise.resolve('ok');

/** A circuit that is easily tripped and comes back after 1 s by one probe. */
const touchy = (options: CircuitBreakerOptions = {}) =>
  circuitBreaker({ consecutiveFailures: 2, openFor: 1_000, halfOpen: { probes: 1 }, ...options });

describe('trap 08', () => {
  it('trap 08: a call begun before the circuit opened does not close it again', async () => {
    using l = lab();
    const breaker = touchy();
    const quotes = l.pipeline('quotes', breaker);
    const old = controlled();
    const call = track(quotes.execute(old));
    await quotes.settle(bad);
    await quotes.settle(bad);
    await l.clock.advance(1_000);
    const probe = controlled();
    void quotes.settle(probe);
    expect(breaker.state).toBe('half-open');

    old.starts[0]!.resolve('ok');
    await jobs();
    expect(call.value).toBe('ok');
    expect(breaker.state).toBe('half-open');
  });

  it('trap 08: nor does it open it again, while it is half-open or after it has closed', async () => {
    using l = lab();
    const breaker = touchy({ consecutiveFailures: 1 });
    const quotes = l.pipeline('quotes', breaker);
    const old = controlled();
    for (let each = 0; each < 2; each++) void quotes.settle(old);
    await quotes.settle(bad);
    await l.clock.advance(1_000);
    const probe = controlled();
    void quotes.settle(probe);
    old.starts[0]!.reject(transient());
    await jobs();
    expect(breaker.state).toBe('half-open');

    probe.starts[0]!.resolve('ok');
    await jobs();
    // Two calls were running when it opened, one more than the single probe stands for.
    while (breaker.state === 'half-open') await quotes.execute(good);
    expect(breaker.state).toBe('closed');
    old.starts[1]!.reject(transient());
    await jobs();
    expect(breaker.state).toBe('closed');
  });

  it('trap 08: a probe of an earlier half-open time says nothing about the present one', async () => {
    using l = lab();
    const breaker = touchy({ consecutiveFailures: 1, halfOpen: { probes: 2, leaseFor: 100_000 } });
    const quotes = l.pipeline('quotes', breaker);
    await quotes.settle(bad);
    await l.clock.advance(1_000);
    const old = controlled();
    void quotes.settle(old);
    await quotes.settle(bad);
    expect(breaker.state).toBe('open');

    await l.clock.advance(1_000);
    const probes = controlled();
    for (let each = 0; each < 2; each++) void quotes.settle(probes);
    old.starts[0]!.reject(transient());
    await jobs();
    expect(breaker.state).toBe('half-open');
    for (const probe of probes.starts) probe.resolve('ok');
    await jobs();
    expect(breaker.state).toBe('closed');
  });

  it('trap 08: a slow call of before the circuit opened does not open it again', async () => {
    using l = lab();
    const breaker = touchy({ minimumCalls: 1, slowCall: { after: 5_000, rate: 1 } });
    const quotes = l.pipeline('quotes', breaker);
    const old = controlled();
    void quotes.settle(old);
    await quotes.settle(bad);
    await l.clock.advance(1_000);
    await quotes.execute(good);
    await l.clock.advance(10_000);
    expect(breaker.state).toBe('closed');
    old.starts[0]!.resolve('late');
    await jobs();
    expect(breaker.state).toBe('closed');
  });
});

describe('trap 09', () => {
  it('trap 09: a probe that never settles loses its lease and counts as failed', async () => {
    using l = lab();
    const breaker = touchy({ halfOpen: { probes: 1, leaseFor: 5_000 } });
    const quotes = l.pipeline('quotes', breaker);
    await quotes.settle(bad);
    await quotes.settle(bad);
    await l.clock.advance(1_000);
    void quotes.settle(() => new Promise(() => {}));

    await l.clock.advance(4_999);
    expect(await rejection(quotes.execute(good))).toBeInstanceOf(CircuitOpenError);
    expect(breaker.state).toBe('half-open');
    await l.clock.advance(1);
    expect(await rejection(quotes.execute(good))).toBeInstanceOf(CircuitOpenError);
    expect(breaker.state).toBe('open');
    expect(l.seen.of('circuit.opened').map(({ reason }) => reason)).toEqual([
      'consecutive',
      'probe-failed',
    ]);

    await l.clock.advance(1_000);
    expect(await quotes.execute(good)).toBe('ok');
    expect(breaker.state).toBe('closed');
  });

  it('trap 09: a probe that comes back after its lease is over has failed, whatever it brings', async () => {
    using l = lab();
    const breaker = touchy({ halfOpen: { probes: 1, leaseFor: 5_000 } });
    const quotes = l.pipeline('quotes', breaker);
    await quotes.settle(bad);
    await quotes.settle(bad);
    await l.clock.advance(1_000);
    const probe = controlled();
    const call = track(quotes.execute(probe));
    await l.clock.advance(5_000);
    probe.starts[0]!.resolve('at last');
    await jobs();
    expect(call.value).toBe('at last');
    expect(breaker.state).toBe('open');
  });
});

describe('trap 10', () => {
  it('trap 10: callers beyond the probes are rejected at once and told when to come back', async () => {
    using l = lab();
    const breaker = touchy({ halfOpen: { probes: 2 } });
    const quotes = l.pipeline('quotes', breaker);
    await quotes.settle(bad);
    await quotes.settle(bad);
    await l.clock.advance(1_000);
    const probe = controlled();
    const calls = Array.from({ length: 10 }, () => track(quotes.execute(probe)));
    await jobs();
    expect(probe.starts).toHaveLength(2);
    const rejected = calls.filter(({ state }) => state === 'rejected');
    expect(rejected).toHaveLength(8);
    for (const { reason } of rejected) {
      expect(reason).toBeInstanceOf(CircuitOpenError);
      expect((reason as CircuitOpenError).retryAfter).toBeGreaterThan(0);
      expect((reason as CircuitOpenError).retryAfter).toBeLessThanOrEqual(1_000);
    }
    expect(l.seen.of('call.rejected')).toHaveLength(8);
  });
});

describe('trap 11', () => {
  it('trap 11: a probe that its caller cancels says nothing, and the next call may probe', async () => {
    using l = lab();
    const breaker = touchy();
    const quotes = l.pipeline('quotes', breaker);
    await quotes.settle(bad);
    await quotes.settle(bad);
    await l.clock.advance(1_000);
    for (let each = 0; each < 5; each++) {
      const controller = new AbortController();
      const probe = controlled();
      const call = track(quotes.execute(probe, { signal: controller.signal }));
      expect(probe.starts).toHaveLength(1);
      controller.abort('gone');
      await jobs();
      expect(call.reason).toBe('gone');
      expect(breaker.state).toBe('half-open');
    }
    expect(await quotes.execute(good)).toBe('ok');
    expect(breaker.state).toBe('closed');
  });
});

describe('trap 12', () => {
  it.each([
    ['by default', {}],
    ['with a handle that takes everything', { handle: () => true }],
  ])(
    'trap 12: cancelled calls count as nothing in a closed circuit, %s',
    async (_name, options) => {
      using l = lab();
      const breaker = circuitBreaker({ minimumCalls: 2, consecutiveFailures: 2, ...options });
      const quotes = l.pipeline('quotes', breaker);
      for (let each = 0; each < 50; each++) {
        const controller = new AbortController();
        // One gives way to its signal, the other ignores it.
        const obeys = scripted([{ untilAborted: true }]);
        const calls = [obeys, controlled()].map((operation) =>
          quotes.settle(operation, { signal: controller.signal }),
        );
        controller.abort();
        await Promise.all(calls);
      }
      expect(breaker.state).toBe('closed');
      expect(breaker.snapshot()).toMatchObject({ calls: 0, failures: 0, consecutiveFailures: 0 });
    },
  );

  it.each([
    ['by default', {}],
    ['with a handle that takes everything', { handle: () => true }],
  ])(
    'trap 12: a call that a custom policy outside gave up counts as nothing, %s',
    async (_name, options) => {
      using l = lab();
      const breaker = circuitBreaker({ minimumCalls: 2, consecutiveFailures: 2, ...options });
      const impatient: Policy = {
        kind: 'impatient',
        name: 'impatient',
        apply: (next) => (execution) => {
          const controller = new AbortController();
          const answer = next({ ...execution, signal: controller.signal });
          controller.abort(new Error('lost interest'));
          return answer;
        },
      };
      const quotes = l.pipeline('quotes', impatient, breaker);
      for (let each = 0; each < 5; each++) await quotes.settle(() => new Promise(() => {}));
      expect(breaker.state).toBe('closed');
      expect(breaker.snapshot()).toMatchObject({ calls: 0, failures: 0 });
    },
  );
});

describe('trap 13', () => {
  it('trap 13: failures from an hour ago count for nothing after an idle time', async () => {
    using l = lab();
    const breaker = circuitBreaker({ minimumCalls: 10, consecutiveFailures: 10, failureRate: 0.5 });
    const quotes = l.pipeline('quotes', breaker);
    for (let each = 0; each < 9; each++) await quotes.settle(bad);
    await l.clock.advance(3_600_000);
    expect(breaker.snapshot()).toMatchObject({ calls: 0, failures: 0 });
    await quotes.settle(bad);
    expect(breaker.state).toBe('closed');
    expect(breaker.snapshot()).toMatchObject({ calls: 1, failures: 1, consecutiveFailures: 1 });
  });

  it('trap 13: the window lets go of its past while nobody calls, and gauges say so', async () => {
    using l = lab();
    const breaker = circuitBreaker({ minimumCalls: 5, consecutiveFailures: Infinity });
    const quotes = l.pipeline('quotes', breaker);
    for (let each = 0; each < 6; each++) await quotes.settle(each % 3 === 0 ? bad : good);
    const rate = () => quotes.stats().policies[0]!.gauges['failure_rate'];
    expect(rate()).toBeCloseTo(1 / 3);
    await l.clock.advance(10_000);
    expect(rate()).toBeUndefined();
  });
});

describe('trap 14', () => {
  it('trap 14: the first call ever fails, and the circuit stays closed', async () => {
    using l = lab();
    const breaker = circuitBreaker();
    const quotes = l.pipeline('quotes', breaker);
    await quotes.settle(bad);
    expect(breaker.state).toBe('closed');
  });

  it('trap 14: the rate opens nothing below minimumCalls, and does at it', async () => {
    using l = lab();
    const breaker = circuitBreaker({ minimumCalls: 20, consecutiveFailures: Infinity });
    const quotes = l.pipeline('quotes', breaker);
    for (let each = 0; each < 19; each++) {
      await quotes.settle(bad);
      expect(breaker.state).toBe('closed');
    }
    await quotes.settle(bad);
    expect(breaker.state).toBe('open');
    expect(l.seen.of('circuit.opened')).toMatchObject([
      { reason: 'failure-rate', calls: 20, failureRate: 1 },
    ]);
  });
});

describe('trap 23', () => {
  it("trap 23: rejections by kedge's own policies never count as the dependency's failures", async () => {
    using l = lab();
    class Full extends RejectedError {
      get code(): string {
        return 'FULL';
      }
      get reason(): 'bulkhead-full' {
        return 'bulkhead-full';
      }
    }
    const full: Policy = {
      kind: 'full',
      name: 'full',
      apply: () => (execution) =>
        Promise.reject(new Full('is full', { pipeline: execution.pipeline, policy: 'full' })),
    };
    const breaker = circuitBreaker({ minimumCalls: 2, handle: () => true });
    const quotes = l.pipeline('quotes', breaker, full);
    for (let each = 0; each < 50; each++) await quotes.settle(good);
    expect(breaker.state).toBe('closed');
    expect(breaker.snapshot()).toMatchObject({ calls: 0, failures: 0, consecutiveFailures: 0 });
    expect(quotes.stats().executions.rejected).toBe(50);
  });

  it('trap 23: the open circuit of a breaker inside does not open the one outside', async () => {
    using l = lab();
    const outer = circuitBreaker({ consecutiveFailures: 3, name: 'outer' });
    const inner = circuitBreaker({ name: 'inner' });
    const quotes = l.pipeline('quotes', outer, inner);
    inner.open();
    for (let each = 0; each < 10; each++) await quotes.settle(good);
    expect(outer.state).toBe('closed');
  });

  it('trap 23: a rejected probe gives its place back', async () => {
    using l = lab();
    const outer = touchy({ name: 'outer' });
    const inner = circuitBreaker({ name: 'inner' });
    const quotes = l.pipeline('quotes', outer, inner);
    outer.open();
    const isolation = inner.isolate();
    await l.clock.advance(1_000);
    for (let each = 0; each < 5; each++) {
      expect(await rejection(quotes.execute(good))).toMatchObject({ policy: 'inner' });
      expect(outer.state).toBe('half-open');
    }
    isolation[Symbol.dispose]();
    expect(await quotes.execute(good)).toBe('ok');
    expect(outer.state).toBe('closed');
  });
});

/** How often a full window of that many calls touches its memory for one more call. */
const touches = (size: number): number => {
  const window = new CallWindow(size);
  for (let each = 0; each < size; each++) window.add(0, each % 2 === 0, each % 3 === 0);
  let touched = 0;
  const inside = window as unknown as { outcomes: Uint8Array };
  const { outcomes } = inside;
  inside.outcomes = new Proxy(outcomes, {
    get: (target, name) => {
      touched++;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
    set: (target, name, value) => {
      touched++;
      return Reflect.set(target, name, value, target);
    },
  });
  window.add(0, true, false);
  window.at();
  return touched;
};

/** How much there is to write about a window of time that has counted so many calls. */
const size = (calls: number): number => {
  const window = new TimeWindow(10_000);
  for (let each = 0; each < calls; each++) window.add(each / 100, true, true);
  return JSON.stringify(window).replaceAll(/\d+/g, '0').length;
};

describe('trap 28', () => {
  it('trap 28: a call costs as many steps in a window of a hundred thousand as in one of ten', () => {
    expect(touches(100_000)).toBe(touches(10));
    expect(touches(10)).toBeLessThan(10);
  });

  it('trap 28: a window of time holds its buckets, however many calls it counts', () => {
    expect(size(100_000)).toBe(size(10_000));
  });
});

const through = (snapshot: CircuitSnapshot): CircuitSnapshot =>
  JSON.parse(JSON.stringify(snapshot)) as CircuitSnapshot;

describe('trap 36', () => {
  it('trap 36: an isolated circuit is restored as an open one that the next call may probe', async () => {
    using l = lab();
    const breaker = touchy();
    breaker.isolate();
    const restored = touchy({ restore: through(breaker.snapshot()) });
    expect(restored.state).toBe('open');
    expect(await l.pipeline('quotes', restored).execute(good)).toBe('ok');
    expect(restored.state).toBe('closed');
  });

  it('trap 36: a half-open circuit is restored as an open one that the next call may probe', async () => {
    using l = lab();
    const breaker = touchy();
    const quotes = l.pipeline('quotes', breaker);
    breaker.open();
    await l.clock.advance(1_000);
    void quotes.settle(() => new Promise(() => {}));
    expect(breaker.snapshot().state).toBe('half-open');
    const restored = touchy({ restore: through(breaker.snapshot()) });
    expect(restored.state).toBe('open');
    expect(await l.pipeline('quotes', restored).execute(good)).toBe('ok');
    expect(restored.state).toBe('closed');
  });

  it('trap 36: an open circuit is restored open for what was left of its time', async () => {
    using l = lab();
    const breaker = touchy();
    breaker.open();
    await l.clock.advance(300);
    const snapshot = through(breaker.snapshot());
    expect(snapshot.remaining).toBe(700);
    await l.clock.advance(200);
    const restored = touchy({ restore: snapshot });
    const quotes = l.pipeline('quotes', restored);
    expect(await rejection(quotes.execute(good))).toMatchObject({ retryAfter: 500 });
    await l.clock.advance(500);
    expect(await quotes.execute(good)).toBe('ok');
  });

  it('trap 36: a wall clock that was set back between the two does not keep it open for longer', async () => {
    using l = lab();
    const breaker = touchy();
    breaker.open();
    const snapshot = through(breaker.snapshot());
    l.clock.stepWall(-86_400_000);
    const quotes = l.pipeline('quotes', touchy({ restore: snapshot }));
    expect(await rejection(quotes.execute(good))).toMatchObject({ retryAfter: 1_000 });
    await l.clock.advance(1_000);
    expect(await quotes.execute(good)).toBe('ok');
  });

  it('trap 36: a circuit that is open without end has a snapshot that JSON can carry', async () => {
    using l = lab();
    const breaker = touchy({ openFor: Infinity });
    breaker.open();
    const restored = touchy({ openFor: Infinity, restore: through(breaker.snapshot()) });
    const quotes = l.pipeline('quotes', restored);
    await l.clock.advance(86_400_000);
    expect(await rejection(quotes.execute(good))).toBeInstanceOf(CircuitOpenError);
    restored.close();
    expect(await quotes.execute(good)).toBe('ok');
  });

  it('trap 36: a closed circuit is restored with what its window held', async () => {
    using l = lab();
    const options = { minimumCalls: 10, consecutiveFailures: 10 };
    const breaker = circuitBreaker(options);
    const before = l.pipeline('before', breaker);
    for (let each = 0; each < 9; each++) await before.settle(bad);
    const restored = circuitBreaker({ ...options, restore: through(breaker.snapshot()) });
    expect(restored.snapshot()).toMatchObject({ calls: 9, failures: 9, consecutiveFailures: 9 });
    await l.pipeline('after', restored).settle(bad);
    expect(restored.state).toBe('open');
  });

  it('trap 36: what the window held is forgotten when the snapshot is older than the window', async () => {
    using l = lab();
    const breaker = circuitBreaker({ minimumCalls: 10 });
    const before = l.pipeline('before', breaker);
    for (let each = 0; each < 9; each++) await before.settle(bad);
    const snapshot = through(breaker.snapshot());
    await l.clock.advance(10_000);
    const restored = circuitBreaker({ minimumCalls: 10, restore: snapshot });
    expect(restored.snapshot()).toMatchObject({ calls: 0, failures: 0, consecutiveFailures: 0 });
  });

  const sound: CircuitSnapshot = {
    version: 1,
    state: 'closed',
    at: 0,
    calls: 0,
    failures: 0,
    slow: 0,
    consecutiveFailures: 0,
    openings: 0,
    openFor: 0,
    remaining: 0,
  };
  const numbers = Object.keys(sound).filter((field) => field !== 'version' && field !== 'state');

  it.each([
    null,
    {},
    [],
    'open',
    { ...sound, version: 2 },
    { ...sound, state: 'ajar' },
    ...numbers.flatMap((field) =>
      [NaN, -1, Infinity, '5', undefined].map((value) => ({ ...sound, [field]: value })),
    ),
  ])('trap 36: what is no snapshot is refused: %j', (initial) => {
    expect(() => circuitBreaker({ restore: initial as unknown as CircuitSnapshot })).toThrow(
      TypeError,
    );
  });

  it('trap 36: a snapshot of another kind is named as what is wrong', () => {
    const restore = { ...sound, version: 2 as never };
    expect(() => circuitBreaker({ restore })).toThrow(
      'circuitBreaker: expected `restore` to be what `snapshot()` returned.',
    );
    expect(circuitBreaker({ restore: sound }).state).toBe('closed');
  });
});

describe('trap 38', () => {
  it('trap 38: reconfigure keeps what the window has learnt', async () => {
    using l = lab();
    const breaker = circuitBreaker({ minimumCalls: 100, consecutiveFailures: Infinity });
    const quotes = l.pipeline('quotes', breaker);
    for (let each = 0; each < 9; each++) await quotes.settle(bad);
    breaker.reconfigure({ minimumCalls: 10 });
    expect(breaker.state).toBe('closed');
    await quotes.settle(bad);
    expect(breaker.state).toBe('open');
  });

  it.each([
    ['a longer window', { window: { duration: 60_000 } }],
    ['a window of calls', { window: { calls: 50 } }],
    ['a slow-call rule', { slowCall: { after: 100, rate: 0.5 } }],
  ])('trap 38: it is kept when the circuit gets %s', async (_name, change) => {
    using l = lab();
    const breaker = circuitBreaker({ minimumCalls: 10, consecutiveFailures: Infinity });
    const quotes = l.pipeline('quotes', breaker);
    for (let each = 0; each < 6; each++) await quotes.settle(each < 4 ? bad : good);
    breaker.reconfigure(change);
    expect(breaker.snapshot()).toMatchObject({ calls: 6, failures: 4 });
  });

  it('trap 38: what was learnt grows no younger by a change of something else', async () => {
    using l = lab();
    const breaker = circuitBreaker({ minimumCalls: 10, consecutiveFailures: Infinity });
    const quotes = l.pipeline('quotes', breaker);
    for (let each = 0; each < 9; each++) await quotes.settle(bad);
    await l.clock.advance(9_000);
    breaker.reconfigure({ failureRate: 0.4, window: { duration: 10_000 } });
    expect(breaker.snapshot()).toMatchObject({ calls: 9 });
    await l.clock.advance(1_000);
    expect(breaker.snapshot()).toMatchObject({ calls: 0 });
  });

  it('trap 38: an open circuit stays open, for as long as it was to be', async () => {
    using l = lab();
    const breaker = touchy();
    const quotes = l.pipeline('quotes', breaker);
    breaker.open();
    await l.clock.advance(400);
    breaker.reconfigure({ openFor: 60_000, failureRate: 0.9 });
    expect(breaker.state).toBe('open');
    expect(await rejection(quotes.execute(good))).toMatchObject({ retryAfter: 600 });
    await l.clock.advance(600);
    expect(await quotes.execute(good)).toBe('ok');
  });

  it('trap 38: calls under way count when they end, and probes keep their places', async () => {
    using l = lab();
    const breaker = touchy();
    const quotes = l.pipeline('quotes', breaker);
    const running = controlled();
    for (let each = 0; each < 2; each++) void quotes.settle(running);
    breaker.reconfigure({ minimumCalls: 5 });
    for (const start of running.starts) start.reject(transient());
    await jobs();
    expect(breaker.state).toBe('open');

    await l.clock.advance(1_000);
    const probe = controlled();
    void quotes.settle(probe);
    breaker.reconfigure({ failureRate: 0.2 });
    expect(await rejection(quotes.execute(good))).toBeInstanceOf(CircuitOpenError);
    probe.starts[0]!.resolve('ok');
    await jobs();
    await quotes.execute(good);
    expect(breaker.state).toBe('closed');
  });

  it('trap 38: isolation is kept', () => {
    const breaker = touchy();
    const isolation = breaker.isolate();
    breaker.reconfigure({ minimumCalls: 5 });
    expect(breaker.state).toBe('isolated');
    isolation[Symbol.dispose]();
    expect(breaker.state).toBe('closed');
  });

  it('trap 38: what cannot be is refused and changes nothing', async () => {
    using l = lab();
    const breaker = circuitBreaker({ minimumCalls: 2 });
    expect(() => breaker.reconfigure({ minimumCalls: 1, failureRate: 2 })).toThrow(RangeError);
    expect(() => breaker.reconfigure({ name: 'x' } as never)).toThrow(TypeError);
    expect(() => breaker.reconfigure({ initial: breaker.snapshot() } as never)).toThrow(TypeError);
    const quotes = l.pipeline('quotes', breaker);
    await quotes.settle(bad);
    expect(breaker.state).toBe('closed');
  });

  it('trap 38: the name and the other options stay as they were', async () => {
    using l = lab();
    const breaker = touchy({ name: 'mine', handle: (error) => (error as Error).message === 'x' });
    const quotes = l.pipeline('quotes', breaker);
    breaker.reconfigure({ failureRate: 0.9 });
    expect(breaker.name).toBe('mine');
    for (let each = 0; each < 4; each++) await quotes.settle(bad);
    expect(breaker.state).toBe('closed');
  });
});

describe('permanent answers', () => {
  it('show that the dependency is alive: they close a half-open circuit and end a streak', async () => {
    using l = lab();
    const breaker = touchy();
    const quotes = l.pipeline('quotes', breaker);
    await quotes.settle(bad);
    await quotes.settle(() => Promise.reject(permanent()));
    await quotes.settle(bad);
    expect(breaker.state).toBe('closed');
    await quotes.settle(bad);
    await l.clock.advance(1_000);
    await quotes.settle(() => Promise.reject(permanent()));
    expect(breaker.state).toBe('closed');
  });
});

describe('one circuit in several pipelines', () => {
  it('is one state: what one pipeline suffers protects the other', async () => {
    using l = lab();
    const breaker = touchy();
    const reads = l.pipeline('reads', timeout(100), breaker);
    const writes = l.pipeline('writes', breaker, retry());
    await reads.settle(bad);
    await reads.settle(bad);
    expect(await rejection(writes.execute(good))).toMatchObject({ pipeline: 'writes' });
    expect(l.seen.of('circuit.opened').map((event) => event.pipeline)).toEqual(['reads']);
    expect(l.seen.of('circuit.opened')[0]!.executionId).toBeDefined();
  });

  it('tells of what is done by hand in the pipeline in which it stands first, as long as there is one', () => {
    using l = lab();
    const breaker = touchy();
    const first = l.pipeline('first', breaker);
    l.pipeline('second', breaker);
    breaker.open();
    first[Symbol.dispose]();
    breaker.close();
    expect(l.seen.events.map(({ type, pipeline }) => [type, pipeline])).toEqual([
      ['circuit.opened', 'first'],
      ['circuit.closed', 'second'],
    ]);
  });

  it('is one opening and one transition, however many members of a keyed pipeline share it', async () => {
    using l = lab();
    const breaker = touchy();
    const hosts = l.kedge.keyed('hosts', () => [breaker]);
    for (let host = 0; host < 500; host++) await hosts.for(`h${host}`).execute(good);
    for (let each = 0; each < 2; each++) await hosts.for('h1').settle(bad);
    expect(l.seen.of('circuit.opened')).toHaveLength(1);
    expect(hosts.stats().policies[0]!.counters).toMatchObject({ closed_to_open_consecutive: 1 });
  });
});
