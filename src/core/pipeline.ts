/**
 * What users hold: pipelines, and sets of pipelines with their own sinks.
 */
import { PipelineMetrics } from './pipeline-metrics.ts';
import { EventBus, sharedBus, type Sink } from './event-bus.ts';
import { type Keyed, KeyedPipelines, type KeyedOptions } from './keyed.ts';
import { check, func, readOptions, type Rules, text } from './options.ts';
import { Chain } from './chain.ts';
import type {
  AlternativeOf,
  ExecuteOptions,
  Operation,
  Pipeline,
  PipelineStats,
  Policy,
  Wrapped,
} from './policy.ts';

class ComposedPipeline implements Pipeline<unknown> {
  private readonly chain: Chain;
  private readonly leave: () => void;

  constructor(chain: Chain, leave: () => void) {
    this.chain = chain;
    this.leave = leave;
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

  wrap<F extends (...args: never[]) => unknown>(
    fn: F,
    options?: ExecuteOptions | ((...args: Parameters<F>) => ExecuteOptions),
  ): Wrapped<F, unknown> {
    check(`pipeline '${this.name}'`, 'fn', fn, func);
    const { chain } = this;
    const optionsOf = typeof options === 'function' ? options : () => options;
    const wrapped = function (
      this: ThisParameterType<F>,
      ...args: Parameters<F>
    ): Promise<unknown> {
      try {
        return chain.execute(() => fn.apply(this, args), optionsOf(...args));
      } catch (error) {
        return Promise.reject(error);
      }
    };
    Object.defineProperty(wrapped, 'name', { value: fn.name, configurable: true });
    Object.defineProperty(wrapped, 'length', { value: fn.length, configurable: true });
    return wrapped;
  }

  stats(): PipelineStats {
    return this.chain.metrics.stats();
  }

  [Symbol.dispose](): void {
    this.leave();
  }
}

/** An isolated set of pipelines and sinks. */
export interface Kedge {
  /** Composes policies, the first listed outermost, under a name that metrics and events carry. */
  pipeline<const P extends readonly Policy<unknown>[]>(
    name: string,
    ...policies: P
  ): Pipeline<AlternativeOf<P[number]>>;
  /** Makes one pipeline a key (a host, a tenant), bounded, the least recently used dropped first. */
  keyed<const P extends readonly Policy<unknown>[]>(
    name: string,
    policies: (key: string) => P,
    options?: KeyedOptions,
  ): Keyed<AlternativeOf<P[number]>>;
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
  attachAll(bus, sinks);
  return kedgeOn(bus);
}

function kedgeOn(bus: EventBus): Kedge {
  return {
    pipeline: (name, ...policies) => {
      check('pipeline', 'name', name, text);
      const metrics = new PipelineMetrics(name, bus);
      const chain = new Chain(metrics, policies);
      bus.add(metrics);
      return new ComposedPipeline(chain, () => {
        bus.remove(metrics);
        chain.dispose();
      }) as Pipeline;
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
      const detach = attachAll(bus, sinks);
      return { [Symbol.dispose]: detach };
    },
  };
}

/** Attaches all sinks or, when one of them cannot be, none. */
function attachAll(bus: EventBus, sinks: readonly Sink[]): () => void {
  const attached: (() => void)[] = [];
  const detach = (): void => attached.forEach((end) => end());
  try {
    for (const sink of sinks) attached.push(bus.attach(sink));
  } catch (error) {
    detach();
    throw error;
  }
  return detach;
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
