/**
 * Many deadlines, one timer. All are the same length after they are set, so the list of them in the order of
 * setting is sorted by itself: setting and clearing one is O(1), whatever the number.
 */
import { defer, now, Timer } from '../core/time.ts';

/** One deadline; it is its own place in the list. */
export abstract class Deadline {
  /** The instant, on the scale of `now()`. */
  readonly instant: number;
  previous: Deadline | undefined = undefined;
  next: Deadline | undefined = undefined;
  set = false;

  constructor(instant: number) {
    this.instant = instant;
  }

  /** The instant has come; the deadline is out of the list. */
  abstract expire(): void;
}

export class DeadlineList {
  private first: Deadline | undefined = undefined;
  private last: Deadline | undefined = undefined;
  private timer: Timer | undefined = undefined;
  private arming = false;

  /** Sets a deadline; its instant must not be before that of any set earlier. */
  add(deadline: Deadline): void {
    deadline.set = true;
    deadline.previous = this.last;
    if (this.last === undefined) this.first = deadline;
    else this.last.next = deadline;
    this.last = deadline;
    if (this.timer === undefined && !this.arming) this.armLater();
  }

  /** Clears a deadline; one that has been cleared or has expired is left alone. */
  remove(deadline: Deadline): void {
    if (!deadline.set) return;
    deadline.set = false;
    const { previous, next } = deadline;
    if (previous === undefined) this.first = next;
    else previous.next = next;
    if (next === undefined) this.last = previous;
    else next.previous = previous;
    deadline.previous = deadline.next = undefined;
    if (this.first === undefined && this.timer !== undefined) {
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
    if (this.timer !== undefined || this.first === undefined) return;
    // Rounded up: a timer counts in whole milliseconds and must not fire before the instant.
    const wait = Math.max(0, Math.ceil(this.first.instant - now()));
    this.timer = new Timer(() => this.fire(), wait, false);
  }

  private fire(): void {
    this.timer = undefined;
    const time = now();
    for (let due = this.first; due !== undefined && due.instant <= time; due = this.first) {
      this.remove(due);
      due.expire();
    }
    this.arm();
  }
}
