// What is thrown, returned and given.
import {
  circuitBreaker,
  type CircuitOpenError,
  constantBackoff,
  createKedge,
  listedBackoff,
  exponentialBackoff,
  fallback,
  linearBackoff,
  type Operation,
  type Policy,
  ResilienceError,
  retry,
  retryBudget,
  timeout,
  TimeoutError,
} from 'kedge';
import { chaos, scripted } from 'kedge/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { jobs, lab, rejection, track, transient } from '../support/lab.ts';

const everything = (): Policy[] => [
  timeout(10_000),
  retry({ backoff: constantBackoff(10) }),
  circuitBreaker(),
  timeout(1_000),
];

const thenable = <T>(value: T): PromiseLike<T> =>
  // oxlint-disable-next-line unicorn/no-thenable -- what is tested
  ({ then: (fulfil: (value: T) => unknown) => fulfil(value) }) as PromiseLike<T>;

describe('trap 17', () => {
  it.each<[string, Operation<unknown>, unknown]>([
    ['a plain value', () => 'value', 'value'],
    ['undefined', () => {}, undefined],
    ['null', () => null, null],
    ['NaN', () => NaN, NaN],
    ['a promise', () => Promise.resolve('value'), 'value'],
    ['a promise of undefined', () => Promise.resolve(), undefined],
    ['a thenable', () => thenable('value'), 'value'],
    ['a thenable of a promise', () => thenable(Promise.resolve('value')), 'value'],
    ['a frozen object', () => Object.freeze({ a: 1 }), { a: 1 }],
  ])('trap 17: an operation may return %s', async (_name, operation, value) => {
    using l = lab();
    const quotes = l.pipeline('quotes', ...everything());
    expect(await quotes.execute(operation)).toEqual(value);
    expect(await quotes.settle(operation)).toEqual({ status: 'fulfilled', value });
    expect(quotes.stats()).toMatchObject({ executions: { success: 2 }, attempts: { success: 2 } });
  });

  it('trap 17: what it returns arrives by identity', async () => {
    using l = lab();
    const value = { deep: { value: Symbol('value') } };
    const quotes = l.pipeline('quotes', fallback({ value: 0 }), ...everything());
    expect(await quotes.execute(() => value)).toBe(value);
    expect(await quotes.execute(async () => value)).toBe(value);
  });

  it.each<[string, (error: Error) => Operation<never>]>([
    [
      'synchronously',
      (error) => () => {
        throw error;
      },
    ],
    // oxlint-disable-next-line promise/no-promise-in-callback -- no callback
    ['asynchronously', (error) => () => Promise.reject(error)],
    [
      'in a getter `then`',
      (error) => () =>
        ({
          // oxlint-disable-next-line unicorn/no-thenable -- what is tested
          get then(): never {
            throw error;
          },
        }) as never,
    ],
    [
      'in a method `then`',
      (error) => () =>
        ({
          // oxlint-disable-next-line unicorn/no-thenable -- what is tested
          then(): never {
            throw error;
          },
        }) as never,
    ],
  ])(
    'trap 17: an error that is thrown %s is retried and reaches the caller',
    async (_name, make) => {
      using l = lab();
      const error = transient();
      let calls = 0;
      const operation: Operation<never> = (context) => {
        calls++;
        return make(error)(context);
      };
      const quotes = l.pipeline('quotes', ...everything());
      const call = track(quotes.execute(operation));
      await l.clock.advance(100);
      expect(call.reason).toBe(error);
      expect(calls).toBe(3);
      expect(quotes.stats()).toMatchObject({
        executions: { failure: 1 },
        attempts: { failure: 3 },
      });
    },
  );

  it('trap 17: execute never throws at its caller, not even for what is no operation', async () => {
    using l = lab();
    const quotes = l.pipeline('quotes', ...everything());
    for (const mistake of [undefined, null, 1, 'x', {}]) {
      const error = (await rejection(quotes.execute(mistake as never))) as Error;
      expect(error).toBeInstanceOf(TypeError);
      expect(error.message).toContain('`operation`');
      expect(await quotes.settle(mistake as never)).toMatchObject({ status: 'rejected' });
    }
    // No call was ever made.
    expect(l.seen.events).toEqual([]);
    expect(quotes.stats()).toMatchObject({ inFlight: 0, executions: { failure: 0 } });
  });
});

const circular = new Error('circular');
circular.cause = circular;

const revoked = (): object => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
};

