// Public API of 'kedge/express'. Written by `npm run api`; do not edit.

// adapters/express.d.ts
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ErrorResponsesOptions } from '../responses/responder/options.ts';
export type { ErrorResponsesOptions } from '../responses/responder/options.ts';
export interface ExpressApplication {
    disable(setting: string): unknown;
}
export type ErrorMiddleware = (error: unknown, request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void) => void;
export declare function errorResponses(app: ExpressApplication, options?: ErrorResponsesOptions): void;
export declare function errorMiddleware(options?: ErrorResponsesOptions): ErrorMiddleware;

// responses/responder/options.d.ts
import { type RedactionOptions } from '../../failures/redact/options.ts';
import { type ErrorHandlers } from '../handlers.ts';
import type { PageOptions } from '../pages.ts';
import type { LogTarget } from '../../failures/report.ts';
export interface ErrorResponsesOptions extends RedactionOptions {
    handlers?: ErrorHandlers;
    pages?: PageOptions | false;
    expose?: 'development';
    logger?: LogTarget;
    hashKey?: string | Uint8Array;
    name?: string;
}
export interface NamedOptions extends ErrorResponsesOptions {
    name: string;
}
export declare function readResponderOptions(name: string, options: ErrorResponsesOptions): NamedOptions;

// failures/redact/options.d.ts
import { type Rules } from '../../core/options.ts';
import { type HashOptions } from '../hash.ts';
import { Names } from './names.ts';
export interface RedactLimits {
    readonly depth?: number | undefined;
    readonly width?: number | undefined;
    readonly text?: number | undefined;
    readonly bytes?: number | undefined;
    readonly time?: number | undefined;
    readonly keep?: readonly string[] | undefined;
}
export interface RedactionOptions {
    readonly keys?: readonly string[] | undefined;
    readonly patterns?: readonly RegExp[] | undefined;
    readonly scrub?: ((text: string, name: string | undefined) => string) | undefined;
    readonly limits?: RedactLimits | undefined;
}
export interface RedactOptions extends RedactionOptions, HashOptions {
}
export declare const redactionRules: Rules<RedactionOptions>;
export declare class Redaction {
    readonly names: Names;
    readonly patterns: readonly RegExp[];
    readonly scrub: RedactionOptions['scrub'];
    readonly limits: RedactLimits;
    readonly kept: ReadonlySet<string>;
    readonly hashed: ReadonlySet<string>;
    readonly hashKey: HashOptions['hashKey'];
    constructor({ keys, patterns, scrub, limits, hash, hashKey }: RedactOptions);
    get isOwn(): boolean;
}
export declare const builtIn: Redaction;
export declare function redactionOf(by: string, options: RedactOptions | undefined): Redaction;
export declare function checkRedactOptions(by: string, options: RedactOptions | undefined): Redaction;

// core/options.d.ts: see kedge.d.ts

// failures/hash.d.ts
import { type Rule } from '../core/options.ts';
export interface HashOptions {
    readonly hash?: readonly string[] | undefined;
    readonly hashKey?: string | Uint8Array | undefined;
}
export declare const hashKeyRule: Rule;
export declare const usableKeyRule: Rule;
export declare function keyedHash(text: string, hashKey?: string | Uint8Array): string;
export declare function checkHashKey(from: string, hashKey: unknown): void;

// failures/redact/names.d.ts
export type Sensitivity = 0 | 1 | 2;
export declare class Names {
    private readonly own;
    private readonly known;
    private readonly inText;
    constructor(own?: readonly string[]);
    hides(key: string, value?: unknown): boolean;
    level(name: string): Sensitivity;
    levelOfLast(name: string, before: (distance: number) => string): Sensitivity;
    private isOwn;
    private rank;
}
export declare function isAmountName(name: string | readonly string[]): boolean;
export declare function fold(key: string): string;

// responses/handlers.d.ts
import type { HandlerPreset } from './handlers/presets.ts';
import type { HandlerAnswer } from './problem/explain.ts';
import { type PublicError } from './public-error.ts';
export type { HandlerAnswer } from './problem/explain.ts';
export { type HandlerPreset, handlerPresets } from './handlers/presets.ts';
export interface HandlerRequest {
    readonly method: string;
    readonly path: string;
    readonly status: number;
    readonly requestId: string | undefined;
}
export type ErrorHandler<E = unknown> = (error: E, request: HandlerRequest) => HandlerAnswer | PublicError | undefined;
export type ErrorClass<E extends Error = Error> = abstract new (...args: never[]) => E;
export interface ErrorHandlers {
    on<E>(matches: (error: unknown) => error is E, handler: ErrorHandler<E>): this;
    on(matches: (error: unknown) => boolean, handler: ErrorHandler): this;
    on<E extends Error>(type: ErrorClass<E>, handler: ErrorHandler<E>): this;
    on(status: number, handler: ErrorHandler): this;
    scope(prefix: string, configure: (handlers: ErrorHandlers) => unknown): this;
}
export declare function errorHandlers(...presets: readonly HandlerPreset[]): ErrorHandlers;
export declare function handle(handlers: ErrorHandlers | undefined, error: unknown, request: HandlerRequest): HandlerAnswer | PublicError | undefined;
export declare function isErrorHandlers(value: unknown): value is ErrorHandlers;

