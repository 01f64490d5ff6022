// Public API of 'kedge'. Written by `npm run api`; do not edit.

// index.d.ts
export { BulkheadFullError, CircuitOpenError, RateLimitedError, RejectedError, type RejectionReason, ResilienceError, ThrottledError, TimeoutError, } from './core/errors.ts';
export type { BuiltInEvent, CircuitState, CustomEvent, EventFields, EventType, KedgeEvent, OpenReason, Severity, } from './core/events.ts';
export type { DurationRecorder, Sink, SinkObject, Source } from './core/event-bus.ts';
export type { Keyed, KeyedOptions } from './core/keyed.ts';
export { createKedge, type Kedge, keyed, type KedgeOptions, observe, pipeline, } from './core/pipeline.ts';
export type { Absent, AlternativeOf, AttemptOutcome, Attributes, CallOptions, Context, ExecuteOptions, PolicyContext, ExecutionOutcome, Next, Operation, Pipeline, PipelineStats, Policy, PolicyStats, Wrapped, } from './core/policy.ts';
export { type Backoff, constantBackoff, listedBackoff, exponentialBackoff, type ExponentialBackoffOptions, type Jitter, linearBackoff, type LinearBackoffOptions, } from './mechanisms/backoff.ts';
export { type RetryBudget, retryBudget, type RetryBudgetOptions } from './mechanisms/budget.ts';
export { type AdaptiveLimiter, adaptiveLimiter, type AdaptiveLimiterOptions, } from './policies/adaptive-limiter.ts';
export { type Bulkhead, bulkhead, type BulkheadOptions } from './policies/bulkhead.ts';
export { type CircuitBreaker, circuitBreaker, type CircuitBreakerOptions, type CircuitSnapshot, type HalfOpenOptions, type SlowCallOptions, type WindowOptions, } from './policies/circuit-breaker.ts';
export { coalesce, type CoalesceOptions } from './policies/coalesce.ts';
export { fallback, type FallbackRunOptions, type FallbackValueOptions, } from './policies/fallback.ts';
export { type Hedge, hedge, type HedgeOptions, type LearntDelay } from './policies/hedge.ts';
export { type RateLimiter, rateLimiter, type RateLimiterOptions } from './policies/rate-limiter.ts';
export { retry, type RetryOptions } from './policies/retry.ts';
export { type StaleIfError, staleIfError, type StaleIfErrorOptions, } from './policies/stale-if-error.ts';
export { type AdaptiveThrottle, adaptiveThrottle, type AdaptiveThrottleOptions, } from './policies/adaptive-throttle.ts';
export { timeout, type TimeoutOptions } from './policies/timeout.ts';
export { type Blame, classify, type FailureKind, type FailureSource, type Repeatability, type Verdict, } from './verdict/classify.ts';
export { doNotRetry, type Evidence, withEvidence } from './verdict/evidence.ts';
export { type PresetOptions, presets } from './presets.ts';

// core/errors.d.ts
export type RejectionReason = 'circuit-open' | 'bulkhead-full' | 'queue-timeout' | 'rate-limited' | 'throttled';
export interface Origin {
    readonly pipeline: string;
    readonly policy: string;
}
export declare abstract class ResilienceError extends Error {
    static stacks: boolean;
    static [Symbol.hasInstance](value: unknown): boolean;
    protected static isCode(code: unknown): boolean;
    abstract readonly code: string;
    readonly pipeline: string;
    readonly policy: string;
    constructor(message: string, origin: Origin, cause?: unknown);
}
export declare abstract class RejectedError extends ResilienceError {
    protected static isCode(code: unknown): boolean;
    abstract readonly reason: RejectionReason;
    readonly retryAfter: number | undefined;
    constructor(what: string, origin: Origin, retryAfter?: number, cause?: unknown);
}
export interface Admission {
    admitsIn(time: number): number;
}
export declare class CircuitOpenError extends RejectedError {
    #private;
    protected static isCode(code: unknown): boolean;
    readonly retryAfter: number;
    get name(): string;
    readonly code: 'KEDGE_CIRCUIT_OPEN';
    readonly reason: 'circuit-open';
    constructor(origin: Origin, retryAfter: number, cause?: unknown, state?: string, circuit?: Admission);
}
export declare class BulkheadFullError extends RejectedError {
    protected static isCode(code: unknown): boolean;
    get name(): string;
    readonly code: 'KEDGE_BULKHEAD_FULL';
    readonly reason: 'bulkhead-full' | 'queue-timeout';
    constructor(origin: Origin, reason: 'bulkhead-full' | 'queue-timeout', what: string);
}
export declare class RateLimitedError extends RejectedError {
    protected static isCode(code: unknown): boolean;
    readonly retryAfter: number;
    get name(): string;
    readonly code: 'KEDGE_RATE_LIMITED';
    readonly reason: 'rate-limited';
    constructor(origin: Origin, retryAfter: number);
}
export declare class ThrottledError extends RejectedError {
    protected static isCode(code: unknown): boolean;
    get name(): string;
    readonly code: 'KEDGE_THROTTLED';
    readonly reason: 'throttled';
    constructor(origin: Origin);
}
export declare class TimeoutError extends ResilienceError {
    protected static isCode(code: unknown): boolean;
    get name(): string;
    readonly code: 'KEDGE_TIMEOUT';
    readonly after: number;
    constructor(origin: Origin, after: number, cause?: unknown);
}
export declare function isTimeLimit(reason: unknown): boolean;