describe('trap 18', () => {
  const hostile = new Proxy(new Error('hostile'), {
    get: () => {
      throw new Error('do not look');
    },
  });

  it.each<[string, unknown]>([
    ['undefined', undefined],
    ['null', null],
    ['a string', 'failed'],
    ['a number', 404],
    ['false', false],
    ['a symbol', Symbol('failed')],
    ['a bigint', 5n],
    ['a frozen object', Object.freeze({ code: 'X' })],
    ['a function', () => {}],
    ['an object without a prototype', Object.create(null)],
    ['a revoked proxy', revoked()],
    ['a proxy that throws on every look', hostile],
    ['an error that is its own cause', circular],
  ])('trap 18: %s passes every policy unchanged, and is reported', async (_name, thrown) => {
    using l = lab();
    const operation = scripted([{ error: thrown }]);
    const quotes = l.pipeline(
      'quotes',
      // oxlint-disable-next-line promise/no-promise-in-callback -- no callback
      fallback({ run: (error) => Promise.reject(error) }),
      ...everything(),
    );
    const call = track(quotes.settle(operation));
    await l.clock.advance(1_000);
    const settled = call.value as PromiseRejectedResult;
    expect(settled.status).toBe('rejected');
    expect(Object.is(settled.reason, thrown)).toBe(true);
    expect(operation.calls).toHaveLength(3);
    expect(l.seen.of('attempt.failed')).toHaveLength(3);
    expect(l.seen.of('attempt.failed').every(({ error }) => Object.is(error, thrown))).toBe(true);
    expect(l.seen.of('execution.failed').every(({ error }) => Object.is(error, thrown))).toBe(true);
  });
});

describe('trap 19', () => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown): void => void unhandled.push(reason);

  afterEach(() => {
    process.off('unhandledRejection', note);
    unhandled.length = 0;
  });

  it('trap 19: an operation that rejects after its timeout is swallowed and counted', async () => {
    using l = lab();
    process.on('unhandledRejection', note);
    const quotes = l.pipeline('quotes', timeout(100));
    const operation = scripted([{ error: new Error('late'), after: 200 }]);
    const call = track(quotes.execute(operation));
    await l.clock.advance(100);
    expect(call.reason).toBeInstanceOf(TimeoutError);
    expect(quotes.stats()).toMatchObject({ abandoned: 1, late: 0, inFlight: 0 });
    await l.clock.advance(100);
    await jobs();
    expect(quotes.stats()).toMatchObject({ abandoned: 0, late: 1, inFlight: 0 });
    expect(unhandled).toEqual([]);
    expect(l.seen.types()).toEqual(['timeout.exceeded', 'attempt.failed', 'execution.failed']);
  });

  it('trap 19: so is one that rejects after its caller aborted, or during a fallback', async () => {
    using l = lab();
    process.on('unhandledRejection', note);
    const controller = new AbortController();
    const quotes = l.pipeline(
      'quotes',
      fallback({ run: () => new Promise(() => {}) }),
      timeout(100),
    );
    const operation = scripted([{ error: new Error('late'), after: 300 }]);
    const aborted = track(quotes.execute(operation, { signal: controller.signal }));
    const answered = track(quotes.execute(operation, { signal: controller.signal }));
    await l.clock.advance(200);
    expect([aborted.state, answered.state]).toEqual(['pending', 'pending']);
    controller.abort('gone');
    await jobs();
    expect([aborted.reason, answered.reason]).toEqual(['gone', 'gone']);
    await l.clock.advance(1_000);
    expect(unhandled).toEqual([]);
    expect(quotes.stats()).toMatchObject({ abandoned: 0, late: 2 });
  });

  it("trap 19: so is a fallback's `run` that rejects after its caller aborted", async () => {
    using l = lab();
    process.on('unhandledRejection', note);
    const controller = new AbortController();
    const quotes = l.pipeline(
      'quotes',
      fallback({ run: scripted([{ error: new Error('late'), after: 10 }]) as never }),
    );
    const call = track(
      quotes.execute(() => Promise.reject(transient()), { signal: controller.signal }),
    );
    await jobs();
    controller.abort('gone');
    await jobs();
    expect(call.reason).toBe('gone');
    await l.clock.advance(100);
    expect(unhandled).toEqual([]);
  });

  it('trap 19: so is a custom policy that rejects after it has been ended', async () => {
    using l = lab();
    process.on('unhandledRejection', note);
    const stubborn: Policy = {
      kind: 'stubborn',
      name: 'stubborn',
      apply: (next) => async (execution) => {
        try {
          return await next(execution);
        } catch {
          throw new Error('mine');
        }
      },
    };
    const quotes = l.pipeline('quotes', timeout(100), stubborn);
    const call = track(quotes.execute(() => new Promise(() => {})));
    await l.clock.advance(200);
    expect(call.reason).toBeInstanceOf(TimeoutError);
    expect(unhandled).toEqual([]);
  });

  it('trap 19: so is what a custom policy has started and never looked at', async () => {
    using l = lab();
    process.on('unhandledRejection', note);
    const careless: Policy = {
      kind: 'careless',
      name: 'careless',
      apply: (next) => async (execution) => {
        void next(execution);
        return 'mine';
      },
    };
    const quotes = l.pipeline('quotes', careless);
    expect(await quotes.execute(() => Promise.reject(transient()))).toBe('mine');
    await jobs();
    expect(unhandled).toEqual([]);
    expect(quotes.stats().attempts.failure).toBe(1);
  });

  it('trap 19: the wrapped and the settled call add no rejection of their own', async () => {
    using l = lab();
    process.on('unhandledRejection', note);
    const quotes = l.pipeline('quotes', retry({ maxAttempts: 1 }));
    expect(await quotes.settle(() => Promise.reject(transient()))).toMatchObject({
      status: 'rejected',
    });
    expect(await rejection(quotes.wrap(() => Promise.reject(transient()))())).toBeDefined();
    await jobs();
    expect(unhandled).toEqual([]);
  });
});

