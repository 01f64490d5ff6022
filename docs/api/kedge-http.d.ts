// Public API of 'kedge/http'. Written by `npm run api`; do not edit.

// adapters/http.d.ts
import { type PipelineStats } from '../index.ts';
import { type HostOptions } from './http/pipelines.ts';
import { type FetchInput, type ResilientInit } from './http/request.ts';
export type { CallOptions, HostOptions } from './http/pipelines.ts';
export type { ResilientInit } from './http/request.ts';
export interface ResilientFetchOptions extends HostOptions {
    fetch?: typeof fetch;
    key?: (input: FetchInput, init: ResilientInit) => string;
    bodyTimeout?: number;
}
export interface ResilientFetch {
    (input: FetchInput, init?: ResilientInit | null): Promise<Response>;
    stats(): PipelineStats;
    [Symbol.dispose](): void;
}
export declare function resilientFetch(options?: ResilientFetchOptions): ResilientFetch;

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

// adapters/http/pipelines.d.ts: see kedge-axios.d.ts

// adapters/http/exchange.d.ts: see kedge-axios.d.ts

// adapters/http/status.d.ts: see kedge-axios.d.ts

// adapters/http/request.d.ts
import { Exchange } from './exchange.ts';
import type { CallOptions } from './pipelines.ts';
import { Failed } from './responses.ts';
export type FetchInput = Parameters<typeof fetch>[0];
export type ResilientInit = RequestInit & CallOptions;
export declare class FetchRequest {
    readonly url: string | URL;
    readonly exchange: Exchange<Failed>;
    readonly asked: CallOptions;
    readonly init: RequestInit;
    readonly input: FetchInput;
    private readonly given;
    private readonly method;
    private readonly parted;
    constructor(input: FetchInput, given: ResilientInit | null | undefined);
    get signal(): AbortSignal | undefined;
    send(send: typeof fetch, signal: AbortSignal): Promise<Response>;
    end(outcome: unknown): Response | undefined;
}

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
export declare function drop(response: Pick<Response, 'body'>): void;
export declare function discard(body: unknown): void;
interface Cancellable {
    cancel(): PromiseLike<unknown> | undefined;
}
export declare function cancel(stream: Cancellable): void;
export {};
