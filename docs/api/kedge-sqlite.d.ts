// Public API of 'kedge/sqlite'. Written by `npm run api`; do not edit.

// adapters/sqlite.d.ts
export { RollbackFailedError } from './stores/errors.ts';
export interface DatabaseLike {
    exec(sql: string): unknown;
    prepare(...args: never[]): object;
    readonly isTransaction?: boolean;
    readonly inTransaction?: boolean;
}
export interface SqliteOptions {
    wait?: number;
}
export interface SqliteTransactionOptions extends SqliteOptions {
    mode?: 'immediate' | 'deferred' | 'exclusive';
}
export declare function resilientSqlite<Database extends DatabaseLike>(database: Database, options?: SqliteOptions): Database;
export declare function transaction<T>(database: DatabaseLike, fn: () => T, options?: SqliteTransactionOptions): T;

// adapters/stores/errors.d.ts: see kedge-mongodb.d.ts

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