// responses/handlers/presets.d.ts
import type { HandlerAnswer } from '../problem/explain.ts';
export type HandlerPreset = (error: unknown) => HandlerAnswer | undefined;
export declare const handlerPresets: Readonly<Record<'zod' | 'joi' | 'classValidator' | 'boom' | 'prisma' | 'graphql' | 'trpc', HandlerPreset>>;

// responses/problem/explain.d.ts
import { type FieldError } from '../public-error.ts';
export interface Explanation {
    readonly status: number;
    readonly code?: string | undefined;
    readonly type?: string | undefined;
    readonly title?: string | undefined;
    readonly detail?: string | undefined;
    readonly payload?: Readonly<Record<string, unknown>> | undefined;
    readonly errors?: readonly FieldError[] | undefined;
    readonly allErrors?: number | undefined;
    readonly retryAfter?: number | undefined;
    readonly headers?: Readonly<Record<string, string>> | undefined;
}
export type HandlerAnswer = Partial<Omit<Explanation, 'allErrors'>>;
export declare function explain(error: unknown): Explanation;
export declare function shown(made: unknown, status: number): Explanation;

// responses/public-error.d.ts
export interface FieldError {
    readonly detail: string;
    readonly pointer?: string;
    readonly parameter?: string;
    readonly code?: string;
}
export interface PublicErrorOptions {
    readonly status?: number | undefined;
    readonly code?: string | undefined;
    readonly type?: string | undefined;
    readonly title?: string | undefined;
    readonly payload?: Readonly<Record<string, unknown>> | undefined;
    readonly errors?: readonly FieldError[] | undefined;
    readonly retryAfter?: number | undefined;
    readonly headers?: Readonly<Record<string, string>> | undefined;
    readonly cause?: unknown;
}
export declare class PublicError extends Error {
    readonly status: number;
    readonly code: string | undefined;
    readonly type: string | undefined;
    readonly title: string | undefined;
    readonly payload: Readonly<Record<string, unknown>> | undefined;
    readonly errors: readonly FieldError[] | undefined;
    readonly retryAfter: number | undefined;
    readonly headers: Readonly<Record<string, string>> | undefined;
    constructor(message: string, options?: PublicErrorOptions);
    get name(): string;
}
export declare function isPublicError(error: unknown): error is PublicError;
export declare function notFound(what?: string): PublicError;
export declare function invalid(errors: readonly (FieldError | string)[], message?: string): PublicError;
export declare function forbidden(message?: string): PublicError;

// responses/pages.d.ts
import { type PageOptions } from './pages/options.ts';
import { type PageRequest } from './pages/view.ts';
import type { ProblemDocument } from './problem/document.ts';
export type { HexColor } from './pages/colors.ts';
export { type Html, html } from './pages/html.ts';
export type { PageColors, PageLink, PageOptions, PageTemplate } from './pages/options.ts';
export type { PageTexts } from './pages/texts.ts';
export type { PageRequest, PageView } from './pages/view.ts';
export interface Page {
    readonly html: string;
    readonly headers: Readonly<Record<string, string>>;
}
export interface ErrorPages {
    render(document: ProblemDocument, request?: PageRequest, onFailed?: (error: unknown) => void): Page;
}
export declare function errorPages(options?: PageOptions): ErrorPages;

// responses/pages/options.d.ts
import { type HexColor } from './colors.ts';
import { type Html } from './html.ts';
import type { PageTexts } from './texts.ts';
import type { PageView } from './view.ts';
export interface PageLink {
    readonly label: string;
    readonly href: string;
}
export interface PageColors {
    readonly accent?: HexColor;
    readonly background?: HexColor;
    readonly darkBackground?: HexColor;
}
export type PageTemplate = (view: PageView) => Html | string;
export interface PageOptions {
    readonly name?: string;
    readonly logo?: string;
    readonly colors?: PageColors;
    readonly links?: readonly PageLink[];
    readonly home?: string | false;
    readonly language?: string;
    readonly texts?: PageTexts;
    readonly templates?: Readonly<Record<number, PageTemplate>> & {
        readonly default?: PageTemplate;
    };
}
export declare function checkPageOptions(options: PageOptions): void;

