// Public API of 'kedge'. Written by `npm run api`; do not edit.

// index.d.ts
export { BulkheadFullError, CircuitOpenError, RateLimitedError, RejectedError, type RejectionReason, ResilienceError, ThrottledError, TimeoutError, } from './core/errors.ts';
export type { BuiltInEvent, CircuitState, CustomEvent, EventFields, EventType, KedgeEvent, OpenReason, RetryRefusal, Severity, } from './core/events.ts';
export type { Sink, SinkObject, Source } from './core/event-bus.ts';
export type { Keyed, KeyedOptions } from './core/keyed.ts';
export { createKedge, type Kedge, keyed, type KedgeOptions, observe, pipeline, } from './core/pipeline.ts';
export type { Absent, AlternativeOf, AttemptOutcome, Attributes, CallOptions, Context, CountedFailure, ExecuteOptions, PolicyContext, ExecutionOutcome, Next, Operation, Pipeline, PipelineStats, Policy, PolicyStats, Wrapped, } from './core/policy.ts';
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
export { type Timeout, timeout, type TimeoutOptions } from './policies/timeout.ts';
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
    downFor(time: number): number;
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
import type { CircuitState, OpenReason } from './transitions.ts';
export type Severity = 'debug' | 'info' | 'warn' | 'error';
export type { CircuitState, OpenReason } from './transitions.ts';
export type RetryRefusal = 'budget' | 'deadline' | 'circuit-open';
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
        rejectedBy?: string;
        retryRefused?: RetryRefusal;
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
        reason: RetryRefusal;
    };
    'circuit.opened': {
        from: CircuitState;
        reason: OpenReason;
        failureRate: number;
        slowRate: number;
        calls: number;
        consecutiveFailures: number;
        openFor: number;
        openings: number;
        error: unknown;
        note?: string;
    };
    'circuit.half-opened': {
        from: CircuitState;
    };
    'circuit.closed': {
        from: CircuitState;
        notClosedFor: number;
        openings: number;
        turnedAway: number;
    };
    'circuit.isolated': {
        from: CircuitState;
        note?: string;
    };
    'circuit.dropped': {
        state: CircuitState;
        key: string;
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
    'hedge.refused': {
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

// core/policy.d.ts
import type { Sink } from './sinks.ts';
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
    observe(...sinks: Sink[]): Disposable;
    stats(): PipelineStats;
    [Symbol.dispose](): void;
    readonly [alternative]?: () => Alternative;
}
export type CallOptions<Args extends unknown[]> = ExecuteOptions | ((...args: Args) => ExecuteOptions);
export type Wrapped<F extends (...args: never[]) => unknown, Alternative = never> = [
    Alternative
] extends [never] ? F extends (...args: never[]) => Promise<unknown> ? F : Asynchronous<F, never> : Asynchronous<F, Alternative>;
type Asynchronous<F extends (...args: never[]) => unknown, Alternative> = (this: ThisParameterType<F>, ...args: Parameters<F>) => Promise<Awaited<ReturnType<F>> | Alternative>;
export type ExecutionOutcome = 'success' | 'failure' | 'rejected' | 'timeout' | 'fallback' | 'stale' | 'cancelled';
export type AttemptOutcome = 'success' | 'failure' | 'timeout' | 'cancelled';
export type CountedFailure = 'transient' | 'permanent' | 'timeout' | 'rejected' | 'bug' | 'unknown';
export interface PipelineStats {
    readonly name: string;
    readonly pipelines: number;
    readonly executions: Readonly<Record<ExecutionOutcome, number>>;
    readonly attempts: Readonly<Record<AttemptOutcome, number>>;
    readonly failures: Readonly<Record<CountedFailure, number>>;
    readonly inFlight: number;
    readonly abandoned: number;
    readonly late: number;
    readonly keys?: {
        readonly size: number;
        readonly evictions: number;
    };
    readonly policies: readonly PolicyStats[];
}
export interface PolicyStats {
    readonly name: string;
    readonly kind: string;
    readonly counters: Readonly<Record<string, number>>;
    readonly gauges: Readonly<Record<string, number>>;
}
export {};

// core/sinks.d.ts
import type { KedgeEvent } from './events.ts';
import type { Numbers } from './numbers.ts';
import type { PipelineMetrics } from './pipeline-metrics.ts';
import type { PipelineStats } from './policy.ts';
import type { Tracer } from './tracing.ts';
export interface NumbersByName extends Iterable<PipelineMetrics> {
    get(name: string): PipelineMetrics | undefined;
    readonly others: Numbers;
}
export interface Source {
    stats(): PipelineStats[];
    readonly names: NumbersByName;
    readonly around?: Source | undefined;
    sinkErrors(): ReadonlyMap<string, number>;
    tallies(metric: string): Iterable<readonly [labels: readonly string[], count: number]>;
    suppress(pipeline: string): void;
    refresh(): void;
    refine(bounds: readonly number[]): void;
}
export interface SinkObject {
    readonly name: string;
    wants?(type: string): boolean;
    handle?(event: KedgeEvent): void;
    attach?(source: Source): undefined | (() => void);
    readonly tracer?: Tracer | undefined;
}
export type Sink = ((event: KedgeEvent) => unknown) | SinkObject;
export declare abstract class Sinks implements Source {
    private isQuiet;
    wantsExecutionSucceeded: boolean;
    wantsAttemptSucceeded: boolean;
    tracers: readonly Tracer[];
    abstract readonly names: NumbersByName;
    readonly around: Sinks | undefined;
    private readonly inside;
    private own;
    private readonly wanted;
    private readonly errors;
    constructor(around?: Sinks);
    abstract tallies(metric: string): Iterable<readonly [labels: readonly string[], count: number]>;
    abstract suppress(pipeline: string): void;
    abstract refine(bounds: readonly number[]): void;
    attach(sink: Sink): () => void;
    attachAll(sinks: readonly Sink[]): () => void;
    wants(type: string): boolean;
    has(name: string): boolean;
    deliver(event: KedgeEvent): void;
    stats(): PipelineStats[];
    sinkErrors(): ReadonlyMap<string, number>;
    countError(name: string): void;
    refresh(): void;
    private setOwn;
    private wanting;
    private asksFor;
    private sinkFailed;
}

// core/numbers.d.ts
import { Histogram } from './durations.ts';
import type { AttemptOutcome, CountedFailure, ExecutionOutcome } from './policy.ts';
export type Counters = Record<string, number>;
export interface PolicyNumbers {
    readonly name: string;
    readonly kind: string;
    readonly counters: Counters;
}
export declare const OTHER = "_other";
export declare class Numbers {
    readonly executions: Record<ExecutionOutcome, number>;
    readonly attempts: Record<AttemptOutcome, number>;
    readonly failures: Record<CountedFailure, number>;
    late: number;
    isKeyed: boolean;
    evictions: number;
    suppressed: number;
    readonly succeeded: Histogram;
    readonly failed: Histogram;
    readonly attempted: Histogram;
    readonly policies: Map<string, PolicyNumbers>;
    readonly customEvents: Map<string, number>;
    private readonly policyNames;
    constructor(bounds: readonly number[]);
    policy(name: string, kind: string, initial: Readonly<Counters>): PolicyNumbers;
    get hasNamesakes(): boolean;
    labelOf(policy: string): string;
    countEvent(type: string, more?: number): void;
    refine(bounds: readonly number[]): void;
    add(other: Numbers, factor?: 1 | -1): void;
    copy(): Numbers;
}

// core/durations.d.ts
export declare const defaultBounds: readonly number[];
export declare class Histogram {
    bounds: readonly number[];
    counts: Float64Array;
    sum: number;
    constructor(bounds: readonly number[], counts?: Float64Array);
    observe(milliseconds: number): void;
    refine(bounds: readonly number[]): void;
    add(other: Histogram, factor: number): void;
    copy(): Histogram;
    private indexOf;
}
export declare function withBounds(bounds: readonly number[], more: readonly number[]): readonly number[];

// core/pipeline-metrics.d.ts
import type { EventFields, EventType, Severity } from './events.ts';
import type { EventBus } from './event-bus.ts';
import { type Said } from './judge.ts';
import { type GaugeReading } from './gauges.ts';
import type { Sinks } from './sinks.ts';
import { type Counters, Numbers } from './numbers.ts';
import type { AttemptOutcome, ExecutionOutcome, PipelineStats } from './policy.ts';
export type { Counters } from './numbers.ts';
export interface Reporter {
    readonly name: string;
    readonly kind: string;
}
export interface EventSource {
    readonly id: string;
    readonly key: string | undefined;
}
export interface LivingPart {
    readings(): Iterable<GaugeReading>;
    readonly size?: number;
}
export declare class PipelineMetrics extends Numbers {
    readonly name: string;
    readonly bus: EventBus;
    inFlight: number;
    abandoned: number;
    goneSince: number | undefined;
    hasLived: boolean;
    isRetired: boolean;
    keyLabel: ((key: string) => string) | undefined;
    private readonly living;
    constructor(name: string, bus: EventBus);
    countersOf({ name, kind }: Reporter, initial: Readonly<Counters>): Counters;
    join(part: LivingPart): () => void;
    get pipelines(): number;
    get isBusy(): boolean;
    executed(outcome: ExecutionOutcome, duration: number): void;
    attempt(outcome: AttemptOutcome, duration: number, said?: Said): void;
    readings(): Iterable<GaugeReading>;
    get keys(): number | undefined;
    stats(part?: LivingPart): PipelineStats;
    private allPolicies;
    private policiesOf;
    emit<Type extends EventType>(reporter: Reporter, subject: EventSource | undefined, type: Type, fields: EventFields[Type], severity?: Severity, sinks?: Sinks): void;
    send(reporter: Reporter, subject: EventSource | undefined, type: string, severity: Severity, fields: object, sinks: Sinks): void;
    private deliver;
}
export declare const pipelineItself: Reporter;

// core/event-bus.d.ts
import { Names } from './names.ts';
import { PipelineMetrics } from './pipeline-metrics.ts';
import { type NumbersByName, Sinks } from './sinks.ts';
export type { Sink, SinkObject, Source } from './sinks.ts';
export declare class EventBus extends Sinks {
    bounds: readonly number[];
    readonly names: Names<PipelineMetrics>;
    private readonly tallied;
    tally(metric: string, ...labels: readonly string[]): void;
    tallyMany(metric: string, count: number, ...labels: readonly string[]): void;
    tallies(metric: string): Iterable<readonly [labels: readonly string[], count: number]>;
    suppress(pipeline: string): void;
    refine(bounds: readonly number[]): void;
}
export declare class PipelineSinks extends Sinks {
    readonly names: NumbersByName;
    private readonly bus;
    constructor(metrics: PipelineMetrics);
    tallies(): Iterable<never>;
    suppress(pipeline: string): void;
    refine(bounds: readonly number[]): void;
}
export declare const sharedBus: EventBus;

// core/names.d.ts
import { Numbers } from './numbers.ts';
export interface Named extends Numbers {
    readonly name: string;
    readonly hasLived: boolean;
    readonly isBusy: boolean;
    isRetired: boolean;
}
export declare class Names<Metrics extends Named> {
    readonly others: Numbers;
    private readonly make;
    private readonly known;
    private readonly left;
    constructor(bounds: readonly number[], make: (name: string) => Metrics);
    of(name: string): Metrics;
    get(name: string): Metrics | undefined;
    came(metrics: Metrics): void;
    gone(metrics: Metrics): void;
    [Symbol.iterator](): Iterator<Metrics>;
    refine(bounds: readonly number[]): void;
    private retire;
}

// core/judge.d.ts
import type { CountedFailure } from './policy.ts';
export interface Said {
    readonly kind: CountedFailure | 'cancelled';
    readonly blame: 'dependency' | 'request' | 'caller' | 'self';
    readonly repeat: 'safe' | 'idempotent' | 'never';
}
interface Judge {
    classify(error: unknown): Said;
    note(error: unknown, evidence: Partial<Pick<Said, 'blame' | 'repeat'>>): void;
}
export declare let judge: Judge;
export declare function judgeBy(given: Judge): void;
export declare function failureKindOf(error: unknown): CountedFailure;
export declare function countedAs({ kind }: Said): CountedFailure;
export {};

// core/gauges.d.ts
import type { CircuitView } from './circuit-view.ts';
export type Gauges = Record<string, number>;
export interface GaugeReading {
    readonly name: string;
    readonly kind: string;
    readonly gauges: Readonly<Gauges>;
    readonly of: object;
    readonly key?: string | undefined;
    readonly circuit?: CircuitView | undefined;
}
export type Aggregation = 'sum' | 'max' | 'min';
export declare function aggregationOf(gauge: string): Aggregation;
export declare function merged(how: Aggregation, known: number | undefined, value: number): number;
export declare function mergeGauges(into: Gauges, gauges: Readonly<Gauges>): void;

// core/circuit-view.d.ts
import type { CircuitState } from './transitions.ts';
export interface CircuitView {
    readonly state: CircuitState;
    readonly since: number;
    readonly reason: string | undefined;
    readonly error: unknown;
    readonly notClosedFor: number | undefined;
    readonly openings: number;
    readonly turnedAway: number;
    readonly nextProbeIn: number;
    isolate(reason?: string): Disposable;
    open(reason?: string): void;
    close(): void;
}

// core/transitions.d.ts
export type CircuitState = 'closed' | 'open' | 'half-open' | 'isolated';
export type OpenReason = 'failure-rate' | 'slow-rate' | 'consecutive' | 'probe-failed' | 'manual' | 'remote' | 'restored';
export type TransitionReason = OpenReason | 'elapsed' | 'recovered';
export interface CircuitTransition {
    readonly from: CircuitState;
    readonly to: CircuitState;
    readonly reason: TransitionReason;
}
export declare const circuitTransitions: readonly CircuitTransition[];
export declare function counterOf({ from, to, reason }: CircuitTransition): string;

// core/tracing.d.ts
import type { Execution } from './execution.ts';
import type { AttemptOutcome, ExecutionOutcome } from './policy.ts';
import type { Scope } from './scope.ts';
export interface TracedExecution {
    readonly pipeline: string;
    readonly key: string | undefined;
    readonly executionId: string;
    attempts: number;
    leader?: string;
    outcome?: ExecutionOutcome;
    result?: unknown;
    error?: unknown;
}
export interface TracedAttempt {
    readonly pipeline: string;
    readonly key: string | undefined;
    readonly executionId: string;
    readonly attempt: number;
    outcome?: AttemptOutcome;
    result?: unknown;
    error?: unknown;
}
export interface Tracer {
    readonly executions: boolean;
    readonly attempts: boolean;
    execution(traced: TracedExecution, run: () => void): void;
    executionEnded(traced: TracedExecution): void;
    attempt(traced: TracedAttempt, run: () => void): void;
    attemptEnded(traced: TracedAttempt): void;
    joined?(traced: TracedExecution, leader: string): void;
}
export declare function traceExecution(execution: Execution, run: () => void): void;
export declare function executionEnded(execution: Execution, outcome: ExecutionOutcome, answer: unknown): void;
export declare function executionJoined(execution: Execution, leader: Execution): void;
export declare function traceAttempt(scope: Scope, run: () => unknown): unknown;
export declare function attemptEnded(scope: Scope, outcome: AttemptOutcome, answer: unknown): void;

// core/execution.d.ts
import type { SignalLike } from './abort.ts';
import { Answer } from './answer.ts';
import type { Chain } from './chain.ts';
import type { EventFields, EventType, RetryRefusal, Severity } from './events.ts';
import { type EventSource, type PipelineMetrics, type Reporter } from './pipeline-metrics.ts';
import type { AttemptOutcome, ExecuteOptions, Operation } from './policy.ts';
import type { Limit } from './limit.ts';
import { Scope } from './scope.ts';
export declare class Execution extends Answer implements EventSource {
    readonly chain: Chain;
    readonly operation: Operation<unknown>;
    readonly startedAt: number;
    time: number;
    attempts: number;
    retryRefused: RetryRefusal | undefined;
    outermost: Scope;
    uncertain: unknown;
    vetted: unknown;
    abandoned: Set<Scope> | undefined;
    protected readonly options: ExecuteOptions;
    private pending;
    private identity;
    private caller;
    constructor(chain: Chain, operation: Operation<unknown>, options: ExecuteOptions | undefined, limit?: Limit);
    get metrics(): PipelineMetrics;
    get pipeline(): string;
    get callerSignal(): SignalLike | undefined;
    get key(): string | undefined;
    get enclosing(): Scope | undefined;
    get concernsInside(): boolean;
    get id(): string;
    touch(): void;
    detach({ key, attributes }: ExecuteOptions): Execution;
    doneFor(execution: Execution): void;
    private get isDetached();
    takeUp(work: Execution): void;
    begin(): boolean;
    operate(scope: Scope): unknown;
    protected invoke(scope: Scope): unknown;
    answersLate(): void;
    get passesPromises(): boolean;
    succeed(value: unknown): void;
    fail(failure: unknown): void;
    attemptSucceeded(scope: Scope, value: unknown): void;
    attemptFailed(scope: Scope, outcome: Exclude<AttemptOutcome, 'success'>, error: unknown): void;
    interruptionOutcome(scope: Scope): 'timeout' | 'cancelled';
    noteRetry(refused: RetryRefusal | undefined): void;
    handled(): void;
    reportFailure(final: boolean): void;
    emit<Type extends EventType>(reporter: Reporter, type: Type, fields: EventFields[Type], severity?: Severity): void;
    report(reporter: Reporter | undefined, event: {
        type: string;
        [field: string]: unknown;
    }): void;
    get duration(): number;
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
export declare class Subscription {
    private readonly signal;
    private only;
    private several;
    constructor(signal: SignalLike);
    add(listener: AbortListener): void;
    delete(listener: AbortListener): void;
    private readonly fire;
    private end;
}
export declare function listen(signal: SignalLike, listener: AbortListener): Subscription;
export declare function unlisten(signal: SignalLike, listener: AbortListener): void;
export declare function reasonOf(signal: SignalLike): unknown;
export declare function isSignal(given: unknown): given is SignalLike;

// core/answer.d.ts
export declare const jobs: {
    native: number;
    foreign: number;
};
export declare abstract class Answer {
    protected answered: boolean;
    private outcome;
    private unread;
    private isRejected;
    private resolve;
    private reject;
    promise(): Promise<unknown>;
    settlement(): Promise<PromiseSettledResult<unknown>>;
    dropLate(value: unknown): void;
    protected answerWith(value: unknown): void;
    private dropUnread;
    protected failWith(error: unknown): void;
}

// core/chain.d.ts
import type { CircuitState, EventFields, EventType, Severity } from './events.ts';
import type { GaugeReading } from './gauges.ts';
import type { PipelineMetrics, Reporter } from './pipeline-metrics.ts';
import type { Absent, ExecuteOptions, Operation, Policy } from './policy.ts';
import { Execution } from './execution.ts';
import type { Sink, Sinks } from './sinks.ts';
import { Stage } from './stage.ts';
export declare class Chain {
    readonly metrics: PipelineMetrics;
    sinks: Sinks;
    readonly key: string | undefined;
    readonly answer: Stage;
    readonly operation: Stage;
    readonly policies: readonly Policy<unknown>[];
    readonly makeNotes: () => unknown[];
    readonly hasPromises: boolean;
    readonly concernsInside: boolean;
    private readonly stages;
    private hasLeft;
    readonly family: object | undefined;
    constructor(metrics: PipelineMetrics, given: readonly (Policy<unknown> | Absent)[], keyed?: {
        readonly key: string;
        readonly family: object;
    });
    execute(operation: Operation<unknown>, options: ExecuteOptions | undefined): Promise<unknown>;
    settle(operation: Operation<unknown>, options: ExecuteOptions | undefined): Promise<PromiseSettledResult<unknown>>;
    observe(sinks: readonly Sink[]): () => void;
    announce<Type extends EventType>(reporter: Reporter, type: Type, fields: EventFields[Type], severity?: Severity): void;
    start(execution: Execution): Execution;
    run(execution: Execution): Execution;
    readings(): GaugeReading[];
    get holdsState(): boolean;
    lostCircuits(): Iterable<Reporter & {
        readonly state: CircuitState;
    }>;
    dispose(): void;
}

// core/stage.d.ts
import type { CircuitView } from './circuit-view.ts';
import type { Position, Scope } from './scope.ts';
import type { CircuitState, EventFields, EventType, Severity } from './events.ts';
import type { Counters, PipelineMetrics, Reporter } from './pipeline-metrics.ts';
import type { Policy } from './policy.ts';
interface Announcer {
    announce<Type extends EventType>(reporter: Reporter, type: Type, fields: EventFields[Type], severity?: Severity): void;
}
export interface Place extends Reporter {
    readonly metrics: PipelineMetrics;
    readonly index: number;
    readonly chain: Announcer;
    claim(thing: object): boolean;
}
export interface GaugeReader extends Reporter {
    gauges(): Readonly<Record<string, number>>;
    readonly gauged: object;
    readonly view?: CircuitView | undefined;
}
export declare abstract class Stage implements Position, Reporter {
    readonly metrics: PipelineMetrics;
    readonly name: string;
    readonly kind: string;
    readonly index: number;
    readonly counters: Counters;
    private readonly chain;
    inner: Stage;
    outer: Stage;
    nextEntering: Stage;
    nextSucceeding: Stage;
    constructor(place: Place, counters?: Readonly<Counters>);
    get pipeline(): string;
    enter(scope: Scope): void;
    succeed(scope: Scope, value: unknown): void;
    fail(scope: Scope, error: unknown): void;
    protected failedInside(scope: Scope, error: unknown): void;
    late(scope: Scope, value: unknown): void;
    wouldAnswer(_scope: Scope, _error: unknown): boolean;
    get concernsInside(): boolean;
    get readers(): readonly GaugeReader[];
    gauges(): Readonly<Record<string, number>>;
    get gauged(): object;
    get view(): CircuitView | undefined;
    get holdsState(): boolean;
    get lostState(): CircuitState | undefined;
    dispose(): void;
    protected isAnsweredOutside(scope: Scope, error: unknown): boolean;
    protected count(counter: string): void;
    protected announce<Type extends EventType>(type: Type, fields: EventFields[Type], severity?: Severity): void;
    protected emit<Type extends EventType>(scope: Scope, type: Type, fields: EventFields[Type]): void;
}
export declare const stage: unique symbol;
export interface StagedPolicy<Alternative = never> extends Policy<Alternative> {
    [stage](place: Place): Stage;
}
export declare function isStaged(policy: Policy<unknown>): policy is StagedPolicy<unknown>;
export {};

// core/scope.d.ts
import type { Execution } from './execution.ts';
import { type Limit } from './limit.ts';
import type { Attributes, Context, ExecuteOptions, ExecutionOutcome } from './policy.ts';
import { type Work } from './work.ts';
export interface Position {
    readonly index: number;
    readonly outer: {
        fail(scope: Scope, error: unknown): void;
    };
}
export interface PendingWait {
    readonly at: Position;
    cancel(): void;
    readonly forOperation?: (() => boolean) | undefined;
}
export declare class Scope implements Context {
    readonly execution: Execution;
    readonly notes: unknown[];
    parent: Scope | undefined;
    origin: Position | undefined;
    attempt: number;
    timeout: Limit | undefined;
    startedAt: number;
    outcomeOverride: ExecutionOutcome | undefined;
    interruptedBy: Position | undefined;
    reason: unknown;
    working: number;
    mayHaveRun: number;
    work: Work | undefined;
    private readonly given;
    private live;
    private waiting;
    private forks;
    private viewed;
    private timeoutAtStart;
    private returning;
    constructor(execution: Execution, parent: Scope | undefined, origin: Position | undefined, notes: unknown[], timeout: Limit | undefined, given: ExecuteOptions);
    get deadline(): number;
    get pipeline(): string;
    get key(): string | undefined;
    get attributes(): Attributes;
    get signal(): AbortSignal;
    get context(): Context;
    get startContext(): Context;
    private get view();
    at(place: Position): Scope;
    around(place: Position): Scope;
    fork(place: Position, given?: ExecuteOptions): Scope;
    split(place: Position): Scope;
    drop(fork: Scope): void;
    captureAsyncContext(): void;
    runInAsyncContext(then: () => void): void;
    begin(): void;
    end(): boolean;
    get isCancelled(): boolean;
    wait(wait: PendingWait): void;
    get waitsInside(): boolean;
    resume(wait: PendingWait): boolean;
    interrupt(by: Position, reason: unknown): void;
    settleInterrupted(operations: boolean): void;
    endForks(by: Position, reason: unknown): void;
    private family;
    private mark;
    private abandon;
    private endWait;
}

// core/limit.d.ts
export interface Limit {
    readonly instant: number;
    readonly isAdvice?: true;
    readonly around?: Limit | undefined;
}
export declare function earliest(innermost: Limit | undefined): number;

// core/work.d.ts
import type { Scope } from './scope.ts';
export interface Work {
    whenIdle: (() => void)[];
    readonly others: Scope[];
}
export declare function workBegun(scope: Scope): void;
export declare function workEnded(scope: Scope): void;
export declare function afterWork(scope: Scope, then: () => void): void;
export declare function workFor(scope: Scope, other: Scope): void;
export declare function forgetWork(scope: Scope): void;

// core/keyed.d.ts
import type { GaugeReading } from './gauges.ts';
import type { LivingPart } from './pipeline-metrics.ts';
import type { EventBus } from './event-bus.ts';
import { Chain } from './chain.ts';
import type { Absent, Pipeline, PipelineStats, Policy } from './policy.ts';
export interface KeyedOptions {
    maxKeys?: number;
    idleAfter?: number;
    label?: (key: string) => string;
}
export interface Keyed<Alternative = never> {
    readonly name: string;
    readonly size: number;
    entries(): IterableIterator<[key: string, pipeline: Pipeline<Alternative>]>;
    for(key: string): Pipeline<Alternative>;
    stats(): PipelineStats;
    [Symbol.dispose](): void;
}
export declare class KeyedPipelines implements Keyed, LivingPart {
    readonly name: string;
    private readonly policiesFor;
    private readonly options;
    private readonly wrap;
    private readonly metrics;
    private readonly members;
    private oldest;
    private newest;
    private characters;
    private readonly leave;
    constructor(bus: EventBus, name: string, policiesFor: (key: string) => readonly (Policy<unknown> | Absent)[], options: KeyedOptions, wrap: (chain: Chain) => Pipeline);
    get size(): number;
    entries(): IterableIterator<[key: string, pipeline: Pipeline]>;
    for(key: string): Pipeline;
    stats(): PipelineStats;
    readings(): Iterable<GaugeReading>;
    [Symbol.dispose](): void;
    private add;
    private policiesOf;
    private use;
    private append;
    private detach;
    private inOrder;
    private sweep;
    private hasRoomFor;
    private makeRoom;
    private leastMissed;
    private evict;
    private drop;
}

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
    more?(value: never): string;
    readonly isSecret?: boolean;
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
export declare function isOfAnotherKind(given: object): boolean;
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
export declare function meant(name: string, value: unknown, rules: Readonly<Record<string, Rule>>): string | undefined;

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
import { type OptionChanges } from '../core/stateful.ts';
export interface AdaptiveLimiterOptions {
    initial?: number;
    min?: number;
    max?: number;
    maxQueued?: number;
    abandonAfter?: number;
    name?: string;
}
export interface AdaptiveLimiter extends Policy {
    readonly limit: number;
    reconfigure(changes: OptionChanges<AdaptiveLimiterOptions>): void;
}
export declare function adaptiveLimiter(options?: AdaptiveLimiterOptions): AdaptiveLimiter;

// policies/bulkhead.d.ts
import type { Policy } from '../core/policy.ts';
import { type OptionChanges } from '../core/stateful.ts';
export interface BulkheadOptions {
    maxConcurrent: number;
    maxQueued?: number;
    maxWait?: number;
    abandonAfter?: number;
    name?: string;
}
export interface Bulkhead extends Policy {
    reconfigure(changes: OptionChanges<BulkheadOptions>): void;
}
export declare function bulkhead(options: BulkheadOptions): Bulkhead;

// policies/circuit-breaker.d.ts
import type { Policy } from '../core/policy.ts';
import { type OptionChanges } from '../core/stateful.ts';
import type { CircuitState } from '../core/transitions.ts';
import type { CircuitBreakerOptions } from './circuit-breaker/options.ts';
import { type Snapshot } from './circuit-breaker/snapshot.ts';
export type { CircuitBreakerOptions, HalfOpenOptions, SlowCallOptions, WindowOptions, } from './circuit-breaker/options.ts';
export type { Snapshot as CircuitSnapshot } from './circuit-breaker/snapshot.ts';
export interface CircuitBreaker extends Policy {
    readonly state: CircuitState;
    readonly since: number;
    readonly reason: string | undefined;
    snapshot(): Snapshot;
    isolate(reason?: string): Disposable;
    open(reason?: string): void;
    close(): void;
    reconfigure(changes: OptionChanges<CircuitBreakerOptions, 'restore'>): void;
}
export declare function circuitBreaker(options?: CircuitBreakerOptions): CircuitBreaker;

// policies/circuit-breaker/options.d.ts
import { type Rules } from '../../core/options.ts';
import type { Backoff } from '../../mechanisms/backoff.ts';
import type { Handle, HandleResult } from '../shared/handle.ts';
import type { Snapshot } from './snapshot.ts';
export type WindowOptions = {
    duration: number;
    calls?: never;
} | {
    calls: number;
    duration?: never;
};
export interface SlowCallOptions {
    after: number;
    rate: number;
}
export interface HalfOpenOptions {
    probes?: number;
    growth?: number;
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
    handle?: Handle;
    handleResult?: HandleResult;
    name?: string;
}
export declare const rules: Rules<CircuitBreakerOptions>;
export declare const slowCallRules: Rules<SlowCallOptions>;
export declare const halfOpenRules: Rules<HalfOpenOptions>;
export declare const windowRules: Rules<{
    duration: number;
    calls: number;
}>;

// policies/shared/handle.d.ts
import type { Context } from '../../core/policy.ts';
import type { Scope } from '../../core/scope.ts';
import type { Stage } from '../../core/stage.ts';
import { type Verdict } from '../../verdict/classify.ts';
export type Handle = (error: unknown, context: Context) => boolean | undefined;
export type HandleResult = (value: unknown, context: Context) => boolean;
export type Predicate = (subject: unknown, scope: Scope) => boolean;
export declare function errorRule(policy: string, handle: Handle | undefined, byDefault: Predicate): Predicate;
export declare function repeatRule(policy: string, handle: Handle | undefined, byDefault: (verdict: Verdict, scope: Scope) => boolean): Predicate;
export declare function resultRule(policy: string, handleResult: HandleResult | undefined): Predicate | undefined;
export declare function answerOf(policy: string, option: 'handle' | 'handleResult', said: unknown): boolean | undefined;
export declare const threw: unique symbol;
export declare function leaveBroken(stage: Stage, scope: Scope, thrown: unknown, ...subjects: readonly unknown[]): void;
export declare function asBug(thrown: unknown, ...subjects: readonly unknown[]): unknown;
export declare function ask<A, B, T>(stage: Stage, scope: Scope, fn: (one: A, other: B, scope: Scope) => T, one: A, other: B): T | typeof threw;

// verdict/classify.d.ts
import type { Verdict } from './verdict.ts';
export type { Blame, Verdict, FailureKind, FailureSource, Repeatability } from './verdict.ts';
export declare function classify(error: unknown): Verdict;

// verdict/verdict.d.ts
export type FailureKind = 'transient' | 'permanent' | 'timeout' | 'cancelled' | 'rejected' | 'bug' | 'unknown';
export type Blame = 'dependency' | 'request' | 'caller' | 'self';
export type Repeatability = 'safe' | 'idempotent' | 'never';
export type FailureSource = 'http' | 'postgres' | 'mysql' | 'mssql' | 'oracle' | 'redis' | 'mongodb' | 'sqlite' | 'database' | 'network' | 'application';
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
export declare function finite(ms: number): number;

// policies/coalesce.d.ts
import type { Policy } from '../core/policy.ts';
import { type OptionChanges } from '../core/stateful.ts';
import { type CoalesceOptions } from './coalesce/options.ts';
export type { CoalesceOptions } from './coalesce/options.ts';
export interface Coalesce extends Policy {
    reconfigure(changes: OptionChanges<CoalesceOptions>): void;
}
export declare function coalesce(options?: CoalesceOptions): Coalesce;

// policies/coalesce/options.d.ts
import type { Context } from '../../core/policy.ts';
import type { Schema } from '../../core/stateful.ts';
import { type Key } from '../shared/key.ts';
export interface CoalesceOptions {
    key?: (context: Context) => string | undefined;
    clone?: (value: unknown) => unknown;
    name?: string;
}
export interface Settings {
    readonly key: Key;
    readonly clone: (value: unknown) => unknown;
}
export declare const schema: Schema<CoalesceOptions, Settings>;

// policies/shared/key.d.ts
import type { Context } from '../../core/policy.ts';
import type { Scope } from '../../core/scope.ts';
export type Key = (scope: Scope) => string | undefined;
export declare function keyOf(policy: string, given: ((context: Context) => string | undefined) | undefined): Key;

// policies/fallback.d.ts
import type { Context, Policy } from '../core/policy.ts';
import { type Handle, type HandleResult } from './shared/handle.ts';
interface FallbackBase {
    handle?: Handle;
    handleResult?: HandleResult;
    name?: string;
}
export interface FallbackValueOptions<T> extends FallbackBase {
    value: T;
    run?: never;
}
export interface FallbackRunOptions<T> extends FallbackBase {
    run: (error: unknown, context: Context) => T | PromiseLike<T>;
    value?: never;
}
export declare function fallback<T>(options: FallbackValueOptions<T>): Policy<T>;
export declare function fallback<T>(options: FallbackRunOptions<T>): Policy<Awaited<T>>;
export {};

// policies/hedge.d.ts
import type { Policy } from '../core/policy.ts';
import { type OptionChanges } from '../core/stateful.ts';
import { type HedgeOptions } from './hedge/options.ts';
export type { HedgeOptions, LearntDelay } from './hedge/options.ts';
export interface Hedge extends Policy {
    reconfigure(changes: OptionChanges<HedgeOptions>): void;
}
export declare function hedge(options: HedgeOptions): Hedge;

// policies/hedge/options.d.ts
import type { Schema } from '../../core/stateful.ts';
import { type RetryBudget } from '../../mechanisms/budget.ts';
import { type Handle, type HandleResult, type Predicate } from '../shared/handle.ts';
export interface LearntDelay {
    quantile: number;
}
export interface HedgeOptions {
    after: number | LearntDelay;
    maxHedges?: number;
    budget?: RetryBudget | false;
    requireIdempotent?: boolean;
    onDiscard?: (value: unknown) => unknown;
    handle?: Handle;
    handleResult?: HandleResult;
    name?: string;
}
export interface Settings {
    readonly after: number | Readonly<LearntDelay>;
    readonly maxHedges: number;
    readonly budget: RetryBudget | false;
    readonly requireIdempotent: boolean;
    readonly onDiscard: ((value: unknown) => unknown) | undefined;
    readonly handles: Predicate;
    readonly isFailure: Predicate | undefined;
}
export declare function schema(): Schema<HedgeOptions, Settings>;

// policies/rate-limiter.d.ts
import type { Policy } from '../core/policy.ts';
import { type OptionChanges } from '../core/stateful.ts';
export interface RateLimiterOptions {
    limit: number;
    interval?: number;
    burst?: number;
    maxWait?: number;
    name?: string;
}
export interface RateLimiter extends Policy {
    reconfigure(changes: OptionChanges<RateLimiterOptions>): void;
}
export declare function rateLimiter(options: RateLimiterOptions): RateLimiter;

// policies/retry.d.ts
import type { Policy } from '../core/policy.ts';
import { type OptionChanges } from '../core/stateful.ts';
import { type RetryOptions } from './retry/options.ts';
export type { RetryOptions } from './retry/options.ts';
export interface Retry extends Policy {
    reconfigure(changes: OptionChanges<RetryOptions>): void;
}
export declare function retry(options?: RetryOptions): Retry;

// policies/retry/options.d.ts
import type { Context } from '../../core/policy.ts';
import type { Schema } from '../../core/stateful.ts';
import { type Backoff } from '../../mechanisms/backoff.ts';
import { type RetryBudget } from '../../mechanisms/budget.ts';
import { type Handle, type HandleResult, type Predicate } from '../shared/handle.ts';
export interface RetryOptions {
    maxAttempts?: number;
    backoff?: number | Backoff;
    maxElapsed?: number;
    budget?: RetryBudget | false;
    respectRetryAfter?: boolean;
    maxRetryAfter?: number;
    circuitWait?: 'auto' | number;
    circuitWaits?: 'paid' | 'free';
    beforeRetry?: (error: unknown, context: Context) => unknown;
    unref?: boolean;
    handle?: Handle;
    handleResult?: HandleResult;
    name?: string;
}
export interface Settings extends Readonly<Required<Pick<RetryOptions, 'maxAttempts' | 'maxElapsed' | 'budget' | 'respectRetryAfter' | 'maxRetryAfter'>>> {
    readonly backoff: Backoff;
    readonly circuitWait: 'auto' | number;
    readonly circuitWaits: 'paid' | 'free';
    readonly beforeRetry: RetryOptions['beforeRetry'];
    readonly unref: boolean;
    readonly handles: Predicate;
    readonly isFailure: Predicate | undefined;
}
export declare function schema(): Schema<RetryOptions, Settings>;

// policies/stale-if-error.d.ts
import type { Policy } from '../core/policy.ts';
import { type OptionChanges } from '../core/stateful.ts';
import { type StaleIfErrorOptions } from './stale-if-error/options.ts';
export type { StaleIfErrorOptions } from './stale-if-error/options.ts';
export interface StaleIfError extends Policy {
    reconfigure(changes: OptionChanges<StaleIfErrorOptions>): void;
    clear(key?: string): void;
}
export declare function staleIfError(options: StaleIfErrorOptions): StaleIfError;

// policies/stale-if-error/options.d.ts
import type { Context } from '../../core/policy.ts';
import type { Schema } from '../../core/stateful.ts';
import { type Handle, type HandleResult, type Predicate } from '../shared/handle.ts';
import { type Key } from '../shared/key.ts';
export interface StaleIfErrorOptions {
    maxAge: number;
    key?: (context: Context) => string | undefined;
    maxEntries?: number;
    clone?: (value: unknown) => unknown;
    handle?: Handle;
    handleResult?: HandleResult;
    name?: string;
}
export interface Settings {
    readonly maxAge: number;
    readonly maxEntries: number;
    readonly key: Key;
    readonly clone: ((value: unknown) => unknown) | undefined;
    readonly handles: Predicate;
    readonly isFailure: Predicate | undefined;
}
export declare const schema: Schema<StaleIfErrorOptions, Settings>;

// policies/adaptive-throttle.d.ts
import { type TimeWindow } from '../core/options.ts';
import type { Context, Policy } from '../core/policy.ts';
import { type OptionChanges } from '../core/stateful.ts';
export interface AdaptiveThrottleOptions {
    ratio?: number;
    window?: TimeWindow;
    priority?: (context: Context) => number;
    name?: string;
}
export interface AdaptiveThrottle extends Policy {
    reconfigure(changes: OptionChanges<AdaptiveThrottleOptions>): void;
}
export declare function adaptiveThrottle(options?: AdaptiveThrottleOptions): AdaptiveThrottle;

// policies/timeout.d.ts
import type { Policy } from '../core/policy.ts';
import { type OptionChanges } from '../core/stateful.ts';
export interface TimeoutOptions {
    after: number;
    strategy?: 'aggressive' | 'cooperative';
    unref?: boolean;
    name?: string;
}
export interface Timeout extends Policy {
    reconfigure(changes: OptionChanges<TimeoutOptions>): void;
}
export declare function timeout(options: number | TimeoutOptions): Timeout;

// verdict/evidence.d.ts
import type { Blame, FailureKind, Repeatability, Verdict } from './verdict.ts';
export interface Evidence {
    readonly sent?: false;
    readonly connection?: 'dead';
    readonly blame?: Blame;
    readonly kind?: FailureKind;
    readonly repeat?: Repeatability;
    readonly retryAfter?: number;
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
    backoff?: number | Backoff;
    budget?: RetryBudget | false;
    retry?: Omit<RetryOptions, 'maxAttempts' | 'backoff' | 'budget'>;
    bulkhead?: Partial<BulkheadOptions> | false;
    adaptiveLimiter?: AdaptiveLimiterOptions | false;
    circuitBreaker?: CircuitBreakerOptions;
    hedge?: Partial<HedgeOptions> | false;
    fallback?: FallbackValueOptions<T> | FallbackRunOptions<T>;
}
export declare const httpLimits: {
    readonly totalTimeout: 30000;
    readonly attemptTimeout: 10000;
    readonly maxAttempts: 3;
};
export declare const presetBudget: () => RetryBudget;
type Preset = <T = never>(options?: PresetOptions<T>) => readonly [Policy<T>, ...Policy<T>[]];
export declare const httpOfAnyLimits: Preset;
export declare const presets: {
    readonly http: Preset;
    readonly database: Preset;
};
export {};
