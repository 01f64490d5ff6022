import {
  type Backoff,
  bulkhead,
  type CircuitBreaker,
  circuitBreaker,
  type CircuitBreakerOptions,
  CircuitOpenError,
  type Pipeline,
  type Policy,
  retry,
  timeout,
  TimeoutError,
} from 'kedge';
import { scripted } from 'kedge/testing';
import { describe, expect, it, vi } from 'vitest';
import { controlled, jobs, lab, permanent, rejection, track, transient } from '../support/lab.ts';
import { gaugesOf } from '../support/laws.ts';

const bad = () => Promise.reject(transient());
const refused = (code: string) => Promise.reject(Object.assign(new Error('refused'), { code }));
const good = () => Promise.resolve('ok');
const hung = () => new Promise(() => {});
const late = (after: number) => scripted([{ value: 'ok', after }]);
type Handle = NonNullable<CircuitBreakerOptions['handle']>;

const where = { pipeline: 'quotes', policy: 'x' };

async function times(count: number, quotes: Pipeline<unknown>, operation: () => Promise<unknown>) {
  for (let each = 0; each < count; each++) await quotes.settle(operation);
}

/** Lets the breaker's time be over, and its circuit be half-open with one probe under way. */
const one = { openFor: 1_000, halfOpen: { probes: 1 } };

describe('by default', () => {
  it('a circuit opens after twenty failures in a row', async () => {
    using l = lab();
    const breaker = circuitBreaker();
    const quotes = l.pipeline('quotes', breaker);
    await times(19, quotes, bad);
    expect(breaker.state).toBe('closed');
    const error = transient('the last straw');
    await quotes.settle(() => Promise.reject(error));
    expect(breaker.state).toBe('open');
    expect(l.seen.of('circuit.opened')).toMatchObject([
      {
        from: 'closed',
        reason: 'consecutive',
        failureRate: 1,
        slowRate: 0,
        calls: 20,
        error,
        severity: 'error',
        policy: 'circuitBreaker',
        kind: 'circuitBreaker',
      },
    ]);
  });

  it('or when half of at least twenty calls of the last ten seconds have failed', async () => {
    using l = lab();
    const breaker = circuitBreaker();
    const quotes = l.pipeline('quotes', breaker);
    for (let each = 0; each < 9; each++) {
      await quotes.settle(bad);
      await quotes.settle(good);
    }
    await quotes.settle(good);
    expect(breaker.state).toBe('closed');
    await quotes.settle(bad);
    expect(breaker.state).toBe('open');
    expect(l.seen.of('circuit.opened')).toMatchObject([
      { reason: 'failure-rate', failureRate: 0.5, calls: 20 },
    ]);
  });

  it('not when failures and successes are never twenty within ten seconds', async () => {
    using l = lab();
    const breaker = circuitBreaker();
    const quotes = l.pipeline('quotes', breaker);
    for (let each = 0; each < 100; each++) {
      await quotes.settle(each % 2 === 0 ? bad : good);
      await l.clock.advance(600);
    }
    expect(breaker.state).toBe('closed');
  });

  it('is open for half a second at first, and for up to five while its probes keep failing, ± 10 %', async () => {
    using l = lab();
    const breaker = circuitBreaker({ minimumCalls: 1 });
    const quotes = l.pipeline('quotes', breaker);
    await quotes.settle(bad);
    for (let round = 0; round < 6; round++) {
      await l.clock.advance(5_500);
      await times(3, quotes, bad);
    }
    const lengths = l.seen.of('circuit.opened').map(({ openFor }) => openFor);
    const centres = [500, 1_000, 2_000, 4_000, 5_000, 5_000, 5_000];
    expect(lengths).toHaveLength(centres.length);
    for (const [round, centre] of centres.entries()) {
      expect(lengths[round]).toBeGreaterThanOrEqual(centre * 0.9);
      expect(lengths[round]).toBeLessThanOrEqual(centre * 1.1);
    }
    expect(new Set(lengths).size).toBe(lengths.length);
  });

  it('begins with short openings again after it has been closed', async () => {
    using l = lab();
    const breaker = circuitBreaker({ minimumCalls: 1 });
    const quotes = l.pipeline('quotes', breaker);
    await quotes.settle(bad);
    await l.clock.advance(550);
    await times(3, quotes, bad);
    await l.clock.advance(1_100);
    await times(3, quotes, good);
    expect(breaker.state).toBe('closed');
    await quotes.settle(bad);
    expect(l.seen.of('circuit.opened').at(-1)!.openFor).toBeLessThanOrEqual(550);
  });

  it('lets three probes in, and takes their place away after thirty seconds', async () => {
    using l = lab();
    const breaker = circuitBreaker();
    const quotes = l.pipeline('quotes', breaker);
    breaker.open();
    await l.clock.advance(5_500);
    const probes = controlled();
    for (let each = 0; each < 5; each++) void quotes.settle(probes);
    expect(probes.starts).toHaveLength(3);
    await l.clock.advance(29_999);
    await quotes.settle(good);
    expect(breaker.state).toBe('half-open');
    await l.clock.advance(1);
    await quotes.settle(good);
    expect(breaker.state).toBe('open');
  });
});

