/**
 * What is known about the failures of the field, as data: each row can be held against the source's
 * own documentation, and the page of ours is made from it.
 *
 * The rule behind all rows: `safe` only where the answer, or its absence, proves that nothing was
 * executed; `idempotent` where it may have been; `never` where a repetition gets the same answer.
 */
import type { Blame, FailureKind, FailureSource, Repeatability } from '../verdict.ts';

/** The failures of one source, by the property that tells them. */
export interface Source {
  readonly source: FailureSource;
  /** A string in `code`. */
  readonly code?: readonly Row[];
  /** The beginning of a string in `code`. */
  readonly prefix?: readonly Row[];
  /** A number in `code`. */
  readonly number?: readonly Row[];
  /** A number in `errno` or `errcode`. */
  readonly errno?: readonly Row[];
  /** `status`, `statusCode`, `response.status` or `$metadata.httpStatusCode`; `4xx` is the rest of them. */
  readonly status?: readonly Row[];
  /** Five characters in `code`, or the first two of them. */
  readonly sqlState?: readonly Row[];
  /** What `hasErrorLabel` says yes to, the most telling first. */
  readonly label?: readonly Row[];
  /** The first word of the message. */
  readonly reply?: readonly Row[];
  /** The whole message. */
  readonly message?: readonly Row[];
  /** `name`, or the constructor's where the name is only `Error`. */
  readonly name?: readonly Row[];
}

export interface Row {
  readonly kind: FailureKind;
  readonly repeat: Repeatability;
  /** `14:UNAVAILABLE` is a number and its name. */
  readonly on: readonly string[];
  /** Where it is not that of the kind. */
  readonly blame?: Blame;
  /** Another connection may do. */
  readonly connection?: 'replace';
  /** More retries than this never help. */
  readonly maxRetries?: 1;
  /** Gives way to what an HTTP status or a cause says. */
  readonly hint?: true;
  /** Safe only where `syscall` is `connect`, else idempotent. */
  readonly connecting?: true;
}

/** Words are separated by white space; what has spaces in it comes as an array. */
export function row(
  kind: FailureKind,
  repeat: Repeatability,
  on: string | readonly string[],
  more?: Pick<Row, 'blame' | 'maxRetries' | 'hint' | 'connecting' | 'connection'>,
): Row {
  return { kind, repeat, on: typeof on === 'string' ? on.split(/\s+/) : on, ...more };
}
