/** From a thrown value to what may be kept of it. */
export {
  type Blame,
  classify,
  type FailureKind,
  type FailureSource,
  type Repeatability,
  type Verdict,
} from '../verdict/classify.ts';
export {
  describeFailure,
  type DescribeFailureOptions,
  type Failure,
  type FailureCause,
  type FailureContext,
  type FailureSeverity,
  type Runtime,
} from './describe.ts';
export { fingerprint, type FingerprintOptions, template } from './fingerprint.ts';
export type { FrameData } from './stack.ts';
export {
  type HashOptions,
  type Json,
  redact,
  type RedactionOptions,
  type RedactLimits,
  type RedactOptions,
} from './redact.ts';
