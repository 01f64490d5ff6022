// Public API of 'kedge/cockatiel'. Written by `npm run api`; do not edit.

// adapters/cockatiel.d.ts
export { adopt, type AdoptablePolicy, type AdoptOptions } from './cockatiel/adopt.ts';
export { ConstantBackoff, DelegateBackoff, type DelegateBackoffFn, ExponentialBackoff, type IExponentialBackoffOptions, IterableBackoff, } from './cockatiel/backoffs.ts';
export { ConsecutiveBreaker, CountBreaker, type ICountBreakerOptions, } from './cockatiel/breakers.ts';
export { bulkhead, BulkheadPolicy } from './cockatiel/bulkhead.ts';
export { circuitBreaker, CircuitBreakerPolicy, type ICircuitBreakerOptions, type IHalfOpenSamplingOptions, } from './cockatiel/circuit-breaker.ts';
export { BrokenCircuitError, BulkheadRejectedError, HydratingCircuitError, isBrokenCircuitError, isBulkheadRejectedError, isHydratingCircuitError, IsolatedCircuitError, isIsolatedCircuitError, isTaskCancelledError, TaskCancelledError, } from './cockatiel/errors.ts';
export { Event, EventEmitter, type IDisposable } from './cockatiel/events.ts';
export { fallback, FallbackPolicy } from './cockatiel/fallback.ts';
export { handleAll, handleResultType, handleType, handleWhen, handleWhenResult, Policy, } from './cockatiel/filters.ts';
export { decorrelatedJitterGenerator, fullJitterGenerator, type GeneratorFn, halfJitterGenerator, noJitterGenerator, } from './cockatiel/generators.ts';
export { noop, NoopPolicy } from './cockatiel/noop.ts';
export { named } from './cockatiel/policy.ts';
export { type IRetryPolicyConfig, retry, RetryPolicy } from './cockatiel/retry.ts';
export { type ISamplingBreakerOptions, SamplingBreaker } from './cockatiel/sampling-breaker.ts';
export { type ITimeoutOptions, timeout, TimeoutPolicy } from './cockatiel/timeout.ts';
export { CircuitState, type FailureReason, type IBackoff, type IBackoffFactory, type IBasePolicyOptions, type IBreaker, type ICancellationContext, type IDefaultPolicyContext, type IFailureEvent, type IHalfOpenAfterBackoffContext, type IMergedPolicy, type IPolicy, type IRetryBackoffContext, type IRetryContext, type ISuccessEvent, TimeoutStrategy, } from './cockatiel/types.ts';
export { toCockatiel } from './cockatiel/to-cockatiel.ts';
export { usePolicy } from './cockatiel/use-policy.ts';
export { wrap } from './cockatiel/wrap.ts';

// adapters/cockatiel/adopt.d.ts
import type { Policy } from '../../core/policy.ts';
export interface AdoptOptions {
    name: string;
}
export interface AdoptablePolicy<AltReturn = unknown> {
    readonly _altReturn?: AltReturn;
    onSuccess(listener: (event: {
        duration: number;
    }) => void): {
        dispose(): void;
    };
    onFailure(listener: (event: {
        duration: number;
        handled: boolean;
        reason: object;
    }) => void): {
        dispose(): void;
    };
    execute<T>(fn: (context: {
        signal: AbortSignal;
    }) => PromiseLike<T> | T, signal?: AbortSignal): Promise<T | AltReturn>;
}
type AlternativeOf<P> = P extends {
    readonly _altReturn: infer AltReturn;
} ? AltReturn : never;
export declare function adopt<P extends AdoptablePolicy>(policy: P, options: AdoptOptions): Policy<AlternativeOf<P>>;
export {};

// core/policy.d.ts: see kedge.d.ts

// core/sinks.d.ts: see kedge.d.ts

// core/events.d.ts: see kedge.d.ts

// core/errors.d.ts: see kedge.d.ts

// core/transitions.d.ts: see kedge.d.ts

// core/numbers.d.ts: see kedge.d.ts

