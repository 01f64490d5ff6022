// In detail, for each two of retry, circuitBreaker, timeout and fallback, in both orders: what counts against what.
// `retry(breaker)` reads: the retry is outside, the breaker inside.
import {
  circuitBreaker,
  CircuitOpenError,
  constantBackoff,
  fallback,
  retry,
  timeout,
  TimeoutError,
} from 'kedge';
import { scripted } from 'kedge/testing';
import { describe, expect, it } from 'vitest';
import { jobs, lab, permanent, rejection, track, transient } from '../support/lab.ts';

const bad = () => Promise.reject(transient());
const hung = () => new Promise(() => {});
const now = constantBackoff(0);

describe('retry(circuitBreaker)', () => {
  it('counts every attempt against the circuit', async () => {
    using l = lab();
    const breaker = circuitBreaker({ minimumCalls: 100 });
    const quotes = l.pipeline('quotes', retry({ maxAttempts: 4, backoff: now }), breaker);
    const call = track(quotes.execute(bad));
    await l.clock.advance(0);
    expect(call.state).toBe('rejected');
    expect(breaker.snapshot()).toMatchObject({ calls: 4, failures: 4 });
    expect(quotes.stats()).toMatchObject({ executions: { failure: 1 }, attempts: { failure: 4 } });
  });

  it('a circuit that opens between two attempts makes the retry wait for it', async () => {
    using l = lab();
    const breaker = circuitBreaker({ consecutiveFailures: 2, openFor: 1_000 });
    const operation = scripted([{ error: transient() }, { error: transient() }, { value: 'ok' }]);
    const quotes = l.pipeline('quotes', retry({ maxAttempts: 4, backoff: now }), breaker);
    const call = track(quotes.execute(operation));
    await l.clock.advance(999);
    expect(operation.calls).toHaveLength(2);
    await l.clock.advance(2_000);
    expect(call.value).toBe('ok');
    expect(operation.calls).toHaveLength(3);
    expect(l.seen.of('call.rejected')).toHaveLength(1);
  });

  it('a permanent answer is neither tried again nor a failure of the dependency', async () => {
    using l = lab();
    const breaker = circuitBreaker({ minimumCalls: 100 });
    const quotes = l.pipeline('quotes', retry(), breaker);
    await quotes.settle(() => Promise.reject(permanent()));
    expect(breaker.snapshot()).toMatchObject({ calls: 1, failures: 0 });
    expect(quotes.stats().attempts.failure).toBe(1);
  });

  it('a call that recovers counts as one failure and one success', async () => {
    using l = lab();
    const breaker = circuitBreaker({ minimumCalls: 100 });
    const quotes = l.pipeline('quotes', retry({ backoff: now }), breaker);
    const call = track(quotes.execute(scripted([{ error: transient() }, { value: 'ok' }])));
    await l.clock.advance(0);
    expect(call.value).toBe('ok');
    expect(breaker.snapshot()).toMatchObject({ calls: 2, failures: 1, consecutiveFailures: 0 });
  });
});

describe('circuitBreaker(retry)', () => {
  it('counts a call once, by how its attempts ended', async () => {
    using l = lab();
    const breaker = circuitBreaker({ minimumCalls: 100 });
    const quotes = l.pipeline('quotes', breaker, retry({ backoff: now }));
    const calls = [
      track(quotes.execute(bad)),
      track(quotes.execute(scripted([{ error: transient() }, { value: 'ok' }]))),
    ];
    await l.clock.advance(0);
    expect(calls.map(({ state }) => state)).toEqual(['rejected', 'fulfilled']);
    expect(breaker.snapshot()).toMatchObject({ calls: 2, failures: 1 });
  });

  it('an open circuit rejects without a try or a wait', async () => {
    using l = lab();
    const breaker = circuitBreaker();
    const quotes = l.pipeline('quotes', breaker, retry());
    breaker.open();
    expect(await rejection(quotes.execute(() => 1))).toBeInstanceOf(CircuitOpenError);
    expect(quotes.stats()).toMatchObject({
      attempts: { success: 0, failure: 0 },
      executions: { rejected: 1 },
    });
    expect(l.clock.timers).toBe(0);
  });

  it('a call that was let in goes on trying although the circuit opens', async () => {
    using l = lab();
    const breaker = circuitBreaker({ consecutiveFailures: 1, openFor: 60_000 });
    const operation = scripted([{ error: transient() }, { value: 'ok' }]);
    const quotes = l.pipeline('quotes', breaker, retry({ backoff: constantBackoff(100) }));
    const call = track(quotes.execute(operation));
    breaker.open();
    await l.clock.advance(100);
    expect(call.value).toBe('ok');
    expect(breaker.state).toBe('open');
  });
});

