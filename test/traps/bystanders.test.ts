// Code of users that runs inside a call without being the call: sinks, predicates, backoffs.
import {
  circuitBreaker,
  constantBackoff,
  createKedge,
  fallback,
  type KedgeEvent,
  retry,
  type RetryBudget,
  retryBudget,
  timeout,
} from 'kedge';
import { recorder, scripted } from 'kedge/testing';
import { describe, expect, it } from 'vitest';
import { controlled, jobs, lab, rejection, track, transient } from '../support/lab.ts';

const mistake = new Error('a mistake of a bystander');
const fail = (): never => {
  throw mistake;
};

describe('trap 07: sinks', () => {
  it('trap 07: a throwing sink neither reaches the caller nor the retry, and is reported to the others', async () => {
    using l = lab();
    const heard: string[] = [];
    l.kedge.observe(function broken(event: KedgeEvent) {
      heard.push(event.type);
      fail();
    });
    const operation = scripted([{ value: 'ok' }]);
    const quotes = l.pipeline('quotes', retry(), circuitBreaker(), timeout(100));
    expect(await quotes.execute(operation)).toBe('ok');
    expect(operation.calls).toHaveLength(1);
    expect(quotes.stats().executions.success).toBe(1);

    expect(heard).toEqual([
      'attempt.succeeded',
      'sink.failed',
      'execution.succeeded',
      'sink.failed',
    ]);
    expect(l.seen.of('sink.failed')).toMatchObject([
      { pipeline: 'quotes', kind: 'pipeline', severity: 'error', error: mistake, sink: 'broken' },
      { error: mistake, sink: 'broken' },
    ]);
  });

  it('trap 07: what an async sink rejects with is no unhandledRejection', async () => {
    using l = lab();
    l.kedge.observe(async function slow() {
      await Promise.resolve();
      throw mistake;
    });
    expect(await l.pipeline('quotes').execute(() => 1)).toBe(1);
    await jobs();
    expect(l.seen.of('sink.failed').map(({ sink }) => sink)).toEqual(['slow', 'slow']);
  });

  it('trap 07: a sink whose `wants` throws is left out and counted, and calls go on', async () => {
    using l = lab();
    let errors: ReadonlyMap<string, number> | undefined;
    l.kedge.observe({
      name: 'reader',
      attach: (source) => {
        errors = source.sinkErrors();
        return undefined;
      },
    });
    l.kedge.observe({
      name: 'choosy',
      wants: (type) => (type === 'attempt.failed' ? fail() : true),
      handle: () => {},
    });
    const call = track(l.pipeline('quotes').execute(() => Promise.reject(transient())));
    await jobs();
    expect(call.state).toBe('rejected');
    expect(l.seen.of('attempt.failed')).toHaveLength(1);
    expect(errors?.get('choosy')).toBe(1);
  });

  it('trap 07: a sink whose `wants` always throws can be attached', async () => {
    const seen = recorder();
    const kedge = createKedge({ sinks: [seen] });
    using watching = kedge.observe({ name: 'choosy', wants: fail, handle: () => {} });
    expect(watching).toBeDefined();
    expect(await kedge.pipeline('quotes').execute(() => 1)).toBe(1);
    expect(seen.types()).toContain('execution.succeeded');
  });
});

