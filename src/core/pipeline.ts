/**
 * What users hold: pipelines, and sets of pipelines with their own sinks.
 */
import { EventBus, sharedBus, type Sink } from './event-bus.ts';
import { mistakeIn } from './execute-options.ts';
import { type Keyed, KeyedPipelines, type KeyedOptions } from './keyed.ts';
import { check, func, readOptions, type Rules, text } from './options.ts';
import { Chain } from './chain.ts';
import type {
  AlternativeOf,
  Absent,
  CallOptions,
  Context,
  ExecuteOptions,
  Operation,
  Pipeline,
  PipelineStats,
  Policy,
} from './policy.ts';

class ComposedPipeline implements Pipeline {
  private readonly chain: Chain;
  private readonly end: () => void;

  constructor(chain: Chain, end: () => void) {
    this.chain = chain;
    this.end = end;
  }

  get name(): string {
    return this.chain.metrics.name;
  }

  get policies(): readonly Policy<unknown>[] {
    return this.chain.policies;
  }

  execute<T>(operation: Operation<T>, options?: ExecuteOptions): Promise<T> {
    return this.chain.execute(operation, options) as Promise<T>;
  }

  settle<T>(operation: Operation<T>, options?: ExecuteOptions): Promise<PromiseSettledResult<T>> {
    return this.chain.settle(operation, options) as Promise<PromiseSettledResult<T>>;
  }

  /** Bound, since a decorator is called without the pipeline that it was read from. */
  get wrap(): Pipeline['wrap'] {
    return (fn, options) =>
      this.wrapped(fn, options, (that, args) => () => Reflect.apply(fn, that, args)) as never;
  }

  wrapWithContext<This, Args extends unknown[], T>(
    fn: (this: This, context: Context, ...args: Args) => T,
    options?: CallOptions<Args>,
  ): (this: This, ...args: Args) => Promise<Awaited<T>> {
    const call = (that: unknown, args: unknown[]) => (context: Context) =>
      Reflect.apply(fn, that, [context, ...args]) as T;
    return this.wrapped(fn, options, call, 1) as never;
  }

  private wrapped(
    fn: (...args: never[]) => unknown,
    options: unknown,
    call: (that: unknown, args: unknown[]) => Operation<unknown>,
    leading = 0,
  ): (...args: unknown[]) => Promise<unknown> {
    checkWrapped(this.name, fn);
    const { chain } = this;
    const given = isDecoration(options)
      ? undefined
      : (options as CallOptions<unknown[]> | undefined);
    const mistake = typeof given === 'function' ? undefined : mistakeIn(fn, given);
    if (mistake !== undefined) throw new TypeError(`wrap: ${mistake}`);
    const wrapped = function (this: unknown, ...args: unknown[]): Promise<unknown> {
      try {
        const own = typeof given === 'function' ? given(...args) : given;
        return chain.execute(call(this, args), own);
      } catch (error) {
        return Promise.reject(error);
      }
    };
    const length = Math.max(0, fn.length - leading);
    Object.defineProperty(wrapped, 'name', { value: fn.name, configurable: true });
    Object.defineProperty(wrapped, 'length', { value: length, configurable: true });
    return wrapped;
  }

  observe(...sinks: Sink[]): Disposable {
    const detach = this.chain.observe(sinks);
    return { [Symbol.dispose]: detach };
  }

  stats(): PipelineStats {
    const { chain } = this;
    return chain.metrics.stats(chain.family === undefined ? chain : undefined);
  }

  [Symbol.dispose](): void {
    this.end();
  }
}

/** A value that comes after the call has been answered is beyond all policies. */
function checkWrapped(pipeline: string, fn: unknown): void {
  check(`pipeline '${pipeline}'`, 'fn', fn, func);
  if (!/Generator/.test(Object.prototype.toString.call(fn))) return;
  throw new TypeError(
    `pipeline '${pipeline}': expected \`fn\` to answer once, got a generator. Wrap what fetches one page of it.`,
  );
}

