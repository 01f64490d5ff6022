/** One call in p-retry's loop, and what ends it from outside. */
import { type AbortListener, reasonOf, unlisten } from '../../core/abort.ts';
import type { PendingWait, Position, Scope } from '../../core/scope.ts';
import { inNextJob, now, type Timer } from '../../core/time.ts';
import type { Settings } from './options.ts';

export class Run implements AbortListener, PendingWait {
  /** The loop, which ends the call where its signal says so. */
  readonly at: Position;
  readonly settings: Settings;
  /** The instant from which `maxRetryTime` counts. */
  readonly since: number;
  /** The call that the loop was entered with, or what has taken its place. */
  scope: Scope;
  attempts = 1;
  consumed = 0;
  phase: 'attempt' | 'callback' | 'delay' = 'attempt';
  timer: Timer | undefined = undefined;
  private over = false;

  constructor(at: Position, scope: Scope, settings: Settings, since: number) {
    this.at = at;
    this.scope = scope;
    this.settings = settings;
    this.since = since;
  }

  /** Whether the call has ended while its callbacks were asked. */
  get isOver(): boolean {
    return this.over;
  }

  timeLeft(): number {
    const { maxRetryTime } = this.settings;
    return maxRetryTime === Infinity ? Infinity : maxRetryTime - (now() - this.since);
  }

  /** The signal of the options has aborted. A callback is let finish; the checks behind it see the signal. */
  aborted(reason: unknown): void {
    if (this.phase === 'callback') return;
    const { scope, at } = this;
    if (scope.interruptedBy === undefined) scope.interrupt(at, reason);
    // A job later, so that an attempt that has settled keeps its value.
    inNextJob(() => {
      if (this.over) return;
      scope.execution.touch();
      scope.settleInterrupted(true);
    });
  }

  /** The call has been ended from outside while it waited here. */
  cancel(): void {
    this.end();
  }

  end(): void {
    this.over = true;
    this.timer?.stop();
    const { signal } = this.settings;
    if (signal !== undefined) unlisten(signal, this);
  }
}

/** Whether the signal of the options has aborted, and why. */
export function abortOf({ signal }: Settings): { readonly reason: unknown } | undefined {
  if (signal === undefined) return undefined;
  try {
    signal.throwIfAborted();
    return undefined;
  } catch (reason) {
    return { reason: signal.aborted ? reasonOf(signal) : reason };
  }
}

/** Ends the asking of callbacks when nobody waits for the answer any more. */
export function throwIfAborted(run: Run): void {
  run.settings.signal?.throwIfAborted();
  if (run.isOver) throw run.scope.reason;
}
