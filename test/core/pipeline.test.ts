// Composing, calling and counting.
import { inspect } from 'node:util';
import {
  adaptiveLimiter,
  bulkhead,
  circuitBreaker,
  coalesce,
  constantBackoff,
  createKedge,
  fallback,
  hedge,
  type KedgeEvent,
  observe,
  pipeline as sharedPipeline,
  type Pipeline,
  type Policy,
  rateLimiter,
  retry,
  retryBudget,
  type Source,
  staleIfError,
  adaptiveThrottle,
  timeout,
} from 'kedge';
import { recorder, scripted } from 'kedge/testing';
import { describe, expect, it } from 'vitest';
import { controlled, jobs, lab, rejection, track, transient } from '../support/lab.ts';

const tracing = (name: string, trace: string[]): Policy => ({
  kind: 'tracing',
  name,
  apply: (next) => async (execution) => {
    trace.push(`> ${name}`);
    try {
      return await next(execution);
    } finally {
      trace.push(`< ${name}`);
    }
  },
});

const names = (pipeline: Pipeline<unknown>): string[] => pipeline.policies.map(({ name }) => name);

describe('a pipeline', () => {
  it('puts the first listed policy outermost', async () => {
    using l = lab();
    const trace: string[] = [];
    const quotes = l.pipeline(
      'quotes',
      tracing('a', trace),
      tracing('b', trace),
      tracing('c', trace),
    );
    await quotes.execute(() => trace.push('operation'));
    expect(trace).toEqual(['> a', '> b', '> c', 'operation', '< c', '< b', '< a']);
  });

  it('nests built-in policies in the same order', async () => {
    using l = lab();
    const operation = scripted([{ hang: true }, { value: 'ok' }]);
    // A timeout outside the retry ends both attempts, one inside ends only the first.
    const total = l.pipeline('total', timeout(100), retry({ backoff: constantBackoff(1) }));
    const each = l.pipeline('each', retry({ backoff: constantBackoff(1) }), timeout(100));
    expect(track(total.execute(() => new Promise(() => {})))).toBeDefined();
    const call = track(each.execute(operation));
    await l.clock.advance(101);
    expect(total.stats().executions.timeout).toBe(1);
    expect(call.value).toBe('ok');
  });

  it('without policies only observes', async () => {
    using l = lab();
    const bare = l.pipeline('bare');
    const value = {};
    const error = new Error('no');
    expect(await bare.execute(() => value)).toBe(value);
    expect(await rejection(bare.execute(() => Promise.reject(error)))).toBe(error);
    expect(bare.policies).toEqual([]);
    expect(bare.stats()).toEqual({
      name: 'bare',
      pipelines: 1,
      executions: {
        success: 1,
        failure: 1,
        rejected: 0,
        timeout: 0,
        fallback: 0,
        stale: 0,
        cancelled: 0,
      },
      attempts: { success: 1, failure: 1, timeout: 0, cancelled: 0 },
      failures: { transient: 0, permanent: 0, timeout: 0, rejected: 0, bug: 0, unknown: 1 },
      inFlight: 0,
      abandoned: 0,
      late: 0,
      policies: [],
    });
    expect(l.seen.types()).toEqual([
      'attempt.succeeded',
      'execution.succeeded',
      'attempt.failed',
      'execution.failed',
    ]);
  });

  it('names policies of one name apart, from the second on, also when a name is taken', () => {
    using l = lab();
    expect(names(l.pipeline('a', timeout(3), timeout(2), timeout(1)))).toEqual([
      'timeout',
      'timeout-2',
      'timeout-3',
    ]);
    expect(
      names(l.pipeline('b', timeout(3), timeout({ after: 2, name: 'timeout-2' }), timeout(1))),
    ).toEqual(['timeout', 'timeout-2', 'timeout-3']);
    expect(
      names(l.pipeline('c', timeout({ after: 3, name: 'total' }), retry(), timeout(1))),
    ).toEqual(['total', 'retry', 'timeout']);
  });

  it('lists the policies that it was given', () => {
    using l = lab();
    const policies = [retry(), circuitBreaker(), timeout(1)] as const;
    const quotes = l.pipeline('quotes', ...policies);
    expect(quotes.policies).toEqual(policies);
    expect(quotes.policies[1]).toBe(policies[1]);
    expect(quotes.name).toBe('quotes');
  });

  it('works with more policies than fit into eight places', async () => {
    using l = lab();
    const many = (): Policy[] => Array.from({ length: 20 }, (_, each) => timeout(1_000 + each));
    const quotes = l.pipeline(
      'quotes',
      ...many(),
      retry({ backoff: constantBackoff(1) }),
      ...many(),
    );
    const operation = scripted([{ error: transient() }, { value: 'ok' }]);
    const call = track(quotes.execute(operation));
    await l.clock.advance(1);
    expect(call.value).toBe('ok');
    expect(l.clock.timers).toBe(0);
  });

  it.each([true, 5, 'retry', {}, { kind: 'x', name: 'x' }, () => {}])(
    'refuses what is no policy: %s',
    (given) => {
      using l = lab();
      expect(() => l.pipeline('quotes', retry(), given as never)).toThrow(TypeError);
      expect(() => l.pipeline('quotes', retry(), given as never)).toThrow(
        "pipeline 'quotes': expected policy 2 to be a policy with `kind`, `name` and `apply`, got ",
      );
    },
  );

  it('leaves out what is not there, so that a policy can stand on a condition', async () => {
    using l = lab();
    const [off, unknown]: [boolean, Policy | undefined] = [false, undefined];
    const quotes = l.pipeline('quotes', off && retry(), unknown, null, timeout(100));
    expect(quotes.policies.map(({ kind }) => kind)).toEqual(['timeout']);
    expect(await quotes.execute(() => 'ok')).toBe('ok');
  });

  it('refuses one policy at two places: it would wait for itself', () => {
    using l = lab();
    const shared = timeout(100);
    expect(() => l.pipeline('quotes', shared, retry(), shared)).toThrow(
      "pipeline 'quotes': the policy 'timeout' stands there twice. Make a second one.",
    );
  });

  it.each([
    retry(),
    circuitBreaker(),
    timeout(100),
    staleIfError({ maxAge: 1 }),
    bulkhead({ maxConcurrent: 1 }),
    rateLimiter({ limit: 1 }),
    hedge({ after: 1 }),
    adaptiveLimiter(),
    adaptiveThrottle(),
    coalesce(),
  ])('refuses a copy of a policy, and says how to name one: $kind', (policy) => {
    using l = lab();
    expect(() => l.pipeline('quotes', { ...policy, name: 'mine' })).toThrow(
      new TypeError(
        `${policy.kind}: the policy 'mine' is a copy of another, which leaves a part of it behind. Make a second one, and ` +
          `give its name with the options: ${policy.kind}({ …, name: 'mine' }).`,
      ),
    );
  });

  it.each(['kind', 'name', 'apply'])('refuses a policy without `%s`', (lacking) => {
    using l = lab();
    const policy = { kind: 'own', name: 'own', apply: (next: unknown) => next };
    for (const other of [undefined, 5]) {
      const wrong = { ...policy, [lacking]: other };
      expect(() => l.pipeline('quotes', wrong as never)).toThrow(
        'expected policy 1 to be a policy',
      );
    }
    expect(() => l.pipeline('quotes', policy as never)).not.toThrow();
  });

  it.each([undefined, null, 5, '', 'x'.repeat(129), {}])('refuses what is no name: %s', (name) => {
    using l = lab();
    expect(() => l.pipeline(name as never)).toThrow(
      /^pipeline: expected `name` to be a text of 1 to 128 characters, got /,
    );
  });

  it('that could not be made leaves nothing in the registry', () => {
    const sources: { stats(): unknown[] }[] = [];
    const kedge = createKedge({
      sinks: [{ name: 'reader', attach: (source) => void sources.push(source) }],
    });
    expect(() => kedge.pipeline('quotes', 5 as never)).toThrow(TypeError);
    expect(sources[0]!.stats()).toEqual([]);
  });
});

