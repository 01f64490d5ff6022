// Public API of 'kedge/opossum'. Written by `npm run api`; do not edit.

// adapters/opossum.d.ts
import { CircuitBreaker } from './opossum/breaker.ts';
export { adopt, type AdoptOptions, type LiveBreaker } from './opossum/adopt.ts';
export { CircuitBreaker as default, CircuitBreaker as 'module.exports' };

// adapters/opossum/breaker.d.ts
import { EventEmitter } from 'node:events';
import { adopt } from './adopt.ts';
import type { CacheTransport } from './cache.ts';
import { type Options, type Settings, type State } from './options.ts';
import { type Bucket, type Stats, Status, type StatusOptions, type Window } from './status.ts';
export declare class CircuitBreaker<TI extends unknown[] = unknown[], TR = unknown> extends EventEmitter {
    readonly options: Settings;
    action: (...args: TI) => PromiseLike<TR> | TR;
    readonly volumeThreshold: number;
    readonly name: string;
    readonly group: string;
    readonly status: Status;
    private readonly calls;
    private warmUntil;
    private readonly checks;
    static isOurError(error: unknown): boolean;
    static readonly adopt: typeof adopt;
    static newStatus(options: StatusOptions): Status;
    constructor(action: (...args: TI) => PromiseLike<TR> | TR, options?: Options<TI>);
    fire(...args: TI): Promise<TR>;
    call(context: unknown, ...args: TI): Promise<TR>;
    fallback(func: ((...args: any[]) => any) | CircuitBreaker<any[], any>): this;
    open(): void;
    close(): void;
    shutdown(): void;
    enable(): void;
    disable(): void;
    clearCache(): void;
    healthCheck(func: (this: this) => PromiseLike<unknown>, interval?: number | string): void;
    getSignal(): AbortSignal | undefined;
    getAbortController(): AbortController | undefined;
    toJSON(): {
        state: State;
        status: Stats;
    };
    get enabled(): boolean;
    get closed(): boolean;
    get opened(): boolean;
    get halfOpen(): boolean;
    get isShutdown(): boolean;
    get pendingClose(): boolean;
    get warmUp(): boolean;
    get stats(): Stats;
}
export declare namespace CircuitBreaker {
    export type { Bucket, CacheTransport, CacheTransport as MemoryCache, Options, State, Stats, Status, StatusOptions, Window, };
}

// adapters/opossum/adopt.d.ts
import type { Policy } from '../../core/policy.ts';
export interface LiveBreaker {
    action: (...args: any[]) => any;
    readonly name: string;
    readonly opened: boolean;
    readonly halfOpen: boolean;
    readonly options: {
        readonly timeout?: number | false;
        readonly resetTimeout?: number;
    };
    readonly stats: {
        readonly fires: number;
        readonly failures: number;
    };
    call(context: unknown, ...args: any[]): Promise<unknown>;
    on(event: any, listener: (...args: any[]) => void): unknown;
    removeListener(event: any, listener: (...args: any[]) => void): unknown;
}
export interface AdoptOptions {
    name?: string | undefined;
}
export declare function adopt(breaker: LiveBreaker, own?: AdoptOptions): Policy;

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

// adapters/opossum/cache.d.ts
export interface CacheTransport {
    get(key: string): unknown;
    set(key: string, value: any, ttl: number): void;
    flush(): void;
}
export declare class MemoryCache implements CacheTransport {
    private readonly entries;
    private readonly maxEntries;
    constructor(maxEntries?: number);
    get(key: string): unknown;
    set(key: string, value: unknown, ttl: number): void;
    delete(key: string): void;
    flush(): void;
}

