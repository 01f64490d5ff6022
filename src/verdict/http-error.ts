import type { Verdict } from './verdict.ts';
import { delay, type ErrorLike, isObject, LONGEST_CODE } from './error-like.ts';
import { type HeaderReader, headerReader, readRetryAfter, type RetryHint } from './retry-after.ts';
import { indexOf, recoded } from './rows.ts';
import { statuses } from './sources/statuses.ts';

/** From 300 to 599. */
function ofStatus(status: number): Verdict | undefined {
  const code = String(status);
  const byStatus = indexOf('http', statuses, 'status');
  let known = byStatus.get(code);
  if (known === undefined) {
    known = Object.freeze(recoded(byStatus.get(`${code[0]}xx`), code));
    // There are at most 300, so that the index can simply learn.
    if (known !== undefined) byStatus.learn(code, known);
  }
  return known;
}

/** An HTTP failure. `code` is the error's own, where it has one that says more than the status. */
export function httpError(error: ErrorLike, status: number, code: unknown): Verdict | undefined {
  let known = ofStatus(status);
  if (typeof code === 'string' && code !== '' && code.length <= LONGEST_CODE)
    known = recoded(known, code);
  if (known === undefined) return known;

  if (status === 403 && googleQuotas.test(reasonOf(error)))
    known = { ...known, kind: 'transient', blame: 'dependency', repeat: 'safe' };
  const read = headersOf(error);
  if (read === undefined) return refused(known, status, delay(error.retryAfter) !== undefined);
  const hint = known.repeat === 'never' && status !== 403 ? undefined : readRetryAfter(read);
  if (status === 403 && hint !== undefined && isUsedUp(hint, read))
    known = { ...known, kind: 'transient', blame: 'dependency', repeat: 'safe' };

  // Stripe, OpenAI and Anthropic know better than a status can say.
  const should = read('x-should-retry') ?? read('stripe-should-retry');
  if (should === 'false') return { ...known, repeat: 'never' };
  if (should === 'true' && known.repeat === 'never')
    known = { ...known, kind: 'transient', repeat: 'idempotent' };
  if (known.repeat === 'never') return known;

  known = refused(known, status, hint?.explicit === true || delay(error.retryAfter) !== undefined);
  // Any answer may carry its quota; it is the reason of the failure only where the status says so.
  return hint !== undefined && (hint.explicit || status === 429 || status === 503 || status === 403)
    ? { ...known, retryAfter: hint.after }
    : known;
}

/** A 503 with a time to come back was refused; without one it may have been cut off half-way. */
function refused(known: Verdict, status: number, untilLater: boolean): Verdict {
  return status === 503 && untilLater ? { ...known, repeat: 'safe' } : known;
}

/** Google answers 403 to what comes too fast, and says so in the body. */
const googleQuotas = /^(?:user)?rateLimitExceeded$/i;

function reasonOf({ errors }: ErrorLike): string {
  const first: unknown = Array.isArray(errors) ? errors[0] : undefined;
  const reason: unknown = isObject(first) ? Reflect.get(first, 'reason') : undefined;
  return typeof reason === 'string' ? reason : '';
}

/** GitHub answers 403 where a quota is used up, and where too much is asked for at a time. */
function isUsedUp({ explicit }: RetryHint, read: HeaderReader): boolean {
  return explicit || read('x-ratelimit-remaining') === '0' || read('ratelimit-remaining') === '0';
}

/**
 * 0 when there is none. 1xx and 2xx are no failures of HTTP, whatever was thrown. An error without members of its own can
 * only have it itself.
 */
export function statusOf(error: ErrorLike, hasMembers = true): number {
  const direct =
    failedStatus(error.status) ||
    failedStatus(error.statusCode) ||
    failedStatus(error.httpStatus) ||
    failedStatus(error.httpStatusCode);
  if (direct !== 0 || !hasMembers) return direct;
  // axios, ky, got · Boom · Elasticsearch · tRPC's client · GraphQL
  const { response, output, meta, data, extensions } = error;
  return (
    nested(response) ||
    nested(output) ||
    nested(meta) ||
    nested(data) ||
    nested(isObject(extensions) ? extensions.http : undefined)
  );
}

function nested(answer: unknown): number {
  return isObject(answer)
    ? failedStatus(answer.status) ||
        failedStatus(answer.statusCode) ||
        failedStatus(answer.httpStatus)
    : 0;
}

/** What HTTP it was at all, whatever the status: then a code of five characters is that of an API. */
export function isHttp({ status, statusCode, response, $metadata }: ErrorLike): boolean {
  return (
    typeof status === 'number' ||
    typeof statusCode === 'number' ||
    isObject(response) ||
    isObject($metadata)
  );
}

/** When to come back, as the headers say. */
export function retryHint(error: ErrorLike): RetryHint | undefined {
  const read = headersOf(error);
  return read && readRetryAfter(read);
}

/**
 * undici and http-errors have them themselves, axios, ky, got and fetch wrappers in `response`, AWS in `$response`, Boom
 * in `output`, Elasticsearch in `meta`, GraphQL in `extensions.http`.
 */
function headersOf(error: ErrorLike): HeaderReader | undefined {
  const { extensions } = error;
  let read: HeaderReader | undefined;
  for (const holder of [
    error,
    error.response,
    error.$response,
    error.output,
    error.meta,
    isObject(extensions) ? extensions.http : undefined,
  ]) {
    if (!isObject(holder) || !isObject(holder.headers)) continue;
    const [before, next] = [read, headerReader(holder.headers)];
    read = before === undefined ? next : (name) => before(name) ?? next(name);
  }
  return read;
}

export function failedStatus(value: unknown): number {
  return typeof value === 'number' && value >= 300 && value < 600 && Number.isInteger(value)
    ? value
    : 0;
}
