/** The shapes of cockatiel's public types. */
import type { Event } from './events.ts';

/** Why a call failed: an error, or a value that counts as one. */
export type FailureReason<ReturnType> = { error: unknown } | { value: ReturnType };

/** Which errors and which values a policy acts on. */
export interface IBasePolicyOptions {
  errorFilter: (error: unknown) => boolean;
  resultFilter: (result: unknown) => boolean;
}

/** What `onFailure` is told. */
export interface IFailureEvent {
  /** How long the call took, in milliseconds. */
  duration: number;
  /** Whether the policy acts on the failure. */
  handled: boolean;
  reason: FailureReason<unknown>;
}

/** What `onSuccess` is told. */
export interface ISuccessEvent {
  /** How long the call took, in milliseconds. */
  duration: number;
}

export interface IDefaultPolicyContext {
  /** Aborts when the caller's does, or when a timeout around the function ends. */
  signal: AbortSignal;
}

/** What all policies are. `AltReturn` is what one may answer instead of the function's value. */
export interface IPolicy<
  ContextType extends IDefaultPolicyContext = IDefaultPolicyContext,
  AltReturn = never,
> {
  /** Only a type. */
  readonly _altReturn: AltReturn;
  /** A call has ended well. */
  readonly onSuccess: Event<ISuccessEvent>;
  /** A call has failed, whether the policy acts on that or not. */
  readonly onFailure: Event<IFailureEvent>;
  /** Runs a function under the policy. */
  execute<T>(
    fn: (context: ContextType) => PromiseLike<T> | T,
    signal?: AbortSignal,
  ): Promise<T | AltReturn>;
}

/** Several policies as one. */
// oxlint-disable typescript/no-explicit-any -- the peer's own type
export interface IMergedPolicy<
  A extends IDefaultPolicyContext,
  B,
  W extends IPolicy<any, any>[],
> extends IPolicy<A, B> {
  readonly wrapped: W;
}

// oxlint-enable typescript/no-explicit-any

/** A rule for waiting: asked for the first wait, it returns a rule that says how long, and that is asked for the next. */
export interface IBackoffFactory<T> {
  next(context: T): IBackoff<T>;
}

export interface IBackoff<T> extends IBackoffFactory<T> {
  /** How long to wait, in milliseconds. */
  readonly duration: number;
}

export interface IRetryContext extends IDefaultPolicyContext {
  /** Which retry this is; 0 for the first try. */
  attempt: number;
}

/** What a backoff of a retry is told. */
export interface IRetryBackoffContext<R> extends IRetryContext {
  result: FailureReason<R>;
}

/** What a backoff of a circuit is told. */
export interface IHalfOpenAfterBackoffContext extends IDefaultPolicyContext {
  /** How often the circuit has opened without closing in between. */
  attempt: number;
  /** The failure that opened it. */
  result: FailureReason<unknown>;
}

export interface ICancellationContext {
  signal: AbortSignal;
}

/** Decides when a circuit opens. */
export interface IBreaker {
  /** What it has learnt, for `toJSON` and `initialState`. */
  state: unknown;
  /** A call has ended well. */
  success(state: CircuitState): void;
  /** A call has failed. Returns whether the circuit is to open. */
  failure(state: CircuitState): boolean;
}

/** The states of a circuit, by name and by number. */
export const CircuitState: {
  /** Calls are let through. */
  readonly Closed: 0;
  /** No call is let through. */
  readonly Open: 1;
  /** Some calls are let through, to find out. */
  readonly HalfOpen: 2;
  /** No call is let through as long as somebody says so. */
  readonly Isolated: 3;
  readonly [state: number]: string;
} = {
  0: 'Closed',
  1: 'Open',
  2: 'HalfOpen',
  3: 'Isolated',
  Closed: 0,
  Open: 1,
  HalfOpen: 2,
  Isolated: 3,
};

export type CircuitState = 0 | 1 | 2 | 3;

export declare namespace CircuitState {
  type Closed = 0;
  type Open = 1;
  type HalfOpen = 2;
  type Isolated = 3;
}

/** How a timeout ends a call. */
export const TimeoutStrategy: {
  /** Aborts the signal, and waits for the function. */
  readonly Cooperative: 'optimistic';
  /** Aborts the signal, and rejects at once. */
  readonly Aggressive: 'aggressive';
} = { Cooperative: 'optimistic', Aggressive: 'aggressive' };

export type TimeoutStrategy = 'optimistic' | 'aggressive';

export declare namespace TimeoutStrategy {
  type Cooperative = 'optimistic';
  type Aggressive = 'aggressive';
}
