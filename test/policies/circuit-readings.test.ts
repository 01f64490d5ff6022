// What a circuit tells of itself: events, gauges, and what whoever holds it can read.
import {
  circuitBreaker,
  type CircuitBreakerOptions,
  type CircuitOpenError,
  type CircuitSnapshot,
  retry,
  timeout,
} from 'kedge';
import { virtualClock } from 'kedge/testing';
import { describe, expect, it } from 'vitest';
import { controlled, jobs, lab, rejection, transient } from '../support/lab.ts';
import { countersOf, gaugesOf, numbersOf } from '../support/laws.ts';

const bad = () => Promise.reject(transient());
const good = () => Promise.resolve('ok');
const hung = () => new Promise(() => {});

const touchy: CircuitBreakerOptions = {
  consecutiveFailures: 2,
  openFor: 1_000,
  halfOpen: { probes: 1 },
};

/** A circuit in a pipeline, and the time. */
const one = (options: CircuitBreakerOptions = {}) => {
  const l = lab();
  const breaker = circuitBreaker({ ...touchy, ...options });
  const quotes = l.pipeline('quotes', breaker);
  const trip = async (): Promise<void> => {
    for (let each = 0; each < 2; each++) await quotes.settle(bad);
  };
  return {
    l,
    breaker,
    quotes,
    trip,
    gauges: () => gaugesOf(quotes, 'circuitBreaker'),
    /** Whether it is not closed, and for how long in all, in milliseconds. */
    outage: () => {
      const { gauges, counters } = numbersOf(quotes, 'circuitBreaker');
      return [gauges['not_closed'], counters['not_closed_ms']];
    },
    [Symbol.dispose]: () => l[Symbol.dispose](),
  };
};

describe('the event of an opening', () => {
  it('says why, of how many calls, and which opening of the outage it is', async () => {
    using o = one();
    await o.quotes.settle(good);
    await o.trip();
    expect(o.l.seen.of('circuit.opened')).toMatchObject([
      {
        from: 'closed',
        reason: 'consecutive',
        failureRate: 2 / 3,
        slowRate: 0,
        calls: 3,
        consecutiveFailures: 2,
        openFor: 1_000,
        openings: 1,
        severity: 'error',
      },
    ]);
    expect(o.l.seen.of('circuit.opened')[0]!.error).toBeInstanceOf(Error);
  });

  it('is loud for the first of an outage alone', async () => {
    using o = one();
    await o.trip();
    for (let round = 0; round < 2; round++) {
      await o.l.clock.advance(1_000);
      await o.quotes.settle(bad);
    }
    await o.l.clock.advance(1_000);
    await o.quotes.settle(good);
    await o.trip();
    expect(o.l.seen.of('circuit.opened').map((event) => [event.openings, event.severity])).toEqual([
      [1, 'error'],
      [2, 'info'],
      [3, 'info'],
      [1, 'error'],
    ]);
  });

  it('says what the probes were like that have opened it again', async () => {
    using o = one({
      halfOpen: { probes: 3 },
      consecutiveFailures: 9,
      slowCall: { after: 5, rate: 1 },
    });
    o.breaker.open();
    await o.l.clock.advance(1_000);
    await o.quotes.settle(good);
    for (let each = 0; each < 2; each++) await o.quotes.settle(bad);
    expect(o.l.seen.of('circuit.opened')[1]).toMatchObject({
      from: 'half-open',
      reason: 'probe-failed',
      failureRate: 2 / 3,
      slowRate: 0,
      calls: 3,
      consecutiveFailures: 2,
    });
  });

  it('has the words of whoever opened it by hand, and of whoever isolated it', () => {
    using o = one();
    o.breaker.open('deploy of 12:00');
    using held = o.breaker.isolate('maintenance');
    expect(held).toBeDefined();
    expect(o.l.seen.events).toMatchObject([
      { type: 'circuit.opened', reason: 'manual', note: 'deploy of 12:00', calls: 0, openings: 1 },
      { type: 'circuit.isolated', from: 'open', note: 'maintenance' },
    ]);
    o.breaker.close();
    o.breaker.open();
    expect(o.l.seen.of('circuit.opened')[1]).not.toHaveProperty('note');
  });
});

