// Public API of 'kedge/p-retry'. Written by `npm run api`; do not edit.

// adapters/p-retry.d.ts
import type { Options } from './p-retry/options.ts';
export { AbortError } from './p-retry/abort-error.ts';
export { adopt, type AdoptOptions, type PRetry } from './p-retry/adopt.ts';
export type { Options, RetryContext } from './p-retry/options.ts';
export default function pRetry<T>(input: (attemptNumber: number) => PromiseLike<T> | T, options?: Options): Promise<T>;
export declare function makeRetriable<Arguments extends readonly unknown[], Result, This = unknown>(function_: (this: This, ...arguments_: Arguments) => PromiseLike<Result> | Result, options?: Options): (this: This, ...arguments_: Arguments) => Promise<Result>;

// adapters/p-retry/options.d.ts
import type { SignalLike } from '../../core/abort.ts';
export type RetryContext = {
    readonly error: Error;
    readonly attemptNumber: number;
    readonly retriesLeft: number;
    readonly retriesConsumed: number;
    readonly retryDelay: number;
};
export type Options = {
    readonly onFailedAttempt?: ((context: RetryContext) => void | Promise<void>) | undefined;
    readonly shouldRetry?: ((context: RetryContext) => boolean | Promise<boolean>) | undefined;
    readonly shouldConsumeRetry?: ((context: RetryContext) => boolean | void | Promise<boolean | void>) | undefined;
    readonly retries?: number | undefined;
    readonly factor?: number | undefined;
    readonly minTimeout?: number | undefined;
    readonly maxTimeout?: number | undefined;
    readonly randomize?: boolean | undefined;
    readonly maxRetryTime?: number | undefined;
    readonly signal?: AbortSignal | undefined;
    readonly unref?: boolean | undefined;
    readonly name?: string | undefined;
};
type Callback<Answer> = (context: RetryContext) => Answer;
export interface Settings {
    readonly onFailedAttempt: Callback<unknown> | undefined;
    readonly shouldRetry: Callback<unknown> | undefined;
    readonly shouldConsumeRetry: Callback<unknown> | undefined;
    readonly retries: number;
    readonly factor: number;
    readonly minTimeout: number;
    readonly maxTimeout: number;
    readonly randomize: boolean;
    readonly maxRetryTime: number;
    readonly signal: Signal | undefined;
    readonly unref: boolean;
    readonly name: string;
}
export type Signal = SignalLike & Pick<AbortSignal, 'throwIfAborted'>;
export declare function readOptions(options: Options | null | undefined): Settings;
export {};

// core/abort.d.ts: see kedge.d.ts

// adapters/p-retry/abort-error.d.ts
export declare class AbortError extends Error {
    readonly name: 'AbortError';
    readonly originalError: Error;
    constructor(message?: string | Error);
}
export declare function unwrapped(error: Error): Error | undefined;

// adapters/p-retry/adopt.d.ts
import type { Policy } from '../../core/policy.ts';
import { type Options } from './options.ts';
export interface AdoptOptions {
    name?: string | undefined;
}
export type PRetry<PeerOptions> = (input: (attemptNumber: number) => Promise<unknown>, options: PeerOptions) => Promise<unknown>;
export declare function adopt(options?: Options, own?: AdoptOptions): Policy;
export declare function adopt<PeerOptions extends object>(pRetry: PRetry<PeerOptions>, options?: PeerOptions, own?: AdoptOptions): Policy;

// core/policy.d.ts: see kedge.d.ts

// core/sinks.d.ts: see kedge.d.ts

// core/events.d.ts: see kedge.d.ts

// core/errors.d.ts: see kedge.d.ts

// core/transitions.d.ts: see kedge.d.ts

// core/numbers.d.ts: see kedge.d.ts

// core/durations.d.ts: see kedge.d.ts

// core/pipeline-metrics.d.ts: see kedge.d.ts

// core/event-bus.d.ts: see kedge.d.ts

// core/names.d.ts: see kedge.d.ts

// core/judge.d.ts: see kedge.d.ts

// core/gauges.d.ts: see kedge.d.ts

// core/circuit-view.d.ts: see kedge.d.ts

// core/tracing.d.ts: see kedge.d.ts

// core/execution.d.ts: see kedge.d.ts

// core/answer.d.ts: see kedge.d.ts

// core/chain.d.ts: see kedge.d.ts

// core/stage.d.ts: see kedge.d.ts

// core/scope.d.ts: see kedge.d.ts

// core/limit.d.ts: see kedge.d.ts

// core/work.d.ts: see kedge.d.ts