// core/durations.d.ts: see kedge.d.ts

// core/pipeline-metrics.d.ts: see kedge.d.ts

// core/event-bus.d.ts: see kedge.d.ts

// core/names.d.ts: see kedge.d.ts

// core/judge.d.ts: see kedge.d.ts

// core/gauges.d.ts: see kedge.d.ts

// core/circuit-view.d.ts: see kedge.d.ts

// core/tracing.d.ts: see kedge.d.ts

// core/execution.d.ts: see kedge.d.ts

// core/abort.d.ts: see kedge.d.ts

// core/answer.d.ts: see kedge.d.ts

// core/chain.d.ts: see kedge.d.ts

// core/stage.d.ts: see kedge.d.ts

// core/scope.d.ts: see kedge.d.ts

// core/limit.d.ts: see kedge.d.ts

// core/work.d.ts: see kedge.d.ts

// adapters/cockatiel/backoffs.d.ts
import { type GeneratorFn } from './generators.ts';
import type { IBackoff, IBackoffFactory } from './types.ts';
export declare class ConstantBackoff implements IBackoffFactory<unknown> {
    private readonly always;
    constructor(interval: number);
    next(_context?: unknown): IBackoff<unknown>;
}
export declare class IterableBackoff implements IBackoffFactory<unknown> {
    private readonly durations;
    constructor(durations: ReadonlyArray<number>);
    next(_context?: unknown): IBackoff<unknown>;
    private at;
}
export type DelegateBackoffFn<T, S = void> = (context: T, state?: S) => {
    delay: number;
    state: S;
} | number;
export declare class DelegateBackoff<T, S = void> implements IBackoffFactory<T> {
    private readonly fn;
    constructor(fn: DelegateBackoffFn<T, S>);
    next(context: T): IBackoff<T>;
    private after;
}
export interface IExponentialBackoffOptions<S> {
    generator: GeneratorFn<S>;
    maxDelay: number;
    exponent: number;
    initialDelay: number;
}
export declare class ExponentialBackoff<S = [number, number]> implements IBackoffFactory<unknown> {
    private readonly options;
    constructor(options?: Partial<IExponentialBackoffOptions<S>>);
    next(_context?: unknown): IBackoff<unknown>;
    private after;
}

// adapters/cockatiel/generators.d.ts
import type { IExponentialBackoffOptions } from './backoffs.ts';
export type GeneratorFn<S> = (state: S | undefined, options: IExponentialBackoffOptions<S>) => [number, S];
export declare const noJitterGenerator: GeneratorFn<number>;
export declare const fullJitterGenerator: GeneratorFn<number>;
export declare const halfJitterGenerator: GeneratorFn<number>;
export declare const decorrelatedJitterGenerator: GeneratorFn<[number, number]>;

