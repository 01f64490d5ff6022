// Every row of table.ts, run. The outer policy is called 'outer' everywhere.
import {
  adaptiveLimiter,
  bulkhead,
  circuitBreaker,
  CircuitOpenError,
  coalesce,
  fallback,
  hedge,
  type Pipeline,
  type Policy,
  rateLimiter,
  retry,
  type RetryBudget,
  staleIfError,
  adaptiveThrottle,
  timeout,
} from 'kedge';
import { scripted } from 'kedge/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { controlled, jobs, type Lab, lab, track, type Tracked, transient } from '../support/lab.ts';
import { countersOf, gaugesOf, numbersOf } from '../support/laws.ts';
import { draw, key, type Scenario, scenarios } from './scenarios.ts';
import { facts, interventions, type Kind, kinds, questions } from './table.ts';

const name = 'outer';
const bad = () => Promise.reject(transient());

/** A pipeline of the two, and what has become of the callers once they have their answers. */
async function run(
  l: Lab,
  outer: Policy<unknown>,
  scenario: Scenario,
  callers = scenario.callers,
): Promise<{ pipeline: Pipeline<unknown>; calls: Tracked[] }> {
  const pipeline = l.pipeline('pair', outer, scenario.policy);
  const calls = Array.from({ length: callers }, () =>
    track(pipeline.execute(scenario.operation(), { key })),
  );
  await l.clock.advance(scenario.within);
  return { pipeline, calls };
}

/** How the permits of a limit stand when the callers have their answers, and when all work has ended. */
async function permitsAfter(l: Lab, outer: Policy, scenario: Scenario): Promise<string> {
  const { pipeline, calls } = await run(l, outer, scenario);
  expect(calls.every(({ state }) => state !== 'pending')).toBe(true);
  const after = gaugesOf(pipeline, name)['in_use'];
  await scenario.release();
  expect(gaugesOf(pipeline, name)['in_use']).toBe(0);
  return after === 0 ? 'returned' : 'held';
}

/** What the outer policy makes of what the inner one does, in the words of the table. */
const effects: Readonly<
  Record<Exclude<Kind, 'timeout'>, (l: Lab, scenario: Scenario) => Promise<string>>