describe('execute', () => {
  it('calls the operation once, at once, with its context', async () => {
    using l = lab();
    await l.clock.advance(5);
    const operation = controlled();
    const call = l
      .pipeline('quotes', timeout(100))
      .execute(operation, { key: 'k', attributes: { tenant: 'a', size: 1, urgent: true } });
    expect(operation.starts).toHaveLength(1);
    const { context, resolve } = operation.starts[0]!;
    expect(context).toMatchObject({
      attempt: 1,
      pipeline: 'quotes',
      key: 'k',
      deadline: 105,
      attributes: { tenant: 'a', size: 1, urgent: true },
    });
    expect(context.signal).toBeInstanceOf(AbortSignal);
    resolve(1);
    expect(await call).toBe(1);
  });

  it('gives a context without key, attributes and deadline where none is given', async () => {
    using l = lab();
    const operation = scripted([{ value: 1 }]);
    await l.pipeline('quotes').execute(operation);
    expect(operation.calls[0]).toMatchObject({ key: undefined, deadline: Infinity });
    expect(operation.calls[0]!.attributes).toEqual({});
    expect(() => {
      (operation.calls[0]!.attributes as Record<string, unknown>)['x'] = 1;
    }).toThrow(TypeError);
  });

  it('is shown by `console.log` as what it is, also where no parameter names it', async () => {
    using l = lab();
    const shown = await l.pipeline('quotes').execute((...given) => inspect(given[0]), { key: 'a' });
    expect(shown).toMatch(/^\{\n {2}signal: AbortSignal \{ aborted: false \},\n {2}attempt: 1,/);
    expect(shown).not.toContain('execution');
  });

  it('shows its policies to whoever asks, and lets nobody take one out', () => {
    using l = lab();
    const { policies } = l.pipeline('quotes', retry(), timeout(100));
    expect(policies.map(({ name }) => name)).toEqual(['retry', 'timeout']);
    expect(() => (policies as unknown[]).pop()).toThrow(TypeError);
  });

  it('gives the same signal however often it is asked for', async () => {
    using l = lab();
    await l.pipeline('quotes').execute((context) => {
      expect(context.signal).toBe(context.signal);
    });
  });

  it.each([
    [null, 'expected an object of options, got null.'],
    ['x', "expected an object of options, got 'x'."],
    [AbortSignal.abort(), 'expected an object of options, got a signal. Say `{ signal }`.'],
    [{ signal: 'x' }, "expected `signal` to be an AbortSignal, got 'x'."],
    [{ signal: {} }, 'expected `signal` to be an AbortSignal, got an object.'],
    [{ signal: null }, 'expected `signal` to be an AbortSignal, got null.'],
    [
      { timeout: 0 },
      'expected `timeout` to be a number of milliseconds above 0, or Infinity, got 0.',
    ],
    [{ key: 5 }, 'expected `key` to be a string, got 5.'],
    [{ attributes: [] }, 'expected `attributes` to be an object, got an array.'],
    [{ attributes: new Map() }, 'expected `attributes` to be an object, got an object.'],
    [
      { attributes: { tenant: { id: 1 } } },
      'expected `attributes.tenant` to be a string, a number, true or false, got an object.',
    ],
    [
      { attributes: { tenant: null } },
      'expected `attributes.tenant` to be a string, a number, true or false, got null.',
    ],
    [
      { attributes: { idempotent: 'no' } },
      "expected `attributes.idempotent` to be true or false, got 'no'.",
    ],
    [[], 'expected an object of options, got an array.'],
    [new Map(), 'expected an object of options, got an object.'],
    [{ retries: 3 }, 'there is no option `retries`. It has signal, timeout, key, attributes.'],
  ])('rejects, and never throws, for options that are none: %j', async (options, named) => {
    using l = lab();
    const operation = scripted([{ value: 1 }]);
    const quotes = l.pipeline('quotes', retry());
    const error = await rejection(quotes.execute(operation, options as never));
    expect(error).toBeInstanceOf(TypeError);
    expect((error as Error).message).toBe(`execute: ${named}`);
    expect(operation.calls).toHaveLength(0);
    expect(quotes.stats().inFlight).toBe(0);
  });

  it('rejects, and never throws, for options whose reading throws', async () => {
    using l = lab();
    const options = {
      get key(): string {
        throw new Error('not yet');
      },
    };
    const error = await rejection(l.pipeline('quotes').execute(() => 1, options));
    expect(String(error)).toMatch(
      /^TypeError: execute: expected an object of options, got one that/,
    );
  });

  it('rejects, and never throws, for an operation that is no function', async () => {
    using l = lab();
    const error = await rejection(l.pipeline('quotes').execute('x' as never));
    expect(String(error)).toBe(
      "TypeError: execute: expected `operation` to be a function, got 'x'.",
    );
  });

  it('rejects, and never throws, for a signal that cannot be listened to', async () => {
    using l = lab();
    const broken = new Error('out of listeners');
    const refuse = (): never => {
      throw broken;
    };
    const signal = { aborted: false, addEventListener: refuse, removeEventListener: refuse };
    const quotes = l.pipeline('quotes', retry());
    const operation = scripted([{ value: 1 }]);
    expect(await rejection(quotes.execute(operation, { signal: signal as never }))).toBe(broken);
    expect([operation.calls.length, quotes.stats().inFlight]).toEqual([0, 0]);
  });

  it('takes a signal of another make, as long as it works like one', async () => {
    using l = lab();
    const listeners = new Set<() => void>();
    const signal = {
      aborted: false,
      addEventListener: (_type: string, listener: () => void) => listeners.add(listener),
      removeEventListener: (_type: string, listener: () => void) => listeners.delete(listener),
    };
    const quotes = l.pipeline('quotes', timeout(100));
    const call = track(quotes.execute(() => new Promise(() => {}), { signal: signal as never }));
    expect(listeners.size).toBe(1);
    signal.aborted = true;
    for (const listener of listeners) listener();
    await jobs();
    expect((call.reason as Error).name).toBe('AbortError');
    expect(listeners.size).toBe(0);
  });

  it('takes undefined for every option', async () => {
    using l = lab();
    const options = { signal: undefined, key: undefined, attributes: undefined };
    expect(await l.pipeline('quotes').execute(() => 1, options)).toBe(1);
    expect(await l.pipeline('quotes').execute(() => 1, undefined)).toBe(1);
  });
});

describe('what an operation returns', () => {
  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a number', 0],
    ['an object', {}],
    ['a function', () => 1],
    // oxlint-disable-next-line unicorn/no-thenable -- what is tested
    ['an object with a `then` that cannot be called', { then: 5 }],
    // oxlint-disable-next-line unicorn/no-thenable -- what is tested
    ['a function with such a `then`', Object.assign(() => 1, { then: 5 })],
  ])('is a value that is there at once: %s', async (_name, value) => {
    using l = lab();
    const quotes = l.pipeline('quotes', timeout(100));
    const answer = quotes.execute(() => value);
    expect(quotes.stats()).toMatchObject({ inFlight: 0, executions: { success: 1 } });
    expect(await answer).toBe(value);
  });

  it('is waited for when it can be, also where it is a function', async () => {
    using l = lab();
    const query = Object.assign(() => 'sql', {
      // oxlint-disable-next-line unicorn/no-thenable -- what is tested
      then: (fulfil: (rows: string) => void) => queueMicrotask(() => fulfil('rows')),
    });
    const quotes = l.pipeline('quotes', timeout(100));
    const answer = quotes.execute(() => query as unknown as Promise<string>);
    expect(quotes.stats().inFlight).toBe(1);
    expect(await answer).toBe('rows');
  });
});

