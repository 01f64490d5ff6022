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

/**
 * Whose failure is it?
 *
 * `dependency`: it is unhealthy. `request`: it answered, and the request was wrong, or lost a race (a 404, a unique
 * violation, a lock that was not free). `caller`: the caller left, or something that the caller supplied broke. `self`:
 * this process (a bug, its descriptors, its name resolution, kedge's own refusals).
 */
export type Blame = 'dependency' | 'request' | 'caller' | 'self';

/** May it be repeated? `safe`: it was certainly not executed; `idempotent`: it may have been; `never`: no. */
export type Repeatability = 'safe' | 'idempotent' | 'never';

/**
 * Which kind of dependency it came from. A closed set, so that it can be a label of metrics. `database` is what an ORM says
 * of one that it does not name.
 */
export type FailureSource =
  | 'http'
  | 'postgres'
  | 'mysql'
  | 'mssql'
  | 'oracle'
  | 'redis'
  | 'mongodb'
  | 'sqlite'
  | 'database'
  | 'network'
  | 'application';

/** The answer of `classify`. */
export interface Verdict {
  readonly kind: FailureKind;
  /** Whose failure it is: of a healthy dependency only the `dependency`'s count. */
  readonly blame: Blame;
  readonly repeat: Repeatability;
  /** Milliseconds to wait before the next attempt, as the other side asked for. */
  readonly retryAfter?: number;
  readonly source: FailureSource;
  /** The source's own code: `ECONNRESET`, `40001`, `ER_DUP_ENTRY`, `503`, `UNAVAILABLE`. */
  readonly code?: string;
  /** More retries than this never help (a host name that does not resolve). */
  readonly maxRetries?: number;
  /** This connection will not do any more, a new one may: the client replaces it. */
  readonly connection?: 'replace';
}
