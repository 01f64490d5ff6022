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
export {
  type ErrorClass,
  type ErrorHandler,
  errorHandlers,
  type ErrorHandlers,
  type HandlerAnswer,
  type HandlerRequest,
} from './handlers.ts';
export { job, type JobOptions, type JobOutcome } from './job.ts';
export {
  errorPages,
  type ErrorPages,
  type HexColor,
  type Html,
  html,
  type Page,
  type PageColors,
  type PageLink,
  type PageOptions,
  type PageRequest,
  type PageTemplate,
  type PageTexts,
  type PageView,
} from './pages.ts';
export {
  problem,
  type Problem,
  type ProblemDebug,
  type ProblemDocument,
  type ProblemOptions,
} from './problem.ts';
export { captureProcessFailures, type ProcessFailuresOptions } from './process.ts';
export {
  type FieldError,
  forbidden,
  invalid,
  notFound,
  PublicError,
  type PublicErrorOptions,
} from './public-error.ts';
export { type HashOptions, type Json, redact, type RedactOptions } from './redact.ts';
export type { LogTarget } from './report.ts';
export type { Logger } from './report/logger.ts';
export {
  type IncomingRequest,
  type RequestAdditions,
  requestContext,
  type RequestContext,
  type RequestContextStore,
  type Tag,
} from './request-context.ts';
export {
  type SecurityDetails,
  securityLog,
  type SecurityLog,
  type SecurityLogOptions,
  uniformTime,
} from './security-log.ts';
