/** The caller's side of a request: one handler and one controller, however many attempts there are. */
import {
  type ControllerLike,
  type HandlerLike,
  type HeadersLike,
  isLegacy,
  Modernized,
} from './handler.ts';

export class Caller implements ControllerLike {
  private readonly handler: HandlerLike;
  private readonly aborter: AbortController = new AbortController();
  private readonly context: object = {};
  /** The attempt that the controller stands for. */
  private target: ControllerLike | undefined = undefined;
  private wantsPause = false;
  private over = false;
  /** The attempt whose answer the caller gets. */
  chosen: object | undefined = undefined;

  constructor(handler: HandlerLike) {
    this.handler = isLegacy(handler) ? new Modernized(handler) : handler;
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

  abort(reason: Error | null | undefined): void {
    const why = reason ?? aborted();
    this.aborter.abort(why);
    if (this.chosen !== undefined) this.target?.abort(why);
  }

  pause(): void {
    this.wantsPause = true;
    if (this.chosen !== undefined) this.target?.pause();
  }

  resume(): void {
    this.wantsPause = false;
    if (this.chosen !== undefined) this.target?.resume();
  }

  /** Gives the caller his controller: now, since he may leave while the first attempt still waits for its turn. */
  begin(): void {
    try {
      this.handler.onRequestStart?.(this, this.context);
    } catch (error) {
      this.abort(error as Error);
    }
  }

  /** An attempt has been started, with what dispatchers further in know about it. */
  started(context: unknown): void {
    if (typeof context === 'object') Object.assign(this.context, context);
  }

  /** An attempt has an answer for the caller. Returns false when another one was faster. */
  choose(attempt: object, controller: ControllerLike): boolean {
    if (this.over || (this.chosen !== undefined && this.chosen !== attempt)) return false;
    this.chosen = attempt;
    this.target = controller;
    if (this.wantsPause) controller.pause();
    return true;
  }

  head(statusCode: number, headers: HeadersLike, statusMessage: string | undefined): void {
    if (!this.over) this.handler.onResponseStart?.(this, statusCode, headers, statusMessage);
  }

  upgraded(statusCode: number, headers: HeadersLike, socket: unknown): void {
    this.over = true;
    this.handler.onRequestUpgrade?.(this, statusCode, headers, socket);
  }

  data(chunk: Uint8Array): void {
    if (!this.over) this.handler.onResponseData?.(this, chunk);
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

/** What undici says when no reason is given. */
function aborted(): Error {
  return Object.assign(new Error('Request aborted'), {
    name: 'AbortError',
    code: 'UND_ERR_ABORTED',
  });
}
