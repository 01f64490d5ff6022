/** `fetch` with one pipeline a host around it. */
import type { Context, PipelineStats } from '../index.ts';
import { type HostOptions, hostOf, hostPipelines } from './http/pipelines.ts';
import type { FetchInput } from './http/redirect.ts';
import { FetchRequest, type ResilientInit } from './http/request.ts';
import { drop, Failed } from './http/responses.ts';
import { failureOf } from './http/status.ts';

export type { HostOptions } from './http/pipelines.ts';
export type { ResilientInit } from './http/request.ts';

export interface ResilientFetchOptions extends HostOptions {
  /** What sends each attempt. @default the global `fetch` of the moment */
  fetch?: typeof fetch;
}

/** A `fetch` under pipelines, one a host. */
export interface ResilientFetch {
  (input: FetchInput, init?: ResilientInit): Promise<Response>;
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
  const { fetch: own, ...rest } = options;
  if (own !== undefined && typeof own !== 'function') {
    throw new TypeError('resilientFetch: expected `fetch` to be a function.');
  }
  const hosts = hostPipelines(rest);

  async function attempt(request: FetchRequest, context: Context): Promise<Response> {
    const { exchange, signal } = request;
    exchange.begin();
    const both = signal === undefined ? context.signal : AbortSignal.any([signal, context.signal]);
    const response = await request.send(own ?? globalThis.fetch, both);
    if (context.signal.aborted) {
      // Nobody waits for it any more, and a fetch of the user's own may not have looked at the signal.
      drop(response);
      throw context.signal.reason;
    }
    const failure = failureOf(response.status, response.statusText, response.headers);
    if (failure === undefined) return response;
    exchange.keep(failure, new Failed(response));
    throw failure;
  }

  async function fetchResiliently(input: FetchInput, init: ResilientInit = {}): Promise<Response> {
    const request = new FetchRequest(input, init);
    const { exchange, signal, url } = request;
    try {
      const response = await hosts
        .for(hostOf(url))
        .execute((context) => attempt(request, context), {
          attributes: exchange.attributes,
          signal,
        });
      request.end();
      return response;
    } catch (error) {
      const response = request.end(error);
      if (response === undefined) throw error;
      return response;
    }
  }

  return Object.assign(fetchResiliently, {
    stats: () => hosts.stats(),
    [Symbol.dispose]: () => hosts[Symbol.dispose](),
  });
}
