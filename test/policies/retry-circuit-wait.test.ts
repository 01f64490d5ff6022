import { circuitBreaker, CircuitOpenError, createKedge, retry, timeout } from 'kedge';
import { virtualClock } from 'kedge/testing';
import { expect, it, vi } from 'vitest';

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
  const waiting = quotes.settle(dead);
  await clock.advance(900);
  // Open anew, by what another call has found: the waiting one does not wait for that as well.
  breaker.open();
  await clock.advance(1_200);
  const outcome = await waiting;
  expect(outcome.status === 'rejected' && outcome.reason).toBeInstanceOf(CircuitOpenError);
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
