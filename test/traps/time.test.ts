// Clocks, waits and deadlines.
import {
  circuitBreaker,
  CircuitOpenError,
  constantBackoff,
  listedBackoff,
  exponentialBackoff,
  fallback,
  retry,
  retryBudget,
  timeout,
  TimeoutError,
} from 'kedge';
import { scripted } from 'kedge/testing';
import { describe, expect, it } from 'vitest';
import { Timer } from '../../src/core/time.ts';
import { jobs, lab, rejection, track, transient } from '../support/lab.ts';

const bad = () => Promise.reject(transient());
const asksFor = (retryAfter: number) => Object.assign(transient(), { retryAfter });
const hung = () => new Promise(() => {});

describe('trap 15', () => {
  it.each([
    ['a year back', -365 * 86_400_000],
    ['a year forward', 365 * 86_400_000],
  ])(
    'trap 15: a wall clock set %s moves no timeout, no wait and no window',
    async (_name, step) => {
      using l = lab();
      const breaker = circuitBreaker({
        minimumCalls: 3,
        consecutiveFailures: Infinity,
        openFor: 1_000,
        halfOpen: { probes: 1 },
      });
      const slow = track(l.pipeline('slow', timeout(1_000)).execute(hung));
      const operation = scripted([{ error: transient() }, { value: 'ok' }]);
      const again = track(
        l.pipeline('again', retry({ backoff: constantBackoff(500) })).execute(operation),
      );
      const guarded = l.pipeline('guarded', breaker);
      await guarded.settle(bad);
      await guarded.settle(bad);
      await l.clock.advance(499);

      l.clock.stepWall(step);
      expect(operation.calls).toHaveLength(1);
      await guarded.settle(bad);
      expect(breaker.state).toBe('open');
      await l.clock.advance(1);
      expect(again.value).toBe('ok');
      await l.clock.advance(499);
      expect(slow.state).toBe('pending');
      await l.clock.advance(1);
      expect(slow.reason).toBeInstanceOf(TimeoutError);
      await l.clock.advance(499);
      expect(await guarded.execute(() => 'ok')).toBe('ok');
      expect(breaker.state).toBe('closed');
    },
  );

  it('trap 15: events carry wall time, and durations monotonic time', async () => {
    using l = lab();
    const quotes = l.pipeline('quotes', timeout(1_000));
    const call = track(quotes.execute(hung));
    await l.clock.advance(400);
    l.clock.stepWall(-1_000_000);
    await l.clock.advance(600);
    expect(call.state).toBe('rejected');
    expect(l.seen.of('execution.failed')).toMatchObject([
      { duration: 1_000, at: 1_700_000_000_000 + 1_000 - 1_000_000 },
    ]);
  });
});

describe('trap 16', () => {
  it('trap 16: a wait above 2³¹−1 ms takes its time, in legs that the platform can count', async () => {
    using l = lab();
    const long = 2 ** 31 + 5_000;
    let fired = 0;
    new Timer(() => fired++, long, false);
    await l.clock.advance(long - 1);
    expect(fired).toBe(0);
    expect(l.clock.timers).toBe(1);
    await l.clock.advance(1);
    expect(fired).toBe(1);
    expect(l.clock.timers).toBe(0);
  });

  it('trap 16: a timer in its second leg can be stopped', async () => {
    using l = lab();
    let fired = 0;
    const timer = new Timer(() => fired++, 2 ** 32, false);
    await l.clock.advance(2 ** 31 + 10);
    timer.stop();
    expect(l.clock.timers).toBe(0);
    await l.clock.advance(2 ** 33);
    expect(fired).toBe(0);
  });

  it('trap 16: a timeout and a backoff that long end no call early', async () => {
    using l = lab();
    const long = 2 ** 31;
    const operation = scripted([{ error: transient() }, { value: 'ok' }]);
    const slow = track(l.pipeline('slow', timeout(long)).execute(hung));
    const again = track(
      l.pipeline('again', retry({ backoff: constantBackoff(long) })).execute(operation),
    );
    await l.clock.advance(long - 1);
    expect(slow.state).toBe('pending');
    expect(operation.calls).toHaveLength(1);
    await l.clock.advance(1);
    expect(slow.state).toBe('rejected');
    expect(again.value).toBe('ok');
  });

  it('trap 16: an infinite timeout sets no timer, and an infinite delay is refused instead of waited for', async () => {
    using l = lab();
    void l.pipeline('slow', timeout(Infinity)).settle(hung);
    expect(l.clock.timers).toBe(0);
    const error = transient();
    const again = l.pipeline('again', retry({ backoff: () => Infinity }));
    expect(await rejection(again.execute(() => Promise.reject(error)))).toBe(error);
    expect(l.seen.of('retry.refused')).toMatchObject([{ reason: 'deadline' }]);
    expect(l.clock.timers).toBe(0);
  });
});