// adapters/cockatiel/types.d.ts
import type { Event } from './events.ts';
export type FailureReason<ReturnType> = {
    error: unknown;
} | {
    value: ReturnType;
};
export interface IBasePolicyOptions {
    errorFilter: (error: unknown) => boolean;
    resultFilter: (result: unknown) => boolean;
}
export interface IFailureEvent {
    duration: number;
    handled: boolean;
    reason: FailureReason<unknown>;
}
export interface ISuccessEvent {
    duration: number;
}
export interface IDefaultPolicyContext {
    signal: AbortSignal;
}
export interface IPolicy<ContextType extends IDefaultPolicyContext = IDefaultPolicyContext, AltReturn = never> {
    readonly _altReturn: AltReturn;
    readonly onSuccess: Event<ISuccessEvent>;
    readonly onFailure: Event<IFailureEvent>;
    execute<T>(fn: (context: ContextType) => PromiseLike<T> | T, signal?: AbortSignal): Promise<T | AltReturn>;
}
export interface IMergedPolicy<A extends IDefaultPolicyContext, B, W extends IPolicy<any, any>[]> extends IPolicy<A, B> {
    readonly wrapped: W;
}
export interface IBackoffFactory<T> {
    next(context: T): IBackoff<T>;
}
export interface IBackoff<T> extends IBackoffFactory<T> {
    readonly duration: number;
}
export interface IRetryContext extends IDefaultPolicyContext {
    attempt: number;
}
export interface IRetryBackoffContext<R> extends IRetryContext {
    result: FailureReason<R>;
}
export interface IHalfOpenAfterBackoffContext extends IDefaultPolicyContext {
    attempt: number;
    result: FailureReason<unknown>;
}
export interface ICancellationContext {
    signal: AbortSignal;
}
export interface IBreaker {
    state: unknown;
    success(state: CircuitState): void;
    failure(state: CircuitState): boolean;
}
export declare const CircuitState: {
    readonly Closed: 0;
    readonly Open: 1;
    readonly HalfOpen: 2;
    readonly Isolated: 3;
    readonly [state: number]: string;
};
export type CircuitState = 0 | 1 | 2 | 3;
export declare namespace CircuitState {
    type Closed = 0;
    type Open = 1;
    type HalfOpen = 2;
    type Isolated = 3;
}
export declare const TimeoutStrategy: {
    readonly Cooperative: 'optimistic';
    readonly Aggressive: 'aggressive';
};
export type TimeoutStrategy = 'optimistic' | 'aggressive';
export declare namespace TimeoutStrategy {
    type Cooperative = 'optimistic';
    type Aggressive = 'aggressive';
}

// adapters/cockatiel/events.d.ts
export interface IDisposable {
    dispose(): void;
}
export type Event<T> = (listener: (data: T) => void) => IDisposable;
type Listener<T> = (data: T) => void;
export declare class EventEmitter<T> {
    protected listeners: readonly Listener<T>[];
    readonly addListener: Event<T>;
    get size(): number;
    emit(value: T): void;
    protected addListenerInner(listener: Listener<T>): IDisposable;
}
export declare function tell<T>(emitter: EventEmitter<T>, value: T, failed: (error: unknown) => void): void;
export declare const Event: {
    once<T>(event: Event<T>, listener: (data: T) => void): IDisposable;
    toPromise<T>(event: Event<T>, signal?: AbortSignal): Promise<T>;
};
export {};

// adapters/cockatiel/breakers.d.ts
import { type Rule } from '../../core/options.ts';
import { CircuitState, type IBreaker } from './types.ts';
export declare const thresholdRule: Rule;
export declare class ConsecutiveBreaker implements IBreaker {
    state: number;
    private readonly threshold;
    constructor(threshold: number);
    success(_state?: CircuitState): void;
    failure(_state?: CircuitState): boolean;
}
export interface ICountBreakerOptions {
    threshold: number;
    size: number;
    minimumNumberOfCalls?: number;
}
export declare class CountBreaker implements IBreaker {
    private readonly threshold;
    private readonly minimumNumberOfCalls;
    private samples;
    private currentSample;
    private failures;
    private successes;
    constructor({ threshold, size, minimumNumberOfCalls }: ICountBreakerOptions);
    get state(): unknown;
    set state(value: unknown);
    success(state: CircuitState): void;
    failure(state: CircuitState): boolean;
    private add;
}

// core/options.d.ts: see kedge.d.ts

// adapters/cockatiel/bulkhead.d.ts
import { type Event } from './events.ts';
import { PeerPolicy } from './policy.ts';
export declare class BulkheadPolicy extends PeerPolicy {
    readonly onReject: Event<void>;
    private readonly capacity;
    private readonly queueCapacity;
    constructor(capacity: number, queueCapacity: number);
    get executionSlots(): number;
    get queueSlots(): number;
    private gauge;
}
export declare function bulkhead(limit: number, queue?: number): BulkheadPolicy;