> = {
  async retry(l, scenario) {
    let paid = 0;
    const budget: RetryBudget = {
      deposit() {},
      withdraw: () => ++paid > 0,
      available: () => 1,
      reconfigure() {},
    };
    await run(l, retry({ maxAttempts: 2, backoff: () => 5, budget, name }), scenario);
    const scheduled = () => l.seen.of('retry.scheduled').filter(({ policy }) => policy === name);
    const [first] = scheduled();
    const price = paid;
    expect(scheduled()).toHaveLength(first === undefined ? 0 : scenario.callers);
    await scenario.release();
    await l.clock.advance(10_000);
    await scenario.release();
    if (first === undefined) return 'not needed';
    if (first.error instanceof CircuitOpenError) {
      expect(price).toBe(1);
      const waits = scheduled().filter(({ error }) => error instanceof CircuitOpenError);
      expect(waits).toHaveLength(1);
      return 'waits for it';
    }
    const how = first.retryAfter === undefined ? 'tries again' : 'waits its time';
    return price === 0 ? `${how}, free` : how;
  },

  async circuitBreaker(l, scenario) {
    const breaker = circuitBreaker({ minimumCalls: 100, name });
    await run(l, breaker, scenario);
    const { calls, failures } = breaker.snapshot();
    expect([0, scenario.callers]).toContain(calls);
    if (calls === 0) return 'nothing';
    return failures === calls ? 'failure' : 'success';
  },

  async fallback(l, scenario) {
    const { calls } = await run(l, fallback({ value: 'outer', name }), scenario);
    const answered = calls.map(({ value }) => value === 'outer');
    expect(new Set(answered).size).toBe(1);
    if (answered[0]) return 'answers';
    expect(calls[0]!.value).toBe(scenario.value);
    return 'not needed';
  },

  async staleIfError(l, scenario) {
    const cache = staleIfError({ maxAge: 60_000, name });
    const alone = l.pipeline('alone', cache);
    await alone.execute(() => 'kept', { key });
    const { calls } = await run(l, cache, scenario);
    if (calls.every(({ value }) => value === 'kept')) return 'answers';
    expect(calls[0]!.value).toBe(scenario.value);
    return (await alone.execute(bad, { key })) === scenario.value ? 'keeps it' : 'forgets it';
  },

  bulkhead: (l, scenario) => permitsAfter(l, bulkhead({ maxConcurrent: 5, name }), scenario),

  async rateLimiter(l, scenario) {
    const limit = rateLimiter({ limit: 10, interval: 1e12, name });
    const { pipeline } = await run(l, limit, scenario);
    const spent = 10 - gaugesOf(pipeline, name)['available']!;
    return Math.abs(spent - scenario.callers) < 1e-6 ? 'one token' : `${spent} tokens`;
  },

  async hedge(l, scenario) {
    const late = hedge({ after: 1e6, budget: false, name });
    const { pipeline, calls } = await run(l, late, scenario);
    const { launched } = countersOf(pipeline, name);
    if (launched !== 0) {
      // Let the one that was launched meet the same.
      await l.clock.advance(scenario.within);
      return 'next at once';
    }
    return calls[0]!.state === 'fulfilled' ? 'not needed' : 'no';
  },

  adaptiveLimiter: (l, scenario) => permitsAfter(l, adaptiveLimiter({ name }), scenario),

  async adaptiveThrottle(l, scenario) {
    const limit = adaptiveThrottle({ ratio: 2, name });
    const { pipeline } = await run(l, limit, scenario);
    // As many failures without the inner policy: accepted calls outweigh them, and nothing leaves them as they are.
    draw();
    const alone = l.pipeline('alone', limit);
    const { callers } = scenario;
    for (let each = 0; each < callers; each++) await alone.settle(bad);
    const shed = gaugesOf(pipeline, name)['refusal_ratio'];
    const all = 2 * callers;
    const words = new Map([
      [0, 'accepted'],
      [callers / (all + 1), 'nothing'],
      [all / (all + 1), 'refused'],
    ]);
    return words.get(shed!) ?? `${shed} shed`;
  },

  async coalesce(l, scenario) {
    const { pipeline, calls } = await run(l, coalesce({ name }), scenario, 2);
    expect(new Set(calls.map(({ state }) => state)).size).toBe(1);
    const { led, joined } = countersOf(pipeline, name);
    if (led === 1 && joined === 1) {
      expect(calls[0]).toEqual(calls[1]);
      return 'shared';
    }
    return led === 2 ? 'over at once' : `${led} led`;
  },
};

