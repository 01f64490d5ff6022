/** `fetch` with one pipeline a host around it. */
import { type Context, type PipelineStats, TimeoutError } from '../index.ts';
import { func, positiveDuration } from '../core/options.ts';
import { by, hostOf } from './http/address.ts';
import { type HostOptions, Hosts } from './http/pipelines.ts';
import { type FetchInput, FetchRequest, type ResilientInit } from './http/request.ts';
import { drop, Failed } from './http/responses.ts';
import { boundBody } from './http/stall.ts';
import { failureOf } from './http/status.ts';

export type { CallOptions, HostOptions } from './http/pipelines.ts';
export type { ResilientInit } from './http/request.ts';

export interface ResilientFetchOptions extends HostOptions {
  /** What sends each attempt. @default the global `fetch` of the moment */
  fetch?: typeof fetch;
  /**
   * Chooses which requests share one pipeline, with its circuit and its limits.
   * @default the origin of the address, and the `dispatcher` where one is given
   */
  key?: (input: FetchInput, init: ResilientInit) => string;
  /**
   * How long a body may stand still between two pieces, in milliseconds; then reading it fails.
   * @default Infinity, and so what `fetch` itself allows: 300_000 in Node
   */
  bodyTimeout?: number;
}

/** A `fetch` under pipelines, one a host. */
export interface ResilientFetch {
  (input: FetchInput, init?: ResilientInit | null): Promise<Response>;
  /** The numbers of all hosts together. */
  stats(): PipelineStats;
  /** Leaves the metrics; running calls finish. */
  [Symbol.dispose](): void;
}

/**
 * Returns a `fetch` with timeouts, retries and a circuit breaker, all by `presets.http`, one pipeline a host.
 *
 * GET, HEAD, OPTIONS, PUT, DELETE and TRACE are retried, as is what has an `Idempotency-Key` or `idempotent: true`;
 * others only after failures that prove that they were not executed. Bodies that are streams are sent once. A status
 * that is still a failure after the last attempt is returned as the `Response` that it is. Timeouts end with the
 * headers; the caller's own `signal` ends the body too. Rejects as `fetch` does, or with a `ResilienceError`. Throws a
 * `TypeError` or a `RangeError` for options that cannot be.
 *
 * @example
 * ```ts
 * import { resilientFetch } from 'kedge/http';
 *
 * const fetch = resilientFetch({ totalTimeout: 5_000, attemptTimeout: 1_000 });
 * const response = await fetch(url);
 * console.log(response.status); // 200
 * await response.body?.cancel();
 * ```
 */
export function resilientFetch(options: ResilientFetchOptions = {}): ResilientFetch {
  const hosts = new Hosts('resilientFetch', options, {
    fetch: func,
    key: func,
    bodyTimeout: positiveDuration,
  });
  const { fetch: own, key, bodyTimeout = Infinity, name = 'http' } = options;
  const stalled = (): TimeoutError =>
    new TimeoutError({ pipeline: name, policy: 'bodyTimeout' }, bodyTimeout);

  async function attempt(request: FetchRequest, context: Context): Promise<Response> {
    const { exchange } = request;
    const response = await request.send(own ?? globalFetch(), context.signal);
    if (context.signal.aborted) {
      // Nobody waits for it any more, and a fetch of the user's own may not have looked at the signal.
      drop(response);
      throw context.signal.reason;
    }
    const failure = failureOf(
      response.status,
      response.statusText,
      response.headers,
      hosts.statusCodes,
    );
    if (failure === undefined) return response;
    exchange.keep(failure, new Failed(response));
    throw exchange.explain(failure);
  }

  async function fetchResiliently(
    input: FetchInput,
    init?: ResilientInit | null,
  ): Promise<Response> {
    const request = new FetchRequest(input, init);
    const { asked, exchange, signal } = request;
    hosts.check(asked);
    hosts.checkFurther(request.init);
    const host =
      key === undefined
        ? by(hostOf(request.url), (request.init as { dispatcher?: unknown }).dispatcher)
        : key(input, init ?? {});
    let response: Response | undefined;
    try {
      const answer = await hosts.execute(
        host,
        (context) => attempt(request, context),
        exchange,
        asked,
        signal,
      );
      response = request.end(answer) ?? answer;
    } catch (error) {
      response = request.end(error);
      if (response === undefined) throw error;
    }
    return bodyTimeout === Infinity ? response : boundBody(response, bodyTimeout, stalled);
  }

  return Object.assign(fetchResiliently, {
    stats: () => hosts.stats(),
    [Symbol.dispose]: () => hosts[Symbol.dispose](),
  });
}

function globalFetch(): typeof fetch {
  if (typeof globalThis.fetch === 'function') return globalThis.fetch;
  throw new TypeError('resilientFetch: there is no global `fetch` here. Give one as `fetch`.');
}