describe('trap 24', () => {
  it('trap 24: the cap applies before jitter, so capped delays do not fall on one instant', () => {
    const backoff = exponentialBackoff({ initial: 100, max: 1_000 });
    const capped = Array.from({ length: 1_000 }, () => backoff(20, undefined, 1_000));
    expect(new Set(capped).size).toBeGreaterThan(900);
    expect(Math.max(...capped)).toBeLessThan(1_000);
    expect(capped.filter((delay) => delay < 500).length).toBeGreaterThan(350);
    expect(capped.filter((delay) => delay < 500).length).toBeLessThan(650);
  });
});

describe('trap 25', () => {
  it('trap 25: what asks for ten minutes is not retried: it reaches the caller at once', async () => {
    using l = lab();
    const error = asksFor(600_000);
    const operation = scripted([{ error }]);
    const quotes = l.pipeline('quotes', retry());
    expect(await rejection(quotes.execute(operation))).toBe(error);
    expect(operation.calls).toHaveLength(1);
    expect(l.seen.of('retry.refused')).toMatchObject([{ attempts: 1, error, reason: 'deadline' }]);
    expect(l.seen.of('retry.scheduled')).toEqual([]);
    expect(l.clock.now).toBe(0);
  });

  it('trap 25: what asks for no more than maxRetryAfter is waited for', async () => {
    using l = lab();
    const operation = scripted([{ error: asksFor(5_000) }, { value: 'ok' }]);
    const quotes = l.pipeline(
      'quotes',
      retry({ maxRetryAfter: 5_000, backoff: constantBackoff(10) }),
    );
    const call = track(quotes.execute(operation));
    await l.clock.advance(4_999);
    expect(operation.calls).toHaveLength(1);
    // Not before, and up to a second later: others were told the same.
    await l.clock.advance(1_001);
    expect(call.value).toBe('ok');
    expect(l.seen.of('retry.scheduled')).toMatchObject([{ retryAfter: 5_000 }]);
  });

  it('trap 25: a header in seconds is read as well, unless that is turned off', async () => {
    using l = lab();
    const error = Object.assign(new Error('busy'), {
      status: 503,
      headers: { 'Retry-After': '3' },
    });
    const kept = track(
      l
        .pipeline('kept', retry({ backoff: constantBackoff(10) }))
        .execute(scripted([{ error }, { value: 'kept' }])),
    );
    const ignored = track(
      l
        .pipeline('ignored', retry({ backoff: constantBackoff(10), respectRetryAfter: false }))
        .execute(scripted([{ error }, { value: 'ignored' }])),
    );
    await l.clock.advance(10);
    expect([kept.state, ignored.state]).toEqual(['pending', 'fulfilled']);
    await l.clock.advance(2_989);
    expect(kept.state).toBe('pending');
    await l.clock.advance(1_001);
    expect(kept.value).toBe('kept');
  });
});

