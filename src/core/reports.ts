/** What an execution tells of itself. */
import { RejectedError, TimeoutError } from './errors.ts';
import type { Severity } from './events.ts';
import type { Execution } from './execution.ts';
import { pipelineItself } from './pipeline-metrics.ts';
import type { ExecutionOutcome } from './policy.ts';

/** A failed attempt that is reported as soon as it is known what follows from it. */
export interface PendingFailure {
  readonly attempt: number;
  readonly duration: number;
  readonly error: unknown;
  handled: boolean;
}

const processId: string = Math.random().toString(36).slice(2, 8);
let identified = 0;

/** The name of an execution in all that is told of it. */
export function nextId(): string {
  return `${processId}-${(++identified).toString(36)}`;
}

/** The call has failed: one event says how, why nobody tried again and who has turned it away. */
export function reportEnd(execution: Execution, error: unknown, outcome: ExecutionOutcome): void {
  const { attempts, duration, retryRefused } = execution;
  if (outcome === 'cancelled') {
    execution.emit(pipelineItself, 'execution.cancelled', { attempts, duration, reason: error });
    return;
  }
  if (!execution.chain.sinks.wants('execution.failed')) return;
  const rejectedBy = outcome === 'rejected' ? (error as RejectedError).policy : undefined;
  const fields = {
    attempts,
    duration,
    error,
    outcome,
    ...(rejectedBy !== undefined && { rejectedBy }),
    ...(retryRefused !== undefined && { retryRefused }),
  };
  const severity = outcome === 'rejected' ? 'warn' : 'error';
  execution.emit(pipelineItself, 'execution.failed', fields, severity);
}

/** How a call has ended that failed with this. */
export function outcomeOf(error: unknown): ExecutionOutcome {
  if (error instanceof RejectedError) return 'rejected';
  return error instanceof TimeoutError ? 'timeout' : 'failure';
}

/** Whether it is one that has to be asked for; `info` is what everything else is. */
export function isSeverity(value: unknown): value is Exclude<Severity, 'info'> {
  return value === 'debug' || value === 'warn' || value === 'error';
}
