/** What is used of undici's handlers and controllers. */

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
