import {
  circuitBreaker,
  fallback,
  type Pipeline,
  staleIfError,
  type StaleIfErrorOptions,
  timeout,
} from 'kedge';
import { scripted } from 'kedge/testing';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { controlled, jobs, lab, permanent, rejection, track, transient } from '../support/lab.ts';
import { countersOf, expectConservation, gaugesOf } from '../support/laws.ts';

const down = () => Promise.reject(transient());
const forKey = (key: string) => ({ key });

describe('staleIfError', () => {
  it('answers with the last good value of the key instead of a failure', async () => {
    using l = lab();
    const rates = l.pipeline('rates', staleIfError({ maxAge: 60_000 }));
    const error = transient();
    await rates.execute(() => 1.08, forKey('EUR'));
    await rates.execute(() => 1.09, forKey('EUR'));
    await rates.execute(() => 0.86, forKey('GBP'));
    await l.clock.advance(1_234);
    expect(await rates.execute(() => Promise.reject(error), forKey('EUR'))).toBe(1.09);
    expect(await rates.execute(down, forKey('GBP'))).toBe(0.86);

    expect(l.seen.of('stale.served')).toMatchObject([
      { age: 1_234, error, severity: 'warn', key: 'EUR', policy: 'staleIfError' },
      { age: 1_234, key: 'GBP' },
    ]);
    expect(l.seen.of('attempt.failed')).toMatchObject([{ error, handled: true, final: true }, {}]);
    expect(countersOf(rates, 'staleIfError')).toEqual({ stale: 2 });
    expect(rates.stats()).toMatchObject({
      executions: { success: 3, stale: 2, failure: 0 },
      attempts: { success: 3, failure: 2 },
    });
    expectConservation({
      pipeline: rates,
      clock: l.clock,
      seen: l.seen,
      executions: 5,
      attempts: 5,
    });
  });

  it('has nothing for a key that it has never seen: the error itself reaches the caller', async () => {
    using l = lab();
    const rates = l.pipeline('rates', staleIfError({ maxAge: 60_000 }));
    const error = transient();
    await rates.execute(() => 1, forKey('EUR'));
    expect(await rejection(rates.execute(() => Promise.reject(error), forKey('USD')))).toBe(error);
  });

  it('neither keeps nor answers calls without a key', async () => {
    using l = lab();
    const rates = l.pipeline('rates', staleIfError({ maxAge: 60_000 }));
    await rates.execute(() => 'whose?');
    expect(gaugesOf(rates, 'staleIfError')).toEqual({ entries: 0 });
    expect((await rates.settle(down)).status).toBe('rejected');
  });

  it('takes the key from where it is told to', async () => {
    using l = lab();
    const rates = l.pipeline(
      'rates',
      staleIfError({ maxAge: 60_000, key: ({ attributes }) => String(attributes['currency']) }),
    );
    await rates.execute(() => 1, { key: 'ignored', attributes: { currency: 'EUR' } });
    expect(await rates.execute(down, { attributes: { currency: 'EUR' } })).toBe(1);
  });

  it('serves a value up to `maxAge` old, and not a millisecond longer', async () => {
    using l = lab();
    const rates = l.pipeline('rates', staleIfError({ maxAge: 1_000 }));
    await rates.execute(() => 1, forKey('EUR'));
    await l.clock.advance(1_000);
    expect(await rates.execute(down, forKey('EUR'))).toBe(1);
    await l.clock.advance(1);
    expect((await rates.settle(down, forKey('EUR'))).status).toBe('rejected');
    expect(gaugesOf(rates, 'staleIfError')).toEqual({ entries: 0 });
  });

  it('serving a value makes it no younger', async () => {
    using l = lab();
    const rates = l.pipeline('rates', staleIfError({ maxAge: 1_000 }));
    await rates.execute(() => 1, forKey('EUR'));
    for (let each = 0; each < 10; each++) {
      await l.clock.advance(100);
      await rates.execute(down, forKey('EUR'));
    }
    await l.clock.advance(1);
    expect((await rates.settle(down, forKey('EUR'))).status).toBe('rejected');
  });

  it('ages by elapsed time: a wall clock that is set changes nothing', async () => {
    using l = lab();
    const rates = l.pipeline('rates', staleIfError({ maxAge: 1_000 }));
    await rates.execute(() => 1, forKey('EUR'));
    l.clock.stepWall(10_000_000);
    expect(await rates.execute(down, forKey('EUR'))).toBe(1);
    l.clock.stepWall(-20_000_000);
    await l.clock.advance(1_001);
    expect((await rates.settle(down, forKey('EUR'))).status).toBe('rejected');
  });

  it('keeps whatever was good: undefined, null, an object by identity', async () => {
    using l = lab();
    const values = l.pipeline('values', staleIfError({ maxAge: 1_000 }));
    const object = {};
    for (const [index, value] of [undefined, null, 0, '', object].entries()) {
      await values.execute(() => value, forKey(`k${index}`));
      const answer = await values.execute(down, forKey(`k${index}`));
      expect(answer).toBe(value);
    }
    expect(values.stats().executions.stale).toBe(5);
  });

  it('keeps at most `maxEntries`, and drops what was not stored or served for longest', async () => {
    using l = lab();
    const rates = l.pipeline('rates', staleIfError({ maxAge: 60_000, maxEntries: 3 }));
    for (const key of ['a', 'b', 'c']) await rates.execute(() => key, forKey(key));
    await rates.execute(down, forKey('a'));
    await rates.execute(() => 'b2', forKey('b'));
    await rates.execute(() => 'd', forKey('d'));
    expect(gaugesOf(rates, 'staleIfError')).toEqual({ entries: 3 });
    const answers = [];
    for (const key of ['a', 'b', 'c', 'd'])
      answers.push((await rates.settle(down, forKey(key))).status);
    expect(answers).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
  });

  it('stays at its bound whatever keys come', async () => {
    using l = lab();
    const rates = l.pipeline('rates', staleIfError({ maxAge: 60_000 }));
    for (let key = 0; key < 5_000; key++) await rates.execute(() => key, forKey(`k${key}`));
    expect(gaugesOf(rates, 'staleIfError')).toEqual({ entries: 1_000 });
  });

  it('answers timeouts, refusals of an open circuit and permanent errors alike', async () => {
    using l = lab();
    const breaker = circuitBreaker();
    const rates = l.pipeline('rates', staleIfError({ maxAge: 60_000 }), breaker, timeout(100));
    await rates.execute(() => 1, forKey('EUR'));
    const slow = track(rates.execute(controlled(), forKey('EUR')));
    await l.clock.advance(100);
    expect(slow.value).toBe(1);
    expect(await rates.execute(() => Promise.reject(permanent()), forKey('EUR'))).toBe(1);
    breaker.open();
    const never = scripted([{ value: 'never' }]);
    expect(await rates.execute(never, forKey('EUR'))).toBe(1);
    expect(never.calls).toHaveLength(0);
    expect(rates.stats().executions).toMatchObject({ success: 1, stale: 3 });
  });

  it('answers a programmer’s bug too, and reports it as an error', async () => {
    using l = lab();
    const rates = l.pipeline('rates', staleIfError({ maxAge: 60_000 }));
    const bug = new TypeError('x is not a function');
    await rates.execute(() => 1, forKey('EUR'));
    expect(await rates.execute(() => Promise.reject(bug), forKey('EUR'))).toBe(1);
    expect(l.seen.of('stale.served')).toMatchObject([
      { error: bug, severity: 'error', age: 0, policy: 'staleIfError' },
    ]);
  });

  it('leaves the caller’s own cancellation alone', async () => {
    using l = lab();
    const asked: unknown[] = [];
    const handle = (error: unknown): boolean => asked.push(error) > 0;
    const rates = l.pipeline('rates', staleIfError({ maxAge: 60_000, handle }));
    await rates.execute(() => 1, forKey('EUR'));
    const controller = new AbortController();
    const call = track(rates.execute(controlled(), { key: 'EUR', signal: controller.signal }));
    controller.abort('gone');
    await jobs();
    expect(call).toMatchObject({ state: 'rejected', reason: 'gone' });
    expect(asked).toEqual([]);
    expect(l.seen.of('stale.served')).toHaveLength(0);
    expect(rates.stats().executions).toMatchObject({ cancelled: 1, stale: 0 });
  });

  it('`handle` says which errors are answered', async () => {
    using l = lab();
    const rates = l.pipeline(
      'rates',
      staleIfError({ maxAge: 60_000, handle: (error) => (error as Error).message === 'busy' }),
    );
    await rates.execute(() => 1, forKey('EUR'));
    expect(await rates.execute(() => Promise.reject(transient('busy')), forKey('EUR'))).toBe(1);
    expect((await rates.settle(down, forKey('EUR'))).status).toBe('rejected');
  });

  it('`handleResult` says which values are no good: they are not kept, and an older one is served', async () => {
    using l = lab();
    const rates = l.pipeline(
      'rates',
      staleIfError({ maxAge: 60_000, handleResult: (value) => value === 'busy' }),
    );
    expect(await rates.execute(() => 'busy', forKey('EUR'))).toBe('busy');
    expect(rates.stats().executions).toMatchObject({ success: 1, stale: 0 });
    await rates.execute(() => 'good', forKey('EUR'));
    expect(await rates.execute(() => 'busy', forKey('EUR'))).toBe('good');
    expect(rates.stats().executions).toMatchObject({ success: 2, stale: 1 });
    expect(l.seen.of('stale.served')).toMatchObject([{ error: undefined }]);
  });

  it('what one pipeline has kept serves the other in which it stands', async () => {
    using l = lab();
    const shared = staleIfError({ maxAge: 60_000 });
    await l.pipeline('one', shared).execute(() => 'kept', forKey('k'));
    expect(await l.pipeline('two', shared).execute(down, forKey('k'))).toBe('kept');
  });

  it('a fallback around it answers only what it cannot', async () => {
    using l = lab();
    const rates = l.pipeline('rates', fallback({ value: 0 }), staleIfError({ maxAge: 1_000 }));
    expect(await rates.execute(down, forKey('EUR'))).toBe(0);
    await rates.execute(() => 1, forKey('EUR'));
    expect(await rates.execute(down, forKey('EUR'))).toBe(1);
    expect(rates.stats().executions).toMatchObject({ fallback: 1, success: 1, stale: 1 });
  });

  it('forgets one key, or everything, when it is told to', async () => {
    using l = lab();
    const cache = staleIfError({ maxAge: 60_000 });
    const rates = l.pipeline('rates', cache);
    for (const key of ['a', 'b', 'c']) await rates.execute(() => key, forKey(key));
    cache.clear('b');
    expect(gaugesOf(rates, 'staleIfError')).toEqual({ entries: 2 });
    expect((await rates.settle(down, forKey('b'))).status).toBe('rejected');
    cache.clear();
    expect(gaugesOf(rates, 'staleIfError')).toEqual({ entries: 0 });
  });

  it('adds nothing to the type of the result', () => {
    using l = lab();
    const rates = l.pipeline('rates', staleIfError({ maxAge: 1 }));
    expectTypeOf(rates).toEqualTypeOf<Pipeline>();
    expectTypeOf(rates.execute(() => 1)).resolves.toEqualTypeOf<number>();
  });
});

