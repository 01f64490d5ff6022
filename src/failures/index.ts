/** From a thrown value to what may be said about it. */
export {
  type Classification,
  classify,
  type FailureKind,
  type FailureSource,
  type RetrySafety,
} from './classify.ts';
export {
  describe,
  type DescribeOptions,
  type Failure,
  type FailureCause,
  type FailureContext,
  type FailureSeverity,
  type Runtime,
} from './describe.ts';
export { fingerprint } from './fingerprint.ts';
export { type HashOptions, type Json, redact, type RedactOptions } from './redact.ts';
