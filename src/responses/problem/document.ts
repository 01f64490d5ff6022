/** The document of RFC 9457, and the headers of the answer that carries it. */
import { STATUS_CODES } from 'node:http';
import type { Failure, FailureCause } from '../../failures/failure.ts';
import type { FieldError } from '../public-error.ts';
import type { Explanation } from './explain.ts';
import { textOf } from './texts.ts';

/** What the inside looks like, redacted; only in development. */
export interface ProblemDebug {
  readonly type: string;
  readonly message: string;
  readonly stack?: string;
  readonly causes: readonly FailureCause[];
}

/** A problem document (RFC 9457); the payload of a `PublicError` adds members. */
export interface ProblemDocument {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail?: string;
  /** Of this one occurrence: the same in the document and in the log. */
  readonly instance: string;
  /** A stable name for programs. */
  readonly code: string;
  readonly requestId?: string;
  /** Milliseconds; the header `Retry-After` has it in seconds. */
  readonly retryAfter?: number;
  readonly errors?: readonly FieldError[];
  readonly debug?: ProblemDebug;
  readonly [more: string]: unknown;
}

/** What is known of one occurrence. */
export interface Occurrence {
  /** A URI. */
  readonly instance: string;
  readonly requestId?: string | undefined;
  /** Its inside, where that may be shown. */
  readonly failure?: Failure | undefined;
  /** Is told what there was no room for. */
  readonly onShortened?: ((what: Shortened) => void) | undefined;
}

/** What of a response there was no room for, or no form. */
export interface Shortened {
  readonly payload?: 'too large' | 'not JSON';
  /** Names of its members that the document itself has. */
  readonly taken?: string;
  /** How many errors there were. */
  readonly errors?: number;
}

export function documentOf(said: Explanation, occurrence: Occurrence): ProblemDocument {
  const { status, detail, errors, retryAfter, allErrors = 0 } = said;
  const { requestId, failure, onShortened } = occurrence;
  if (errors !== undefined && allErrors > errors.length) onShortened?.({ errors: allErrors });
  return {
    ...json(said.payload, onShortened),
    type: said.type ?? 'about:blank',
    title: said.title ?? phraseOf(status),
    status,
    detail: detail ?? textOf(status).text,
    instance: occurrence.instance,
    code: said.code ?? codeOf(status),
    ...(requestId !== undefined && { requestId }),
    ...(retryAfter !== undefined && { retryAfter }),
    ...(errors !== undefined && errors.length > 0 && { errors }),
    ...(failure !== undefined && { debug: debugOf(failure) }),
  };
}

/** Names in small letters. Nothing about a failure is for caches, and which form it has depends on who asks. */
export function headersOf(said: Explanation): Record<string, string> {
  const { retryAfter } = said;
  return {
    ...said.headers,
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
    vary: 'Accept',
    'x-content-type-options': 'nosniff',
    ...(retryAfter !== undefined && {
      'retry-after': String(Math.max(1, Math.ceil(retryAfter / 1_000))),
    }),
  };
}

export function phraseOf(status: number): string {
  return STATUS_CODES[status] ?? (status < 500 ? 'Client Error' : 'Server Error');
}

/** `Not Found` becomes `not-found`. */
export function codeOf(status: number): string {
  return phraseOf(status)
    .toLowerCase()
    .replaceAll(/[^a-z]+/g, '-');
}

function debugOf({ type, message, stack, causes }: Failure): ProblemDebug {
  return { type, message, ...(stack !== undefined && { stack }), causes };
}

const LONGEST_PAYLOAD = 100_000;
/** Members of the document, which a payload cannot replace. */
const standard = new Set(
  'type title status detail instance code requestId retryAfter errors debug'.split(' '),
);

/** What JSON can say of it. What is too large, or has a circle or a getter that throws, is left out, and told. */
function json(payload: Explanation['payload'], onShortened: Occurrence['onShortened']): object {
  if (payload === undefined) return {};
  try {
    const text = JSON.stringify(payload);
    if (text.length <= LONGEST_PAYLOAD) {
      const members = JSON.parse(text) as object;
      const taken = Object.keys(members).filter((name) => standard.has(name));
      if (taken.length > 0) onShortened?.({ taken: taken.join(', ') });
      return members;
    }
    onShortened?.({ payload: 'too large' });
  } catch {
    onShortened?.({ payload: 'not JSON' });
  }
  return {};
}
