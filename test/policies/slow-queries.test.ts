// A policy as a user would write it, outside the package and against its public names alone: log slow queries.
import {
  circuitBreaker,
  createKedge,
  type PolicyContext,
  hedge,
  type KedgeEvent,
  type Next,
  type Policy,
  retry,
  timeout,
} from 'kedge';
import { recorder, scripted, virtualClock } from 'kedge/testing';
import { describe, expect, it } from 'vitest';

interface SlowQueryOptions {
  /** A query that takes longer is slow, in milliseconds. */
  readonly after: number;
  readonly now?: () => number;
}

/** Reports every query that took longer than `after` milliseconds, whatever came of it. */
function logSlowQueries({ after, now = () => performance.now() }: SlowQueryOptions): Policy {
  return {
    kind: 'slowQueries',
    name: 'slowQueries',
    apply: (next: Next): Next =>
      async function watch(execution: PolicyContext): Promise<unknown> {
        const began = now();
        try {
          return await next(execution);
        } finally {
          const duration = now() - began;
          const { statement = 'unknown' } = execution.attributes;
          if (duration > after) {
            const { attempt } = execution;
            execution.emit({ type: 'query.slow', severity: 'warn', duration, statement, attempt });
          }
        }
      },
  };
}

function setUp() {
  const clock = virtualClock();
  const seen = recorder();
  const kedge = createKedge({ sinks: [seen] });
  const slow = (): KedgeEvent[] =>
    seen.events.filter(({ type }) => (type as string) === 'query.slow');
  const watch = logSlowQueries({ after: 200, now: () => clock.now });
  return { clock, seen, kedge, slow, watch, [Symbol.dispose]: () => clock[Symbol.dispose]() };
}

describe('a policy that logs slow queries', () => {
  it('reports what was slow with all that an event carries, and nothing else', async () => {
    using s = setUp();
    const orders = s.kedge.pipeline('orders-db', s.watch);
    const query = scripted([
      { value: [], after: 200 },
      { value: ['row'], after: 201 },
    ]);
    const options = { attributes: { statement: 'orders by customer' }, key: 'customer-7' };
    const quick = orders.execute(query, options);
    await s.clock.advance(200);
    expect(await quick).toEqual([]);
    expect(s.slow()).toEqual([]);
    const slow = orders.execute(query, options);
    await s.clock.advance(201);
    expect(await slow).toEqual(['row']);
    expect(s.slow()).toMatchObject([
      {
        type: 'query.slow',
        pipeline: 'orders-db',
        policy: 'slowQueries',
        kind: 'slowQueries',
        severity: 'warn',
        key: 'customer-7',
        duration: 201,
        statement: 'orders by customer',
        attempt: 1,
      },
    ]);
    const [event] = s.slow();
    expect(event!.executionId).toBe(s.seen.of('execution.succeeded')[1]!.executionId);
  });

  it('inside a retry it sees each attempt, outside the whole call', async () => {
    using s = setUp();
    const steps = [
      { error: new Error('deadlock'), after: 150 },
      { value: 1, after: 250 },
    ] as const;
    const again = retry({ backoff: () => 10 });
    const inside = s.kedge.pipeline('inside', again, s.watch).execute(scripted(steps));
    await s.clock.advance(1_000);
    await inside;
    expect(s.slow()).toMatchObject([{ duration: 250, attempt: 2 }]);
    const outside = s.kedge.pipeline('outside', s.watch, again).execute(scripted(steps));
    await s.clock.advance(1_000);
    await outside;
    expect(s.slow()[1]).toMatchObject({ pipeline: 'outside', duration: 410 });
  });

  it('reports what was ended by a timeout, and leaves the outcome as it is', async () => {
    using s = setUp();
    const orders = s.kedge.pipeline('orders-db', circuitBreaker(), s.watch, timeout(500));
    const call = orders.settle(scripted([{ hang: true }]));
    await s.clock.advance(500);
    expect(await call).toMatchObject({ status: 'rejected', reason: { code: 'KEDGE_TIMEOUT' } });
    expect(s.slow()).toMatchObject([{ duration: 500 }]);
    expect(orders.stats().executions).toMatchObject({ timeout: 1 });
  });

  it('has the same power as a policy of kedge’s own: a hedge outside races it, an abort reaches it', async () => {
    using s = setUp();
    const orders = s.kedge.pipeline(
      'orders-db',
      hedge({ after: 300, budget: false }),
      s.watch,
      timeout(5_000),
    );
    const query = scripted([{ untilAborted: true }, { value: 'second', after: 50 }]);
    const call = orders.execute(query);
    await s.clock.advance(350);
    expect(await call).toBe('second');
    expect(query.calls[0]!.signal.aborted).toBe(true);
    expect(query.calls[1]!.signal.aborted).toBe(false);
    expect(s.slow()).toMatchObject([{ duration: 350 }]);
    expect(orders.stats()).toMatchObject({ inFlight: 0, abandoned: 0 });
    expect(s.clock.timers).toBe(0);
  });

  it('one policy in two pipelines and two of one name keep apart by their names', async () => {
    using s = setUp();
    const orders = s.kedge.pipeline(
      'orders-db',
      s.watch,
      retry(),
      logSlowQueries({ after: 200, now: () => s.clock.now }),
    );
    expect(orders.policies.map(({ name }) => name)).toEqual([
      'slowQueries',
      'retry',
      'slowQueries-2',
    ]);
    const call = orders.execute(scripted([{ value: 1, after: 300 }]));
    await s.clock.advance(300);
    await call;
    expect(s.slow()).toMatchObject([{ policy: 'slowQueries-2' }, { policy: 'slowQueries' }]);
  });

  it('works on the machine’s own clock, too', async () => {
    const kedge = createKedge();
    const orders = kedge.pipeline('orders-db', logSlowQueries({ after: 60_000 }));
    expect(await orders.execute(() => 'quick')).toBe('quick');
  });
});