describe('retry(timeout)', () => {
  it('bounds each attempt: one that times out is tried again', async () => {
    using l = lab();
    const operation = scripted([{ hang: true }, { value: 'ok', after: 99 }]);
    const quotes = l.pipeline('quotes', retry({ backoff: constantBackoff(10) }), timeout(100));
    const call = track(quotes.execute(operation));
    await l.clock.advance(209);
    expect(call.value).toBe('ok');
    expect(quotes.stats()).toMatchObject({
      attempts: { timeout: 1, success: 1 },
      executions: { success: 1 },
      abandoned: 1,
    });
  });

  it('ends with the last TimeoutError', async () => {
    using l = lab();
    const quotes = l.pipeline('quotes', retry({ maxAttempts: 2, backoff: now }), timeout(100));
    const call = track(quotes.execute(hung));
    await l.clock.advance(200);
    expect(call.reason).toBeInstanceOf(TimeoutError);
    expect(quotes.stats()).toMatchObject({ attempts: { timeout: 2 }, executions: { timeout: 1 } });
    expect(l.seen.of('attempt.failed')).toMatchObject([{ final: false }, { final: true }]);
  });
});

describe('timeout(retry)', () => {
  it('bounds the whole call, attempts and waits', async () => {
    using l = lab();
    const operation = scripted([{ error: transient() }, { hang: true }]);
    const quotes = l.pipeline('quotes', timeout(100), retry({ backoff: constantBackoff(40) }));
    const call = track(quotes.execute(operation));
    await l.clock.advance(99);
    expect(call.state).toBe('pending');
    await l.clock.advance(1);
    expect(call.reason).toBeInstanceOf(TimeoutError);
    await l.clock.advance(10_000);
    expect(operation.calls).toHaveLength(2);
    expect(quotes.stats()).toMatchObject({
      attempts: { failure: 1, timeout: 1 },
      executions: { timeout: 1 },
    });
  });

  it('its end is not tried again', async () => {
    using l = lab();
    const quotes = l.pipeline('quotes', timeout(100), retry({ handle: () => true, backoff: now }));
    const operation = scripted([{ hang: true }]);
    const call = track(quotes.execute(operation));
    await l.clock.advance(1_000);
    expect(call.state).toBe('rejected');
    expect(operation.calls).toHaveLength(1);
    expect(quotes.stats().policies[1]!.counters).toMatchObject({ scheduled: 0, exhausted: 0 });
  });
});

describe('retry(fallback)', () => {
  it('leaves the retry nothing to do: every failure has an answer', async () => {
    using l = lab();
    const operation = scripted([{ error: transient() }]);
    const quotes = l.pipeline('quotes', retry(), fallback({ value: 'none' }));
    expect(await quotes.execute(operation)).toBe('none');
    expect(operation.calls).toHaveLength(1);
    expect(quotes.stats().executions).toMatchObject({ fallback: 1 });
  });

  it('tries again what the fallback denies', async () => {
    using l = lab();
    const operation = scripted([{ error: transient() }, { error: permanent() }]);
    const quotes = l.pipeline(
      'quotes',
      retry({ backoff: now }),
      fallback({ value: 'none', handle: (error) => (error as { status?: number }).status === 404 }),
    );
    const call = track(quotes.execute(operation));
    await l.clock.advance(0);
    expect(call.value).toBe('none');
    expect(operation.calls).toHaveLength(2);
  });
});

