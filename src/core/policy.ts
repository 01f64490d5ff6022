/// <reference lib="esnext.disposable" preserve="true" />
/**
 * Read this first: all that a policy is.
 *
 * A pipeline is a list of policies around an operation, the first listed outermost. Each policy gets the rest
 * of the pipeline as one function, `next`, once, when the pipeline is made, and returns its own function in
 * that one's place. An execution is one trip through those functions.
 */

import type { Sink } from './sinks.ts';

/** What is protected. It is called once per attempt. */
export type Operation<T> = (context: Context) => T | PromiseLike<T>;

/** Facts that a caller gives with a call, for policies, predicates and sinks to read. */
export type Attributes = Readonly<Record<string, string | number | boolean>>;

/** What an operation, a predicate or a fallback knows about the call that it serves. */
export interface Context {
  /** Aborts when the caller does, when a timeout ends or when a hedge is lost; after success only when the caller does. */
  readonly signal: AbortSignal;
  /** Which start of the operation in this execution this is, from 1. */
  readonly attempt: number;
  /** The pipeline's name. */
  readonly pipeline: string;
  /** What the call is about, as the caller said (a host, a tenant, a cache key). */
  readonly key: string | undefined;
  /** The `performance.now()` instant of the tightest limit around it, the caller's included, or `Infinity`; it never changes. */
  readonly deadline: number;
  readonly attributes: Attributes;
}

/** What a policy sees of an execution. */
export interface PolicyContext extends Context {
  /** Reports a decision on the event stream; `pipeline`, `policy`, `kind`, `at` and the rest are filled in. */
  emit(event: { type: `${string}.${string}`; [field: string]: unknown }): void;
}

/** The rest of the pipeline, innermost the operation. A policy may call it never, once, or again. */
export type Next = (execution: PolicyContext) => PromiseLike<unknown>;

declare const alternative: unique symbol;

/**
 * One way of protecting a call. Anyone can write one.
 *
 * `Alternative` is what the policy may answer instead of the operation's value; it is only a type.
 *
 * @example
 * const slow: Policy = {
 *   kind: 'slow',
 *   name: 'slow',
 *   apply: (next) => async (execution) => {
 *     const start = performance.now();
 *     const value = await next(execution);
 *     const duration = performance.now() - start;
 *     if (duration > 200) execution.emit({ type: 'slow.seen', duration });
 *     return value;
 *   },
 * };
 */
export interface Policy<Alternative = never> {
  /** The family, such as `retry`. */
  readonly kind: string;
  /** Unique inside its pipeline: the second `timeout` in a pipeline is called `timeout-2` there. */
  readonly name: string;
  /** Called once, when a pipeline is made. */
  apply(next: Next): Next;
  readonly [alternative]?: () => Alternative;
}

/** What a policy, or any of several, may answer instead of the operation's value. */
export type AlternativeOf<P> = P extends { readonly [alternative]?: infer Answer }
  ? typeof alternative extends keyof P
    ? Exclude<Answer, undefined> extends () => infer Value
      ? Value
      : never
    : never
  : never;

/** An entry of a pipeline that is left out, so that `on && retry()` works. */
export type Absent = false | null | undefined;

/** Options that a caller gives with one call. */
export interface ExecuteOptions {
  /** Ends the call: the caller is rejected with `signal.reason`, the operation's own signal aborts. */
  signal?: AbortSignal | undefined;
  /** How long the call may take, in milliseconds; what ends by it rejects with a `TimeoutError`. @default Infinity */
  timeout?: number | undefined;
  /** What the call is about; policies that tell calls apart use it, metrics never do. */
  key?: string | undefined;
  /** Facts for policies, predicates and sinks. */
  attributes?: Attributes | undefined;
}