describe('failureRate and minimumCalls', () => {
  it.each([
    [0.07, 100, 7],
    [0.28, 25, 7],
    [0.3, 10, 3],
    [0.5, 20, 10],
    [1, 5, 5],
    [1 / 3, 3, 1],
  ])(
    'of %f opens at exactly that share: of %i calls at %i',
    async (failureRate, calls, failures) => {
      using l = lab();
      const breaker = circuitBreaker({
        failureRate,
        minimumCalls: calls,
        consecutiveFailures: Infinity,
      });
      const quotes = l.pipeline('quotes', breaker);
      await times(calls - failures, quotes, good);
      await times(failures - 1, quotes, bad);
      expect(breaker.state).toBe('closed');
      await quotes.settle(bad);
      expect(breaker.state).toBe('open');
    },
  );

  it('a success can be the call that makes the minimum', async () => {
    using l = lab();
    const breaker = circuitBreaker({ minimumCalls: 10, consecutiveFailures: Infinity });
    const quotes = l.pipeline('quotes', breaker);
    await times(9, quotes, bad);
    expect(breaker.state).toBe('closed');
    await quotes.settle(good);
    expect(breaker.state).toBe('open');
    expect(l.seen.of('circuit.opened')).toMatchObject([{ failureRate: 0.9, error: undefined }]);
  });
});

describe('window', () => {
  it('of calls counts the last so many, however long ago', async () => {
    using l = lab();
    const breaker = circuitBreaker({
      window: { calls: 4 },
      minimumCalls: 4,
      consecutiveFailures: Infinity,
    });
    const quotes = l.pipeline('quotes', breaker);
    for (const operation of [bad, good, good, good, bad]) {
      await quotes.settle(operation);
      await l.clock.advance(86_400_000);
      expect(breaker.state).toBe('closed');
    }
    await quotes.settle(bad);
    expect(breaker.state).toBe('open');
  });

  it('of fewer calls than twenty lowers the minimum with it', async () => {
    using l = lab();
    const breaker = circuitBreaker({ window: { calls: 5 } });
    const quotes = l.pipeline('quotes', breaker);
    await times(4, quotes, bad);
    expect(breaker.state).toBe('closed');
    await quotes.settle(bad);
    expect(breaker.state).toBe('open');
  });

  it('of time has the length that it is given', async () => {
    using l = lab();
    const breaker = circuitBreaker({
      window: { duration: 1_000 },
      minimumCalls: 2,
      consecutiveFailures: Infinity,
    });
    const quotes = l.pipeline('quotes', breaker);
    await quotes.settle(bad);
    await l.clock.advance(1_000);
    await quotes.settle(bad);
    expect(breaker.state).toBe('closed');
    await l.clock.advance(500);
    await quotes.settle(bad);
    expect(breaker.state).toBe('open');
  });
});

describe('consecutiveFailures', () => {
  it('opens on a streak long before the rate does', async () => {
    using l = lab();
    const breaker = circuitBreaker({ consecutiveFailures: 3, failureRate: 0.9 });
    const quotes = l.pipeline('quotes', breaker);
    await times(100, quotes, good);
    await times(2, quotes, bad);
    expect(breaker.state).toBe('closed');
    await quotes.settle(bad);
    expect(breaker.state).toBe('open');
    expect(l.seen.of('circuit.opened')).toMatchObject([{ reason: 'consecutive', calls: 103 }]);
  });

  it('begins anew with every success, and with every rest that is longer than the window', async () => {
    using l = lab();
    const breaker = circuitBreaker({ consecutiveFailures: 3, minimumCalls: 100 });
    const quotes = l.pipeline('quotes', breaker);
    await times(2, quotes, bad);
    await quotes.settle(good);
    await times(2, quotes, bad);
    await l.clock.advance(10_001);
    await times(2, quotes, bad);
    expect(breaker.state).toBe('closed');
    await l.clock.advance(10_000);
    await quotes.settle(bad);
    expect(breaker.state).toBe('open');
  });

  it('counts in the order of sending: a late success of before the row does not end it', async () => {
    using l = lab();
    const breaker = circuitBreaker({ consecutiveFailures: 3, minimumCalls: 100 });
    const quotes = l.pipeline('quotes', breaker);
    const early = controlled();
    void quotes.settle(early);
    await l.clock.advance(10);
    await times(2, quotes, bad);
    early.starts[0]!.resolve('late');
    await jobs();
    expect(breaker.snapshot().consecutiveFailures).toBe(2);
    await quotes.settle(bad);
    expect(breaker.state).toBe('open');
  });

  it('does not count failures that were sent before the latest success was', async () => {
    using l = lab();
    const breaker = circuitBreaker({ consecutiveFailures: 3, minimumCalls: 100 });
    const quotes = l.pipeline('quotes', breaker);
    const early = controlled();
    for (let each = 0; each < 5; each++) void quotes.settle(early);
    await l.clock.advance(10);
    await quotes.settle(good);
    for (const start of early.starts) start.reject(transient());
    await jobs();
    expect(breaker.snapshot()).toMatchObject({ failures: 5, consecutiveFailures: 0 });
    expect(breaker.state).toBe('closed');
  });

  it('of Infinity is off', async () => {
    using l = lab();
    const breaker = circuitBreaker({ consecutiveFailures: Infinity, minimumCalls: 1_000 });
    await times(500, l.pipeline('quotes', breaker), bad);
    expect(breaker.state).toBe('closed');
  });

  it('is twenty unless it is given, whatever the minimum of calls is', async () => {
    using l = lab();
    const breaker = circuitBreaker({ minimumCalls: 4, failureRate: 0.9 });
    const quotes = l.pipeline('quotes', breaker);
    await times(1_000, quotes, good);
    await times(19, quotes, bad);
    expect(breaker.state).toBe('closed');
    await quotes.settle(bad);
    expect(l.seen.of('circuit.opened')).toMatchObject([
      { reason: 'consecutive', consecutiveFailures: 20, calls: 1_020 },
    ]);
  });

  it('counts in half-open too, where the rate alone would go on', async () => {
    using o = await opened(10, { failureRate: 1, consecutiveFailures: 3 });
    await o.quotes.settle(good);
    await times(2, o.quotes, bad);
    expect(o.breaker.state).toBe('half-open');
    await o.quotes.settle(bad);
    expect(o.l.seen.of('circuit.opened').at(-1)).toMatchObject({
      from: 'half-open',
      reason: 'consecutive',
      consecutiveFailures: 3,
      calls: 4,
    });
  });
});

