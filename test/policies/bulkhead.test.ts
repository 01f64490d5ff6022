import { AsyncLocalStorage } from 'node:async_hooks';
import {
  bulkhead,
  BulkheadFullError,
  coalesce,
  fallback,
  type Policy,
  RejectedError,
  retry,
  timeout,
} from 'kedge';
import { scripted } from 'kedge/testing';
import { describe, expect, it } from 'vitest';
import { controlled, jobs, type Lab, lab, rejection, track, transient } from '../support/lab.ts';
import { countersOf, expectConservation, gaugesOf } from '../support/laws.ts';

describe('bulkhead', () => {
  it('lets so many calls run at once, and rejects the next without starting it', async () => {
    using l = lab();
    const reports = l.pipeline('reports', bulkhead({ maxConcurrent: 2 }));
    const operation = controlled();
    const running = [1, 2].map(() => track(reports.execute(operation)));
    const error = await rejection(reports.execute(operation));

    expect(error).toBeInstanceOf(BulkheadFullError);
    expect(error).toBeInstanceOf(RejectedError);
    expect(error).toMatchObject({
      name: 'BulkheadFullError',
      code: 'KEDGE_BULKHEAD_FULL',
      reason: 'bulkhead-full',
      retryAfter: undefined,
      pipeline: 'reports',
      policy: 'bulkhead',
      message: 'reports: bulkhead is full: 2 of 2 permits in use, 0 calls queued',
    });
    expect(operation.starts).toHaveLength(2);
    expect(l.seen.of('call.rejected')).toMatchObject([
      { policy: 'bulkhead', kind: 'bulkhead', reason: 'bulkhead-full' },
    ]);
    expect(countersOf(reports, 'bulkhead')).toEqual({
      rejected_bulkhead_full: 1,
      rejected_queue_timeout: 0,
      abandoned: 0,
    });
    expect(gaugesOf(reports, 'bulkhead')).toEqual({
      in_use: 2,
      queued: 0,
      limit: 2,
      queue_limit: 0,
    });

    for (const { resolve } of operation.starts) resolve('done');
    await jobs();
    expect(running.map(({ value }) => value)).toEqual(['done', 'done']);
    expectConservation({
      pipeline: reports,
      clock: l.clock,
      seen: l.seen,
      executions: 3,
      attempts: 2,
    });
    expect(reports.stats().executions).toMatchObject({ success: 2, rejected: 1 });
  });

  it('gives the permit back whatever the operation does', async () => {
    using l = lab();
    const reports = l.pipeline('reports', bulkhead({ maxConcurrent: 1 }));
    const outcomes = [
      await reports.settle(() => 1),
      await reports.settle(() => Promise.resolve(2)),
      await reports.settle(() => {
        throw transient();
      }),
      await reports.settle(() => Promise.reject(transient())),
      await reports.settle(() => undefined),
    ];
    expect(outcomes.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'rejected',
      'rejected',
      'fulfilled',
    ]);
    expect(gaugesOf(reports, 'bulkhead')).toMatchObject({ in_use: 0 });
  });

  it('queues the next, first in first out, and rejects when the queue is full', async () => {
    using l = lab();
    const reports = l.pipeline('reports', bulkhead({ maxConcurrent: 1, maxQueued: 2 }));
    const running = controlled();
    void reports.settle(running);
    const order: string[] = [];
    const one = reports.execute(() => order.push('one'));
    const two = reports.execute(() => order.push('two'));
    const error = await rejection(reports.execute(() => order.push('three')));
    expect(error).toMatchObject({
      reason: 'bulkhead-full',
      message: 'reports: bulkhead is full: 1 of 1 permits in use, 2 calls queued',
    });
    expect(gaugesOf(reports, 'bulkhead')).toMatchObject({ in_use: 1, queued: 2 });
    expect(order).toEqual([]);

    running.starts[0]!.resolve('done');
    await Promise.all([one, two]);
    expect(order).toEqual(['one', 'two']);
    expect(gaugesOf(reports, 'bulkhead')).toMatchObject({ in_use: 0, queued: 0 });
  });

  it('holds no timer while nobody waits, nor for a wait without end', async () => {
    using l = lab();
    const patient = l.pipeline('patient', bulkhead({ maxConcurrent: 1, maxQueued: 5 }));
    const hasty = l.pipeline('hasty', bulkhead({ maxConcurrent: 1, maxQueued: 5, maxWait: 1_000 }));
    const operation = controlled();
    for (let each = 0; each < 3; each++) void patient.settle(operation);
    expect(l.clock.timers).toBe(0);
    void hasty.settle(operation);
    expect(l.clock.timers).toBe(0);
    for (let each = 0; each < 3; each++) void hasty.settle(operation);
    expect(l.clock.timers).toBe(1);
    for (let each = 0; each < operation.starts.length; each++) {
      operation.starts[each]!.resolve('done');
      await jobs();
    }
    expect(operation.starts).toHaveLength(7);
    expect(l.clock.timers).toBe(0);
  });

  it('says how long a call was to wait, also where the timer counts in whole milliseconds', async () => {
    using l = lab();
    const reports = l.pipeline(
      'reports',
      bulkhead({ maxConcurrent: 1, maxQueued: 1, maxWait: 99.5 }),
    );
    void reports.settle(controlled());
    const queued = track(reports.execute(controlled()));
    await l.clock.advance(100);
    expect((queued.reason as Error).message).toBe('reports: bulkhead had no permit within 99.5 ms');
  });

  it('rejects who has waited for `queueTimeout`, at that instant, and goes on with the others', async () => {
    using l = lab();
    const reports = l.pipeline(
      'reports',
      bulkhead({ maxConcurrent: 1, maxQueued: 5, maxWait: 100 }),
    );
    const operation = controlled();
    void reports.settle(operation);
    const early = track(reports.execute(operation));
    await l.clock.advance(60);
    const later = track(reports.execute(operation));
    await l.clock.advance(39);
    expect(early.state).toBe('pending');
    await l.clock.advance(1);
    expect(early.reason).toMatchObject({
      reason: 'queue-timeout',
      code: 'KEDGE_BULKHEAD_FULL',
      message: 'reports: bulkhead had no permit within 100 ms',
    });
    expect(l.seen.of('call.rejected')).toMatchObject([{ reason: 'queue-timeout' }]);
    expect(gaugesOf(reports, 'bulkhead')).toMatchObject({ queued: 1 });
    operation.starts[0]!.resolve('done');
    await jobs();
    operation.starts[1]!.resolve('done');
    await jobs();
    expect(later.value).toBe('done');
    expect(operation.starts).toHaveLength(2);
    expectConservation({
      pipeline: reports,
      clock: l.clock,
      seen: l.seen,
      executions: 3,
      attempts: 2,
    });
  });

  it('a queued call that was handed its permit in the same instant as its time was up runs', async () => {
    using l = lab();
    const reports = l.pipeline(
      'reports',
      bulkhead({ maxConcurrent: 1, maxQueued: 1, maxWait: 100 }),
    );
    void reports.settle(scripted([{ value: 'first', after: 100 }]));
    const queued = track(reports.execute(() => 'second'));
    await l.clock.advance(100);
    expect(queued).toMatchObject({ state: 'fulfilled', value: 'second' });
    expect(l.clock.timers).toBe(0);
  });

  it('counts a wait in the queue into the total timeout, and leaves it when that is over', async () => {
    using l = lab();
    const reports = l.pipeline(
      'reports',
      timeout(100),
      bulkhead({ maxConcurrent: 1, maxQueued: 5 }),
    );
    const stuck = controlled();
    void reports.settle(stuck);
    await l.clock.advance(50);
    const operation = controlled();
    const queued = track(reports.execute(operation));
    await l.clock.advance(50);
    stuck.starts[0]!.resolve('done');
    await jobs();
    expect(operation.starts).toHaveLength(1);
    await l.clock.advance(49);
    expect(queued.state).toBe('pending');
    await l.clock.advance(1);
    expect(queued.reason).toMatchObject({ code: 'KEDGE_TIMEOUT', after: 100 });
  });

  it('stands in two pipelines as one limit', async () => {
    using l = lab();
    const shared = bulkhead({ maxConcurrent: 1, maxQueued: 1, name: 'database' });
    const reads = l.pipeline('reads', shared);
    const writes = l.pipeline('writes', shared);
    const running = controlled();
    void reads.settle(running);
    const queued = track(writes.execute(() => 'written'));
    expect(await rejection(reads.execute(() => 1))).toMatchObject({
      pipeline: 'reads',
      policy: 'database',
    });
    expect(gaugesOf(writes, 'database')).toMatchObject({ in_use: 1, queued: 1, limit: 1 });
    running.starts[0]!.resolve('read');
    await jobs();
    expect(queued.value).toBe('written');
  });

  it('two in one pipeline are two limits', async () => {
    using l = lab();
    const reports = l.pipeline(
      'reports',
      bulkhead({ maxConcurrent: 3 }),
      bulkhead({ maxConcurrent: 1 }),
    );
    const running = controlled();
    void reports.settle(running);
    expect(await rejection(reports.execute(() => 1))).toMatchObject({ policy: 'bulkhead-2' });
    expect(gaugesOf(reports, 'bulkhead')).toMatchObject({ in_use: 1 });
    running.starts[0]!.resolve('done');
    await jobs();
    expect(gaugesOf(reports, 'bulkhead')).toMatchObject({ in_use: 0 });
  });

  it('a permit around a retry covers all its attempts and waits', async () => {
    using l = lab();
    const reports = l.pipeline(
      'reports',
      bulkhead({ maxConcurrent: 1 }),
      retry({ maxAttempts: 3, backoff: () => 100 }),
    );
    const call = track(reports.execute(scripted([{ error: transient() }])));
    await l.clock.advance(150);
    expect(gaugesOf(reports, 'bulkhead')).toMatchObject({ in_use: 1 });
    await l.clock.advance(50);
    expect(call.state).toBe('rejected');
    expect(gaugesOf(reports, 'bulkhead')).toMatchObject({ in_use: 0 });
    expect(reports.stats().attempts.failure).toBe(3);
    expect(reports.stats().executions.failure).toBe(1);
  });

  it('works applied by hand, and its events leave by the pipeline around it', async () => {
    using l = lab();
    const limit = bulkhead({ maxConcurrent: 1 });
    const reports = l.pipeline('reports', {
      kind: 'mine',
      name: 'mine',
      apply: (next) => limit.apply(next),
    });
    const running = controlled();
    const call = track(reports.execute(running));
    await jobs();
    expect(await rejection(reports.execute(() => 1))).toBeInstanceOf(BulkheadFullError);
    expect(l.seen.of('call.rejected')).toMatchObject([{ pipeline: 'reports', policy: 'mine' }]);
    running.starts[0]!.resolve('done');
    await jobs();
    expect(call.value).toBe('done');
  });
});

