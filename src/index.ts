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
  RetryRefusal,
  Severity,
} from './core/events.ts';
export type { Sink, SinkObject, Source } from './core/event-bus.ts';
export type { Keyed, KeyedOptions } from './core/keyed.ts';
export {
  createKedge,
  type Kedge,
  keyed,
  type KedgeOptions,
  observe,
  pipeline,
} from './core/pipeline.ts';
export type {
  Absent,
  AlternativeOf,
  AttemptOutcome,
  Attributes,
  CallOptions,
  Context,
  CountedFailure,
  ExecuteOptions,
  PolicyContext,
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
  constantBackoff,
  listedBackoff,
  exponentialBackoff,
  type ExponentialBackoffOptions,
  type Jitter,
  linearBackoff,
  type LinearBackoffOptions,
} from './mechanisms/backoff.ts';
export { type RetryBudget, retryBudget, type RetryBudgetOptions } from './mechanisms/budget.ts';
export {
  type AdaptiveLimiter,
  adaptiveLimiter,
  type AdaptiveLimiterOptions,
} from './policies/adaptive-limiter.ts';
export { type Bulkhead, bulkhead, type BulkheadOptions } from './policies/bulkhead.ts';
export {
  type CircuitBreaker,
  circuitBreaker,
  type CircuitBreakerOptions,
  type CircuitSnapshot,
  type HalfOpenOptions,
  type SlowCallOptions,
  type WindowOptions,
} from './policies/circuit-breaker.ts';
export { coalesce, type CoalesceOptions } from './policies/coalesce.ts';
export {
  fallback,
  type FallbackRunOptions,
  type FallbackValueOptions,
} from './policies/fallback.ts';
export { type Hedge, hedge, type HedgeOptions, type LearntDelay } from './policies/hedge.ts';
export { type RateLimiter, rateLimiter, type RateLimiterOptions } from './policies/rate-limiter.ts';
export { retry, type RetryOptions } from './policies/retry.ts';
export {
  type StaleIfError,
  staleIfError,
  type StaleIfErrorOptions,
} from './policies/stale-if-error.ts';
export {
  type AdaptiveThrottle,
  adaptiveThrottle,
  type AdaptiveThrottleOptions,
} from './policies/adaptive-throttle.ts';
export { type Timeout, timeout, type TimeoutOptions } from './policies/timeout.ts';
export {
  type Blame,
  classify,
  type FailureKind,
  type FailureSource,
  type Repeatability,
  type Verdict,
} from './verdict/classify.ts';
export { doNotRetry, type Evidence, withEvidence } from './verdict/evidence.ts';
export { type PresetOptions, presets } from './presets.ts';