// core/events.d.ts
import type { RejectionReason } from './errors.ts';
import type { ExecutionOutcome } from './policy.ts';
export type Severity = 'debug' | 'info' | 'warn' | 'error';
export type CircuitState = 'closed' | 'open' | 'half-open' | 'isolated';
export type OpenReason = 'failure-rate' | 'slow-rate' | 'consecutive' | 'probe-failed' | 'manual' | 'remote';
export interface EventFields {
    'execution.succeeded': {
        attempts: number;
        duration: number;
    };
    'execution.failed': {
        attempts: number;
        duration: number;
        error: unknown;
        outcome: ExecutionOutcome;
    };
    'execution.cancelled': {
        attempts: number;
        duration: number;
        reason: unknown;
    };
    'attempt.succeeded': {
        attempt: number;
        duration: number;
    };
    'attempt.failed': {
        attempt: number;
        duration: number;
        error: unknown;
        handled: boolean;
        final: boolean;
    };
    'retry.scheduled': {
        attempt: number;
        delay: number;
        error: unknown;
        retryAfter?: number;
    };
    'retry.recovered': {
        attempts: number;
        duration: number;
    };
    'retry.exhausted': {
        attempts: number;
        error: unknown;
    };
    'retry.refused': {
        attempts: number;
        error: unknown;
        reason: 'budget' | 'deadline' | 'circuit-open';
    };
    'circuit.opened': {
        from: CircuitState;
        reason: OpenReason;
        failureRate: number;
        slowRate: number;
        calls: number;
        openFor: number;
        error: unknown;
    };
    'circuit.half-opened': {
        from: CircuitState;
    };
    'circuit.closed': {
        from: CircuitState;
    };
    'circuit.isolated': {
        from: CircuitState;
    };
    'call.rejected': {
        reason: RejectionReason;
        retryAfter?: number;
    };
    'timeout.exceeded': {
        after: number;
        attempt: number;
    };
    'fallback.used': {
        error: unknown;
        source: 'value' | 'run';
    };
    'fallback.failed': {
        error: unknown;
        source: 'value' | 'run';
        fallbackError: unknown;
    };
    'stale.served': {
        age: number;
        error: unknown;
    };
    'hedge.launched': {
        attempt: number;
        after: number;
    };
    'hedge.won': {
        attempt: number;
        after: number;
    };
    'limit.changed': {
        from: number;
        to: number;
    };
    'sink.failed': {
        error: unknown;
        sink: string;
    };
}
export type EventType = keyof EventFields;
export interface EventBase {
    readonly pipeline: string;
    readonly policy?: string;
    readonly kind: string;
    readonly key?: string;
    readonly executionId?: string;
    readonly at: number;
    readonly severity: Severity;
}
type Built<Type extends EventType> = EventBase & {
    readonly type: Type;
} & Readonly<EventFields[Type]>;
export type BuiltInEvent = {
    [Type in EventType]: Built<Type>;
}[EventType];
export interface CustomEvent extends EventBase {
    readonly type: `${string}.${string}`;
    readonly [field: string]: unknown;
}
export type KedgeEvent = BuiltInEvent;
export declare const severities: {
    readonly [Type in EventType]: Severity;
};
export {};

// core/policy.d.ts
export type Operation<T> = (context: Context) => T | PromiseLike<T>;
export type Attributes = Readonly<Record<string, string | number | boolean>>;
export interface Context {
    readonly signal: AbortSignal;
    readonly attempt: number;
    readonly pipeline: string;
    readonly key: string | undefined;
    readonly deadline: number;
    readonly attributes: Attributes;
}
export interface PolicyContext extends Context {
    emit(event: {
        type: `${string}.${string}`;
        [field: string]: unknown;
    }): void;
}
export type Next = (execution: PolicyContext) => PromiseLike<unknown>;
declare const alternative: unique symbol;
export interface Policy<Alternative = never> {
    readonly kind: string;
    readonly name: string;
    apply(next: Next): Next;
    readonly [alternative]?: () => Alternative;
}
export type AlternativeOf<P> = P extends {
    readonly [alternative]?: infer Answer;
} ? typeof alternative extends keyof P ? Exclude<Answer, undefined> extends () => infer Value ? Value : never : never : never;
export type Absent = false | null | undefined;
export interface ExecuteOptions {
    signal?: AbortSignal | undefined;
    timeout?: number | undefined;
    key?: string | undefined;
    attributes?: Attributes | undefined;
}
export interface Pipeline<Alternative = never> {
    readonly name: string;
    readonly policies: readonly Policy<unknown>[];
    execute<T>(operation: Operation<T>, options?: ExecuteOptions): Promise<T | Alternative>;
    settle<T>(operation: Operation<T>, options?: ExecuteOptions): Promise<PromiseSettledResult<T | Alternative>>;
    wrap<F extends (...args: never[]) => unknown>(fn: F, options?: CallOptions<Parameters<F>> | ClassMethodDecoratorContext): Wrapped<F, Alternative>;
    wrapWithContext<This, Args extends unknown[], T>(fn: (this: This, context: Context, ...args: Args) => T, options?: CallOptions<Args>): (this: This, ...args: Args) => Promise<Awaited<T> | Alternative>;
    stats(): PipelineStats;
    [Symbol.dispose](): void;
}
export type CallOptions<Args extends unknown[]> = ExecuteOptions | ((...args: Args) => ExecuteOptions);
export type Wrapped<F extends (...args: never[]) => unknown, Alternative = never> = [
    Alternative
] extends [never] ? F extends (...args: never[]) => Promise<unknown> ? F : Asynchronous<F, never> : Asynchronous<F, Alternative>;
type Asynchronous<F extends (...args: never[]) => unknown, Alternative> = (this: ThisParameterType<F>, ...args: Parameters<F>) => Promise<Awaited<ReturnType<F>> | Alternative>;
export type ExecutionOutcome = 'success' | 'failure' | 'rejected' | 'timeout' | 'fallback' | 'stale' | 'cancelled';
export type AttemptOutcome = 'success' | 'failure' | 'timeout' | 'cancelled';
export interface PipelineStats {
    readonly name: string;
    readonly executions: Readonly<Record<ExecutionOutcome, number>>;
    readonly attempts: Readonly<Record<AttemptOutcome, number>>;
    readonly inFlight: number;
    readonly abandoned: number;
    readonly late: number;
    readonly policies: readonly PolicyStats[];
}
export interface PolicyStats {
    readonly name: string;
    readonly kind: string;
    readonly counters: Readonly<Record<string, number>>;
    readonly gauges: Readonly<Record<string, number>>;
}
export {};

