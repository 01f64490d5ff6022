/** Safe responses wherever requests and responses are those of the web platform. */
import { ErrorResponder, type RequestInfo } from './responder/responder.ts';
import type { ErrorResponsesOptions } from './responder/options.ts';
import { storage } from '../failures/request/scope.ts';

/** What is used of a `Request`; those of other realms and of frameworks fit. */
export interface WebRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: { get(name: string): string | null };
}

const responders: WeakMap<object, ErrorResponder> = new WeakMap();
const usual: ErrorResponsesOptions = {};

/**
 * Makes of anything thrown the `Response` that is safe to send, and reports it: `errorResponses` for frameworks that have
 * none of their own here.
 *
 * The form is that which the request asks for (a page, a problem document, JSON); the id is that of the present request
 * context, else that of `X-Request-ID` in a safe shape, else a new one. Never throws for what was thrown; throws a
 * `TypeError` or a `RangeError` for options that cannot be. Give the same object of options each time: it is read once.
 *
 * @example
 * ```ts
 * import { notFound, toResponse } from 'kedge/responses';
 *
 * const response = toResponse(notFound('Order'), new Request('https://shop.example/orders/7'));
 * console.log(response.status); // 404
 * ```
 */
export function toResponse(
  error: unknown,
  request: WebRequest,
  options: ErrorResponsesOptions = usual,
): Response {
  let responder =
    typeof options === 'object' && options !== null ? responders.get(options) : undefined;
  if (responder === undefined) {
    responder = new ErrorResponder('web', options);
    responders.set(options, responder);
  }
  const info = infoOf(request);
  const made = responder;
  const scope = storage.getStore() ?? responder.open(info);
  const { status, headers, body } = storage.run(scope, () => made.respond(error, info));
  return new Response(info.method === 'HEAD' ? null : body, { status, headers });
}

function infoOf(request: WebRequest): RequestInfo {
  const { method, url, headers } = request;
  return { method, url: pathOf(url), header: (name) => headers.get(name) ?? undefined };
}

/** Path and query of an absolute address. */
export function pathOf(url: string): string {
  const mark = url.indexOf('://');
  if (mark === -1) return url;
  const start = url.indexOf('/', mark + 3);
  return start === -1 ? '/' : url.slice(start);
}