describe('staleIfError: reconfigure', () => {
  it('keeps the values, as far as they fit', async () => {
    using l = lab();
    const cache = staleIfError({ maxAge: 60_000 });
    const rates = l.pipeline('rates', cache);
    for (const key of ['a', 'b', 'c']) await rates.execute(() => key, forKey(key));
    cache.reconfigure({ maxEntries: 2 });
    expect(gaugesOf(rates, 'staleIfError')).toEqual({ entries: 2 });
    const answers = [];
    for (const key of ['a', 'b', 'c']) answers.push((await rates.settle(down, forKey(key))).status);
    expect(answers).toEqual(['rejected', 'fulfilled', 'fulfilled']);
  });

  it('another `maxAge` holds for what is kept already', async () => {
    using l = lab();
    const cache = staleIfError({ maxAge: 1_000 });
    const rates = l.pipeline('rates', cache);
    await rates.execute(() => 1, forKey('EUR'));
    cache.reconfigure({ maxAge: 10_000 });
    await l.clock.advance(10_000);
    expect(await rates.execute(down, forKey('EUR'))).toBe(1);
    cache.reconfigure({ maxAge: 9_999 });
    expect((await rates.settle(down, forKey('EUR'))).status).toBe('rejected');
  });

  it.each<[string, Partial<StaleIfErrorOptions>]>([
    ['maxAge', { maxAge: 0 }],
    ['maxEntries', { maxEntries: 0.5 }],
    ['name', { name: 'other' }],
  ])('refuses what cannot be, and changes nothing then: %s', async (_name, options) => {
    using l = lab();
    const cache = staleIfError({ maxAge: 1_000 });
    const rates = l.pipeline('rates', cache);
    await rates.execute(() => 1, forKey('EUR'));
    expect(() => cache.reconfigure({ handle: () => false, ...options })).toThrow(/^staleIfError: /);
    expect(await rates.execute(down, forKey('EUR'))).toBe(1);
  });
});

describe('staleIfError: what it leaves alone', () => {
  it('a value that comes after a timeout outside has ended the call', async () => {
    using l = lab();
    const cache = staleIfError({ maxAge: 60_000, handleResult: (value) => value === 'bad' });
    const rates = l.pipeline('rates', timeout({ after: 100, strategy: 'cooperative' }), cache);
    await rates.execute(() => 'good', forKey('EUR'));
    const late = track(rates.execute(scripted([{ value: 'bad', after: 150 }]), forKey('EUR')));
    await l.clock.advance(150);
    expect(late.value).toBe('bad');
    expect(l.seen.of('stale.served')).toEqual([]);
  });
});
