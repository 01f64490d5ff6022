// Public API of 'kedge/sqlite'. Written by `npm run api`; do not edit.

// adapters/sqlite.d.ts
import { type DatabaseLike } from './sqlite/patience.ts';
export { RollbackFailedError } from './stores/errors.ts';
export type { DatabaseLike } from './sqlite/patience.ts';
export interface SqliteOptions {
    wait?: number;
}
export interface SqliteTransactionOptions {
    wait?: number;
    mode?: 'immediate' | 'deferred' | 'exclusive';
}
export declare function resilientSqlite<Database extends DatabaseLike>(database: Database, options?: SqliteOptions): Database;
export declare function transaction<T>(database: DatabaseLike, fn: () => T, options?: SqliteTransactionOptions): T;

// adapters/sqlite/patience.d.ts
export interface DatabaseLike {
    exec(sql: string): unknown;
    prepare(...args: never[]): object;
    readonly isTransaction?: boolean;
    readonly inTransaction?: boolean;
}
export declare const inTransaction: (database: DatabaseLike) => boolean;
export declare class Patience {
    private readonly database;
    private readonly wait;
    private own;
    constructor(database: DatabaseLike, wait: number);
    shorten(): void;
    shortened<T>(run: () => T): T;
    within<T>(ms: number, run: () => T): T;
    waiting<T>(attempt: () => T, mayRepeat: () => boolean): T;
    private giveBack;
    private set;
}

// adapters/stores/errors.d.ts: see kedge-mongodb.d.ts

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