describe('fallback(retry)', () => {
  it('answers after the last attempt, with its error', async () => {
    using l = lab();
    const errors = [transient('1'), transient('2')];
    const seen: unknown[] = [];
    const operation = scripted([{ error: errors[0] }, { error: errors[1] }]);
    const quotes = l.pipeline(
      'quotes',
      fallback({ run: (error, { attempt }) => seen.push(error, attempt) }),
      retry({ maxAttempts: 2, backoff: now }),
    );
    const call = track(quotes.execute(operation));
    await l.clock.advance(0);
    expect(call.state).toBe('fulfilled');
    expect(seen).toEqual([errors[1], 2]);
    expect(l.seen.of('attempt.failed')).toMatchObject([
      { attempt: 1, handled: true, final: false },
      { attempt: 2, handled: true, final: true },
    ]);
  });

  it('answers at once when a further attempt is refused', async () => {
    using l = lab();
    const quotes = l.pipeline(
      'quotes',
      fallback({ value: 'none' }),
      timeout(50),
      retry({ backoff: constantBackoff(100) }),
    );
    expect(await quotes.execute(bad)).toBe('none');
    expect(l.clock.now).toBe(0);
  });
});

describe('circuitBreaker(timeout)', () => {
  it('counts timeouts as failures of the dependency', async () => {
    using l = lab();
    const breaker = circuitBreaker({ consecutiveFailures: 2, openFor: 1_000 });
    const quotes = l.pipeline('quotes', breaker, timeout(100));
    for (let each = 0; each < 2; each++) {
      void quotes.settle(hung);
      await l.clock.advance(100);
    }
    expect(breaker.state).toBe('open');
    expect(l.seen.of('circuit.opened')[0]!.error).toBeInstanceOf(TimeoutError);
  });

  it('a late end of an abandoned operation counts no second time', async () => {
    using l = lab();
    const breaker = circuitBreaker({ minimumCalls: 100 });
    const quotes = l.pipeline('quotes', breaker, timeout(100));
    void quotes.settle(scripted([{ value: 'late', after: 200 }]));
    void quotes.settle(scripted([{ error: transient(), after: 200 }]));
    await l.clock.advance(300);
    expect(breaker.snapshot()).toMatchObject({ calls: 2, failures: 2 });
    expect(quotes.stats()).toMatchObject({ late: 2, abandoned: 0 });
  });

  it('a cooperative timeout whose operation still returns is a success', async () => {
    using l = lab();
    const breaker = circuitBreaker({ minimumCalls: 100 });
    const quotes = l.pipeline('quotes', breaker, timeout({ after: 100, strategy: 'cooperative' }));
    void quotes.settle(scripted([{ value: 'late', after: 200 }]));
    await l.clock.advance(300);
    expect(breaker.snapshot()).toMatchObject({ calls: 1, failures: 0 });
  });
});

describe('timeout(circuitBreaker)', () => {
  it('counts a call that the timeout outside ended as a failure: the dependency had not answered', async () => {
    using l = lab();
    const breaker = circuitBreaker({ minimumCalls: 100 });
    const quotes = l.pipeline('quotes', timeout(100), breaker);
    const call = track(quotes.execute(hung));
    await l.clock.advance(100);
    expect(call.reason).toBeInstanceOf(TimeoutError);
    expect(breaker.snapshot()).toMatchObject({ calls: 1, failures: 1 });
  });

  it('a rejection takes no time', async () => {
    using l = lab();
    const breaker = circuitBreaker();
    breaker.open();
    const quotes = l.pipeline('quotes', timeout(100), breaker);
    expect(await rejection(quotes.execute(hung))).toBeInstanceOf(CircuitOpenError);
    expect(quotes.stats().executions).toMatchObject({ rejected: 1, timeout: 0 });
    expect(l.clock.timers).toBe(0);
  });
});

