/** What `/state` says: the types of its JSON. */
import type { PipelineStats, PolicyStats } from '../../core/policy.ts';
import type { CircuitState as StateName } from '../../core/transitions.ts';

/** A process at one moment. */
export interface State {
  /** The version of kedge. */
  readonly version: string;
  /** When it was read, as an ISO 8601 instant. */
  readonly at: string;
  /** Those with circuits that are not closed first, then by name; at most 1,000. */
  readonly pipelines: readonly PipelineState[];
  /** How many pipelines there are beyond those. */
  readonly more: number;
}

/** All pipelines of one name; numbers as in `stats()`. */
export interface PipelineState extends Pick<
  PipelineStats,
  'name' | 'pipelines' | 'inFlight' | 'abandoned' | 'executions' | 'attempts' | 'failures' | 'keys'
> {
  /** How many of its circuits are not closed. */
  readonly notClosed: number;
  readonly policies: readonly PolicyState[];
  /** Each circuit; of a keyed pipeline those that are not closed. The longest ago first, at most 100. */
  readonly circuits: readonly CircuitState[];
  /** How many circuits there are beyond those. */
  readonly moreCircuits: number;
}

/** The counters and gauges of a policy: its budget, its queue, its permits. */
export type PolicyState = PolicyStats;

/** One circuit. */
export interface CircuitState {
  readonly policy: string;
  /** The key, where a keyed pipeline has a `label`, or where `keys` is asked for. */
  readonly key?: string;
  /** Else a hash of it, which is the same in the log of this process. */
  readonly keyHash?: string;
  readonly state: StateName;
  /** When the state began. */
  readonly since: string;
  /** When it ceased to be closed, and how many milliseconds ago; half-open times count too. */
  readonly notClosedSince?: string;
  readonly notClosedForMs?: number;
  /** Why it is not closed: one of kedge's own reasons, or the words of whoever did it by hand. */
  readonly reason?: string;
  /** The error that opened it, described and redacted. */
  readonly error?: {
    readonly kind: string;
    readonly type?: string;
    readonly code?: string;
    readonly fingerprint?: string;
    readonly message?: string;
  };
  /** How often it has opened, and how many calls it has turned away, since it was closed last. */
  readonly openings?: number;
  readonly turnedAway?: number;
  /** After how many milliseconds a call is let in as a probe; 0 for the next one. None of an isolated one. */
  readonly nextProbeInMs?: number;
}
