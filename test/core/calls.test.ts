// What a call is given, what bounds it, and functions under a pipeline.
import { getEventListeners } from 'node:events';
import { circuitBreaker, constantBackoff, type Context, fallback, retry, timeout } from 'kedge';
import { describe, expect, it } from 'vitest';
import { jobs, lab, track, transient } from '../support/lab.ts';

describe('the context of a call', () => {
  it('is a plain object: a copy has all of it, and shows nothing else', async () => {
    using l = lab();
    const quotes = l.pipeline('quotes', timeout(100));
    const contexts: Context[] = [];
    await quotes.execute((context) => contexts.push(context), { key: 'a' });
    await quotes.execute((...args) => contexts.push(args[0]), { key: 'a' });
    for (const context of contexts) {
      expect(Object.getPrototypeOf(context)).toBe(Object.prototype);
      expect(Reflect.ownKeys(context)).toEqual([
        'signal',
        'attempt',
        'pipeline',
        'key',
        'deadline',
        'attributes',
      ]);
      const { signal, ...rest } = { ...context };
      expect(signal).toBe(context.signal);
      expect(rest).toEqual({
        attempt: 1,
        pipeline: 'quotes',
        key: 'a',
        deadline: 100,
        attributes: {},
      });
    }
  });

  it('cannot be changed where the operation names no parameter, and does not change by itself', async () => {
    using l = lab();
    let late!: Context;
    const call = l.pipeline('quotes', timeout(50), timeout(100)).settle((...args) => {
      [late] = args;
      return new Promise(() => {});
    });
    await l.clock.advance(50);
    await call;
    expect({ attempt: late.attempt, deadline: late.deadline }).toEqual({
      attempt: 1,
      deadline: 50,
    });
    expect(Reflect.set(late, 'key', 'b')).toBe(false);
    expect(Reflect.deleteProperty(late, 'key')).toBe(false);
    expect('deadline' in late).toBe(true);
    expect(late.signal.aborted).toBe(true);
  });

  it('has a signal that goes on following the caller after the answer, whatever is collected', async () => {
    using l = lab();
    const caller = new AbortController();
    const ended: unknown[] = [];
    const quotes = l.pipeline('quotes', timeout(100), retry(), timeout(50));
    await quotes.execute(
      ({ signal }) => signal.addEventListener('abort', () => ended.push(signal.reason)),
      { signal: caller.signal },
    );
    await l.clock.advance(10_000);
    expect(ended).toEqual([]);
    caller.abort('left');
    expect(ended).toEqual(['left']);
    expect(getEventListeners(caller.signal, 'abort')).toHaveLength(0);
  });
});

describe('the timeout of one call', () => {
  it('is a limit like any other: it rejects at once, counts as a timeout and is known inside', async () => {
    using l = lab();
    const quotes = l.pipeline('quotes', fallback({ value: 'none' }), retry(), timeout(1_000));
    const deadlines: number[] = [];
    const call = track(
      quotes.execute(
        ({ deadline }) => {
          deadlines.push(deadline);
          return new Promise(() => {});
        },
        { timeout: 300 },
      ),
    );
    await l.clock.advance(300);
    expect(call.reason).toMatchObject({ name: 'TimeoutError', pipeline: 'quotes', after: 300 });
    expect(deadlines).toEqual([300]);
    expect(quotes.stats()).toMatchObject({
      executions: { timeout: 1, cancelled: 0 },
      attempts: { timeout: 1, cancelled: 0 },
    });
    expect(l.seen.of('execution.failed')).toMatchObject([{ outcome: 'timeout' }]);
  });

  it('leaves no timer behind when the call is over before', async () => {
    using l = lab();
    expect(await l.pipeline('quotes').execute(() => 1, { timeout: 300 })).toBe(1);
    expect(l.clock.timers).toBe(0);
  });

  it.each([
    ['the signal of a pipeline around', 'kedge'],
    ['AbortSignal.timeout', 'platform'],
  ])('that comes by %s is seen by the circuit inside', async (_name, kind) => {
    using l = lab();
    const circuit = circuitBreaker({ minimumCalls: 1, failureRate: 1 });
    const inner = l.pipeline('inner', circuit, timeout(10_000));
    const outer = l.pipeline('outer', timeout(100));
    const hang = (): Promise<never> => new Promise(() => {});
    const caller = new AbortController();
    const call = track(
      kind === 'kedge'
        ? outer.execute(({ signal }) => inner.execute(hang, { signal }))
        : inner.execute(hang, { signal: caller.signal }),
    );
    await l.clock.advance(100);
    caller.abort(new DOMException('timed out', 'TimeoutError'));
    await jobs();
    expect(call.reason).toMatchObject({ name: 'TimeoutError' });
    expect(circuit.state).toBe('open');
    expect(inner.stats()).toMatchObject({ executions: { timeout: 1 }, attempts: { timeout: 1 } });
  });

  it('around shrinks the deadline inside, also where the inner pipeline has none', async () => {
    using l = lab();
    const outer = l.pipeline('outer', timeout(100));
    const inner = l.pipeline('inner', retry());
    const deadline = await outer.execute(({ signal }) =>
      inner.execute((context) => context.deadline, { signal }),
    );
    expect(deadline).toBe(100);
  });
});

describe('a wrapped function', () => {
  it('that takes the context first is called without it', async () => {
    using l = lab();
    const quotes = l.pipeline('quotes', timeout(100));
    const getPage = quotes.wrapWithContext(
      function page(this: { base: string }, { deadline, key }, id: string) {
        return `${this.base}${id} ${key} ${deadline}`;
      },
      (id) => ({ key: `of ${id}` }),
    );
    expect(await getPage.call({ base: '/' }, 'a')).toBe('/a of a 100');
    expect([getPage.name, getPage.length]).toEqual(['page', 1]);
  });

  it('can be a method: wrap is a decorator', async () => {
    using l = lab();
    const quotes = l.pipeline('quotes', retry({ backoff: constantBackoff(0) }));
    class Client {
      private readonly currency = 'EUR';
      private tries = 0;
      async price(sku: string): Promise<string> {
        if (++this.tries === 1) throw transient();
        return `${sku} ${this.currency}`;
      }
    }
    // As compilers apply a decorator: without the object that it was read from.
    const { wrap } = quotes;
    const method = { kind: 'method', name: 'price' } as unknown as ClassMethodDecoratorContext;
    Client.prototype.price = wrap(Client.prototype.price, method);
    const call = track(new Client().price('sku-1'));
    await l.clock.advance(0);
    expect(call.value).toBe('sku-1 EUR');
    expect(quotes.stats().attempts).toMatchObject({ success: 1, failure: 1 });
  });

  it.each([function* sync() {}, async function* rows() {}])(
    'cannot be a generator: %s',
    (generator) => {
      using l = lab();
      expect(() => l.pipeline('quotes').wrap(generator)).toThrow(/answer once, got a generator/);
    },
  );
});
