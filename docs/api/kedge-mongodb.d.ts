// Public API of 'kedge/mongodb'. Written by `npm run api`; do not edit.

// adapters/mongodb.d.ts
import type { Context, ExecuteOptions } from '../index.ts';
import type { ClientLike, DriverTransactionOptions, SessionOf } from './mongodb/driver.ts';
import { type StoreOptions } from './stores/store.ts';
export type { ClientLike, DriverTransactionOptions, SessionOf } from './mongodb/driver.ts';
export { OutcomeUnknownError, RollbackFailedError } from './stores/errors.ts';
export type { StoreOptions } from './stores/store.ts';
export type TransactionOptions<Client> = ExecuteOptions & DriverTransactionOptions<Client> & {
    retries?: number;
};
export type Transaction<Client> = Client & {
    readonly session: SessionOf<Client>;
};
export interface Resilient<Client> {
    transaction<T>(fn: (tx: Transaction<Client>, context: Context) => Promise<T>, options?: TransactionOptions<Client>): Promise<T>;
    with(options: ExecuteOptions): this;
}
export declare function resilientMongo<Client extends ClientLike>(client: Client, options?: StoreOptions): Client & Resilient<Client>;

// index.d.ts: see kedge.d.ts

// core/errors.d.ts: see kedge.d.ts

// core/events.d.ts: see kedge.d.ts

// core/policy.d.ts: see kedge.d.ts

// core/sinks.d.ts: see kedge.d.ts

// core/numbers.d.ts: see kedge.d.ts

// core/durations.d.ts: see kedge.d.ts

// core/pipeline-metrics.d.ts: see kedge.d.ts

// core/event-bus.d.ts: see kedge.d.ts

// core/names.d.ts: see kedge.d.ts

// core/judge.d.ts: see kedge.d.ts

// core/gauges.d.ts: see kedge.d.ts

// core/circuit-view.d.ts: see kedge.d.ts

// core/transitions.d.ts: see kedge.d.ts

// core/tracing.d.ts: see kedge.d.ts

// core/execution.d.ts: see kedge.d.ts

// core/abort.d.ts: see kedge.d.ts

// core/answer.d.ts: see kedge.d.ts

// core/chain.d.ts: see kedge.d.ts

// core/stage.d.ts: see kedge.d.ts

// core/scope.d.ts: see kedge.d.ts

// core/limit.d.ts: see kedge.d.ts

// core/work.d.ts: see kedge.d.ts

// core/keyed.d.ts: see kedge.d.ts

// core/pipeline.d.ts: see kedge.d.ts

// mechanisms/backoff.d.ts: see kedge.d.ts

// core/options.d.ts: see kedge.d.ts

// mechanisms/budget.d.ts: see kedge.d.ts

// core/stateful.d.ts: see kedge.d.ts

// policies/adaptive-limiter.d.ts: see kedge.d.ts

// policies/bulkhead.d.ts: see kedge.d.ts

// policies/circuit-breaker.d.ts: see kedge.d.ts

// policies/circuit-breaker/options.d.ts: see kedge.d.ts

// policies/shared/handle.d.ts: see kedge.d.ts

// verdict/classify.d.ts: see kedge.d.ts

// verdict/verdict.d.ts: see kedge.d.ts

// policies/circuit-breaker/snapshot.d.ts: see kedge.d.ts

// policies/coalesce.d.ts: see kedge.d.ts

// policies/coalesce/options.d.ts: see kedge.d.ts

// policies/shared/key.d.ts: see kedge.d.ts

// policies/fallback.d.ts: see kedge.d.ts

// policies/hedge.d.ts: see kedge.d.ts

// policies/hedge/options.d.ts: see kedge.d.ts

// policies/rate-limiter.d.ts: see kedge.d.ts

// policies/retry.d.ts: see kedge.d.ts

// policies/retry/options.d.ts: see kedge.d.ts

// policies/stale-if-error.d.ts: see kedge.d.ts

// policies/stale-if-error/options.d.ts: see kedge.d.ts

// policies/adaptive-throttle.d.ts: see kedge.d.ts

// policies/timeout.d.ts: see kedge.d.ts