describe('bulkhead: hand-over', () => {
  it('a queued caller runs in its own asynchronous context, not in that of the caller who made way', async () => {
    using l = lab();
    const request = new AsyncLocalStorage<string>();
    const seen: string[] = [];
    l.kedge.observe((event) => {
      if (event.type.startsWith('execution.')) seen.push(`${event.type} ${request.getStore()}`);
    });
    const reports = l.pipeline('reports', bulkhead({ maxConcurrent: 1, maxQueued: 3 }));
    const running = controlled();
    void request.run('A', () => reports.settle(running));
    const stores = ['B', 'C', 'D'].map((id) =>
      request.run(id, () => reports.execute(() => Promise.resolve(request.getStore()))),
    );
    request.run('releaser', () => running.starts[0]!.resolve('done'));
    expect(await Promise.all(stores)).toEqual(['B', 'C', 'D']);
    expect(seen).toEqual([
      'execution.succeeded A',
      'execution.succeeded B',
      'execution.succeeded C',
      'execution.succeeded D',
    ]);
  });

  it('whose time in the queue is up is answered in its own context', async () => {
    using l = lab();
    const request = new AsyncLocalStorage<string>();
    const reports = l.pipeline(
      'reports',
      fallback({ run: () => request.getStore() ?? 'none' }),
      bulkhead({ maxConcurrent: 1, maxQueued: 3, maxWait: 100 }),
    );
    void request.run('A', () => reports.settle(controlled()));
    const answers = ['B', 'C'].map((id) => request.run(id, () => reports.execute(() => 'ran')));
    await request.run('clock', () => l.clock.advance(100));
    expect(await Promise.all(answers)).toEqual(['B', 'C']);
  });

  it.each([0, 1, 2, 3, 4])(
    'a permit that is handed to a caller who aborts before it can use it goes on to the next: abort %i jobs later',
    async (later) => {
      using l = lab();
      const reports = l.pipeline('reports', bulkhead({ maxConcurrent: 1, maxQueued: 2 }));
      const running = controlled();
      void reports.settle(running);
      const controller = new AbortController();
      const work = controlled();
      const impatient = track(reports.execute(work, { signal: controller.signal }));
      const next = track(reports.execute(() => 'next'));
      running.starts[0]!.resolve('done');
      for (let each = 0; each < later; each++) await Promise.resolve();
      controller.abort('gone');
      await jobs();
      expect(impatient).toMatchObject({ state: 'rejected', reason: 'gone' });
      // In the very instant of the hand-over it has the permit, but must not start any more.
      expect(work.starts.length).toBeLessThanOrEqual(later);
      for (const { resolve } of work.starts) resolve('late');
      await jobs();
      expect(next.value).toBe('next');
      expect(gaugesOf(reports, 'bulkhead')).toMatchObject({ in_use: 0, queued: 0 });
    },
  );

  it('an operation that calls the same bulkhead waits its turn like anybody', async () => {
    using l = lab();
    const reports = l.pipeline('reports', bulkhead({ maxConcurrent: 2, maxQueued: 1 }));
    const nested = await reports.execute(() => reports.execute(() => 'inner'));
    expect(nested).toBe('inner');
    const one = l.pipeline('one', bulkhead({ maxConcurrent: 1 }));
    const error = await rejection(one.execute(() => one.execute(() => 'inner')));
    expect(error).toBeInstanceOf(BulkheadFullError);
    expect(gaugesOf(one, 'bulkhead')).toMatchObject({ in_use: 0 });
  });
});

