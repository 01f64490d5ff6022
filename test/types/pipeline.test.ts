// What the compiler says; `npm run types` checks it, and running it shows that it is said of what really happens.
import {
  type AlternativeOf,
  type CircuitBreaker,
  circuitBreaker,
  type Context,
  createKedge,
  type PolicyContext,
  fallback,
  type KedgeEvent,
  type Next,
  type Operation,
  type Pipeline,
  type Policy,
  retry,
  type Sink,
  timeout,
} from 'kedge';
import { recorder } from 'kedge/testing';
import { describe, expectTypeOf, it } from 'vitest';

const { pipeline, observe } = createKedge();

describe('the result of a pipeline', () => {
  it('is that of the operation where no policy answers in its place', async () => {
    const plain = pipeline('plain', timeout(1_000), retry(), circuitBreaker(), timeout(100));
    expectTypeOf(plain).toEqualTypeOf<Pipeline>();
    expectTypeOf(await plain.execute(() => 1)).toEqualTypeOf<number>();
    expectTypeOf(await plain.execute(async () => 'x')).toEqualTypeOf<string>();
    expectTypeOf(await plain.execute(() => Promise.resolve({ a: 1 }))).toEqualTypeOf<{
      a: number;
    }>();
    expectTypeOf(await plain.execute(() => {})).toEqualTypeOf<void>();
    expectTypeOf(pipeline('none')).toEqualTypeOf<Pipeline>();
  });

  it('has what a fallback answers as well', async () => {
    const list = pipeline('list', fallback({ value: [] }), retry());
    expectTypeOf(list).toEqualTypeOf<Pipeline<never[]>>();
    expectTypeOf(await list.execute(() => ['a'])).toEqualTypeOf<string[] | never[]>();

    const ran = pipeline('ran', fallback({ run: async () => 5 as const }));
    expectTypeOf(await ran.execute(() => 'x')).toEqualTypeOf<string | 5>();

    const nothing = pipeline('nothing', fallback({ value: undefined }));
    expectTypeOf(await nothing.execute(() => 'x')).toEqualTypeOf<string | undefined>();
  });

  it('has what several answer', async () => {
    const several = pipeline(
      'several',
      fallback({ value: null }),
      timeout(100),
      fallback({ run: (): string => 'x' }),
    );
    expectTypeOf(await several.execute(() => 1)).toEqualTypeOf<number | string | null>();
  });

  it('is not hidden by a type that says that no policy answers in its place', () => {
    const list = pipeline('list', fallback({ value: null }));
    expectTypeOf(list).not.toExtend<Pipeline>();
    expectTypeOf(list).toExtend<Pipeline<null | string>>();
    expectTypeOf(pipeline('plain')).toExtend<Pipeline<null>>();
  });

  it('is settled as the platform settles', async () => {
    const list = pipeline('list', fallback({ value: null }));
    expectTypeOf(await list.settle(() => 1)).toEqualTypeOf<PromiseSettledResult<number | null>>();
  });

  it('is known where policies come in a list', async () => {
    const policies = [fallback({ value: 0 as const }), retry()] as const;
    const listed = pipeline('listed', ...policies);
    expectTypeOf(await listed.execute(() => 'x')).toEqualTypeOf<string | 0>();
    const plain: Policy[] = [retry(), timeout(1)];
    expectTypeOf(pipeline('plain', ...plain)).toEqualTypeOf<Pipeline>();
  });
});

describe('a wrapped function', () => {
  it('keeps its arguments, and awaits its result', () => {
    const plain = pipeline('plain', retry());
    const wrapped = plain.wrap((id: string, limit?: number) => [id, limit]);
    expectTypeOf(wrapped).parameters.toEqualTypeOf<[id: string, limit?: number | undefined]>();
    expectTypeOf(wrapped).returns.toEqualTypeOf<Promise<(string | number | undefined)[]>>();
    const promised = plain.wrap(async (...words: string[]) => words.length);
    expectTypeOf(promised).parameters.toEqualTypeOf<string[]>();
    expectTypeOf(promised).returns.toEqualTypeOf<Promise<number>>();
  });

  it('keeps its `this`, and gets what a fallback answers', () => {
    class Store {
      readonly rows: readonly string[] = [];
    }
    const list = pipeline('list', fallback({ value: null }));
    const wrapped = list.wrap(function (this: Store, index: number) {
      return this.rows[index];
    });
    expectTypeOf(wrapped).thisParameter.toEqualTypeOf<Store>();
    expectTypeOf(wrapped).returns.toEqualTypeOf<Promise<string | undefined | null>>();
  });

  it('refuses what is no function', () => {
    // @ts-expect-error -- what is tested
    expectTypeOf(pipeline('plain').wrap).toBeCallableWith('x');
  });
});

