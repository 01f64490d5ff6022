import {
  circuitBreaker,
  CircuitOpenError,
  createKedge,
  fallback,
  type Pipeline,
  type Policy,
  retry,
  retryBudget,
  type RetryOptions,
  staleIfError,
  timeout,
} from 'kedge';
import { recorder, virtualClock } from 'kedge/testing';
import { describe, expect, it, vi } from 'vitest';
import { track } from '../support/lab.ts';

const dead = (): never => {
  throw Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
};

it('without a deadline a call waits for the circuit once, for as long as it was told', async () => {
  using clock = virtualClock();
  vi.spyOn(Math, 'random').mockReturnValue(0);
  const { pipeline } = createKedge();
  const breaker = circuitBreaker({ openFor: 1_000 });
  const quotes = pipeline('quotes', retry(), breaker);
  breaker.open();
  const operation = vi.fn<() => never>(dead);
  const waiting = quotes.settle(operation);
  await clock.advance(900);
  // Open anew, by what another call has found: the waiting one does not wait for that as well.
  breaker.open();
  await clock.advance(1_200);
  const outcome = await waiting;
  expect(outcome.status === 'rejected' && outcome.reason).toBeInstanceOf(CircuitOpenError);
  expect(operation).not.toHaveBeenCalled();
});

it('inside a deadline the one wait lasts until the circuit lets calls in', async () => {
  using clock = virtualClock();
  const { pipeline } = createKedge();
  const breaker = circuitBreaker({ openFor: 1_000 });
  const quotes = pipeline('quotes', timeout(30_000), retry(), breaker);
  breaker.open();
  const waiting = quotes.execute(() => 'well again');
  await clock.advance(900);
  breaker.open();
  await clock.advance(4_000);
  expect(await waiting).toBe('well again');
  expect(quotes.stats().policies[1]!.counters['scheduled']).toBe(1);
});

it('inside a deadline that the circuit stays open beyond, it ends as soon as that is known', async () => {
  using clock = virtualClock();
  const seen = recorder();
  const { pipeline } = createKedge({ sinks: [seen] });
  const breaker = circuitBreaker({ openFor: 1_000 });
  const quotes = pipeline('quotes', timeout(3_000), retry(), breaker);
  vi.spyOn(Math, 'random').mockReturnValue(0);
  breaker.open();
  const waiting = track(quotes.execute(dead));
  await clock.advance(900);
  breaker.reconfigure({ openFor: 5_000 });
  breaker.open();
  await clock.advance(99);
  expect(waiting.state).toBe('pending');
  await clock.advance(1);
  expect(waiting.reason).toBeInstanceOf(CircuitOpenError);
  expect(seen.of('retry.refused')).toMatchObject([{ reason: 'circuit-open', attempts: 1 }]);
  expect(quotes.stats().policies[1]!.counters).toMatchObject({ refused_circuit: 1, scheduled: 1 });
  expect(quotes.stats().attempts.failure).toBe(0);
});

it('ends before the deadline, also where little room is left for spreading', async () => {
  using clock = virtualClock();
  await clock.advance(10_000);
  const { pipeline } = createKedge();
  const breaker = circuitBreaker({ openFor: 1_000 });
  const quotes = pipeline('quotes', timeout(1_020), retry({ circuitWait: 2_000 }), breaker);
  vi.spyOn(Math, 'random').mockReturnValue(0.9);
  breaker.open();
  const waiting = track(quotes.execute(() => 'well again'));
  await clock.advance(1_017);
  expect(waiting.state).toBe('pending');
  await clock.advance(1);
  expect(waiting.value).toBe('well again');
});

it('a call that waited for the circuit and then went well has recovered', async () => {
  using clock = virtualClock();
  await clock.advance(50);
  const seen = recorder();
  const { pipeline } = createKedge({ sinks: [seen] });
  const breaker = circuitBreaker({ openFor: 1_000 });
  const quotes = pipeline('quotes', retry(), breaker);
  vi.spyOn(Math, 'random').mockReturnValue(0);
  breaker.open();
  const waiting = quotes.execute(() => 'well again');
  await clock.advance(1_000);
  expect(await waiting).toBe('well again');
  expect(quotes.stats().policies[0]!.counters['recovered']).toBe(1);
  expect(seen.of('retry.recovered')).toMatchObject([{ attempts: 1, duration: 1_000 }]);
});

/** How long a call waits for a circuit that is open for `openFor`: 0 where it fails at once. */
async function waits(
  openFor: number,
  options: RetryOptions,
  around: readonly Policy<unknown>[],
  execute: (quotes: Pipeline<unknown>) => Promise<unknown> = (quotes) => quotes.settle(() => 'ok'),
): Promise<number> {
  using clock = virtualClock();
  vi.spyOn(Math, 'random').mockReturnValue(0);
  const breaker = circuitBreaker({ openFor });
  const { pipeline } = createKedge();
  const quotes = pipeline('quotes', ...around, retry(options), breaker);
  // So that there is something stale.
  await quotes.execute(() => 'kept', { key: 'known' });
  breaker.open();
  const call = track(execute(quotes));
  await clock.advance(0);
  if (call.state !== 'pending') return 0;
  await clock.runAll(1_000_000);
  return clock.now;
}

const asked = (key: string) => (quotes: Pipeline<unknown>) => quotes.settle(() => 'ok', { key });