describe('a caller who aborts', () => {
  it('is counted as cancelled, with the time that the call has taken until then', async () => {
    using l = lab();
    const controller = new AbortController();
    const quotes = l.pipeline('quotes', retry());
    const call = track(quotes.execute(() => new Promise(() => {}), { signal: controller.signal }));
    await l.clock.advance(50);
    controller.abort('gone');
    await jobs();
    expect(call.reason).toBe('gone');
    expect(l.seen.of('execution.cancelled')).toMatchObject([
      { attempts: 1, duration: 50, reason: 'gone' },
    ]);
  });

  it.each(['a predicate', 'a delay', 'a sink'])(
    'from within %s of the call ends it, and its next try',
    async (where) => {
      using l = lab();
      const controller = new AbortController();
      const abort = (): void => controller.abort('gone');
      l.kedge.observe(({ type }) => {
        if (where === 'a sink' && type === 'retry.scheduled') abort();
      });
      const operation = scripted([{ error: transient() }]);
      const quotes = l.pipeline(
        'quotes',
        retry({
          handle: () => {
            if (where === 'a predicate') abort();
            return true;
          },
          backoff: () => {
            if (where === 'a delay') abort();
            return 10;
          },
        }),
      );
      const call = track(quotes.execute(operation, { signal: controller.signal }));
      await l.clock.advance(1_000);
      expect(call).toMatchObject({ state: 'rejected', reason: 'gone' });
      expect(operation.calls).toHaveLength(1);
      expect(quotes.stats()).toMatchObject({ inFlight: 0, executions: { cancelled: 1 } });
      expect(l.clock.timers).toBe(0);
    },
  );
});