describe('trap 26', () => {
  it('trap 26: a retry does not burn its attempts on an open circuit, it waits for it', async () => {
    using l = lab();
    const breaker = circuitBreaker({ openFor: 2_000, halfOpen: { probes: 100 } });
    const operation = scripted([{ value: 'ok' }]);
    const quotes = l.pipeline(
      'quotes',
      timeout(10_000),
      retry({ maxAttempts: 2, backoff: constantBackoff(1) }),
      breaker,
    );
    breaker.open();
    const call = track(quotes.execute(operation));
    await l.clock.advance(1_999);
    expect(operation.calls).toHaveLength(0);
    expect(l.seen.of('call.rejected')).toHaveLength(1);
    await l.clock.advance(1_001);
    expect(call).toMatchObject({ state: 'fulfilled', value: 'ok' });
    expect(operation.calls.map(({ attempt }) => attempt)).toEqual([1]);
    expect(l.seen.of('retry.scheduled')).toMatchObject([{ retryAfter: 2_000 }]);
  });

  it('trap 26: waiting for the circuit is no attempt: all attempts are still there afterwards', async () => {
    using l = lab();
    const breaker = circuitBreaker({ openFor: 1_000, halfOpen: { probes: 100 } });
    const operation = scripted([{ error: transient() }]);
    const quotes = l.pipeline(
      'quotes',
      retry({ maxAttempts: 3, backoff: constantBackoff(1) }),
      breaker,
    );
    breaker.open();
    const call = track(quotes.execute(operation));
    await l.clock.runAll(100_000);
    expect(call.state).toBe('rejected');
    expect(operation.calls).toHaveLength(3);
    expect(l.seen.of('retry.exhausted')).toMatchObject([{ attempts: 3 }]);
  });

  it('trap 26: it waits once a call, and refuses at once the second time', async () => {
    using l = lab();
    const breaker = circuitBreaker({ openFor: 1_000, name: 'breaker' });
    const operation = scripted([{ value: 'ok' }]);
    const quotes = l.pipeline('quotes', retry({ maxAttempts: 10 }), breaker);
    breaker.open();
    const call = track(quotes.execute(operation));
    await l.clock.advance(500);
    const isolation = breaker.isolate();
    await l.clock.advance(2_000);
    expect(call.reason).toBeInstanceOf(CircuitOpenError);
    expect(operation.calls).toHaveLength(0);
    expect(l.seen.of('retry.refused')).toMatchObject([{ reason: 'circuit-open' }]);
    isolation[Symbol.dispose]();
  });

  it.each([
    ['the deadline is nearer', 999],
    ['the deadline is at that very instant', 1_000],
  ])('trap 26: it refuses at once when %s', async (_name, total) => {
    using l = lab();
    const breaker = circuitBreaker({ openFor: 1_000 });
    const quotes = l.pipeline('quotes', timeout(total), retry(), breaker);
    breaker.open();
    const call = track(quotes.execute(() => 'ok'));
    await jobs();
    expect(call.reason).toBeInstanceOf(CircuitOpenError);
    expect(l.clock.now).toBe(0);
    expect(l.seen.of('retry.refused')).toMatchObject([{ reason: 'circuit-open' }]);
  });

  it('trap 26: it refuses at once when the budget has no token for it', async () => {
    using l = lab();
    const breaker = circuitBreaker({ openFor: 1_000 });
    const budget = retryBudget({ reserve: 1, refill: 0, ratio: 0 });
    const quotes = l.pipeline('quotes', retry({ budget }), breaker);
    breaker.open();
    const calls = [1, 2].map(() => track(quotes.execute(() => 'ok')));
    await jobs();
    expect(calls.map(({ state }) => state)).toEqual(['pending', 'rejected']);
    expect(l.seen.of('retry.refused')).toMatchObject([{ reason: 'budget' }]);
    expect(quotes.stats().policies[0]!.counters).toMatchObject({ refused_budget: 1, scheduled: 1 });
  });

  it('trap 26: it never waits for an isolated circuit, which nobody knows the end of', async () => {
    using l = lab();
    const breaker = circuitBreaker();
    breaker.isolate();
    const quotes = l.pipeline('quotes', retry(), breaker);
    expect(await rejection(quotes.execute(() => 'ok'))).toMatchObject({ retryAfter: Infinity });
    expect(l.clock.timers).toBe(0);
  });

  it('trap 26: those who wait come back after the circuit is due, spread out', async () => {
    using l = lab();
    const breaker = circuitBreaker({ openFor: 2_000 });
    const quotes = l.pipeline('quotes', timeout(60_000), retry({ budget: false }), breaker);
    breaker.open();
    for (let each = 0; each < 200; each++) void quotes.settle(() => 'ok');
    const waits = l.seen.of('retry.scheduled').map(({ delay }) => delay);
    expect(waits).toHaveLength(200);
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(2_000);
    expect(Math.max(...waits)).toBeLessThan(4_000);
    expect(new Set(waits).size).toBeGreaterThan(190);
    expect(Math.max(...waits) - Math.min(...waits)).toBeGreaterThan(500);
    await l.clock.advance(5_000);
  });

  it('trap 26: they spread over what room the deadline leaves, and not beyond it', async () => {
    using l = lab();
    const breaker = circuitBreaker({ openFor: 2_000 });
    const patient = retry({ budget: false, circuitWait: Infinity });
    const quotes = l.pipeline('quotes', timeout(2_050), patient, breaker);
    breaker.open();
    for (let each = 0; each < 200; each++) void quotes.settle(() => 'ok');
    const waits = l.seen.of('retry.scheduled').map(({ delay }) => delay);
    expect(waits).toHaveLength(200);
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(2_000);
    expect(Math.max(...waits)).toBeLessThan(2_050);
    await l.clock.advance(5_000);
  });
});

