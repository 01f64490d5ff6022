/**
 * cockatiel's own exports on kedge's engine, and the way to put policies of the real one into a pipeline.
 *
 * docs/coming-from/cockatiel.md says what maps to what, and where the two differ.
 */
export { adopt, type AdoptablePolicy, type AdoptOptions } from './cockatiel/adopt.ts';
export {
  ConstantBackoff,
  DelegateBackoff,
  type DelegateBackoffFn,
  ExponentialBackoff,
  type IExponentialBackoffOptions,
  IterableBackoff,
} from './cockatiel/backoffs.ts';
export {
  ConsecutiveBreaker,
  CountBreaker,
  type ICountBreakerOptions,
} from './cockatiel/breakers.ts';
export { bulkhead, BulkheadPolicy } from './cockatiel/bulkhead.ts';
export {
  circuitBreaker,
  CircuitBreakerPolicy,
  type ICircuitBreakerOptions,
  type IHalfOpenSamplingOptions,
} from './cockatiel/circuit-breaker.ts';
export {
  BrokenCircuitError,
  BulkheadRejectedError,
  HydratingCircuitError,
  isBrokenCircuitError,
  isBulkheadRejectedError,
  isHydratingCircuitError,
  IsolatedCircuitError,
  isIsolatedCircuitError,
  isTaskCancelledError,
  TaskCancelledError,
} from './cockatiel/errors.ts';
export { Event, EventEmitter, type IDisposable } from './cockatiel/events.ts';
export { fallback, FallbackPolicy } from './cockatiel/fallback.ts';
export {
  handleAll,
  handleResultType,
  handleType,
  handleWhen,
  handleWhenResult,
  Policy,
} from './cockatiel/filters.ts';
export {
  decorrelatedJitterGenerator,
  fullJitterGenerator,
  type GeneratorFn,
  halfJitterGenerator,
  noJitterGenerator,
} from './cockatiel/generators.ts';
export { noop, NoopPolicy } from './cockatiel/noop.ts';
export { named } from './cockatiel/policy.ts';
export { type IRetryPolicyConfig, retry, RetryPolicy } from './cockatiel/retry.ts';
export { type ISamplingBreakerOptions, SamplingBreaker } from './cockatiel/sampling-breaker.ts';
export { type ITimeoutOptions, timeout, TimeoutPolicy } from './cockatiel/timeout.ts';
export {
  CircuitState,
  type FailureReason,
  type IBackoff,
  type IBackoffFactory,
  type IBasePolicyOptions,
  type IBreaker,
  type ICancellationContext,
  type IDefaultPolicyContext,
  type IFailureEvent,
  type IHalfOpenAfterBackoffContext,
  type IMergedPolicy,
  type IPolicy,
  type IRetryBackoffContext,
  type IRetryContext,
  type ISuccessEvent,
  TimeoutStrategy,
} from './cockatiel/types.ts';
export { toCockatiel } from './cockatiel/to-cockatiel.ts';
export { usePolicy } from './cockatiel/use-policy.ts';
export { wrap } from './cockatiel/wrap.ts';
