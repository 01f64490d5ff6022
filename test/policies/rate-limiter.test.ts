import { AsyncLocalStorage } from 'node:async_hooks';
import {
  bulkhead,
  pipeline,
  RateLimitedError,
  rateLimiter,
  RejectedError,
  retry,
  timeout,
} from 'kedge';
import { scripted } from 'kedge/testing';
import { describe, expect, it } from 'vitest';
import { controlled, jobs, lab, rejection, track, transient } from '../support/lab.ts';
import { countersOf, expectConservation, gaugesOf } from '../support/laws.ts';
import { platform } from '../support/platform.ts';
import { patience } from '../support/property.ts';

function aborter(): { signal: AbortSignal; abort: (reason: unknown) => void } {
  const controller = new AbortController();
  return { signal: controller.signal, abort: (reason) => controller.abort(reason) };
}

describe('rateLimiter', () => {
  it('lets a burst through and refuses what is beyond it, saying when there will be room', async () => {
    using l = lab();
    const geocoder = l.pipeline('geocoder', rateLimiter({ limit: 4 }));
    const operation = scripted([{ value: 'here' }]);
    for (let each = 0; each < 4; each++) expect(await geocoder.execute(operation)).toBe('here');
    const error = await rejection(geocoder.execute(operation));
    expect(error).toBeInstanceOf(RateLimitedError);
    expect(error).toBeInstanceOf(RejectedError);
    expect(error).toMatchObject({
      name: 'RateLimitedError',
      code: 'KEDGE_RATE_LIMITED',
      reason: 'rate-limited',
      retryAfter: 250,
      message: 'geocoder: rateLimiter has no permit left; try again in 250 ms',
    });
    expect(operation.calls).toHaveLength(4);
    expect(l.seen.of('call.rejected')).toMatchObject([
      { policy: 'rateLimiter', kind: 'rateLimiter', reason: 'rate-limited', retryAfter: 250 },
    ]);
    expect(countersOf(geocoder, 'rateLimiter')).toEqual({ rejected_rate_limited: 1 });
    expectConservation({
      pipeline: geocoder,
      clock: l.clock,
      seen: l.seen,
      executions: 5,
      attempts: 4,
    });
  });

  it('whoever comes back after `retryAfter` is served, and nobody before', async () => {
    using l = lab();
    const geocoder = l.pipeline('geocoder', rateLimiter({ limit: 3, burst: 1 }));
    await geocoder.execute(() => 1);
    const { retryAfter } = (await rejection(geocoder.execute(() => 1))) as RateLimitedError;
    await l.clock.advance(retryAfter - 1);
    expect(await rejection(geocoder.execute(() => 1))).toBeInstanceOf(RateLimitedError);
    await l.clock.advance(1);
    expect(await geocoder.execute(() => 'in time')).toBe('in time');
  });

  it(
    'sends no more than its rate over a long time, and not less when that much is asked for',
    async () => {
      using l = lab();
      const geocoder = l.pipeline(
        'geocoder',
        rateLimiter({ limit: 50, interval: 1_000, burst: 5 }),
      );
      for (let each = 0; each < 10_000; each++) {
        void geocoder.settle(() => 1);
        if (each % 10 === 0) await l.clock.advance(10);
      }
      const { success } = geocoder.stats().executions;
      // 10 s at 50 a second, and the burst.
      expect(success).toBe(505);
    },
    patience,
  );

  it('serves those who wait at its rate, and nobody later than `maxWait`, whatever the grain of timers', async () => {
    for (const burst of [1, 2]) {
      using l = lab();
      const limit = rateLimiter({ limit: 3_000, burst, maxWait: 100 });
      const geocoder = l.pipeline('geocoder', limit);
      const served: number[] = [];
      for (let each = 0; each < 1_000; each++) void geocoder.settle(() => served.push(l.clock.now));
      await l.clock.advance(5_000);
      expect(served).toHaveLength(300 + burst);
      expect(Math.max(...served)).toBe(100);
    }
  });

  it('has its own unit of time, and rates below one call in it', async () => {
    using l = lab();
    const slow = l.pipeline('slow', rateLimiter({ limit: 0.5, interval: 60_000 }));
    expect(await slow.execute(() => 1)).toBe(1);
    expect(await rejection(slow.execute(() => 1))).toMatchObject({ retryAfter: 120_000 });
    await l.clock.advance(120_000);
    expect(await slow.execute(() => 1)).toBe(1);
  });

  it('counts a call that failed or was refused further in: what was let through was let through', async () => {
    using l = lab();
    const geocoder = l.pipeline(
      'geocoder',
      rateLimiter({ limit: 2 }),
      bulkhead({ maxConcurrent: 1 }),
    );
    void geocoder.settle(controlled());
    expect(await rejection(geocoder.execute(() => 1))).toMatchObject({ policy: 'bulkhead' });
    expect(await rejection(geocoder.execute(() => 1))).toMatchObject({ policy: 'rateLimiter' });
  });

  it('is not moved by a wall clock that is set back or forward', async () => {
    using l = lab();
    const geocoder = l.pipeline('geocoder', rateLimiter({ limit: 1, maxWait: 1_000 }));
    await geocoder.execute(() => 1);
    l.clock.stepWall(86_400_000);
    const waiting = track(geocoder.execute(() => 2));
    await jobs();
    expect(waiting.state).toBe('pending');
    l.clock.stepWall(-2 * 86_400_000);
    await l.clock.advance(1_000);
    expect(waiting.value).toBe(2);
  });

  it('stands in two pipelines as one rate', async () => {
    using l = lab();
    const shared = rateLimiter({ limit: 2 });
    const [one, two] = [l.pipeline('one', shared), l.pipeline('two', shared)];
    await one.execute(() => 1);
    await two.execute(() => 1);
    expect(await rejection(one.execute(() => 1))).toMatchObject({ pipeline: 'one' });
    expect(await rejection(two.execute(() => 1))).toMatchObject({ pipeline: 'two' });
    expect(gaugesOf(one, 'rateLimiter')).toEqual({ available: 0, queued: 0 });
  });

  it('shows what is left, and reading it changes nothing', async () => {
    using l = lab();
    const geocoder = l.pipeline('geocoder', rateLimiter({ limit: 10 }));
    for (let each = 0; each < 10; each++) await geocoder.execute(() => 1);
    await l.clock.advance(250);
    for (let each = 0; each < 3; each++)
      expect(gaugesOf(geocoder, 'rateLimiter')).toEqual({ available: 2.5, queued: 0 });
  });
});

