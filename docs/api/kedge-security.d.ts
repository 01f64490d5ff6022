// Public API of 'kedge/security'. Written by `npm run api`; do not edit.

// security/index.d.ts
export { type SecurityDetails, securityLog, type SecurityLog, type SecurityLogOptions, type SecuritySubject, } from './security-log.ts';
export { uniformTime } from './uniform-time.ts';

// security/security-log.d.ts
import { type RedactionOptions } from '../failures/redact/options.ts';
import { type LogTarget } from '../failures/report.ts';
export interface SecurityLogOptions extends RedactionOptions {
    readonly hashKey: string | Uint8Array;
    readonly logger?: LogTarget;
}
export type SecurityDetails = Readonly<Record<string, string | number | boolean | null | undefined>>;
export type SecuritySubject = unknown;
export interface SecurityLog {
    loginSucceeded(subject: SecuritySubject, details?: SecurityDetails): void;
    loginFailed(subject: SecuritySubject, details?: SecurityDetails): void;
    permissionDenied(subject: SecuritySubject, details?: SecurityDetails): void;
    rateLimited(subject: SecuritySubject, details?: SecurityDetails): void;
    suspiciousInput(subject: SecuritySubject, details?: SecurityDetails): void;
}
export declare function securityLog(options: SecurityLogOptions): SecurityLog;

// failures/redact/options.d.ts: see kedge-express.d.ts

// core/options.d.ts: see kedge.d.ts

// failures/hash.d.ts: see kedge-express.d.ts

// failures/redact/names.d.ts: see kedge-express.d.ts

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

// failures/redact/walk.d.ts: see kedge-express.d.ts

// failures/redact/taken.d.ts: see kedge-express.d.ts

// failures/runtime.d.ts: see kedge-express.d.ts

// failures/report/logger.d.ts: see kedge-express.d.ts

// failures/report/storm.d.ts: see kedge-express.d.ts

// security/uniform-time.d.ts
export declare function uniformTime<T>(ms: number, fn: () => T | PromiseLike<T>): Promise<T>;
