/** Safe answers for servers of node:http. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ErrorResponder } from '../responses/responder/responder.ts';
import { begin, finish } from './answers/node.ts';
import type { ErrorResponsesOptions } from '../responses/responder/options.ts';

export type { ErrorResponsesOptions } from '../responses/responder/options.ts';

/** What a server calls for each request; it may be async. */
export type RequestListener = (request: IncomingMessage, response: ServerResponse) => unknown;

/**
 * Returns `listener` with safe answers: what it throws becomes a problem document or a page, a log line and an event.
 *
 * Each request has its id (`X-Request-ID`) and context. An answer that has begun already is cut off. Throws a
 * `TypeError` or a `RangeError` for options that cannot be.
 *
 * @example
 * ```ts
 * import { notFound } from 'kedge/responses';
 * import { errorResponses } from 'kedge/node-http';
 * import { createServer } from 'node:http';
 *
 * const server = createServer(
 *   errorResponses(async (request, response) => {
 *     if (request.url !== '/') throw notFound();
 *     response.end('hello');
 *   }),
 * );
 * server.listen(3000);
 * ```
 */
export function errorResponses(
  listener: RequestListener,
  options: ErrorResponsesOptions = {},
): (request: IncomingMessage, response: ServerResponse) => void {
  if (typeof listener !== 'function') {
    throw new TypeError('errorResponses: expected the listener of a server.');
  }
  const responder = new ErrorResponder('node-http', options);
  return function answerSafely(request, response) {
    begin(responder, request, response, () => {
      run(listener, request, response).catch((error: unknown) =>
        finish(responder, error, request, response),
      );
    });
  };
}

/** What a listener that is not async throws becomes a rejection as well. */
async function run(
  listener: RequestListener,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  await listener(request, response);
}