describe('trap 31', () => {
  it('trap 31: one options object makes two policies that share nothing, and stays as it was', async () => {
    using l = lab();
    const window = { duration: 10_000 };
    const options = Object.freeze({
      minimumCalls: 2,
      consecutiveFailures: 2,
      window: Object.freeze(window),
      halfOpen: Object.freeze({ probes: 1 }),
    });
    const [first, second] = [circuitBreaker(options), circuitBreaker(options)];
    const a = l.pipeline('a', first);
    const b = l.pipeline('b', second);
    for (let each = 0; each < 2; each++) await a.settle(() => Promise.reject(transient()));
    expect([first.state, second.state]).toEqual(['open', 'closed']);
    expect(await b.execute(() => 'ok')).toBe('ok');
    expect(options).toEqual({
      minimumCalls: 2,
      consecutiveFailures: 2,
      window: { duration: 10_000 },
      halfOpen: { probes: 1 },
    });
  });

  it('trap 31: what is changed in the options afterwards changes no policy', async () => {
    using l = lab();
    const shared = { maxAttempts: 2, backoff: constantBackoff(1) };
    const list = [1, 1, 1];
    const halfOpen = { probes: 1, leaseFor: 100 };
    const again = l.pipeline('again', retry(shared));
    const listed = l.pipeline('listed', retry({ maxAttempts: 3, backoff: listedBackoff(list) }));
    const breaker = circuitBreaker({ openFor: 10, halfOpen });
    shared.maxAttempts = 100;
    list.fill(1e9);
    halfOpen.leaseFor = 1e9;

    const operation = scripted([{ error: transient() }]);
    const calls = [again, listed].map((quotes) => track(quotes.execute(operation)));
    await l.clock.advance(10);
    expect(calls.map(({ state }) => state)).toEqual(['rejected', 'rejected']);
    expect(operation.calls).toHaveLength(5);

    breaker.open();
    await l.clock.advance(10);
    const guarded = l.pipeline('guarded', breaker);
    void guarded.settle(() => new Promise(() => {}));
    await l.clock.advance(100);
    await guarded.settle(() => 'ok');
    expect(breaker.state).toBe('open');
  });

  it('trap 31: the policies that are given to two pipelines are not changed by either', () => {
    using l = lab();
    const policies = [timeout(1), timeout(2), retry()];
    const before = policies.map((policy) => policy.name);
    const [a, b] = [l.pipeline('a', ...policies), l.pipeline('b', ...policies)];
    expect(policies.map((policy) => policy.name)).toEqual(before);
    expect(a.policies.map(({ name }) => name)).toEqual(['timeout', 'timeout-2', 'retry']);
    expect(b.policies.map(({ name }) => name)).toEqual(['timeout', 'timeout-2', 'retry']);
  });
});

describe('trap 34', () => {
  it('trap 34: the last error itself reaches the caller, not a wrapper', async () => {
    using l = lab();
    class OutOfStock extends Error {}
    const errors = [transient('1'), transient('2'), new OutOfStock('3')];
    const operation = scripted([{ error: errors[0] }, { error: errors[1] }, { error: errors[2] }]);
    const quotes = l.pipeline('quotes', ...everything());
    const call = track(quotes.execute(operation));
    await l.clock.advance(100);
    expect(call.reason).toBe(errors[2]);
    expect(call.reason).toBeInstanceOf(OutOfStock);
    expect((call.reason as Error).cause).toBeUndefined();
    expect(l.seen.of('retry.exhausted')).toMatchObject([{ attempts: 3, error: errors[2] }]);
  });
});

