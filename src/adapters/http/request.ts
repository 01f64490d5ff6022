/** A request as `fetch` is given it, so that it can be sent more than once. */
import { ofFetch } from './members.ts';
import { copyOfBody } from '../snapshot.ts';
import { conceal } from './address.ts';
import { isOneShot, isWebStream } from './body.ts';
import { Exchange } from './exchange.ts';
import { isIdempotent } from './idempotent.ts';
import type { CallOptions } from './pipelines.ts';
import { cancel, Failed } from './responses.ts';
import { canTrace, Trace, traced } from './trace.ts';

/** The first argument of `fetch`. */
export type FetchInput = Parameters<typeof fetch>[0];

/** The second argument of a resilient `fetch`: what `fetch` takes, and what can be said about one call. */
export type ResilientInit = RequestInit & CallOptions;

/** What a dictionary may have that is read by name: members of classes and of a `Request` are not seen otherwise. */
const members = [...ofFetch, 'idempotent', 'maxAttempts', 'attemptTimeout', 'timeout'];

export class FetchRequest {
  readonly url: string | URL;
  readonly exchange: Exchange<Failed>;
  readonly asked: CallOptions;
  /** As `fetch` would be given it, headers that can be read once among it. */
  readonly init: RequestInit;
  readonly input: FetchInput;
  private readonly given: Request | undefined;
  private readonly method: string;
  private readonly parted: boolean;

  constructor(input: FetchInput, given: ResilientInit | null | undefined) {
    const { idempotent, maxAttempts, attemptTimeout, timeout, ...init } = copyOf(given);
    this.asked = { idempotent, maxAttempts, attemptTimeout, timeout };
    const request = isRequest(input) ? input : undefined;
    this.given = request;
    this.input = input instanceof URL ? new URL(input) : input;
    if (init.headers !== undefined) init.headers = headersOf(init.headers);
    if (init.body !== undefined) init.body = copyOfBody(init.body);
    this.init = init;
    this.url = request === undefined ? (this.input as string | URL) : request.url;
    this.method = init.method ?? request?.method ?? 'GET';
    const own = isAbsent(init.body) ? request?.body : undefined;
    // A request does not say whether its body was a text or a stream. So each attempt takes a copy of it.
    this.parted = isWebStream(own) && !own.locked && request?.bodyUsed === false;
    this.exchange = new Exchange<Failed>({
      idempotent:
        idempotent ?? isIdempotent(this.method, new Headers(init.headers ?? request?.headers)),
      oneShot: isOneShot(init.body) || (isOneShot(own) && !this.parted),
      hold: (response: Response) => new Failed(response),
    });
  }

  /** The caller's own. */
  get signal(): AbortSignal | undefined {
    const { signal } = this.init;
    return (signal === undefined ? this.given?.signal : signal) ?? undefined;
  }

  /** One attempt. */
  async send(send: typeof fetch, signal: AbortSignal): Promise<Response> {
    const { exchange } = this;
    const trace = exchange.idempotent ? undefined : new Trace(this.method, this.url);
    exchange.begin(trace === undefined ? undefined : () => trace.isUnsent);
    const init: RequestInit = { ...this.init, signal };
    if (init.body !== undefined) init.body = exchange.bodyOf(init.body);
    exchange.used = true;
    const input = this.parted && this.given !== undefined ? this.given.clone() : this.input;
    try {
      const response = await exchange.attempt(signal, () =>
        trace === undefined ? send(input, init) : traced(trace, () => send(input, init)),
      );
      if (response.redirected || trace?.isOneStep === false) exchange.sentOn();
      return response;
    } catch (error) {
      // Where nothing can be seen, an error may be one of a later step, to which a redirect has led.
      if (trace !== undefined && !(canTrace && trace.isOneStep)) exchange.sentOn();
      if (this.parted && (await isErrored(this.given?.body))) exchange.broke();
      throw conceal(exchange.explain(error), this.url);
    }
  }

  /** The call is over: returns the answer that the caller gets in place of `outcome`, if there is one. */
  end(outcome: unknown): Response | undefined {
    // As after `fetch` itself, the request's body is used; and nothing waits in it for being read.
    if (this.parted && this.given?.body?.locked === false) cancel(this.given.body);
    return this.exchange.end(outcome)?.handOver();
  }
}

/** Also one of another realm, or of another package. */
function isRequest(input: FetchInput): input is Request {
  return typeof input === 'object' && 'url' in input && typeof input.clone === 'function';
}

function isAbsent(body: unknown): boolean {
  return body === undefined || body === null;
}

/** A copy that the caller does not change any more, of all that `fetch` would read. */
function copyOf(init: ResilientInit | null | undefined): ResilientInit {
  if (init === undefined || init === null) return {};
  if (typeof init !== 'object' && typeof init !== 'function')
    throw new TypeError(`fetch: expected \`init\` to be an object of options, got ${typeof init}.`);
  const prototype: unknown = Object.getPrototypeOf(init);
  if (prototype === Object.prototype || prototype === null) return { ...init };
  const copy: Record<string, unknown> = {};
  for (const name in init) copy[name] = Reflect.get(init, name);
  for (const name of members) {
    const value: unknown = Reflect.get(init, name);
    if (value !== undefined) copy[name] = value;
  }
  return copy;
}

/** Headers in a form that can be read with each attempt, and that does not change between two. */
function headersOf(headers: unknown): Exclude<RequestInit['headers'], undefined> {
  if (typeof headers !== 'object' || headers === null) return headers as never;
  if (headers instanceof Headers) return new Headers(headers);
  if (!(Symbol.iterator in headers)) return { ...headers };
  return Array.from(headers as Iterable<unknown>, (pair) =>
    typeof pair === 'object' && pair !== null && Symbol.iterator in pair
      ? [...(pair as Iterable<string>)]
      : pair,
  ) as [string, string][];
}

/** Whether a stream has failed; what is in it stays there. */
async function isErrored(stream: ReadableStream | null | undefined): Promise<boolean> {
  if (stream === null || stream === undefined || stream.locked) return false;
  const reader = stream.getReader();
  const errored = reader.closed.then(
    () => false,
    () => true,
  );
  const found = await Promise.race([errored, jobs(3)]);
  reader.releaseLock();
  return found;
}

async function jobs(count: number): Promise<false> {
  for (let job = 0; job < count; job++) await Promise.resolve();
  return false;
}
