// Public API of 'kedge/failures'. Written by `npm run api`; do not edit.

// failures/index.d.ts
export { type Classification, classify, type FailureKind, type FailureSource, type RetrySafety, } from './classify.ts';
export { describe, type DescribeOptions, type Failure, type FailureCause, type FailureContext, type FailureSeverity, type Runtime, } from './describe.ts';
export { fingerprint } from './fingerprint.ts';
export { type ErrorClass, type ErrorHandler, errorHandlers, type ErrorHandlers, type HandlerAnswer, type HandlerRequest, } from './handlers.ts';
export { job, type JobOptions, type JobOutcome } from './job.ts';
export { errorPages, type ErrorPages, type HexColor, type Html, html, type Page, type PageColors, type PageLink, type PageOptions, type PageRequest, type PageTemplate, type PageTexts, type PageView, } from './pages.ts';
export { problem, type Problem, type ProblemDebug, type ProblemDocument, type ProblemOptions, } from './problem.ts';
export { captureProcessFailures, type ProcessFailuresOptions } from './process.ts';
export { type FieldError, forbidden, invalid, notFound, PublicError, type PublicErrorOptions, } from './public-error.ts';
export { type HashOptions, type Json, redact, type RedactOptions } from './redact.ts';
export type { LogTarget } from './report.ts';
export type { Logger } from './report/logger.ts';
export { type IncomingRequest, type RequestAdditions, requestContext, type RequestContext, type RequestContextStore, type Tag, } from './request-context.ts';
export { type SecurityDetails, securityLog, type SecurityLog, type SecurityLogOptions, uniformTime, } from './security-log.ts';

// failures/classify.d.ts: see kedge-express.d.ts

// failures/classify/classification.d.ts: see kedge-express.d.ts

// failures/describe.d.ts
import type { DescribeOptions, Failure } from './failure.ts';
export type { DescribeOptions, Failure, FailureCause, FailureContext, FailureSeverity, Runtime, } from './failure.ts';
export declare function describe(error: unknown, options?: DescribeOptions): Failure;

// failures/failure.d.ts: see kedge-express.d.ts

// failures/redact.d.ts: see kedge-express.d.ts

// failures/hash.d.ts: see kedge-express.d.ts

// failures/redact/walk.d.ts: see kedge-express.d.ts

// failures/runtime.d.ts: see kedge-express.d.ts

// failures/fingerprint.d.ts
import { type Frame } from './stack.ts';
export declare function fingerprint(error: unknown): string;
export declare function fingerprintOf(error: unknown, causes: readonly unknown[], frames: readonly Frame[]): string;
export declare function template(message: string): string;

// failures/stack.d.ts
export interface Frame {
    readonly inApp: boolean;
    readonly text: string;
    readonly path: string;
    readonly name: string;
}
export declare function framesOf(error: unknown): Frame[];
export declare function formatFrames(frames: readonly Frame[], most: number): string;
export declare function inside(path: string): string | undefined;

// failures/handlers.d.ts: see kedge-express.d.ts

// failures/problem/explain.d.ts: see kedge-express.d.ts

// failures/public-error.d.ts: see kedge-express.d.ts

// failures/job.d.ts
import type { Failure } from './failure.ts';
import { type LogTarget } from './report.ts';
export interface JobOptions {
    maxAttempts?: number;
    delay?: (attempt: number) => number;
    alert?: (failure: Failure) => void;
    logger?: LogTarget;
}
export type JobOutcome<T> = {
    readonly outcome: 'done';
    readonly value: T;
}
 | {
    readonly outcome: 'retry';
    readonly delay: number;
    readonly failure: Failure;
}
 | {
    readonly outcome: 'parked';
    readonly failure: Failure;
};
export declare function job<Input, T>(fn: (input: Input, attempt: number) => T | PromiseLike<T>, options?: JobOptions): (input: Input, attempt?: number) => Promise<JobOutcome<T>>;

// failures/report.d.ts: see kedge-express.d.ts

// core/events.d.ts: see kedge.d.ts

// core/errors.d.ts: see kedge.d.ts

// core/policy.d.ts: see kedge.d.ts

// failures/report/logger.d.ts: see kedge-express.d.ts

// core/options.d.ts: see kedge.d.ts

// failures/pages.d.ts: see kedge-express.d.ts

// failures/pages/options.d.ts: see kedge-express.d.ts

// failures/pages/colors.d.ts: see kedge-express.d.ts

// failures/pages/html.d.ts: see kedge-express.d.ts

// failures/pages/texts.d.ts: see kedge-express.d.ts

// failures/problem/texts.d.ts: see kedge-express.d.ts

// failures/pages/view.d.ts: see kedge-express.d.ts

// failures/problem/document.d.ts: see kedge-express.d.ts

// failures/problem.d.ts
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

// failures/process.d.ts
import { type LogTarget } from './report.ts';
export interface ProcessFailuresOptions {
    logger?: LogTarget;
    drain?: () => unknown;
    drainTimeout?: number;
    flush?: () => unknown;
    flushTimeout?: number;
    signals?: readonly NodeJS.Signals[];
    exit?: ((code: number) => void) | false;
}
export declare function captureProcessFailures(options?: ProcessFailuresOptions): Disposable;

// failures/request-context.d.ts
import { type IncomingRequest, type RequestAdditions, type RequestContext } from './request-context/scope.ts';
export type { IncomingRequest, RequestAdditions, RequestContext, Tag, } from './request-context/scope.ts';
export interface RequestContextStore {
    run<T>(incoming: IncomingRequest, fn: () => T): T;
    current(): RequestContext | undefined;
    add(known: RequestAdditions): void;
}
export declare const requestContext: RequestContextStore;

// failures/request-context/scope.d.ts
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

// failures/security-log.d.ts
import { type LogTarget } from './report.ts';
export interface SecurityLogOptions {
    readonly hashKey: string | Uint8Array;
    readonly logger?: LogTarget;
}
export type SecurityDetails = Readonly<Record<string, string | number | boolean>>;
export interface SecurityLog {
    loginSucceeded(subject: string, details?: SecurityDetails): void;
    loginFailed(subject: string, details?: SecurityDetails): void;
    permissionDenied(subject: string, details?: SecurityDetails): void;
    rateLimited(subject: string, details?: SecurityDetails): void;
    suspiciousInput(subject: string, details?: SecurityDetails): void;
}
export declare function securityLog(options: SecurityLogOptions): SecurityLog;
export declare function uniformTime<T>(ms: number, fn: () => T | PromiseLike<T>): Promise<T>;
