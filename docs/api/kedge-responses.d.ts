// Public API of 'kedge/responses'. Written by `npm run api`; do not edit.

// responses/index.d.ts
export { type ErrorClass, type ErrorHandler, errorHandlers, type ErrorHandlers, type HandlerAnswer, type HandlerPreset, handlerPresets, type HandlerRequest, } from './handlers.ts';
export { errorPages, type ErrorPages, type HexColor, type Html, html, type Page, type PageColors, type PageLink, type PageOptions, type PageRequest, type PageTemplate, type PageTexts, type PageView, } from './pages.ts';
export { problem, type Problem, type ProblemDebug, type ProblemDocument, type ProblemOptions, } from './problem.ts';
export { type FieldError, forbidden, invalid, notFound, PublicError, type PublicErrorOptions, } from './public-error.ts';
export { type IncomingRequest, type RequestAdditions, requestContext, type RequestContext, type RequestContextStore, type Tag, } from './request-context.ts';
export type { ErrorResponsesOptions } from './responder/options.ts';
export { toResponse, type WebRequest } from './to-response.ts';

// responses/handlers.d.ts: see kedge-express.d.ts

// responses/handlers/presets.d.ts: see kedge-express.d.ts

// responses/problem/explain.d.ts: see kedge-express.d.ts

// responses/public-error.d.ts: see kedge-express.d.ts

// responses/pages.d.ts: see kedge-express.d.ts

// responses/pages/options.d.ts: see kedge-express.d.ts

// responses/pages/colors.d.ts: see kedge-express.d.ts

// responses/pages/html.d.ts: see kedge-express.d.ts

// responses/pages/texts.d.ts: see kedge-express.d.ts

// responses/problem/texts.d.ts: see kedge-express.d.ts

// responses/pages/view.d.ts: see kedge-express.d.ts

// responses/problem/document.d.ts: see kedge-express.d.ts

// failures/failure.d.ts: see kedge-express.d.ts

// verdict/classify.d.ts: see kedge.d.ts

// verdict/verdict.d.ts: see kedge.d.ts

// failures/redact.d.ts: see kedge-express.d.ts

// failures/redact/options.d.ts: see kedge-express.d.ts

// core/options.d.ts: see kedge.d.ts

// failures/hash.d.ts: see kedge-express.d.ts

// failures/redact/names.d.ts: see kedge-express.d.ts

// failures/redact/walk.d.ts: see kedge-express.d.ts

// failures/redact/taken.d.ts: see kedge-express.d.ts

// failures/runtime.d.ts: see kedge-express.d.ts

// responses/problem.d.ts
import { type ProblemDocument } from './problem/document.ts';
export type { ProblemDebug, ProblemDocument } from './problem/document.ts';
export interface ProblemOptions {
    readonly requestId?: string;
    readonly instance?: string;
    readonly expose?: 'development';
}
export interface Problem {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly document: ProblemDocument;
}
export declare function problem(error: unknown, options?: ProblemOptions): Problem;

// responses/request-context.d.ts
import { type IncomingRequest, type RequestAdditions, type RequestContext } from '../failures/request/scope.ts';
export type { IncomingRequest, RequestAdditions, RequestContext, Tag, } from '../failures/request/scope.ts';
export interface RequestContextStore {
    run<T>(incoming: IncomingRequest, fn: () => T): T;
    current(): RequestContext | undefined;
    add(known: RequestAdditions): void;
}
export declare const requestContext: RequestContextStore;

// failures/request/scope.d.ts
import { AsyncLocalStorage } from 'node:async_hooks';
export interface IncomingRequest {
    readonly requestId?: unknown;
    readonly traceparent?: unknown;
    readonly hashKey?: string | Uint8Array | undefined;
}
export interface RequestContext {
    readonly requestId: string;
    readonly traceId: string | undefined;
    readonly spanId: string | undefined;
    readonly userHash: string | undefined;
    readonly route: string | undefined;
    readonly tags: Readonly<Record<string, Tag>>;
}
export type Tag = string | number | boolean;
export interface RequestAdditions {
    readonly user?: string | number | null | undefined;
    readonly route?: string | null | undefined;
    readonly [tag: string]: Tag | null | undefined;
}
export declare class Scope {
    readonly requestId: string;
    userHash: string | undefined;
    route: string | undefined;
    readonly tags: Record<string, Tag>;
    private readonly incoming;
    private span;
    constructor(incoming: IncomingRequest);
    get traceId(): string | undefined;
    get spanId(): string | undefined;
    private get origin();
    snapshot(): RequestContext;
    matched(route: string): void;
    add(known: RequestAdditions): void;
}
export declare function checkAdditions(known: RequestAdditions): void;
export declare function checkIncoming(incoming: IncomingRequest): void;
export declare const storage: AsyncLocalStorage<Scope>;
export declare function contextFields(): Record<string, string> | undefined;
export declare function idsOf(scope: Scope): Record<string, string>;

// responses/responder/options.d.ts: see kedge-express.d.ts

// failures/report.d.ts: see kedge-express.d.ts

// core/events.d.ts: see kedge.d.ts

// core/errors.d.ts: see kedge.d.ts

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

// failures/report/logger.d.ts: see kedge-express.d.ts

// failures/report/storm.d.ts: see kedge-express.d.ts

// responses/to-response.d.ts
import type { ErrorResponsesOptions } from './responder/options.ts';
export interface WebRequest {
    readonly method: string;
    readonly url: string;
    readonly headers: {
        get(name: string): string | null;
    };
}
export declare function toResponse(error: unknown, request: WebRequest, options?: ErrorResponsesOptions): Response;
export declare function pathOf(url: string): string;