// responses/pages/colors.d.ts
export type HexColor = `#${string}`;
export declare function isHexColor(value: unknown): value is HexColor;
export declare function inkOn(background: HexColor): HexColor;
export declare function readableOn(color: HexColor, ...backgrounds: readonly HexColor[]): HexColor;

// responses/pages/html.d.ts
export declare class Html {
    readonly text: string;
    constructor(text: string);
    toString(): string;
}
export declare function html(strings: TemplateStringsArray, ...values: readonly unknown[]): Html;
export declare function escaped(text: string): string;

// responses/pages/texts.d.ts
import { type StatusText } from '../problem/texts.ts';
export type PageTexts = Readonly<Record<number, Partial<StatusText>>> & {
    readonly home?: string;
    readonly back?: string;
    readonly retry?: string;
    readonly reference?: string;
    readonly error?: string;
};
export interface Words {
    readonly home: string;
    readonly back: string;
    readonly retry: string;
    readonly reference: string;
    readonly error: string;
}
export declare function wordsOf(texts?: PageTexts): Words;
export declare function statusTextOf(status: number, texts?: PageTexts): StatusText;

// responses/problem/texts.d.ts
export interface StatusText {
    readonly title: string;
    readonly text: string;
}
export declare function textOf(status: number): StatusText;

// responses/pages/view.d.ts
import type { ProblemDebug, ProblemDocument } from '../problem/document.ts';
import type { FieldError } from '../public-error.ts';
export interface PageView {
    readonly status: number;
    readonly title: string;
    readonly text: string;
    readonly errors: readonly FieldError[];
    readonly requestId: string | undefined;
    readonly home: string | undefined;
    readonly back: string | undefined;
    readonly retry: boolean;
    readonly debug: ProblemDebug | undefined;
    readonly document: ProblemDocument;
}
export interface PageRequest {
    readonly method?: string | undefined;
    readonly referer?: string | undefined;
    readonly host?: string | undefined;
    readonly url?: string | undefined;
}
export declare function backOf({ referer, host, url }: PageRequest): string | undefined;
export declare function mayRetry(status: number, method?: string): boolean;

// responses/problem/document.d.ts
import type { Failure, FailureCause } from '../../failures/failure.ts';
import type { FieldError } from '../public-error.ts';
import type { Explanation } from './explain.ts';
export interface ProblemDebug {
    readonly type: string;
    readonly message: string;
    readonly stack?: string;
    readonly causes: readonly FailureCause[];
}
export interface ProblemDocument {
    readonly type: string;
    readonly title: string;
    readonly status: number;
    readonly detail?: string;
    readonly instance: string;
    readonly code: string;
    readonly requestId?: string;
    readonly retryAfter?: number;
    readonly errors?: readonly FieldError[];
    readonly debug?: ProblemDebug;
    readonly [more: string]: unknown;
}
export interface Occurrence {
    readonly instance: string;
    readonly requestId?: string | undefined;
    readonly failure?: Failure | undefined;
    readonly onShortened?: ((what: Shortened) => void) | undefined;
}
export interface Shortened {
    readonly payload?: 'too large' | 'not JSON';
    readonly taken?: string;
    readonly errors?: number;
}
export declare function documentOf(said: Explanation, occurrence: Occurrence): ProblemDocument;
export declare function headersOf(said: Explanation): Record<string, string>;
export declare function phraseOf(status: number): string;
export declare function codeOf(status: number): string;

// failures/failure.d.ts
import type { FailureKind, FailureSource } from '../verdict/classify.ts';
import type { RedactOptions } from './redact.ts';
import type { Json } from './redact/walk.ts';
import type { Runtime } from './runtime.ts';
export type { Runtime } from './runtime.ts';
export type FailureSeverity = 'critical' | 'error' | 'warning' | 'info';
export interface FailureCause {
    readonly type: string;
    readonly message: string;
    readonly code?: string;
    readonly stack?: string;
}
export interface Failure {
    readonly id: string;
    readonly fingerprint: string;
    readonly time: string;
    readonly service?: string;
    readonly environment?: string;
    readonly version?: string;
    readonly severity: FailureSeverity;
    readonly kind: FailureKind;
    readonly source: FailureSource;
    readonly code?: string;
    readonly type: string;
    readonly message: string;
    readonly stack?: string;
    readonly causes: readonly FailureCause[];
    readonly pipeline?: string;
    readonly policy?: string;
    readonly attempt?: number;
    readonly requestId?: string;
    readonly traceId?: string;
    readonly spanId?: string;
    readonly userHash?: string;
    readonly route?: string;
    readonly tags?: Readonly<Record<string, Json>>;
    readonly runtime?: Runtime;
}
export type Draft = {
    -readonly [Field in keyof Failure]: Failure[Field];
};
export interface FailureContext {
    readonly pipeline?: string | undefined;
    readonly policy?: string | undefined;
    readonly attempt?: number | undefined;
    readonly requestId?: string | undefined;
    readonly traceId?: string | undefined;
    readonly spanId?: string | undefined;
    readonly route?: string | undefined;
    readonly user?: unknown;
    readonly tags?: Readonly<Record<string, unknown>> | undefined;
    readonly [more: string]: unknown;
}
export interface DescribeFailureOptions extends RedactOptions {
    readonly context?: FailureContext | undefined;
    readonly service?: string | undefined;
    readonly environment?: string | undefined;
    readonly version?: string | undefined;
    readonly severity?: FailureSeverity | undefined;
    readonly runtime?: boolean | undefined;
}

