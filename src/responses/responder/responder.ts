/** Turns a thrown value into the response to it, and reports it. The frameworks' adapters only carry the response. */
import { randomUUID } from 'node:crypto';
import { describeFailure, severityOf } from '../../failures/describe.ts';
import type { Failure } from '../../failures/failure.ts';
import { report, stormLimit, type Writing } from '../../failures/report.ts';
import type { LogRateLimiter } from '../../failures/report/storm.ts';
import { type Logger, standardErrorOfFailures } from '../../failures/report/logger.ts';
import type { RedactionOptions } from '../../failures/redact/options.ts';
import { classify } from '../../verdict/classify.ts';
import { handle } from '../handlers.ts';
import { type ErrorPages, errorPages } from '../pages.ts';
import { documentOf, headersOf } from '../problem/document.ts';
import { mayExpose } from '../problem/environment.ts';
import { explain, type Explanation, shown } from '../problem/explain.ts';
import { isPublicError } from '../public-error.ts';
import { Scope, storage } from '../../failures/request/scope.ts';
import { formFor } from './negotiate.ts';
import { type ErrorResponsesOptions, type NamedOptions, readResponderOptions } from './options.ts';

/** What a response depends on. */
export interface RequestInfo {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  header(name: 'accept' | 'referer' | 'host' | 'x-request-id' | 'traceparent'): string | undefined;
}

/** Names of headers are in small letters. */
export interface ErrorResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

type Fields = Readonly<Record<string, string | number | boolean | undefined>>;

export class ErrorResponder {
  private readonly options: NamedOptions;
  private readonly redaction: RedactionOptions;
  private readonly pages: ErrorPages | undefined;
  private readonly storm: LogRateLimiter = stormLimit();

  constructor(framework: string, options: ErrorResponsesOptions = {}) {
    this.options = readResponderOptions(framework, options);
    const { pages, keys, patterns, scrub, limits } = this.options;
    this.redaction = { keys, patterns, scrub, limits };
    this.pages = pages === false ? undefined : errorPages(pages);
  }

  /** A new request. */
  open(request: RequestInfo, requestId: unknown = request.header('x-request-id')): Scope {
    const { hashKey } = this.options;
    return new Scope({ requestId, traceparent: request.header('traceparent'), hashKey });
  }

  /** Never throws. Call it inside of the request's scope. */
  respond(error: unknown, request: RequestInfo, logger?: Logger): ErrorResponse {
    try {
      return this.made(error, request, logger);
    } catch (failed) {
      this.tell('request.failed', failed, { status: 500 }, undefined, logger);
      return lastResort();
    }
  }

  /** For a response that has begun already: all that is left is to break it off. Call it inside of the scope. */
  cutOff(error: unknown, gone: boolean, logger?: Logger): void {
    this.tell('request.failed', error, { cutOff: true }, gone ? 'info' : undefined, logger);
  }

  private made(error: unknown, request: RequestInfo, logger: Logger | undefined): ErrorResponse {
    const { method, url } = request;
    const requestId = storage.getStore()?.requestId;
    const said = this.said(error, request, requestId, logger);
    const { status } = said;

    // A refusal that was made to be shown has nothing more inside, unless something led to it.
    const inside = isPublic(error) && status < 500 ? error.cause : error;
    const exposed = mayExpose(this.options.expose);
    const failure = inside !== undefined && exposed ? this.describe(inside) : undefined;
    const instance = `urn:uuid:${failure?.id ?? randomUUID()}`;
    const document = documentOf(said, {
      instance,
      requestId,
      failure,
      onShortened: (what) =>
        this.warn('answer.shortened', undefined, { ...what, instance }, logger),
    });

    const fields = { status, code: document.code, method, instance };
    if (status >= 500) this.tell('request.failed', inside, fields, undefined, logger, failure);
    else this.tell('request.refused', inside, fields, 'info', logger, failure);

    const form = formFor(request.header('accept'), this.pages !== undefined);
    const common = { ...headersOf(said), ...(requestId && { 'x-request-id': requestId }) };
    if (form === 'page' && this.pages !== undefined) {
      const [referer, host] = [request.header('referer'), request.header('host')];
      const page = this.pages.render(document, { method, url, referer, host }, (failed) =>
        this.warn('template.failed', failed, { status }, logger),
      );
      return { status, headers: { ...common, ...page.headers }, body: page.html };
    }
    const type = form === 'json' ? { 'content-type': 'application/json; charset=utf-8' } : {};
    return { status, headers: { ...common, ...type }, body: JSON.stringify(document) };
  }

  /** What the application wants to be said, else what is safe to say. */
  private said(
    error: unknown,
    { method, url }: RequestInfo,
    requestId: string | undefined,
    logger: Logger | undefined,
  ): Explanation {
    const plain = explain(error);
    const { status } = plain;
    const path = url.split('?', 1)[0] ?? '/';
    try {
      const answer = handle(this.options.handlers, error, { method, path, status, requestId });
      return answer === undefined ? plain : over(plain, shown(answer, status));
    } catch (failed) {
      this.tell('handler.failed', failed, { status: 500 }, undefined, logger);
      return { status: 500 };
    }
  }

  private describe(error: unknown): Failure {
    const { requestId, traceId, spanId, route, tags } = storage.getStore() ?? {};
    const context = { requestId, traceId, spanId, route, tags };
    return describeFailure(error, { ...this.redaction, context, runtime: false });
  }

  private tell(
    type: `${string}.${string}`,
    error: unknown,
    fields: Fields,
    severity: 'info' | undefined,
    logger: Logger | undefined,
    known?: Failure,
  ): void {
    const describe = (): Failure => known ?? this.describe(error);
    report(
      {
        type,
        from: this.options.name,
        severity: severity ?? loudness[severityOf(classify(error).kind)],
        // A refusal that was meant has nothing inside.
        ...((error !== undefined || severity === undefined) && { error, describe }),
        fields,
      },
      this.writing(logger),
    );
  }

  /** For mistakes in the application's own part of a response, which the client did not notice. */
  private warn(
    type: `${string}.${string}`,
    error: unknown,
    fields: Fields,
    logger: Logger | undefined,
  ): void {
    const about = error === undefined ? {} : { error };
    report(
      { type, from: this.options.name, severity: 'warn', fields, ...about },
      this.writing(logger),
    );
  }

  private writing(otherwise: Logger = standardErrorOfFailures): Writing {
    return { target: this.options.logger, redaction: this.redaction, otherwise, storm: this.storm };
  }
}

const loudness = { critical: 'error', error: 'error', warning: 'warn', info: 'info' } as const;

function isPublic(error: unknown): error is Error {
  try {
    return isPublicError(error);
  } catch {
    return false;
  }
}

/** What a handler leaves out is as it would have been without it. */
function over(plain: Explanation, own: Explanation): Explanation {
  const given = Object.fromEntries(Object.entries(own).filter(([, part]) => part !== undefined));
  const headers = { ...plain.headers, ...own.headers };
  return { ...plain, ...given, status: own.status, headers };
}

/** When even the response to an error fails. */
export function lastResort(): ErrorResponse {
  const requestId = storage.getStore()?.requestId;
  const document = documentOf({ status: 500 }, { instance: `urn:uuid:${randomUUID()}`, requestId });
  return {
    status: 500,
    headers: { ...headersOf({ status: 500 }), ...(requestId && { 'x-request-id': requestId }) },
    body: JSON.stringify(document),
  };
}