describe('a policy', () => {
  it('of a user adds nothing unless it says so', async () => {
    const plain: Policy = { kind: 'own', name: 'own', apply: (next) => next };
    expectTypeOf(pipeline('plain', plain)).toEqualTypeOf<Pipeline>();
    expectTypeOf<AlternativeOf<typeof plain>>().toEqualTypeOf<never>();

    const answering: Policy<'mine'> = { kind: 'own', name: 'own', apply: (next) => next };
    expectTypeOf<AlternativeOf<typeof answering>>().toEqualTypeOf<'mine'>();
    const quotes = pipeline('quotes', answering, retry());
    expectTypeOf(await quotes.execute(() => 1)).toEqualTypeOf<number | 'mine'>();
  });

  it('can be written with nothing but these types', () => {
    const slow: Policy = {
      kind: 'slow',
      name: 'slow',
      apply: (next) => {
        expectTypeOf(next).toEqualTypeOf<Next>();
        return async (execution) => {
          expectTypeOf(execution).toEqualTypeOf<PolicyContext>();
          expectTypeOf(execution.signal).toEqualTypeOf<AbortSignal>();
          execution.emit({ type: 'slow.seen', duration: 5 });
          return next({ ...execution, key: 'other' });
        };
      },
    };
    expectTypeOf(slow).toEqualTypeOf<Policy>();
  });

  it('reports only events whose names have two parts', () => {
    type Emit = PolicyContext['emit'];
    expectTypeOf<Emit>().toBeCallableWith({ type: 'slow.seen', duration: 5 });
    // @ts-expect-error -- what is tested
    expectTypeOf<Emit>().toBeCallableWith({ type: 'slow' });
  });

  it('with an interface of its own keeps it', () => {
    expectTypeOf(circuitBreaker()).toEqualTypeOf<CircuitBreaker>();
    expectTypeOf(circuitBreaker().state).toEqualTypeOf<
      'closed' | 'open' | 'half-open' | 'isolated'
    >();
    expectTypeOf(circuitBreaker().isolate()).toEqualTypeOf<Disposable>();
  });

  it('refuses options that cannot be', () => {
    // @ts-expect-error -- what is tested
    expectTypeOf(retry).toBeCallableWith({ maxAttemps: 3 });
    // @ts-expect-error -- what is tested
    expectTypeOf(timeout).toBeCallableWith('1s');
    // @ts-expect-error -- what is tested
    expectTypeOf(fallback).toBeCallableWith({});
    // @ts-expect-error -- what is tested
    expectTypeOf(circuitBreaker).toBeCallableWith({ window: { seconds: 5 } });
    // @ts-expect-error -- what is tested
    expectTypeOf(circuitBreaker).toBeCallableWith({ window: { duration: 1_000, calls: 5 } });
    // @ts-expect-error -- what is tested
    expectTypeOf(fallback).toBeCallableWith({ value: 1, run: () => 1 });
    // @ts-expect-error -- what is tested
    expectTypeOf(pipeline).toBeCallableWith('quotes', 'retry');
    expectTypeOf(pipeline).toBeCallableWith('quotes', retry(), timeout(1_000));
  });
});

describe('an operation and an event', () => {
  it('know their context', async () => {
    await pipeline('plain').execute((context) => {
      expectTypeOf(context).toEqualTypeOf<Context>();
      expectTypeOf(context.attributes).toEqualTypeOf<
        Readonly<Record<string, string | number | boolean>>
      >();
    });
    expectTypeOf<Operation<string>>().parameter(0).toEqualTypeOf<Context>();
  });

  it('are narrowed by their type', () => {
    using watching = observe((event) => {
      expectTypeOf(event).toEqualTypeOf<KedgeEvent>();
      if (event.type === 'retry.scheduled') {
        expectTypeOf(event.delay).toEqualTypeOf<number>();
        expectTypeOf(event.retryAfter).toEqualTypeOf<number | undefined>();
      }
      if (event.type === 'circuit.opened') {
        expectTypeOf(event.reason).toEqualTypeOf<
          | 'failure-rate'
          | 'slow-rate'
          | 'consecutive'
          | 'probe-failed'
          | 'manual'
          | 'remote'
          | 'restored'
        >();
      }
      // @ts-expect-error -- what is tested
      return event.type === 'retry.scheduled' && event.openFor;
    });
    expectTypeOf(watching).toEqualTypeOf<Disposable>();
    expectTypeOf<Sink>().not.toBeAny();
    const [scheduled] = recorder().of('retry.scheduled');
    expectTypeOf(scheduled?.attempt).toEqualTypeOf<number | undefined>();
  });
});