// adapters/cockatiel/policy.d.ts
import type { Policy } from '../../core/policy.ts';
import type { Event } from './events.ts';
import { Plan, type PeerFunction } from './execution.ts';
import type { IDefaultPolicyContext, IFailureEvent, IPolicy, ISuccessEvent } from './types.ts';
export interface OnEngine {
    readonly '~kedge': Runner;
}
export declare function isOnEngine(policy: object): policy is OnEngine;
export declare class Runner {
    readonly parts: readonly Policy<unknown>[];
    private name;
    private family;
    private made;
    constructor(parts: readonly Policy<unknown>[]);
    rename(name: string): void;
    get plan(): Plan;
    execute(fn: PeerFunction, signal: unknown, passesSignal?: boolean): Promise<unknown>;
}
export declare abstract class PeerPolicy<ContextType extends IDefaultPolicyContext = IDefaultPolicyContext, AltReturn = never> implements IPolicy<ContextType, AltReturn> {
    readonly _altReturn: AltReturn;
    readonly onSuccess: Event<ISuccessEvent>;
    readonly onFailure: Event<IFailureEvent>;
    execute<T>(fn: (context: ContextType) => PromiseLike<T> | T, signal?: AbortSignal): Promise<T | AltReturn>;
}
export declare function hide(on: object, members: object): void;
export declare function named<P extends object>(name: string, policy: P): P;

// adapters/cockatiel/execution.d.ts
import { type SignalLike } from '../../core/abort.ts';
import type { Chain } from '../../core/chain.ts';
import type { EventFields, EventType, Severity } from '../../core/events.ts';
import { Execution } from '../../core/execution.ts';
import type { Reporter } from '../../core/pipeline-metrics.ts';
import type { AttemptOutcome } from '../../core/policy.ts';
import type { Position, Scope } from '../../core/scope.ts';
import type { Stage } from '../../core/stage.ts';
import type { FailureReason } from './types.ts';
export interface PeerContext {
    signal: AbortSignal;
    attempt?: number;
}
export type PeerFunction = (context: PeerContext, signal?: AbortSignal) => unknown;
interface Asked {
    attemptOf?(scope: Scope): number;
    timedOut?(execution: Execution): void;
    readonly waits?: boolean;
    returned?(scope: Scope): AbortSignal;
    readonly cancels?: boolean;
}
export type AskedStage = Stage & Asked;
export declare class Plan {
    readonly chain: Chain;
    private readonly retry;
    private readonly isTimed;
    private readonly ends;
    private readonly cancelling;
    readonly waits: boolean;
    constructor(chain: Chain);
    execute(fn: PeerFunction, signal: unknown, passesSignal: boolean): Promise<unknown>;
    get cancels(): boolean;
    signalOf(scope: Scope): AbortSignal;
    contextOf(scope: Scope, fn: PeerFunction): PeerContext;
    private lazyContext;
}
interface OwnFailure {
    readonly by: Position;
    readonly error: unknown;
}
export declare class PeerExecution extends Execution {
    readonly plan: Plan;
    ownFailure: OwnFailure | undefined;
    private readonly fn;
    private readonly passesSignal;
    private latest;
    constructor(plan: Plan, fn: PeerFunction, signal: SignalLike | undefined, passesSignal: boolean);
    get passesPromises(): boolean;
    protected invoke(scope: Scope): unknown;
    attemptFailed(scope: Scope, outcome: Exclude<AttemptOutcome, 'success'>, error: unknown): void;
    fail(failure: unknown): void;
    emit<Type extends EventType>(reporter: Reporter, type: Type, fields: EventFields[Type], severity?: Severity): void;
}
export declare function signalOf(scope: Scope): AbortSignal;
export declare function outcomeBehind(scope: Scope, error: unknown): FailureReason<never> | undefined;
export declare function ownFailureOf(scope: Scope, by: Position): OwnFailure | undefined;
export declare function endsWith(scope: Scope, error: unknown): void;
export {};

