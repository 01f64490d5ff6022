// Public API of 'kedge/undici'. Written by `npm run api`; do not edit.

// adapters/undici.d.ts
import { type CallOptions, type HostOptions } from './http/pipelines.ts';
import { type HandlerLike } from './undici/handler.ts';
export type { CallOptions, HostOptions } from './http/pipelines.ts';
export interface RequestLike extends CallOptions {
    origin?: string | URL;
    path: string;
    method: string;
    headers?: unknown;
    body?: unknown;
}
export interface ResilientInterceptorOptions extends HostOptions {
    key?: (request: RequestLike) => string;
}
export type Interceptor = <Request extends RequestLike, Handler extends HandlerLike>(dispatch: (request: Request, handler: Handler) => boolean) => (request: Request, handler: Handler) => boolean;
export declare function resilientInterceptor(options?: ResilientInterceptorOptions): Interceptor;

// adapters/http/pipelines.d.ts: see kedge-axios.d.ts

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

// adapters/http/exchange.d.ts: see kedge-axios.d.ts

// adapters/http/status.d.ts: see kedge-axios.d.ts

// adapters/undici/handler.d.ts
export interface ControllerLike {
    readonly aborted: boolean;
    readonly paused: boolean;
    readonly reason: Error | null;
    rawHeaders?: unknown;
    rawTrailers?: unknown;
    abort(reason: Error): void;
    pause(): void;
    resume(): void;
}
export type HeadersLike = Record<string, string | string[] | undefined>;
export interface HandlerLike {
    onRequestStart?(controller: ControllerLike, context: unknown): void;
    onRequestUpgrade?(controller: ControllerLike, statusCode: number, headers: HeadersLike, socket: unknown): void;
    onResponseStart?(controller: ControllerLike, statusCode: number, headers: HeadersLike, statusMessage?: string): void;
    onResponseData?(controller: ControllerLike, chunk: Uint8Array): void;
    onResponseEnd?(controller: ControllerLike, trailers: HeadersLike): void;
    onResponseError?(controller: ControllerLike, error: Error): void;
    onResponseStarted?(): void;
    onBodySent?(chunk: Uint8Array): void;
    onRequestSent?(): void;
}
export declare function isLegacy(handler: HandlerLike): boolean;
export declare class Modernized implements HandlerLike {
    private readonly handler;
    constructor(handler: HandlerLike);
    onRequestStart(controller: ControllerLike, context: unknown): void;
    onRequestUpgrade(controller: ControllerLike, statusCode: number, headers: HeadersLike, socket: unknown): void;
    onResponseStart(controller: ControllerLike, statusCode: number, headers: HeadersLike, statusMessage?: string): void;
    onResponseData(controller: ControllerLike, chunk: Uint8Array): void;
    onResponseEnd(controller: ControllerLike, trailers: HeadersLike): void;
    onResponseError(_controller: ControllerLike, error: Error): void;
    onResponseStarted(): void;
    onBodySent(chunk: Uint8Array): void;
    onRequestSent(): void;
}