// adapters/opossum/options.d.ts
import type { EventEmitter } from 'node:events';
import { type CacheTransport, MemoryCache } from './cache.ts';
import type { Stats, Status } from './status.ts';
export interface State {
    name: string;
    enabled: boolean;
    closed: boolean;
    open: boolean;
    halfOpen: boolean;
    warmUp: boolean;
    shutdown: boolean;
    lastTimerAt: number;
}
export interface Options<TI extends unknown[] = unknown[]> {
    status?: Status | Stats | undefined;
    state?: Partial<State> | undefined;
    timeout?: number | false | undefined;
    maxFailures?: number | undefined;
    resetTimeout?: number | undefined;
    rollingCountTimeout?: number | undefined;
    rollingCountBuckets?: number | undefined;
    name?: string | undefined;
    group?: string | undefined;
    rollingPercentilesEnabled?: boolean | undefined;
    capacity?: number | undefined;
    errorThresholdPercentage?: number | undefined;
    enabled?: boolean | undefined;
    allowWarmUp?: boolean | undefined;
    volumeThreshold?: number | undefined;
    errorFilter?: ((err: any, ...args: TI) => boolean) | undefined;
    cache?: boolean | undefined;
    cacheTTL?: number | undefined;
    cacheSize?: number | undefined;
    cacheGetKey?: ((...args: TI) => string) | undefined;
    cacheTransport?: CacheTransport | undefined;
    coalesce?: boolean | undefined;
    coalesceTTL?: number | undefined;
    coalesceSize?: number | undefined;
    coalesceResetOn?: readonly ('error' | 'success' | 'timeout')[] | undefined;
    abortController?: AbortController | undefined;
    autoRenewAbortController?: boolean | undefined;
    enableSnapshots?: boolean | undefined;
    rotateBucketController?: EventEmitter | undefined;
}
export type Settings = Options<any[]> & {
    timeout: number | false;
    resetTimeout: number;
    errorThresholdPercentage: number;
    rollingCountTimeout: number;
    rollingCountBuckets: number;
    capacity: number;
    errorFilter: (err: unknown, ...args: unknown[]) => unknown;
    cacheTTL: number;
    cacheGetKey: (...args: unknown[]) => string;
    coalesce: boolean;
    coalesceTTL: number;
    coalesceResetOn: readonly string[];
    coalesceCache?: MemoryCache;
};
export declare function readOptions(given: Options<any[]>): Settings;

// adapters/opossum/status.d.ts
import { EventEmitter } from 'node:events';
export interface Bucket {
    failures: number;
    fallbacks: number;
    successes: number;
    rejects: number;
    fires: number;
    timeouts: number;
    cacheHits: number;
    cacheMisses: number;
    coalesceCacheHits: number;
    coalesceCacheMisses: number;
    semaphoreRejections: number;
    percentiles: {
        [percentile: number]: number;
    };
    latencyTimes: number[];
    isCircuitBreakerOpen?: boolean;
}
export interface Stats extends Bucket {
    latencyMean: number;
}
export type Window = Bucket[];
export interface StatusOptions {
    rollingCountBuckets?: number | undefined;
    rollingCountTimeout?: number | undefined;
    rollingPercentilesEnabled?: boolean | undefined;
    enableSnapshots?: boolean | undefined;
    rotateBucketController?: EventEmitter | undefined;
    stats?: Partial<Stats> | undefined;
}
export type Counter = Exclude<keyof Bucket, 'percentiles' | 'latencyTimes' | 'isCircuitBreakerOpen'>;
interface Refused {
    fires: number;
    failures: number;
}
export declare class Status extends EventEmitter {
    readonly rollingPercentilesEnabled: boolean;
    readonly enableSnapshots: boolean;
    readonly rotateBucketController: EventEmitter | undefined;
    readonly rotateBucket: () => void;
    private readonly buckets;
    private readonly refused;
    private readonly sum;
    private readonly interval;
    private since;
    private stopSnapshots;
    private isShutdown;
    constructor(options?: StatusOptions);
    get stats(): Stats;
    get window(): Window;
    judged(): Readonly<Refused>;
    increment(name: Counter, latency?: number): void;
    excuse(name: keyof Refused): void;
    open(): void;
    close(): void;
    shutdown(): void;
    removeRotateBucketControllerListener(): void;
    startListeneningForRotateEvent(): void;
    private mark;
    private catchUp;
    private rotate;
    private startSnapshots;
}
export {};
