/**
 * Many deadlines, one timer. All are the same length after they are set, so the list of them in the order of
 * setting is sorted by itself: setting and clearing one is O(1), whatever the number.
 */
import { defer, now, Timer } from '../core/time.ts';
import { Fifo, Link } from './fifo.ts';

/** One deadline. */
export abstract class Deadline extends Link {
  /** The instant, on the scale of `now()`. */
  readonly instant: number;

  constructor(instant: number) {
    super();
    this.instant = instant;
  }

  /** The instant has come; the deadline is out of the list. */
  abstract expire(): void;
}

export class DeadlineList {
  private readonly deadlines: Fifo<Deadline> = new Fifo();
  private timer: Timer | undefined = undefined;
  private arming = false;

  /** Sets a deadline; its instant must not be before that of any set earlier. */
  add(deadline: Deadline): void {
    this.deadlines.push(deadline);
    if (this.timer === undefined && !this.arming) this.armLater();
  }

  /** Clears a deadline; one that has been cleared or has expired is left alone. */
  remove(deadline: Deadline): void {
    this.deadlines.remove(deadline);
    if (this.timer !== undefined && this.deadlines.first === undefined) {
      this.timer.stop();
      this.timer = undefined;
    }
  }

  /** Most calls are over before the next turn of the event loop and need no timer at all. */
  private armLater(): void {
    this.arming = true;
    defer(() => {
      this.arming = false;
      this.arm();
    });
  }

  private arm(): void {
    if (this.timer !== undefined || this.deadlines.first === undefined) return;
    // Rounded up: a timer counts in whole milliseconds and must not fire before the instant.
    const wait = Math.max(0, Math.ceil(this.deadlines.first.instant - now()));
    this.timer = new Timer(() => this.fire(), wait, false);
  }

  private fire(): void {
    this.timer = undefined;
    const time = now();
    for (
      let due = this.deadlines.first;
      due !== undefined && due.instant <= time;
      due = this.deadlines.first
    ) {
      this.remove(due);
      due.expire();
    }
    this.arm();
  }
}