describe('bulkhead: abandoned work', () => {
  it('keeps its permit until it has really ended, however the caller was answered', async () => {
    using l = lab();
    const reports = l.pipeline(
      'reports',
      bulkhead({ maxConcurrent: 1, maxQueued: 1 }),
      timeout(50),
    );
    const deaf = controlled();
    const call = track(reports.execute(deaf));
    await l.clock.advance(50);
    expect(call.reason).toMatchObject({ code: 'KEDGE_TIMEOUT' });
    expect(reports.stats()).toMatchObject({ inFlight: 0, abandoned: 1, late: 0 });
    expect(gaugesOf(reports, 'bulkhead')).toMatchObject({ in_use: 1 });

    const queued = track(reports.execute(() => 'after'));
    await l.clock.advance(10_000);
    expect(queued.state).toBe('pending');
    deaf.starts[0]!.reject(transient());
    await jobs();
    expect(queued.value).toBe('after');
    expect(reports.stats()).toMatchObject({ inFlight: 0, abandoned: 0, late: 1 });
  });

  it('of a retry, waits for all attempts that were left behind', async () => {
    using l = lab();
    const reports = l.pipeline(
      'reports',
      bulkhead({ maxConcurrent: 1 }),
      retry({ maxAttempts: 3, backoff: () => 10 }),
      timeout(50),
    );
    const deaf = controlled();
    const call = track(reports.execute(deaf));
    await l.clock.advance(1_000);
    expect(call.state).toBe('rejected');
    expect(deaf.starts).toHaveLength(3);
    for (const order of [1, 0, 2]) {
      expect(gaugesOf(reports, 'bulkhead')).toMatchObject({ in_use: 1 });
      deaf.starts[order]!.resolve('late');
      await jobs();
    }
    expect(gaugesOf(reports, 'bulkhead')).toMatchObject({ in_use: 0 });
    expect(reports.stats()).toMatchObject({ abandoned: 0, late: 3 });
  });
});

