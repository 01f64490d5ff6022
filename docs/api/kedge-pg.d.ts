// Public API of 'kedge/pg'. Written by `npm run api`; do not edit.

// adapters/pg.d.ts
import type { Context, ExecuteOptions } from '../index.ts';
import { type ClientLike, type ClientOf, type PoolLike } from './pg/driver.ts';
import { type TransactionOptions } from './stores/sql.ts';
import { type StoreOptions } from './stores/store.ts';
export type { Isolation, TransactionOptions } from './stores/sql.ts';
export type { ClientLike, ClientOf, PoolLike } from './pg/driver.ts';
export { OutcomeUnknownError, RollbackFailedError } from './stores/errors.ts';
export type { StoreOptions } from './stores/store.ts';
export interface PgOptions extends StoreOptions {
    statementTimeout?: boolean;
}
export type Transaction<Client> = Client & {
    transaction<T>(fn: (tx: Transaction<Client>) => Promise<T>): Promise<T>;
};
export interface Resilient<Client> {
    transaction<T>(fn: (tx: Transaction<Client>, context: Context) => Promise<T>, options?: TransactionOptions): Promise<T>;
    with(options: ExecuteOptions): this;
}
export declare function resilientPg<Pool extends PoolLike>(target: Pool, options?: PgOptions): Pool & Resilient<ClientOf<Pool>>;
export declare function resilientPg<Client extends ClientLike>(target: Client, options?: PgOptions): Client & Resilient<Client>;

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

// adapters/pg/driver.d.ts
export interface ClientLike {
    query(...args: never[]): unknown;
    on(event: 'error', listener: (error: Error) => void): unknown;
    removeListener(event: 'error', listener: (error: Error) => void): unknown;
}
export interface PoolLike {
    query(...args: never[]): unknown;
    connect(): Promise<ClientLike>;
    listenerCount(event: 'error'): number;
    on(event: 'error', listener: (error: Error) => void): unknown;
}
export type ClientOf<Pool> = Pool extends {
    connect: {
        (): Promise<infer Client>;
        (callback: never): unknown;
    };
} ? Client : Pool extends {
    connect(): Promise<infer Client>;
} ? Client : ClientLike;
export interface Connection {
    query(config: unknown, values?: unknown): Promise<Result>;
    on(event: 'error', listener: (error: Error) => void): unknown;
    listenerCount?(event: 'error'): number;
    release?: (error?: unknown) => void;
    getTransactionStatus?(): string | null;
    readonly processID?: number | null;
    readonly secretKey?: number | null;
    readonly host?: string;
    readonly port?: number;
    readonly connection?: {
        on?(event: 'errorMessage', listener: (error: unknown) => void): unknown;
        readonly stream?: {
            destroy?(): void;
        };
    };
}
export interface Result {
    readonly command?: string;
    readonly rows?: readonly Record<string, unknown>[];
}
export declare function isClient(target: object): boolean;
export declare function isAnswer(error: unknown): boolean;
export declare function isUsable(connection: Connection): boolean;

// adapters/stores/sql.d.ts: see kedge-mysql2.d.ts

// adapters/stores/lease.d.ts: see kedge-mysql2.d.ts

// adapters/stores/call.d.ts: see kedge-mongodb.d.ts

// adapters/stores/open-transaction.d.ts: see kedge-mysql2.d.ts

// adapters/stores/statement.d.ts: see kedge-mysql2.d.ts

// adapters/stores/store.d.ts: see kedge-mongodb.d.ts

// adapters/stores/errors.d.ts: see kedge-mongodb.d.ts
