/** What is used of undici's handlers and controllers, and the older form of handlers. */

export interface ControllerLike {
  readonly aborted: boolean;
  readonly paused: boolean;
  readonly reason: Error | null;
  rawHeaders?: unknown;
  rawTrailers?: unknown;
  abort(reason: Error): void;
  pause(): void;
  resume(): void;
}

export type HeadersLike = Record<string, string | string[] | undefined>;

/** The callbacks of one request, as undici has them since version 7. */
export interface HandlerLike {
  onRequestStart?(controller: ControllerLike, context: unknown): void;
  onRequestUpgrade?(
    controller: ControllerLike,
    statusCode: number,
    headers: HeadersLike,
    socket: unknown,
  ): void;
  onResponseStart?(
    controller: ControllerLike,
    statusCode: number,
    headers: HeadersLike,
    statusMessage?: string,
  ): void;
  onResponseData?(controller: ControllerLike, chunk: Uint8Array): void;
  onResponseEnd?(controller: ControllerLike, trailers: HeadersLike): void;
  onResponseError?(controller: ControllerLike, error: Error): void;
  onResponseStarted?(): void;
  onBodySent?(chunk: Uint8Array): void;
  onRequestSent?(): void;
}

/** The older form, in which Node's own `fetch` speaks to a dispatcher. */
interface LegacyHandler {
  onConnect?(abort: (reason: Error) => void, context: unknown): void;
  onUpgrade?(statusCode: number, headers: unknown, socket: unknown): void;
  onHeaders?(
    statusCode: number,
    headers: unknown,
    resume: () => void,
    statusMessage?: string,
  ): boolean | undefined;
  onData?(chunk: Uint8Array): boolean | undefined;
  onComplete?(trailers: unknown): void;
  onError?(error: Error): void;
  onResponseStarted?(): void;
  onBodySent?(chunk: Uint8Array): void;
  onRequestSent?(): void;
}

export function isLegacy(handler: HandlerLike): boolean {
  return typeof handler.onRequestStart !== 'function';
}

/** A handler of the present form around one of the older form. */
export class Modernized implements HandlerLike {
  private readonly handler: LegacyHandler;

  constructor(handler: HandlerLike) {
    this.handler = handler;
  }

  onRequestStart(controller: ControllerLike, context: unknown): void {
    this.handler.onConnect?.((reason) => controller.abort(reason), context);
  }

  onRequestUpgrade(
    controller: ControllerLike,
    statusCode: number,
    headers: HeadersLike,
    socket: unknown,
  ): void {
    this.handler.onUpgrade?.(statusCode, rawOf(controller.rawHeaders, headers), socket);
  }

  onResponseStart(
    controller: ControllerLike,
    statusCode: number,
    headers: HeadersLike,
    statusMessage?: string,
  ): void {
    const raw = rawOf(controller.rawHeaders, headers);
    const resume = (): void => controller.resume();
    if (this.handler.onHeaders?.(statusCode, raw, resume, statusMessage) === false)
      controller.pause();
  }

  onResponseData(controller: ControllerLike, chunk: Uint8Array): void {
    if (this.handler.onData?.(chunk) === false) controller.pause();
  }

  onResponseEnd(controller: ControllerLike, trailers: HeadersLike): void {
    this.handler.onComplete?.(rawOf(controller.rawTrailers, trailers));
  }

  onResponseError(_controller: ControllerLike, error: Error): void {
    this.handler.onError?.(error);
  }

  onResponseStarted(): void {
    this.handler.onResponseStarted?.();
  }

  onBodySent(chunk: Uint8Array): void {
    this.handler.onBodySent?.(chunk);
  }

  onRequestSent(): void {
    this.handler.onRequestSent?.();
  }
}

const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');

/** Names and values by turns, in bytes. */
function rawOf(raw: unknown, parsed: HeadersLike | undefined): unknown {
  if (Array.isArray(raw)) return raw;
  return Object.entries(parsed ?? {}).flatMap(([name, value]) =>
    [value ?? []].flat().flatMap((each) => [latin1(name), latin1(each)]),
  );
}