// adapters/cockatiel/circuit-breaker.d.ts
import { type Event, EventEmitter, type IDisposable } from './events.ts';
import { PeerPolicy } from './policy.ts';
import type { CircuitState, FailureReason, IBackoffFactory, IBasePolicyOptions, IBreaker, IHalfOpenAfterBackoffContext } from './types.ts';
export interface IHalfOpenSamplingOptions {
    calls: number;
    threshold: number;
}
export interface ICircuitBreakerOptions {
    breaker: IBreaker;
    halfOpenAfter: number | IBackoffFactory<IHalfOpenAfterBackoffContext>;
    halfOpenSampling?: IHalfOpenSamplingOptions;
    initialState?: unknown;
}
export interface CircuitEmitters {
    readonly break: EventEmitter<FailureReason<unknown> | {
        isolated: true;
    }>;
    readonly reset: EventEmitter<void>;
    readonly halfOpen: EventEmitter<void>;
    readonly change: EventEmitter<CircuitState>;
}
export declare class CircuitBreakerPolicy extends PeerPolicy {
    readonly onBreak: Event<FailureReason<unknown> | {
        isolated: true;
    }>;
    readonly onReset: Event<void>;
    readonly onHalfOpen: Event<void>;
    readonly onStateChange: Event<CircuitState>;
    private readonly circuit;
    constructor(options: ICircuitBreakerOptions, filters: Readonly<IBasePolicyOptions>);
    get state(): CircuitState;
    get lastFailure(): FailureReason<unknown> | undefined;
    isolate(): IDisposable;
    toJSON(): unknown;
    private tell;
}
export declare function circuitBreaker(policy: {
    readonly options: Readonly<IBasePolicyOptions>;
}, opts: ICircuitBreakerOptions): CircuitBreakerPolicy;

// adapters/cockatiel/errors.d.ts
declare abstract class Refusal extends Error {
    constructor(message: string, options?: ErrorOptions);
}
export declare class BrokenCircuitError extends Refusal {
    #private;
    readonly isBrokenCircuitError = true;
    constructor(message?: string);
    get code(): 'KEDGE_CIRCUIT_OPEN';
    get reason(): 'circuit-open';
    get retryAfter(): number | undefined;
}
export declare class IsolatedCircuitError extends BrokenCircuitError {
    readonly isIsolatedCircuitError = true;
}
export declare class HydratingCircuitError extends Refusal {
    readonly isHydratingCircuitError = true;
    constructor(message?: string);
}
export declare class BulkheadRejectedError extends Refusal {
    readonly isBulkheadRejectedError = true;
    constructor(executionSlots: number, queueSlots: number);
    get code(): 'KEDGE_BULKHEAD_FULL';
    get reason(): 'bulkhead-full';
}
export declare class TaskCancelledError extends Refusal {
    #private;
    readonly isTaskCancelledError = true;
    constructor(message?: string);
    get code(): 'KEDGE_TIMEOUT' | undefined;
}
export declare const isBrokenCircuitError: (error: unknown) => error is BrokenCircuitError;
export declare const isBulkheadRejectedError: (error: unknown) => error is BulkheadRejectedError;
export declare const isIsolatedCircuitError: (error: unknown) => error is IsolatedCircuitError;
export declare const isTaskCancelledError: (error: unknown) => error is TaskCancelledError;
export declare const isHydratingCircuitError: (error: unknown) => error is HydratingCircuitError;
export {};

// adapters/cockatiel/fallback.d.ts
import { PeerPolicy } from './policy.ts';
import type { IBasePolicyOptions, IDefaultPolicyContext } from './types.ts';
export declare class FallbackPolicy<AltReturn> extends PeerPolicy<IDefaultPolicyContext, AltReturn> {
    constructor(filters: Readonly<IBasePolicyOptions>, value: () => AltReturn | PromiseLike<AltReturn>);
}
export declare function fallback<R>(policy: {
    readonly options: Readonly<IBasePolicyOptions>;
}, valueOrFactory: (() => Promise<R> | R) | R): FallbackPolicy<R>;