describe('the event of a closing', () => {
  it('says for how long it was not closed, how often it opened, and how many calls that cost', async () => {
    using o = one();
    await o.trip();
    for (let each = 0; each < 3; each++) await o.quotes.settle(good);
    await o.l.clock.advance(1_000);
    await o.quotes.settle(bad);
    await o.quotes.settle(good);
    await o.l.clock.advance(1_500);
    await o.quotes.settle(good);
    expect(o.l.seen.of('circuit.closed')).toMatchObject([
      { from: 'half-open', notClosedFor: 2_500, openings: 2, turnedAway: 4, severity: 'warn' },
    ]);
  });

  it('begins to count anew with the next outage', async () => {
    using o = one();
    o.breaker.open();
    await o.quotes.settle(good);
    o.breaker.close();
    await o.l.clock.advance(5_000);
    using held = o.breaker.isolate();
    await o.l.clock.advance(50);
    held[Symbol.dispose]();
    expect(o.l.seen.of('circuit.closed')).toMatchObject([
      { from: 'open', notClosedFor: 0, openings: 1, turnedAway: 1 },
      { from: 'isolated', notClosedFor: 50, openings: 0, turnedAway: 0 },
    ]);
  });
});

const restored = (state: CircuitSnapshot['state']): CircuitSnapshot => ({
  version: 1,
  state,
  at: 1_700_000_000_000,
  calls: 0,
  failures: 0,
  slow: 0,
  consecutiveFailures: 0,
  openings: 3,
  openFor: 4_000,
  remaining: 2_000,
});

describe('a restored circuit', () => {
  it('is told of by the first call that has to do with it', async () => {
    using o = one({ restore: restored('open') });
    expect(o.l.seen.events).toEqual([]);
    await rejection(o.quotes.execute(good));
    expect(o.l.seen.of('circuit.opened')).toMatchObject([
      { from: 'closed', reason: 'restored', openFor: 4_000, openings: 3, severity: 'info' },
    ]);
    expect(countersOf(o.quotes, 'circuitBreaker')).toMatchObject({ closed_to_open_restored: 1 });
    expect(o.breaker.reason).toBe('restored');
    expect(o.gauges()).toMatchObject({ not_closed: 1, open: 1 });
  });

  it('that was closed is not told of', async () => {
    using o = one({ restore: { ...restored('closed'), openings: 0 } });
    await o.quotes.settle(good);
    expect(o.l.seen.types()).not.toContain('circuit.closed');
    expect(o.breaker.reason).toBeUndefined();
  });
});

describe('transitions by hand before there is a pipeline', () => {
  it('are told of by the first call, the last of them alone', async () => {
    using l = lab();
    const breaker = circuitBreaker(touchy);
    breaker.open('too early');
    breaker.close();
    breaker.open('early');
    await l.pipeline('quotes', breaker).settle(good);
    expect(l.seen.events.filter(({ type }) => type.startsWith('circuit.'))).toMatchObject([
      { type: 'circuit.opened', note: 'early' },
    ]);
  });

  it('are forgotten when it is closed again', async () => {
    using l = lab();
    const breaker = circuitBreaker(touchy);
    breaker.open();
    breaker.close();
    await l.pipeline('quotes', breaker).settle(good);
    expect(l.seen.events.filter(({ type }) => type.startsWith('circuit.'))).toEqual([]);
  });
});

describe('the cause', () => {
  it('stays what it was when a probe fails without an error of its own', async () => {
    using o = one({ handleResult: (value) => value === 'poor' });
    await o.quotes.settle(() => Promise.reject(transient('the cause')));
    await o.quotes.settle(() => Promise.reject(transient('the cause')));
    await o.l.clock.advance(1_000);
    await o.quotes.settle(() => Promise.resolve('poor'));
    expect(o.breaker.state).toBe('open');
    expect(await rejection(o.quotes.execute(good))).toMatchObject({
      cause: { message: 'the cause' },
    });
  });
});

describe('slow calls', () => {
  it('that still run are judged with a success that makes the minimum', async () => {
    using o = one({ minimumCalls: 2, slowCall: { after: 10, rate: 0.5 } });
    void o.quotes.settle(hung);
    await o.l.clock.advance(20);
    expect(o.breaker.state).toBe('closed');
    await o.quotes.settle(good);
    expect(o.breaker.state).toBe('open');
  });
});