// verdict/evidence.d.ts: see kedge.d.ts

// presets.d.ts: see kedge.d.ts

// adapters/mongodb/driver.d.ts
export interface ClientLike {
    db(...args: never[]): unknown;
    connect(): Promise<unknown>;
    startSession(...args: never[]): unknown;
}
export type SessionOf<Client> = Client extends {
    startSession(...args: never[]): infer Session;
} ? Session : unknown;
export type DriverTransactionOptions<Client> = SessionOf<Client> extends {
    startTransaction(options?: infer Options): unknown;
} ? NonNullable<Options> : object;
export interface Session {
    readonly serverSession: {
        lastUse: number;
    };
    inTransaction(): boolean;
    startTransaction(options?: object): void;
    commitTransaction(): Promise<unknown>;
    abortTransaction(): Promise<unknown>;
    endSession(): Promise<unknown>;
}
export interface Driver {
    startSession(options?: object): Session;
    connect(): Promise<unknown>;
    readonly options?: {
        readonly retryReads?: boolean;
    };
    readonly topology?: {
        isDestroyed?(): boolean;
    };
}
export interface OperationOptions {
    readonly session?: Session;
    readonly signal?: AbortSignal;
    readonly maxTimeMS?: number;
    readonly tailable?: boolean;
    readonly writeConcern?: {
        readonly w?: unknown;
    };
    readonly w?: unknown;
}
export interface Cursor {
    toArray(): Promise<unknown[]>;
    next(): Promise<unknown>;
    tryNext(): Promise<unknown>;
    hasNext(): Promise<boolean>;
    forEach(iterator: (document: unknown) => unknown): Promise<void>;
    [Symbol.asyncIterator](): AsyncGenerator<unknown, void, void>;
    close(): Promise<void>;
    clone(): Cursor;
    once(event: 'close', listener: () => void): unknown;
    readonly closed: boolean;
    readonly pipeline?: readonly object[];
}
export type Label = 'NoWritesPerformed' | 'TransientTransactionError' | 'UnknownTransactionCommitResult' | 'SystemOverloadedError';
export declare function hasLabel(error: unknown, label: Label): boolean;
export declare function isAnswer(error: unknown): boolean;
export declare function reopen(client: Driver): Promise<void>;

// adapters/stores/store.d.ts
import { type Context, type ExecuteOptions, type Pipeline, type PresetOptions } from '../../index.ts';
import { StoreCall } from './call.ts';
export interface StoreOptions extends Omit<PresetOptions, 'fallback'> {
    pipeline?: Pipeline;
    name?: string;
}
export declare function sqlOptions(client: string, given: StoreOptions & {
    statementTimeout?: boolean;
}): [statementTimeout: boolean, StoreOptions];
export declare class Store {
    readonly pipeline: Pipeline;
    constructor(client: string, name: string, options: StoreOptions);
    read<T>(operation: (context: Context) => Promise<T>, given: ExecuteOptions, call?: StoreCall): Promise<T>;
    write<T>(operation: (context: Context, call: StoreCall) => Promise<T>, given: ExecuteOptions, call?: StoreCall): Promise<T>;
}

// adapters/stores/call.d.ts
import { type Context } from '../../index.ts';
export declare class StoreCall {
    sent: boolean;
    isFinal: boolean;
    isUndoneByErrors: () => boolean;
    failed(error: unknown): unknown;
    ended(reason: unknown, pipeline: string): void;
}
export declare function underCall<T>(call: StoreCall, context: Context, attempt: (context: Context) => Promise<T>): Promise<T>;
export declare function isTimeoutOf(reason: unknown, pipeline: string): boolean;

// adapters/stores/errors.d.ts
import { ResilienceError } from '../../index.ts';
export declare class OutcomeUnknownError extends ResilienceError {
    get name(): string;
    get code(): 'KEDGE_OUTCOME_UNKNOWN';
    constructor(pipeline: string, cause: unknown);
}
export declare class RollbackFailedError extends AggregateError {
    get name(): string;
    get code(): 'KEDGE_ROLLBACK_FAILED';
    constructor(error: unknown, rollback: unknown);
}