// core/event-bus.d.ts
import type { KedgeEvent } from './events.ts';
import type { ExecutionOutcome, PipelineStats } from './policy.ts';
export interface DurationRecorder {
    execution(outcome: ExecutionOutcome, duration: number): void;
    attempt(duration: number): void;
}
export interface Source {
    stats(): PipelineStats[];
    sinkErrors(): ReadonlyMap<string, number>;
    readonly suppressed: Map<string, number>;
    onLeave(take: (last: PipelineStats) => void): () => void;
    refresh(): void;
    recordDurations(open: (pipeline: string) => DurationRecorder): () => void;
}
export interface SinkObject {
    readonly name: string;
    wants?(type: string): boolean;
    handle?(event: KedgeEvent): void;
    attach?(source: Source): undefined | (() => void);
}
export type Sink = ((event: KedgeEvent) => unknown) | SinkObject;
export interface Observed {
    readonly name: string;
    stats(): PipelineStats;
    recorders: readonly DurationRecorder[];
}
export declare class EventBus implements Source {
    wantsExecutionSucceeded: boolean;
    wantsAttemptSucceeded: boolean;
    readonly suppressed: Map<string, number>;
    private sinks;
    private readonly wanted;
    private readonly observed;
    private openers;
    private readonly errors;
    private readonly leaveListeners;
    attach(sink: Sink): () => void;
    wants(type: string): boolean;
    has(name: string): boolean;
    deliver(event: KedgeEvent): void;
    add(observed: Observed): void;
    remove(observed: Observed): void;
    stats(): PipelineStats[];
    sinkErrors(): ReadonlyMap<string, number>;
    onLeave(take: (last: PipelineStats) => void): () => void;
    refresh(): void;
    recordDurations(open: (pipeline: string) => DurationRecorder): () => void;
    private setOpeners;
    private setSinks;
    private wanting;
    private asksFor;
    recorderFailed(): void;
    private countError;
    private opened;
    private sinkFailed;
}
export declare const sharedBus: EventBus;

// core/keyed.d.ts
import type { EventBus } from './event-bus.ts';
import { Chain } from './chain.ts';
import type { Absent, Pipeline, PipelineStats, Policy } from './policy.ts';
export interface KeyedOptions {
    maxKeys?: number;
    idleAfter?: number;
}
export interface Keyed<Alternative = never> {
    readonly name: string;
    readonly size: number;
    for(key: string): Pipeline<Alternative>;
    stats(): PipelineStats;
    [Symbol.dispose](): void;
}
export declare class KeyedPipelines implements Keyed<unknown> {
    readonly name: string;
    private readonly policiesFor;
    private readonly options;
    private readonly wrap;
    private readonly bus;
    private readonly metrics;
    private readonly members;
    private latest;
    constructor(bus: EventBus, name: string, policiesFor: (key: string) => readonly (Policy<unknown> | Absent)[], options: KeyedOptions, wrap: (chain: Chain) => Pipeline<unknown>);
    get size(): number;
    for(key: string): Pipeline<unknown>;
    stats(): PipelineStats;
    [Symbol.dispose](): void;
    private use;
    private sweep;
    private leastMissed;
    private drop;
}