// adapters/cockatiel/filters.d.ts
import type { IBasePolicyOptions } from './types.ts';
type Constructor<T> = new (...args: any) => T;
type Filter = (subject: unknown) => boolean;
export declare const noValue: Filter;
export declare class Policy {
    readonly options: Readonly<IBasePolicyOptions>;
    constructor(options: Readonly<IBasePolicyOptions>);
    orType<T>(cls: Constructor<T>, predicate?: (error: T) => boolean): Policy;
    orWhen(predicate: (error: unknown) => boolean): Policy;
    orWhenResult(predicate: (result: unknown) => boolean): Policy;
    orResultType<T>(cls: Constructor<T>, predicate?: (result: T) => boolean): Policy;
    private orError;
    private orResult;
}
export declare const handleAll: Policy;
export declare function handleType<T>(cls: Constructor<T>, predicate?: (error: T) => boolean): Policy;
export declare function handleWhen(predicate: (error: unknown) => boolean): Policy;
export declare function handleResultType<T>(cls: Constructor<T>, predicate?: (result: T) => boolean): Policy;
export declare function handleWhenResult(predicate: (result: unknown) => boolean): Policy;
export declare function filtersOf(of: string, policy: {
    readonly options: Readonly<IBasePolicyOptions>;
}): Readonly<IBasePolicyOptions>;
export {};

// adapters/cockatiel/noop.d.ts
import { PeerPolicy } from './policy.ts';
export declare class NoopPolicy extends PeerPolicy {
    constructor();
}
export declare const noop: NoopPolicy;

// adapters/cockatiel/retry.d.ts
import { type Rule } from '../../core/options.ts';
import { type Event } from './events.ts';
import { PeerPolicy } from './policy.ts';
import type { FailureReason, IBackoffFactory, IBasePolicyOptions, IRetryBackoffContext, IRetryContext } from './types.ts';
export interface IRetryPolicyConfig {
    backoff: IBackoffFactory<IRetryBackoffContext<unknown>>;
    maxAttempts: number;
    unref?: boolean;
}
export type RetryEvent = FailureReason<unknown> & {
    delay: number;
    attempt: number;
};
export declare class RetryPolicy extends PeerPolicy<IRetryContext> {
    readonly onRetry: Event<RetryEvent>;
    readonly onGiveUp: Event<FailureReason<unknown>>;
    private readonly options;
    private readonly filters;
    constructor(options: Readonly<IRetryPolicyConfig>, filters: Readonly<IBasePolicyOptions>);
    dangerouslyUnref(): RetryPolicy;
}
export interface IRetryOptions {
    maxAttempts?: number;
    backoff?: IBackoffFactory<IRetryBackoffContext<unknown>>;
}
export declare const backoffRule: Rule;
export declare function retry(policy: {
    readonly options: Readonly<IBasePolicyOptions>;
}, opts: IRetryOptions): RetryPolicy;

// adapters/cockatiel/sampling-breaker.d.ts
import { CircuitState, type IBreaker } from './types.ts';
export interface ISamplingBreakerOptions {
    threshold: number;
    duration: number;
    minimumRps?: number;
}
export declare class SamplingBreaker implements IBreaker {
    private readonly threshold;
    private readonly minimumRpms;
    private readonly duration;
    private readonly windowSize;
    private windows;
    private currentWindow;
    private currentFailures;
    private currentSuccesses;
    private epoch;
    constructor({ threshold, duration, minimumRps }: ISamplingBreakerOptions);
    get state(): unknown;
    set state(value: unknown);
    success(state: CircuitState): void;
    failure(state: CircuitState): boolean;
    private bucket;
    private empty;
    private clear;
    private time;
}

// adapters/cockatiel/timeout.d.ts
import { type Event } from './events.ts';
import { PeerPolicy } from './policy.ts';
import { Reports } from './reports.ts';
import { type ICancellationContext, TimeoutStrategy } from './types.ts';
export interface ITimeoutOptions {
    strategy: TimeoutStrategy;
    abortOnReturn?: boolean;
}
export declare class TimeoutPolicy extends PeerPolicy<ICancellationContext> {
    readonly onTimeout: Event<void>;
    private readonly duration;
    private readonly options;
    constructor(duration: number, options: ITimeoutOptions, reports?: Reports, unref?: boolean);
    dangerouslyUnref(): TimeoutPolicy;
    execute<T>(fn: (context: ICancellationContext, signal: AbortSignal) => PromiseLike<T> | T, signal?: AbortSignal): Promise<T>;
}
export declare function timeout(duration: number, strategyOrOpts: TimeoutStrategy | ITimeoutOptions): TimeoutPolicy;