describe('slowCall', () => {
  const slow = { slowCall: { after: 100, rate: 0.5 }, minimumCalls: 4 };

  it('is off by default', async () => {
    using l = lab();
    const breaker = circuitBreaker({ minimumCalls: 1 });
    const call = l.pipeline('quotes', breaker).execute(late(1e9));
    await l.clock.advance(1e9);
    await call;
    expect(breaker.state).toBe('closed');
  });

  it('opens on calls that took longer, not on those that took as long', async () => {
    using l = lab();
    const breaker = circuitBreaker(slow);
    const quotes = l.pipeline('quotes', breaker);
    for (let each = 0; each < 8; each++) void quotes.settle(late(99));
    await l.clock.advance(99);
    expect(breaker.state).toBe('closed');
    const other = circuitBreaker(slow);
    const slower = l.pipeline('slower', other);
    for (let each = 0; each < 8; each++) void slower.settle(late(101));
    await l.clock.advance(101);
    expect(other.state).toBe('open');
    expect(l.seen.of('circuit.opened')).toMatchObject([{ reason: 'slow-rate', slowRate: 1 }]);
  });

  it('counts calls that still run', async () => {
    using l = lab();
    const breaker = circuitBreaker(slow);
    const quotes = l.pipeline('quotes', breaker);
    await times(2, quotes, good);
    void quotes.settle(() => new Promise(() => {}));
    await l.clock.advance(101);
    expect(breaker.state).toBe('closed');
    void quotes.settle(() => new Promise(() => {}));
    await l.clock.advance(100);
    expect(breaker.state).toBe('open');
    expect(l.seen.of('circuit.opened')).toMatchObject([
      { reason: 'slow-rate', slowRate: 0.5, calls: 2, error: undefined },
    ]);
    expect(l.seen.of('circuit.opened')[0]!.executionId).toBeDefined();
  });

  it('counts each of them once, also after it has ended', async () => {
    using l = lab();
    const breaker = circuitBreaker({ slowCall: { after: 100, rate: 1 }, minimumCalls: 3 });
    const quotes = l.pipeline('quotes', breaker);
    for (let each = 0; each < 2; each++) void quotes.settle(late(150));
    await l.clock.advance(1_000);
    expect(breaker.state).toBe('closed');
    expect(breaker.snapshot()).toMatchObject({ calls: 2, slow: 2 });
  });

  it('a slow failure is a failure too, and a cancelled slow call is nothing', async () => {
    using l = lab();
    const breaker = circuitBreaker({ slowCall: { after: 100, rate: 1 }, minimumCalls: 5 });
    const quotes = l.pipeline('quotes', breaker);
    void quotes.settle(scripted([{ error: transient(), after: 150 }]));
    const controller = new AbortController();
    void quotes.settle(() => new Promise(() => {}), { signal: controller.signal });
    await l.clock.advance(150);
    controller.abort();
    await jobs();
    expect(breaker.snapshot()).toMatchObject({ calls: 1, failures: 1, slow: 1 });
    expect(l.clock.timers).toBe(0);
  });

  it('a slow probe is no sign of health', async () => {
    using l = lab();
    const breaker = circuitBreaker({ ...slow, ...one });
    const quotes = l.pipeline('quotes', breaker);
    breaker.open();
    await l.clock.advance(1_000);
    const call = quotes.execute(late(150));
    await l.clock.advance(150);
    expect(await call).toBe('ok');
    expect(breaker.state).toBe('open');
  });

  it('shows its rate in the gauges', async () => {
    using l = lab();
    const breaker = circuitBreaker({ slowCall: { after: 100, rate: 1 }, minimumCalls: 2 });
    const quotes = l.pipeline('quotes', breaker);
    await quotes.execute(good);
    void quotes.settle(() => new Promise(() => {}));
    await l.clock.advance(101);
    expect(gaugesOf(quotes, 'circuitBreaker')).toMatchObject({ slow_rate: 0.5 });
    expect(gaugesOf(quotes, 'circuitBreaker')).not.toHaveProperty('failure_rate');
  });
});

