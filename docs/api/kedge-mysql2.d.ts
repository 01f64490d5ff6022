// Public API of 'kedge/mysql2'. Written by `npm run api`; do not edit.

// adapters/mysql2.d.ts
import type { Context, ExecuteOptions } from '../index.ts';
import { type Transaction, type TransactionOptions } from './mysql2/transaction.ts';
import { type StoreOptions } from './stores/store.ts';
export { OutcomeUnknownError, RollbackFailedError } from './stores/errors.ts';
export type { Isolation, Transaction, TransactionOptions } from './mysql2/transaction.ts';
export type { StoreOptions } from './stores/store.ts';
export interface PoolLike {
    query(...args: never[]): unknown;
    execute(...args: never[]): unknown;
    getConnection(...args: never[]): unknown;
}
export interface Resilient {
    transaction<T>(fn: (tx: Transaction, context: Context) => Promise<T>, options?: TransactionOptions): Promise<T>;
    with(options: ExecuteOptions): this;
}
export declare function resilientMysql<Pool extends PoolLike>(pool: Pool, options?: StoreOptions): Pool & Resilient;

// index.d.ts: see kedge.d.ts

// core/errors.d.ts: see kedge.d.ts

// core/events.d.ts: see kedge.d.ts

// core/policy.d.ts: see kedge.d.ts

// core/event-bus.d.ts: see kedge.d.ts

// core/keyed.d.ts: see kedge.d.ts

// core/chain.d.ts: see kedge.d.ts

// core/pipeline-metrics.d.ts: see kedge.d.ts

// core/execution.d.ts: see kedge.d.ts

// core/abort.d.ts: see kedge.d.ts

// core/scope.d.ts: see kedge.d.ts

// core/stage.d.ts: see kedge.d.ts

// core/pipeline.d.ts: see kedge.d.ts

// mechanisms/backoff.d.ts: see kedge.d.ts

// core/options.d.ts: see kedge.d.ts

// mechanisms/budget.d.ts: see kedge.d.ts

// core/stateful.d.ts: see kedge.d.ts

// policies/adaptive-limiter.d.ts: see kedge.d.ts

// policies/bulkhead.d.ts: see kedge.d.ts

// policies/circuit-breaker.d.ts: see kedge.d.ts

// policies/circuit-breaker/options.d.ts: see kedge.d.ts

// policies/circuit-breaker/snapshot.d.ts: see kedge.d.ts

// policies/coalesce.d.ts: see kedge.d.ts

// policies/fallback.d.ts: see kedge.d.ts

// policies/hedge.d.ts: see kedge.d.ts

// policies/hedge/options.d.ts: see kedge.d.ts

// policies/rate-limiter.d.ts: see kedge.d.ts

// policies/retry.d.ts: see kedge.d.ts

// policies/retry/options.d.ts: see kedge.d.ts

// policies/stale-if-error.d.ts: see kedge.d.ts

// policies/adaptive-throttle.d.ts: see kedge.d.ts

// policies/timeout.d.ts: see kedge.d.ts

// verdict/classify.d.ts: see kedge.d.ts

// verdict/verdict.d.ts: see kedge.d.ts

// verdict/evidence.d.ts: see kedge.d.ts

// presets.d.ts: see kedge.d.ts

// adapters/mysql2/transaction.d.ts
import type { Context, ExecuteOptions } from '../../index.ts';
import type { Store } from '../stores/store.ts';
import { type PromisePool } from './driver.ts';
export type Isolation = 'read uncommitted' | 'read committed' | 'repeatable read' | 'serializable';
export interface TransactionOptions extends ExecuteOptions {
    isolation?: Isolation;
    readOnly?: boolean;
    retries?: number;
}
export interface Transaction {
    query<Rows = unknown>(sql: string | object, values?: unknown): Promise<[Rows, unknown]>;
    execute<Rows = unknown>(sql: string | object, values?: unknown): Promise<[Rows, unknown]>;
    transaction<T>(fn: (tx: Transaction) => Promise<T>): Promise<T>;
}
export declare function runTransaction<T>(store: Store, pool: PromisePool, fn: (tx: Transaction, context: Context) => Promise<T>, { isolation, readOnly, retries, ...given }: TransactionOptions): Promise<T>;

// adapters/stores/store.d.ts: see kedge-mongodb.d.ts

// adapters/mysql2/driver.d.ts
export interface Connection {
    query(...args: unknown[]): Promise<unknown>;
    execute(...args: unknown[]): Promise<unknown>;
    release(): void;
    destroy(): void;
    readonly threadId?: number | null;
}
export interface PromisePool {
    getConnection(): Promise<Connection>;
}
export declare function isAnswer(error: unknown): boolean;
export declare function isConflict(error: unknown): boolean;

// adapters/stores/errors.d.ts: see kedge-mongodb.d.ts