describe('circuitBreaker(fallback)', () => {
  it('hides all failures from the circuit', async () => {
    using l = lab();
    const breaker = circuitBreaker({ minimumCalls: 2 });
    const quotes = l.pipeline('quotes', breaker, fallback({ value: 'none' }));
    for (let each = 0; each < 10; each++) expect(await quotes.execute(bad)).toBe('none');
    expect(breaker.state).toBe('closed');
    expect(breaker.snapshot()).toMatchObject({ calls: 10, failures: 0 });
  });
});

describe('fallback(circuitBreaker)', () => {
  it('answers rejections too, without calling the operation', async () => {
    using l = lab();
    const breaker = circuitBreaker({ consecutiveFailures: 2 });
    const operation = scripted([{ error: transient() }]);
    const quotes = l.pipeline('quotes', fallback({ value: 'none' }), breaker);
    for (let each = 0; each < 10; each++) expect(await quotes.execute(operation)).toBe('none');
    expect(operation.calls).toHaveLength(2);
    expect(quotes.stats()).toMatchObject({
      executions: { fallback: 10 },
      attempts: { failure: 2 },
    });
    expect(quotes.stats().policies[1]!.counters).toMatchObject({ rejected_circuit_open: 8 });
    expect(l.seen.of('fallback.used').at(-1)!.error).toBeInstanceOf(CircuitOpenError);
    expect(l.seen.of('execution.failed')).toEqual([]);
  });

  it("a fallback's own time and failures are none of the circuit's", async () => {
    using l = lab();
    const breaker = circuitBreaker({ minimumCalls: 100, slowCall: { after: 10, rate: 1 } });
    const quotes = l.pipeline(
      'quotes',
      fallback({ run: scripted([{ error: new Error('mine'), after: 50 }]) as never }),
      breaker,
    );
    const call = track(quotes.execute(bad));
    await l.clock.advance(50);
    expect(call.state).toBe('rejected');
    expect(breaker.snapshot()).toMatchObject({ calls: 1, failures: 1, slow: 0 });
  });
});

describe('timeout(fallback)', () => {
  it('bounds the operation and the fallback together, and no fallback is begun when its time is up', async () => {
    using l = lab();
    const seen: string[] = [];
    const quotes = l.pipeline(
      'quotes',
      timeout(100),
      fallback({
        run: () => {
          seen.push('run');
          return hung();
        },
      }),
    );
    const inFallback = track(quotes.execute(scripted([{ error: transient(), after: 60 }])));
    const inOperation = track(quotes.execute(hung));
    await l.clock.advance(100);
    expect(inFallback.reason).toBeInstanceOf(TimeoutError);
    expect(inOperation.reason).toBeInstanceOf(TimeoutError);
    expect(seen).toEqual(['run']);
    expect(quotes.stats().executions).toMatchObject({ timeout: 2, fallback: 0 });
    expect(quotes.stats().policies[1]!.counters).toEqual({ used: 0, failed: 0 });
  });
});

describe('fallback(timeout)', () => {
  it('answers a timeout, and may take its own time for it, with a signal that has not aborted', async () => {
    using l = lab();
    const signals: boolean[] = [];
    const quotes = l.pipeline(
      'quotes',
      fallback({
        run: async (error, { signal, deadline }) => {
          signals.push(signal.aborted, deadline === Infinity, error instanceof TimeoutError);
          return scripted([{ value: 'cached', after: 500 }])({ signal } as never);
        },
      }),
      timeout(100),
    );
    const call = track(quotes.execute(hung));
    await l.clock.advance(599);
    expect(call.state).toBe('pending');
    await l.clock.advance(1);
    expect(call.value).toBe('cached');
    expect(signals).toEqual([false, true, true]);
  });

  it('is ended by the caller while it runs', async () => {
    using l = lab();
    const controller = new AbortController();
    const quotes = l.pipeline('quotes', fallback({ run: hung }), timeout(100));
    const call = track(quotes.execute(hung, { signal: controller.signal }));
    await l.clock.advance(150);
    expect(call.state).toBe('pending');
    controller.abort('gone');
    await jobs();
    expect(call.reason).toBe('gone');
    expect(quotes.stats().executions).toMatchObject({ cancelled: 1, fallback: 0 });
  });
});