describe('openFor', () => {
  it('of a number is exact', async () => {
    using l = lab();
    const breaker = circuitBreaker({ openFor: 1_000, minimumCalls: 1 });
    const quotes = l.pipeline('quotes', breaker);
    await quotes.settle(bad);
    await l.clock.advance(999);
    expect(await rejection(quotes.execute(good))).toMatchObject({ retryAfter: 1 });
    await l.clock.advance(1);
    expect(await quotes.execute(good)).toBe('ok');
  });

  it('of a rule is asked with the openings in a row, the error and the length before', async () => {
    using l = lab();
    const openFor = vi.fn<Backoff>((opening) => opening * 100);
    const breaker = circuitBreaker({ openFor, minimumCalls: 1, halfOpen: { probes: 1 } });
    const quotes = l.pipeline('quotes', breaker);
    const errors = [transient('1'), transient('2'), transient('3')];
    for (const error of errors) {
      await quotes.settle(() => Promise.reject(error));
      await l.clock.advance(1_000);
    }
    expect(openFor.mock.calls).toEqual([
      [1, errors[0], 0],
      [2, errors[1], 100],
      [3, errors[2], 200],
    ]);
  });

  it('of Infinity stays open until it is closed by hand', async () => {
    using l = lab();
    const breaker = circuitBreaker({ openFor: Infinity, minimumCalls: 1 });
    const quotes = l.pipeline('quotes', breaker);
    await quotes.settle(bad);
    await l.clock.advance(1e12);
    expect(await rejection(quotes.execute(good))).toMatchObject({ retryAfter: Infinity });
    breaker.close();
    expect(await quotes.execute(good)).toBe('ok');
  });

  it('reading the state does not change it: an open circuit whose time is over is open until it is called', async () => {
    using l = lab();
    const breaker = circuitBreaker({ openFor: 1_000 });
    const quotes = l.pipeline('quotes', breaker);
    breaker.open();
    await l.clock.advance(10_000);
    expect(breaker.state).toBe('open');
    expect(breaker.snapshot()).toMatchObject({ state: 'open', remaining: 0 });
    expect(quotes.stats().policies[0]!.gauges).toMatchObject({ open: 1, half_open: 0 });
    void quotes.settle(() => new Promise(() => {}));
    expect(breaker.state).toBe('half-open');
    expect(quotes.stats().policies[0]!.gauges).toMatchObject({ open: 0, half_open: 1 });
  });
});

/** A circuit that opened while so many calls ran. */
const opened = async (running: number, options: CircuitBreakerOptions = {}) => {
  const l = lab();
  const breaker = circuitBreaker({ openFor: 1_000, halfOpen: { probes: 3 }, ...options });
  const quotes = l.pipeline('quotes', breaker);
  for (let each = 0; each < running; each++) void quotes.settle(() => new Promise(() => {}));
  breaker.open();
  await l.clock.advance(1_000);
  return { l, breaker, quotes, [Symbol.dispose]: () => l[Symbol.dispose]() };
};

describe('half-open', () => {
  it('closes when as many probes have ended well as it lets in at first, where little ran before', async () => {
    using o = await opened(0);
    await times(2, o.quotes, good);
    expect(o.breaker.state).toBe('half-open');
    await o.quotes.settle(good);
    expect(o.breaker.state).toBe('closed');
    expect(o.l.seen.of('circuit.half-opened')).toMatchObject([{ from: 'open', severity: 'info' }]);
    expect(o.l.seen.of('circuit.closed')).toMatchObject([{ from: 'half-open', severity: 'warn' }]);
  });

  it('starts slowly: each success lets one more in at a time, until as many run as ran before', async () => {
    using o = await opened(10);
    const probes = controlled();
    const allowed: number[] = [];
    for (let ended = 0; o.breaker.state !== 'closed'; ended++) {
      // As many as get in.
      for (let each = 0; each < 20; each++) void o.quotes.settle(probes);
      allowed.push(probes.starts.length - ended);
      probes.starts[ended]!.resolve('ok');
      await jobs();
    }
    expect(allowed).toEqual([3, 4, 5, 6, 7, 8, 9]);
    expect(o.breaker.state).toBe('closed');
  });

  it('lets `growth` more in at a time by each success', async () => {
    using o = await opened(10, { halfOpen: { probes: 1, growth: 4 } });
    const probes = controlled();
    const allowed: number[] = [];
    for (let ended = 0; o.breaker.state !== 'closed'; ended++) {
      for (let each = 0; each < 20; each++) void o.quotes.settle(probes);
      allowed.push(probes.starts.length - ended);
      probes.starts[ended]!.resolve('ok');
      await jobs();
    }
    expect(allowed).toEqual([1, 5, 9]);
  });

  it('asks for no more than sixty-four at once, however many ran before', async () => {
    using o = await opened(500);
    let successes = 0;
    while (o.breaker.state !== 'closed') {
      await o.quotes.settle(good);
      successes++;
    }
    expect(successes).toBe(61);
  });

  it('opens again as soon as the failures cannot be outweighed by the probes that are out', async () => {
    using o = await opened(0, { failureRate: 0.5, halfOpen: { probes: 4 } });
    const probes = controlled();
    for (let each = 0; each < 4; each++) void o.quotes.settle(probes);
    probes.starts[0]!.reject(transient());
    await jobs();
    expect(o.breaker.state).toBe('half-open');
    probes.starts[1]!.reject(transient());
    await jobs();
    expect(o.breaker.state).toBe('open');
    expect(o.l.seen.of('circuit.opened').at(-1)).toMatchObject({
      from: 'half-open',
      reason: 'probe-failed',
    });
  });

  it('bears failures below the rate', async () => {
    using o = await opened(0, { failureRate: 0.5 });
    await o.quotes.settle(good);
    await o.quotes.settle(bad);
    expect(o.breaker.state).toBe('half-open');
    await o.quotes.settle(good);
    expect(o.breaker.state).toBe('closed');
  });

  it('rejects with what opened it as the cause', async () => {
    using l = lab();
    const error = transient('the cause');
    const breaker = circuitBreaker({ minimumCalls: 1, openFor: 1_000 });
    const quotes = l.pipeline('quotes', breaker);
    await quotes.settle(() => Promise.reject(error));
    const rejected = (await rejection(quotes.execute(good))) as CircuitOpenError;
    expect(rejected).toBeInstanceOf(CircuitOpenError);
    expect(rejected.cause).toBe(error);
    expect(rejected.message).toBe('quotes: circuitBreaker is open; try again in 1000 ms');
    expect(l.seen.of('call.rejected')).toMatchObject([
      { reason: 'circuit-open', retryAfter: 1_000, severity: 'debug', policy: 'circuitBreaker' },
    ]);
    expect(quotes.stats().policies[0]!.counters).toMatchObject({ rejected_circuit_open: 1 });
  });

  it('begins with an empty window when it has closed', async () => {
    using o = await opened(0, { consecutiveFailures: Infinity, minimumCalls: 2 });
    await o.quotes.settle(bad);
    o.breaker.close();
    expect(o.breaker.snapshot()).toMatchObject({ calls: 0, failures: 0, openings: 0 });
  });
});