// verdict/classify.d.ts: see kedge.d.ts

// verdict/verdict.d.ts: see kedge.d.ts

// failures/redact.d.ts
import { type RedactOptions } from './redact/options.ts';
import { type Json } from './redact/walk.ts';
export type { HashOptions } from './hash.ts';
export type { RedactionOptions, RedactLimits, RedactOptions } from './redact/options.ts';
export type { Json } from './redact/walk.ts';
export declare function redact(value: string, options?: RedactOptions): string;
export declare function redact(value: unknown, options?: RedactOptions): Json;

// failures/redact/walk.d.ts
import type { Redaction } from './options.ts';
import { Taken } from './taken.ts';
export type Json = string | number | boolean | null | Json[] | {
    [key: string]: Json;
};
export interface Limits {
    readonly depth: number;
    readonly width: number;
    readonly text: number;
    readonly bytes: number;
}
export declare class Walk {
    private readonly limits;
    private readonly redaction;
    readonly taken: Taken;
    private readonly until;
    private readonly parents;
    private left;
    private except;
    constructor(limits: Limits, redaction: Redaction, taken?: Taken);
    copy(value: unknown, except?: ReadonlySet<string>): Json;
    private visit;
    private object;
    private parts;
    private members;
    private withoutSecretCells;
    private inOrderOfRank;
    private within;
    private member;
    private list;
    private pairs;
    private put;
    private text;
    private redacted;
}

// failures/redact/taken.d.ts
import type { Json } from './walk.ts';
export declare class Taken {
    private readonly values;
    constructor(others?: Taken);
    get size(): number;
    add(value: string): void;
    addAll(value: unknown): void;
    private keep;
    get isEmpty(): boolean;
    sweep(text: string): string;
    sweepJson(json: Json): Json;
}

// failures/runtime.d.ts
export interface Runtime {
    readonly host: string;
    readonly pid: number;
    readonly node: string;
    readonly memory: {
        readonly rss: number;
        readonly heapUsed: number;
    };
    readonly eventLoopDelay: number;
}
export declare function runtime(): Runtime;

// failures/report.d.ts
import type { Severity } from '../core/events.ts';
import type { Failure } from './failure.ts';
import { type RedactionOptions } from './redact.ts';
import { type Logger } from './report/logger.ts';
import { LogRateLimiter } from './report/storm.ts';
export interface Report {
    readonly type: `${string}.${string}`;
    readonly from: string;
    readonly severity: Severity;
    readonly error?: unknown;
    readonly failure?: Failure | undefined;
    readonly describe?: (() => Failure) | undefined;
    readonly fields?: Fields;
    readonly details?: unknown;
}
type Fields = Readonly<Record<string, string | number | boolean | undefined>>;
export type LogTarget = Logger | false | undefined;
export interface Writing {
    readonly target: LogTarget;
    readonly redaction?: RedactionOptions | undefined;
    readonly otherwise?: Logger | undefined;
    readonly storm?: LogRateLimiter | undefined;
}
export declare function report(one: Report, { target, redaction, otherwise, storm }: Writing): void;
export declare function stormLimit(): LogRateLimiter;
export {};

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

// failures/report/logger.d.ts
import type { Rule } from '../../core/options.ts';
export interface Logger {
    debug(object: object, message: string): unknown;
    info(object: object, message: string): unknown;
    warn(object: object, message: string): unknown;
    error(object: object, message: string): unknown;
    isLevelEnabled?(level: string): boolean;
}
export declare function isLogger(value: unknown): value is Logger;
export declare const loggerRule: Rule;
export declare const standardError: Logger;
export declare const standardErrorOfFailures: Logger;

// failures/report/storm.d.ts
export type Line = Record<string, unknown>;
export interface Ready {
    readonly line: Line;
    write(line: Line): void;
}
export declare class LogRateLimiter {
    private readonly burst;
    private readonly period;
    private buckets;
    private since;
    private timer;
    constructor(burst: number, period: number);
    pass(sort: string, identity: string, build: () => Ready): boolean;
    flush(): void;
    private readonly end;
    private watch;
    private bucketOf;
}
