/** Answers that are failures, as errors: what retry and circuit breaker act on, and what logs show. */
import { classify } from '../../verdict/classify.ts';
import { withEvidence } from '../../verdict/evidence.ts';
import { headerReader, readRetryAfter } from '../../verdict/retry-after.ts';

/** The other side answered with a status that says that it is not well. Callers get the answer itself instead. */
export class StatusError extends Error {
  readonly status: number;
  readonly #headers: unknown;

  constructor(status: number, statusText: string, headers: unknown) {
    super(`answered ${status}${statusText === '' ? '' : ` ${statusText}`}`);
    this.status = status;
    this.#headers = headers;
  }

  override get name(): string {
    return 'StatusError';
  }

  /** For `Retry-After`. Not the error's own property: headers have no place in a log. */
  get headers(): unknown {
    return this.#headers;
  }
}

/** Statuses that are failures because somebody said so. */
export type StatusCodes = ReadonlySet<number>;

/** Where the server says when to come back, it has refused the request for now, and will not refuse it then. */
const passing: StatusCodes = new Set([403, 413]);

/** The failure that an answer is, unless it is none: a 404 is an answer of a service that is well. */
export function failureOf(
  status: number,
  statusText: string | undefined,
  headers: unknown,
  more: StatusCodes,
): StatusError | undefined {
  if (!(status >= 400) && !more.has(status)) return undefined;
  const failure = new StatusError(status, statusText ?? '', headers);
  return isFailure(failure, status, headers, more) ? failure : undefined;
}

/** Whether an error with a status is one that may pass; where only the answer says so, that is noted beside the error. */
export function isFailure(
  error: unknown,
  status: number,
  headers: unknown,
  more: StatusCodes,
): boolean {
  if (classify(error).repeat !== 'never') return true;
  const hint =
    headers !== null && typeof headers === 'object'
      ? readRetryAfter(headerReader(headers))
      : undefined;
  const retryAfter = hint?.explicit === true ? hint.after : undefined;
  const passes = more.has(status) || (passing.has(status) && retryAfter !== undefined);
  if (!passes) return false;
  withEvidence(error, {
    kind: 'transient',
    blame: 'request',
    repeat: retryAfter === undefined ? 'idempotent' : 'safe',
    ...(retryAfter !== undefined && { retryAfter }),
  });
  return true;
}
