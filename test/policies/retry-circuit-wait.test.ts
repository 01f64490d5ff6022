import { circuitBreaker, CircuitOpenError, createKedge, retry, timeout } from 'kedge';
import { recorder, virtualClock } from 'kedge/testing';
import { expect, it, vi } from 'vitest';
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
  const quotes = pipeline('quotes', timeout(1_020), retry(), breaker);
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