describe('handle', () => {
  it.each([
    ['a lost connection', transient(), 1, 1],
    ['what nobody knows', new Error('?'), 1, 1],
    ['a timeout', new TimeoutError(where, 1), 1, 1],
    ['an overload', Object.assign(new Error('x'), { status: 503 }), 1, 1],
    ['a thrown text', 'failed', 1, 1],
    ['a permanent answer', permanent(), 1, 0],
    ['a unique violation', Object.assign(new Error('x'), { code: '23505' }), 1, 0],
    ["a programmer's bug", new TypeError('x is not a function'), 0, 0],
    ["an abort of the operation's own", new DOMException('x', 'AbortError'), 0, 0],
    ['a rejection by another circuit', new CircuitOpenError(where, 1), 0, 0],
  ])('by default counts %s', async (_name, error, calls, failures) => {
    using l = lab();
    const breaker = circuitBreaker({ minimumCalls: 100 });
    await l.pipeline('quotes', breaker).settle(() => Promise.reject(error));
    expect(breaker.snapshot()).toMatchObject({ calls, failures });
  });

  it('can be chosen: what it denies is a sign of life', async () => {
    using l = lab();
    const handle = vi.fn<Handle>((error) => (error as Error).message === 'counts');
    const breaker = circuitBreaker({ minimumCalls: 100, handle });
    const quotes = l.pipeline('quotes', breaker);
    const error = permanent('counts');
    await quotes.settle(() => Promise.reject(error), { key: 'k' });
    await quotes.settle(bad);
    expect(breaker.snapshot()).toMatchObject({ calls: 2, failures: 1, consecutiveFailures: 0 });
    expect(handle.mock.calls[0]).toMatchObject([error, { key: 'k', attempt: 1 }]);
  });
});

describe('handleResult', () => {
  it('is off by default, and otherwise names values that count as failures', async () => {
    using l = lab();
    const plain = circuitBreaker({ minimumCalls: 2 });
    await times(5, l.pipeline('plain', plain), () => Promise.resolve({ status: 503 }));
    expect(plain.state).toBe('closed');
    const breaker = circuitBreaker({
      minimumCalls: 2,
      handleResult: (value) => (value as { status: number }).status >= 500,
    });
    const quotes = l.pipeline('quotes', breaker);
    expect(await quotes.execute(() => Promise.resolve({ status: 503 }))).toEqual({ status: 503 });
    expect(breaker.snapshot()).toMatchObject({ calls: 1, failures: 1 });
    await quotes.execute(() => Promise.resolve({ status: 503 }));
    expect(breaker.state).toBe('open');
    expect(l.seen.of('circuit.opened')).toMatchObject([{ error: undefined }]);
  });

  it('takes any value that is as good as true, as everywhere', async () => {
    using l = lab();
    const breaker = circuitBreaker({ minimumCalls: 9, handleResult: () => 'yes' as never });
    await l.pipeline('quotes', breaker).execute(good);
    expect(breaker.snapshot()).toMatchObject({ failures: 1 });
  });
});

describe('by hand', () => {
  it('open() opens as if it had tripped', async () => {
    using l = lab();
    const breaker = circuitBreaker({ openFor: 1_000 });
    const quotes = l.pipeline('quotes', breaker);
    breaker.open();
    expect(breaker.state).toBe('open');
    expect(await rejection(quotes.execute(good))).toMatchObject({ retryAfter: 1_000 });
    expect(l.seen.of('circuit.opened')).toMatchObject([
      { from: 'closed', reason: 'manual', openFor: 1_000, error: undefined },
    ]);
    expect(l.seen.of('circuit.opened')[0]).not.toHaveProperty('executionId');
    await l.clock.advance(1_000);
    await times(3, quotes, good);
    expect(breaker.state).toBe('closed');
  });

  it('close() closes at once', async () => {
    using l = lab();
    const breaker = circuitBreaker({ minimumCalls: 1 });
    const quotes = l.pipeline('quotes', breaker);
    await quotes.settle(bad);
    breaker.close();
    expect(breaker.state).toBe('closed');
    expect(await quotes.execute(good)).toBe('ok');
    breaker.close();
    expect(l.seen.of('circuit.closed')).toMatchObject([{ from: 'open' }]);
  });

  it('isolate() lets nothing through until it is disposed', async () => {
    using l = lab();
    const breaker = circuitBreaker();
    const quotes = l.pipeline('quotes', breaker);
    const isolation = breaker.isolate();
    expect(breaker.state).toBe('isolated');
    await l.clock.advance(1e9);
    const error = await rejection(quotes.execute(good));
    expect(error).toMatchObject({
      retryAfter: Infinity,
      message: 'quotes: circuitBreaker is isolated',
    });
    breaker.open();
    expect(breaker.state).toBe('isolated');
    isolation[Symbol.dispose]();
    expect(breaker.state).toBe('closed');
    expect(l.seen.of('circuit.isolated')).toMatchObject([{ from: 'closed', severity: 'warn' }]);
    expect(l.seen.of('circuit.closed')).toMatchObject([{ from: 'isolated' }]);
    expect(l.seen.of('circuit.opened')).toEqual([]);
  });

  it('of several isolations the last one ends it, each counted once', () => {
    using l = lab();
    const breaker = circuitBreaker();
    l.pipeline('quotes', breaker);
    const [first, second] = [breaker.isolate(), breaker.isolate()];
    first[Symbol.dispose]();
    first[Symbol.dispose]();
    expect(breaker.state).toBe('isolated');
    second[Symbol.dispose]();
    expect(breaker.state).toBe('closed');
    expect(l.seen.of('circuit.isolated')).toHaveLength(1);
  });

  it('close() ends every isolation, and their handles end no later one', () => {
    using l = lab();
    expect(l.clock.now).toBe(0);
    const breaker = circuitBreaker();
    const before = breaker.isolate();
    breaker.close();
    expect(breaker.state).toBe('closed');
    const after = breaker.isolate();
    before[Symbol.dispose]();
    expect(breaker.state).toBe('isolated');
    after[Symbol.dispose]();
    expect(breaker.state).toBe('closed');
  });

  it('works before the breaker stands in any pipeline', async () => {
    using l = lab();
    const breaker = circuitBreaker();
    breaker.open();
    expect(await rejection(l.pipeline('quotes', breaker).execute(good))).toBeInstanceOf(
      CircuitOpenError,
    );
  });
});