describe('since and reason', () => {
  it('say when the state began, and why it is not closed', async () => {
    using o = one();
    const start = 1_700_000_000_000;
    expect([o.breaker.since, o.breaker.reason]).toEqual([start, undefined]);
    await o.l.clock.advance(500);
    await o.trip();
    expect([o.breaker.since, o.breaker.reason]).toEqual([start + 500, 'consecutive']);
    await o.l.clock.advance(1_500);
    void o.quotes.settle(hung);
    expect([o.breaker.state, o.breaker.since, o.breaker.reason]).toEqual([
      'half-open',
      start + 2_000,
      'consecutive',
    ]);
    o.breaker.open('by me');
    expect(o.breaker.reason).toBe('by me');
    o.breaker.open();
    expect(o.breaker.reason).toBe('manual');
    using held = o.breaker.isolate('for good');
    expect(o.breaker.reason).toBe('for good');
    held[Symbol.dispose]();
    expect([o.breaker.state, o.breaker.reason]).toEqual(['closed', undefined]);
  });
});

describe('gauges', () => {
  it('say that it is not closed, from its first opening through half-open until it is closed', async () => {
    using o = one();
    expect(o.outage()).toEqual([0, 0]);
    await o.trip();
    expect(o.outage()).toEqual([1, 0]);
    await o.l.clock.advance(1_500);
    void o.quotes.settle(hung);
    expect(o.outage()).toEqual([1, 1_500]);
    expect(o.gauges()).toMatchObject({ half_open: 1 });
    o.breaker.close();
    await o.l.clock.advance(60_000);
    expect(o.outage()).toEqual([0, 1_500]);
    o.breaker.open();
    await o.l.clock.advance(500);
    expect(o.outage()).toEqual([1, 2_000]);
  });

  it('say when it opened last', async () => {
    using o = one();
    expect(o.gauges()).not.toHaveProperty('last_opened_timestamp_seconds');
    await o.trip();
    await o.l.clock.advance(61_500);
    o.breaker.close();
    expect(o.gauges()).toMatchObject({ last_opened_timestamp_seconds: 1_700_000_000 });
    o.breaker.open();
    expect(o.gauges()).toMatchObject({ last_opened_timestamp_seconds: 1_700_000_061.5 });
  });

  it('leave a circuit alone that nobody has called for ten times as long as it was to be open', async () => {
    using o = one();
    await o.trip();
    await o.l.clock.advance(10_000);
    expect(o.outage()).toEqual([1, 10_000]);
    await o.l.clock.advance(1);
    expect(o.outage()).toEqual([0, 10_000]);
    await o.l.clock.advance(1_000_000);
    expect(o.outage()).toEqual([0, 10_000]);
    expect(o.gauges()).toMatchObject({ open: 1 });
    // Somebody comes: it goes on.
    void o.quotes.settle(hung);
    expect(o.outage()).toEqual([1, 10_000]);
    await o.l.clock.advance(2_000);
    expect(o.outage()).toEqual([1, 12_000]);
  });

  it('do not take isolation for an outage, and count its time', async () => {
    using o = one();
    using held = o.breaker.isolate();
    expect(held).toBeDefined();
    await o.l.clock.advance(3_600_000);
    expect(o.outage()).toEqual([0, 3_600_000]);
    expect(o.gauges()).toMatchObject({ isolated: 1 });
  });

  it('keep the rates that opened it while it is open, and have none of its window then', async () => {
    using o = one({ minimumCalls: 4, slowCall: { after: 10, rate: 0.5 }, consecutiveFailures: 9 });
    for (const operation of [good, good, bad, bad]) await o.quotes.settle(operation);
    expect(o.breaker.state).toBe('open');
    expect(o.gauges()).toMatchObject({ failure_rate: 0.5, slow_rate: 0 });
    await o.l.clock.advance(600_000);
    expect(o.gauges()).toMatchObject({ failure_rate: 0.5 });
    o.breaker.close();
    expect(o.gauges()).not.toHaveProperty('failure_rate');
    expect(o.gauges()).not.toHaveProperty('slow_rate');
  });

  it('have no rate where it opened before one was judged, nor of slow calls that nobody asked for', async () => {
    using o = one();
    await o.trip();
    expect(o.gauges()).not.toHaveProperty('failure_rate');
    for (let each = 0; each < 30; each++) await o.quotes.settle(good);
    expect(o.gauges()).not.toHaveProperty('slow_rate');
  });

  it('can be read as often as anybody likes: reading changes nothing', async () => {
    using o = one();
    await o.trip();
    for (let each = 0; each < 50; each++) {
      await o.l.clock.advance(500);
      o.gauges();
      expect([o.breaker.state, o.breaker.snapshot().openings]).toEqual(['open', 1]);
    }
    expect(o.l.seen.of('circuit.half-opened')).toEqual([]);
  });
});

