/**
 * The errors of cockatiel, by its names, messages and marks. kedge knows them as its own: by a `code` that does not
 * show, so that a pipeline, a metric and an answer tell a refusal from a failure.
 */
import { ResilienceError } from '../../core/errors.ts';

interface Engine {
  stackTraceLimit?: number | undefined;
}

/** The base of all: without a stack, which costs more than the rest of a refusal. `ResilienceError.stacks` turns them on. */
abstract class Refusal extends Error {
  constructor(message: string, options?: ErrorOptions) {
    const engine = Error as Engine;
    const limit = engine.stackTraceLimit;
    const bare = typeof limit === 'number' && !ResilienceError.stacks && !Object.isFrozen(Error);
    if (bare) engine.stackTraceLimit = 0;
    super(message, options);
    if (bare) engine.stackTraceLimit = limit;
  }
}

/** The circuit is open: the function was not called. */
export class BrokenCircuitError extends Refusal {
  readonly isBrokenCircuitError = true;
  #retryAfter: number | undefined = undefined;

  constructor(message = 'Execution prevented because the circuit breaker is open') {
    super(message);
  }

  /** @internal The circuit may let a call in after so many milliseconds. */
  static until(retryAfter: number): BrokenCircuitError {
    const error = new BrokenCircuitError();
    error.#retryAfter = retryAfter;
    return error;
  }

  get code(): 'KEDGE_CIRCUIT_OPEN' {
    return 'KEDGE_CIRCUIT_OPEN';
  }

  get reason(): 'circuit-open' {
    return 'circuit-open';
  }

  /** After how many milliseconds the circuit lets a call in, where that is known. */
  get retryAfter(): number | undefined {
    return this.#retryAfter;
  }
}

/** Somebody holds the circuit open: the function was not called. */
export class IsolatedCircuitError extends BrokenCircuitError {
  readonly isIsolatedCircuitError = true;
}

/** Stands for the failure that had opened a circuit whose state was restored. */
export class HydratingCircuitError extends Refusal {
  readonly isHydratingCircuitError = true;

  constructor(message = 'Execution prevented because the circuit breaker is open') {
    super(message);
  }
}

/** The bulkhead and its queue are full: the function was not called. */
export class BulkheadRejectedError extends Refusal {
  readonly isBulkheadRejectedError = true;

  constructor(executionSlots: number, queueSlots: number) {
    super(
      `Bulkhead capacity exceeded (0/${executionSlots} execution slots, 0/${queueSlots} available)`,
    );
  }

  get code(): 'KEDGE_BULKHEAD_FULL' {
    return 'KEDGE_BULKHEAD_FULL';
  }

  get reason(): 'bulkhead-full' {
    return 'bulkhead-full';
  }
}

/** The time was up, or the caller left before the function was called. */
export class TaskCancelledError extends Refusal {
  readonly isTaskCancelledError = true;
  #code: 'KEDGE_TIMEOUT' | undefined = undefined;

  constructor(message = 'Operation cancelled') {
    super(message);
  }

  /** `KEDGE_TIMEOUT` where the time was up. */
  get code(): 'KEDGE_TIMEOUT' | undefined {
    return this.#code;
  }

  /** @internal The time was up. */
  static timedOut(after: number): TaskCancelledError {
    const error = new TaskCancelledError(`Operation timed out after ${after}ms`);
    error.#code = 'KEDGE_TIMEOUT';
    return error;
  }

  /** @internal The caller left, for this reason. */
  static by(reason: unknown): TaskCancelledError {
    const error = new TaskCancelledError();
    Object.defineProperty(error, 'cause', { value: reason, writable: true, configurable: true });
    return error;
  }
}

const isMarked = (error: unknown, mark: string): boolean => error instanceof Error && mark in error;

export const isBrokenCircuitError = (error: unknown): error is BrokenCircuitError =>
  isMarked(error, 'isBrokenCircuitError');
export const isBulkheadRejectedError = (error: unknown): error is BulkheadRejectedError =>
  isMarked(error, 'isBulkheadRejectedError');
export const isIsolatedCircuitError = (error: unknown): error is IsolatedCircuitError =>
  isMarked(error, 'isIsolatedCircuitError');
export const isTaskCancelledError = (error: unknown): error is TaskCancelledError =>
  isMarked(error, 'isTaskCancelledError');
export const isHydratingCircuitError = (error: unknown): error is HydratingCircuitError =>
  isMarked(error, 'isHydratingCircuitError');