const rejected = async (): Promise<CircuitOpenError> => {
  using l = lab();
  const breaker = circuitBreaker({ openFor: 1_500, name: 'guard' });
  breaker.open();
  return (await rejection(l.pipeline('quotes', breaker).execute(() => 1))) as CircuitOpenError;
};

describe('trap 35', () => {
  afterEach(() => {
    ResilienceError.stacks = false;
  });

  it('trap 35: a rejection carries no stack, and says pipeline, policy and when to come back', async () => {
    const limit = Error.stackTraceLimit;
    const error = await rejected();
    expect(error).toMatchObject({
      name: 'CircuitOpenError',
      code: 'KEDGE_CIRCUIT_OPEN',
      pipeline: 'quotes',
      policy: 'guard',
      reason: 'circuit-open',
      retryAfter: 1_500,
      message: 'quotes: guard is open; try again in 1500 ms',
    });
    expect(error.stack).not.toContain('\n    at ');
    expect(Error.stackTraceLimit).toBe(limit);
  });

  it('trap 35: it carries one when that is asked for', async () => {
    ResilienceError.stacks = true;
    expect((await rejected()).stack).toContain('\n    at ');
  });

  it('trap 35: an error of the operation keeps its own stack', async () => {
    using l = lab();
    const error = transient();
    const { stack } = error;
    const quotes = l.pipeline('quotes', ...everything());
    const call = track(quotes.execute(() => Promise.reject(error)));
    await l.clock.advance(100);
    expect((call.reason as Error).stack).toBe(stack);
    expect(stack).toContain('\n    at ');
  });
});