describe('rateLimiter: maxWait', () => {
  it('lets calls wait for their turn, first in first out, each to the millisecond', async () => {
    using l = lab();
    const geocoder = l.pipeline('geocoder', rateLimiter({ limit: 4, burst: 1, maxWait: 1_000 }));
    const ran: [number, number][] = [];
    for (let call = 0; call < 5; call++) void geocoder.settle(() => ran.push([call, l.clock.now]));
    expect(gaugesOf(geocoder, 'rateLimiter')).toMatchObject({ queued: 4 });
    await l.clock.advance(1_000);
    expect(ran).toEqual([
      [0, 0],
      [1, 250],
      [2, 500],
      [3, 750],
      [4, 1_000],
    ]);
    expectConservation({
      pipeline: geocoder,
      clock: l.clock,
      seen: l.seen,
      executions: 5,
      attempts: 5,
    });
  });

  it('refuses at once what would have to wait longer, with the time at which it would be let through', async () => {
    using l = lab();
    const geocoder = l.pipeline('geocoder', rateLimiter({ limit: 4, burst: 1, maxWait: 500 }));
    for (let each = 0; each < 3; each++) void geocoder.settle(() => 1);
    const refused = track(geocoder.execute(() => 1));
    await jobs();
    expect(refused.reason).toMatchObject({ reason: 'rate-limited', retryAfter: 750 });
    expect(l.clock.now).toBe(0);
    expect(gaugesOf(geocoder, 'rateLimiter')).toMatchObject({ queued: 2 });
  });

  it(
    'holds one timer while calls wait, whatever their number, and none otherwise',
    async () => {
      using l = lab();
      const geocoder = l.pipeline(
        'geocoder',
        rateLimiter({ limit: 1_000, burst: 1, maxWait: Infinity }),
      );
      expect(l.clock.timers).toBe(0);
      void geocoder.settle(() => 1);
      expect(l.clock.timers).toBe(0);
      for (let each = 0; each < 5_000; each++) void geocoder.settle(() => 1);
      expect(l.clock.timers).toBe(1);
      await l.clock.advance(5_000);
      expect(geocoder.stats()).toMatchObject({ inFlight: 0, executions: { success: 5_001 } });
      expect(l.clock.timers).toBe(0);
    },
    patience,
  );

  it('who aborts leaves at once, and those behind move up', async () => {
    using l = lab();
    const geocoder = l.pipeline('geocoder', rateLimiter({ limit: 4, burst: 1, maxWait: 1_000 }));
    await geocoder.execute(() => 1);
    const controller = new AbortController();
    const left = track(geocoder.execute(() => 1, { signal: controller.signal }));
    const behind = track(geocoder.execute(() => l.clock.now));
    await l.clock.advance(100);
    controller.abort('gone');
    await jobs();
    expect(left).toMatchObject({ state: 'rejected', reason: 'gone' });
    expect(gaugesOf(geocoder, 'rateLimiter')).toMatchObject({ queued: 1 });
    await l.clock.advance(1_000);
    expect(behind.value).toBe(250);
    expectConservation({
      pipeline: geocoder,
      clock: l.clock,
      seen: l.seen,
      executions: 3,
      attempts: 2,
      signals: [controller.signal],
    });
  });

  it('refuses at once what would not be served before the deadline around it', async () => {
    using l = lab();
    const limit = rateLimiter({ limit: 5, burst: 1, maxWait: 1_000 });
    const { pipeline } = l;
    await pipeline('geocoder', limit).execute(() => 1);
    const limits = {
      timeout: pipeline('geocoder', timeout(200), limit).execute(() => 1),
      outer: pipeline('geocoder', timeout(200), timeout(5_000), limit).execute(() => 1),
      call: pipeline('geocoder', limit).execute(() => 1, { timeout: 200 }),
    };
    for (const call of Object.values(limits))
      expect(await rejection(call)).toMatchObject({ reason: 'rate-limited' });
    expect(l.clock.now).toBe(0);
    const inTime = track(pipeline('geocoder', timeout(201), limit).execute(() => l.clock.now));
    await l.clock.advance(1_000);
    expect(inTime.value).toBe(200);
  });

  it('a timeout around it ends a wait that has become longer, and those behind move up', async () => {
    using l = lab();
    const limit = rateLimiter({ limit: 10, burst: 1, maxWait: 1_000 });
    const geocoder = l.pipeline('geocoder', timeout(250), limit);
    await geocoder.execute(() => 1);
    const caller = aborter();
    const ahead = geocoder.settle(() => 1, { signal: caller.signal });
    const behind = track(geocoder.execute(() => l.clock.now));
    await l.clock.advance(50);
    caller.abort('gone');
    expect((await ahead).status).toBe('rejected');
    await l.clock.advance(200);
    expect(behind.value).toBe(100);
    expect(l.clock.timers).toBe(0);
  });

  it('of many who wait under one signal all leave at once when it aborts', async () => {
    using l = lab();
    const geocoder = l.pipeline('geocoder', rateLimiter({ limit: 1, burst: 1, maxWait: 60_000 }));
    const { signal, abort } = aborter();
    const operation = scripted([{ value: 1 }]);
    const calls = Array.from({ length: 20 }, () => track(geocoder.execute(operation, { signal })));
    await l.clock.advance(2_000);
    abort('gone');
    await jobs();
    expect(calls.filter(({ state }) => state === 'fulfilled')).toHaveLength(3);
    expect(calls.filter(({ reason }) => reason === 'gone')).toHaveLength(17);
    expectConservation({
      pipeline: geocoder,
      clock: l.clock,
      seen: l.seen,
      executions: 20,
      attempts: 3,
      signals: [signal],
    });
  });

  it('a caller who waited runs in its own asynchronous context', async () => {
    using l = lab();
    const request = new AsyncLocalStorage<string>();
    const geocoder = l.pipeline('geocoder', rateLimiter({ limit: 10, burst: 1, maxWait: 1_000 }));
    const stores = ['A', 'B', 'C'].map((id) =>
      request.run(id, () => geocoder.execute(() => request.getStore())),
    );
    await request.run('clock', () => l.clock.advance(1_000));
    expect(await Promise.all(stores)).toEqual(['A', 'B', 'C']);
  });
});

