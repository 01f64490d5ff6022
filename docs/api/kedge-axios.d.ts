// Public API of 'kedge/axios'. Written by `npm run api`; do not edit.

// adapters/axios.d.ts
import { type AxiosLike, type ConfigLike, type ResponseLike } from './axios/config.ts';
import { type HostOptions } from './http/pipelines.ts';
export type { AxiosLike, ConfigLike, ResilientConfig, ResponseLike } from './axios/config.ts';
export type { HostOptions } from './http/pipelines.ts';
export type Adapter = <C extends ConfigLike>(config: C) => Promise<ResponseLike<C>>;
export interface ResilientAxiosOptions extends HostOptions {
    adapter?: Adapter | string | string[];
    axios?: AxiosLike;
    key?: (config: ConfigLike) => string;
}
export declare function resilientAxios(options?: ResilientAxiosOptions): Adapter;

// adapters/axios/config.d.ts
export interface ConfigLike {
    url?: string;
    baseURL?: string;
    method?: string;
    headers?: unknown;
    data?: unknown;
    signal?: unknown;
    cancelToken?: unknown;
}
export interface ResilientConfig {
    idempotent?: boolean;
    maxAttempts?: number;
    attemptTimeout?: number;
    totalTimeout?: number;
}
interface Ways {
    socketPath?: unknown;
    proxy?: unknown;
    httpAgent?: unknown;
    httpsAgent?: unknown;
    fetchOptions?: {
        readonly dispatcher?: unknown;
    };
}
export type Config = ConfigLike & ResilientConfig & Ways;
export interface ResponseLike<C> {
    data: unknown;
    status: number;
    statusText: string;
    headers: Record<string, string>;
    config: C;
    request?: unknown;
}
export type Send = (config: Config) => Promise<ResponseLike<Config>>;
export declare function addressOf({ url, baseURL }: ConfigLike): string;
export declare function keyOf(config: Config): string;
export declare function endOf({ signal, cancelToken }: Config): {
    signal?: AbortSignal;
    forget(): void;
};
export declare function copyOf(headers: unknown): unknown;
export declare class Unread {
    readonly answer: ResponseLike<Config>;
    constructor(answer: ResponseLike<Config>);
    drop(): void;
}
export interface AxiosErrorLike {
    isAxiosError: true;
    config?: unknown;
    response?: ResponseLike<Config>;
}
export declare function isAxiosError(error: unknown): error is AxiosErrorLike;
export interface AxiosLike {
    readonly VERSION?: string;
    getAdapter(names: string | string[], config?: never): unknown;
    readonly CanceledError: new (message?: string, config?: never) => unknown;
}
export declare function loadAxios(given: AxiosLike | undefined): Promise<AxiosLike>;
export declare function checkAxios(axios: Partial<AxiosLike>): void;
export {};

// adapters/http/pipelines.d.ts
import { type Kedge, type KeyedOptions, type Operation, type PipelineStats, type PresetOptions } from '../../index.ts';
import { type Rule } from '../../core/options.ts';
import { Exchange } from './exchange.ts';
import type { StatusCodes } from './status.ts';
export interface HostOptions extends Omit<PresetOptions, 'fallback' | 'retry'>, Omit<KeyedOptions, 'label'> {
    name?: string;
    retry?: PresetOptions['retry'];
    hedge?: Exclude<PresetOptions['hedge'], undefined>;
    statusCodes?: readonly number[];
    kedge?: Pick<Kedge, 'keyed'>;
}
export interface CallOptions {
    idempotent?: boolean | undefined;
    maxAttempts?: number | undefined;
    attemptTimeout?: number | undefined;
    timeout?: number | undefined;
}
export declare class Hosts {
    readonly statusCodes: StatusCodes;
    private readonly client;
    private readonly settings;
    private readonly make;
    private readonly usual;
    private readonly budgets;
    private special;
    private making;
    private readonly ids;
    private lastId;
    constructor(client: string, options: HostOptions, more: Readonly<Record<string, Rule>>);
    check(asked: CallOptions): void;
    checkFurther(init: object): void;
    execute<T>(host: string, operation: Operation<T>, { attributes }: Exchange, { timeout, ...asked }: CallOptions, signal: AbortSignal | undefined): Promise<T>;
    stats(): PipelineStats;
    [Symbol.dispose](): void;
    private for;
    private policies;
    private changed;
}

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

// adapters/http/exchange.d.ts
import type { Attributes, Context } from '../../index.ts';
interface Droppable {
    drop(): void;
}
export interface Known<Answer> {
    readonly idempotent: boolean;
    readonly oneShot: boolean;
    readonly hold?: (value: never) => Answer;
}
export declare class Exchange<Answer extends Droppable = Droppable> {
    readonly idempotent: boolean;
    readonly attributes: Attributes;
    used: boolean;
    private readonly oneShot;
    private readonly hold;
    private broken;
    private executed;
    private unsent;
    private stale;
    private timer;
    private readonly answers;
    constructor({ idempotent, oneShot, hold }: Known<Answer>);
    static of({ attributes }: Context): Exchange | undefined;
    begin(unsent?: () => boolean): void;
    bodyOf<Body>(body: Body, iterators?: 'sync and async' | 'async'): Body;
    broke(): void;
    attempt<T>(signal: AbortSignal, send: () => T | PromiseLike<T>): Promise<T>;
    sentOn(): void;
    explain<E>(error: E): E;
    keep(failure: unknown, answer: Answer): void;
    end(outcome: unknown): Answer | undefined;
    allows(error: unknown, context: Context): boolean;
    get isRepeatable(): boolean;
    giveUp(value?: unknown): void;
    private release;
}
export {};

// adapters/http/status.d.ts
export declare class StatusError extends Error {
    #private;
    readonly status: number;
    constructor(status: number, statusText: string, headers: unknown);
    get name(): string;
    get headers(): unknown;
}
export type StatusCodes = ReadonlySet<number>;
export declare function failureOf(status: number, statusText: string | undefined, headers: unknown, more: StatusCodes): StatusError | undefined;
export declare function isFailure(error: unknown, status: number, headers: unknown, more: StatusCodes): boolean;