/** What the inner policy does when the time of a timeout around it is up. */
const timedOut: Readonly<Record<Kind, (l: Lab) => Promise<string>>> = {
  async retry(l) {
    const patient = retry({ maxAttempts: Infinity, budget: false, backoff: () => 20 });
    const operation = scripted([{ error: transient(), after: 5 }, { untilAborted: true }]);
    await outlast(l, patient, operation);
    await l.clock.advance(1_000);
    return operation.calls.length === 2 ? 'stops' : 'goes on';
  },
  async circuitBreaker(l) {
    const breaker = circuitBreaker();
    await outlast(l, breaker, controlled());
    const { calls, failures } = breaker.snapshot();
    return calls === 1 && failures === 1 ? 'counts a failure' : `${failures} of ${calls}`;
  },
  async timeout(l) {
    const { call } = await outlast(l, timeout(1_000), controlled());
    expect(l.seen.of('timeout.exceeded')).toHaveLength(1);
    return (call.reason as { policy?: string }).policy === name ? 'gives way' : 'ends the call';
  },
  async fallback(l) {
    const { call } = await outlast(l, fallback({ value: 'inner' }), controlled());
    return call.value === 'inner' ? 'answers' : 'does not answer';
  },
  async staleIfError(l) {
    const cache = staleIfError({ maxAge: 60_000 });
    await l.pipeline('earlier', cache).execute(() => 'older', { key });
    const { call } = await outlast(l, cache, controlled());
    return call.value === 'older' ? 'answers' : 'does not answer';
  },
  async bulkhead(l) {
    const limit = bulkhead({ maxConcurrent: 1, maxQueued: 1 });
    const busy = controlled();
    void l.pipeline('others', limit).settle(busy);
    const { pipeline } = await outlast(l, limit, controlled());
    const { queued } = gaugesOf(pipeline, 'bulkhead');
    for (const { resolve } of busy.starts) resolve('done');
    await jobs();
    return queued === 0 ? 'leaves the queue' : 'stays in the queue';
  },
  async rateLimiter(l) {
    const limit = rateLimiter({ limit: 1, maxWait: 10_000 });
    await l.pipeline('others', limit).execute(() => 1);
    const pair = l.pipeline('pair', timeout({ after: 100, name }), limit);
    const call = track(pair.execute(controlled()));
    await jobs();
    expect(call).toMatchObject({ reason: { code: 'KEDGE_RATE_LIMITED', retryAfter: 1_000 } });
    return gaugesOf(pair, 'rateLimiter')['queued'] === 0 ? 'is not waited for' : 'waits';
  },
  async hedge(l) {
    const operation = controlled();
    const { pipeline } = await outlast(l, hedge({ after: 10, budget: false }), operation);
    expect(operation.starts).toHaveLength(2);
    expect(pipeline.stats().attempts.timeout).toBe(2);
    const aborted = operation.starts.every(({ context }) => context.signal.aborted);
    return aborted ? 'ends all' : 'goes on';
  },
  async adaptiveLimiter(l) {
    const limit = adaptiveLimiter({ initial: 1, max: 1 });
    const busy = controlled();
    void l.pipeline('others', limit).settle(busy);
    const { pipeline } = await outlast(l, limit, controlled());
    const { queued } = gaugesOf(pipeline, 'adaptiveLimiter');
    for (const { resolve } of busy.starts) resolve('done');
    await jobs();
    return queued === 0 ? 'leaves the queue' : 'stays in the queue';
  },
  async adaptiveThrottle(l) {
    const { pipeline } = await outlast(l, adaptiveThrottle(), controlled());
    const shed = gaugesOf(pipeline, 'adaptiveThrottle')['refusal_ratio'];
    return shed === 1 / 2 ? 'counts it as refused' : `${shed} shed`;
  },
  async coalesce(l) {
    const flights = coalesce();
    const load = controlled();
    const other = track(l.pipeline('others', flights).execute(load, { key }));
    await outlast(l, flights, load);
    expect(load.starts[0]!.context.signal.aborted).toBe(false);
    load.starts[0]!.resolve('loaded');
    await jobs();
    return load.starts.length === 1 && other.value === 'loaded'
      ? 'leaves the flight'
      : 'ends the flight';
  },
};

/** One call that takes longer than the timeout around the inner policy, and its answer. */
async function outlast(
  l: Lab,
  inner: Policy<unknown>,
  operation: Parameters<Pipeline['execute']>[0],
): Promise<{ pipeline: Pipeline<unknown>; call: Tracked }> {
  const pipeline = l.pipeline('pair', timeout({ after: 100, name }), inner);
  const call = track(pipeline.execute(operation, { key }));
  await l.clock.advance(100);
  expect(call).toMatchObject({ state: 'rejected', reason: { code: 'KEDGE_TIMEOUT' } });
  // A permit that stays with the work does not stay for ever.
  const left = (numbersOf(pipeline, inner.name).gauges['in_use'] ?? 0) * pipeline.stats().abandoned;
  expect(l.clock.timers).toBe(left);
  return { pipeline, call };
}

beforeEach(() => draw());