describe('trap 27', () => {
  it('trap 27: a wait that would cross the total deadline is not begun', async () => {
    using l = lab();
    const error = transient();
    const operation = scripted([{ error, after: 300 }]);
    const quotes = l.pipeline(
      'quotes',
      timeout(1_000),
      retry({ maxAttempts: 10, backoff: constantBackoff(300) }),
    );
    const call = track(quotes.execute(operation));
    // 300 fails, 600 again, 900 fails; the next wait would end at 1200.
    await l.clock.advance(900);
    expect(call.reason).toBe(error);
    expect(operation.calls).toHaveLength(2);
    expect(l.seen.of('retry.refused')).toMatchObject([{ attempts: 2, reason: 'deadline' }]);
    expect(l.seen.of('timeout.exceeded')).toEqual([]);
    expect(l.clock.timers).toBe(0);
  });

  it('trap 27: the tightest of several deadlines counts, whichever is outermost', async () => {
    using l = lab();
    const wide = l.pipeline(
      'wide',
      timeout(100),
      timeout(1_000),
      retry({ backoff: constantBackoff(200) }),
    );
    const tight = l.pipeline(
      'tight',
      timeout(1_000),
      timeout(100),
      retry({ backoff: constantBackoff(200) }),
    );
    for (const quotes of [wide, tight]) {
      await quotes.settle(bad);
      expect(quotes.stats().policies[2]!.counters).toMatchObject({ refused_deadline: 1 });
    }
    expect(l.clock.now).toBe(0);
  });

  it("trap 27: an attempt's own timeout inside is no deadline for the waits", async () => {
    using l = lab();
    const operation = scripted([{ error: transient() }, { value: 'ok' }]);
    const quotes = l.pipeline('quotes', retry({ backoff: constantBackoff(500) }), timeout(100));
    const call = track(quotes.execute(operation));
    await l.clock.advance(500);
    expect(call.value).toBe('ok');
  });

  it('trap 27: an operation can read the tightest deadline', async () => {
    using l = lab();
    await l.clock.advance(50);
    const read = (
      ...policies: Parameters<typeof l.pipeline> extends [string, ...infer P] ? P : never
    ) => l.pipeline('read', ...policies).execute(({ deadline }) => deadline);
    expect(await read()).toBe(Infinity);
    expect(await read(timeout(Infinity))).toBe(Infinity);
    expect(await read(timeout(1_000), retry(), timeout(100))).toBe(150);
    expect(await read(timeout(100), retry(), timeout(1_000))).toBe(150);
  });

  it('trap 27: maxElapsed is a deadline for waits of its own', async () => {
    using l = lab();
    const operation = scripted([{ error: transient() }]);
    const quotes = l.pipeline(
      'quotes',
      retry({ maxAttempts: Infinity, maxElapsed: 1_000, backoff: listedBackoff([400, 400, 400]) }),
    );
    const call = track(quotes.execute(operation));
    await l.clock.advance(10_000);
    expect(call.state).toBe('rejected');
    expect(operation.calls).toHaveLength(3);
    expect(l.seen.of('execution.failed')[0]!.duration).toBe(800);
  });
});

describe('trap 32', () => {
  it('trap 32: nothing holds a timer while nothing runs', async () => {
    using l = lab();
    const breaker = circuitBreaker({ slowCall: { after: 100, rate: 0.5 }, openFor: 1_000 });
    const quotes = l.pipeline(
      'quotes',
      fallback({ value: 0 }),
      timeout(10_000),
      retry({ backoff: constantBackoff(10) }),
      breaker,
      timeout(100),
    );
    expect(l.clock.timers).toBe(0);
    await quotes.execute(() => 1);
    expect(l.clock.timers).toBe(0);
    breaker.open();
    expect(l.clock.timers).toBe(0);
    const call = quotes.execute(bad);
    await l.clock.runAll(100_000);
    await call;
    expect(l.clock.timers).toBe(0);
  });

  it('trap 32: a thousand running calls of one timeout share a single timer', async () => {
    using l = lab();
    const quotes = l.pipeline('quotes', timeout(100));
    const calls = Array.from({ length: 1_000 }, () => quotes.settle(hung));
    expect(l.clock.timers).toBe(1);
    await l.clock.advance(100);
    const ended = await Promise.all(calls);
    expect(ended.every(({ status }) => status === 'rejected')).toBe(true);
    expect(l.clock.timers).toBe(0);
  });
});
