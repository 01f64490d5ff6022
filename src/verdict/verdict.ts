/**
 * What sort of failure it is.
 *
 * `transient` passes by itself, `permanent` does not, `timeout` ran out of time that this side had set, `cancelled` was
 * wanted by the caller, `rejected` is kedge's own refusal, `bug` is a mistake in the program, `unknown` is the rest.
 */
export type FailureKind =
  | 'transient'
  | 'permanent'
  | 'timeout'
  | 'cancelled'
  | 'rejected'
  | 'bug'
  | 'unknown';

/** May it be repeated? `safe`: it was certainly not executed; `idempotent`: it may have been; `never`: no. */
export type Repeatability = 'safe' | 'idempotent' | 'never';

/** Which kind of dependency it came from. A closed set, so that it can be a label of metrics. */
export type FailureSource =
  | 'http'
  | 'postgres'
  | 'mysql'
  | 'redis'
  | 'mongodb'
  | 'sqlite'
  | 'network'
  | 'application';

/** The answer of `classify`. */
export interface Verdict {
  readonly kind: FailureKind;
  readonly repeat: Repeatability;
  /** Milliseconds to wait before the next attempt, as the other side asked for. */
  readonly retryAfter?: number;
  readonly source: FailureSource;
  /** The source's own code: `ECONNRESET`, `40001`, `ER_DUP_ENTRY`, `503`, `UNAVAILABLE`. */
  readonly code?: string;
  /** More retries than this never help (a host name that does not resolve). */
  readonly maxRetries?: number;
}
