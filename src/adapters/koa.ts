/** Safe answers for applications of Koa 2 and 3. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isHeaderValue } from '../responses/problem/checked.ts';
import { notFound, PublicError } from '../responses/public-error.ts';
import { ErrorResponder } from '../responses/responder/responder.ts';
import { begin, finish } from './answers/node.ts';
import type { ErrorResponsesOptions } from '../responses/responder/options.ts';

export type { ErrorResponsesOptions } from '../responses/responder/options.ts';

/** What is used of an application of Koa. */
export interface KoaApplication {
  readonly middleware: unknown[];
  readonly context: object;
  listenerCount(event: string): number;
  emit(event: string, ...given: unknown[]): boolean;
  on(event: string, listener: () => void): unknown;
}

interface Context {
  readonly app: KoaApplication;
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly status: number;
  readonly body: unknown;
  readonly response: { readonly _explicitNullBody?: boolean; get(name: string): string };
  readonly _matchedRoute?: unknown;
  respond?: boolean;
  onerror(error: unknown): void;
}

/**
 * Gives an application safe answers: every error, and every address that nothing answers, becomes a problem document or
 * a page, a log line and an event.
 *
 * It becomes the first middleware, wherever it is called, and takes the place of `ctx.onerror`, so that errors of streams
 * are caught too. Each request has its id (`X-Request-ID`) and context. Listeners of the application's `error` event
 * are still called; Koa's own, which prints stacks, is not. Throws a `TypeError` or a `RangeError` for what is no
 * application, and options that cannot be.
 *
 * @example
 * ```ts
 * import Koa from 'koa';
 * import { errorResponses } from 'kedge/koa';
 *
 * const app = new Koa();
 * errorResponses(app, { pages: { name: 'Acme' } });
 * app.use(async () => {
 *   throw new Error('no connection');
 * });
 * app.listen(3000);
 * ```
 */
export function errorResponses(app: KoaApplication, options: ErrorResponsesOptions = {}): void {
  if (!Array.isArray(app?.middleware) || typeof app.context !== 'object') {
    throw new TypeError('errorResponses: expected an application of Koa 2 or 3.');
  }
  const responder = new ErrorResponder('koa', options);
  // Where nobody listens, Koa adds its own listener.
  app.on('error', () => {});

  app.middleware.unshift(function answerSafely(ctx: Context, next: () => Promise<unknown>) {
    return new Promise<void>((resolve) => {
      const run = async (): Promise<void> => {
        try {
          await next();
          if (isUnanswered(ctx)) fail(ctx, emptyAnswer(ctx));
        } catch (error) {
          ctx.onerror(error ?? new Error('Nothing was thrown.'));
        }
        resolve();
      };
      begin(responder, ctx.req, ctx.res, () => void run());
    });
  });

  // Koa calls it at the end of each answer, then without an error.
  Object.assign(app.context, {
    onerror(this: Context, error: unknown): void {
      if (error === undefined || error === null) return;
      tell(this, error);
      fail(this, error);
    },
  });

  function fail(ctx: Context, error: unknown): void {
    // Everything is said already.
    ctx.respond = false;
    const { _matchedRoute: route } = ctx;
    finish(responder, error, ctx.req, ctx.res, typeof route === 'string' ? route : undefined);
  }
}

/** A status of failure and nothing else: Koa's own 404, and what a router says of methods. */
function isUnanswered({ status, body, response, res, respond }: Context): boolean {
  const { _explicitNullBody: isMeantToBeEmpty } = response;
  return (
    status >= 400 &&
    (body === undefined || body === null) &&
    isMeantToBeEmpty !== true &&
    respond !== false &&
    !res.headersSent
  );
}

function emptyAnswer({ status, response }: Context): PublicError {
  if (status === 404 || status > 599) return notFound();
  const allow: unknown = response.get('Allow');
  return new PublicError('', { status, ...(isHeaderValue(allow) && { headers: { allow } }) });
}

function tell(ctx: Context, error: unknown): void {
  try {
    ctx.app.emit('error', error, ctx);
  } catch {
    // A listener that fails must not cost the answer.
  }
}
