// Public API of 'kedge/responses'. Written by `npm run api`; do not edit.

// responses/index.d.ts
export { type ErrorClass, type ErrorHandler, errorHandlers, type ErrorHandlers, type HandlerAnswer, type HandlerRequest, } from './handlers.ts';
export { errorPages, type ErrorPages, type HexColor, type Html, html, type Page, type PageColors, type PageLink, type PageOptions, type PageRequest, type PageTemplate, type PageTexts, type PageView, } from './pages.ts';
export { problem, type Problem, type ProblemDebug, type ProblemDocument, type ProblemOptions, } from './problem.ts';
export { type FieldError, forbidden, invalid, notFound, PublicError, type PublicErrorOptions, } from './public-error.ts';
export { type IncomingRequest, type RequestAdditions, requestContext, type RequestContext, type RequestContextStore, type Tag, } from './request-context.ts';

// responses/handlers.d.ts: see kedge-express.d.ts

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

// failures/hash.d.ts: see kedge-express.d.ts

// failures/redact/walk.d.ts: see kedge-express.d.ts

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
import { type IncomingRequest, type RequestAdditions, type RequestContext } from './request-context/scope.ts';
export type { IncomingRequest, RequestAdditions, RequestContext, Tag, } from './request-context/scope.ts';
export interface RequestContextStore {
    run<T>(incoming: IncomingRequest, fn: () => T): T;
    current(): RequestContext | undefined;
    add(known: RequestAdditions): void;
}
export declare const requestContext: RequestContextStore;

// responses/request-context/scope.d.ts
import { AsyncLocalStorage } from 'node:async_hooks';
export interface IncomingRequest {
    readonly requestId?: unknown;
    readonly traceparent?: unknown;
    readonly hashKey?: string | Uint8Array | undefined;
}
export interface RequestContext {
    readonly requestId: string;
    readonly traceId: string;
    readonly spanId: string;
    readonly userHash: string | undefined;
    readonly route: string | undefined;
    readonly tags: Readonly<Record<string, Tag>>;
}
export type Tag = string | number | boolean;
export interface RequestAdditions {
    readonly user?: string | number | undefined;
    readonly route?: string | undefined;
    readonly [tag: string]: Tag | undefined;
}
export declare class Scope {
    readonly requestId: string;
    userHash: string | undefined;
    route: string | undefined;
    readonly tags: Record<string, Tag>;
    private readonly incoming;
    private trace;
    private span;
    constructor(incoming: IncomingRequest);
    get traceId(): string;
    get spanId(): string;
    snapshot(): RequestContext;
    matched(route: string): void;
    add({ user, route, ...tags }: RequestAdditions): void;
}
export declare const storage: AsyncLocalStorage<Scope>;
export declare function contextFields(): Record<string, string> | undefined;
export declare function idsOf(scope: Scope): Record<string, string>;
