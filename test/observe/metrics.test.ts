import {
  adaptiveLimiter,
  bulkhead,
  circuitBreaker,
  constantBackoff,
  createKedge,
  fallback,
  hedge,
  type PolicyStats,
  rateLimiter,
  retry,
  retryBudget,
  staleIfError,
  adaptiveThrottle,
  timeout,
} from 'kedge';
import { prometheus } from 'kedge/prometheus';
import { scripted, virtualClock, type VirtualClock } from 'kedge/testing';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { attach, madeUp, type Scrape, scrape, sourceOf } from './scraping.ts';

let clock: VirtualClock;
beforeEach(() => {
  clock = virtualClock();
});
afterEach(() => clock[Symbol.dispose]());

function watched() {
  const kedge = createKedge();
  const registry = new Registry();
  kedge.observe(prometheus(registry));
  return { ...kedge, scrape: () => scrape(registry) };
}

const fail = (code = 'ECONNRESET') => Promise.reject(Object.assign(new Error('down'), { code }));
/** An operation that takes so many milliseconds. */
const wait = (ms: number) => scripted([{ value: 1, after: ms }]);

/** Lets the time pass that a call takes. */
async function played<T>(call: Promise<T>): Promise<T> {
  await clock.runAll();
  return call;
}

/** Shows one policy with these numbers. */
async function shown(...policies: PolicyStats[]): Promise<Scrape> {
  const registry = new Registry();
  attach(prometheus(registry), sourceOf(madeUp('p', ...policies)));
  return scrape(registry);
}

const gauge = (metrics: Scrape, name: string) =>
  metrics.value(`kedge_bulkhead_${name}`, { pipeline: 'quotes', policy: 'bulkhead' });

/** The failures of `quotes`, by kind. */
const kinds = (metrics: Scrape) =>
  Object.fromEntries(
    metrics
      .labels('kedge_failures_total', 'kind')
      .map((kind) => [kind, metrics.value('kedge_failures_total', { pipeline: 'quotes', kind })]),
  );

describe('executions and attempts', () => {
  it('are counted by their outcome, those that have not happened with 0', async () => {
    const { pipeline, scrape: read } = watched();
    const quotes = pipeline('quotes', timeout(100));
    await quotes.execute(() => 1);
    await quotes.settle(() => fail());
    const late = quotes.settle(() => new Promise(() => {}));
    await clock.advance(100);
    await late;
    await quotes.settle(() => 1, { signal: AbortSignal.abort() });
    const metrics = await read();
    const outcomes = (name: string) => (outcome: string) =>
      metrics.value(name, { pipeline: 'quotes', outcome });
    expect(
      ['success', 'failure', 'rejected', 'timeout', 'fallback', 'stale', 'cancelled'].map(
        outcomes('kedge_executions_total'),
      ),
    ).toEqual([1, 1, 0, 1, 0, 0, 1]);
    expect(
      ['success', 'failure', 'timeout', 'cancelled'].map(outcomes('kedge_attempts_total')),
    ).toEqual([1, 1, 1, 0]);
  });

  it('are in flight until they are answered', async () => {
    const { pipeline, scrape: read } = watched();
    const quotes = pipeline('quotes');
    const calls = [1, 2].map(() => quotes.execute(wait(10)));
    expect((await read()).value('kedge_in_flight', { pipeline: 'quotes' })).toBe(2);
    await played(Promise.all(calls));
    expect((await read()).value('kedge_in_flight', { pipeline: 'quotes' })).toBe(0);
  });

  it('fall into the buckets of their durations, in seconds', async () => {
    const { pipeline, scrape: read } = watched();
    const quotes = pipeline('quotes', retry({ backoff: constantBackoff(1_000), maxAttempts: 2 }));
    await played(quotes.execute(wait(5)));
    const down = new Error('down');
    await played(quotes.execute(scripted([{ error: down }, { value: 1, after: 30_000 }])));
    const metrics = await read();
    const below = (le: string) =>
      metrics.value('kedge_execution_duration_seconds_bucket', { outcome: 'success', le });
    expect(['0.001', '0.0025', '0.005', '30', '60', '+Inf'].map(below)).toEqual([0, 0, 1, 1, 2, 2]);
    expect(
      metrics.value('kedge_execution_duration_seconds_sum', { outcome: 'success' }),
    ).toBeCloseTo(31.005);
    expect(metrics.value('kedge_attempt_duration_seconds_sum')).toBeCloseTo(30.005);
    expect(metrics.value('kedge_attempt_duration_seconds_count', { pipeline: 'quotes' })).toBe(3);
  });

  it('of exactly a bound fall into its bucket, also where the bound is no round binary number', async () => {
    const kedge = createKedge();
    const registry = new Registry();
    kedge.observe(prometheus(registry, { buckets: [0.57, 1.001, 2] }));
    const quotes = kedge.pipeline('quotes');
    for (const ms of [570, 1_001]) await played(quotes.execute(wait(ms)));
    const metrics = await scrape(registry);
    const below = (le: string) => metrics.value('kedge_attempt_duration_seconds_bucket', { le });
    expect(['0.57', '1.001', '2'].map(below)).toEqual([1, 2, 2]);
  });

  it('that failed are told apart by kind, and all kinds are there from the start', async () => {
    const { pipeline, scrape: read } = watched();
    const quotes = pipeline('quotes', timeout(100));
    const none = { transient: 0, permanent: 0, timeout: 0, rejected: 0, bug: 0, unknown: 0 };
    expect(kinds(await read())).toEqual(none);
    await quotes.settle(() => fail());
    await quotes.settle(() => fail('23505'));
    await quotes.settle(() => {
      throw new TypeError('x is not a function');
    });
    await quotes.settle(() => Promise.reject(new DOMException('its own', 'AbortError')));
    const late = quotes.settle(() => new Promise(() => {}));
    await clock.advance(100);
    await late;
    // An abort that nobody asked for is a failure, of no kind that is known.
    const each = { transient: 1, permanent: 1, timeout: 1, bug: 1, unknown: 1 };
    expect(kinds(await read())).toEqual({ ...none, ...each });
  });
});

