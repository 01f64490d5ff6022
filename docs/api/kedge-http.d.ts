// Public API of 'kedge/http'. Written by `npm run api`; do not edit.

// adapters/http.d.ts
import type { PipelineStats } from '../index.ts';
import { type HostOptions } from './http/pipelines.ts';
import type { FetchInput } from './http/redirect.ts';
import { type ResilientInit } from './http/request.ts';
export type { HostOptions } from './http/pipelines.ts';
export type { ResilientInit } from './http/request.ts';
export interface ResilientFetchOptions extends HostOptions {
    fetch?: typeof fetch;
}
export interface ResilientFetch {
    (input: FetchInput, init?: ResilientInit): Promise<Response>;
    stats(): PipelineStats;
    [Symbol.dispose](): void;
}
export declare function resilientFetch(options?: ResilientFetchOptions): ResilientFetch;

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

// adapters/http/pipelines.d.ts: see kedge-axios.d.ts

// adapters/http/redirect.d.ts
export type FetchInput = Parameters<typeof fetch>[0];
interface Redirected {
    readonly send: typeof fetch;
    readonly init: RequestInit;
    readonly given: Request | undefined;
    body(): FetchInput;
    onRedirect(): void;
}
export declare function follow(answer: Response, request: Redirected): Promise<Response>;
export {};

// adapters/http/request.d.ts
import { Exchange } from './exchange.ts';
import { type FetchInput } from './redirect.ts';
import { type Failed } from './responses.ts';
export type ResilientInit = RequestInit & {
    idempotent?: boolean;
};
export declare class FetchRequest {
    readonly url: string | URL;
    readonly exchange: Exchange<Failed>;
    readonly signal: AbortSignal | undefined;
    private readonly given;
    private readonly input;
    private readonly init;
    private readonly parted;
    constructor(input: FetchInput, { idempotent, ...init }: ResilientInit);
    send(send: typeof fetch, signal: AbortSignal): Promise<Response>;
    end(error?: unknown): Response | undefined;
    private body;
}

// adapters/http/exchange.d.ts
import type { Attributes, Context } from '../../index.ts';
export declare function isIdempotentMethod(method: string): boolean;
export declare function isStream(body: unknown): boolean;
interface Droppable {
    drop(): void;
}
export declare class Exchange<Answer extends Droppable = Droppable> {
    readonly idempotent: boolean;
    readonly repeatable: boolean;
    readonly attributes: Attributes;
    executed: boolean;
    private sent;
    private stale;
    private readonly answers;
    constructor(idempotent: boolean, repeatable: boolean);
    begin(): void;
    keep(failure: unknown, answer: Answer): void;
    end(error?: unknown): Answer | undefined;
    mayRetry(error: unknown, context: Context): boolean;
    private release;
}
export declare function mayRetry(error: unknown, context: Context): boolean;
export {};

// adapters/http/responses.d.ts
export declare const mostKept = 65536;
export declare class Failed {
    readonly response: Response;
    private readonly ahead;
    constructor(response: Response);
    handOver(): Response;
    drop(): void;
    private read;
    private stop;
}
export declare function drop(response: Response): void;
export declare function cancel(stream: Pick<ReadableStream, 'cancel'>): void;