describe('settle', () => {
  it('never rejects, and says how the call ended', async () => {
    using l = lab();
    const error = transient();
    const quotes = l.pipeline('quotes', timeout(100));
    expect(await quotes.settle(() => 'ok')).toEqual({ status: 'fulfilled', value: 'ok' });
    expect(await quotes.settle(() => Promise.reject(error))).toEqual({
      status: 'rejected',
      reason: error,
    });
    expect(
      await quotes.settle(() => {
        throw error;
      }),
    ).toEqual({ status: 'rejected', reason: error });
    expect(await quotes.settle(() => 1, { signal: AbortSignal.abort('gone') })).toEqual({
      status: 'rejected',
      reason: 'gone',
    });
  });

  it('counts like execute', async () => {
    using l = lab();
    const quotes = l.pipeline('quotes');
    await quotes.settle(() => 1);
    await quotes.settle(() => Promise.reject(transient()));
    expect(quotes.stats().executions).toMatchObject({ success: 1, failure: 1 });
  });
});

describe('wrap', () => {
  it('keeps this, arguments, name and length', async () => {
    using l = lab();
    class Store {
      readonly rows = new Map([[1, 'one']]);
      find(id: number, fallbackTo = 'none'): string {
        return this.rows.get(id) ?? fallbackTo;
      }
    }
    const store = new Store();
    const quotes = l.pipeline('quotes', retry(), timeout(100));
    const find = quotes.wrap(Store.prototype.find);
    expect(await find.call(store, 1)).toBe('one');
    expect(await find.call(store, 2, 'nothing')).toBe('nothing');
    expect(find.name).toBe('find');
    expect(find.length).toBe(1);
    const own = Object.getOwnPropertyDescriptors(find);
    expect(own).toMatchObject({ name: { configurable: true }, length: { configurable: true } });
  });

  it('protects: every call is an execution, tried again with the same arguments', async () => {
    using l = lab();
    const seen: unknown[][] = [];
    const quotes = l.pipeline('quotes', retry({ backoff: constantBackoff(1) }));
    const fetchQuote = quotes.wrap((...words: string[]) => {
      seen.push(words);
      if (seen.length === 1) throw transient();
      return words.join(' ');
    });
    const call = track(fetchQuote('a', 'b'));
    await l.clock.advance(1);
    expect(call.value).toBe('a b');
    expect(seen).toEqual([
      ['a', 'b'],
      ['a', 'b'],
    ]);
    expect(quotes.stats().executions.success).toBe(1);
  });

  it('refuses what is no function', () => {
    using l = lab();
    expect(() => l.pipeline('quotes').wrap('x' as never)).toThrow(
      "pipeline 'quotes': expected `fn` to be a function, got 'x'.",
    );
  });
});