describe('trap 07: predicates and rules', () => {
  it.each([
    ['retry, handle', () => [retry({ handle: fail })]],
    ['retry, backoff', () => [retry({ backoff: fail })]],
    ['fallback, handle', () => [fallback({ value: 1, handle: fail })]],
    ['circuitBreaker, handle', () => [circuitBreaker({ handle: fail })]],
    ['circuitBreaker, openFor', () => [circuitBreaker({ consecutiveFailures: 1, openFor: fail })]],
  ])(
    'trap 07: a throwing function for errors rejects the call with its error: %s',
    async (_name, policies) => {
      using l = lab();
      const operation = scripted([{ error: transient() }]);
      const quotes = l.pipeline('quotes', ...policies());
      expect(await rejection(quotes.execute(operation))).toBe(mistake);
      expect(operation.calls).toHaveLength(1);
      expect(quotes.stats()).toMatchObject({ inFlight: 0, executions: { failure: 1 } });
      expect(l.clock.timers).toBe(0);
    },
  );

  it.each([
    ['retry', () => [retry({ handleResult: fail })]],
    ['retry, backoff', () => [retry({ handleResult: () => true, backoff: fail })]],
    ['fallback', () => [fallback({ value: 1, handleResult: fail })]],
    ['circuitBreaker', () => [circuitBreaker({ handleResult: fail })]],
  ])(
    'trap 07: a throwing function for results rejects the call with its error: %s',
    async (_name, policies) => {
      using l = lab();
      const operation = scripted([{ value: 'ok' }]);
      const quotes = l.pipeline('quotes', ...policies());
      expect(await rejection(quotes.execute(operation))).toBe(mistake);
      expect(operation.calls).toHaveLength(1);
      expect(quotes.stats()).toMatchObject({ inFlight: 0, executions: { failure: 1 } });
    },
  );

  it.each([NaN, -1, '5', undefined, null])(
    'trap 07: a backoff that returns no length of time rejects the call: %s',
    async (delay) => {
      using l = lab();
      const operation = scripted([{ error: transient() }]);
      const quotes = l.pipeline('quotes', retry({ backoff: () => delay as number }));
      expect(await rejection(quotes.execute(operation))).toBeInstanceOf(RangeError);
      expect(l.clock.timers).toBe(0);
    },
  );

  it('trap 07: after a predicate has thrown, the circuit counts on and gives its probes back', async () => {
    using l = lab();
    let broken = false;
    const breaker = circuitBreaker({
      consecutiveFailures: 2,
      openFor: 100,
      halfOpen: { probes: 1 },
      handle: () => (broken ? fail() : true),
    });
    const quotes = l.pipeline('quotes', breaker);
    const bad = () => quotes.settle(() => Promise.reject(transient()));
    await bad();
    broken = true;
    await bad();
    expect(breaker.state).toBe('closed');
    broken = false;
    await bad();
    expect(breaker.state).toBe('open');

    await l.clock.advance(100);
    broken = true;
    expect(await rejection(quotes.execute(() => Promise.reject(transient())))).toBe(mistake);
    expect(breaker.state).toBe('half-open');
    expect(await quotes.execute(() => 1)).toBe(1);
    expect(breaker.state).toBe('closed');
  });

  it('trap 07: a rule for openFor that throws while a slow call still runs harms nobody', async () => {
    using l = lab();
    const breaker = circuitBreaker({
      minimumCalls: 1,
      slowCall: { after: 50, rate: 0.5 },
      openFor: fail,
    });
    const operation = controlled();
    const quotes = l.pipeline('quotes', breaker, timeout(1_000));
    const call = track(quotes.execute(operation));
    const late = track(l.pipeline('late', timeout(60)).execute(() => new Promise(() => {})));
    await l.clock.advance(60);
    expect(call.state).toBe('pending');
    expect(late.state).toBe('rejected');
    operation.starts[0]!.resolve('slow');
    await jobs();
    // The rule is asked once more when the call ends, and then there is a caller to tell.
    expect(call).toMatchObject({ state: 'rejected', reason: mistake });
    expect(breaker.state).toBe('closed');
    expect(l.clock.timers).toBe(0);
  });

  it('trap 07: a budget of a user that throws rejects the call with its error', async () => {
    using l = lab();
    const given = retryBudget();
    const budget = (broken: Partial<RetryBudget>): RetryBudget => ({
      deposit: () => given.deposit(),
      withdraw: () => given.withdraw(),
      available: () => given.available(),
      reconfigure: (options) => given.reconfigure(options),
      ...broken,
    });
    const paying = l.pipeline('paying', retry({ budget: budget({ deposit: fail }) }));
    const asking = l.pipeline('asking', retry({ budget: budget({ withdraw: fail }) }));
    const paid = track(paying.execute(() => Promise.resolve(1)));
    const asked = track(asking.execute(() => Promise.reject(transient())));
    await jobs();
    expect(paid.reason).toBe(mistake);
    expect(asked.reason).toBe(mistake);
  });

  it("trap 07: what a fallback's `run` throws leaves the original error to the caller", async () => {
    using l = lab();
    const error = transient();
    const quotes = l.pipeline('quotes', fallback({ run: fail }));
    expect(await rejection(quotes.execute(() => Promise.reject(error)))).toBe(error);
    expect(l.seen.of('fallback.failed')).toMatchObject([{ error, fallbackError: mistake }]);
  });
});