// core/chain.d.ts
import type { PipelineMetrics } from './pipeline-metrics.ts';
import type { Absent, ExecuteOptions, Operation, Policy } from './policy.ts';
import { Execution } from './execution.ts';
import { Stage } from './stage.ts';
export declare class Chain {
    readonly metrics: PipelineMetrics;
    readonly key: string | undefined;
    readonly answer: Stage;
    readonly operation: Stage;
    readonly policies: readonly Policy<unknown>[];
    readonly makeNotes: () => unknown[];
    readonly hasPromises: boolean;
    private readonly stages;
    private readonly leave;
    constructor(metrics: PipelineMetrics, given: readonly (Policy<unknown> | Absent)[], key?: string);
    execute(operation: Operation<unknown>, options: ExecuteOptions | undefined): Promise<unknown>;
    settle(operation: Operation<unknown>, options: ExecuteOptions | undefined): Promise<PromiseSettledResult<unknown>>;
    run(execution: Execution): Execution;
    get holdsState(): boolean;
    dispose(): void;
}

// core/pipeline-metrics.d.ts
import type { EventFields, EventType, Severity } from './events.ts';
import type { DurationRecorder, EventBus, Observed } from './event-bus.ts';
import type { AttemptOutcome, ExecutionOutcome, PipelineStats } from './policy.ts';
export interface Reporter {
    readonly name: string;
    readonly kind: string;
}
export interface EventSource {
    readonly id: string;
    readonly key: string | undefined;
}
export type GaugeReader = () => readonly {
    name: string;
    kind: string;
    gauges: Readonly<Record<string, number>>;
}[];
export type Counters = Record<string, number>;
export declare class PipelineMetrics implements Observed {
    readonly name: string;
    readonly bus: EventBus;
    readonly executions: Record<ExecutionOutcome, number>;
    readonly attempts: Record<AttemptOutcome, number>;
    inFlight: number;
    abandoned: number;
    late: number;
    recorders: readonly DurationRecorder[];
    private readonly counters;
    private readonly parts;
    constructor(name: string, bus: EventBus);
    countersOf(policy: string, initial: Counters): Counters;
    join(part: GaugeReader): () => void;
    stats(): PipelineStats;
    private policies;
    emit<Type extends EventType>(reporter: Reporter, subject: EventSource | undefined, type: Type, fields: EventFields[Type]): void;
    send(reporter: Reporter, subject: EventSource | undefined, type: string, severity: Severity, fields: object): void;
}
export declare const pipelineItself: Reporter;

// core/execution.d.ts
import { type AbortListener, type SignalLike } from './abort.ts';
import type { Chain } from './chain.ts';
import type { EventFields, EventType } from './events.ts';
import { type EventSource, type PipelineMetrics, type Reporter } from './pipeline-metrics.ts';
import type { AttemptOutcome, ExecuteOptions, ExecutionOutcome, Operation } from './policy.ts';
import { type Limit, Scope } from './scope.ts';
export declare class Execution implements AbortListener, EventSource {
    readonly chain: Chain;
    readonly operation: Operation<unknown>;
    readonly startedAt: number;
    time: number;
    attempts: number;
    outcomeOverride: ExecutionOutcome | undefined;
    outermost: Scope;
    protected readonly options: ExecuteOptions;
    protected answered: boolean;
    private answer;
    private isRejected;
    private resolve;
    private reject;
    private pending;
    private closed;
    private hasForeign;
    private identity;
    private asyncContext;
    private limit;
    constructor(chain: Chain, operation: Operation<unknown>, options: ExecuteOptions | undefined, limit?: Limit);
    get metrics(): PipelineMetrics;
    get pipeline(): string;
    get callerSignal(): SignalLike | undefined;
    get key(): string | undefined;
    get id(): string;
    touch(): void;
    detach(): Execution;
    begin(): boolean;
    call(scope: Scope): unknown;
    answersLate(): void;
    aborted(reason: unknown): void;
    protected get passesPromises(): boolean;
    private bound;
    succeed(value: unknown): void;
    fail(failure: unknown): void;
    promise(): Promise<unknown>;
    settlement(): Promise<PromiseSettledResult<unknown>>;
    attemptSucceeded(scope: Scope): void;
    attemptFailed(scope: Scope, outcome: Exclude<AttemptOutcome, 'success'>, error: unknown): void;
    interruptionOutcome(scope: Scope): 'timeout' | 'cancelled';
    handled(): void;
    reportFailure(final: boolean): void;
    emit<Type extends EventType>(reporter: Reporter, type: Type, fields: EventFields[Type]): void;
    report(reporter: Reporter | undefined, event: {
        type: string;
        [field: string]: unknown;
    }): void;
    protected get duration(): number;
    private close;
}

// core/abort.d.ts
export interface AbortListener {
    aborted(reason: unknown): void;
}
export interface SignalLike {
    readonly aborted: boolean;
    readonly reason?: unknown;
    addEventListener(type: 'abort', listener: () => void): void;
    removeEventListener(type: 'abort', listener: () => void): void;
}
export declare function listen(signal: SignalLike, listener: AbortListener): void;
export declare function unlisten(signal: SignalLike, listener: AbortListener): void;
export declare function reasonOf(signal: SignalLike): unknown;
export declare function isSignal(given: unknown): given is SignalLike;

