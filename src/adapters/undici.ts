/** One pipeline a host around the requests of a dispatcher of undici. */
import { func } from '../core/options.ts';
import { by, conceal, hostOf } from './http/address.ts';
import { isOneShot } from './http/body.ts';
import { Exchange } from './http/exchange.ts';
import { isIdempotent } from './http/idempotent.ts';
import { type CallOptions, type HostOptions, Hosts } from './http/pipelines.ts';
import { failureOf } from './http/status.ts';
import { copyOfBody } from './snapshot.ts';
import { Attempt } from './undici/attempt.ts';
import { Caller } from './undici/caller.ts';
import { type HandlerLike, isLegacy } from './undici/handler.ts';

export type { CallOptions, HostOptions } from './http/pipelines.ts';

/** What is used of undici's options of a request, and what can be said about one call. */
export interface RequestLike extends CallOptions {
  origin?: string | URL;
  path: string;
  method: string;
  headers?: unknown;
  body?: unknown;
}

export interface ResilientInterceptorOptions extends HostOptions {
  /**
   * Chooses which requests share one pipeline, with its circuit and its limits.
   * @default the origin; each dispatcher that the interceptor is composed with has pipelines of its own
   */
  key?: (request: RequestLike) => string;
}

/** An interceptor, as `dispatcher.compose` takes it. */
export type Interceptor = <Request extends RequestLike, Handler extends HandlerLike>(
  dispatch: (request: Request, handler: Handler) => boolean,
) => (request: Request, handler: Handler) => boolean;

/**
 * Returns an interceptor of undici 7 or later with timeouts, retries and a circuit breaker, all by `presets.http`, one
 * pipeline a host.
 *
 * By the rules of `kedge/http`: what may have been executed is sent again only when that does no harm, streams and
 * iterators are sent once, and a status that is still a failure after the last attempt is the answer. Timeouts end with
 * the headers. Put `interceptors.redirect()` behind it in `compose`, so that each step is a request of its own, and
 * leave `interceptors.retry()` out. Requests fail with undici's errors or a `ResilienceError`. Throws a `TypeError` or a
 * `RangeError` for options that cannot be.
 *
 * @example
 * ```ts
 * import { resilientInterceptor } from 'kedge/undici';
 * import { Agent, request } from 'undici';
 *
 * const dispatcher = new Agent().compose(resilientInterceptor({ totalTimeout: 5_000, attemptTimeout: 1_000 }));
 * const { statusCode, body } = await request(url, { dispatcher });
 * console.log(statusCode, await body.text()); // 200 …
 * await dispatcher.close();
 * ```
 */
export function resilientInterceptor(options: ResilientInterceptorOptions = {}): Interceptor {
  const hosts = new Hosts('resilientInterceptor', options, { key: func });
  refuseResultRules(options);
  let composed = 0;

  return (dispatch) => {
    const way = composed++ === 0 ? undefined : `dispatcher ${composed}`;
    return (given, handler) => {
      const request = { ...given, headers: headersOf(given.headers), body: copyOfBody(given.body) };
      const caller = new Caller(handler);
      const exchange = new Exchange<Attempt>({
        idempotent: given.idempotent ?? isIdempotent(given.method, request.headers),
        oneShot: isOneShot(given.body),
      });
      // The `fetch` of older versions does not know HTTP/2.
      if (isLegacy(handler)) Object.assign(request, { allowH2: false });
      let accepted = true;

      const attempt = (signal: AbortSignal): Promise<void> =>
        new Promise((resolve, reject) => {
          const fail = (error: unknown): void =>
            reject(exchange.explain(conceal(asOurs(error), address(given))));
          const one = new Attempt(caller, {
            signal,
            mayStartAgain: exchange.isRepeatable,
            failureOf: (...about) => failureOf(...about, hosts.statusCodes),
            started() {
              exchange.used = true;
            },
            resolve,
            reject: fail,
            hold(failure, held) {
              exchange.keep(failure, held);
              reject(failure);
            },
          });
          exchange.begin(() => !one.hasStarted);
          try {
            const body = exchange.bodyOf(request.body, 'sync and async');
            accepted = dispatch({ ...request, body }, one as HandlerLike as typeof handler);
          } catch (error) {
            one.drop();
            fail(error);
          }
        });

      caller.begin();
      run().then(
        () => exchange.end(undefined),
        (error: Error) => {
          const held = exchange.end(error);
          if (held === undefined) caller.failed(error);
          else held.handOver();
        },
      );
      // Of the first attempt, which has begun by now: whether the dispatcher can take more at the moment.
      return accepted;

      async function run(): Promise<void> {
        hosts.check(given);
        const host = options.key?.(given) ?? by(hostOf(given.origin ?? ''), way);
        await hosts.execute(host, ({ signal }) => attempt(signal), exchange, given, caller.signal);
      }
    };
  };
}

/** An answer is passed on as it comes, so that there is no value that a rule could look at. */
function refuseResultRules(options: ResilientInterceptorOptions): void {
  for (const policy of ['retry', 'circuitBreaker', 'hedge'] as const) {
    const given: unknown = options[policy];
    if ((given as { handleResult?: unknown } | undefined)?.handleResult !== undefined)
      throw new TypeError(
        `resilientInterceptor: \`${policy}.handleResult\` would see no value, since answers are passed on as they come. Give \`statusCodes\`.`,
      );
  }
}

/** An older dispatcher refuses the handler, in words that say nothing to a caller. */
function asOurs(error: unknown): unknown {
  const { message } = (error ?? {}) as { message?: unknown };
  return typeof message === 'string' && /^invalid on\w+ method$/.test(message)
    ? new TypeError('resilientInterceptor needs a dispatcher of undici 7 or later.', {
        cause: error,
      })
    : error;
}

/** Headers in a form that can be read with each attempt, and that does not change between two. */
function headersOf(headers: unknown): unknown {
  if (typeof headers !== 'object' || headers === null) return headers;
  if (Array.isArray(headers)) return headers.slice();
  // undici takes names and values by turns, or an iterable of both, but no array of both.
  return Symbol.iterator in headers ? [...(headers as Iterable<unknown>)].flat() : { ...headers };
}

function address({ origin = '', path }: RequestLike): string {
  return `${String(origin).replace(/\/$/, '')}${path}`;
}