describe('stats', () => {
  it('counts what runs, and what was left behind', async () => {
    using l = lab();
    const quotes = l.pipeline('quotes', timeout(100));
    const operation = controlled();
    const calls = [quotes.settle(operation), quotes.settle(operation)];
    expect(quotes.stats()).toMatchObject({ inFlight: 2, abandoned: 0, late: 0 });
    operation.starts[0]!.resolve(1);
    await calls[0];
    expect(quotes.stats()).toMatchObject({ inFlight: 1, abandoned: 0, late: 0 });
    await l.clock.advance(100);
    expect(quotes.stats()).toMatchObject({ inFlight: 0, abandoned: 1, late: 0 });
    operation.starts[1]!.resolve(1);
    await jobs();
    expect(quotes.stats()).toMatchObject({ inFlight: 0, abandoned: 0, late: 1 });
  });

  it('is a copy: what is read does not change afterwards, and changing it changes nothing', async () => {
    using l = lab();
    const quotes = l.pipeline('quotes', retry());
    const before = quotes.stats();
    await quotes.execute(() => 1);
    expect(before.executions.success).toBe(0);
    (quotes.stats().executions as Record<string, number>)['success'] = 100;
    expect(quotes.stats().executions.success).toBe(1);
  });

  it('has all policies in their order, with kinds, counters and gauges', () => {
    using l = lab();
    const quotes = l.pipeline(
      'quotes',
      fallback({ value: 0 }),
      timeout(10),
      retry(),
      circuitBreaker(),
      timeout(1),
    );
    expect(quotes.stats().policies).toEqual([
      { name: 'fallback', kind: 'fallback', counters: { used: 0, failed: 0 }, gauges: {} },
      { name: 'timeout', kind: 'timeout', counters: { exceeded: 0 }, gauges: {} },
      {
        name: 'retry',
        kind: 'retry',
        counters: {
          scheduled: 0,
          recovered: 0,
          exhausted: 0,
          refused_budget: 0,
          refused_deadline: 0,
          refused_circuit: 0,
        },
        gauges: { budget_available_ratio: 1 },
      },
      {
        name: 'circuitBreaker',
        kind: 'circuitBreaker',
        counters: expect.objectContaining({
          rejected_circuit_open: 0,
          not_closed_ms: 0,
          closed_to_open_failure_rate: 0,
          half_open_to_closed_recovered: 0,
        }),
        gauges: {
          closed: 1,
          open: 0,
          half_open: 0,
          isolated: 0,
          not_closed: 0,
        },
      },
      { name: 'timeout-2', kind: 'timeout', counters: { exceeded: 0 }, gauges: {} },
    ]);
  });

  it('have every counter of every policy from the start, under the kind of the policy', () => {
    using l = lab();
    const all = l.pipeline(
      'all',
      coalesce(),
      staleIfError({ maxAge: 1 }),
      bulkhead({ maxConcurrent: 1 }),
      rateLimiter({ limit: 1 }),
      adaptiveThrottle(),
      adaptiveLimiter(),
      hedge({ after: 1 }),
    );
    expect(all.stats().policies.map(({ kind, counters }) => [kind, counters])).toEqual([
      ['coalesce', { led: 0, joined: 0 }],
      ['staleIfError', { stale: 0 }],
      ['bulkhead', { rejected_bulkhead_full: 0, rejected_queue_timeout: 0, abandoned: 0 }],
      ['rateLimiter', { rejected_rate_limited: 0 }],
      ['adaptiveThrottle', { rejected_throttled: 0 }],
      ['adaptiveLimiter', { rejected_bulkhead_full: 0, rejected_queue_timeout: 0, abandoned: 0 }],
      ['hedge', { launched: 0, won: 0, wasted: 0, refused: 0 }],
    ]);
  });

  it('show every policy under the name that it was given', () => {
    using l = lab();
    const name = 'own';
    const policies = [
      coalesce({ name }),
      staleIfError({ maxAge: 1, name }),
      bulkhead({ maxConcurrent: 1, name }),
      rateLimiter({ limit: 1, name }),
      adaptiveThrottle({ name }),
      adaptiveLimiter({ name }),
      hedge({ after: 1, name }),
      circuitBreaker({ name }),
      retry({ name }),
      timeout({ after: 1, name }),
      fallback({ value: 0, name }),
    ];
    for (const policy of policies) {
      const [stats] = l.pipeline('quotes', policy).stats().policies;
      expect([policy.name, stats!.name, stats!.kind]).toEqual(['own', 'own', policy.kind]);
    }
  });

  it('are of one pipeline alone, also when two share a policy', async () => {
    using l = lab();
    const shared = retry({ maxAttempts: 2, backoff: constantBackoff(1) });
    const [a, b] = [l.pipeline('a', shared), l.pipeline('b', shared)];
    const call = a.settle(() => Promise.reject(transient()));
    await l.clock.advance(1);
    await call;
    expect(a.stats().policies[0]!.counters).toMatchObject({ scheduled: 1, exhausted: 1 });
    expect(b.stats().policies[0]!.counters).toMatchObject({ scheduled: 0, exhausted: 0 });
  });
});