// core/scope.d.ts
import type { Execution } from './execution.ts';
import type { Attributes, Context, ExecuteOptions } from './policy.ts';
export interface Position {
    readonly index: number;
    readonly outer: {
        fail(scope: Scope, error: unknown): void;
    };
}
export interface Limit {
    readonly instant: number;
}
export interface PendingWait {
    readonly at: Position;
    cancel(): void;
    readonly forOperation?: (() => boolean) | undefined;
}
export declare const scopeOf: unique symbol;
export declare const appliedOf: unique symbol;
export declare class Scope implements Context {
    readonly execution: Execution;
    readonly notes: unknown[];
    parent: Scope | undefined;
    origin: Position | undefined;
    attempt: number;
    timeout: Limit | undefined;
    startedAt: number;
    interruptedBy: Position | undefined;
    reason: unknown;
    private readonly given;
    private live;
    private working;
    private waiting;
    private forks;
    private controller;
    private followed;
    private shown;
    private started;
    private timeoutAtStart;
    private whenIdle;
    private back;
    private goingBack;
    constructor(execution: Execution, parent: Scope | undefined, origin: Position | undefined, notes: unknown[], timeout: Limit | undefined, given: ExecuteOptions);
    get deadline(): number;
    get pipeline(): string;
    get key(): string | undefined;
    get attributes(): Attributes;
    get signal(): AbortSignal;
    get context(): Context;
    get startContext(): Context;
    at(place: Position): Scope;
    around(place: Position): Scope;
    fork(place: Position, given?: ExecuteOptions): Scope;
    split(place: Position): Scope;
    drop(fork: Scope): void;
    captureAsyncContext(): void;
    runInAsyncContext(then: () => void): void;
    begin(): void;
    end(): boolean;
    afterWork(then: () => void): void;
    workFor(other: Scope): void;
    get isCancelled(): boolean;
    get isWorking(): boolean;
    private becomeIdle;
    wait(wait: PendingWait): void;
    resume(wait: PendingWait): boolean;
    interrupt(by: Position, reason: unknown): void;
    settleInterrupted(operations: boolean): void;
    endForks(by: Position, reason: unknown): void;
    private family;
    private mark;
    private abandon;
    private endWait;
}

// core/stage.d.ts
import type { Position, Scope } from './scope.ts';
import type { EventFields, EventType } from './events.ts';
import type { Counters, PipelineMetrics, Reporter } from './pipeline-metrics.ts';
import type { Policy } from './policy.ts';
export interface Place extends Reporter {
    readonly metrics: PipelineMetrics;
    readonly index: number;
    claim(thing: object): boolean;
}
export declare abstract class Stage implements Position, Reporter {
    readonly metrics: PipelineMetrics;
    readonly name: string;
    readonly kind: string;
    readonly index: number;
    readonly counters: Counters;
    inner: Stage;
    outer: Stage;
    nextEntering: Stage;
    nextSucceeding: Stage;
    constructor(place: Place, counters?: Counters);
    get pipeline(): string;
    enter(scope: Scope): void;
    succeed(scope: Scope, value: unknown): void;
    fail(scope: Scope, error: unknown): void;
    gauges(): Readonly<Record<string, number>>;
    get holdsState(): boolean;
    dispose(): void;
    protected count(counter: string): void;
    protected emit<Type extends EventType>(scope: Scope, type: Type, fields: EventFields[Type]): void;
}
export declare const stage: unique symbol;
export interface StagedPolicy<Alternative = never> extends Policy<Alternative> {
    [stage](place: Place): Stage;
}
export declare function isStaged(policy: Policy<unknown>): policy is StagedPolicy<unknown>;

// core/pipeline.d.ts
import { type Sink } from './event-bus.ts';
import { type Keyed, type KeyedOptions } from './keyed.ts';
import type { AlternativeOf, Absent, Pipeline, Policy } from './policy.ts';
export interface Kedge {
    pipeline<const P extends readonly (Policy<unknown> | Absent)[]>(name: string, ...policies: P): Pipeline<AlternativeOf<Exclude<P[number], Absent>>>;
    keyed<const P extends readonly (Policy<unknown> | Absent)[]>(name: string, policies: (key: string) => P, options?: KeyedOptions): Keyed<AlternativeOf<Exclude<P[number], Absent>>>;
    observe(...sinks: Sink[]): Disposable;
}
export interface KedgeOptions {
    sinks?: readonly Sink[];
}
export declare function createKedge(options?: KedgeOptions): Kedge;
export declare const pipeline: Kedge['pipeline'];
export declare const keyed: Kedge['keyed'];
export declare const observe: Kedge['observe'];

// mechanisms/backoff.d.ts
import { type Rule } from '../core/options.ts';
export type Backoff = (attempt: number, error: unknown, previousDelay: number) => number;
export type Jitter = 'none' | 'full' | 'equal' | 'decorrelated';
export interface ExponentialBackoffOptions {
    initial?: number;
    factor?: number;
    max?: number;
    jitter?: Jitter;
}
export interface LinearBackoffOptions {
    initial?: number;
    step?: number;
    max?: number;
    jitter?: Jitter;
}
export declare const backoffRule: Rule;
export declare function exponentialBackoff(options?: ExponentialBackoffOptions): Backoff;
export declare function linearBackoff(options?: LinearBackoffOptions): Backoff;
export declare function constantBackoff(ms: number, spreadBy?: Jitter): Backoff;
export declare function listedBackoff(list: readonly number[]): Backoff;
export declare function roughly(ms: number): number;
export declare function backoffOf(given: number | Backoff): Backoff;
export declare function delayOf(backoff: Backoff, attempt: number, error: unknown, previous: number): number;