/** Work that has its caller's timeout and never ends. */
const hung = () => new Promise(() => {});

describe('bulkhead: work that was given up and never ends', () => {
  it('keeps its permit for a minute, and no longer', async () => {
    using l = lab();
    const reports = l.pipeline('reports', bulkhead({ maxConcurrent: 1 }), timeout(50));
    void reports.settle(hung);
    await l.clock.advance(50 + 59_999);
    expect(gaugesOf(reports, 'bulkhead')).toMatchObject({ in_use: 1 });
    expect(reports.stats()).toMatchObject({ abandoned: 1, late: 0 });
    await l.clock.advance(1);
    expect(gaugesOf(reports, 'bulkhead')).toMatchObject({ in_use: 0 });
    expect(countersOf(reports, 'bulkhead')).toMatchObject({ abandoned: 1 });
    expect(reports.stats()).toMatchObject({ abandoned: 0, late: 0 });
    expect(await reports.execute(() => 'next')).toBe('next');
  });

  it('hands its permit to who has waited longest', async () => {
    using l = lab();
    const reports = l.pipeline(
      'reports',
      bulkhead({ maxConcurrent: 1, maxQueued: 5, abandonAfter: 1_000 }),
      timeout(50),
    );
    void reports.settle(hung);
    const order: number[] = [];
    for (const id of [1, 2]) void reports.settle(() => order.push(id));
    await l.clock.advance(1_049);
    expect(order).toEqual([]);
    await l.clock.advance(1);
    expect(order).toEqual([1, 2]);
  });

  it('gives back one permit, also when it ends all the same', async () => {
    using l = lab();
    const reports = l.pipeline(
      'reports',
      bulkhead({ maxConcurrent: 2, abandonAfter: 1_000 }),
      timeout(50),
    );
    const deaf = controlled();
    void reports.settle(deaf);
    void reports.settle(hung);
    await l.clock.advance(1_050);
    expect(gaugesOf(reports, 'bulkhead')).toMatchObject({ in_use: 0 });
    deaf.starts[0]!.resolve('very late');
    await jobs();
    expect(gaugesOf(reports, 'bulkhead')).toMatchObject({ in_use: 0 });
    expect(reports.stats()).toMatchObject({ abandoned: 0, late: 1 });
  });

  it('counts each attempt that was left behind, under every limit around it once', async () => {
    using l = lab();
    const reports = l.pipeline(
      'reports',
      bulkhead({ maxConcurrent: 1, abandonAfter: 1_000 }),
      retry({ maxAttempts: 3, backoff: () => 10 }),
      bulkhead({ maxConcurrent: 3, abandonAfter: 500 }),
      timeout(50),
    );
    void reports.settle(hung);
    await l.clock.advance(170);
    expect(reports.stats()).toMatchObject({ inFlight: 0, abandoned: 3 });
    await l.clock.advance(500);
    expect(reports.stats()).toMatchObject({ abandoned: 0 });
    expect(gaugesOf(reports, 'bulkhead')).toMatchObject({ in_use: 1 });
    await l.clock.advance(500);
    expect(gaugesOf(reports, 'bulkhead')).toMatchObject({ in_use: 0 });
    expect(reports.stats()).toMatchObject({ abandoned: 0, late: 0 });
    expect(countersOf(reports, 'bulkhead-2')).toMatchObject({ abandoned: 3 });
  });

  it('counts no longer in a flight that several callers shared, either', async () => {
    using l = lab();
    const limit = bulkhead({ maxConcurrent: 1, abandonAfter: 1_000 });
    const reports = l.pipeline('reports', timeout(50), limit, coalesce({ key: () => 'all' }));
    void reports.settle(hung);
    await l.clock.advance(50);
    expect(reports.stats()).toMatchObject({ abandoned: 1 });
    expect(gaugesOf(reports, 'bulkhead')).toMatchObject({ in_use: 1 });
    await l.clock.advance(1_000);
    expect(reports.stats()).toMatchObject({ abandoned: 0 });
    expect(gaugesOf(reports, 'bulkhead')).toMatchObject({ in_use: 0 });
  });

  it('is waited for without end where `abandonAfter` is Infinity', async () => {
    using l = lab();
    const reports = l.pipeline(
      'reports',
      bulkhead({ maxConcurrent: 1, abandonAfter: Infinity }),
      timeout(50),
    );
    void reports.settle(hung);
    await l.clock.advance(1e9);
    expect(gaugesOf(reports, 'bulkhead')).toMatchObject({ in_use: 1 });
  });

  it('needs no timer while nothing is given up, nor when the work has ended', async () => {
    using l = lab();
    const reports = l.pipeline('reports', bulkhead({ maxConcurrent: 1 }), timeout(50));
    const deaf = controlled();
    void reports.settle(deaf);
    await l.clock.advance(49);
    expect(l.clock.timers).toBe(1);
    await l.clock.advance(1);
    expect(l.clock.timers).toBe(1);
    deaf.starts[0]!.resolve('late');
    await jobs();
    expect(l.clock.timers).toBe(0);
  });
});

