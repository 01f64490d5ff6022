/** The HTTP clients behind one form, for the promises that all of them make. */
import axios, { type AxiosError, isAxiosError } from 'axios';
import { type Context, createKedge } from 'kedge';
import { resilientAxios } from 'kedge/axios';
import { resilientFetch } from 'kedge/http';
import type { Recorder } from 'kedge/testing';
import { type HostOptions, resilientInterceptor } from 'kedge/undici';
import { Agent, request } from 'undici';

export interface Asking {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
  readonly idempotent?: boolean;
  readonly maxAttempts?: number;
  readonly attemptTimeout?: number;
  readonly timeout?: number;
}

export interface Answered {
  readonly status: number;
  readonly text: string;
}

export interface Client extends AsyncDisposable {
  ask(url: string, asking?: Asking): Promise<Answered>;
}

type Make = (options?: HostOptions) => Client;

/** Options for tests: in a set of its own, and quick. */
export function quick(seen: Recorder, options: HostOptions = {}): HostOptions {
  const kedge = createKedge({ sinks: [seen] });
  return { kedge, backoff: () => 1, budget: false, adaptiveLimiter: false, ...options };
}

const overFetch: Make = (options) => {
  const fetch = resilientFetch(options);
  return {
    async ask(url, { body, ...asking } = {}) {
      const init = { ...asking, ...(body !== undefined && { body, duplex: 'half' }) };
      const response = await fetch(url, init as RequestInit);
      return { status: response.status, text: await response.text() };
    },
    async [Symbol.asyncDispose]() {},
  };
};

const overUndici: Make = (options) => {
  const dispatcher = new Agent().compose(resilientInterceptor(options));
  return {
    async ask(url, asking = {}) {
      const { statusCode, body } = await request(url, { dispatcher, ...asking } as never);
      return { status: statusCode, text: await body.text() };
    },
    [Symbol.asyncDispose]: () => dispatcher.destroy(),
  };
};

const overAxios =
  (adapter: string): Make =>
  (options) => {
    const http = axios.create({ adapter: resilientAxios({ ...options, adapter }) });
    return {
      async ask(url, { body: data, timeout: totalTimeout, ...asking } = {}) {
        const config = { url, data, totalTimeout, responseType: 'text', ...asking } as const;
        const { status, data: text } = await http.request<string>(config).catch(answerOf);
        return { status, text };
      },
      async [Symbol.asyncDispose]() {},
    };
  };

/** A status that is a failure is an error in axios. */
function answerOf(error: unknown): { status: number; data: string } {
  const { response } = (isAxiosError(error) ? error : {}) as Partial<AxiosError<string>>;
  if (response === undefined) throw error;
  return response;
}

export const clients: readonly (readonly [name: string, make: Make])[] = [
  ['fetch', overFetch],
  ['undici', overUndici],
  ['axios', overAxios('http')],
  ['axios over fetch', overAxios('fetch')],
];

/** What a hook of a retry is given. */
export type Hook = (error: unknown, context: Context) => unknown;
