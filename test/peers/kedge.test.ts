// What docs/comparison.md says of kedge, on the same situations as its peers. The numbers are the page's rows.
import { getEventListeners } from 'node:events';
import {
  bulkhead,
  BulkheadFullError,
  circuitBreaker,
  CircuitOpenError,
  coalesce,
  constantBackoff,
  exponentialBackoff,
  retry,
  staleIfError,
  timeout,
  TimeoutError,
} from 'kedge';
import { describe, expect, it } from 'vitest';
import { controlled, deferred, jobs, lab, track, transient } from '../support/lab.ts';

const fail = (): Promise<never> => Promise.reject(transient());
const ok = (): Promise<string> => Promise.resolve('ok');
const hang = (): Promise<never> => new Promise(() => {});

describe('kedge', () => {
  it('row 1: rejects at once when the caller aborts during a backoff, and does not call again', async () => {
    using world = lab();
    const { pipeline, clock } = world;
    const caller = new AbortController();
    const reason = new Error('the user has left');
    let calls = 0;
    const call = track(
      pipeline('quotes', retry({ backoff: constantBackoff(10_000) })).execute(
        () => {
          calls++;
          return fail();
        },
        { signal: caller.signal },
      ),
    );
    await clock.advance(1);
    caller.abort(reason);
    await jobs();
    expect(call.reason).toBe(reason);
    await clock.runAll();
    expect(calls).toBe(1);
  });

  it('row 2: does not call the operation of a call whose signal had aborted before', async () => {
    using world = lab();
    const { pipeline } = world;
    const operation = controlled();
    const reason = new Error('the user has left');
    await expect(
      pipeline('quotes', retry()).execute(operation, { signal: AbortSignal.abort(reason) }),
    ).rejects.toBe(reason);
    expect(operation.starts).toHaveLength(0);
  });

  it('row 3: rejects a caller who aborts at once, whatever the running attempt does', async () => {
    using world = lab();
    const { pipeline } = world;
    const caller = new AbortController();
    const call = track(pipeline('quotes', retry()).execute(hang, { signal: caller.signal }));
    caller.abort();
    await jobs();
    expect(call.state).toBe('rejected');
  });

  it("row 4: tells a timeout from the caller's own abort", async () => {
    using world = lab();
    const { pipeline, seen } = world;
    const caller = new AbortController();
    const reason = new Error('the user has left');
    const call = track(
      pipeline('quotes', timeout(10_000)).execute(hang, { signal: caller.signal }),
    );
    caller.abort(reason);
    await jobs();
    expect(call.reason).toBe(reason);
    expect(seen.types()).toEqual(['execution.cancelled']);
  });

  it('row 5: keeps what a sink throws from the caller, and tells the caller what a predicate throws', async () => {
    using world = lab();
    const { pipeline, kedge } = world;
    const mistake = new Error('a mistake');
    kedge.observe(() => {
      throw mistake;
    });
    const operation = controlled();
    const call = track(pipeline('quotes', retry()).execute(operation));
    operation.starts[0]?.resolve('ok');
    await jobs();
    expect([call.value, operation.starts.length]).toEqual(['ok', 1]);
    const strict = pipeline(
      'prices',
      circuitBreaker({
        handle: () => {
          throw mistake;
        },
      }),
    );
    await expect(strict.execute(fail)).rejects.toBe(mistake);
  });

  it('row 6: drops the outcome of a call that began before the circuit opened', async () => {
    using world = lab();
    const { pipeline, clock } = world;
    const breaker = circuitBreaker({ consecutiveFailures: 1, openFor: 1_000 });
    const quotes = pipeline('quotes', breaker);
    for (const settle of ['resolve', 'reject'] as const) {
      breaker.close();
      const old = controlled();
      track(quotes.execute(old));
      await quotes.settle(fail);
      await clock.advance(1_000);
      track(quotes.execute(hang));
      expect(breaker.state).toBe('half-open');
      old.starts[0]?.[settle](transient());
      await jobs();
      expect(breaker.state).toBe('half-open');
    }
  });

  it('row 7: rejects at once while probes are out, and counts a probe that does not settle as failed', async () => {
    using world = lab();
    const { pipeline, clock } = world;
    const breaker = circuitBreaker({
      consecutiveFailures: 1,
      openFor: 1_000,
      halfOpen: { probes: 1, leaseFor: 30_000 },
    });
    const quotes = pipeline('quotes', breaker);
    await quotes.settle(fail);
    await clock.advance(1_000);
    track(quotes.execute(hang));
    await expect(quotes.execute(ok)).rejects.toBeInstanceOf(CircuitOpenError);
    await clock.advance(30_000);
    await quotes.settle(ok);
    await clock.advance(1_000);
    expect(await quotes.execute(ok)).toBe('ok');
  });

  it('row 8: counts calls that their callers cancelled as nothing', async () => {
    using world = lab();
    const { pipeline } = world;
    const breaker = circuitBreaker({ consecutiveFailures: 2 });
    const quotes = pipeline('quotes', breaker);
    for (let call = 0; call < 10; call++) {
      const caller = new AbortController();
      const cancelled = track(quotes.execute(hang, { signal: caller.signal }));
      caller.abort();
      await jobs();
      expect(cancelled.state).toBe('rejected');
    }
    expect(breaker.state).toBe('closed');
  });

  it('row 9: forgets failures of an hour ago, also when there were no calls since', async () => {
    using world = lab();
    const { pipeline, clock } = world;
    const breaker = circuitBreaker({ minimumCalls: 10, failureRate: 0.5 });
    const quotes = pipeline('quotes', breaker);
    for (let call = 0; call < 9; call++) await quotes.settle(fail);
    await clock.advance(3_600_000);
    await quotes.settle(fail);
    expect(breaker.state).toBe('closed');
  });

  it('row 10: does not open on the first failure', async () => {
    using world = lab();
    const { pipeline } = world;
    const breaker = circuitBreaker();
    await pipeline('quotes', breaker).settle(fail);
    expect(breaker.state).toBe('closed');
  });

  it("row 11: is not moved by a step of the machine's clock", async () => {
    using world = lab();
    const { pipeline, clock } = world;
    const quotes = pipeline('quotes', circuitBreaker({ consecutiveFailures: 1, openFor: 1_000 }));
    await quotes.settle(fail);
    clock.stepWall(-3_600_000);
    await clock.advance(1_000);
    expect(await quotes.execute(ok)).toBe('ok');
  });

  it('row 12: waits out a timeout that is longer than 2³¹ − 1 ms', async () => {
    using world = lab();
    const { pipeline, clock } = world;
    const call = track(pipeline('quotes', timeout(2 ** 31)).execute(hang));
    await clock.advance(2 ** 31 - 1);
    expect(call.state).toBe('pending');
    await clock.advance(1);
    expect(call.reason).toBeInstanceOf(TimeoutError);
  });

  it('row 13: passes on a thrown value that is no Error as it is', async () => {
    using world = lab();
    const { pipeline } = world;
    const thrown = 'out of stock';
    await expect(
      pipeline('quotes', retry({ maxAttempts: 1 })).execute(() => Promise.reject(thrown)),
    ).rejects.toBe(thrown);
  });

  it('row 14: spreads its delays unless told not to', () => {
    const delays = Array.from({ length: 20 }, () => exponentialBackoff()(1, undefined, 0));
    expect(new Set(delays).size).toBeGreaterThan(1);
  });

  it('row 15: hands a permit straight to the first in the queue', async () => {
    using world = lab();
    const { pipeline } = world;
    const reports = pipeline('reports', bulkhead({ maxConcurrent: 1, maxQueued: 1 }));
    const first = deferred();
    track(reports.execute(() => first.promise));
    const queued = track(reports.execute(ok));
    void first.promise.then(() => {
      track(reports.execute(hang));
      track(reports.execute(hang));
    });
    first.resolve('done');
    await jobs();
    expect(queued.value).toBe('ok');
  });

  it('row 16: takes a queued caller who has aborted out of the queue', async () => {
    using world = lab();
    const { pipeline } = world;
    const reports = pipeline('reports', bulkhead({ maxConcurrent: 1, maxQueued: 1 }));
    track(reports.execute(hang));
    const caller = new AbortController();
    const queued = track(reports.execute(ok, { signal: caller.signal }));
    caller.abort();
    await jobs();
    expect(queued.state).toBe('rejected');
    expect(reports.stats().policies[0]?.gauges['queued']).toBe(0);
  });

  it('row 17: keeps the permit of an operation that has timed out and still runs', async () => {
    using world = lab();
    const { pipeline, clock } = world;
    const operation = controlled();
    const reports = pipeline('reports', bulkhead({ maxConcurrent: 1 }), timeout(100));
    const timedOut = track(reports.execute(operation));
    await clock.advance(100);
    expect(timedOut.reason).toBeInstanceOf(TimeoutError);
    for (let call = 0; call < 3; call++) {
      await expect(reports.execute(operation)).rejects.toBeInstanceOf(BulkheadFullError);
    }
    expect(operation.starts).toHaveLength(1);
  });

  it('row 18: never aborts the signal of a call that has succeeded', async () => {
    using world = lab();
    const { pipeline, clock } = world;
    const operation = controlled();
    const call = track(
      pipeline('quotes', timeout(1_000), retry(), timeout(500)).execute(operation),
    );
    const { signal } = operation.starts[0]!.context;
    operation.starts[0]?.resolve('the head of a stream');
    await clock.advance(10_000);
    expect([call.value, signal.aborted]).toEqual(['the head of a stream', false]);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it('row 19: does not count its own refusals against the dependency', async () => {
    using world = lab();
    const { pipeline } = world;
    const breaker = circuitBreaker({ consecutiveFailures: 1 });
    const reports = pipeline('reports', breaker, bulkhead({ maxConcurrent: 1 }));
    track(reports.execute(hang));
    for (let call = 0; call < 10; call++) await reports.settle(ok);
    expect(breaker.state).toBe('closed');
  });

  it('row 20: restores an isolated breaker as one that the next call probes', async () => {
    using world = lab();
    const { pipeline } = world;
    const before = circuitBreaker();
    before.isolate();
    const after = circuitBreaker({ restore: before.snapshot() });
    expect(await pipeline('quotes', after).execute(ok)).toBe('ok');
  });

  it('row 21: sends a dependency that is down what is asked for, and no more than its reserve besides', async () => {
    using world = lab();
    const { pipeline, clock } = world;
    const quotes = pipeline('quotes', retry({ maxAttempts: 4 }));
    let sent = 0;
    for (let call = 0; call < 100; call++) {
      track(
        quotes.execute(() => {
          sent++;
          return fail();
        }),
      );
    }
    await clock.runAll();
    expect(sent).toBe(112);
  });

  it('row 22: refuses at once a wait that would cross the limit', async () => {
    using world = lab();
    const { pipeline, clock } = world;
    const quotes = pipeline(
      'quotes',
      retry({ backoff: constantBackoff(5_000), maxElapsed: 2_000 }),
    );
    await quotes.settle(fail);
    expect(clock.now).toBe(0);
  });

  it('row 23: shares no state between policies that were made with the same options', async () => {
    using world = lab();
    const { pipeline } = world;
    const options = { maxAge: 60_000 };
    const prices = pipeline('prices', staleIfError(options), coalesce());
    const stock = pipeline('stock', staleIfError(options), coalesce());
    await prices.execute(() => 'price of 7', { key: '7' });
    expect((await stock.settle(fail, { key: '7' })).status).toBe('rejected');
  });

  it('row 24: takes an operation that returns nothing', async () => {
    using world = lab();
    const { pipeline } = world;
    expect(await pipeline('quotes', retry(), circuitBreaker()).execute(() => undefined)).toBe(
      undefined,
    );
  });
});
