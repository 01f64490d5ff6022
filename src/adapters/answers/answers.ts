/** Turns what was thrown into what is answered, and reports it. The frameworks' adapters only carry it. */
import { randomUUID } from 'node:crypto';
import { describeFailure } from '../../failures/describe.ts';
import type { Failure } from '../../failures/failure.ts';
import { handle } from '../../responses/handlers.ts';
import { type ErrorPages, errorPages } from '../../responses/pages.ts';
import { documentOf, headersOf } from '../../responses/problem/document.ts';
import { mayExpose } from '../../responses/problem/environment.ts';
import { explain, type Explanation, shown } from '../../responses/problem/explain.ts';
import { isPublicError } from '../../responses/public-error.ts';
import { report } from '../../failures/report.ts';
import { type Logger, standardErrorOfFailures } from '../../failures/report/logger.ts';
import { Scope, storage } from '../../responses/request-context/scope.ts';
import { formFor } from './negotiate.ts';
import { type NamedOptions, readAnswerOptions, type ErrorResponsesOptions } from './options.ts';

/** What an answer depends on. */
export interface Asked {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  header(name: 'accept' | 'referer' | 'host' | 'x-request-id' | 'traceparent'): string | undefined;
}

/** Names of headers are in small letters. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export class Answers {
  private readonly options: NamedOptions;
  private readonly pages: ErrorPages | undefined;

  constructor(framework: string, options: ErrorResponsesOptions = {}) {
    this.options = readAnswerOptions(framework, options);
    const { pages } = this.options;
    this.pages = pages === false ? undefined : errorPages(pages);
  }

  /** A new request. */
  open(asked: Asked, requestId: unknown = asked.header('x-request-id')): Scope {
    const { hashKey } = this.options;
    return new Scope({ requestId, traceparent: asked.header('traceparent'), hashKey });
  }

  /** Never throws. Call it inside of the request's scope. */
  answer(error: unknown, asked: Asked, logger?: Logger): Answer {
    try {
      return this.made(error, asked, logger);
    } catch (failed) {
      this.tell('request.failed', failed, { status: 500 }, undefined, logger);
      return lastResort();
    }
  }

  /** For an answer that has begun already: all that is left is to end the connection. Call it inside of the scope. */
  cutOff(error: unknown, gone: boolean, logger?: Logger): void {
    this.tell('request.failed', error, { cutOff: true }, gone ? 'info' : undefined, logger);
  }

  private made(error: unknown, asked: Asked, logger: Logger | undefined): Answer {
    const { method, url } = asked;
    const requestId = storage.getStore()?.requestId;
    const said = this.said(error, asked, requestId, logger);
    const { status } = said;

    // A refusal that was made to be shown has nothing more inside, unless something led to it.
    const inside = isPublic(error) && status < 500 ? error.cause : error;
    const exposed = mayExpose(this.options.expose);
    const failure =
      inside !== undefined && (status >= 500 || exposed) ? this.describe(inside) : undefined;
    const instance = `urn:uuid:${failure?.id ?? randomUUID()}`;
    const document = documentOf(said, {
      instance,
      requestId,
      failure: exposed ? failure : undefined,
    });

    const fields = { status, code: document.code, method, instance };
    if (status >= 500) this.tell('request.failed', inside, fields, undefined, logger, failure);
    else this.tell('request.refused', inside, fields, 'info', logger, failure);

    const form = formFor(asked.header('accept'), this.pages !== undefined);
    const common = { ...headersOf(said), ...(requestId && { 'x-request-id': requestId }) };
    if (form === 'page' && this.pages !== undefined) {
      const [referer, host] = [asked.header('referer'), asked.header('host')];
      const page = this.pages.render(document, { method, url, referer, host });
      return { status, headers: { ...common, ...page.headers }, body: page.html };
    }
    const type = form === 'json' ? { 'content-type': 'application/json; charset=utf-8' } : {};
    return { status, headers: { ...common, ...type }, body: JSON.stringify(document) };
  }

  /** What the application wants to be said, else what is safe to say. */
  private said(
    error: unknown,
    { method, url }: Asked,
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
    return describeFailure(error, { context, runtime: false });
  }

  private tell(
    type: `${string}.${string}`,
    error: unknown,
    fields: Readonly<Record<string, string | number | boolean>>,
    severity: 'info' | undefined,
    logger: Logger = standardErrorOfFailures,
    known?: Failure,
  ): void {
    const failure = known ?? (severity === undefined ? this.describe(error) : undefined);
    report(
      {
        type,
        from: this.options.name,
        severity: severity ?? loudness[failure?.severity ?? 'error'],
        // A refusal that was meant has nothing inside.
        ...((error !== undefined || severity === undefined) && { error, failure }),
        fields,
      },
      this.options.logger,
      logger,
    );
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

/** When even the answer to an error fails. */
export function lastResort(): Answer {
  const requestId = storage.getStore()?.requestId;
  const document = documentOf({ status: 500 }, { instance: `urn:uuid:${randomUUID()}`, requestId });
  return {
    status: 500,
    headers: { ...headersOf({ status: 500 }), ...(requestId && { 'x-request-id': requestId }) },
    body: JSON.stringify(document),
  };
}
