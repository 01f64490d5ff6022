/** What ends a process or a background job. */
export type { LogTarget } from '../failures/report.ts';
export type { Logger } from '../failures/report/logger.ts';
export { job, type JobOptions, type JobOutcome } from './job.ts';
export { captureProcessFailures, type ProcessFailuresOptions } from './process-failures.ts';
