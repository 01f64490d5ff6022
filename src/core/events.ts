/**
 * The one event stream: what a pipeline tells the outside. Names are subject.past-participle.
 */
import type { RejectionReason } from './errors.ts';
import type { ExecutionOutcome } from './policy.ts';
import type { CircuitState, OpenReason } from './transitions.ts';

export type Severity = 'debug' | 'info' | 'warn' | 'error';

export type { CircuitState, OpenReason } from './transitions.ts';

/** Why a retry makes no further attempt although one is left. */
export type RetryRefusal = 'budget' | 'deadline' | 'circuit-open';

/** What every type of event adds to the facts that all of them carry. Durations are milliseconds. */
export interface EventFields {
  'execution.succeeded': { attempts: number; duration: number };
  'execution.failed': {
    attempts: number;
    duration: number;
    error: unknown;
    outcome: ExecutionOutcome;
    /** The policy that turned the call away, where one did. */
    rejectedBy?: string;
    /** Why there was no further attempt, where a retry would have made one. */
    retryRefused?: RetryRefusal;
  };
  'execution.cancelled': { attempts: number; duration: number; reason: unknown };
  'attempt.succeeded': { attempt: number; duration: number };
  'attempt.failed': {
    attempt: number;
    duration: number;
    error: unknown;
    /** Whether a policy acted on it: tried again, hedged or answered in its place. */
    handled: boolean;
    /** Whether the caller was answered after it: no later attempt repaired this one. */
    final: boolean;
  };
  'retry.scheduled': { attempt: number; delay: number; error: unknown; retryAfter?: number };
  'retry.recovered': { attempts: number; duration: number };
  'retry.exhausted': { attempts: number; error: unknown };
  'retry.refused': {
    attempts: number;
    error: unknown;
    reason: RetryRefusal;
  };
  'circuit.opened': {
    from: CircuitState;
    reason: OpenReason;
    failureRate: number;
    slowRate: number;
    /** How many calls the rates are taken of; of none they are NaN. */
    calls: number;
    consecutiveFailures: number;
    /** How long it stays open, in milliseconds. */
    openFor: number;
    /** 1 for the first opening of an outage, then 2, 3 … until it is closed. */
    openings: number;
    error: unknown;
    /** The words of whoever opened it by hand. */
    note?: string;
  };
  'circuit.half-opened': { from: CircuitState };
  'circuit.closed': {
    from: CircuitState;
    /** For how many milliseconds it was not closed, half-open times included. */
    notClosedFor: number;
    openings: number;
    /** Calls that were turned away meanwhile. */
    turnedAway: number;
  };
  'circuit.isolated': { from: CircuitState; note?: string };
  /** A keyed pipeline gave up a circuit that was not closed, for room. */
  'circuit.dropped': { state: CircuitState; key: string };
  'call.rejected': { reason: RejectionReason; retryAfter?: number };
  'timeout.exceeded': { after: number; attempt: number };
  'fallback.used': { error: unknown; source: 'value' | 'run' };
  'fallback.failed': { error: unknown; source: 'value' | 'run'; fallbackError: unknown };
  'stale.served': { age: number; error: unknown };
  'hedge.launched': { attempt: number; after: number };
  'hedge.won': { attempt: number; after: number };
  /** A further attempt that was due was not made, since the budget has none left. */
  'hedge.refused': { attempt: number; after: number };
  'limit.changed': { from: number; to: number };
  'sink.failed': { error: unknown; sink: string };
}

export type EventType = keyof EventFields;

/** The facts that every event carries. */
export interface EventBase {
  readonly pipeline: string;
  /** The policy that decided, by its name in the pipeline; absent where the pipeline itself reports. */
  readonly policy?: string;
  /** The family of the policy, or `pipeline`. */
  readonly kind: string;
  readonly key?: string;
  /** The same for all events of one execution; absent where no call caused the event. */
  readonly executionId?: string;
  /** Wall time in milliseconds since the epoch. */
  readonly at: number;
  readonly severity: Severity;
}

type Built<Type extends EventType> = EventBase & { readonly type: Type } & Readonly<
    EventFields[Type]
  >;

/** An event of a built-in policy or of a pipeline; told apart by `type`. */
export type BuiltInEvent = { [Type in EventType]: Built<Type> }[EventType];

/** An event that a custom policy reports. */
export interface CustomEvent extends EventBase {
  readonly type: `${string}.${string}`;
  readonly [field: string]: unknown;
}

/**
 * What a sink receives. `event.type` of `'retry.scheduled'` and the like narrows it;
 * events of custom policies arrive by the same stream with their own types.
 */
export type KedgeEvent = BuiltInEvent;

/**
 * How loud each type is, unless whoever reports says otherwise: a call that was turned away is a warning, an opening of
 * a circuit that opened before in the same outage is `info`, and a bug that was answered by something else an error.
 */
export const severities: { readonly [Type in EventType]: Severity } = {
  'execution.succeeded': 'debug',
  'execution.failed': 'error',
  'execution.cancelled': 'info',
  'attempt.succeeded': 'debug',
  'attempt.failed': 'info',
  'retry.scheduled': 'debug',
  'retry.recovered': 'info',
  'retry.exhausted': 'debug',
  'retry.refused': 'debug',
  'circuit.opened': 'error',
  'circuit.half-opened': 'info',
  'circuit.closed': 'warn',
  'circuit.isolated': 'warn',
  'circuit.dropped': 'warn',
  'call.rejected': 'debug',
  'timeout.exceeded': 'debug',
  'fallback.used': 'warn',
  'fallback.failed': 'error',
  'stale.served': 'warn',
  'hedge.launched': 'debug',
  'hedge.won': 'debug',
  'hedge.refused': 'debug',
  'limit.changed': 'debug',
  'sink.failed': 'error',
};