describe('snapshot', () => {
  it('is plain data with all that another process needs', async () => {
    using l = lab();
    const breaker = circuitBreaker({ openFor: 1_000, halfOpen: { probes: 1 } });
    const quotes = l.pipeline('quotes', breaker);
    await times(3, quotes, bad);
    await quotes.settle(good);
    await quotes.settle(bad);
    const snapshot = breaker.snapshot();
    expect(snapshot).toEqual({
      version: 1,
      state: 'closed',
      at: 1_700_000_000_000,
      calls: 5,
      failures: 4,
      slow: 0,
      consecutiveFailures: 1,
      openings: 0,
      openFor: 0,
      remaining: 0,
    });
    expect(JSON.parse(JSON.stringify(snapshot))).toEqual(snapshot);
  });

  it('restores the count of openings, so that they go on growing', async () => {
    using l = lab();
    const openFor = vi.fn<Backoff>((opening) => opening * 1_000);
    const before = circuitBreaker({ openFor });
    before.open();
    before.open();
    const breaker = circuitBreaker({ openFor, restore: before.snapshot() });
    const quotes = l.pipeline('quotes', breaker);
    await l.clock.advance(2_000);
    await times(3, quotes, bad);
    expect(openFor.mock.lastCall).toMatchObject([3, expect.anything(), 2_000]);
  });
});

describe('transitions', () => {
  it('are counted by from, to and reason, and reported with the call that caused them', async () => {
    using l = lab();
    const breaker: CircuitBreaker = circuitBreaker({ minimumCalls: 1, ...one });
    const quotes = l.pipeline('quotes', breaker);
    await quotes.settle(bad, { key: 'k' });
    await l.clock.advance(1_000);
    await quotes.settle(bad);
    await l.clock.advance(1_000);
    await quotes.settle(good);
    breaker.isolate()[Symbol.dispose]();
    const counted = Object.entries(quotes.stats().policies[0]!.counters).filter(
      ([, count]) => count > 0,
    );
    expect(Object.fromEntries(counted)).toEqual({
      not_closed_ms: 2_000,
      closed_to_open_failure_rate: 1,
      open_to_half_open_elapsed: 2,
      half_open_to_open_probe_failed: 1,
      half_open_to_closed_recovered: 1,
      closed_to_isolated_manual: 1,
      isolated_to_closed_manual: 1,
    });
    const [opened] = l.seen.of('circuit.opened');
    const [failed] = l.seen.of('execution.failed');
    expect(opened).toMatchObject({ key: 'k', executionId: failed!.executionId });
    expect(l.seen.types().indexOf('circuit.opened')).toBeLessThan(
      l.seen.types().indexOf('execution.failed'),
    );
  });

  it('are told to a breaker with a name of its own under that name', async () => {
    using l = lab();
    const breaker = circuitBreaker({ name: 'guard', minimumCalls: 1 });
    expect(breaker.name).toBe('guard');
    await l.pipeline('quotes', breaker).settle(bad);
    expect(l.seen.of('circuit.opened')).toMatchObject([
      { policy: 'guard', kind: 'circuitBreaker' },
    ]);
  });
});

describe('a call under a breaker', () => {
  it('gives its permit back when a timeout outside ends it', async () => {
    using l = lab();
    const breaker = circuitBreaker({ minimumCalls: 100, ...one });
    const quotes = l.pipeline('quotes', timeout(50), breaker);
    const call = track(quotes.execute(() => new Promise(() => {})));
    await l.clock.advance(50);
    expect(call.reason).toBeInstanceOf(TimeoutError);
    expect(breaker.snapshot()).toMatchObject({ calls: 1, failures: 1 });
    breaker.open();
    await l.clock.advance(1_000);
    void quotes.settle(() => new Promise(() => {}));
    await l.clock.advance(50);
    expect(breaker.state).toBe('open');
    await l.clock.advance(1_000);
    expect(await quotes.execute(good)).toBe('ok');
    expect(breaker.state).toBe('closed');
  });

  it('that throws at once counts like one that rejects', async () => {
    using l = lab();
    const breaker = circuitBreaker({ minimumCalls: 2 });
    const quotes = l.pipeline('quotes', breaker);
    for (let each = 0; each < 2; each++) {
      await quotes.settle(() => {
        throw transient();
      });
    }
    expect(breaker.state).toBe('open');
  });
});

