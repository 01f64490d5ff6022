// Sentences of the pages that no snippet shows.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import {
  bulkhead,
  BulkheadFullError,
  circuitBreaker,
  CircuitOpenError,
  coalesce,
  constantBackoff,
  fallback,
  hedge,
  type Next,
  type Policy,
  presets,
  rateLimiter,
  ResilienceError,
  retry,
  staleIfError,
  timeout,
  TimeoutError,
} from 'kedge';
import { afterEach, describe, expect, it } from 'vitest';
import { controlled, jobs, lab, permanent, rejection, track, transient } from '../support/lab.ts';
import { root } from './blocks.ts';

const fail = (): Promise<never> => Promise.reject(transient());
const ok = (): Promise<string> => Promise.resolve('ok');
const hang = (): Promise<never> => new Promise(() => {});

/** A program that makes one call and does not wait for it. */
const script = (policy: string, operation: string): string => `
  import { registerHooks } from 'node:module';
  registerHooks({
    resolve: (name, context, next) =>
      next(name === 'kedge' ? '${new URL('src/index.ts', `file://${root}/`).href}' : name, context),
  });
  const { pipeline, retry, timeout } = await import('kedge');
  process.on('exit', () => console.log(Math.round(performance.now() - begin) < 400 ? 'ended' : 'waited'));
  const begin = performance.now();
  pipeline('quotes', ${policy}).settle(${operation});
