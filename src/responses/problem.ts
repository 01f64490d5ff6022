/** From a thrown value to a safe answer: RFC 9457, Problem Details for HTTP APIs. */
import { randomUUID } from 'node:crypto';
import { describeFailure } from '../failures/describe.ts';
import { report } from '../failures/report.ts';
import { documentOf, headersOf, type ProblemDocument, type Shortened } from './problem/document.ts';
import { mayExpose } from './problem/environment.ts';
import { explain } from './problem/explain.ts';
import { storage } from '../failures/request/scope.ts';

export type { ProblemDebug, ProblemDocument } from './problem/document.ts';

/** Options of `problem`. */
export interface ProblemOptions {
  /** @default the present request's own */
  readonly requestId?: string;
  /** A URI of this one occurrence. @default a new `urn:uuid:` */
  readonly instance?: string;
  /**
   * Shows type, message, stack and causes, redacted, where `NODE_ENV` is `development` or `test`; everywhere else,
   * and where it is missing, nothing changes.
   *
   * @default nothing is shown
   */
  readonly expose?: 'development';
}

/** An answer: its status, its headers and its body. */
export interface Problem {
  readonly status: number;
  /** Names in small letters. */
  readonly headers: Readonly<Record<string, string>>;
  readonly document: ProblemDocument;
}

/**
 * Makes of any thrown value an answer that says nothing about the inside: status, headers and problem document.
 *
 * Only a `PublicError` shows its message. Errors of web frameworks keep their status, kedge's own become 503 and 429
 * (with `Retry-After`) or 504, failures of dependencies 502, everything else 500. Never throws.
 *
 * @example
 * ```ts
 * import { notFound, problem } from 'kedge/responses';
 *
 * console.log(problem(new Error('connect to db-7 failed')).document.title); // Internal Server Error
 * console.log(problem(notFound('Order')).document.detail); // Order was not found.
 * ```
 */
export function problem(error: unknown, options: ProblemOptions = {}): Problem {
  const said = explain(error);
  const failure = mayExpose(options.expose)
    ? describeFailure(error, { runtime: false })
    : undefined;
  const document = documentOf(said, {
    instance: options.instance ?? `urn:uuid:${randomUUID()}`,
    requestId: options.requestId ?? storage.getStore()?.requestId,
    failure,
    onShortened: tellShortened,
  });
  return { status: said.status, headers: headersOf(said), document };
}

/** Nobody else hears of it: the document is what is left. */
function tellShortened(what: Shortened): void {
  report(
    { type: 'answer.shortened', from: 'responses', severity: 'warn', fields: { ...what } },
    { target: undefined },
  );
}
