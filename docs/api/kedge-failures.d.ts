// Public API of 'kedge/failures'. Written by `npm run api`; do not edit.

// failures/index.d.ts
export { type Blame, classify, type FailureKind, type FailureSource, type Repeatability, type Verdict, } from '../verdict/classify.ts';
export { describeFailure, type DescribeFailureOptions, type Failure, type FailureCause, type FailureContext, type FailureSeverity, type Runtime, } from './describe.ts';
export { fingerprint, type FingerprintOptions, template } from './fingerprint.ts';
export type { FrameData } from './stack.ts';
export { type HashOptions, type Json, redact, type RedactionOptions, type RedactLimits, type RedactOptions, } from './redact.ts';

// verdict/classify.d.ts: see kedge.d.ts

// verdict/verdict.d.ts: see kedge.d.ts

// failures/describe.d.ts
import type { FailureKind } from '../verdict/classify.ts';
import type { DescribeFailureOptions, Failure, FailureSeverity } from './failure.ts';
export type { DescribeFailureOptions, Failure, FailureCause, FailureContext, FailureSeverity, Runtime, } from './failure.ts';
export declare function describeFailure(error: unknown, options?: DescribeFailureOptions): Failure;
export declare function severityOf(kind: FailureKind): FailureSeverity;

// failures/failure.d.ts: see kedge-express.d.ts

// failures/redact.d.ts: see kedge-express.d.ts

// failures/redact/options.d.ts: see kedge-express.d.ts

// core/options.d.ts: see kedge.d.ts

// failures/hash.d.ts: see kedge-express.d.ts

// failures/redact/names.d.ts: see kedge-express.d.ts

// failures/redact/walk.d.ts: see kedge-express.d.ts

// failures/redact/taken.d.ts: see kedge-express.d.ts

// failures/runtime.d.ts: see kedge-express.d.ts

// failures/fingerprint.d.ts
import { type Frame, type FrameData } from './stack.ts';
export { template } from './fingerprint/template.ts';
export interface FingerprintOptions {
    readonly frames?: readonly FrameData[] | undefined;
}
export declare function fingerprint(error: unknown, options?: FingerprintOptions): string;
type FramesOf = (error: unknown) => readonly Frame[];
export declare function fingerprintOf(error: unknown, framesOf: FramesOf): string;

// failures/stack.d.ts
export interface Frame {
    readonly inApp: boolean;
    readonly text: string;
    readonly path: string;
    readonly name: string;
}
export interface FrameData {
    readonly file?: string | undefined;
    readonly filename?: string | undefined;
    readonly function?: string | undefined;
    readonly inApp?: boolean | undefined;
}
export declare function framesOf(error: unknown): readonly Frame[];
export declare function givenFrames(frames: readonly FrameData[]): Frame[];
export declare function formatFrames(frames: readonly Frame[], most: number): string;
export declare function inside(path: string): string | undefined;

// failures/fingerprint/template.d.ts
export declare function template(message: string): string;
export declare function withoutVariables(text: string): string;