describe('createKedge and observe', () => {
  it('keep sets apart: what happens in one is not heard in the other', async () => {
    const [mine, other] = [recorder(), recorder()];
    const kedge = createKedge({ sinks: [mine] });
    const stranger = createKedge({ sinks: [other] });
    await kedge.pipeline('quotes').execute(() => 1);
    expect(mine.types()).toEqual(['attempt.succeeded', 'execution.succeeded']);
    expect(other.types()).toEqual([]);
    expect(stranger.pipeline('quotes').stats().executions.success).toBe(0);
  });

  it('let a sink hear of pipelines that were made before and after it was attached', async () => {
    const kedge = createKedge();
    const before = kedge.pipeline('before');
    const seen = recorder();
    using watching = kedge.observe(seen);
    expect(watching).toBeDefined();
    const after = kedge.pipeline('after');
    await before.execute(() => 1);
    await after.execute(() => 1);
    expect(seen.of('execution.succeeded').map((event) => event.pipeline)).toEqual([
      'before',
      'after',
    ]);
  });

  it('detach their sinks when disposed, once, and only those', async () => {
    const kedge = createKedge();
    const [stays, goes] = [recorder(), recorder()];
    kedge.observe(stays);
    const watching = kedge.observe(goes);
    const quotes = kedge.pipeline('quotes');
    await quotes.execute(() => 1);
    watching[Symbol.dispose]();
    watching[Symbol.dispose]();
    await quotes.execute(() => 1);
    expect(stays.of('execution.succeeded')).toHaveLength(2);
    expect(goes.of('execution.succeeded')).toHaveLength(1);
  });

  it('attach one sink twice as two', async () => {
    const kedge = createKedge();
    const seen = recorder();
    const first = kedge.observe(seen);
    kedge.observe(seen);
    await kedge.pipeline('quotes').execute(() => 1);
    expect(seen.of('execution.succeeded')).toHaveLength(2);
    first[Symbol.dispose]();
    await kedge.pipeline('quotes').execute(() => 1);
    expect(seen.of('execution.succeeded')).toHaveLength(3);
  });

  it('take several sinks at once, and none', async () => {
    const kedge = createKedge();
    const [a, b] = [recorder(), recorder()];
    using both = kedge.observe(a, b);
    using none = kedge.observe();
    expect([both, none]).toHaveLength(2);
    await kedge.pipeline('quotes').execute(() => 1);
    expect([a.events.length, b.events.length]).toEqual([2, 2]);
  });

  it.each([undefined, null, 5, 'x', {}])('refuse what is no sink: %s', (sink) => {
    const kedge = createKedge();
    const mistake = 'observe: expected a sink to be a function, or an object with a `name`.';
    expect(() => kedge.observe(sink as never)).toThrow(TypeError);
    expect(() => kedge.observe(sink as never)).toThrow(mistake);
    expect(() => createKedge({ sinks: [sink as never] })).toThrow(mistake);
  });

  it('refuse what is no list of sinks', () => {
    expect(() => createKedge({ sinks: 5 as never })).toThrow(
      'createKedge: expected `sinks` to be a list of sinks, got 5.',
    );
    expect(() => createKedge(5 as never)).toThrow(
      'createKedge: expected an object of options, got 5.',
    );
  });

  it('attach all sinks or none', async () => {
    const kedge = createKedge();
    const seen = recorder();
    expect(() => kedge.observe(seen, 5 as never)).toThrow(TypeError);
    await kedge.pipeline('quotes').execute(() => 1);
    expect(seen.events).toEqual([]);
  });

  it('ask a sink what it wants, build nothing else for it, and hand events to its method', async () => {
    const kedge = createKedge();
    class Choosy {
      readonly name = 'choosy';
      readonly heard: string[] = [];
      wants(type: string): boolean {
        return type.startsWith('execution.');
      }
      handle(event: KedgeEvent): void {
        this.heard.push(event.type);
      }
    }
    const sink = new Choosy();
    kedge.observe(sink);
    await kedge.pipeline('quotes').execute(() => 1);
    expect(sink.heard).toEqual(['execution.succeeded']);
  });

  it('build no event that nobody wants', async () => {
    const kedge = createKedge({ sinks: [{ name: 'deaf', wants: () => false, handle: () => {} }] });
    let built = 0;
    const chatty: Policy = {
      kind: 'chatty',
      name: 'chatty',
      apply: (next) => (execution) => {
        execution.emit({
          type: 'chatty.said',
          get words() {
            return built++;
          },
        });
        return next(execution);
      },
    };
    await kedge.pipeline('quotes', chatty).execute(() => 1);
    expect(built).toBe(0);
  });

  it('tell a sink when it is attached and when it is detached', async () => {
    const kedge = createKedge();
    kedge.pipeline('quotes');
    const told: string[] = [];
    const watching = kedge.observe({
      name: 'reader',
      attach: (source) => {
        told.push(
          `attached to ${source
            .stats()
            .map(({ name }) => name)
            .join()}`,
        );
        return () => told.push('detached');
      },
    });
    expect(told).toEqual(['attached to quotes']);
    watching[Symbol.dispose]();
    watching[Symbol.dispose]();
    expect(told).toEqual(['attached to quotes', 'detached']);
  });

  it('let a sink attach another in the middle of an event', async () => {
    const kedge = createKedge();
    const late = recorder();
    let left = 1;
    kedge.observe(() => {
      if (left-- > 0) kedge.observe(late);
    });
    await kedge.pipeline('quotes').execute(() => 1);
    expect(late.types()).toEqual(['execution.succeeded']);
  });

  it('keep the numbers of a disposed pipeline, whose running calls finish and count', async () => {
    const sources: Source[] = [];
    const kedge = createKedge({
      sinks: [{ name: 'reader', attach: (source) => void sources.push(source) }],
    });
    const quotes = kedge.pipeline('quotes', bulkhead({ maxConcurrent: 2 }));
    const operation = controlled();
    const call = track(quotes.execute(operation));
    const shown = () => sources[0]!.stats()[0]!;
    expect(shown()).toMatchObject({ name: 'quotes', pipelines: 1, inFlight: 1 });
    expect(shown().policies[0]!.gauges).toMatchObject({ in_use: 1 });
    quotes[Symbol.dispose]();
    quotes[Symbol.dispose]();
    expect(shown()).toMatchObject({ pipelines: 0, inFlight: 1 });
    expect(shown().policies[0]!.gauges).toEqual({});
    operation.starts[0]!.resolve('ok');
    await jobs();
    expect(call.value).toBe('ok');
    expect(await quotes.execute(() => 2)).toBe(2);
    expect(shown()).toMatchObject({ inFlight: 0, executions: { success: 2 } });
  });

  it('of the root share one set', async () => {
    const seen = recorder();
    using watching = observe(seen);
    expect(watching).toBeDefined();
    using quotes = sharedPipeline('shared-root');
    await quotes.execute(() => 1);
    expect(seen.types()).toEqual(['attempt.succeeded', 'execution.succeeded']);
  });
});

