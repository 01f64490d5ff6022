// Public API of 'kedge/mysql2'. Written by `npm run api`; do not edit.

// adapters/mysql2.d.ts
import type { Context, ExecuteOptions } from '../index.ts';
import { type TransactionOptions } from './stores/sql.ts';
import { type StoreOptions } from './stores/store.ts';
export { OutcomeUnknownError, RollbackFailedError } from './stores/errors.ts';
export type { Isolation, TransactionOptions } from './stores/sql.ts';
export type { StoreOptions } from './stores/store.ts';
export interface PoolLike {
    query(...args: never[]): unknown;
    execute(...args: never[]): unknown;
    getConnection(...args: never[]): unknown;
}
export interface MysqlOptions extends StoreOptions {
    statementTimeout?: boolean;
}
export interface Transaction {
    query<Rows = unknown>(sql: string | object, values?: unknown): Promise<[Rows, unknown]>;
    execute<Rows = unknown>(sql: string | object, values?: unknown): Promise<[Rows, unknown]>;
    transaction<T>(fn: (tx: Transaction) => Promise<T>): Promise<T>;
}
export interface Resilient {
    transaction<T>(fn: (tx: Transaction, context: Context) => Promise<T>, options?: TransactionOptions): Promise<T>;
    with(options: ExecuteOptions): this;
}
export declare function resilientMysql<Pool extends PoolLike>(pool: Pool, options?: MysqlOptions): Pool & Resilient;

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

// adapters/stores/sql.d.ts
import { type Rule } from '../../core/options.ts';
import type { Context, ExecuteOptions } from '../../index.ts';
import { type ConnectionSource, type Settling } from './lease.ts';
import { type OpenTransaction, type Session } from './open-transaction.ts';
import { type Dialect } from './statement.ts';
import type { Store } from './store.ts';
export type Isolation = 'read uncommitted' | 'read committed' | 'repeatable read' | 'serializable';
export interface TransactionOptions extends ExecuteOptions {
    isolation?: Isolation;
    readOnly?: boolean;
    retries?: number;
}
export declare const retriesRule: Rule;
export declare function checkFunction(fn: unknown): void;
export interface SqlSession extends Session {
    shown(open: OpenTransaction): object;
}
export interface SqlDriver<Connection> extends ConnectionSource<Connection> {
    readonly dialect: Dialect;
    readonly transactions?: ConnectionSource<Connection>;
    session(connection: Connection): SqlSession;
    readonly fieldFunctions?: ReadonlySet<string> | undefined;
}
export interface SqlClient<Connection> {
    readonly store: Store;
    readonly driver: SqlDriver<Connection>;
}
export declare function merged<Options extends ExecuteOptions>(given: ExecuteOptions, options: Options): Options;
export declare function statement<Connection>({ store, driver }: SqlClient<Connection>, sql: unknown, send: (connection: Connection, settling: Settling) => void, given: ExecuteOptions): Promise<unknown>;
export declare function connection<Connection, T>({ store, driver }: SqlClient<Connection>, handOver: (connection: Connection) => Promise<T>, given: ExecuteOptions): Promise<T>;
export declare function transaction<Connection, T>({ store, driver }: SqlClient<Connection>, fn: (tx: never, context: Context) => Promise<T>, options: TransactionOptions): Promise<T>;

// adapters/stores/lease.d.ts
import { type Context } from '../../index.ts';
import { type StoreCall } from './call.ts';
export interface ConnectionSource<Connection> {
    acquire(taken: (error: unknown, connection?: Connection) => void): void;
    release(connection: Connection, broken?: unknown): void;
    interrupt(connection: Connection): Promise<void> | undefined;
    prepare(connection: Connection, context: Context): Promise<void> | undefined;
    survives(connection: Connection, error: unknown): boolean;
    readonly disposable: boolean;
    isUsedUp?(): boolean;
}
export interface Settling {
    answered(result: unknown): void;
    failed(error: unknown): void;
}
export declare function sendStatement<Connection>(source: ConnectionSource<Connection>, context: Context, send: (connection: Connection, settling: Settling) => void, call?: StoreCall): Promise<unknown>;
export declare function take<Connection>(source: ConnectionSource<Connection>, { signal, pipeline }: Pick<Context, 'signal' | 'pipeline'>): Promise<Connection>;
export declare function hold<Connection, T>(source: ConnectionSource<Connection>, context: Context, work: (connection: Connection) => Promise<T>, isClean: (connection: Connection, error: unknown) => boolean, keep?: boolean): Promise<T>;

// adapters/stores/call.d.ts: see kedge-mongodb.d.ts

// adapters/stores/open-transaction.d.ts
import { StoreCall } from './call.ts';
export interface Session {
    query(text: string): Promise<unknown>;
    begin(options: object): Promise<unknown>;
    isUsable(): boolean;
    isReusable?(): boolean;
    isAnswer(error: unknown): boolean;
    wasRolledBack?(result: unknown): boolean;
    hasRolledBack?(error: unknown): boolean;
    endingWords?(sql: string): string | undefined;
    isIdle?(): boolean;
    isConflict(error: unknown): boolean;
}
export declare class TransactionCall extends StoreCall {
    readonly retries: number;
    conflicts: number;
    savepoints: number;
    begun: boolean;
    private failures;
    constructor(retries: number);
    started(): void;
    note(error: unknown): void;
    noting<T>(promise: Promise<T> | undefined): Promise<T | undefined>;
    failed(error: unknown): unknown;
    ended(reason: unknown, pipeline: string): void;
    isOfDatabase(error: unknown): boolean;
}
export declare class OpenTransaction {
    failure: unknown;
    private readonly shared;
    private ending;
    private inner;
    constructor(session: Session, call: TransactionCall, outer?: OpenTransaction);
    get broken(): unknown;
    end(message?: string): void;
    throwIfOver(): void;
    send<T>(statement: () => T, sql?: unknown): T;
    private deliver;
    get endedEarly(): Error | undefined;
    nest<T>(fn: (inner: OpenTransaction) => Promise<T>): Promise<T>;
    private failed;
    private undoing;
}

// adapters/stores/statement.d.ts
export type Dialect = 'postgres' | 'mysql';
export declare function isRead(sql: string, dialect: Dialect, fieldFunctions?: ReadonlySet<string>): boolean;
export declare function bare(sql: string, dialect: Dialect, quotedNames: string[]): string | undefined;
export declare const longest = 32768;
export declare const lowered: (code: string) => string;

// adapters/stores/store.d.ts: see kedge-mongodb.d.ts

// adapters/stores/errors.d.ts: see kedge-mongodb.d.ts
