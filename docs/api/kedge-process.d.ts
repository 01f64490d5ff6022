// Public API of 'kedge/process'. Written by `npm run api`; do not edit.

// process/index.d.ts
export type { LogTarget } from '../failures/report.ts';
export type { Logger } from '../failures/report/logger.ts';
export { job, type JobOptions, type JobOutcome } from './job.ts';
export { captureProcessFailures, type ProcessFailuresOptions } from './process-failures.ts';

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

// failures/report/logger.d.ts: see kedge-express.d.ts

// failures/report/storm.d.ts: see kedge-express.d.ts

// process/job.d.ts
import type { Failure } from '../failures/failure.ts';
import { type LogTarget } from '../failures/report.ts';
import { type RedactionOptions } from '../failures/redact/options.ts';
export interface JobOptions extends RedactionOptions {
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

// process/process-failures.d.ts
import { type LogTarget } from '../failures/report.ts';
import { type RedactionOptions } from '../failures/redact/options.ts';
type Flush = () => unknown;
export interface ProcessFailuresOptions extends RedactionOptions {
    logger?: LogTarget;
    drain?: () => unknown;
    drainTimeout?: number;
    flush?: Flush | readonly Flush[];
    flushTimeout?: number;
    signals?: readonly NodeJS.Signals[];
    exit?: ((code: number) => void) | false;
}
export declare function captureProcessFailures(options?: ProcessFailuresOptions): Disposable;
export {};