// core/options.d.ts
export interface Rule {
    readonly expected: string;
    type(value: unknown): boolean;
    range?(value: never): boolean;
}
export type Rules<Options> = {
    readonly [Name in keyof Options]-?: Rule;
};
export declare const number: (expected: string, range: (value: number) => boolean) => Rule;
export declare const duration: Rule;
export declare const positiveDuration: Rule;
export declare const finiteDuration: Rule;
export declare const share: Rule;
export declare const countOrInfinity: Rule;
export declare const wholeNumber: (from: number, to?: number) => Rule;
export declare const nonNegative: Rule;
export declare const boolean: Rule;
export declare const func: Rule;
export declare const text: Rule;
export declare const anything: Rule;
export declare const object: (expected: string) => Rule;
export declare const oneOf: (...allowed: readonly (string | boolean)[]) => Rule;
export declare const either: (one: Rule, other: Rule) => Rule;
export declare function readOptions<Options extends object>(policy: string, given: unknown, defaults: Partial<Options>, rules: Rules<Options>): Readonly<Options>;
export declare function readChanges<Options extends object>(policy: string, changes: unknown, given: Partial<Options>, rules: Rules<Options>): Readonly<Partial<Options>>;
export interface TimeWindow {
    duration: number;
}
export declare const timeWindow: Rule;
export declare function readWindow(policy: string, given: TimeWindow): Readonly<TimeWindow>;
export declare function check(policy: string, name: string, value: unknown, rule: Rule): void;
export declare function missing(policy: string, name: string, rule: Rule): never;
export declare function show(value: unknown): string;

// mechanisms/budget.d.ts
import { type Rule, type TimeWindow } from '../core/options.ts';
import type { OptionChanges } from '../core/stateful.ts';
export interface RetryBudgetOptions {
    ratio?: number;
    window?: TimeWindow;
    reserve?: number;
    refill?: number;
}
export interface RetryBudget {
    deposit(time?: number): void;
    withdraw(time?: number): boolean;
    available(time?: number): number;
    reconfigure(changes: OptionChanges<RetryBudgetOptions>): void;
}
export declare const budgetRule: Rule;
export declare function retryBudget(options?: RetryBudgetOptions): RetryBudget;

// core/stateful.d.ts
import { type Rules } from './options.ts';
import type { Policy } from './policy.ts';
export interface Schema<Options extends object, Settings = Options> {
    readonly kind: string;
    readonly rules: Rules<Options>;
    readonly defaults: Partial<Options>;
    readonly required?: readonly (keyof Options & string)[];
    readonly fixed?: readonly (keyof Options & string)[];
    complete(options: Readonly<Options>): Settings;
}
export type OptionChanges<Options, Fixed extends keyof Options = never> = {
    readonly [Name in Exclude<keyof Options, Fixed | 'name'>]?: Options[Name] | (object extends Pick<Options, Name> ? null : never) | undefined;
};
export declare abstract class StatefulPolicy<Options extends {
    name?: string;
}, Settings = Options> implements Policy {
    readonly kind: string;
    readonly name: string;
    readonly apply: Policy['apply'];
    settings: Settings;
    private readonly schema;
    private given;
    constructor(schema: Schema<Options, Settings>, options: Options);
    reconfigure(changes: OptionChanges<Options>): void;
    protected reconfigured(): void;
    private get fixed();
    private complete;
}

// policies/adaptive-limiter.d.ts
import type { Policy } from '../core/policy.ts';
export interface AdaptiveLimiterOptions {
    initial?: number;
    min?: number;
    max?: number;
    name?: string;
}
export interface AdaptiveLimiter extends Policy {
    readonly limit: number;
    reconfigure(options: Partial<Omit<AdaptiveLimiterOptions, 'name'>>): void;
}
export declare function adaptiveLimiter(options?: AdaptiveLimiterOptions): AdaptiveLimiter;

// policies/bulkhead.d.ts
import type { Policy } from '../core/policy.ts';
export interface BulkheadOptions {
    maxConcurrent: number;
    maxQueued?: number;
    maxWait?: number;
    name?: string;
}
export interface Bulkhead extends Policy {
    reconfigure(options: Partial<Omit<BulkheadOptions, 'name'>>): void;
}
export declare function bulkhead(options: BulkheadOptions): Bulkhead;

// policies/circuit-breaker.d.ts
import type { CircuitState } from '../core/events.ts';
import type { Policy } from '../core/policy.ts';
import { type CircuitBreakerOptions } from './circuit-breaker/options.ts';
import { type Snapshot } from './circuit-breaker/snapshot.ts';
export type { CircuitBreakerOptions, HalfOpenOptions, SlowCallOptions, WindowOptions, } from './circuit-breaker/options.ts';
export type { Snapshot as CircuitSnapshot } from './circuit-breaker/snapshot.ts';
export interface CircuitBreaker extends Policy {
    readonly state: CircuitState;
    snapshot(): Snapshot;
    isolate(): Disposable;
    open(): void;
    close(): void;
    reconfigure(options: Omit<CircuitBreakerOptions, 'name' | 'restore'>): void;
}
export declare function circuitBreaker(options?: CircuitBreakerOptions): CircuitBreaker;

