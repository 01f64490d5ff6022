/** Errors whose message is meant for whoever asked. */
import { checkAnswer, fieldErrorOf } from './problem/checked.ts';
import { textOf } from './problem/texts.ts';

/** One thing that is wrong with a request. */
export interface FieldError {
  /** What is wrong with it, for people. */
  readonly detail: string;
  /** Where in the body, as a JSON Pointer in a fragment (RFC 6901): `#/items/0/amount`. */
  readonly pointer?: string;
  /** Which parameter of the query, path or headers. */
  readonly parameter?: string;
  /** A stable name for programs. */
  readonly code?: string;
}

/** Options of `PublicError`. */
export interface PublicErrorOptions {
  /** The HTTP status, from 400 to 599. @default 400 */
  readonly status?: number | undefined;
  /** A stable name for programs: letters, digits, `-`, `_` and `.`. @default the status in words: `not-found` */
  readonly code?: string | undefined;
  /** A URI that names the sort of problem. @default 'about:blank' */
  readonly type?: string | undefined;
  /** A short name of the sort of problem, for people. @default the phrase of the status */
  readonly title?: string | undefined;
  /** More members of the problem document. All of it is public. */
  readonly payload?: Readonly<Record<string, unknown>> | undefined;
  /** What is wrong with the request, one by one. */
  readonly errors?: readonly FieldError[] | undefined;
  /** Milliseconds after which it may be tried again. */
  readonly retryAfter?: number | undefined;
  /** Headers that the answer needs: `WWW-Authenticate` for 401, `Allow` for 405. No others are sent. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** What led to it; stays inside. */
  readonly cause?: unknown;
}

/** Several copies of this package in one process know each other's errors by it. */
const brand = Symbol.for('kedge.PublicError');

/**
 * An error whose `message`, `code`, `payload` and `errors` are told to the client; of all others only the status is.
 *
 * Throws a `RangeError` for a status that is no failure, and a `TypeError` for an option that does not exist or could not be
 * shown: nothing that was meant for the client is dropped without a word.
 *
 * @example
 * ```ts
 * import { PublicError } from 'kedge/responses';
 *
 * function cancel(order: { readonly shipped: boolean }): void {
 *   if (order.shipped) throw new PublicError('It is on its way.', { status: 409, code: 'order-shipped' });
 * }
 * cancel({ shipped: false });
 * ```
 */
export class PublicError extends Error {
  readonly status: number;
  readonly code: string | undefined;
  readonly type: string | undefined;
  readonly title: string | undefined;
  readonly payload: Readonly<Record<string, unknown>> | undefined;
  readonly errors: readonly FieldError[] | undefined;
  readonly retryAfter: number | undefined;
  readonly headers: Readonly<Record<string, string>> | undefined;

  constructor(message: string, options: PublicErrorOptions = {}) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause });
    const { cause: _, ...answer } = checkAnswer('PublicError', options, 'cause');
    this.status = answer.status ?? 400;
    this.code = answer.code;
    this.type = answer.type;
    this.title = answer.title;
    this.payload = answer.payload;
    this.errors = answer.errors;
    this.retryAfter = answer.retryAfter;
    this.headers = answer.headers;
    Object.defineProperty(this, brand, { value: true });
  }

  override get name(): string {
    return 'PublicError';
  }
}

/** Whether it was made by `PublicError`, of this copy of the package or another. */
export function isPublicError(error: unknown): error is PublicError {
  return (
    typeof error === 'object' &&
    error !== null &&
    (error as { readonly [brand: symbol]: unknown })[brand] === true
  );
}

/**
 * A 404 that says what was not found: `Order was not found.`
 *
 * @example
 * ```ts
 * import { notFound } from 'kedge/responses';
 *
 * console.log(notFound('Order').message); // Order was not found.
 * ```
 */
export function notFound(what?: string): PublicError {
  const message = what === undefined ? textOf(404).text : `${what} was not found.`;
  return new PublicError(message, { status: 404 });
}

/**
 * A 422 that says what is wrong with the request, each with a pointer into the body where there is one.
 *
 * Throws a `TypeError` for an error that is neither a text nor an object with `detail`, and for members that it does not know.
 *
 * @example
 * ```ts
 * import { invalid } from 'kedge/responses';
 *
 * const error = invalid([{ pointer: '#/amount', detail: 'must be above 0' }, 'An item is needed.']);
 * console.log(error.status, error.errors?.length); // 422 2
 * ```
 */
export function invalid(
  errors: readonly (FieldError | string)[],
  message: string = textOf(422).text,
): PublicError {
  if (!Array.isArray(errors)) throw new TypeError('invalid: expected a list of errors.');
  return new PublicError(message, {
    status: 422,
    code: 'invalid',
    errors: errors.map((error) =>
      fieldErrorOf('invalid', typeof error === 'string' ? { detail: error } : error),
    ),
  });
}

/**
 * A 403, for somebody who is known and still may not.
 *
 * @example
 * ```ts
 * import { forbidden } from 'kedge/responses';
 *
 * console.log(forbidden('Only the owner may cancel an order.').status); // 403
 * ```
 */
export function forbidden(message: string = textOf(403).text): PublicError {
  return new PublicError(message, { status: 403 });
}