describe('trap 37', () => {
  it.each<[string, () => unknown, typeof TypeError | typeof RangeError, RegExp]>([
    ['NaN', () => retry({ maxAttempts: NaN }), RangeError, /`maxAttempts`.*whole number.*NaN/],
    ['zero', () => retry({ maxAttempts: 0 }), RangeError, /`maxAttempts`.*from 1.*got 0/],
    ['a fraction', () => retry({ maxAttempts: 1.5 }), RangeError, /`maxAttempts`.*1\.5/],
    ['a negative', () => retry({ maxElapsed: -1 }), RangeError, /`maxElapsed`.*from 0.*-1/],
    ['a string', () => retry({ maxAttempts: '3' as never }), TypeError, /`maxAttempts`.*'3'/],
    ['null', () => retry({ backoff: null as never }), TypeError, /`backoff`.*a backoff.*null/],
    ['an object', () => retry({ handle: {} as never }), TypeError, /`handle`.*an object/],
    ['an array', () => retry([] as never), TypeError, /object of options, got an array/],
    ['null for all', () => retry(null as never), TypeError, /object of options, got null/],
    ['an unknown name', () => retry({ retries: 3 } as never), TypeError, /no option `retries`/],
    [
      'a misspelt name',
      () => retry({ maxAttemps: 3 } as never),
      TypeError,
      /`maxAttemps`.*Did you mean `maxAttempts`/,
    ],
    ['no budget', () => retry({ budget: true as never }), TypeError, /`budget`.*retryBudget.*true/],
    [
      'half a budget',
      () => retry({ budget: { withdraw: () => true } as never }),
      TypeError,
      /`budget`.*retryBudget/,
    ],
    ['a long name', () => retry({ name: 'x'.repeat(129) }), RangeError, /`name`.*1 to 128/],
    ['an empty name', () => retry({ name: '' }), RangeError, /`name`/],

    ['a rate of 0', () => circuitBreaker({ failureRate: 0 }), RangeError, /`failureRate`.*above 0/],
    ['a rate above 1', () => circuitBreaker({ failureRate: 1.01 }), RangeError, /up to 1.*1\.01/],
    ['per cent', () => circuitBreaker({ failureRate: 50 }), RangeError, /`failureRate`.*50/],
    ['no minimum', () => circuitBreaker({ minimumCalls: 0 }), RangeError, /`minimumCalls`.*from 1/],
    ['no window', () => circuitBreaker({ window: {} as never }), TypeError, /`window`/],
    [
      'two windows',
      () => circuitBreaker({ window: { duration: 1, calls: 1 } as never }),
      TypeError,
      /`window`.*either/,
    ],
    [
      'a window without end',
      () => circuitBreaker({ window: { duration: Infinity } }),
      RangeError,
      /`duration`.*finite/,
    ],
    [
      'a minimum that the window cannot hold',
      () => circuitBreaker({ window: { calls: 10 }, minimumCalls: 11 }),
      RangeError,
      /`minimumCalls`.*10.*`window`.*11/,
    ],
    [
      'a misspelt name inside',
      () => circuitBreaker({ halfOpen: { probe: 1 } as never }),
      TypeError,
      /`halfOpen`.*`probe`.*`probes`/,
    ],
    [
      'half a rule for slow calls',
      () => circuitBreaker({ slowCall: { after: 100 } as never }),
      TypeError,
      /`slowCall`.*`rate` is required/,
    ],
    ['no time to be open', () => circuitBreaker({ openFor: 0 }), RangeError, /`openFor`.*above 0/],
    ['a text for openFor', () => circuitBreaker({ openFor: '5s' as never }), TypeError, /'5s'/],
    [
      'no probes',
      () => circuitBreaker({ halfOpen: { probes: 0 } }),
      RangeError,
      /`halfOpen`.*`probes`.*from 1/,
    ],

    ['a timeout of 0', () => timeout(0), RangeError, /timeout.*`after`.*above 0.*got 0/],
    ['a timeout of NaN', () => timeout(NaN), RangeError, /`after`.*NaN/],
    ['a timeout of a text', () => timeout('1s' as never), TypeError, /timeout.*'1s'/],
    ['a timeout of nothing', () => timeout(undefined as never), TypeError, /timeout/],
    ['no length', () => timeout({} as never), TypeError, /`after` is required/],
    [
      'a strategy',
      () => timeout({ after: 1, strategy: 'polite' as never }),
      RangeError,
      /`strategy`.*'aggressive' or 'cooperative'.*'polite'/,
    ],

    ['no fallback', () => fallback({} as never), TypeError, /`value` or `run`/],
    ['two fallbacks', () => fallback({ value: 1, run: () => 2 } as never), TypeError, /either/],
    ['a run that is none', () => fallback({ run: 'x' as never }), TypeError, /`run`.*function/],

    [
      'a factor below 1',
      () => exponentialBackoff({ factor: 0.5 }),
      RangeError,
      /`factor`.*from 1.*0\.5/,
    ],
    [
      'a jitter',
      () => exponentialBackoff({ jitter: 'some' as never }),
      RangeError,
      /`jitter`.*'some'/,
    ],
    ['a negative step', () => linearBackoff({ step: -1 }), RangeError, /`step`.*-1/],
    ['a negative constant', () => constantBackoff(-1), RangeError, /`ms`.*-1/],
    ['a text as a constant', () => constantBackoff('5' as never), TypeError, /`ms`.*'5'/],
    ['no delays', () => listedBackoff([]), TypeError, /listedBackoff.*at least one/],
    ['a negative delay', () => listedBackoff([1, -1]), RangeError, /`list\[1\]`.*-1/],
    ['a hole in the delays', () => listedBackoff(new Array<number>(3)), TypeError, /`list\[0\]`/],

    ['a ratio', () => retryBudget({ ratio: -0.1 }), RangeError, /`ratio`.*-0\.1/],
    ['a reserve without end', () => retryBudget({ reserve: Infinity }), RangeError, /`reserve`/],
    ['a window of 0', () => retryBudget({ window: { duration: 0 } }), RangeError, /`duration`/],

    ['chaos above 1', () => chaos({ failureRate: 2 }), RangeError, /`failureRate`.*0 to 1/],
    ['an option of createKedge', () => createKedge({ sink: [] } as never), TypeError, /`sinks`/],
    ['sinks that are none', () => createKedge({ sinks: 5 as never }), TypeError, /`sinks`/],
  ])('trap 37: %s is refused when the policy is made', (_name, make, type, message) => {
    expect(make).toThrow(type);
    expect(make).toThrow(message);
  });

  it('trap 37: an option that is given as undefined has its default', () => {
    expect(() => retry({ maxAttempts: undefined, backoff: undefined } as never)).not.toThrow();
    expect(() => circuitBreaker({ openFor: undefined } as never)).not.toThrow();
  });

  it('trap 37: a message shows the start of a value, whatever its length', () => {
    const long = 'x'.repeat(1_000_000);
    const messages = [{ [long]: 1 }, { maxAttempts: long }].map((options) => {
      try {
        retry(options as never);
        return 'nothing was wrong';
      } catch (error) {
        return (error as Error).message;
      }
    });
    for (const message of messages) {
      expect(message).toContain('xxx');
      expect(message.length).toBeLessThan(400);
    }
  });
});
