/** Safe answers for applications of Hono 3 and 4. */
import { notFound } from '../responses/public-error.ts';
import { pathOf } from '../responses/to-response.ts';
import { type Scope, storage } from '../failures/request/scope.ts';
import {
  type ErrorResponse,
  ErrorResponder,
  type RequestInfo,
} from '../responses/responder/responder.ts';
import { type Breakable, breakOff } from './answers/break-off.ts';
import { staleHeaders, varyWith } from './answers/headers.ts';
import type { ErrorResponsesOptions } from '../responses/responder/options.ts';
import { guarded, mayBreakOff } from './hono/streams.ts';

export type { ErrorResponsesOptions } from '../responses/responder/options.ts';

/** What is used of an application of Hono. */
export interface HonoApplication {
  readonly routes: readonly unknown[];
  onError(handler: never): unknown;
  notFound(handler: never): unknown;
}

interface Hono {
  readonly routes: readonly unknown[];
  use(path: '*', middleware: (c: Context, next: () => Promise<void>) => Promise<void>): unknown;
  onError(handler: (error: Error, c: Context) => Response): unknown;
  notFound(handler: (c: Context) => Response): unknown;
}

interface Context {
  readonly req: {
    readonly method: string;
    readonly url: string;
    readonly routePath?: unknown;
    header(name: string): string | undefined;
  };
  res: Response;
  /** Of `@hono/node-server`. */
  readonly env?: { readonly outgoing?: Breakable & { readonly headersSent?: boolean } };
  header(name: string, value: string): void;
  newResponse(body: string, status: number, headers: Record<string, string>): Response;
}

/**
 * Gives an application safe answers: every error, and every unknown address, becomes a problem document or a page, a log
 * line and an event.
 *
 * It sets `onError` and `notFound` and adds middleware, so it is called before routes are added. Each request has its id
 * (`X-Request-ID`) and context. Things thrown that are no errors are answered too, and so is what `onError` of a
 * sub-application throws. An answer that has begun already is cut off. Of an `HTTPException` the status is kept, and a
 * `WWW-Authenticate`. Throws a `TypeError` or a `RangeError` for what is no application, one with routes, and options
 * that cannot be.
 *
 * @example
 * ```ts
 * import { Hono } from 'hono';
 * import { errorResponses } from 'kedge/hono';
 *
 * const app = new Hono();
 * errorResponses(app, { pages: { name: 'Acme' } });
 * app.get('/orders/:id', () => {
 *   throw new Error('no connection');
 * });
 * const answer = await app.request('/orders/7');
 * console.log(answer.status); // 500
 * ```
 */
export function errorResponses(app: HonoApplication, options: ErrorResponsesOptions = {}): void {
  const isHono = typeof app?.onError === 'function' && typeof app.notFound === 'function';
  if (!isHono || !Array.isArray(app.routes)) {
    throw new TypeError('errorResponses: expected an application of Hono 3 or 4.');
  }
  if (app.routes.length > 0) {
    throw new TypeError('errorResponses: expected to be called before routes are added.');
  }
  const responder = new ErrorResponder('hono', options);
  const answered: WeakMap<Context, ErrorResponse> = new WeakMap();
  const scopes: WeakMap<Context, Scope> = new WeakMap();
  const hono = app as object as Hono;

  hono.use('*', function answerSafely(c, next) {
    const scope = responder.open(infoOf(c));
    scopes.set(c, scope);
    return storage.run(scope, async () => {
      try {
        await next();
      } catch (error) {
        // Hono gives `onError` nothing but instances of Error.
        c.res = answer(error, c);
      }
      const made = answered.get(c);
      if (made === undefined) guard(c, scope);
      else settle(c.res.headers, made);
    });
  });
  hono.onError((error, c) => answer(error, c));
  hono.notFound((c) => answer(notFound(), c));

  function answer(error: unknown, c: Context): Response {
    const info = infoOf(c);
    const scope = scopes.get(c) ?? responder.open(info);
    const { routePath } = c.req;
    if (typeof routePath === 'string' && !/^\/?\*$/.test(routePath)) scope.matched(routePath);
    const made = storage.run(scope, () => responder.respond(error, info));
    answered.set(c, made);
    // It is added to what the middleware of others has put there, once all of that is done.
    const { vary: _, ...headers } = made.headers;
    return c.newResponse(made.body, made.status, headers);
  }

  /** What a stream says when it breaks off would be sent as the rest of the answer. */
  function guard(c: Context, scope: Scope): void {
    const { res } = c;
    if (mayBreakOff(res)) {
      const body = guarded(res.body, (error) => {
        storage.run(scope, () => responder.cutOff(error, false));
        const outgoing = c.env?.outgoing;
        if (outgoing?.headersSent === true) breakOff(outgoing);
      });
      c.res = new Response(body, res);
    }
    name(c, scope.requestId);
  }
}

function name(c: Context, requestId: string): void {
  try {
    c.res.headers.set('X-Request-ID', requestId);
  } catch {
    // What `fetch` returned cannot be changed, only copied.
    c.header('X-Request-ID', requestId);
  }
}

/** Hono puts the headers of an earlier answer over those of a later one. */
function settle(headers: Headers, made: ErrorResponse): void {
  for (const name of staleHeaders(headers.keys())) headers.delete(name);
  for (const [name, value] of Object.entries(made.headers)) {
    headers.set(name, name === 'vary' ? varyWith(value, headers.get(name) ?? undefined) : value);
  }
  headers.set('content-length', String(Buffer.byteLength(made.body)));
}

function infoOf({ req }: Context): RequestInfo {
  return {
    method: req.method,
    url: pathOf(req.url),
    header: (name) => req.header(name),
  };
}
