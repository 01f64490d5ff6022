import type { WindowOptions } from './options.ts';

/**
 * Failures in a row, in the order of sending: calls that ran into one timeout together end together, whatever was
 * answered between them, and a late success is from before the row.
 */
export class Streak {
  count = 0;
  /** When the latest call that succeeded was sent, and the first of those that failed since. */
  private succeededSince = -Infinity;
  private since = -Infinity;
  private failedAt = -Infinity;
  private rest: number;

  constructor(window: WindowOptions) {
    this.rest = restOf(window);
  }

  /** A streak that rests for longer than the window is as old as what has left the window. */
  set window(window: WindowOptions) {
    this.rest = restOf(window);
  }

  failed(sent: number, time: number): void {
    if (time - this.failedAt > this.rest) this.count = 0;
    this.failedAt = time;
    if (sent < this.succeededSince) return;
    if (this.count++ === 0) this.since = sent;
  }

  succeeded(sent: number): void {
    if (sent > this.succeededSince) this.succeededSince = sent;
    if (sent >= this.since) this.count = 0;
  }

  /** Goes on with a streak of another process. */
  load(count: number, time: number): void {
    this.count = count;
    this.failedAt = time;
  }

  /** Another clock has come, whose zero is elsewhere. */
  shift(by: number): void {
    this.succeededSince += by;
    this.since += by;
    this.failedAt += by;
  }

  clear(): void {
    this.count = 0;
    this.succeededSince = this.since = this.failedAt = -Infinity;
  }
}

function restOf(window: WindowOptions): number {
  return window.duration ?? Infinity;
}
