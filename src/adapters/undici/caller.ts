/** The caller's side of a request: one handler and one controller, however many attempts there are. */
import type { ControllerLike, HandlerLike, HeadersLike } from './handler.ts';

export class Caller implements ControllerLike {
  private readonly handler: HandlerLike;
  private readonly aborter: AbortController = new AbortController();
  /** The attempt that the controller stands for. */
  private target: ControllerLike | undefined = undefined;
  private begun = false;
  private wantsPause = false;
  private over = false;
  /** The attempt whose answer the caller gets. */
  chosen: object | undefined = undefined;

  constructor(handler: HandlerLike) {
    this.handler = handler;
  }

  get signal(): AbortSignal {
    return this.aborter.signal;
  }

  get aborted(): boolean {
    return this.signal.aborted;
  }

  get reason(): Error | null {
    return this.aborted ? (this.signal.reason as Error) : null;
  }

  get paused(): boolean {
    return this.wantsPause;
  }

  get rawHeaders(): unknown {
    return this.target?.rawHeaders ?? null;
  }

  get rawTrailers(): unknown {
    return this.target?.rawTrailers ?? null;
  }

  abort(reason: Error): void {
    this.aborter.abort(reason);
    if (this.chosen !== undefined) this.target?.abort(reason);
  }

  pause(): void {
    this.wantsPause = true;
    if (this.chosen !== undefined) this.target?.pause();
  }

  resume(): void {
    this.wantsPause = false;
    if (this.chosen !== undefined) this.target?.resume();
  }

  begin(context: unknown): void {
    if (this.begun) return;
    this.begun = true;
    this.handler.onRequestStart?.(this, context);
  }

  /** An attempt has an answer for the caller. Returns false when another one was faster. */
  choose(attempt: object, controller: ControllerLike): boolean {
    if (this.over || (this.chosen !== undefined && this.chosen !== attempt)) return false;
    this.chosen = attempt;
    this.target = controller;
    if (this.wantsPause) controller.pause();
    return true;
  }

  started(statusCode: number, headers: HeadersLike, statusMessage: string | undefined): void {
    this.handler.onResponseStart?.(this, statusCode, headers, statusMessage);
  }

  upgraded(statusCode: number, headers: HeadersLike, socket: unknown): void {
    this.over = true;
    this.handler.onRequestUpgrade?.(this, statusCode, headers, socket);
  }

  data(chunk: Uint8Array): void {
    this.handler.onResponseData?.(this, chunk);
  }

  ended(trailers: HeadersLike): void {
    if (this.over) return;
    this.over = true;
    this.handler.onResponseEnd?.(this, trailers);
  }

  failed(error: Error): void {
    if (this.over) return;
    this.over = true;
    this.handler.onResponseError?.(this, error);
  }

  sent(chunk: Uint8Array): void {
    this.handler.onBodySent?.(chunk);
  }

  allSent(): void {
    this.handler.onRequestSent?.();
  }

  answering(): void {
    this.handler.onResponseStarted?.();
  }
}