describe('policies', () => {
  it('show what a retry decided, and what is left of its budget', async () => {
    const { pipeline, scrape: read } = watched();
    const again = pipeline('again', retry({ backoff: constantBackoff(1), maxAttempts: 2 }));
    const once = again.execute(({ attempt }) => (attempt === 1 ? fail() : 1));
    await clock.advance(1);
    await once;
    const never = again.settle(() => fail());
    await clock.advance(1);
    await never;
    const broke = pipeline('broke', retry({ budget: retryBudget({ reserve: 0, ratio: 0 }) }));
    // A call that is alone would get its retry all the same.
    void broke.settle(() => new Promise(() => {}));
    await broke.settle(() => fail());
    const hurried = pipeline('hurried', timeout(5), retry({ backoff: constantBackoff(10) }));
    await hurried.settle(() => fail());
    const metrics = await read();
    const results = (pipe: string) =>
      Object.fromEntries(
        metrics
          .labels('kedge_retries_total', 'result')
          .map((result) => [
            result,
            metrics.value('kedge_retries_total', { pipeline: pipe, policy: 'retry', result }),
          ]),
      );
    const none = {
      scheduled: 0,
      recovered: 0,
      exhausted: 0,
      refused_budget: 0,
      refused_deadline: 0,
      refused_circuit: 0,
    };
    expect(results('again')).toEqual({ ...none, scheduled: 2, recovered: 1, exhausted: 1 });
    expect(results('broke')).toEqual({ ...none, refused_budget: 1 });
    expect(results('hurried')).toEqual({ ...none, refused_deadline: 1 });
    const left = (pipe: string) =>
      metrics.value('kedge_retry_budget_available_ratio', { pipeline: pipe, policy: 'retry' });
    expect(left('hurried')).toBe(1);
    expect(left('again')).toBeLessThan(1);
  });

  it('show the state of a circuit as one of four, and its transitions', async () => {
    const { pipeline, scrape: read } = watched();
    const breaker = circuitBreaker({ consecutiveFailures: 2, openFor: 1_000 });
    const quotes = pipeline('quotes', breaker);
    const states = async () => {
      const metrics = await read();
      return ['closed', 'open', 'half_open', 'isolated'].map((state) =>
        metrics.value('kedge_circuit_breaker_state', { policy: 'circuitBreaker', state }),
      );
    };
    expect(await states()).toEqual([1, 0, 0, 0]);
    for (let each = 0; each < 3; each++) await quotes.settle(() => fail());
    expect(await states()).toEqual([0, 1, 0, 0]);
    await clock.advance(5_000);
    // Reading changes nothing: only a call turns it half-open.
    expect(await states()).toEqual([0, 1, 0, 0]);
    const probe = quotes.execute(wait(10));
    expect(await states()).toEqual([0, 0, 1, 0]);
    await played(probe);
    breaker.close();
    breaker.isolate();
    expect(await states()).toEqual([0, 0, 0, 1]);
    const metrics = await read();
    const transitions = (from: string, to: string, reason: string) =>
      metrics.value('kedge_circuit_breaker_transitions_total', { from, to, reason });
    expect(transitions('closed', 'open', 'consecutive')).toBe(1);
    expect(transitions('open', 'half_open', 'elapsed')).toBe(1);
    expect(
      metrics.sum('kedge_circuit_breaker_transitions_total', { from: 'half_open', to: 'closed' }),
    ).toBe(1);
    expect(transitions('closed', 'isolated', 'manual')).toBe(1);
    expect(transitions('half_open', 'open', 'probe-failed')).toBe(0);
    expect(
      metrics.value('kedge_rejections_total', { policy: 'circuitBreaker', reason: 'circuit-open' }),
    ).toBe(1);
    expect(metrics.value('kedge_failures_total', { kind: 'rejected' })).toBe(1);
  });

  it('show one circuit in several pipelines once, where it stands first', async () => {
    const { pipeline, scrape: read } = watched();
    const shared = circuitBreaker({ consecutiveFailures: 1, openFor: 60_000 });
    const [quotes, orders] = ['quotes', 'orders'].map((name) => pipeline(name, shared));
    await orders!.settle(() => fail());
    const states = await read();
    expect(states.sum('kedge_circuit_breaker_state')).toBe(1);
    expect(states.value('kedge_circuit_breaker_state', { pipeline: 'quotes', state: 'open' })).toBe(
      1,
    );
    expect(states.sum('kedge_circuit_breaker_transitions_total')).toBe(1);
    quotes![Symbol.dispose]();
    const moved = await read();
    expect(moved.value('kedge_circuit_breaker_state', { pipeline: 'orders', state: 'open' })).toBe(
      1,
    );
    expect(moved.sum('kedge_circuit_breaker_state')).toBe(1);
  });

  it('show how long circuits were not closed, also when nobody has looked meanwhile', async () => {
    const { pipeline, scrape: read } = watched();
    const make = () => pipeline('quotes', circuitBreaker({ consecutiveFailures: 1, openFor: 500 }));
    const quotes = make();
    const notClosed = async () => {
      const metrics = await read();
      return [
        metrics.value('kedge_circuit_breaker_not_closed'),
        metrics.value('kedge_circuit_breaker_not_closed_seconds_total'),
      ];
    };
    expect(await notClosed()).toEqual([0, 0]);
    const opened = async () => {
      const { families } = await read();
      return families.get('kedge_circuit_breaker_last_opened_timestamp_seconds')?.samples ?? [];
    };
    expect(await opened()).toEqual([]);
    await quotes.settle(() => fail());
    await clock.advance(1_500);
    expect(await notClosed()).toEqual([1, 1.5]);
    // Seconds since the epoch, as the clock on the wall had it.
    expect((await opened())[0]?.value).toBeGreaterThan(1e9);
    for (let call = 0; call < 5; call++) await quotes.execute(() => 1);
    await clock.advance(10_000);
    expect(await notClosed()).toEqual([0, 1.5]);
    await quotes.settle(() => fail());
    await clock.advance(250);
    // Its time is counted when it goes, and the next one goes on from there.
    quotes[Symbol.dispose]();
    make();
    expect(await notClosed()).toEqual([0, 1.75]);
  });

  it('show the rates of a circuit, and nothing while the calls are too few', async () => {
    const { pipeline, scrape: read } = watched();
    const quotes = pipeline(
      'quotes',
      circuitBreaker({
        minimumCalls: 4,
        consecutiveFailures: Infinity,
        failureRate: 0.9,
        slowCall: { after: 100, rate: 0.5 },
      }),
    );
    for (let each = 0; each < 3; each++) await quotes.execute(() => 1);
    const rates = async () => {
      const metrics = await read();
      return ['failure_rate', 'slow_rate'].map(
        (rate) => metrics.families.get(`kedge_circuit_breaker_${rate}`)?.samples[0]?.value,
      );
    };
    expect(await rates()).toEqual([undefined, undefined]);
    await quotes.settle(() => fail());
    expect(await rates()).toEqual([0.25, 0]);
  });

  it('show timeouts under the names of their policies', async () => {
    const { pipeline, scrape: read } = watched();
    const quotes = pipeline('quotes', timeout(1_000), timeout(10));
    const late = quotes.settle(() => new Promise(() => {}));
    await clock.advance(10);
    await late;
    const metrics = await read();
    const exceeded = (policy: string) => metrics.value('kedge_timeouts_total', { policy });
    expect([exceeded('timeout'), exceeded('timeout-2')]).toEqual([0, 1]);
  });

  it('show what answered in place of failures', async () => {
    const { pipeline, scrape: read } = watched();
    let broken = false;
    const quotes = pipeline('quotes', fallback({ run: () => (broken ? fail() : 'none') }));
    await quotes.execute(() => fail());
    broken = true;
    await quotes.settle(() => fail());
    const metrics = await read();
    const results = (result: string) =>
      metrics.value('kedge_fallbacks_total', { policy: 'fallback', result });
    expect([results('used'), results('failed')]).toEqual([1, 1]);
    expect(metrics.value('kedge_executions_total', { outcome: 'fallback' })).toBe(1);
  });

  it('show what came of hedges', async () => {
    const { pipeline, scrape: read } = watched();
    const quotes = pipeline('quotes', hedge({ after: 10 }));
    const slowFirst = quotes.execute(
      scripted([
        { value: 1, after: 100 },
        { value: 2, after: 1 },
      ]),
    );
    await played(slowFirst);
    const metrics = await read();
    const hedges = (result: string) =>
      metrics.value('kedge_hedges_total', { policy: 'hedge', result });
    const { counters } = quotes.stats().policies[0]!;
    expect(counters).toMatchObject({ launched: 1, won: 1 });
    expect({ launched: hedges('launched'), won: hedges('won'), wasted: hedges('wasted') }).toEqual({
      launched: counters['launched'],
      won: counters['won'],
      wasted: counters['wasted'],
    });
    expect(metrics.value('kedge_retry_budget_available_ratio', { policy: 'hedge' })).toBeLessThan(
      1,
    );
  });

  it('show stale values in place of failures', async () => {
    const { pipeline, scrape: read } = watched();
    const quotes = pipeline('quotes', staleIfError({ maxAge: 1_000, key: () => 'all' }));
    await quotes.execute(() => 1);
    await quotes.execute(() => fail());
    const metrics = await read();
    const stale = { policy: 'staleIfError', result: 'stale' };
    expect(metrics.value('kedge_fallbacks_total', stale)).toBe(1);
    expect(metrics.value('kedge_executions_total', { outcome: 'stale' })).toBe(1);
  });

  it('show the permits of a bulkhead, and whom it turned away', async () => {
    const { pipeline, scrape: read } = watched();
    const quotes = pipeline('quotes', bulkhead({ maxConcurrent: 2, maxQueued: 1, maxWait: 50 }));
    const calls = [1, 2, 3, 4].map(() => quotes.settle(wait(100)));
    const during = await read();
    expect(['in_use', 'queued', 'limit'].map((name) => gauge(during, name))).toEqual([2, 1, 2]);
    await played(Promise.all(calls));
    const after = await read();
    expect(['in_use', 'queued', 'limit'].map((name) => gauge(after, name))).toEqual([0, 0, 2]);
    const rejections = (reason: string) =>
      after.value('kedge_rejections_total', { policy: 'bulkhead', reason });
    expect(['bulkhead-full', 'queue-timeout'].map(rejections)).toEqual([1, 1]);
  });

  it('show why other limits turned calls away', async () => {
    const { pipeline, scrape: read } = watched();
    vi.spyOn(Math, 'random').mockReturnValue(0);
    const limited = pipeline('limited', rateLimiter({ limit: 1 }));
    const throttled = pipeline('throttled', adaptiveThrottle({ ratio: 1 }));
    const adaptive = pipeline('adaptive', adaptiveLimiter({ initial: 1, max: 1, maxQueued: 10 }));
    for (const each of [limited, throttled]) {
      for (let call = 0; call < 3; call++) await each.settle(() => fail());
    }
    const calls = Array.from({ length: 100 }, () => adaptive.settle(wait(10)));
    const answers = await played(Promise.all(calls));
    const metrics = await read();
    const rejections = (policy: string, reason: string) =>
      metrics.value('kedge_rejections_total', { policy, reason });
    expect(rejections('rateLimiter', 'rate-limited')).toBe(2);
    expect(rejections('adaptiveThrottle', 'throttled')).toBeGreaterThan(0);
    const turnedAway = answers.filter(({ status }) => status === 'rejected').length;
    expect(turnedAway).toBeGreaterThan(0);
    expect(metrics.sum('kedge_rejections_total', { policy: 'adaptiveLimiter' })).toBe(turnedAway);
    expect(metrics.value('kedge_bulkhead_limit', { policy: 'adaptiveLimiter' })).toBe(1);
    const rejected = metrics.sum('kedge_failures_total', { kind: 'rejected' });
    expect(metrics.sum('kedge_rejections_total')).toBe(rejected);
  });

  it('of users have no metrics of their own, whatever they call themselves', async () => {
    const odd = ['constructor', '__proto__', 'toString', 'mine'].map((kind) => ({
      name: kind,
      kind,
      counters: { scheduled: 1, exceeded: 1 },
      gauges: { open: 1 },
    }));
    const metrics = await shown(...odd);
    expect(metrics.sum('kedge_retries_total')).toBe(0);
    expect(metrics.sum('kedge_timeouts_total')).toBe(0);
  });
});

describe('sinks', () => {
  it('that throw are counted by their names', async () => {
    const { pipeline, observe, scrape: read } = watched();
    observe(function broken() {
      throw new Error('no');
    });
    await pipeline('quotes').execute(() => 1);
    expect((await read()).value('kedge_sink_errors_total', { sink: 'broken' })).toBeGreaterThan(0);
  });
});