describe('compositions: the table', () => {
  it('has one row for every ordered pair of the built-in policies', () => {
    expect(facts).toHaveLength(kinds.length ** 2);
    expect(new Set(facts.map(({ outer, inner }) => `${outer} ${inner}`)).size).toBe(facts.length);
    for (const { says } of facts) expect(says).toMatch(/^[A-Z].*\.$/);
    expect(Object.keys(interventions)).toEqual([...kinds]);
    expect(Object.keys(questions)).toEqual([...kinds]);
  });

  it.each(facts.filter(({ outer }) => outer !== 'timeout'))(
    '$outer, and $inner inside: $effect',
    async ({ outer, inner, effect }) => {
      using l = lab();
      const scenario = await scenarios[inner](l);
      expect(await effects[outer as Exclude<Kind, 'timeout'>](l, scenario)).toBe(effect);
      draw();
      await scenario.release();
      await l.clock.advance(1_000_000);
      await scenario.release();
      await l.clock.advance(1_000_000);
      for (const pipeline of lefts(l))
        expect(pipeline).toMatchObject({ inFlight: 0, abandoned: 0 });
      expect(l.clock.timers).toBe(0);
    },
  );

  it.each(facts.filter(({ outer }) => outer === 'timeout'))(
    '$outer, and $inner inside: $effect',
    async ({ inner, effect }) => {
      using l = lab();
      expect(await timedOut[inner](l)).toBe(effect);
    },
  );
});

const thrice = () => retry({ maxAttempts: 3, backoff: () => 1, budget: false });

