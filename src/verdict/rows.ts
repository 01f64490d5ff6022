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
  /** Reads what no single property tells. It is asked after the rows of `code`, and before the status and all other rows. */
  readonly read?: Reader;
  /** Where it is asked: by the members that an error has. */
  readonly keys?: readonly string[];
  /** Or by its name. */
  readonly names?: RegExp;
  /** Reads a message, of errors that have nothing more telling. */
  readonly readMessage?: (error: ErrorLike, message: string, name: string) => Verdict | undefined;
}

export type Reader = (error: ErrorLike, code: string, name: string) => Verdict | undefined;

/** What sort of failure it is, whether it may be repeated, and what it is told by. */
export type Row = readonly [kind: FailureKind, repeat: Repeatability, on: Words, more?: More];

/** Separated by white space, where it is no list. `14:UNAVAILABLE` is a number and its name. */
export type Words = string | readonly string[];

export interface More {
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

export function wordsOf([, , on]: Row): readonly string[] {
  return typeof on === 'string' ? on.split(/\s+/) : on;
}

/** Answers that give way to what a status or a cause says. */
export const hints: Set<Verdict> = new Set();

/** Answers that are safe where it is proven that only connecting failed. */
export const connecting: Set<Verdict> = new Set();

/**
 * Rows by what they are told by. An answer is made when it is first given, then frozen and shared, so that a usual failure
 * allocates nothing.
 */
export class Index {
  private readonly found: Map<string | number, Verdict | Unmade> = new Map();

  /** Earlier rows go before later ones. */
  add(source: FailureSource, rows: readonly Row[], property: keyof Rows): this {
    const isNumbered = property === 'errno' || property === 'number';
    const isCoded = !/message|beginning/i.test(property);
    for (const row of rows) {
      for (const word of wordsOf(row)) {
        // `14:UNAVAILABLE` is found by either, and a lone number as a number.
        const [number = '', name = number] = isNumbered ? word.split(':') : [word];
        const unmade: Unmade = { row, source, code: isCoded ? name : undefined };
        if (!this.found.has(name)) this.found.set(name, unmade);
        if (isNumbered && !this.found.has(Number(number))) this.found.set(Number(number), unmade);
      }
    }
    return this;
  }

  get(word: string | number): Verdict | undefined {
    const found = this.found.get(word);
    if (found === undefined || !('row' in found)) return found;
    const made = answer(found);
    this.found.set(word, made);
    return made;
  }

  /** Only for what has no row of its own, but a rule. */
  learn(word: string, known: Verdict): void {
    this.found.set(word, known);
  }

  words(): Iterable<string | number> {
    return this.found.keys();
  }
}

interface Unmade {
  readonly row: Row;
  readonly source: FailureSource;
  readonly code: string | undefined;
  made?: Verdict;
}

const NOTHING: More = {};

function answer(unmade: Unmade): Verdict {
  if (unmade.made !== undefined) return unmade.made;
  const { row, source, code } = unmade;
  const [kind, repeat, , { blame = usualBlame[kind], maxRetries, connection, ...is } = NOTHING] =
    row;
  const known: Verdict = Object.freeze({
    kind,
    blame,
    repeat,
    source,
    // A message is no code, and a bug's name is its type.
    ...(code !== undefined && kind !== 'bug' && { code }),
    ...(maxRetries !== undefined && { maxRetries }),
    ...(connection !== undefined && { connection }),
  });
  if (is.hint === true) hints.add(known);
  if (is.connecting === true) connecting.add(known);
  unmade.made = known;
  return known;
}

const indexes = new WeakMap<readonly Row[], Index>();

/** The rows of one source alone. */
export function indexOf(source: FailureSource, rows: readonly Row[], property: keyof Rows): Index {
  let found = indexes.get(rows);
  if (found === undefined) indexes.set(rows, (found = new Index().add(source, rows, property)));
  return found;
}

/** The first row whose word the text begins with. */
export function beginningIn(index: Index, text: string): Verdict | undefined {
  for (const word of index.words()) if (text.startsWith(String(word))) return index.get(word);
  return undefined;
}

/** The same under a code of its own. */
export function recoded<Known extends Verdict | undefined>(known: Known, code: string): Known {
  return known === undefined || known.code === code ? known : { ...known, code };
}

/** What is known of a source's failure that has no row. */
export function unlisted(source: FailureSource, code: string): Verdict {
  return { kind: 'unknown', blame: 'dependency', repeat: 'idempotent', source, code };
}