describe('rateLimiter: with a retry around it', () => {
  it('the retry comes back when there is room, and not before', async () => {
    using l = lab();
    const geocoder = l.pipeline('geocoder', retry({ backoff: () => 1 }), rateLimiter({ limit: 2 }));
    await Promise.all([geocoder.execute(() => 1), geocoder.execute(() => 1)]);
    const third = track(geocoder.execute(() => l.clock.now));
    await l.clock.runAll(10_000);
    expect(third.value).toBeGreaterThanOrEqual(500);
    expect(third.value).toBeLessThan(1_500);
    expect(l.seen.of('retry.scheduled')).toMatchObject([{ retryAfter: 500 }]);
    // A refusal is no attempt: the operation ran three times for three executions.
    expect(geocoder.stats().attempts).toMatchObject({ success: 3, failure: 0 });
  });

  it('callers who are refused together are told different instants, and are all served', async () => {
    using l = lab();
    const limit = rateLimiter({ limit: 10 });
    const mails = l.pipeline('mails', retry({ budget: false }), limit);
    const calls = Array.from({ length: 30 }, () => track(mails.execute(() => l.clock.now)));
    await l.clock.advance(60_000);
    expect(calls.map(({ state }) => state)).toEqual(calls.map(() => 'fulfilled'));
    const told = l.seen.of('retry.scheduled').map(({ retryAfter }) => retryAfter);
    expect(told.slice(0, 20)).toEqual(Array.from({ length: 20 }, (_, each) => 100 * (each + 1)));
  });

  it('every try costs a token of its own', async () => {
    using l = lab();
    const geocoder = l.pipeline('geocoder', retry({ backoff: () => 0 }), rateLimiter({ limit: 8 }));
    const call = geocoder.settle(() => Promise.reject(transient()));
    await l.clock.advance(1);
    expect((await call).status).toBe('rejected');
    expect(gaugesOf(geocoder, 'rateLimiter')['available']).toBeCloseTo(5, 1);
  });
});

