/** One pipeline a host around the requests of axios. */
import type { Context } from '../index.ts';
import { Exchange, isIdempotentMethod, isStream } from './http/exchange.ts';
import { type HostOptions, hostOf, hostPipelines } from './http/pipelines.ts';
import { failureOf } from './http/status.ts';

export type { HostOptions } from './http/pipelines.ts';

/** What is used of the settings of a request. */
export interface ConfigLike {
  url?: string;
  baseURL?: string;
  method?: string;
  headers?: unknown;
  data?: unknown;
  signal?: unknown;
  cancelToken?: unknown;
}

/** One setting that `axios` itself does not know. */
export interface ResilientConfig {
  /** Whether it does no harm to execute the request twice. @default by method, or true with an `Idempotency-Key` */
  idempotent?: boolean;
}

export interface ResponseLike<Config> {
  data: unknown;
  status: number;
  statusText: string;
  headers: Record<string, string>;
  config: Config;
  request?: unknown;
}

/** An adapter, as `axios.create` takes it. */
export type Adapter = <Config extends ConfigLike>(config: Config) => Promise<ResponseLike<Config>>;

export interface ResilientAxiosOptions extends HostOptions {
  /** What sends each attempt, as `adapter` of axios: a function, or names. @default axios's own choice */
  adapter?: Adapter | string | string[];
}

type Config = ConfigLike & ResilientConfig & { beforeRedirect?: (...about: unknown[]) => void };
type Send = (config: Config) => Promise<ResponseLike<Config>>;

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
  const { adapter, ...rest } = options;
  const hosts = hostPipelines(rest);

  async function adapt(config: Config): Promise<ResponseLike<Config>> {
    const send = typeof adapter === 'function' ? (adapter as Send) : await ofAxios(adapter, config);
    const { signal, forget } = endOf(config);
    const exchange = new Exchange<Unread>(mayTwice(config), !isStream(config.data));
    let last: ResponseLike<Config> | undefined;
    try {
      const response = await hosts
        .for(hostOf(addressOf(config)))
        .execute((context) => attempt(send, config, exchange, context), {
          attributes: exchange.attributes,
          signal,
        });
      exchange.end();
      last = response;
    } catch (error) {
      last = exchange.end(error)?.answer;
      if (last === undefined || isAxiosError(error)) throw await asAxios(error, config, signal);
    } finally {
      forget();
    }
    return last;
  }
  return adapt as Adapter;
}

/** axios's older way to cancel. */
interface CancelToken {
  subscribe(listener: (reason: unknown) => void): void;
  unsubscribe(listener: (reason: unknown) => void): void;
}

/** The caller's signal, to which a `cancelToken` is one more; `forget` stops listening to that. */
function endOf({ signal, cancelToken }: Config): { signal?: AbortSignal; forget(): void } {
  const given = signal as AbortSignal | undefined;
  const token = cancelToken as CancelToken | undefined;
  if (token === undefined) return { ...(given && { signal: given }), forget: () => {} };
  const ended = new AbortController();
  const cancel = (reason: unknown): void => ended.abort(reason);
  token.subscribe(cancel);
  return {
    signal: given === undefined ? ended.signal : AbortSignal.any([given, ended.signal]),
    forget: () => token.unsubscribe(cancel),
  };
}

/** An answer that is a failure: what is still to be read of it is given up with it. */
class Unread {
  readonly answer: ResponseLike<Config>;

  constructor(answer: ResponseLike<Config>) {
    this.answer = answer;
  }

  drop(): void {
    const { data } = this.answer as { data?: { destroy?: unknown; cancel?: unknown } | null };
    if (!isStream(data)) return;
    if (typeof data?.destroy === 'function') data.destroy();
    else if (typeof data?.cancel === 'function') void data.cancel();
  }
}

async function attempt(
  send: Send,
  config: Config,
  exchange: Exchange<Unread>,
  context: Context,
): Promise<ResponseLike<Config>> {
  exchange.begin();
  const { signal: own } = config;
  const signal =
    own instanceof AbortSignal ? AbortSignal.any([own, context.signal]) : context.signal;
  const beforeRedirect = (...about: unknown[]): void => {
    exchange.executed = true;
    config.beforeRedirect?.(...about);
  };
  try {
    const response = await send({
      ...config,
      headers: copyOf(config.headers),
      signal,
      beforeRedirect,
    });
    response.config = config;
    // One that `validateStatus` lets pass.
    const failure = failureOf(response.status, response.statusText, response.headers);
    if (context.signal.aborted) new Unread(response).drop();
    if (failure === undefined) return response;
    exchange.keep(failure, new Unread(response));
    throw failure;
  } catch (error) {
    if (isAxiosError(error)) {
      error.config = config;
      if (error.response !== undefined) {
        error.response.config = config;
        exchange.keep(error, new Unread(error.response));
        if (context.signal.aborted) new Unread(error.response).drop();
      }
    }
    throw error;
  }
}

interface AxiosErrorLike {
  isAxiosError: true;
  config?: unknown;
  response?: ResponseLike<Config>;
}

function isAxiosError(error: unknown): error is AxiosErrorLike {
  return (error as Partial<AxiosErrorLike> | null | undefined)?.isAxiosError === true;
}

/** Loaded with the first request, and not with this module: who imports all entries need not have it. */
async function ofAxios(names: string | string[] | undefined, config: Config): Promise<Send> {
  const { default: axios } = await import('axios');
  return axios.getAdapter(names ?? ['xhr', 'http', 'fetch'], config as never) as unknown as Send;
}

/** The caller's abort is a `CanceledError` in axios. */
async function asAxios(
  error: unknown,
  config: Config,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  if (signal?.aborted !== true || isAxiosError(error)) return error;
  const { default: axios } = await import('axios');
  return new axios.CanceledError(undefined, config as never);
}

/** Adapters write into the headers that they are given. */
function copyOf(headers: unknown): unknown {
  const given = headers as { concat?: () => unknown } | undefined;
  return typeof given?.concat === 'function' ? given.concat() : { ...given };
}

function mayTwice({ idempotent, method = 'get', headers }: Config): boolean {
  return (
    idempotent ??
    (isIdempotentMethod(method) ||
      Object.keys(headers ?? {}).some((name) => name.toLowerCase() === 'idempotency-key'))
  );
}

function addressOf({ url = '', baseURL }: Config): string {
  return URL.parse(url, baseURL)?.href ?? baseURL ?? url;
}