describe('trap 33', () => {
  it('trap 33: a sink that calls the same pipeline gets its answer, and all counters stay exact', async () => {
    using l = lab();
    const breaker = circuitBreaker({
      consecutiveFailures: 2,
      openFor: 100,
      halfOpen: { probes: 1 },
    });
    const quotes = l.pipeline(
      'quotes',
      retry({ maxAttempts: 2, backoff: constantBackoff(10) }),
      breaker,
    );
    const answers: Promise<PromiseSettledResult<unknown>>[] = [];
    let left = 20;
    l.kedge.observe((event) => {
      if (left-- > 0) answers.push(quotes.settle(() => event.type));
    });
    const bad = track(quotes.execute(() => Promise.reject(transient())));
    await l.clock.runAll(10_000);
    expect(bad.state).toBe('rejected');
    expect(answers).toHaveLength(20);
    await Promise.all(answers);
    const { executions, inFlight, abandoned } = quotes.stats();
    expect(inFlight).toBe(0);
    expect(abandoned).toBe(0);
    expect(executions.success + executions.failure + executions.rejected).toBe(21);
    expect(l.seen.of('execution.succeeded')).toHaveLength(executions.success);
    expect(l.clock.timers).toBe(0);
  });

  it('trap 33: an operation that calls its own pipeline works, under every policy at once', async () => {
    using l = lab();
    const quotes = l.pipeline(
      'quotes',
      fallback({ value: 'none' }),
      timeout(1_000),
      retry({ backoff: constantBackoff(10) }),
      circuitBreaker(),
      timeout(100),
    );
    const down = async (depth: number): Promise<string> => {
      if (depth === 0) return 'bottom';
      return `${depth} ${await quotes.execute(() => down(depth - 1))}`;
    };
    expect(await quotes.execute(() => down(5))).toBe('5 4 3 2 1 bottom');
    expect(quotes.stats()).toMatchObject({
      inFlight: 0,
      executions: { success: 6 },
      attempts: { success: 6 },
    });
    expect(l.clock.timers).toBe(0);
  });

  it('trap 33: a sink that isolates, closes or opens the circuit on its own events leaves it usable', async () => {
    using l = lab();
    const breaker = circuitBreaker({
      consecutiveFailures: 1,
      openFor: 100,
      halfOpen: { probes: 1 },
    });
    const quotes = l.pipeline('quotes', breaker);
    const plan: (() => void)[] = [
      () => breaker.close(),
      () => breaker.isolate()[Symbol.dispose](),
      () => breaker.open(),
    ];
    l.kedge.observe((event) => {
      if (event.type.startsWith('circuit.')) plan.shift()?.();
    });
    for (let round = 0; round < 5; round++) {
      await quotes.settle(() => Promise.reject(transient()));
      await l.clock.advance(100);
    }
    breaker.close();
    expect(await quotes.execute(() => 'ok')).toBe('ok');
    expect(quotes.stats().inFlight).toBe(0);
  });

  it('trap 33: a predicate that calls the same pipeline works', async () => {
    using l = lab();
    const inner: Promise<unknown>[] = [];
    const quotes = l.pipeline(
      'quotes',
      retry({
        backoff: constantBackoff(1),
        handle: (_error, { attempt }) => {
          if (attempt === 1) inner.push(quotes.execute(() => 'inner'));
          return true;
        },
      }),
      circuitBreaker(),
    );
    const call = quotes.settle(() => Promise.reject(transient()));
    await l.clock.advance(10);
    expect((await call).status).toBe('rejected');
    expect(await Promise.all(inner)).toEqual(['inner']);
    expect(quotes.stats()).toMatchObject({ inFlight: 0, executions: { success: 1, failure: 1 } });
  });
});
