/** One command, or one batch, on its way: given up with its call, and taken out of the client's queue then. */
import type { Context } from '../../index.ts';
import type { StoreCall } from '../stores/call.ts';
import { Watched } from '../stores/watch.ts';
import type { Link } from './link.ts';

/** As much of an `AbortSignal` as node-redis asks for, without what one costs. */
export interface Withdrawal {
  readonly aborted: boolean;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(): void;
}

class Sending implements Withdrawal {
  aborted = false;
  private readonly link: Link;
  private readonly context: Context;
  private readonly call: StoreCall | undefined;
  private readonly watched: Watched;
  private withdraw: (() => void) | undefined;
  private isWritten = false;

  constructor(link: Link, context: Context, call: StoreCall | undefined) {
    this.link = link;
    this.context = context;
    this.call = call;
    this.watched = new Watched(context, this.end);
  }

  addEventListener(_type: 'abort', listener: () => void): void {
    this.withdraw = listener;
  }

  /** It has been written, and nothing can be taken back. */
  removeEventListener(): void {
    this.withdraw = undefined;
    this.isWritten = true;
  }

  done(): void {
    this.watched.done();
  }

  private readonly end = (reason: unknown): void => {
    this.aborted = true;
    const { withdraw, call } = this;
    if (withdraw !== undefined && !this.isWritten) {
      withdraw();
      if (call !== undefined) call.sent = false;
    } else this.link.unanswered(true);
    call?.ended(reason, this.context.pipeline);
  };
}

/** Sends what `attempt` sends once that is possible. `call` is that of a write. */
export function send(
  link: Link,
  context: Context,
  attempt: (withdrawal: Withdrawal) => Promise<unknown>,
  call: StoreCall | undefined,
): Promise<unknown> {
  const waiting = link.ready(() => context.signal);
  if (waiting === undefined) return sendNow(link, context, attempt, call);
  return waiting.then(
    () => sendNow(link, context, attempt, call),
    (error: unknown) => {
      if (context.signal.aborted) call?.ended(error, context.pipeline);
      throw context.signal.aborted || call === undefined ? error : call.failed(error);
    },
  );
}

function sendNow(
  link: Link,
  context: Context,
  attempt: (withdrawal: Withdrawal) => Promise<unknown>,
  call: StoreCall | undefined,
): Promise<unknown> {
  const sending = new Sending(link, context, call);
  if (call !== undefined) call.sent = true;
  return attempt(sending).then(
    (value) => {
      sending.done();
      link.answered();
      return value;
    },
    (error: unknown) => {
      sending.done();
      if (!sending.aborted) link.answered();
      throw sending.aborted ? error : link.failed(error, call);
    },
  );
}
