/** Answers through the responses of node:http and node:http2. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { read } from '../../failures/probe.ts';
import type { Logger } from '../../failures/report/logger.ts';
import { type Scope, storage } from '../../failures/request/scope.ts';
import type {
  ErrorResponse,
  ErrorResponder,
  RequestInfo,
} from '../../responses/responder/responder.ts';
import { breakOff, breakOffOnDestroy } from './break-off.ts';
import { followIn } from './follow.ts';
import { staleHeaders, varyWith } from './headers.ts';

const scopes: WeakMap<object, Scope> = new WeakMap();
/** The error that each request has ended with. */
const finished: WeakMap<object, unknown> = new WeakMap();

/** Runs `then` as the request that it is. A request that was begun already, by an outer application, stays the same. */
export function begin(
  responder: ErrorResponder,
  request: IncomingMessage,
  response: ServerResponse,
  then: () => void,
  requestId?: unknown,
): void {
  if (scopes.has(request)) {
    then();
    return;
  }
  const info = infoOf(request);
  const scope = requestId === undefined ? responder.open(info) : responder.open(info, requestId);
  scopes.set(request, scope);
  response.setHeader('X-Request-ID', scope.requestId);
  followIn(scope, request, response);
  if (request.httpVersionMajor >= 2) breakOffOnDestroy(response);
  storage.run(scope, then);
}

/** Answers an error, as far as there still is something to be answered. Never throws. */
export function finish(
  responder: ErrorResponder,
  error: unknown,
  request: IncomingMessage,
  response: ServerResponse,
  route?: string,
  logger?: Logger,
): void {
  // A stream that fails is heard of from several sides.
  if (error !== undefined && finished.get(request) === error) return;
  finished.set(request, error);
  inScope(request, route, () => {
    if (response.headersSent || response.destroyed || response.writableEnded) {
      endConnection(responder, error, response, logger);
    } else {
      send(responder.respond(error, infoOf(request), logger), request, response);
    }
  });
}

/** Runs `then` as the request that it is about, wherever it comes from. */
export function inScope(request: object, route: string | undefined, then: () => void): void {
  const scope = scopes.get(request);
  if (route !== undefined) scope?.matched(route);
  if (scope === undefined || storage.getStore() === scope) then();
  else storage.run(scope, then);
}

const departures = new Set(['ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE']);

/** The client must not take for a whole answer what is none: its connection breaks off. */
function endConnection(
  responder: ErrorResponder,
  error: unknown,
  response: ServerResponse,
  logger: Logger | undefined,
): void {
  const { destroyed, writableEnded } = response;
  responder.cutOff(error, destroyed && departures.has(read(error, 'code') as string), logger);
  if (!writableEnded) breakOff(response);
}

export function send(
  answer: ErrorResponse,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  try {
    for (const name of staleHeaders(response.getHeaderNames())) response.removeHeader(name);
    for (const [name, value] of Object.entries(answer.headers)) {
      response.setHeader(name, name === 'vary' ? varyWith(value, response.getHeader(name)) : value);
    }
    response.setHeader('content-length', Buffer.byteLength(answer.body));
    response.statusCode = answer.status;
    // Whatever was put there in the meantime; '' stands for the usual phrase.
    if (request.httpVersionMajor < 2) response.statusMessage = '';
    if (request.method === 'HEAD') response.end();
    else response.end(answer.body);
  } catch {
    // A response that was tampered with.
    breakOff(response);
  }
}

export function infoOf(request: IncomingMessage & { readonly originalUrl?: string }): RequestInfo {
  return {
    method: request.method ?? 'GET',
    url: request.originalUrl ?? request.url ?? '/',
    header: (name) => {
      const value = request.headers[name];
      return Array.isArray(value) ? value[0] : value;
    },
  };
}