describe('options that are taken away while it is in use', () => {
  it('null takes slowCall, handle and handleResult away, and what was learnt stays', async () => {
    using o = one({
      minimumCalls: 100,
      consecutiveFailures: 100,
      slowCall: { after: 10, rate: 0.1 },
      handle: () => false,
      handleResult: () => true,
    });
    await o.quotes.settle(good);
    await o.quotes.settle(bad);
    expect(o.breaker.snapshot()).toMatchObject({ calls: 2, failures: 1 });
    o.breaker.reconfigure({ slowCall: null, handle: null, handleResult: null });
    await o.quotes.settle(good);
    await o.quotes.settle(bad);
    expect(o.breaker.snapshot()).toMatchObject({ calls: 4, failures: 2 });
    void o.quotes.settle(hung);
    expect(o.l.clock.timers).toBe(0);
  });

  it('a call that was slow under a rule that is gone by its end is given back all the same', async () => {
    using o = one({ minimumCalls: 100, slowCall: { after: 10, rate: 1 } });
    const slow = controlled();
    void o.quotes.settle(slow);
    await o.l.clock.advance(20);
    o.breaker.reconfigure({ slowCall: null });
    slow.starts[0]!.resolve('late');
    await jobs();
    expect(o.breaker.snapshot()).toMatchObject({ calls: 1, slow: 1 });
    expect(o.l.clock.timers).toBe(0);
  });

  it('null gives every other option its default again', () => {
    const breaker = circuitBreaker({ ...touchy, window: { calls: 5 }, minimumCalls: 3 });
    breaker.reconfigure({
      failureRate: null,
      minimumCalls: null,
      window: null,
      consecutiveFailures: null,
      openFor: null,
      halfOpen: null,
    });
    expect(() => breaker.reconfigure({ minimumCalls: 20 })).not.toThrow(RangeError);
  });

  it('a change that contradicts another option is refused as a whole', () => {
    const breaker = circuitBreaker({ minimumCalls: 10 });
    expect(() => breaker.reconfigure({ window: { calls: 5 }, failureRate: 0.1 })).toThrow(
      'circuitBreaker: expected `minimumCalls` to be at most the 5 calls of `window`, got 10.',
    );
  });
});

describe('handle', () => {
  it('can leave to the default what it does not know', async () => {
    using o = one({
      minimumCalls: 100,
      consecutiveFailures: 100,
      handle: (error) => ((error as Error).message === 'quota' ? true : undefined),
    });
    const refused = (message: string, more: object) =>
      o.quotes.settle(() => Promise.reject(Object.assign(new Error(message), more)));
    await refused('quota', { status: 403 });
    await refused('forbidden', { status: 403 });
    await refused('down', { status: 503 });
    await o.quotes.settle(() => Promise.reject(new TypeError('x is not a function')));
    expect(o.breaker.snapshot()).toMatchObject({ calls: 3, failures: 2 });
  });

  it.each([
    ['handle', { handle: () => Promise.resolve(false) as never }, bad],
    ['handleResult', { handleResult: () => Promise.resolve(false) as never }, good],
  ])('%s that answers with a promise is told to the caller', async (option, options, operation) => {
    using o = one(options);
    expect(await rejection(o.quotes.execute<unknown>(operation))).toMatchObject({
      name: 'TypeError',
      message: expect.stringContaining(`expected \`${option}\``) as string,
    });
    expect(o.breaker.snapshot()).toMatchObject({ calls: 0 });
  });

  it('is not asked about what the dependency has not seen', async () => {
    using l = lab();
    const asked: unknown[] = [];
    const breaker = circuitBreaker({ ...touchy, handle: (error) => asked.push(error) > 0 });
    const inner = circuitBreaker({ name: 'inner' });
    inner.open();
    await l.pipeline('quotes', breaker, inner).settle(good);
    const caller = new AbortController();
    const left = l.pipeline('left', breaker).settle(hung, { signal: caller.signal });
    caller.abort('gone');
    await left;
    expect(asked).toEqual([]);
  });
});

