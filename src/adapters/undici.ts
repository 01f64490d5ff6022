/** One pipeline a host around the requests of a dispatcher of undici. */
import { Exchange, isIdempotentMethod, isStream } from './http/exchange.ts';
import { type HostOptions, hostOf, hostPipelines } from './http/pipelines.ts';
import { Attempt } from './undici/attempt.ts';
import { Caller } from './undici/caller.ts';
import type { HandlerLike } from './undici/handler.ts';

export type { HostOptions } from './http/pipelines.ts';

/** What is used of undici's options of a request. */
export interface RequestLike {
  origin?: string | URL;
  path: string;
  method: string;
  headers?: unknown;
  body?: unknown;
  /** Whether it does no harm to execute the request twice. @default by method, or true with an `Idempotency-Key` */
  idempotent?: boolean;
}

/** An interceptor, as `dispatcher.compose` takes it. */
export type Interceptor = <Request extends RequestLike, Handler extends HandlerLike>(
  dispatch: (request: Request, handler: Handler) => boolean,
) => (request: Request, handler: Handler) => boolean;

/**
 * Returns an interceptor of undici with timeouts, retries and a circuit breaker, all by `presets.http`, one pipeline
 * a host.
 *
 * By the rules of `kedge/http`: what may have been executed is sent again only when that does no harm, streams are
 * sent once, and a status that is still a failure after the last attempt is the answer. Timeouts end with the headers.
 * Put `interceptors.redirect()` behind it in `compose`, so that each step is a request of its own, and leave
 * `interceptors.retry()` out. Requests fail with undici's errors or a `ResilienceError`. Throws a `TypeError` or a
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
export function resilientInterceptor(options: HostOptions = {}): Interceptor {
  const hosts = hostPipelines(options);
  return (dispatch) => (request, handler) => {
    const caller = new Caller(handler);
    const exchange = new Exchange<Attempt>(mayTwice(request), !isStream(request.body));
    let accepted = true;

    const attempt = (signal: AbortSignal): Promise<void> =>
      new Promise((resolve, reject) => {
        exchange.begin();
        const one = new Attempt(caller, {
          signal,
          resolve,
          reject,
          hold: (failure, held) => {
            exchange.keep(failure, held);
            reject(failure);
          },
        });
        accepted = dispatch({ ...request }, one as HandlerLike as typeof handler);
      });

    hosts
      .for(hostOf(request.origin ?? ''))
      .execute(({ signal }) => attempt(signal), {
        attributes: exchange.attributes,
        signal: caller.signal,
      })
      .then(
        () => exchange.end(),
        (error: Error) => {
          const held = exchange.end(error);
          if (held === undefined) caller.failed(error);
          else held.handOver();
        },
      );
    // Of the first attempt, which has begun by now: whether the dispatcher can take more at the moment.
    return accepted;
  };
}

function mayTwice({ idempotent, method, headers }: RequestLike): boolean {
  return idempotent ?? (isIdempotentMethod(method) || names(headers).includes('idempotency-key'));
}

/** The names of headers in any of the forms that undici takes. */
function names(headers: unknown): string[] {
  if (typeof headers !== 'object' || headers === null) return [];
  const flat = Array.isArray(headers) && !Array.isArray(headers[0]);
  const given: unknown[] = flat
    ? headers.filter((_header, index) => index % 2 === 0)
    : Symbol.iterator in headers
      ? Array.from(headers as Iterable<readonly unknown[]>, ([name]) => name)
      : Object.keys(headers);
  return given.map((name) => String(name).toLowerCase());
}