// policies/circuit-breaker/options.d.ts
import { type Rules } from '../../core/options.ts';
import type { Context } from '../../core/policy.ts';
import type { Backoff } from '../../mechanisms/backoff.ts';
import type { Snapshot } from './snapshot.ts';
export type WindowOptions = {
    duration: number;
} | {
    calls: number;
};
export interface SlowCallOptions {
    after: number;
    rate: number;
}
export interface HalfOpenOptions {
    probes?: number;
    leaseFor?: number;
}
export interface CircuitBreakerOptions {
    failureRate?: number;
    minimumCalls?: number;
    window?: WindowOptions;
    consecutiveFailures?: number;
    slowCall?: SlowCallOptions;
    openFor?: number | Backoff;
    halfOpen?: HalfOpenOptions;
    restore?: Snapshot;
    handle?: (error: unknown, context: Context) => boolean;
    handleResult?: (value: unknown, context: Context) => boolean;
    name?: string;
}
export declare const rules: Rules<CircuitBreakerOptions>;
export declare const slowCallRules: Rules<SlowCallOptions>;
export declare const halfOpenRules: Rules<HalfOpenOptions>;
export declare const windowRules: Rules<{
    duration: number;
    calls: number;
}>;

// policies/circuit-breaker/snapshot.d.ts
import type { CircuitState } from '../../core/events.ts';
export interface Snapshot {
    readonly version: 1;
    readonly state: CircuitState;
    readonly at: number;
    readonly calls: number;
    readonly failures: number;
    readonly slow: number;
    readonly consecutiveFailures: number;
    readonly openings: number;
    readonly openFor: number;
    readonly remaining: number;
}
export declare function checkSnapshot(given: unknown): asserts given is Snapshot;

// policies/coalesce.d.ts
import type { Context, Policy } from '../core/policy.ts';
export interface CoalesceOptions {
    key?: (context: Context) => string | undefined;
    name?: string;
}
export declare function coalesce(options?: CoalesceOptions): Policy;

// policies/fallback.d.ts
import type { Context, Policy } from '../core/policy.ts';
interface FallbackBase {
    handle?: (error: unknown, context: Context) => boolean;
    handleResult?: (value: unknown, context: Context) => boolean;
    name?: string;
}
export interface FallbackValueOptions<T> extends FallbackBase {
    value: T;
}
export interface FallbackRunOptions<T> extends FallbackBase {
    run: (error: unknown, context: Context) => T | PromiseLike<T>;
}
export declare function fallback<T>(options: FallbackValueOptions<T>): Policy<T>;
export declare function fallback<T>(options: FallbackRunOptions<T>): Policy<Awaited<T>>;
export {};

// policies/hedge.d.ts
import type { Policy } from '../core/policy.ts';
import { type HedgeOptions } from './hedge/options.ts';
export type { HedgeOptions, LearntDelay } from './hedge/options.ts';
export interface Hedge extends Policy {
    reconfigure(options: Partial<Omit<HedgeOptions, 'name'>>): void;
}
export declare function hedge(options: HedgeOptions): Hedge;

// policies/hedge/options.d.ts
import { type Rule, type Rules } from '../../core/options.ts';
import type { Context } from '../../core/policy.ts';
import { type RetryBudget } from '../../mechanisms/budget.ts';
export interface LearntDelay {
    quantile: number;
}
export interface HedgeOptions {
    after: number | LearntDelay;
    maxHedges?: number;
    budget?: RetryBudget | false;
    requireIdempotent?: boolean;
    handle?: (error: unknown, context: Context) => boolean;
    handleResult?: (value: unknown, context: Context) => boolean;
    name?: string;
}
export declare const quantileRule: Rule;
export declare const rules: Rules<HedgeOptions>;
export declare const changeable: Rules<Omit<HedgeOptions, 'name'>>;
export declare const defaults: Required<Pick<HedgeOptions, 'maxHedges' | 'requireIdempotent' | 'handle' | 'name'>>;
export type Settings = Readonly<Required<Omit<HedgeOptions, 'name' | 'handleResult'>> & Pick<HedgeOptions, 'handleResult'>>;

// policies/rate-limiter.d.ts
import type { Policy } from '../core/policy.ts';
export interface RateLimiterOptions {
    limit: number;
    interval?: number;
    burst?: number;
    maxWait?: number;
    name?: string;
}
export interface RateLimiter extends Policy {
    reconfigure(options: Partial<Omit<RateLimiterOptions, 'name'>>): void;
}
export declare function rateLimiter(options: RateLimiterOptions): RateLimiter;

// policies/retry.d.ts
import type { Policy } from '../core/policy.ts';
import { type RetryOptions } from './retry/options.ts';
export type { RetryOptions } from './retry/options.ts';
export declare function retry(options?: RetryOptions): Policy;