describe('circuitWait', () => {
  it.each([
    [400, 1_000, 400],
    [499, 1_000, 499],
    [500, 1_000, 0],
    [900, 1_000, 0],
  ])(
    'auto: a circuit open for %d ms with %d ms left is waited for %d ms',
    async (openFor, left, ms) => {
      expect(await waits(openFor, {}, [timeout(left)])).toBe(ms);
      expect(await waits(openFor, { maxElapsed: left }, [])).toBe(ms);
    },
  );

  it.each([
    [800, 1_000, 800],
    [1_000, 1_000, 1_000],
    [1_001, 1_000, 0],
    [900, Infinity, 900],
    [1, 0, 0],
  ])('a circuit open for %d ms is waited for with %d: %d ms', async (openFor, circuitWait, ms) => {
    expect(await waits(openFor, { circuitWait }, [timeout(2_000)])).toBe(ms);
  });

  it('does not go beyond the deadline, however long it may be', async () => {
    expect(await waits(800, { circuitWait: 5_000 }, [timeout(700)])).toBe(0);
  });

  it.each([
    ['a fallback outside', [fallback({ value: 1 })], 0],
    ['a fallback that does not answer this', [fallback({ value: 1, handle: () => false })], 400],
    [
      'a fallback that leaves it to its default',
      [fallback({ value: 1, handle: () => undefined })],
      0,
    ],
    ['a rule that throws', [fallback({ value: 1, handle: dead })], 400],
    ['nothing stale outside', [staleIfError({ maxAge: 60_000 })], 400],
  ] as const)('auto: with %s', async (_, around, ms) => {
    const fresh = around.map((policy) => policy);
    expect(await waits(400, {}, [timeout(1_000), ...fresh])).toBe(ms);
  });

  it('auto: not at all where a stale value is there', async () => {
    const stale = staleIfError({ maxAge: 60_000 });
    expect(await waits(400, {}, [stale], asked('known'))).toBe(0);
    expect(await waits(400, {}, [staleIfError({ maxAge: 1 })], asked('other'))).toBe(400);
  });

  it('auto: a number is kept where a fallback could answer', async () => {
    expect(await waits(400, { circuitWait: 400 }, [fallback({ value: 1 })])).toBe(400);
  });

  it('auto: not at all where a fallback stands in a pipeline around that hands its signal on', async () => {
    const { pipeline } = createKedge();
    const shop = pipeline('shop', fallback({ value: 'nothing' }));
    const nested = (quotes: Pipeline<unknown>) =>
      shop.execute(({ signal }) => quotes.execute(() => 'ok', { signal }));
    expect(await waits(400, {}, [], nested)).toBe(0);
    const without = pipeline('shop', timeout(5_000));
    const plain = (quotes: Pipeline<unknown>) =>
      without.settle(({ signal }) => quotes.execute(() => 'ok', { signal }));
    expect(await waits(400, {}, [], plain)).toBe(400);
    const twice = (quotes: Pipeline<unknown>) =>
      shop.execute(({ signal }) =>
        without.execute((context) => quotes.execute(() => 'ok', { signal: context.signal }), {
          signal,
        }),
      );
    expect(await waits(400, {}, [], twice)).toBe(0);
  });

  it('auto: not at all where a fallback stands around a retry that is applied by hand', async () => {
    using clock = virtualClock();
    const { pipeline } = createKedge();
    const breaker = circuitBreaker({ openFor: 400 });
    const byHand: Policy = { kind: 'own', name: 'own', apply: (next) => retry().apply(next) };
    const [shop, bare] = [
      pipeline('shop', fallback({ value: 'nothing' }), byHand, breaker),
      pipeline('bare', byHand, breaker),
    ];
    breaker.open();
    const [answered, waiting] = [shop, bare].map((each) => track(each.settle(() => 'ok')));
    await clock.advance(0);
    expect([answered!.state, waiting!.state]).toEqual(['fulfilled', 'pending']);
    await clock.runAll();
  });
});

describe('a wait for a circuit that opens again', () => {
  it.each([
    [1_700, 'fulfilled'],
    [1_800, 'rejected'],
  ])(
    'auto: goes on while each time is within half of what is left then: %d ms',
    async (third, state) => {
      using clock = virtualClock();
      vi.spyOn(Math, 'random').mockReturnValue(0);
      const breaker = circuitBreaker({ openFor: 500 });
      const { pipeline } = createKedge();
      const quotes = pipeline('quotes', timeout(5_000), retry(), breaker);
      breaker.open();
      const call = track(quotes.execute(() => 'ok'));
      // Each time a millisecond before the call could come in.
      for (const [before, length] of [
        [499, 1_000],
        [999, third],
      ] as const) {
        await clock.advance(before);
        breaker.reconfigure({ openFor: length });
        breaker.open();
      }
      await clock.advance(4_000);
      expect(call.state).toBe(state);
    },
  );

  it('a number counts from the beginning of the wait', async () => {
    using clock = virtualClock();
    vi.spyOn(Math, 'random').mockReturnValue(0);
    const breaker = circuitBreaker({ openFor: 600 });
    const { pipeline } = createKedge();
    const quotes = pipeline('quotes', timeout(5_000), retry({ circuitWait: 1_000 }), breaker);
    breaker.open();
    const call = track(quotes.execute(() => 'ok'));
    await clock.advance(599);
    breaker.open();
    await clock.advance(1);
    // 599 more would end after 1 199.
    expect(call.reason).toBeInstanceOf(CircuitOpenError);
  });

  it('is paid by the budget alone, also for a call that is alone', async () => {
    using clock = virtualClock();
    const breaker = circuitBreaker({ openFor: 100 });
    const { pipeline } = createKedge();
    const budget = retryBudget({ ratio: 0, reserve: 0, refill: 0 });
    const quotes = pipeline('quotes', retry({ budget }), breaker);
    breaker.open();
    const call = track(quotes.execute(() => 'ok'));
    await clock.advance(0);
    expect(call.reason).toBeInstanceOf(CircuitOpenError);
    expect(quotes.stats().policies[0]!.counters).toMatchObject({ refused_budget: 1 });
  });
});
