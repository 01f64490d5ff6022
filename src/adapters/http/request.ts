/** A request as `fetch` is given it, so that it can be sent more than once. */
import { Exchange, isIdempotentMethod, isStream } from './exchange.ts';
import { type FetchInput, follow } from './redirect.ts';
import { cancel, type Failed } from './responses.ts';

/** The second argument of a resilient `fetch`: what `fetch` takes, and one more. */
export type ResilientInit = RequestInit & {
  /** Whether it does no harm to execute the request twice. @default by method, or true with an `Idempotency-Key` */
  idempotent?: boolean;
};

export class FetchRequest {
  readonly url: string | URL;
  readonly exchange: Exchange<Failed>;
  /** The caller's own, which goes on to end the body when the call is over. */
  readonly signal: AbortSignal | undefined;
  private readonly given: Request | undefined;
  private readonly input: FetchInput;
  private readonly init: RequestInit;
  private readonly parted: boolean;

  constructor(input: FetchInput, { idempotent, ...init }: ResilientInit) {
    const given = isRequest(input) ? input : undefined;
    this.given = given;
    this.input = input;
    this.init = init;
    this.url = given === undefined ? (input as string | URL) : given.url;
    this.signal = (init.signal === undefined ? given?.signal : init.signal) ?? undefined;
    // A request does not say whether its body was a text or a stream. So each attempt takes a copy of it.
    this.parted = isAbsent(init.body) && !isAbsent(given?.body);
    const method = init.method ?? given?.method ?? 'GET';
    const mayTwice =
      idempotent ??
      (isIdempotentMethod(method) ||
        new Headers(init.headers ?? given?.headers).has('idempotency-key'));
    this.exchange = new Exchange(mayTwice, !isStream(init.body));
  }

  /** One attempt. */
  async send(send: typeof fetch, signal: AbortSignal): Promise<Response> {
    const init: RequestInit = { ...this.init, signal };
    const redirect = init.redirect ?? this.given?.redirect ?? 'follow';
    if (this.exchange.idempotent || redirect !== 'follow') return send(this.body(), init);
    // Step by step: once it was answered it was executed, and where it leads then may be down.
    const answer = await send(this.body(), { ...init, redirect: 'manual' });
    return follow(answer, {
      send,
      init,
      given: this.given,
      body: () => this.body(),
      onRedirect: () => {
        this.exchange.executed = true;
      },
    });
  }

  /** The call is over. */
  end(error?: unknown): Response | undefined {
    // As after `fetch` itself, the request's body is used; and nothing waits in it for being read.
    if (this.parted && this.given?.body?.locked === false) cancel(this.given.body);
    return this.exchange.end(error)?.handOver();
  }

  private body(): FetchInput {
    return this.parted && this.given !== undefined ? this.given.clone() : this.input;
  }
}

/** Also one of another realm, or of the package undici. */
function isRequest(input: FetchInput): input is Request {
  return typeof input === 'object' && 'url' in input && typeof input.clone === 'function';
}

function isAbsent(body: unknown): boolean {
  return body === undefined || body === null;
}