describe('reconfigure', () => {
  it('gives a slow call the length that holds when it begins', async () => {
    using l = lab();
    const breaker = circuitBreaker({ slowCall: { after: 1_000, rate: 0.5 }, minimumCalls: 2 });
    const quotes = l.pipeline('quotes', breaker);
    void quotes.settle(hung);
    breaker.reconfigure({ slowCall: { after: 100, rate: 0.5 } });
    for (let each = 0; each < 2; each++) void quotes.settle(hung);
    await l.clock.advance(99);
    expect(breaker.state).toBe('closed');
    await l.clock.advance(1);
    expect(breaker.state).toBe('open');
  });

  it('judges by the new window', async () => {
    using l = lab();
    const breaker = circuitBreaker({ consecutiveFailures: Infinity, minimumCalls: 2 });
    const quotes = l.pipeline('quotes', breaker);
    await times(20, quotes, good);
    breaker.reconfigure({ window: { calls: 3 } });
    await times(2, quotes, bad);
    expect(breaker.state).toBe('open');
  });
});

/** A circuit that is open for a second, and pipelines that wait for it and that do not. */
const waitedFor = () => {
  vi.spyOn(Math, 'random').mockReturnValue(0.5);
  const l = lab();
  const breaker = circuitBreaker({ ...one, openFor: 1_000 });
  const waiting = l.pipeline('waiting', timeout(60_000), retry(), breaker);
  const probing = l.pipeline('probing', breaker);
  breaker.open();
  return { l, breaker, waiting, probing, [Symbol.dispose]: () => l[Symbol.dispose]() };
};

describe('a circuit that others wait for', () => {
  it('lets them in at once when it was closed by hand, whatever its time was', async () => {
    using o = waitedFor();
    const call = track(o.waiting.execute(good));
    await o.l.clock.advance(500);
    o.breaker.reconfigure({ openFor: 20_000 });
    o.breaker.open();
    o.breaker.close();
    await o.l.clock.advance(1_000);
    expect(call.value).toBe('ok');
  });

  it('lets them in at once when it is half-open and has a place', async () => {
    using o = waitedFor();
    o.breaker.reconfigure({ halfOpen: { probes: 2 } });
    const call = track(o.waiting.execute(good));
    await o.l.clock.advance(1_200);
    void o.probing.settle(() => new Promise(() => {}));
    expect(o.breaker.state).toBe('half-open');
    await o.l.clock.advance(300);
    expect(call.value).toBe('ok');
  });

  it('lets them wait on while it is half-open without a place', async () => {
    using o = waitedFor();
    const operation = controlled();
    const call = track(o.waiting.execute(good));
    await o.l.clock.advance(1_200);
    const probe = track(o.probing.execute(operation));
    await o.l.clock.advance(400);
    expect(call.state).toBe('pending');
    operation.starts[0]!.resolve('well');
    await o.l.clock.advance(700);
    expect([probe.value, call.value]).toEqual(['well', 'ok']);
  });
});

describe('what a circuit remembers', () => {
  it('is how many calls ran when it opened, and not those that had ended', async () => {
    using l = lab();
    const breaker = circuitBreaker({ openFor: 1_000 });
    const quotes = l.pipeline('quotes', breaker);
    await times(50, quotes, good);
    breaker.open();
    await l.clock.advance(1_000);
    await times(3, quotes, good);
    expect(breaker.state).toBe('closed');
  });

  it('is how many calls ran before, also after its first probes have failed', async () => {
    using o = await opened(10);
    await times(3, o.quotes, bad);
    expect(o.breaker.state).toBe('open');
    await o.l.clock.advance(5_000);
    await times(6, o.quotes, good);
    expect(o.breaker.state).toBe('half-open');
    await o.quotes.settle(good);
    expect(o.breaker.state).toBe('closed');
  });

  it('is when the latest success was sent, whatever earlier one ends after it', async () => {
    using l = lab();
    const breaker = circuitBreaker({ consecutiveFailures: 1, minimumCalls: 100 });
    const quotes = l.pipeline('quotes', breaker);
    const operation = controlled();
    for (let each = 0; each < 3; each++) {
      void quotes.settle(operation);
      await l.clock.advance(10);
    }
    operation.starts[2]!.resolve('latest');
    await jobs();
    operation.starts[0]!.resolve('early and late');
    await jobs();
    operation.starts[1]!.reject(transient());
    await jobs();
    expect(breaker.state).toBe('closed');
  });

  it('is what opened it, and not why a probe was called off', async () => {
    using l = lab();
    const cause = transient('the cause');
    const breaker = circuitBreaker({ minimumCalls: 1, ...one });
    const quotes = l.pipeline('quotes', breaker);
    await quotes.settle(() => Promise.reject(cause));
    await l.clock.advance(1_000);
    const caller = new AbortController();
    void quotes.settle(hung, { signal: caller.signal });
    caller.abort(new Error('called off'));
    await jobs();
    void quotes.settle(hung);
    const rejected = (await rejection(quotes.execute(good))) as CircuitOpenError;
    expect(rejected.cause).toBe(cause);
  });

  it('is, of calls through policies of one’s own, when they end', async () => {
    using l = lab();
    const own: Policy = {
      kind: 'own',
      name: 'own',
      apply: (next) => (execution) => next(execution),
    };
    const breaker = circuitBreaker({ consecutiveFailures: 3, minimumCalls: 100 });
    const direct = l.pipeline('direct', breaker);
    const wrapped = l.pipeline('wrapped', breaker, own);
    await l.clock.advance(10);
    await direct.settle(good);
    await l.clock.advance(10);
    await times(2, wrapped, bad);
    expect(breaker.snapshot().consecutiveFailures).toBe(2);
    await times(1, wrapped, bad);
    expect(breaker.state).toBe('open');
  });
});