describe('whose failure it is', () => {
  it.each<[string, () => unknown, number, number]>([
    ['the dependency: it is unhealthy', () => ({ status: 503 }), 1, 1],
    ['the dependency, as far as anybody knows', () => ({}), 1, 1],
    ['the request: a 404', () => ({ status: 404 }), 1, 0],
    ['the request: a unique violation', () => ({ code: '23505', severity: 'ERROR' }), 1, 0],
    ['the request: a lost race', () => ({ code: '40001', severity: 'ERROR' }), 1, 0],
    ['this process: it has no descriptors left', () => ({ code: 'EMFILE', syscall: 'open' }), 0, 0],
  ])('counts by it: %s', async (_what, fields, calls, failures) => {
    using o = one({ minimumCalls: 100 });
    await o.quotes.settle(() => Promise.reject(Object.assign(new Error('x'), fields())));
    expect(o.breaker.snapshot()).toMatchObject({ calls, failures });
  });

  it('a dependency that hangs behind a policy of one’s own is the one to blame', async () => {
    using l = lab();
    const breaker = circuitBreaker({ minimumCalls: 100 });
    const quotes = l.pipeline(
      'quotes',
      breaker,
      { kind: 'own', name: 'own', apply: (next) => (context) => next(context) },
      timeout(50),
    );
    const call = quotes.settle(hung);
    await l.clock.advance(50);
    await call;
    expect(breaker.snapshot()).toMatchObject({ calls: 1, failures: 1 });
  });
});

describe('another clock', () => {
  it('opens the circuit for as long as it was to be, whatever the zero of the clock is', async () => {
    const breaker = circuitBreaker(touchy);
    {
      using clock = virtualClock();
      await clock.advance(1e9);
      breaker.open();
    }
    using l = lab();
    const quotes = l.pipeline('quotes', retry({ maxAttempts: 1 }), breaker);
    const refused = (await quotes.settle(good)) as PromiseRejectedResult;
    const { retryAfter } = (refused.reason ?? {}) as Partial<CircuitOpenError>;
    expect(retryAfter ?? 0).toBeLessThanOrEqual(1_000);
    await l.clock.advance(1_000);
    expect(await quotes.execute(good)).toBe('ok');
    expect(breaker.state).toBe('closed');
  });

  it('takes the places of probes back that were let in on a clock that is gone', async () => {
    const breaker = circuitBreaker({ ...touchy, halfOpen: { probes: 1, leaseFor: 5_000 } });
    {
      using l = lab();
      await l.clock.advance(1e9);
      breaker.open();
      await l.clock.advance(1_000);
      void l.pipeline('before', breaker).settle(hung);
      expect(breaker.state).toBe('half-open');
    }
    using l = lab();
    await l.clock.advance(5_000);
    await rejection(l.pipeline('after', breaker).execute(good));
    expect(breaker.state).toBe('open');
  });

  it('does not take a success for a later one that began on a clock that is gone', async () => {
    const breaker = circuitBreaker({ ...touchy, minimumCalls: 100 });
    const slow = controlled();
    {
      using l = lab();
      await l.clock.advance(1e9);
      void l.pipeline('before', breaker).settle(slow);
    }
    using l = lab();
    const quotes = l.pipeline('after', breaker);
    await quotes.settle(good);
    slow.starts[0]!.resolve('late');
    await jobs();
    await l.clock.advance(10);
    for (let each = 0; each < 2; each++) await quotes.settle(bad);
    expect(breaker.state).toBe('open');
  });

  it('does not keep old successes before new failures', async () => {
    const breaker = circuitBreaker({ ...touchy, minimumCalls: 100 });
    {
      using l = lab();
      await l.clock.advance(1e9);
      await l.pipeline('before', breaker).settle(good);
    }
    using l = lab();
    const quotes = l.pipeline('after', breaker);
    for (let each = 0; each < 2; each++) await quotes.settle(bad);
    expect(breaker.state).toBe('open');
  });
});
