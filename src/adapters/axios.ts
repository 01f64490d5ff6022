/** One pipeline a host around the requests of axios. */
import type { Context } from '../index.ts';
import { anything, check, func, positiveDuration, type Rule } from '../core/options.ts';
import {
  addressOf,
  type AxiosLike,
  checkAxios,
  type Config,
  type ConfigLike,
  copyOf,
  endOf,
  isAxiosError,
  keyOf,
  loadAxios,
  type ResponseLike,
  type Send,
  Unread,
} from './axios/config.ts';
import { conceal } from './http/address.ts';
import { isOneShot } from './http/body.ts';
import { Exchange } from './http/exchange.ts';
import { isIdempotent } from './http/idempotent.ts';
import { type HostOptions, Hosts } from './http/pipelines.ts';
import { failureOf, isFailure, type StatusCodes } from './http/status.ts';
import { canTrace, Trace, traced } from './http/trace.ts';
import { copyOfBody } from './snapshot.ts';

export type { AxiosLike, ConfigLike, ResilientConfig, ResponseLike } from './axios/config.ts';
export type { HostOptions } from './http/pipelines.ts';

/** An adapter, as `axios.create` takes it. */
export type Adapter = <C extends ConfigLike>(config: C) => Promise<ResponseLike<C>>;

export interface ResilientAxiosOptions extends HostOptions {
  /** What sends each attempt, as `adapter` of axios: a function, or names. @default axios's own choice */
  adapter?: Adapter | string | string[];
  /** axios itself, for projects in which kedge cannot find it. @default the package that kedge finds */
  axios?: AxiosLike;
  /**
   * Chooses which requests share one pipeline, with its circuit and its limits.
   * @default the origin of the address and its `proxy` or agent, or the `socketPath`
   */
  key?: (config: ConfigLike) => string;
}

/** What axios itself chooses among. */
const usual = ['xhr', 'http', 'fetch'];

const adapterRule: Rule = {
  expected: 'a function, a name or a list of names',
  type: (value) =>
    typeof value === 'function' ||
    typeof value === 'string' ||
    (Array.isArray(value) && value.every((name) => typeof name === 'string')),
};

/**
 * Returns an adapter of axios with timeouts, retries and a circuit breaker, all by `presets.http`, one pipeline a host.
 *
 * By the rules of `kedge/http`: what may have been executed is sent again only when that does no harm, and streams are
 * sent once. After the last attempt, axios's own errors and answers come as they are (an `AxiosError`, a
 * `CanceledError` when the caller aborted); timeouts and refusals of kedge's are `ResilienceError`s. An attempt ends
 * with its body, unless that is a stream. Throws a `TypeError` or a `RangeError` for options that cannot be.
 *
 * @example
 * ```ts
 * import axios from 'axios';
 * import { resilientAxios } from 'kedge/axios';
 *
 * const http = axios.create({ adapter: resilientAxios({ totalTimeout: 5_000, attemptTimeout: 1_000 }) });
 * const { status } = await http.get(String(url));
 * console.log(status); // 200
 * ```
 */
export function resilientAxios(options: ResilientAxiosOptions = {}): Adapter {
  const more = { adapter: adapterRule, axios: anything, key: func };
  const hosts = new Hosts('resilientAxios', options, more);
  const { adapter, axios, key } = options;
  if (axios !== undefined) checkAxios(axios);

  async function adapt(config: Config): Promise<ResponseLike<Config>> {
    const { idempotent, maxAttempts, attemptTimeout, totalTimeout: timeout } = config;
    hosts.check({ idempotent, maxAttempts, attemptTimeout });
    if (timeout !== undefined) check('resilientAxios', 'totalTimeout', timeout, positiveDuration);
    // Before anything is waited for.
    const body = copyOfBody(config.data);
    const send = typeof adapter === 'function' ? (adapter as Send) : await chosen(config);
    const { signal, forget } = endOf(config);
    const exchange = new Exchange<Unread>({
      idempotent: config.idempotent ?? isIdempotent(config.method ?? 'get', config.headers),
      oneShot: isOneShot(body),
      hold: (answer: ResponseLike<Config>) => new Unread(answer),
    });
    try {
      const answer = await hosts.execute(
        key === undefined ? keyOf(config) : key(config),
        (context) => attempt(send, config, body, exchange, context, hosts.statusCodes),
        exchange,
        { maxAttempts, attemptTimeout, timeout },
        signal,
      );
      exchange.end(answer);
      return answer;
    } catch (error) {
      const last = exchange.end(error)?.answer;
      if (last !== undefined && !isAxiosError(error)) return last;
      // The caller's abort is a `CanceledError` in axios.
      if (signal?.aborted !== true || isAxiosError(error)) throw error;
      const { CanceledError } = await loadAxios(axios);
      throw new CanceledError(undefined, config as never);
    } finally {
      forget();
    }
  }

  async function chosen(config: Config): Promise<Send> {
    const { getAdapter } = await loadAxios(axios);
    return getAdapter((adapter as string | string[] | undefined) ?? usual, config as never) as Send;
  }
  return adapt as Adapter;
}

async function attempt(
  send: Send,
  config: Config,
  body: unknown,
  exchange: Exchange<Unread>,
  context: Context,
  statusCodes: StatusCodes,
): Promise<ResponseLike<Config>> {
  const { signal } = context;
  const address = addressOf(config);
  const trace = exchange.idempotent ? undefined : new Trace(config.method ?? 'get', address);
  exchange.begin(trace === undefined ? undefined : () => trace.isUnsent);
  exchange.used = true;
  const data = exchange.bodyOf(body);
  const once = { ...config, headers: copyOf(config.headers), data, signal };
  try {
    const response = await exchange.attempt(signal, () =>
      trace === undefined ? send(once) : traced(trace, () => send(once)),
    );
    response.config = config;
    // One that `validateStatus` lets pass.
    const { status, statusText, headers } = response;
    const failure = failureOf(status, statusText, headers, statusCodes);
    if (signal.aborted) new Unread(response).drop();
    if (failure === undefined) return response;
    exchange.keep(failure, new Unread(response));
    throw failure;
  } catch (error) {
    // axios says nothing about redirects. So what is not seen to have been one step may have been several.
    if (trace !== undefined && !(canTrace && !trace.isEmpty && trace.isOneStep)) exchange.sentOn();
    if (isAxiosError(error)) {
      error.config = config;
      if (error.response !== undefined) {
        error.response.config = config;
        const { status, headers } = error.response;
        isFailure(error, status, headers, statusCodes);
        exchange.keep(error, new Unread(error.response));
        if (signal.aborted) new Unread(error.response).drop();
      }
    }
    throw conceal(exchange.explain(error), address);
  }
}