describe('execution.failed', () => {
  it('is a warning where a policy has turned the call away, and says which', async () => {
    using l = lab();
    const quotes = l.pipeline('quotes', bulkhead({ maxConcurrent: 1, name: 'room' }));
    void quotes.settle(() => new Promise(() => {}));
    await quotes.settle(() => 1);
    await l.pipeline('orders').settle(() => Promise.reject(transient()));
    expect(l.seen.of('execution.failed')).toMatchObject([
      { severity: 'warn', outcome: 'rejected', rejectedBy: 'room', attempts: 0 },
      { severity: 'error', outcome: 'failure', attempts: 1 },
    ]);
    expect(l.seen.of('execution.failed')[0]).not.toHaveProperty('retryRefused');
    expect(l.seen.of('execution.failed')[1]).not.toHaveProperty('rejectedBy');
  });

  it('says why there was no further attempt, unless there was one after all', async () => {
    using l = lab();
    const broke = retryBudget({ ratio: 0, reserve: 0, refill: 0 });
    const failing = () => Promise.reject(transient());
    const quotes = l.pipeline(
      'quotes',
      retry({ maxAttempts: 2, backoff: () => 1, budget: false, name: 'outer' }),
      retry({ budget: broke, name: 'inner' }),
    );
    // One that is alone would get its retry all the same.
    void quotes.settle(() => new Promise(() => {}));
    const call = quotes.settle(failing);
    await l.clock.runAll();
    await call;
    await l.pipeline('late', timeout(10), retry({ backoff: () => 20 })).settle(failing);
    await l.pipeline('once', retry({ maxAttempts: 1 })).settle(failing);
    expect(l.seen.of('execution.failed').map(({ retryRefused }) => retryRefused)).toEqual([
      'budget',
      'deadline',
      undefined,
    ]);
  });

  it('says it as well of a retry that a policy applies by hand', async () => {
    using l = lab();
    const byHand = retry({ backoff: () => 20 });
    const own: Policy = { kind: 'own', name: 'own', apply: (next) => byHand.apply(next) };
    await l.pipeline('quotes', timeout(10), own).settle(() => Promise.reject(transient()));
    expect(l.seen.of('execution.failed')).toMatchObject([{ retryRefused: 'deadline' }]);
  });
});