function isDecoration(options: unknown): options is ClassMethodDecoratorContext {
  return (options as Partial<ClassMethodDecoratorContext> | undefined)?.kind === 'method';
}

/** An isolated set of pipelines and sinks. */
export interface Kedge {
  /** Composes policies, the first listed outermost, under a name that metrics and events carry. */
  pipeline<const P extends readonly (Policy<unknown> | Absent)[]>(
    name: string,
    ...policies: P
  ): Pipeline<AlternativeOf<Exclude<P[number], Absent>>>;
  /** Makes one pipeline a key (a host, a tenant), bounded, the least recently used dropped first. */
  keyed<const P extends readonly (Policy<unknown> | Absent)[]>(
    name: string,
    policies: (key: string) => P,
    options?: KeyedOptions,
  ): Keyed<AlternativeOf<Exclude<P[number], Absent>>>;
  /** Attaches sinks to all pipelines of the set, those made before and after. */
  observe(...sinks: Sink[]): Disposable;
}

/** Options of `createKedge`. */
export interface KedgeOptions {
  /** Attached from the start. */
  sinks?: readonly Sink[];
}

const rules: Rules<KedgeOptions> = {
  sinks: { expected: 'a list of sinks', type: (value) => Array.isArray(value) },
};

/**
 * Makes an isolated set of pipelines, with its own sinks: for a test, or for one of several tenants of a process.
 *
 * @example
 * const kedge = createKedge();
 * using watching = kedge.observe((event) => console.log(event.type));
 * await kedge.pipeline('quotes').execute(() => 1);
 */
export function createKedge(options: KedgeOptions = {}): Kedge {
  const { sinks } = readOptions<Required<KedgeOptions>>(
    'createKedge',
    options,
    { sinks: [] },
    rules,
  );
  const bus = new EventBus();
  bus.attachAll(sinks);
  return kedgeOn(bus);
}

function kedgeOn(bus: EventBus): Kedge {
  return {
    pipeline: (name, ...policies) => {
      check('pipeline', 'name', name, text);
      const metrics = bus.names.of(name);
      const chain = new Chain(metrics, policies);
      const leave = metrics.join(chain);
      return new ComposedPipeline(chain, () => {
        leave();
        chain.dispose();
      });
    },
    keyed: (name, policies, options = {}) =>
      new KeyedPipelines(
        bus,
        name,
        policies,
        options,
        (chain) => new ComposedPipeline(chain, () => {}),
      ),
    observe: (...sinks) => {
      const detach = bus.attachAll(sinks);
      return { [Symbol.dispose]: detach };
    },
  };
}

const shared = kedgeOn(sharedBus);

/**
 * Composes policies, the first listed outermost; without policies it only observes.
 *
 * Make a pipeline once, for the life of the process, and use it for every call. Throws a `TypeError` for what is
 * no policy.
 *
 * @example
 * const quotes = pipeline('quotes-api', timeout(5_000), retry(), circuitBreaker(), timeout(1_000));
 * const list = await quotes.execute(({ signal }) => fetch(url, { signal }).then((r) => r.json()));
 */
export const pipeline: Kedge['pipeline'] = shared.pipeline;

/**
 * Makes one pipeline a key, behind `.for(key)`: a host, a tenant, a shard. Metrics carry the name, never the key.
 *
 * Bounded by `maxKeys`, the least recently used dropped first (an open circuit not before closed ones of about its
 * age); what has been idle for `idleAfter` is dropped, without a timer. Throws a `TypeError` or a `RangeError` for
 * options that cannot be.
 *
 * @example
 * const hosts = keyed('outgoing', () => [retry(), circuitBreaker(), timeout(2_000)], { maxKeys: 500 });
 * await hosts.for(url.host).execute(({ signal }) => fetch(url, { signal }));
 */
export const keyed: Kedge['keyed'] = shared.keyed;

/**
 * Attaches sinks to all pipelines, those made before and after, until the returned value is disposed.
 *
 * A sink is a function or one of the integrations. What it throws never reaches a caller.
 */
export const observe: Kedge['observe'] = shared.observe;
