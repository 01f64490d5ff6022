// Public API of 'kedge/security'. Written by `npm run api`; do not edit.

// security/index.d.ts
export { type SecurityDetails, securityLog, type SecurityLog, type SecurityLogOptions, uniformTime, } from './security-log.ts';

// security/security-log.d.ts
import { type LogTarget } from '../failures/report.ts';
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

// failures/report.d.ts: see kedge-express.d.ts

// core/events.d.ts: see kedge.d.ts

// core/errors.d.ts: see kedge.d.ts

// core/policy.d.ts: see kedge.d.ts

// failures/failure.d.ts: see kedge-express.d.ts

// verdict/classify.d.ts: see kedge.d.ts

// verdict/verdict.d.ts: see kedge.d.ts

// failures/redact.d.ts: see kedge-express.d.ts

// failures/hash.d.ts: see kedge-express.d.ts

// failures/redact/walk.d.ts: see kedge-express.d.ts

// failures/runtime.d.ts: see kedge-express.d.ts

// failures/report/logger.d.ts: see kedge-express.d.ts

// core/options.d.ts: see kedge.d.ts
