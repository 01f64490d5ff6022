/** Everything of kedge that needs nothing but the language: policies, pipelines, errors. */
export {
  BulkheadFullError,
  CircuitOpenError,
  RateLimitedError,
  RejectedError,
  type RejectionReason,
  ResilienceError,
  ThrottledError,
  TimeoutError,
} from './core/errors.ts';
export type {
  BuiltInEvent,
  CircuitState,
  CustomEvent,
  EventFields,
  EventType,
  KedgeEvent,
  OpenReason,
  Severity,
} from './core/events.ts';
export type { DurationRecorder, Sink, SinkObject, Source } from './core/hub.ts';
export { createKedge, type Kedge, type KedgeOptions, observe, pipeline } from './core/pipeline.ts';
export type {
  AlternativeOf,
  AttemptOutcome,
  Attributes,
  Context,
  ExecuteOptions,
  Execution,
  ExecutionOutcome,
  Next,
  Operation,
  Pipeline,
  PipelineStats,
  Policy,
  PolicyStats,
  Wrapped,
} from './core/policy.ts';
export {
  type Backoff,
  constant,
  delays,
  exponential,
  type ExponentialOptions,
  type Jitter,
  linear,
  type LinearOptions,
} from './mechanisms/backoff.ts';
export { type RetryBudget, retryBudget, type RetryBudgetOptions } from './mechanisms/budget.ts';
export {
  type CircuitBreaker,
  circuitBreaker,
  type CircuitBreakerOptions,
  type CircuitSnapshot,
  type HalfOpenOptions,
  type SlowCallOptions,
  type WindowOptions,
} from './policies/circuit-breaker.ts';
export { fallback, type FallbackRunOptions, type FallbackValueOptions } from './policies/fallback.ts';
export { retry, type RetryOptions } from './policies/retry.ts';
export { timeout, type TimeoutOptions } from './policies/timeout.ts';
