/** Answers that are failures, as errors: what retry and circuit breaker act on, and what logs show. */
import { classify } from '../../verdict/classify.ts';

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

/** The failure that an answer is, unless it is none: a 404 is an answer of a service that is well. */
export function failureOf(
  status: number,
  statusText: string,
  headers: unknown,
): StatusError | undefined {
  if (status < 400) return undefined;
  const failure = new StatusError(status, statusText, headers);
  return classify(failure).kind === 'permanent' ? undefined : failure;
}