/** A policy of one's own that gives what is inside only so much time. */
const within = (l: Lab, ms: number): Policy => ({
  kind: 'within',
  name: 'within',
  apply: (next) => (context) => next({ ...context, deadline: l.clock.now + ms }),
});

describe('bulkhead: deadlines', () => {
  it('lets nobody wait beyond a deadline that nobody else enforces', async () => {
    using l = lab();
    const limit = bulkhead({ maxConcurrent: 1, maxQueued: 5 });
    void l.pipeline('others', limit).settle(hung);
    const call = track(l.pipeline('reports', within(l, 100), limit).execute(() => 1));
    await l.clock.advance(99);
    expect(call.state).toBe('pending');
    await l.clock.advance(1);
    expect(call.reason).toMatchObject({ reason: 'queue-timeout' });
    expect(gaugesOf(l.pipeline('reports', limit), 'bulkhead')).toMatchObject({ queued: 0 });
    expect(l.clock.timers).toBe(0);
  });

  it('queues nobody whose time is over', async () => {
    using l = lab();
    const limit = bulkhead({ maxConcurrent: 1, maxQueued: 5 });
    void l.pipeline('others', limit).settle(hung);
    const late = l.pipeline('late', within(l, 0), limit);
    expect(await rejection(late.execute(() => 1))).toMatchObject({ reason: 'queue-timeout' });
    expect(countersOf(late, 'bulkhead')).toMatchObject({ rejected_queue_timeout: 1 });
  });

  it('leaves it to the timeout outside to end the wait, and says so', async () => {
    using l = lab();
    const limit = bulkhead({ maxConcurrent: 1, maxQueued: 5 });
    void l.pipeline('others', limit).settle(hung);
    const call = track(l.pipeline('reports', timeout(100), limit).execute(() => 1));
    await l.clock.advance(100);
    expect(call.reason).toMatchObject({ code: 'KEDGE_TIMEOUT' });
  });
});