// adapters/cockatiel/reports.d.ts
import type { Scope } from '../../core/scope.ts';
import { type Place, Stage, type StagedPolicy } from '../../core/stage.ts';
import { EventEmitter } from './events.ts';
import type { FailureReason, IBasePolicyOptions, IFailureEvent, ISuccessEvent } from './types.ts';
export declare class Reports {
    readonly success: EventEmitter<ISuccessEvent>;
    readonly failure: EventEmitter<IFailureEvent>;
    readonly filters: Readonly<IBasePolicyOptions>;
    constructor(filters?: Readonly<IBasePolicyOptions>);
    get isHeard(): boolean;
}
export declare class ReportingStage extends Stage {
    protected readonly reports: Reports;
    constructor(place: Place, reports: Reports, counters?: Readonly<Record<string, number>>);
    enter(scope: Scope): void;
    succeed(scope: Scope, value: unknown): void;
    protected failedInside(scope: Scope, error: unknown): void;
    protected begin(scope: Scope): void;
    protected succeeded(inside: Scope, began?: unknown): void;
    protected failed(inside: Scope, handled: boolean, reason: FailureReason<unknown>, began?: unknown): void;
    protected ask(scope: Scope, filter: 'errorFilter' | 'resultFilter', of: unknown): boolean | undefined;
    protected tell<T>(scope: Scope, emitter: EventEmitter<T>, value: T): void;
}
export declare const unseen: (place: Place) => Place;
export declare function unseenPart(kind: string, make: (place: Place) => Stage): StagedPolicy<unknown>;

// adapters/cockatiel/to-cockatiel.d.ts
import type { Pipeline } from '../../core/policy.ts';
import type { IDefaultPolicyContext, IPolicy } from './types.ts';
export declare function toCockatiel<Alternative>(pipeline: Pipeline<Alternative>): IPolicy<IDefaultPolicyContext, Alternative>;

// adapters/cockatiel/use-policy.d.ts
import type { IPolicy } from './types.ts';
export declare function usePolicy(policy: IPolicy): (_target: unknown, _key: string, descriptor: PropertyDescriptor) => void;

// adapters/cockatiel/wrap.d.ts
import type { IDefaultPolicyContext, IMergedPolicy, IPolicy } from './types.ts';
type MergePolicies<A, B> = A extends IPolicy<infer A1, any> ? B extends IPolicy<infer B1, any> ? IMergedPolicy<A1 & B1, A['_altReturn'] | B['_altReturn'], B extends IMergedPolicy<any, any, infer W> ? [A, ...W] : [A, B]> : never : never;
type P = IPolicy<IDefaultPolicyContext, unknown>;
export declare function wrap<A extends P>(p1: A): A;
export declare function wrap<A extends P, B extends P>(p1: A, p2: B): MergePolicies<A, B>;
export declare function wrap<A extends P, B extends P, C extends P>(p1: A, p2: B, p3: C): MergePolicies<C, MergePolicies<A, B>>;
export declare function wrap<A extends P, B extends P, C extends P, D extends P>(p1: A, p2: B, p3: C, p4: D): MergePolicies<D, MergePolicies<C, MergePolicies<A, B>>>;
export declare function wrap<A extends P, B extends P, C extends P, D extends P, E extends P>(p1: A, p2: B, p3: C, p4: D, p5: E): MergePolicies<E, MergePolicies<D, MergePolicies<C, MergePolicies<A, B>>>>;
export declare function wrap<C extends IDefaultPolicyContext, A>(...p: Array<IPolicy<C, A>>): IPolicy<C, A>;
export {};
