/**
 * What is known about the failures of the field, as data: each row can be held against the source's
 * own documentation, and the page of ours is made from it.
 *
 * The rule behind all rows: `safe` only where the answer, or its absence, proves that nothing was
 * executed; `idempotent` where it may have been; `never` where a repetition gets the same answer.
 */
import type { ErrorLike } from './error-like.ts';
import { usualBlame } from './evidence.ts';
import type { Blame, FailureKind, FailureSource, Repeatability, Verdict } from './verdict.ts';

/** By which property a failure is told. */
export interface Rows {
  /** A string in `code`. */
  readonly code?: readonly Row[];
  /** The same, where something else says whose it is. */
  readonly ownCode?: readonly Row[];
  /** The beginning of a string in `code`. */
  readonly prefix?: readonly Row[];
  /** A string in `type`. */
  readonly type?: readonly Row[];
  /** The whole message. */
  readonly message?: readonly Row[];
  /** The beginning of the message. */
  readonly beginning?: readonly Row[];
  /** The same, where something else says whose it is. */
  readonly ownBeginning?: readonly Row[];
  /** `name`, or the constructor's where the name is only `Error`. */
  readonly name?: readonly Row[];
  /** A number in `code`. */
  readonly number?: readonly Row[];
  /** A number in `errno` or `errcode`, or the name of that number. */
  readonly errno?: readonly Row[];
  /** `status`, `statusCode` and their relatives; `4xx` is the rest of them. */
  readonly status?: readonly Row[];
  /** Five characters in `code`, or the first two of them. */
  readonly sqlState?: readonly Row[];
  /** What `hasErrorLabel` says yes to, the most telling first. */
  readonly label?: readonly Row[];
  /** The first word of the message. */
  readonly reply?: readonly Row[];
  /** The reason of a cancelled transaction (`CancellationReasons`). */
  readonly reason?: readonly Row[];
}

/** The failures of one source. */
export interface Source extends Rows {
  readonly source: FailureSource;
  /** Reads what no single property tells. It is asked after `code`, and before the status and everything else. */
  readonly read?: (error: ErrorLike, code: string, name: string) => Verdict | undefined;
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
  /** Safe where it is proven that only connecting failed. */
  readonly connecting?: true;
}

type More = Pick<Row, 'blame' | 'maxRetries' | 'hint' | 'connecting' | 'connection'>;

/** Words are separated by white space; what has spaces in it comes as an array. */
export function row(
  kind: FailureKind,
  repeat: Repeatability,
  on: string | readonly string[],
  more?: More,
): Row {
  return { kind, repeat, on: typeof on === 'string' ? on.split(/\s+/) : on, ...more };
}

export type Index = Map<string | number, Verdict>;

/** Answers that give way to what a status or a cause says. */
export const hints: Set<Verdict> = new Set();

/** Answers that are safe where it is proven that only connecting failed. */
export const connecting: Set<Verdict> = new Set();

const worded = /message|beginning/i;

const indexes = new WeakMap<readonly Row[], Index>();

/** The rows by what they are told by. The answers are frozen and shared, so that a usual failure allocates nothing. */
export function indexOf(source: FailureSource, rows: readonly Row[], property: keyof Rows): Index {
  let found = indexes.get(rows);
  if (found === undefined) indexes.set(rows, (found = index(source, rows, property)));
  return found;
}

function index(source: FailureSource, rows: readonly Row[], property: keyof Rows): Index {
  const found: Index = new Map();
  for (const { kind, repeat, on, ...row } of rows) {
    for (const word of on) {
      // `14:UNAVAILABLE` is found by either, and a lone number as a number.
      const [number = '', name = number] =
        property === 'errno' || property === 'number' ? word.split(':') : [word];
      const known: Verdict = Object.freeze({
        kind,
        blame: row.blame ?? usualBlame[kind],
        repeat,
        source,
        // A message is no code, and a bug's name is its type.
        ...(!worded.test(property) && kind !== 'bug' && { code: name }),
        ...(row.maxRetries !== undefined && { maxRetries: row.maxRetries }),
        ...(row.connection !== undefined && { connection: row.connection }),
      });
      found.set(name, known);
      if (/^\d+$/.test(number)) found.set(Number(number), known);
      if (row.hint === true) hints.add(known);
      if (row.connecting === true) connecting.add(known);
    }
  }
  return found;
}

/** The same under a code of its own. */
export function recoded<Known extends Verdict | undefined>(known: Known, code: string): Known {
  return known === undefined || known.code === code ? known : { ...known, code };
}

/** What is known of a source's failure that has no row. */
export function unlisted(source: FailureSource, code: string): Verdict {
  return { kind: 'unknown', blame: 'dependency', repeat: 'idempotent', source, code };
}
