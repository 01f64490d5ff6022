/**
 * Ends work on a connection when its caller does not wait for it any more, at next to no cost for work that is short.
 *
 * A signal and a listener cost as much as half of a short query. So they are made for what is still running a few
 * milliseconds later: one timer for all of it, but for each its own where timers end with a request.
 */
import { Scope } from '../../core/scope.ts';
import { Timer, timersBelongToRequests } from '../../core/time.ts';
import type { Context } from '../../index.ts';

/** How often it is looked what is still running, in milliseconds: no cancellation is later than that. */
const interval = 5;

/** Whether nobody waits for the outcome any more. */
export function isOver(context: Context): boolean {
  return context instanceof Scope ? context.interruptedBy !== undefined : context.signal.aborted;
}

/** The context of a call as users' functions are given it. */
export function plainContext(context: Context): Context {
  return context instanceof Scope ? context.startContext : context;
}

export function throwIfOver(context: Context): void {
  if (isOver(context)) context.signal.throwIfAborted();
}

/** A piece of work, from when it may have to be ended until it is done. */
export class Watched {
  private readonly context: Context;
  private readonly end: (reason: unknown) => void;
  private isDone = false;
  private listening: AbortSignal | undefined;

  /** Calls `end` once, with the reason, if the call of `context` is ended before `done`. */
  constructor(context: Context, end: (reason: unknown) => void) {
    this.context = context;
    this.end = end;
    if (timersBelongToRequests) {
      new Timer(() => this.grow(), interval, false);
      return;
    }
    young.push(this);
    // All share it, so it must not be lost with the clock of a test.
    if (sweep === undefined || sweep.isOrphaned) sweep = new Timer(sweepUp, interval, false);
  }

  done(): void {
    this.isDone = true;
    this.listening?.removeEventListener('abort', this.aborted);
  }

  /** It takes its time: from now on it listens. */
  grow(): void {
    if (this.isDone) return;
    const { signal } = this.context;
    if (signal.aborted) this.aborted();
    else {
      this.listening = signal;
      signal.addEventListener('abort', this.aborted, { once: true });
    }
  }

  private readonly aborted = (): void => {
    if (this.isDone) return;
    this.isDone = true;
    this.end(this.context.signal.reason);
  };
}

let young: Watched[] = [];
let sweep: Timer | undefined;

function sweepUp(): void {
  sweep = undefined;
  const due = young;
  young = [];
  for (const each of due) each.grow();
}