describe('bulkhead: clocks', () => {
  it.each([
    ['an earlier', 1e9, 0],
    ['a later', 0, 1e9],
  ])(
    'serves calls that were queued before %s clock came, and those after',
    async (_, one, other) => {
      const limit = bulkhead({ maxConcurrent: 1, maxQueued: 10, maxWait: 1_000 });
      const running = controlled();
      const order: string[] = [];
      {
        using l = lab();
        await l.clock.advance(one);
        const reports = l.pipeline('reports', timeout(1e6), limit);
        void reports.settle(running);
        void reports.settle(() => order.push('before'));
      }
      using l = lab();
      await l.clock.advance(other);
      void l.pipeline('reports', timeout(1e6), limit).settle(() => order.push('after'));
      running.starts[0]!.resolve('done');
      await jobs();
      expect(order).toEqual(['before', 'after']);
    },
  );
});

describe('bulkhead: reconfigure', () => {
  it('goes back to the default of an option that null takes away', async () => {
    using l = lab();
    const limit = bulkhead({ maxConcurrent: 1, maxQueued: 3 });
    const reports = l.pipeline('reports', limit);
    void reports.settle(hung);
    limit.reconfigure({ maxQueued: null });
    expect(await rejection(reports.execute(() => 1))).toBeInstanceOf(BulkheadFullError);
    expect(() => limit.reconfigure({ maxConcurrent: null as never })).toThrow(
      'bulkhead: `maxConcurrent` is required',
    );
  });

  it('more permits go to those who wait, at once and in their order', async () => {
    using l = lab();
    const limit = bulkhead({ maxConcurrent: 1, maxQueued: 10 });
    const reports = l.pipeline('reports', limit);
    const operation = controlled();
    for (let each = 0; each < 5; each++) void reports.settle(operation);
    limit.reconfigure({ maxConcurrent: 3 });
    await jobs();
    expect(operation.starts).toHaveLength(3);
    expect(gaugesOf(reports, 'bulkhead')).toMatchObject({ in_use: 3, queued: 2, limit: 3 });
  });

  it('of fewer permits those in use stay in use, and come back before anybody gets one', async () => {
    using l = lab();
    const limit = bulkhead({ maxConcurrent: 3, maxQueued: 10 });
    const reports = l.pipeline('reports', limit);
    const operation = controlled();
    for (let each = 0; each < 4; each++) void reports.settle(operation);
    limit.reconfigure({ maxConcurrent: 1 });
    expect(gaugesOf(reports, 'bulkhead')).toMatchObject({ in_use: 3, queued: 1, limit: 1 });
    for (const { resolve } of operation.starts.slice(0, 2)) resolve('done');
    await jobs();
    expect(operation.starts).toHaveLength(3);
    operation.starts[2]!.resolve('done');
    await jobs();
    expect(operation.starts).toHaveLength(4);
  });

  it('a shorter queue drops nobody who is in it', async () => {
    using l = lab();
    const limit = bulkhead({ maxConcurrent: 1, maxQueued: 3 });
    const reports = l.pipeline('reports', limit);
    const operation = controlled();
    const calls = [1, 2, 3].map(() => track(reports.execute(operation)));
    limit.reconfigure({ maxQueued: 0 });
    expect(await rejection(reports.execute(operation))).toBeInstanceOf(BulkheadFullError);
    for (let each = 0; each < 3; each++) {
      operation.starts[each]!.resolve(each);
      await jobs();
    }
    expect(calls.map(({ value }) => value)).toEqual([0, 1, 2]);
  });

  it('another `queueTimeout` is for those who come; who is queued keeps the one that it came with', async () => {
    using l = lab();
    const limit = bulkhead({ maxConcurrent: 1, maxQueued: 3, maxWait: 1_000 });
    const reports = l.pipeline('reports', limit);
    void reports.settle(controlled());
    const before = track(reports.execute(() => 1));
    limit.reconfigure({ maxWait: 10 });
    const after = track(reports.execute(() => 1));
    await l.clock.advance(10);
    expect(after.reason).toMatchObject({ reason: 'queue-timeout' });
    expect(before.state).toBe('pending');
    await l.clock.advance(990);
    expect(before.reason).toMatchObject({ reason: 'queue-timeout' });
    expect(l.clock.timers).toBe(0);
  });

  it('refuses what cannot be, and changes nothing then', async () => {
    using l = lab();
    const limit = bulkhead({ maxConcurrent: 2 });
    const reports = l.pipeline('reports', limit);
    expect(() => limit.reconfigure({ maxConcurrent: 1, maxQueued: -1 })).toThrow(RangeError);
    expect(() => limit.reconfigure({ name: 'other' } as never)).toThrow(TypeError);
    expect(gaugesOf(reports, 'bulkhead')).toMatchObject({ limit: 2 });
    limit.reconfigure({});
    expect(gaugesOf(reports, 'bulkhead')).toMatchObject({ limit: 2 });
  });
});