/** Policies around async calls, made once and used for every call. */
export interface Pipeline<Alternative = never> {
  readonly name: string;
  readonly policies: readonly Policy<unknown>[];
  /**
   * Runs `operation` under the policies.
   *
   * Rejects with the operation's own error, with `signal.reason` when the caller aborted, or with a `ResilienceError`.
   */
  execute<T>(operation: Operation<T>, options?: ExecuteOptions): Promise<T | Alternative>;
  /** The same, but the promise never rejects: it says how the call ended. */
  settle<T>(
    operation: Operation<T>,
    options?: ExecuteOptions,
  ): Promise<PromiseSettledResult<T | Alternative>>;
  /**
   * Returns `fn` under the policies, with its `this`, its arguments and its signature. `options` are those of each
   * call, or make them from its arguments. It is a decorator of methods as well.
   *
   * Throws a `TypeError` for a generator, whose values come after the call.
   *
   * @example
   * const quotes = pipeline('quotes', retry());
   * const getQuote = quotes.wrap((id: string) => db.query('select * from quotes where id = $1', [id]));
   */
  wrap<F extends (...args: never[]) => unknown>(
    fn: F,
    options?: CallOptions<Parameters<F>> | ClassMethodDecoratorContext,
  ): Wrapped<F, Alternative>;
  /**
   * The same for a function that takes the context first, and is called without it.
   *
   * @example
   * const pages = pipeline('pages', timeout(1_000));
   * const getPage = pages.wrapWithContext(({ signal }, id: string) => fetch(`/pages/${id}`, { signal }));
   */
  wrapWithContext<This, Args extends unknown[], T>(
    fn: (this: This, context: Context, ...args: Args) => T,
    options?: CallOptions<Args>,
  ): (this: This, ...args: Args) => Promise<Awaited<T> | Alternative>;
  /**
   * Attaches sinks to this pipeline alone, until the returned value is disposed.
   *
   * They hear what those of `observe()` hear of it. A circuit that stands in several pipelines is told of in one of them.
   *
   * @example
   * const quotes = pipeline('quotes');
   * using watching = quotes.observe((event) => console.log(event.type));
   */
  observe(...sinks: Sink[]): Disposable;
  /** Plain numbers: what the metrics show. */
  stats(): PipelineStats;
  /** Takes the pipeline out of the metrics; running calls finish. */
  [Symbol.dispose](): void;
  /** Only a type: a pipeline that may answer something else is not taken for one that does not. */
  readonly [alternative]?: () => Alternative;
}

/** Options of each call of a wrapped function, or a function that makes them from its arguments. */
export type CallOptions<Args extends unknown[]> =
  | ExecuteOptions
  | ((...args: Args) => ExecuteOptions);

/** A function under the policies of a pipeline: of the same type where it answers with a promise and nobody in its place. */
export type Wrapped<F extends (...args: never[]) => unknown, Alternative = never> = [
  Alternative,
] extends [never]
  ? F extends (...args: never[]) => Promise<unknown>
    ? F
    : Asynchronous<F, never>
  : Asynchronous<F, Alternative>;

type Asynchronous<F extends (...args: never[]) => unknown, Alternative> = (
  this: ThisParameterType<F>,
  ...args: Parameters<F>
) => Promise<Awaited<ReturnType<F>> | Alternative>;

/** How an execution ended. */
export type ExecutionOutcome =
  | 'success'
  | 'failure'
  | 'rejected'
  | 'timeout'
  | 'fallback'
  | 'stale'
  | 'cancelled';

/** How an attempt ended. */
export type AttemptOutcome = 'success' | 'failure' | 'timeout' | 'cancelled';

/** What sort of failure is counted: the kinds of `classify`, without a cancellation, which is none. */
export type CountedFailure = 'transient' | 'permanent' | 'timeout' | 'rejected' | 'bug' | 'unknown';

/** The numbers of one name since a pipeline was first given it; pipelines of one name share them. */
export interface PipelineStats {
  readonly name: string;
  /** How many pipelines of this name there are; one that nobody holds any more counts until it is collected. */
  readonly pipelines: number;
  readonly executions: Readonly<Record<ExecutionOutcome, number>>;
  readonly attempts: Readonly<Record<AttemptOutcome, number>>;
  /** Failed attempts and rejected calls, by what sort of failure it was. */
  readonly failures: Readonly<Record<CountedFailure, number>>;
  /** Executions that have not been answered yet. */
  readonly inFlight: number;
  /** Operations that still run although their call was answered or went on without them. */
  readonly abandoned: number;
  /** Operations that ended after they had been abandoned. */
  readonly late: number;
  /** How many keys there are at this moment, and how many were dropped; of a keyed pipeline alone. */
  readonly keys?: { readonly size: number; readonly evictions: number };
  readonly policies: readonly PolicyStats[];
}

/** The numbers of the policies of one name and kind in the pipelines of one name. */
export interface PolicyStats {
  readonly name: string;
  readonly kind: string;
  /** What has been counted since there was first such a policy; all counters are there from the start. */
  readonly counters: Readonly<Record<string, number>>;
  /** What holds at this moment, in the pipelines that there are. */
  readonly gauges: Readonly<Record<string, number>>;
}