describe('rateLimiter: reconfigure', () => {
  it('keeps what has been used used', async () => {
    using l = lab();
    const limit = rateLimiter({ limit: 10 });
    const geocoder = l.pipeline('geocoder', limit);
    for (let each = 0; each < 10; each++) await geocoder.execute(() => 1);
    limit.reconfigure({ limit: 100 });
    expect(await rejection(geocoder.execute(() => 1))).toMatchObject({ retryAfter: 10 });
    await l.clock.advance(10);
    expect(await geocoder.execute(() => 1)).toBe(1);
  });

  it('a `burst` that was not given follows the limit, one that was given stays', async () => {
    using l = lab();
    const following = rateLimiter({ limit: 10 });
    const fixed = rateLimiter({ limit: 10, burst: 2 });
    const one = l.pipeline('one', following);
    const two = l.pipeline('two', fixed);
    following.reconfigure({ limit: 20 });
    fixed.reconfigure({ limit: 20 });
    await l.clock.advance(10_000);
    expect(gaugesOf(one, 'rateLimiter')).toMatchObject({ available: 20 });
    expect(gaugesOf(two, 'rateLimiter')).toMatchObject({ available: 2 });
  });

  it('those who wait are served at the new rate', async () => {
    using l = lab();
    const limit = rateLimiter({ limit: 1, burst: 1, maxWait: 60_000 });
    const geocoder = l.pipeline('geocoder', limit);
    const ran: number[] = [];
    for (let each = 0; each < 4; each++) void geocoder.settle(() => ran.push(l.clock.now));
    await l.clock.advance(500);
    limit.reconfigure({ limit: 10 });
    await l.clock.advance(1_000);
    expect(ran).toEqual([0, 550, 650, 750]);
    expect(l.clock.timers).toBe(0);
  });

  it('another `maxWait` is for those who come', async () => {
    using l = lab();
    const limit = rateLimiter({ limit: 1, burst: 1, maxWait: 5_000 });
    const geocoder = l.pipeline('geocoder', limit);
    await geocoder.execute(() => 1);
    const waiting = track(geocoder.execute(() => 'served'));
    limit.reconfigure({ maxWait: 0 });
    expect(await rejection(geocoder.execute(() => 1))).toBeInstanceOf(RateLimitedError);
    await l.clock.advance(1_000);
    expect(waiting.value).toBe('served');
  });

  it('who could not be served in time any more is refused at once, and told when it would be', async () => {
    using l = lab();
    const limit = rateLimiter({ limit: 10, burst: 1, maxWait: 400 });
    const geocoder = l.pipeline('geocoder', limit);
    await geocoder.execute(() => 1);
    const calls = Array.from({ length: 4 }, () => track(geocoder.execute(() => l.clock.now)));
    limit.reconfigure({ limit: 5 });
    await jobs();
    expect(calls.map(({ state }) => state)).toEqual(['pending', 'pending', 'rejected', 'rejected']);
    expect(calls[2]!.reason).toMatchObject({ reason: 'rate-limited', retryAfter: 600 });
    expect(countersOf(geocoder, 'rateLimiter')).toEqual({ rejected_rate_limited: 2 });
    await l.clock.advance(1_000);
    expect(calls.map(({ value }) => value)).toEqual([200, 400, undefined, undefined]);
    expect(l.clock.timers).toBe(0);
  });

  it('the same rate again refuses nobody', async () => {
    using l = lab();
    const limit = rateLimiter({ limit: 7, burst: 1, maxWait: 1_000 });
    const geocoder = l.pipeline('geocoder', limit);
    const calls = Array.from({ length: 8 }, () => track(geocoder.execute(() => l.clock.now)));
    for (let step = 1; step <= 20; step++) {
      await l.clock.advance(step);
      limit.reconfigure({ limit: 7 });
    }
    await l.clock.advance(2_000);
    expect(calls.map(({ state }) => state)).toEqual(calls.map(() => 'fulfilled'));
  });

  it('`null` gives an option its default again, and a limit there must be', async () => {
    using l = lab();
    const limit = rateLimiter({ limit: 2, interval: 60_000, burst: 1, maxWait: 5_000 });
    const geocoder = l.pipeline('geocoder', limit);
    await geocoder.execute(() => 1);
    limit.reconfigure({ interval: null, burst: null, maxWait: null });
    expect(await rejection(geocoder.execute(() => 1))).toMatchObject({ retryAfter: 500 });
    await l.clock.advance(10_000);
    expect(gaugesOf(geocoder, 'rateLimiter')).toMatchObject({ available: 2 });
    expect(() => limit.reconfigure({ limit: null } as never)).toThrow(
      'rateLimiter: `limit` is required: a finite number above 0.',
    );
  });

  it('refuses what cannot be, and changes nothing then', async () => {
    using l = lab();
    const limit = rateLimiter({ limit: 2 });
    const geocoder = l.pipeline('geocoder', limit);
    expect(() => limit.reconfigure({ limit: 5, burst: 0 })).toThrow(RangeError);
    expect(() => limit.reconfigure({ name: 'other' } as never)).toThrow(TypeError);
    await l.clock.advance(10_000);
    expect(gaugesOf(geocoder, 'rateLimiter')).toMatchObject({ available: 2 });
  });
});

describe('rateLimiter: a token that comes too late', () => {
  it('goes back when the caller has gone at the same moment, and the call is over once', async () => {
    using machine = platform();
    const limit = rateLimiter({ limit: 1, maxWait: 10_000 });
    const geocoder = pipeline('geocoder', bulkhead({ maxConcurrent: 5 }), limit);
    await geocoder.execute(() => 'first');
    const operation = scripted([{ value: 'second' }]);
    const caller = aborter();
    const waiting = track(geocoder.execute(operation, { signal: caller.signal }));
    machine.time = 1_000;
    caller.abort('gone');
    machine.timers[0]!.run();
    await jobs();
    expect(waiting.reason).toBe('gone');
    expect(operation.calls).toHaveLength(0);
    expect(gaugesOf(geocoder, 'bulkhead')).toMatchObject({ in_use: 0 });
    expect(gaugesOf(geocoder, 'rateLimiter')).toEqual({ available: 1, queued: 0 });
  });
});