// policies/retry/options.d.ts
import { type Rules } from '../../core/options.ts';
import type { Context } from '../../core/policy.ts';
import type { Backoff } from '../../mechanisms/backoff.ts';
import { type RetryBudget } from '../../mechanisms/budget.ts';
export interface RetryOptions {
    maxAttempts?: number;
    backoff?: Backoff;
    maxElapsed?: number;
    budget?: RetryBudget | false;
    respectRetryAfter?: boolean;
    maxRetryAfter?: number;
    unref?: boolean;
    handle?: (error: unknown, context: Context) => boolean;
    handleResult?: (value: unknown, context: Context) => boolean;
    name?: string;
}
export declare const rules: Rules<RetryOptions>;
export declare const defaults: Omit<Required<RetryOptions>, 'backoff' | 'budget' | 'handleResult'>;
export type Settings = Readonly<Required<Omit<RetryOptions, 'handleResult'>> & Pick<RetryOptions, 'handleResult'>>;

// policies/stale-if-error.d.ts
import type { Context, Policy } from '../core/policy.ts';
export interface StaleIfErrorOptions {
    maxAge: number;
    key?: (context: Context) => string | undefined;
    maxEntries?: number;
    handle?: (error: unknown, context: Context) => boolean;
    handleResult?: (value: unknown, context: Context) => boolean;
    name?: string;
}
export interface StaleIfError extends Policy {
    reconfigure(options: Partial<Omit<StaleIfErrorOptions, 'name'>>): void;
    clear(key?: string): void;
}
export declare function staleIfError(options: StaleIfErrorOptions): StaleIfError;

// policies/adaptive-throttle.d.ts
import type { Policy } from '../core/policy.ts';
export interface AdaptiveThrottleOptions {
    ratio?: number;
    window?: number;
    priority?: string;
    name?: string;
}
export interface AdaptiveThrottle extends Policy {
    reconfigure(options: Partial<Omit<AdaptiveThrottleOptions, 'name'>>): void;
}
export declare function adaptiveThrottle(options?: AdaptiveThrottleOptions): AdaptiveThrottle;

// policies/timeout.d.ts
import type { Policy } from '../core/policy.ts';
export interface TimeoutOptions {
    after: number;
    strategy?: 'aggressive' | 'cooperative';
    name?: string;
}
export declare function timeout(options: number | TimeoutOptions): Policy;

// verdict/classify.d.ts
import type { Verdict } from './verdict.ts';
export type { Blame, Verdict, FailureKind, FailureSource, Repeatability } from './verdict.ts';
export declare function classify(error: unknown): Verdict;

// verdict/verdict.d.ts
export type FailureKind = 'transient' | 'permanent' | 'timeout' | 'cancelled' | 'rejected' | 'bug' | 'unknown';
export type Blame = 'dependency' | 'request' | 'caller' | 'self';
export type Repeatability = 'safe' | 'idempotent' | 'never';
export type FailureSource = 'http' | 'postgres' | 'mysql' | 'redis' | 'mongodb' | 'sqlite' | 'network' | 'application';
export interface Verdict {
    readonly kind: FailureKind;
    readonly blame: Blame;
    readonly repeat: Repeatability;
    readonly retryAfter?: number;
    readonly source: FailureSource;
    readonly code?: string;
    readonly maxRetries?: number;
    readonly connection?: 'replace';
}

// verdict/evidence.d.ts
import type { Blame, FailureKind, Repeatability, Verdict } from './verdict.ts';
export interface Evidence {
    readonly sent?: false;
    readonly connection?: 'dead';
    readonly blame?: Blame;
    readonly kind?: FailureKind;
    readonly repeat?: Repeatability;
}
export declare const usualBlame: Readonly<Record<FailureKind, Blame>>;
export declare function withEvidence<E>(error: E, evidence: Evidence): E;
export declare function doNotRetry<E>(error: E): E;
export declare function evidenceOf(error: object): Evidence | undefined;
export declare function isAnyNoted(): boolean;
export declare function heed(known: Verdict, evidence: Evidence): Verdict;

// presets.d.ts
import type { Policy } from './core/policy.ts';
import { type Backoff } from './mechanisms/backoff.ts';
import { type RetryBudget } from './mechanisms/budget.ts';
import { type AdaptiveLimiterOptions } from './policies/adaptive-limiter.ts';
import { type BulkheadOptions } from './policies/bulkhead.ts';
import { type CircuitBreakerOptions } from './policies/circuit-breaker.ts';
import { type FallbackRunOptions, type FallbackValueOptions } from './policies/fallback.ts';
import { type HedgeOptions } from './policies/hedge.ts';
import { type RetryOptions } from './policies/retry.ts';
export interface PresetOptions<T = never> {
    totalTimeout?: number;
    attemptTimeout?: number;
    maxAttempts?: number;
    backoff?: Backoff;
    budget?: RetryBudget | false;
    retry?: Omit<RetryOptions, 'maxAttempts' | 'backoff' | 'budget'>;
    bulkhead?: Partial<BulkheadOptions> | false;
    adaptiveLimiter?: AdaptiveLimiterOptions | false;
    circuitBreaker?: CircuitBreakerOptions;
    hedge?: Partial<HedgeOptions> | false;
    fallback?: FallbackValueOptions<T> | FallbackRunOptions<T>;
}
type Preset = <T = never>(options?: PresetOptions<T>) => readonly [Policy<T>, ...Policy<T>[]];
export declare const presets: {
    readonly http: Preset;
    readonly database: Preset;
};
export {};