`;

const run = async (policy: string, operation: string): Promise<string> => {
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--input-type=module',
    '--disable-warning=ExperimentalWarning',
    '--eval',
    script(policy, operation),
  ]);
  return stdout.trim();
};

describe('README.md', () => {
  afterEach(() => {
    ResilienceError.stacks = false;
  });

  it('a second policy of one name gets a number', () => {
    using world = lab();
    const { policies } = world.pipeline('quotes', timeout(2), retry(), timeout(1));
    expect(policies.map(({ name }) => name)).toEqual(['timeout', 'retry', 'timeout-2']);
  });

  it('wrong options name the option, the value and what is allowed, and a slip its nearest name', () => {
    expect(() => retry({ maxAttempts: 0 })).toThrow(
      new RangeError(
        'retry: expected `maxAttempts` to be a whole number from 1, or Infinity, got 0.',
      ),
    );
    expect(() => retry({ maxAttempt: 3 } as never)).toThrow(/Did you mean `maxAttempts`\?/);
  });

  it('errors carry a stack only where stacks are turned on', async () => {
    using world = lab();
    const { pipeline } = world;
    const breaker = circuitBreaker();
    breaker.open();
    const quotes = pipeline('quotes', breaker);
    expect(((await rejection(quotes.execute(ok))) as Error).stack).not.toContain('\n');
    ResilienceError.stacks = true;
    expect(((await rejection(quotes.execute(ok))) as Error).stack).toContain('\n    at ');
  });
});

describe('docs/timeout.md and docs/retry.md', () => {
  it('a timeout and the wait of a retry keep the process alive, unless `unref` says otherwise', async () => {
    const failing = `() => { throw new Error('down') }`;
    const hanging = '() => new Promise(() => {})';
    const answers = await Promise.all([
      run('timeout(600)', hanging),
      run('timeout({ after: 60_000, unref: true })', hanging),
      run('retry({ maxAttempts: 2, backoff: () => 600 })', failing),
      run('retry({ maxAttempts: 2, backoff: () => 600, unref: true })', failing),
    ]);
    expect(answers).toEqual(['waited', 'ended', 'waited', 'ended']);
  });
});

describe('docs/retry.md', () => {
  it('a name that does not resolve is tried once more and not again', async () => {
    using world = lab();
    const { pipeline, clock } = world;
    const quotes = pipeline('quotes', retry({ maxAttempts: 5 }));
    void quotes.settle(() => Promise.reject(Object.assign(new Error(), { code: 'ENOTFOUND' })));
    await clock.runAll();
    expect(quotes.stats().attempts.failure).toBe(2);
  });

  it('an error that asks for more than maxRetryAfter is refused, and reaches the caller', async () => {
    using world = lab();
    const { pipeline, seen } = world;
    const error = Object.assign(new Error(), { status: 429, headers: { 'retry-after': '600' } });
    expect(await rejection(pipeline('quotes', retry()).execute(() => Promise.reject(error)))).toBe(
      error,
    );
    expect(seen.of('retry.refused').map(({ reason }) => reason)).toEqual(['deadline']);
  });

  it('an open circuit is waited for once, and is no attempt', async () => {
    using world = lab();
    const { pipeline, clock } = world;
    const breaker = circuitBreaker({ openFor: 1_000 });
    breaker.open();
    const call = track(pipeline('quotes', retry({ maxAttempts: 1 }), breaker).execute(ok));
    await clock.advance(999);
    expect(call.state).toBe('pending');
    await clock.runAll();
    expect(call.value).toBe('ok');
  });

  it('a circuit that stays open beyond the deadline is not waited for', async () => {
    using world = lab();
    const { pipeline, clock, seen } = world;
    const breaker = circuitBreaker({ openFor: 10_000 });
    breaker.open();
    const quotes = pipeline('quotes', timeout(5_000), retry(), breaker);
    expect(await rejection(quotes.execute(ok))).toBeInstanceOf(CircuitOpenError);
    expect([clock.now, seen.of('retry.refused')[0]?.reason]).toEqual([0, 'circuit-open']);
  });
});

describe('docs/timeout.md', () => {
  it('cooperative: what the operation still returns is kept', async () => {
    using world = lab();
    const { pipeline, clock } = world;
    const operation = controlled();
    const quotes = pipeline('quotes', timeout({ after: 100, strategy: 'cooperative' }));
    const call = track(quotes.execute(operation));
    const [start] = operation.starts;
    expect(start?.context.signal.aborted).toBe(false);
    await clock.advance(100);
    expect([call.state, start?.context.signal.aborted]).toEqual(['pending', true]);
    start?.resolve('late');
    await jobs();
    expect(call.value).toBe('late');
  });

  it('cooperative: what the operation throws becomes the cause', async () => {
    using world = lab();
    const { pipeline, clock } = world;
    const operation = controlled();
    const quotes = pipeline('quotes', timeout({ after: 100, strategy: 'cooperative' }));
    const call = track(quotes.execute(operation));
    await clock.advance(100);
    const error = transient();
    operation.starts[0]?.reject(error);
    await jobs();
    expect(call.reason).toBeInstanceOf(TimeoutError);
    expect((call.reason as Error).cause).toBe(error);
  });

  it('the deadline is that of the tightest timeout', async () => {
    using world = lab();
    const { pipeline } = world;
    const deadline = await pipeline('quotes', timeout(5_000), timeout(1_000)).execute(
      (context) => context.deadline,
    );
    expect(deadline).toBe(1_000);
  });

  it('a late outcome is counted', async () => {
    using world = lab();
    const { pipeline, clock } = world;
    const operation = controlled();
    const quotes = pipeline('quotes', timeout(100));
    track(quotes.execute(operation));
    await clock.advance(100);
    expect(quotes.stats().abandoned).toBe(1);
    operation.starts[0]?.reject(transient());
    await jobs();
    expect([quotes.stats().abandoned, quotes.stats().late]).toEqual([0, 1]);
  });
});

describe('docs/circuit-breaker.md', () => {
  it('an open circuit whose time is over is open until a call comes', async () => {
    using world = lab();
    const { pipeline, clock } = world;
    const breaker = circuitBreaker({ openFor: 1_000 });
    const quotes = pipeline('quotes', breaker);
    breaker.open();
    await clock.advance(5_000);
    expect([breaker.state, quotes.stats().policies[0]?.gauges['open'], breaker.state]).toEqual([
      'open',
      1,
      'open',
    ]);
    await quotes.execute(ok);
    expect(breaker.state).not.toBe('open');
  });

  it('slow calls count while they still run', async () => {
    using world = lab();
    const { pipeline, clock } = world;
    const breaker = circuitBreaker({ minimumCalls: 5, slowCall: { after: 100, rate: 0.5 } });
    const quotes = pipeline('quotes', breaker);
    for (let call = 0; call < 5; call++) track(quotes.execute(hang));
    await clock.advance(100);
    expect(breaker.state).toBe('open');
  });

  it('a snapshot of a closed circuit brings back its window, unless it is older than that', async () => {
    using world = lab();
    const { pipeline, clock } = world;
    const before = circuitBreaker({ minimumCalls: 3, consecutiveFailures: Infinity });
    for (let call = 0; call < 2; call++) await pipeline('before', before).settle(fail);
    const restore = before.snapshot();
    const after = circuitBreaker({ minimumCalls: 3, consecutiveFailures: Infinity, restore });
    await pipeline('after', after).settle(fail);
    expect(after.state).toBe('open');
    await clock.advance(10_000);
    const later = circuitBreaker({ minimumCalls: 3, consecutiveFailures: Infinity, restore });
    await pipeline('later', later).settle(fail);
    expect(later.state).toBe('closed');
  });

  it('a permanent answer is a success', async () => {
    using world = lab();
    const breaker = circuitBreaker();
    const quotes = world.pipeline('quotes', breaker);
    for (let call = 0; call < 100; call++) await quotes.settle(() => Promise.reject(permanent()));
    expect(breaker.state).toBe('closed');
  });
});

describe('docs/fallback.md', () => {
  it("a programmer's bug is answered, and reported as an error", async () => {
    using world = lab();
    const { pipeline, seen } = world;
    const quotes = pipeline('quotes', fallback({ value: 'instead' }));
    const answer = await quotes.execute((): string => {
      throw new TypeError('x is not a function');
    });
    expect([answer, seen.of('fallback.used')[0]?.severity]).toEqual(['instead', 'error']);
  });

  it('when run throws, the caller gets the original error', async () => {
    using world = lab();
    const { pipeline, seen } = world;
    const error = transient();
    const second = new Error('that too');
    const quotes = pipeline('quotes', fallback({ run: () => Promise.reject(second) }));
    expect(await rejection(quotes.execute(() => Promise.reject(error)))).toBe(error);
    expect(seen.of('fallback.failed')[0]).toMatchObject({ error, fallbackError: second });
  });
});

describe('docs/stale-if-error.md', () => {
  it('a value older than maxAge is not served, and values are kept as they are', async () => {
    using world = lab();
    const { pipeline, clock } = world;
    const rates = pipeline('rates', staleIfError({ maxAge: 1_000 }));
    const value = { rate: 1.08 };
    await rates.execute(() => value, { key: 'EUR' });
    await clock.advance(1_000);
    expect(await rates.execute(fail, { key: 'EUR' })).toBe(value);
    await clock.advance(1);
    expect((await rates.settle(fail, { key: 'EUR' })).status).toBe('rejected');
  });
});

describe('docs/bulkhead.md', () => {
  it('who is queued for too long is rejected for that reason', async () => {
    using world = lab();
    const { pipeline, clock } = world;
    const reports = pipeline('reports', bulkhead({ maxConcurrent: 1, maxQueued: 1, maxWait: 100 }));
    track(reports.execute(hang));
    const queued = track(reports.execute(ok));
    await clock.advance(100);
    expect(queued.reason).toBeInstanceOf(BulkheadFullError);
    expect(queued.reason).toMatchObject({ reason: 'queue-timeout' });
  });
});

describe('docs/rate-limiter.md', () => {
  it('a retry outside takes retryAfter for its delay', async () => {
    using world = lab();
    const { pipeline, seen } = world;
    const mails = pipeline(
      'mails',
      retry({ backoff: constantBackoff(1) }),
      rateLimiter({ limit: 1 }),
    );
    await mails.execute(ok);
    track(mails.execute(ok));
    const [scheduled] = seen.of('retry.scheduled');
    expect(scheduled).toMatchObject({ retryAfter: 1_000 });
    // Spread behind it: others may have been told the same.
    expect(scheduled!.delay).toBeGreaterThanOrEqual(1_000);
  });

  it('a limit below 1 has a burst of 1', async () => {
    using world = lab();
    const { pipeline, clock } = world;
    const mails = pipeline('mails', rateLimiter({ limit: 0.5 }));
    const said: string[] = [];
    for (let call = 0; call < 3; call++) {
      said.push((await mails.settle(ok)).status);
      await clock.advance(1_000);
    }
    expect(said).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });
});

describe('docs/hedge.md', () => {
  it('an operation that says idempotent: false is not hedged; with requireIdempotent only one that says true', async () => {
    using world = lab();
    const { pipeline, clock } = world;
    let made = 0;
    const launched = async (policy: Policy, idempotent: boolean | undefined): Promise<number> => {
      const search = pipeline(`search ${++made}`, policy);
      track(search.execute(hang, idempotent === undefined ? {} : { attributes: { idempotent } }));
      await clock.advance(100);
      return search.stats().policies[0]?.counters['launched'] ?? NaN;
    };
    expect(await launched(hedge({ after: 50 }), undefined)).toBe(1);
    expect(await launched(hedge({ after: 50 }), false)).toBe(0);
    const strict = { after: 50, requireIdempotent: true };
    expect(await launched(hedge(strict), undefined)).toBe(0);
    expect(await launched(hedge(strict), true)).toBe(1);
  });

  it('a quantile hedges nothing before 30 successes', async () => {
    using world = lab();
    const { pipeline, clock } = world;
    const search = pipeline('search', hedge({ after: { quantile: 0.95 } }));
    const launchedAfter = async (successes: number): Promise<number> => {
      while (search.stats().executions.success < successes) {
        const operation = controlled();
        track(search.execute(operation));
        await clock.advance(10);
        operation.starts[0]?.resolve('ok');
        await jobs();
      }
      track(search.execute(hang));
      await clock.advance(1_000);
      return search.stats().policies[0]?.counters['launched'] ?? NaN;
    };
    expect(await launchedAfter(29)).toBe(0);
    expect(await launchedAfter(30)).toBe(1);
  });
});

describe('docs/coalesce.md', () => {
  it("one caller's abort ends that wait alone, and the last one's ends the work", async () => {
    using world = lab();
    const { pipeline } = world;
    const users = pipeline('users', coalesce());
    const operation = controlled();
    const callers = [new AbortController(), new AbortController()];
    const calls = callers.map(({ signal }) =>
      track(users.execute(operation, { key: '7', signal })),
    );
    const [start] = operation.starts;
    const { signal } = start!.context;
    callers[0]?.abort();
    await jobs();
    expect(calls.map(({ state }) => state)).toEqual(['rejected', 'pending']);
    expect(signal.aborted).toBe(false);
    callers[1]?.abort();
    await jobs();
    expect([operation.starts.length, signal.aborted]).toEqual([1, true]);
  });
});

describe('docs/keyed.md', () => {
  it('a pipeline that was dropped keeps working, and a new one begins from nothing', async () => {
    using world = lab();
    const breakers: string[] = [];
    const hosts = world.kedge.keyed(
      'hosts',
      (key) => {
        breakers.push(key);
        return [circuitBreaker()];
      },
      { maxKeys: 1 },
    );
    const first = hosts.for('a');
    hosts.for('b');
    expect(await first.execute(ok)).toBe('ok');
    hosts.for('a');
    expect([breakers, hosts.size]).toEqual([['a', 'b', 'a'], 1]);
  });

  it('an open circuit is not dropped before a closed one of about the same age', async () => {
    using world = lab();
    const made: string[] = [];
    const hosts = world.kedge.keyed(
      'hosts',
      (key) => {
        made.push(key);
        return [circuitBreaker({ consecutiveFailures: 1 })];
      },
      { maxKeys: 2 },
    );
    await hosts.for('bad').settle(fail);
    await hosts.for('good').execute(ok);
    hosts.for('new');
    hosts.for('bad');
    expect(made).toEqual(['bad', 'good', 'new']);
  });

  it('what was idle is dropped without a timer', async () => {
    using world = lab();
    const hosts = world.kedge.keyed('hosts', () => [], { idleAfter: 1_000 });
    hosts.for('a');
    expect(world.clock.timers).toBe(0);
    await world.clock.advance(1_001);
    hosts.for('b');
    expect(hosts.size).toBe(1);
  });
});

describe('docs/presets.md', () => {
  it('a window shorter than twice the attempt is refused', () => {
    expect(() =>
      presets.http({ attemptTimeout: 6_000, circuitBreaker: { window: { duration: 10_000 } } }),
    ).toThrow(RangeError);
  });
});

describe('docs/telemetry.md', () => {
  it('a sink that throws is counted, and the others hear of it', async () => {
    using world = lab();
    const { pipeline, kedge, seen } = world;
    kedge.observe(function clumsy() {
      throw new Error('a mistake');
    });
    expect(await pipeline('quotes').execute(ok)).toBe('ok');
    expect(seen.of('sink.failed').map(({ sink }) => sink)).toEqual(['clumsy', 'clumsy']);
  });

  it('failed attempts are the same in number in counters and events', async () => {
    using world = lab();
    const { pipeline, clock, seen } = world;
    const quotes = pipeline('quotes', retry({ maxAttempts: 2 }), timeout(100));
    for (const operation of [fail, hang, ok, fail]) track(quotes.execute(operation));
    await clock.runAll();
    const { failure, timeout: timedOut } = quotes.stats().attempts;
    expect([failure, timedOut]).toEqual([4, 2]);
    expect(seen.of('attempt.failed')).toHaveLength(6);
  });

  it('final tells a failure that was repaired from one that hurts', async () => {
    using world = lab();
    const { pipeline, clock, seen } = world;
    const quotes = pipeline('quotes', retry({ maxAttempts: 2 }));
    track(quotes.execute(({ attempt }) => (attempt === 1 ? fail() : ok())));
    await clock.runAll();
    track(quotes.execute(fail));
    await clock.runAll();
    expect(seen.of('attempt.failed').map(({ handled, final }) => [handled, final])).toEqual([
      [true, false],
      [true, false],
      [false, true],
    ]);
  });
});

const policy = (apply: (next: Next) => Next): Policy => ({ kind: 'mine', name: 'mine', apply });

describe('docs/writing-a-policy.md', () => {
  it('what is not the execution is refused', async () => {
    using world = lab();
    const mine = policy((next) => () => next({} as never));
    await expect(world.pipeline('quotes', mine).execute(ok)).rejects.toBeInstanceOf(TypeError);
  });

  it('a signal put in place ends what is inside with its reason', async () => {
    using world = lab();
    const own = new AbortController();
    const mine = policy((next) => (execution) => next({ ...execution, signal: own.signal }));
    const call = track(world.pipeline('quotes', mine).execute(hang));
    const reason = new Error('enough');
    own.abort(reason);
    await jobs();
    expect(call.reason).toBe(reason);
  });

  it('the caller is answered at once when the call is ended, whatever the policy does', async () => {
    using world = lab();
    const caller = new AbortController();
    const mine = policy(() => hang);
    const call = track(world.pipeline('quotes', mine).execute(ok, { signal: caller.signal }));
    caller.abort();
    await jobs();
    expect(call.state).toBe('rejected');
  });

  it('an event is of severity info unless it says otherwise', async () => {
    using world = lab();
    const mine = policy((next) => (execution) => {
      execution.emit({ type: 'mine.done', extra: 1 });
      return next(execution);
    });
    await world.pipeline('quotes', mine).execute(ok, { key: 'k' });
    const [event] = world.seen.events;
    expect(event).toMatchObject({
      type: 'mine.done',
      severity: 'info',
      extra: 1,
      pipeline: 'quotes',
      policy: 'mine',
      kind: 'mine',
      key: 'k',
    });
  });
});
