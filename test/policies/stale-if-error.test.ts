import { circuitBreaker, fallback, type Pipeline, staleIfError, timeout } from 'kedge';
import { scripted } from 'kedge/testing';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { controlled, jobs, lab, rejection, track, transient } from '../support/lab.ts';
import { countersOf, expectConservation, gaugesOf } from '../support/laws.ts';

const down = () => Promise.reject(transient());
const page =
  (text: string, status = 200) =>
  () =>
    new Response(text, { status });
const notMine = (error: unknown): boolean | undefined =>
  (error as Error).message === 'mine' ? false : undefined;
const copied = (value: unknown): unknown => structuredClone(value);
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

  it('answers timeouts and refusals of an open circuit', async () => {
    using l = lab();
    const breaker = circuitBreaker();
    const rates = l.pipeline('rates', staleIfError({ maxAge: 60_000 }), breaker, timeout(100));
    await rates.execute(() => 1, forKey('EUR'));
    const slow = track(rates.execute(controlled(), forKey('EUR')));
    await l.clock.advance(100);
    expect(slow.value).toBe(1);
    breaker.open();
    const never = scripted([{ value: 'never' }]);
    expect(await rates.execute(never, forKey('EUR'))).toBe(1);
    expect(never.calls).toHaveLength(0);
    expect(rates.stats().executions).toMatchObject({ success: 1, stale: 2 });
  });

  it.each([500, 502, 503, 504])('answers a %d, as RFC 5861 has it', async (status) => {
    using l = lab();
    const rates = l.pipeline('rates', staleIfError({ maxAge: 60_000 }));
    await rates.execute(() => 1, forKey('EUR'));
    const error = Object.assign(new Error('x'), { status });
    expect(await rates.execute(() => Promise.reject(error), forKey('EUR'))).toBe(1);
  });

  it.each<[string, object]>([
    ...[401, 403, 404, 410].map((status): [string, object] => [`a ${status}`, { status }]),
    ['a 404 of axios', { code: 'ERR_BAD_REQUEST', response: { status: 404 } }],
    ['a 404 of an AWS client', { $fault: 'client', $metadata: { httpStatusCode: 404 } }],
    ['NOT_FOUND of gRPC', { code: 5, details: 'no such rate', metadata: {} }],
    ['a 403 as the cause', { cause: Object.assign(new Error('x'), { status: 403 }) }],
  ])('does not answer %s, and forgets what it has kept', async (_, members) => {
    using l = lab();
    const rates = l.pipeline('rates', staleIfError({ maxAge: 60_000 }));
    await rates.execute(() => 1, forKey('EUR'));
    await rates.execute(() => 1, forKey('GBP'));
    const error = Object.assign(new Error('x'), members);
    expect(await rejection(rates.execute(() => Promise.reject(error), forKey('EUR')))).toBe(error);
    expect((await rates.settle(down, forKey('EUR'))).status).toBe('rejected');
    expect(await rates.execute(down, forKey('GBP'))).toBe(1);
  });

  it.each<[string, unknown]>([
    ['a 400', Object.assign(new Error('x'), { status: 400 })],
    ['a unique violation', Object.assign(new Error('x'), { code: '23505', severity: 'ERROR' })],
    ['a bug', new TypeError('x is not a function')],
    ['a cancellation of the operation’s own', new DOMException('x', 'AbortError')],
  ])('does not answer %s, which is no ill health, and keeps what it has', async (_, error) => {
    using l = lab();
    const rates = l.pipeline('rates', staleIfError({ maxAge: 60_000 }));
    await rates.execute(() => 1, forKey('EUR'));
    expect(await rejection(rates.execute(() => Promise.reject(error), forKey('EUR')))).toBe(error);
    expect(await rates.execute(down, forKey('EUR'))).toBe(1);
  });

  it('answers a programmer’s bug where it is told to, and reports it as an error', async () => {
    using l = lab();
    const rates = l.pipeline('rates', staleIfError({ maxAge: 60_000, handle: () => true }));
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

  it('`handle` leaves to the default what it says nothing about', async () => {
    using l = lab();
    const rates = l.pipeline('rates', staleIfError({ maxAge: 60_000, handle: notMine }));
    await rates.execute(() => 1, forKey('EUR'));
    expect(await rates.execute(down, forKey('EUR'))).toBe(1);
    const mine = transient('mine');
    expect(await rejection(rates.execute(() => Promise.reject(mine), forKey('EUR')))).toBe(mine);
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

describe('staleIfError: calls that overtake each other', () => {
  const forbidden = () => Promise.reject(Object.assign(new Error('forbidden'), { status: 403 }));

  it('does not bring back what was withdrawn while a call was under way', async () => {
    using l = lab();
    const files = l.pipeline('files', staleIfError({ maxAge: 60_000 }));
    const slow = controlled();
    const first = files.execute(slow, forKey('salaries'));
    await files.settle(forbidden, forKey('salaries'));
    slow.starts[0]!.resolve('salaries.pdf');
    expect(await first).toBe('salaries.pdf');
    expect((await files.settle(down, forKey('salaries'))).status).toBe('rejected');
  });

  it.each([
    ['its key', 'k'],
    ['all keys', undefined],
  ] as const)(
    'does not bring back what was cleared by %s while a call was under way',
    async (_, key) => {
      using l = lab();
      const cache = staleIfError({ maxAge: 60_000 });
      const files = l.pipeline('files', cache);
      const slow = controlled();
      const first = files.execute(slow, forKey('k'));
      cache.clear(key);
      slow.starts[0]!.resolve('old');
      await first;
      expect((await files.settle(down, forKey('k'))).status).toBe('rejected');
      await files.execute(() => 'new', forKey('k'));
      expect(await files.execute(down, forKey('k'))).toBe('new');
    },
  );

  it('remembers a bounded number of cleared keys, and forgets rather too much than too little', async () => {
    using l = lab();
    const cache = staleIfError({ maxAge: 60_000, maxEntries: 2 });
    const files = l.pipeline('files', cache);
    const slow = controlled();
    const first = files.execute(slow, forKey('k'));
    for (const key of ['k', 'a', 'b', 'c', 'd']) cache.clear(key);
    slow.starts[0]!.resolve('old');
    await first;
    expect((await files.settle(down, forKey('k'))).status).toBe('rejected');
  });

  it('keeps the answer of the call that began last', async () => {
    using l = lab();
    const rates = l.pipeline('rates', staleIfError({ maxAge: 60_000 }));
    const slow = controlled();
    const first = rates.execute(slow, forKey('EUR'));
    await rates.execute(() => 'rate of 10:05', forKey('EUR'));
    slow.starts[0]!.resolve('rate of 10:00');
    expect(await first).toBe('rate of 10:00');
    expect(await rates.execute(down, forKey('EUR'))).toBe('rate of 10:05');
  });
});

describe('staleIfError: responses', () => {
  it('can be read again and again', async () => {
    using l = lab();
    const pages = l.pipeline('pages', staleIfError({ maxAge: 60_000 }));
    const read = async (operation: () => unknown): Promise<string> => {
      const response = (await pages.execute(operation, forKey('k'))) as Response;
      return response.text();
    };
    expect(await read(page('one'))).toBe('one');
    expect([await read(down), await read(down), await read(down)]).toEqual(['one', 'one', 'one']);
  });

  it('are kept only where they are good, and withdrawn by their status', async () => {
    using l = lab();
    const pages = l.pipeline('pages', staleIfError({ maxAge: 60_000 }));
    const text = async (): Promise<string> => {
      const { value } = (await pages.settle(down, forKey('k'))) as { value?: Response };
      return value === undefined ? 'nothing' : value.text();
    };
    await pages.execute(page('good'), forKey('k'));
    await pages.execute(page('busy', 503), forKey('k'));
    expect(await text()).toBe('good');
    await pages.execute(page('gone', 410), forKey('k'));
    expect(await text()).toBe('nothing');
  });

  it('replace the one before only when their body is there', async () => {
    using l = lab();
    const pages = l.pipeline('pages', staleIfError({ maxAge: 60_000 }));
    await pages.execute(page('whole'), forKey('k'));
    let body!: ReadableStreamDefaultController;
    const stream = new ReadableStream({ start: (controller) => void (body = controller) });
    const broken = await pages.execute(() => new Response(stream), forKey('k'));
    body.enqueue(new TextEncoder().encode('half'));
    body.error(new Error('broke off'));
    await expect(broken.text()).rejects.toThrow('broke off');
    await jobs();
    expect(await ((await pages.execute(down, forKey('k'))) as Response).text()).toBe('whole');
  });

  it('that break off are no good, also where there was none before', async () => {
    using l = lab();
    const pages = l.pipeline('pages', staleIfError({ maxAge: 60_000 }));
    const stream = new ReadableStream({ start: (body) => body.error(new Error('broke off')) });
    await pages.execute(() => new Response(stream), forKey('k'));
    await jobs();
    expect((await pages.settle(down, forKey('k'))).status).toBe('rejected');
  });

  it('that are too long are not kept', async () => {
    using l = lab();
    const pages = l.pipeline('pages', staleIfError({ maxAge: 60_000 }));
    await pages.execute(page('short'), forKey('k'));
    const megabyte = new Uint8Array(1_024 * 1_024);
    const endless = new ReadableStream({ pull: (body) => body.enqueue(megabyte) });
    const response = await pages.execute(() => new Response(endless), forKey('k'));
    void response.body!.cancel();
    for (let each = 0; each < 10; each++) await jobs();
    expect(await ((await pages.execute(down, forKey('k'))) as Response).text()).toBe('short');
  });

  it('do not make a caller wait who gives up a body', async () => {
    using l = lab();
    const pages = l.pipeline('pages', staleIfError({ maxAge: 60_000 }));
    const response = await pages.execute(page('one'), forKey('k'));
    await response.body!.cancel();
    expect(await ((await pages.execute(down, forKey('k'))) as Response).text()).toBe('one');
  });

  it('with a stream of Node’s own, and those that were read already, are shared as they are', async () => {
    using l = lab();
    const pages = l.pipeline('pages', staleIfError({ maxAge: 60_000 }));
    class Response {
      readonly body = { pipe(): void {} };
      get [Symbol.toStringTag](): string {
        return 'Response';
      }
      clone(): never {
        throw new Error('not asked for');
      }
    }
    const foreign = new Response();
    expect(await pages.execute(() => foreign, forKey('k'))).toBe(foreign);
    expect(await pages.execute(down, forKey('k'))).toBe(foreign);
    const read = new globalThis.Response('x');
    await read.text();
    expect(await pages.execute(() => read, forKey('r'))).toBe(read);
  });

  it('whose body nobody will read any more are let go', async () => {
    using l = lab();
    const cancelled: string[] = [];
    const streaming = (name: string) => (): Response =>
      new Response(new ReadableStream({ cancel: () => void cancelled.push(name) }));
    const pages = l.pipeline('pages', staleIfError({ maxAge: 60_000, maxEntries: 1 }));
    for (const [key, name] of [
      ['a', 'replaced'],
      ['a', 'dropped'],
      ['b', 'kept'],
    ] as const) {
      const response = await pages.execute(streaming(name), forKey(key));
      void response.body?.cancel();
    }
    await jobs();
    expect(cancelled.toSorted()).toEqual(['dropped', 'replaced']);
  });

  it('and other values are copied by `clone`, where that is given', async () => {
    using l = lab();
    const rates = l.pipeline('rates', staleIfError({ maxAge: 60_000, clone: copied }));
    const first = await rates.execute(() => ({ eur: 1 }), forKey('k'));
    first.eur = 99;
    const second = (await rates.execute(down, forKey('k'))) as { eur: number };
    second.eur = 98;
    expect(await rates.execute(down, forKey('k'))).toEqual({ eur: 1 });
  });

  it('a `clone` that throws rejects the call with its error', async () => {
    using l = lab();
    const error = new Error('cannot be copied');
    const clone = (): never => {
      throw error;
    };
    const rates = l.pipeline('rates', staleIfError({ maxAge: 60_000, clone }));
    expect(await rejection(rates.execute(() => 1, forKey('k')))).toBe(error);
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

  it('gives a default back by null, but for what there is none', async () => {
    using l = lab();
    const cache = staleIfError({ maxAge: 1_000, handle: () => false, maxEntries: 1 });
    const rates = l.pipeline('rates', cache);
    cache.reconfigure({ handle: null, maxEntries: null });
    for (const key of ['a', 'b']) await rates.execute(() => key, forKey(key));
    expect(await rates.execute(down, forKey('a'))).toBe('a');
    expect(() => cache.reconfigure({ maxAge: null } as never)).toThrow('`maxAge` is required');
  });

  it.each<[string, object]>([
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