describe('probes', () => {
  it('that fail now and then are borne while enough others are out or have ended well', async () => {
    using o = await opened(10, { failureRate: 0.25, halfOpen: { probes: 2 } });
    const probes = controlled();
    await times(2, o.quotes, good);
    for (let each = 0; each < 4; each++) void o.quotes.settle(probes);
    probes.starts[0]!.reject(transient());
    await jobs();
    expect(o.breaker.state).toBe('half-open');
  });

  it('whose errors `handle` denies are signs of life', async () => {
    using o = await opened(0, { halfOpen: { probes: 1 }, handle: () => false });
    await o.quotes.settle(bad);
    expect(o.breaker.state).toBe('closed');
  });
});

describe('what says nothing about the dependency', () => {
  it.each<[string, () => Promise<unknown>]>([
    ['a refusal by another copy of kedge', () => refused('KEDGE_CIRCUIT_OPEN')],
    ['a bug', () => Promise.reject(new TypeError('x is not a function'))],
  ])('is not counted: %s', async (_what, operation) => {
    using l = lab();
    const breaker = circuitBreaker();
    await l.pipeline('quotes', breaker).settle(operation);
    expect(breaker.snapshot()).toMatchObject({ calls: 0, failures: 0 });
  });

  it('is not counted: a time that ran out in a queue in front of it', async () => {
    using l = lab();
    const breaker = circuitBreaker({ minimumCalls: 100 });
    const limit = bulkhead({ maxConcurrent: 1, maxQueued: 1 });
    void l.pipeline('others', limit).settle(() => new Promise(() => {}));
    const call = track(l.pipeline('quotes', breaker, timeout(100), limit).execute(good));
    await l.clock.advance(100);
    expect(call.reason).toBeInstanceOf(TimeoutError);
    expect(breaker.snapshot()).toMatchObject({ calls: 0, failures: 0 });
  });

  it('is not counted: a value that `handleResult` throws at', async () => {
    using l = lab();
    const mistake = new Error('no such field');
    const breaker = circuitBreaker({
      handleResult: () => {
        throw mistake;
      },
    });
    expect(await rejection(l.pipeline('quotes', breaker).execute(good))).toBe(mistake);
    expect(breaker.snapshot()).toMatchObject({ calls: 0, failures: 0 });
  });
});

describe('a rule for `openFor` that throws', () => {
  const mistake = new Error('no idea');
  const throwing = (): never => {
    throw mistake;
  };

  it('is told to the call that would have opened the circuit anew', async () => {
    using l = lab();
    const breaker = circuitBreaker({ openFor: 1_000, halfOpen: { probes: 1, leaseFor: 50 } });
    const quotes = l.pipeline('quotes', breaker);
    breaker.open();
    breaker.reconfigure({ openFor: throwing });
    await l.clock.advance(1_000);
    void quotes.settle(() => new Promise(() => {}));
    await l.clock.advance(50);
    expect(await rejection(quotes.execute(good))).toBe(mistake);
  });

  it('is told to a slow call when it ends, which is counted once', async () => {
    using l = lab();
    const breaker = circuitBreaker({
      slowCall: { after: 100, rate: 0.5 },
      minimumCalls: 2,
      openFor: throwing,
    });
    const quotes = l.pipeline('quotes', breaker);
    await quotes.execute(good);
    const call = track(quotes.execute(late(150)));
    await l.clock.advance(150);
    expect(call.reason).toBe(mistake);
    expect(breaker.snapshot()).toMatchObject({ calls: 2, slow: 1 });
    expect(gaugesOf(quotes, 'circuitBreaker')['slow_rate']).toBe(0.5);
  });
});

describe('gauges', () => {
  it('have no rates below the minimum of calls', async () => {
    using l = lab();
    const breaker = circuitBreaker({ slowCall: { after: 100, rate: 0.5 }, minimumCalls: 2 });
    const quotes = l.pipeline('quotes', breaker);
    await quotes.execute(good);
    expect(gaugesOf(quotes, 'circuitBreaker')).not.toHaveProperty('slow_rate');
    expect(gaugesOf(quotes, 'circuitBreaker')).not.toHaveProperty('failure_rate');
    await quotes.execute(good);
    expect(gaugesOf(quotes, 'circuitBreaker')).toMatchObject({ slow_rate: 0, failure_rate: 0 });
  });

  it('say of every state whether it holds', async () => {
    using l = lab();
    const breaker = circuitBreaker({ openFor: 1_000 });
    const quotes = l.pipeline('quotes', breaker);
    const holding = (): string[] =>
      Object.entries(gaugesOf(quotes, 'circuitBreaker'))
        .filter(([name, value]) => value === 1 && !name.startsWith('not_'))
        .map(([state]) => state);
    expect(holding()).toEqual(['closed']);
    breaker.open();
    expect(holding()).toEqual(['open']);
    await l.clock.advance(1_000);
    void quotes.settle(() => new Promise(() => {}));
    expect(holding()).toEqual(['half_open']);
    breaker.isolate();
    expect(holding()).toEqual(['isolated']);
  });
});
