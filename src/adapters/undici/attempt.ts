/** One attempt: its answer is passed on, or held back when it is a failure that may be retried. */
import { mostKept } from '../http/responses.ts';
import type { StatusError } from '../http/status.ts';
import type { Caller } from './caller.ts';
import type { ControllerLike, HandlerLike, HeadersLike } from './handler.ts';

/** Who waits for the outcome. */
export interface Waiting {
  readonly signal: AbortSignal;
  /** Whether it does no harm when the dispatcher sends the request once more by itself. */
  readonly mayStartAgain: boolean;
  /** The failure that an answer is, unless it is none. */
  failureOf(status: number, statusText: string, headers: HeadersLike): StatusError | undefined;
  /** The request leaves. */
  started(): void;
  /** The answer is the caller's. */
  resolve(): void;
  /** It is a failure, and held. */
  hold(failure: StatusError, attempt: Attempt): void;
  reject(error: unknown): void;
}

interface Head {
  readonly statusCode: number;
  readonly headers: HeadersLike;
  readonly statusMessage: string | undefined;
}

const givenUp = new DOMException('Nobody waits for this answer any more', 'AbortError');

export class Attempt implements HandlerLike {
  private readonly caller: Caller;
  private readonly waiting: Waiting;
  private state: 'waiting' | 'passing' | 'held' | 'dropped' = 'waiting';
  private controller: ControllerLike | undefined = undefined;
  private head: Head | undefined = undefined;
  private kept: Uint8Array[] = [];
  private size = 0;
  private end: { readonly trailers: HeadersLike } | { readonly error: Error } | undefined =
    undefined;

  constructor(caller: Caller, waiting: Waiting) {
    this.caller = caller;
    this.waiting = waiting;
    waiting.signal.addEventListener('abort', this.ended);
  }

  /** Whether the request has been on a connection. */
  get hasStarted(): boolean {
    return this.controller !== undefined;
  }

  /** Gives the attempt up, and its connection when its answer is not whole. */
  drop(reason: Error = givenUp): void {
    if (this.state === 'dropped' || this.state === 'passing') return;
    this.state = 'dropped';
    this.kept = [];
    if (this.end === undefined) this.controller?.abort(reason);
  }

  /** Passes on what was held back. */
  handOver(): void {
    const { caller, controller, head } = this;
    if (controller === undefined || head === undefined || !caller.choose(this, controller)) return;
    this.state = 'passing';
    try {
      caller.head(head.statusCode, head.headers, head.statusMessage);
      for (const chunk of this.kept.splice(0)) caller.data(chunk);
      if (this.end === undefined) {
        if (!caller.paused) controller.resume();
      } else if ('error' in this.end) caller.failed(this.end.error);
      else caller.ended(this.end.trailers);
    } catch (error) {
      // What undici does when a handler throws.
      controller.abort(error as Error);
      caller.failed(error as Error);
    }
  }

  /**
   * A dispatcher that pipelines puts the requests of a connection that it ends back into its queue, those among them
   * that were executed, and those whose answers are arriving. Throwing ends the request, and leaves the connection.
   */
  onRequestStart(controller: ControllerLike, context: unknown): void {
    if (this.state === 'dropped') throw givenUp;
    if (this.hasStarted && !(this.state === 'waiting' && this.waiting.mayStartAgain))
      throw interrupted();
    this.controller = controller;
    this.waiting.started();
    this.caller.started(context);
  }

  onRequestUpgrade(
    controller: ControllerLike,
    statusCode: number,
    headers: HeadersLike,
    socket: unknown,
  ): void {
    if (!this.pass(controller)) return;
    this.caller.upgraded(statusCode, headers, socket);
  }

  onResponseStart(
    controller: ControllerLike,
    statusCode: number,
    headers: HeadersLike,
    statusMessage?: string,
  ): void {
    if (statusCode < 200) {
      this.caller.head(statusCode, headers, statusMessage);
      return;
    }
    if (this.state === 'passing' || this.state === 'held') throw interrupted();
    const failure = this.waiting.failureOf(statusCode, statusMessage ?? '', headers);
    if (failure === undefined) {
      if (this.pass(controller)) this.caller.head(statusCode, headers, statusMessage);
    } else if (this.state === 'waiting') {
      this.leave();
      this.state = 'held';
      this.head = { statusCode, headers, statusMessage };
      this.waiting.hold(failure, this);
    }
  }

  onResponseData(controller: ControllerLike, chunk: Uint8Array): void {
    if (this.state === 'passing') this.caller.data(chunk);
    else if (this.state === 'held') {
      // A copy: undici may use its memory again.
      this.kept.push(chunk.slice());
      this.size += chunk.byteLength;
      if (this.size > mostKept) controller.pause();
    }
  }

  onResponseEnd(_controller: ControllerLike, trailers: HeadersLike): void {
    if (this.end !== undefined) return;
    this.end = { trailers };
    if (this.state === 'passing') this.caller.ended(trailers);
  }

  onResponseError(_controller: ControllerLike, error: Error): void {
    if (this.end !== undefined) return;
    this.end = { error };
    if (this.state === 'passing') this.caller.failed(error);
    else if (this.state === 'waiting') {
      this.leave();
      this.state = 'dropped';
      this.waiting.reject(error);
    }
  }

  onBodySent(chunk: Uint8Array): void {
    this.caller.sent(chunk);
  }

  onRequestSent(): void {
    this.caller.allSent();
  }

  onResponseStarted(): void {
    this.caller.answering();
  }

  private pass(controller: ControllerLike): boolean {
    if (this.state !== 'waiting' || !this.caller.choose(this, controller)) {
      this.drop();
      return false;
    }
    this.leave();
    this.state = 'passing';
    this.waiting.resolve();
    return true;
  }

  private leave(): void {
    this.waiting.signal.removeEventListener('abort', this.ended);
  }

  /** A timeout, the caller, or a hedge that was faster. */
  private readonly ended = (): void => {
    this.leave();
    const reason = this.waiting.signal.reason as Error;
    this.drop(reason);
    this.waiting.reject(reason);
  };
}

/** By its code a connection that was lost: what was asked may have been executed. */
function interrupted(): Error {
  return Object.assign(new Error('The connection was closed before the answer was whole'), {
    code: 'UND_ERR_SOCKET',
  });
}
