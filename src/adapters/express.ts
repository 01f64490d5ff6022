/** Safe answers for applications of Express 4 and 5. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { notFound } from '../responses/public-error.ts';
import { ErrorResponder } from '../responses/responder/responder.ts';
import { begin, finish } from './answers/node.ts';
import { forwardRejections, isOfNest } from './express/router.ts';
import type { ErrorResponsesOptions } from '../responses/responder/options.ts';

export type { ErrorResponsesOptions } from '../responses/responder/options.ts';

/** What is used of an application of Express. */
export interface ExpressApplication {
  disable(setting: string): unknown;
}

/** Middleware for errors: Express knows it by its four arguments. */
export type ErrorMiddleware = (
  error: unknown,
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void;

type Handle = (
  request: IncomingMessage,
  response: ServerResponse,
  done?: (error?: unknown) => void,
) => void;

/**
 * Gives an application safe answers: every error that reaches its end, and every unknown address, becomes a problem
 * document or a page, a log line and an event.
 *
 * It stands around the whole application, so it may be called before or after routes and middleware are added: requests
 * have their id (`X-Request-ID`) and context from the start, the application's own error middleware comes first, and
 * Express's own last handler, which sends stacks, never. The header `X-Powered-By` is taken away. In Express 4 rejections of
 * handlers are heard of, as in Express 5. Throws a `TypeError` or a `RangeError` for what is no application, for one of Nest,
 * and for options that cannot be.
 *
 * @example
 * ```ts
 * import express from 'express';
 * import { errorResponses } from 'kedge/express';
 *
 * const app = express();
 * errorResponses(app, { pages: { name: 'Acme' } });
 * app.get('/orders/:id', async (request) => {
 *   throw new Error(`no connection for order ${request.params.id}`);
 * });
 * app.listen(3000);
 * ```
 */
export function errorResponses(app: ExpressApplication, options: ErrorResponsesOptions = {}): void {
  const changed = app as ExpressApplication & { handle?: Handle };
  if (typeof app === 'object' || typeof app === 'function') refuseNest(app);
  const handle = changed?.handle;
  if (typeof handle !== 'function' || typeof app.disable !== 'function' || isOld(app)) {
    throw new TypeError('errorResponses: expected an application of Express 4 or 5.');
  }
  const responder = new ErrorResponder('express', options);
  app.disable('x-powered-by');
  const heed = forwardRejections(app);
  changed.handle = function handleSafely(request, response, done) {
    heed?.();
    begin(responder, request, response, () => {
      handle.call(app, request, response, (error) => {
        // In another application, what is unknown here may be known there.
        if (isNothing(error) && done !== undefined) done();
        else end(responder, isNothing(error) ? notFound() : error, request, response);
      });
    });
  };
}

/** Express 3 and Connect keep their middleware in the application itself. */
function isOld(app: object): boolean {
  return 'stack' in app;
}

/** Its exception filters answer every error themselves, so that nothing would come here. */
function refuseNest(app: object | null): void {
  if (app === null || !isOfNest(app)) return;
  throw new TypeError(
    'errorResponses: an application of Nest answers errors by its exception filters. Use `toResponse` or `problem` of kedge/responses in a filter of your own.',
  );
}

/**
 * Makes middleware for errors that answers them safely, for a router of its own or as the last of an application.
 *
 * `errorResponses(app)` does the same for a whole application, and more. Throws a `TypeError` or a `RangeError` for options
 * that cannot be.
 *
 * @example
 * ```ts
 * import express from 'express';
 * import { errorMiddleware } from 'kedge/express';
 *
 * const app = express();
 * app.get('/', () => Promise.reject(new Error('down')));
 * app.use(errorMiddleware());
 * ```
 */
export function errorMiddleware(options: ErrorResponsesOptions = {}): ErrorMiddleware {
  const responder = new ErrorResponder('express', options);
  // Four arguments are what makes it middleware for errors.
  return function answerError(error, request, response, _next) {
    begin(responder, request, response, () => end(responder, error, request, response));
  };
}

interface Routed {
  readonly baseUrl?: string;
  readonly route?: { readonly path?: unknown };
}

function end(
  responder: ErrorResponder,
  error: unknown,
  request: IncomingMessage & Routed,
  response: ServerResponse,
): void {
  const { baseUrl, route } = request;
  const pattern = typeof route?.path === 'string' ? route.path : undefined;
  const path = pattern === undefined ? undefined : `${baseUrl ?? ''}${pattern}`;
  finish(responder, error, request, response, path);
}

/** Express knows no other errors than truthy ones. */
function isNothing(error: unknown): boolean {
  return error === undefined || error === null;
}