describe('compositions: what the rows say besides', () => {
  it('retry( retry ): attempts multiply', async () => {
    using l = lab();
    const operation = scripted([{ error: transient() }]);
    const call = track(l.pipeline('pair', thrice(), thrice()).execute(operation));
    await l.clock.advance(100);
    expect(call.state).toBe('rejected');
    expect(operation.calls).toHaveLength(9);
  });

  it.each([
    ['bulkhead', () => bulkhead({ maxConcurrent: 1 })],
    ['adaptiveLimiter', () => adaptiveLimiter()],
  ])(
    'timeout( %s ): a call that runs keeps its permit until its work has ended',
    async (kind, make) => {
      using l = lab();
      const deaf = controlled();
      const { pipeline } = await outlast(l, make(), deaf);
      expect(gaugesOf(pipeline, kind)['in_use']).toBe(1);
      deaf.starts[0]!.resolve('late');
      await jobs();
      expect(gaugesOf(pipeline, kind)['in_use']).toBe(0);
    },
  );

  it.each<[string, () => Policy]>([
    ['bulkhead', () => bulkhead({ maxConcurrent: 1 })],
    ['rateLimiter', () => rateLimiter({ limit: 1, interval: 1e9 })],
  ])('hedge( %s ): a hedge that is refused leaves the first call running', async (_kind, make) => {
    using l = lab();
    const operation = controlled();
    const pipeline = l.pipeline('pair', hedge({ after: 10, budget: false }), make());
    const call = track(pipeline.execute(operation));
    await l.clock.advance(10);
    expect(l.seen.of('call.rejected')).toHaveLength(1);
    operation.starts[0]!.resolve('first');
    await jobs();
    expect(call.value).toBe('first');
  });

  it('hedge( coalesce ): a late call’s hedge joins the same flight', async () => {
    using l = lab();
    const operation = controlled();
    const pipeline = l.pipeline('pair', hedge({ after: 10, budget: false }), coalesce());
    const call = track(pipeline.execute(operation, { key }));
    await l.clock.advance(10);
    expect(countersOf(pipeline, 'hedge')).toMatchObject({ launched: 1 });
    expect(operation.starts).toHaveLength(1);
    operation.starts[0]!.resolve('loaded');
    await jobs();
    expect(call.value).toBe('loaded');
    expect(operation.starts[0]!.context.signal.aborted).toBe(false);
    expect(pipeline.stats()).toMatchObject({ inFlight: 0, abandoned: 0 });
  });

  it('coalesce( rateLimiter ): who waits for a turn inside is joined', async () => {
    using l = lab();
    const limit = rateLimiter({ limit: 1, maxWait: 10_000 });
    await l.pipeline('others', limit).execute(() => 1);
    const pipeline = l.pipeline('pair', coalesce(), limit);
    const operation = scripted([{ value: 'loaded' }]);
    const calls = [1, 2, 3].map(() => track(pipeline.execute(operation, { key })));
    await l.clock.advance(1_000);
    expect(calls.map(({ value }) => value)).toEqual(['loaded', 'loaded', 'loaded']);
    expect(operation.calls).toHaveLength(1);
  });

  it('staleIfError( staleIfError ): an old value that the inner one serves lives on in the outer one', async () => {
    using l = lab();
    const pipeline = l.pipeline(
      'pair',
      staleIfError({ maxAge: 1_000 }),
      staleIfError({ maxAge: 1_000 }),
    );
    await pipeline.execute(() => 'old', { key });
    await l.clock.advance(900);
    await pipeline.execute(bad, { key });
    await l.clock.advance(900);
    expect(await pipeline.execute(bad, { key })).toBe('old');
  });

  it('staleIfError( timeout ): a late value is not kept', async () => {
    using l = lab();
    const deaf = controlled();
    const pipeline = l.pipeline('pair', staleIfError({ maxAge: 60_000 }), timeout(100));
    const call = track(pipeline.execute(deaf, { key }));
    await l.clock.advance(100);
    expect(call.state).toBe('rejected');
    deaf.starts[0]!.resolve('late');
    await jobs();
    expect(gaugesOf(pipeline, 'staleIfError')).toEqual({ entries: 0 });
  });

  it('bulkhead( fallback ): the permit is in use while `run` looks for an answer', async () => {
    using l = lab();
    const search = controlled();
    const pipeline = l.pipeline(
      'pair',
      bulkhead({ maxConcurrent: 1 }),
      fallback({ run: (_error, context) => search(context) }),
    );
    const call = track(pipeline.execute(bad));
    await jobs();
    expect(gaugesOf(pipeline, 'bulkhead')['in_use']).toBe(1);
    search.starts[0]!.resolve('found');
    await jobs();
    expect(call.value).toBe('found');
    expect(gaugesOf(pipeline, 'bulkhead')['in_use']).toBe(0);
  });

  it.each<[string, () => Policy]>([
    ['bulkhead', () => bulkhead({ maxConcurrent: 1, maxQueued: 1, name: 'inner' })],
    ['rateLimiter', () => rateLimiter({ limit: 1, maxWait: 10_000, name: 'inner' })],
    ['adaptiveLimiter', () => adaptiveLimiter({ initial: 1, name: 'inner' })],
  ])('bulkhead( %s ): a call that waits inside holds a permit outside', async (_kind, make) => {
    using l = lab();
    const operation = controlled();
    const pipeline = l.pipeline('pair', bulkhead({ maxConcurrent: 2, name }), make());
    for (let each = 0; each < 2; each++) void pipeline.settle(operation);
    expect(operation.starts).toHaveLength(1);
    expect(gaugesOf(pipeline, 'inner')['queued']).toBe(1);
    expect(gaugesOf(pipeline, name)['in_use']).toBe(2);
    expect(await pipeline.settle(operation)).toMatchObject({ reason: { policy: name } });
  });

  it.each<[string, () => Policy]>([
    ['bulkhead', () => bulkhead({ maxConcurrent: 3, name })],
    ['adaptiveLimiter', () => adaptiveLimiter({ initial: 3, name })],
  ])('%s( coalesce ): each caller holds a permit, also who only waits', async (_kind, make) => {
    using l = lab();
    const load = controlled();
    const pipeline = l.pipeline('pair', make(), coalesce());
    for (let each = 0; each < 3; each++) void pipeline.settle(load, { key });
    expect(load.starts).toHaveLength(1);
    expect(gaugesOf(pipeline, name)['in_use']).toBe(3);
    load.starts[0]!.resolve('loaded');
    await jobs();
    expect(gaugesOf(pipeline, name)['in_use']).toBe(0);
  });
});

/** The numbers of all pipelines of a lab. */
function lefts(l: Lab) {
  let all: ReturnType<Pipeline['stats']>[] = [];
  using _ = l.kedge.observe({
    name: 'reader',
    attach: (source) => {
      all = source.stats();
      return undefined;
    },
  });
  return all;
}
