/** From a thrown value to what may be said about it: by default a status and nothing else. */
import { classify, type Verdict } from '../../verdict/classify.ts';
import { type FieldError, isPublicError } from '../public-error.ts';
import { isCode, isFailedStatus } from './checked.ts';
import { read } from '../../failures/probe.ts';
import { headerOf, statedErrors, statedHeaders, statedStatus } from './stated.ts';

/** What may be said. Whatever is not given is filled in from the status. */
export interface Explanation {
  readonly status: number;
  readonly code?: string | undefined;
  readonly type?: string | undefined;
  readonly title?: string | undefined;
  readonly detail?: string | undefined;
  readonly payload?: Readonly<Record<string, unknown>> | undefined;
  readonly errors?: readonly FieldError[] | undefined;
  /** How many errors there were, where not all of them are shown. */
  readonly allErrors?: number | undefined;
  /** Milliseconds. */
  readonly retryAfter?: number | undefined;
  /** Names in small letters. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** What a handler of the application may answer; what it leaves out is as it would have been without it. */
export type HandlerAnswer = Partial<Omit<Explanation, 'allErrors'>>;

const LONGEST_DETAIL = 2_000;
const MOST_ERRORS = 100;
/** Where nobody knows when there will be room again, soon is a good guess. */
const SOON = 1_000;
/** An isolated circuit has no end of its own. */
const LATER = 60_000;

/** Never throws, and shows nothing that was not made to be shown. */
export function explain(error: unknown): Explanation {
  try {
    if (isPublicError(error)) return shown(error, 500);
    const status = statedStatus(error);
    if (status !== undefined) {
      const retryAfter = status === 429 || status === 503 ? classify(error).retryAfter : undefined;
      return {
        status,
        headers: statedHeaders(error),
        errors: statedErrors(error),
        retryAfter: boundedDelay(retryAfter),
      };
    }
    return classified(error);
  } catch {
    return { status: 500 };
  }
}

function classified(error: unknown): Explanation {
  const verdict = classify(error);
  switch (verdict.kind) {
    case 'rejected':
      return {
        status: verdict.code === 'KEDGE_RATE_LIMITED' ? 429 : 503,
        retryAfter: boundedDelay(verdict.retryAfter) ?? SOON,
      };
    case 'timeout':
      return { status: 504 };
    case 'cancelled':
      // The client is gone, or this process is about to be.
      return { status: 503 };
    case 'transient':
    case 'permanent':
      return blamed(verdict);
    case 'bug':
    case 'unknown':
      return { status: 500 };
  }
}

/** Whose failure it is decides: a dependency's is a bad gateway, one of this process is its own. */
function blamed({ kind, blame, source, retryAfter }: Verdict): Explanation {
  const wait = boundedDelay(retryAfter);
  const isRemote = source === 'http' || source === 'network';
  if (blame === 'dependency') {
    return source === 'application' ? { status: 500 } : { status: 502, retryAfter: wait };
  }
  if (blame !== 'request') return { status: 500 };
  // A lost race may be won the next time. What another service has refused was asked by this one, not by its client: unless
  // a handler says otherwise, its 404 is none of ours. A database that refuses is well; what it was asked is wrong.
  if (kind === 'transient') return { status: 503, retryAfter: wait ?? SOON };
  return { status: isRemote ? 502 : 500 };
}

/** Something that was made to be shown: a `PublicError`, or what a handler returned. Each part is checked. */
export function shown(made: unknown, status: number): Explanation {
  const detail = read(made, 'message') ?? read(made, 'detail');
  const payload = read(made, 'payload');
  const errors = read(made, 'errors');
  const code = read(made, 'code');
  const own = read(made, 'status');
  return {
    status: isFailedStatus(own) ? own : status,
    code: isCode(code) ? code : undefined,
    type: text(read(made, 'type'), 500),
    title: text(read(made, 'title'), 200),
    detail: text(detail, LONGEST_DETAIL),
    payload: typeof payload === 'object' && payload !== null ? { ...payload } : undefined,
    errors: Array.isArray(errors) ? errors.slice(0, MOST_ERRORS).flatMap(fieldError) : undefined,
    allErrors: Array.isArray(errors) ? errors.length : undefined,
    retryAfter: boundedDelay(read(made, 'retryAfter')),
    headers: neededHeaders(read(made, 'headers')),
  };
}

function neededHeaders(headers: unknown): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of ['www-authenticate', 'allow', 'content-range']) {
    const value = headerOf(headers, name);
    if (value !== undefined) found[name] = value;
  }
  return found;
}

function fieldError(given: unknown): FieldError[] {
  const detail = text(read(given, 'detail'), LONGEST_DETAIL);
  if (detail === undefined) return [];
  const pointer = text(read(given, 'pointer'), 500);
  const parameter = text(read(given, 'parameter'), 200);
  const code = read(given, 'code');
  return [
    {
      detail,
      ...(pointer !== undefined && { pointer }),
      ...(parameter !== undefined && { parameter }),
      ...(isCode(code) && { code }),
    },
  ];
}

function text(value: unknown, longest: number): string | undefined {
  return typeof value === 'string' && value !== '' ? value.slice(0, longest) : undefined;
}

function boundedDelay(ms: unknown): number | undefined {
  if (typeof ms !== 'number' || !(ms >= 0)) return undefined;
  return ms === Infinity ? LATER : Math.ceil(Math.min(ms, 366 * 86_400_000));
}
