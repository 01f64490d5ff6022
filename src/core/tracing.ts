/**
 * Following executions and attempts while they run, for those who make spans of them: a tracer of a sink, or whoever
 * listens to the diagnostics channels.
 */
import { publisher } from './channels.ts';
import type { Execution } from './execution.ts';
import type { AttemptOutcome, ExecutionOutcome } from './policy.ts';
import type { Scope } from './scope.ts';
import type { Sinks } from './sinks.ts';

/** One execution: one object from its start to its end. */
export interface TracedExecution {
  readonly pipeline: string;
  readonly key: string | undefined;
  readonly executionId: string;
  /** How often its operation has been started. */
  attempts: number;
  /** The execution whose work it shares, where it has joined one. */
  leader?: string;
  /** From here on once it has ended. */
  outcome?: ExecutionOutcome;
  result?: unknown;
  error?: unknown;
}

/** One attempt. */
export interface TracedAttempt {
  readonly pipeline: string;
  readonly key: string | undefined;
  readonly executionId: string;
  readonly attempt: number;
  /** From here on once it has ended. */
  outcome?: AttemptOutcome;
  result?: unknown;
  error?: unknown;
}

/** Follows executions and attempts. What it throws ends here. */
export interface Tracer {
  /** Whether it wants to follow executions, and attempts, at this moment. */
  readonly executions: boolean;
  readonly attempts: boolean;
  /** Calls `run` once, in whatever context the execution is to run in. */
  execution(traced: TracedExecution, run: () => void): void;
  executionEnded(traced: TracedExecution): void;
  /** The same, of one start of the operation. */
  attempt(traced: TracedAttempt, run: () => void): void;
  attemptEnded(traced: TracedAttempt): void;
  /** An execution goes on with the work of another one. */
  joined?(traced: TracedExecution, leader: string): void;
}

interface Followed<Traced> {
  readonly traced: Traced;
  readonly by: readonly Tracer[];
}

const executions: WeakMap<Execution, Followed<TracedExecution>> = new WeakMap();
const attempts: WeakMap<Scope, Followed<TracedAttempt>> = new WeakMap();

/** Runs the way in of an execution. */
export function traceExecution(execution: Execution, run: () => void): void {
  const { sinks } = execution.chain;
  const by = [...sinks.tracers, publisher].filter((tracer) => tracer.executions);
  if (by.length === 0) {
    run();
    return;
  }
  const { pipeline, key, id } = execution;
  const traced: TracedExecution = { pipeline, key, executionId: id, attempts: 0 };
  executions.set(execution, { traced, by });
  inside(by, sinks, (tracer, next) => tracer.execution(traced, next), run);
}

export function executionEnded(
  execution: Execution,
  outcome: ExecutionOutcome,
  answer: unknown,
): void {
  const followed = executions.get(execution);
  if (followed === undefined) return;
  executions.delete(execution);
  const { traced, by } = followed;
  traced.outcome = outcome;
  traced.attempts = execution.attempts;
  const answered = outcome === 'success' || outcome === 'fallback' || outcome === 'stale';
  if (answered) traced.result = answer;
  else traced.error = answer;
  tell(by, execution.chain.sinks, (tracer) => tracer.executionEnded(traced));
}

/** An execution goes on with the work of another one. */
export function executionJoined(execution: Execution, leader: Execution): void {
  const followed = executions.get(execution);
  if (followed === undefined) return;
  const { traced, by } = followed;
  const { id } = leader;
  traced.leader = id;
  tell(by, execution.chain.sinks, (tracer) => tracer.joined?.(traced, id));
}

/** Calls the operation. */
export function traceAttempt(scope: Scope, run: () => unknown): unknown {
  const { execution, attempt } = scope;
  const { sinks } = execution.chain;
  const by = [...sinks.tracers, publisher].filter((tracer) => tracer.attempts);
  if (by.length === 0) return run();
  const { pipeline, key, id } = execution;
  const traced: TracedAttempt = { pipeline, key, executionId: id, attempt };
  attempts.set(scope, { traced, by });
  return inside(by, sinks, (tracer, next) => tracer.attempt(traced, next), run);
}

export function attemptEnded(scope: Scope, outcome: AttemptOutcome, answer: unknown): void {
  const followed = attempts.get(scope);
  if (followed === undefined) return;
  attempts.delete(scope);
  const { traced, by } = followed;
  traced.outcome = outcome;
  if (outcome === 'success') traced.result = answer;
  else traced.error = answer;
  tell(by, scope.execution.chain.sinks, (tracer) => tracer.attemptEnded(traced));
}

/** Runs something inside all tracers, once, whatever they do; and hands on what it returns or throws. */
function inside<T>(
  by: readonly Tracer[],
  sinks: Sinks,
  enter: (tracer: Tracer, next: () => void) => void,
  run: () => T,
): T {
  let outcome: { readonly value: T } | { readonly error: unknown } | undefined;
  const once = (): void => {
    if (outcome !== undefined) return;
    try {
      outcome = { value: run() };
    } catch (error) {
      outcome = { error };
    }
  };
  let next = once;
  for (const tracer of by.toReversed()) {
    const further = next;
    next = () => {
      try {
        enter(tracer, further);
      } catch {
        sinks.countError('tracer');
      }
      // One that has failed before it went on must not keep the call from running.
      further();
    };
  }
  next();
  const ended = outcome as unknown as { readonly value: T } | { readonly error: unknown };
  if ('error' in ended) throw ended.error;
  return ended.value;
}

function tell(by: readonly Tracer[], sinks: Sinks, what: (tracer: Tracer) => void): void {
  for (const tracer of by) {
    try {
      what(tracer);
    } catch {
      sinks.countError('tracer');
    }
  }
}
