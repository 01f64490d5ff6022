import type { Verdict } from './verdict.ts';
import { byGrpcCode, byName, ofStatus, recoded } from './lookup.ts';
import { delay, isObject, LONGEST_CODE, type ErrorLike, typeName } from './error-like.ts';
import { type RetryHint, readRetryAfter } from './retry-after.ts';

/** An HTTP failure. `code` is the error's own, where it has one that says more than the status. */
export function httpError(error: ErrorLike, status: number, code: unknown): Verdict | undefined {
  let known = ofStatus(status);
  if (typeof code === 'string' && code !== '' && code.length <= LONGEST_CODE)
    known = recoded(known, code);
  if (known === undefined || known.repeat === 'never') return known;

  const hint = retryHint(error);
  // A 503 with a time to come back was refused; without one it may have been cut off half-way.
  const refused =
    status === 503 && (hint?.explicit === true || delay(error.retryAfter) !== undefined);
  if (refused) known = { ...known, repeat: 'safe' };
  // Any answer may carry its quota; it is the reason of the failure only where the status says so.
  return hint !== undefined && (hint.explicit || status === 429 || status === 503)
    ? { ...known, retryAfter: hint.after }
    : known;
}

/** 0 when there is none. 1xx and 2xx are no failures of HTTP, whatever was thrown. */
export function statusOf(error: ErrorLike): number {
  const direct = failedStatus(error.status) || failedStatus(error.statusCode);
  if (direct !== 0) return direct;
  const { response } = error;
  return isObject(response)
    ? failedStatus(response.status) || failedStatus(response.statusCode)
    : 0;
}

/** An error of AWS SDK 3, whose clients mark it with `$fault`, `$metadata` and `$retryable`. */
export function awsError(error: ErrorLike): Verdict | undefined {
  const { $metadata, $retryable, $fault } = error;
  if ($metadata === undefined && $retryable === undefined && $fault === undefined) return undefined;

  const name = typeName(error);
  const named = byName.get(name);
  const listed = named?.source === 'http' ? named : undefined;
  const status = isObject($metadata) ? failedStatus($metadata.httpStatusCode) : 0;
  // What could not be parsed comes without a name of its own.
  const code = name === 'Error' || name === '' ? String(status) : name;
  const retryAfter = retryHint(error)?.after;
  const after = retryAfter === undefined ? {} : { retryAfter };

  if (
    status === 429 ||
    listed?.repeat === 'safe' ||
    (isObject($retryable) && $retryable.throttling === true)
  ) {
    return {
      kind: 'transient',
      blame: 'dependency',
      repeat: 'safe',
      source: 'http',
      code,
      ...after,
    };
  }
  if (isObject($retryable) || listed !== undefined)
    return {
      kind: 'transient',
      blame: 'dependency',
      repeat: 'idempotent',
      source: 'http',
      code,
      ...after,
    };
  if (status >= 500) return httpError(error, status, code);
  if ($fault === 'client' || status !== 0)
    return { kind: 'permanent', blame: 'request', repeat: 'never', source: 'http', code };
  return $fault === 'server'
    ? { kind: 'transient', blame: 'dependency', repeat: 'idempotent', source: 'http', code }
    : undefined;
}

/** An error of gRPC, told by a small number in `code`. */
export function grpcError(error: ErrorLike, name: string, code: number): Verdict | undefined {
  const known = byGrpcCode.get(code);
  const { metadata } = error;
  // Kafka's clients and child processes have small numbers as well: the first under a name of their own, the others with a command.
  if (
    known === undefined ||
    (typeof error.details !== 'string' &&
      !isObject(metadata) &&
      (name !== 'Error' || error.cmd !== undefined))
  )
    return undefined;
  if ((code !== 8 && code !== 14) || !isObject(metadata)) return known;

  const values: unknown =
    typeof metadata.get === 'function'
      ? metadata.get(PUSHBACK)
      : (metadata as Record<string, unknown>)[PUSHBACK];
  const value: unknown = Array.isArray(values) ? values[0] : values;
  if (value === undefined || value === null) return known;
  // Anything but a number of milliseconds means: do not come back (gRFC A6).
  const asked =
    typeof value === 'number' || (typeof value === 'string' && /^\d{1,12}$/.test(value))
      ? delay(Number(value))
      : undefined;
  if (asked === undefined) return { ...known, kind: 'permanent', repeat: 'never' };
  return { ...known, kind: 'transient', repeat: 'safe', retryAfter: asked };
}

const PUSHBACK = 'grpc-retry-pushback-ms';

/** `response` is of axios, ky, got and fetch wrappers, `$response` of AWS; undici and http-errors have the headers themselves. */
function retryHint(error: ErrorLike): RetryHint | undefined {
  const { headers, response, $response } = error;
  return (
    readRetryAfter(headers) ??
    readRetryAfter(isObject(response) ? response.headers : undefined) ??
    readRetryAfter(isObject($response) ? $response.headers : undefined)
  );
}

function failedStatus(value: unknown): number {
  return typeof value === 'number' && value >= 300 && value < 600 && Number.isInteger(value)
    ? value
    : 0;
}
