/** What is used of axios: its settings of a request, its answers and errors, and the module itself. */
import { by, hostOf } from '../http/address.ts';
import { discard } from '../http/responses.ts';

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

/** Settings that `axios` itself does not know; its own `timeout` is one of each attempt. */
export interface ResilientConfig {
  /** Whether it does no harm to execute the request twice. @default by method, or true with an `Idempotency-Key` */
  idempotent?: boolean;
  /** How often this request is tried at most, the first time included. @default that of the client */
  maxAttempts?: number;
  /** How long each attempt may take, in milliseconds. @default that of the client */
  attemptTimeout?: number;
  /** How long the whole call may take, waits included, in milliseconds. @default that of the client */
  totalTimeout?: number;
}

/** By which way the host is reached. */
interface Ways {
  socketPath?: unknown;
  proxy?: unknown;
  httpAgent?: unknown;
  httpsAgent?: unknown;
  fetchOptions?: { readonly dispatcher?: unknown };
}

export type Config = ConfigLike & ResilientConfig & Ways;

export interface ResponseLike<C> {
  data: unknown;
  status: number;
  statusText: string;
  headers: Record<string, string>;
  config: C;
  request?: unknown;
}

export type Send = (config: Config) => Promise<ResponseLike<Config>>;

export function addressOf({ url = '', baseURL }: ConfigLike): string {
  return URL.parse(url, baseURL)?.href ?? baseURL ?? url;
}

/** The key of a request: its host, and the proxy, the agent or the socket that leads there. */
export function keyOf(config: Config): string {
  const { socketPath, proxy, httpAgent, httpsAgent, fetchOptions } = config;
  if (typeof socketPath === 'string') return `unix:${socketPath}`;
  const host = hostOf(addressOf(config));
  if (typeof proxy === 'object' && proxy !== null) {
    const { host: name, hostname = name, port } = proxy as Record<string, unknown>;
    return by(host, `${String(hostname)}:${String(port)}`);
  }
  const agent = host.startsWith('https:') ? httpsAgent : httpAgent;
  return by(host, agent ?? fetchOptions?.dispatcher);
}

/** axios's older way to cancel. */
interface CancelToken {
  subscribe(listener: (reason: unknown) => void): void;
  unsubscribe(listener: (reason: unknown) => void): void;
}

/** The caller's signal, to which a `cancelToken` is one more; `forget` stops listening to that. */
export function endOf({ signal, cancelToken }: Config): { signal?: AbortSignal; forget(): void } {
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

/** Adapters write into the headers that they are given. */
export function copyOf(headers: unknown): unknown {
  const given = headers as { concat?: () => unknown } | undefined;
  return typeof given?.concat === 'function' ? given.concat() : { ...given };
}

/** An answer that is a failure: what is still to be read of it is given up with it. */
export class Unread {
  readonly answer: ResponseLike<Config>;

  constructor(answer: ResponseLike<Config>) {
    this.answer = answer;
  }

  drop(): void {
    discard(this.answer.data);
  }
}

export interface AxiosErrorLike {
  isAxiosError: true;
  config?: unknown;
  response?: ResponseLike<Config>;
}

export function isAxiosError(error: unknown): error is AxiosErrorLike {
  return (error as Partial<AxiosErrorLike> | null | undefined)?.isAxiosError === true;
}

/** What is used of the package itself. */
export interface AxiosLike {
  readonly VERSION?: string;
  getAdapter(names: string | string[], config?: never): unknown;
  readonly CanceledError: new (message?: string, config?: never) => unknown;
}

/** The package: loaded with the first request that needs it, and not with this module. */
export async function loadAxios(given: AxiosLike | undefined): Promise<AxiosLike> {
  if (given !== undefined) return given;
  const { default: axios } = await import('axios').catch((cause: unknown) => {
    throw new Error(
      'resilientAxios: axios cannot be found from where kedge is installed. Give it as `resilientAxios({ axios })`.',
      { cause },
    );
  });
  checkAxios(axios);
  return axios;
}

/** Refuses a version that does not fit. */
export function checkAxios(axios: Partial<AxiosLike>): void {
  if (typeof axios.getAdapter === 'function' && typeof axios.CanceledError === 'function') return;
  throw new TypeError(
    `resilientAxios: expected axios 1.5 or later, got ${axios.VERSION ?? 'something else'}.`,
  );
}
