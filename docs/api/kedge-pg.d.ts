// Public API of 'kedge/pg'. Written by `npm run api`; do not edit.

// adapters/pg.d.ts
import type { Context, ExecuteOptions } from '../index.ts';
import { type ClientLike, type ClientOf, type PoolLike } from './pg/driver.ts';
import { type TransactionOptions } from './pg/transaction.ts';
import { type StoreOptions } from './stores/store.ts';
export type { Isolation, TransactionOptions } from './pg/transaction.ts';
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
export declare function resilientPg<Pool extends PoolLike>(pool: Pool, options?: PgOptions): Pool & Resilient<ClientOf<Pool>>;
export declare function resilientClient<Client extends ClientLike>(client: Client, options?: PgOptions): Client & Resilient<Client>;

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
    query(config: unknown, values?: unknown): Promise<{
        readonly command?: string;
    }>;
    on(event: 'error', listener: (error: Error) => void): unknown;
    removeListener(event: 'error', listener: (error: Error) => void): unknown;
    release?(error?: unknown): void;
    getTransactionStatus?(): string | null;
    readonly processID?: number | null;
    readonly secretKey?: number | null;
    readonly host?: string;
    readonly port?: number;
}
export interface Result {
    readonly command?: string;
}
export interface Source {
    acquire(): Promise<Connection>;
    take(taken: (error: unknown, connection?: Connection) => void): void;
    release(connection: Connection, broken?: unknown): void;
    readonly disposable: boolean;
}
export declare function isAnswer(error: unknown): boolean;
export declare function isUsable(connection: Connection): boolean;
export declare function survives(connection: Connection, error: unknown): boolean;

// adapters/pg/transaction.d.ts
import type { Context, ExecuteOptions } from '../../index.ts';
import type { Store } from '../stores/store.ts';
import { type Begun } from '../stores/begun.ts';
import { type Connection, type Source } from './driver.ts';
export type Isolation = 'read uncommitted' | 'read committed' | 'repeatable read' | 'serializable';
export interface TransactionOptions extends ExecuteOptions {
    isolation?: Isolation;
    readOnly?: boolean;
    retries?: number;
}
export declare function runTransaction<T>(store: Store, source: Source, statementTimeout: boolean, fn: (begun: Begun, connection: Connection, context: Context) => Promise<T>, options: TransactionOptions): Promise<T>;

// adapters/stores/store.d.ts: see kedge-mongodb.d.ts

// adapters/stores/begun.d.ts
import { StoreCall } from './store.ts';
export interface Session {
    query(text: string): Promise<unknown>;
    begin(options: object): Promise<unknown>;
    isUsable(): boolean;
    isAnswer(error: unknown): boolean;
    wasRolledBack?(result: unknown): boolean;
    isConflict(error: unknown): boolean;
}
export declare class TransactionCall extends StoreCall {
    readonly retries: number;
    conflicts: number;
    savepoints: number;
    private failures;
    constructor(retries: number);
    started(): void;
    note(error: unknown): void;
    repeatable(error: unknown): boolean;
}
export declare class Begun {
    failure: unknown;
    private readonly session;
    private readonly call;
    private ending;
    private inner;
    constructor(session: Session, call: TransactionCall);
    end(message?: string): void;
    throwIfOver(): void;
    send<T>(statement: () => T): T;
    nest<T>(fn: (inner: Begun) => Promise<T>): Promise<T>;
    private undoing;
}

// adapters/stores/errors.d.ts: see kedge-mongodb.d.ts
