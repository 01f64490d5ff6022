/**
 * Many deadlines of about one length, and the timers for them.
 *
 * On the platform's own clock one timer serves all: the list of them in the order of setting is sorted by itself, so
 * that setting and clearing one is O(1), whatever the number. Most calls are over before the next turn of the event
 * loop, and need no timer at all.
 *
 * Under fake timers, and where timers end with a request, each deadline has a timer of its own, set together
 * with it: what belongs to one call can then never be lost with the clock or the request of another.
 */
import { type Clock, clockInForce, Timer, wholeMilliseconds } from '../core/time.ts';
import { Fifo, type Link } from './fifo.ts';

/** One deadline. It is its own place in the list: written out, since a chain of classes makes it dear to make one. */
export abstract class Deadline implements Link {
  previous: Link | undefined = undefined;
  next: Link | undefined = undefined;
  linked = false;
  /** The timer that will end it: its own, or one that it shares. */
  timer: Timer | SharedTimer | undefined = undefined;
  /** The instant, on the scale of `now()`. */
  readonly instant: number;

  constructor(instant: number) {
    this.instant = instant;
  }

  /** The instant has come; the deadline is out of the list. */
  abstract expire(): void;
}

export class DeadlineList {
  private readonly keepAlive: boolean;
  private shared: SharedTimer | undefined = undefined;

  /** `keepAlive: false` for what answers nobody: the process may end meanwhile. */
  constructor(keepAlive = true) {
    this.keepAlive = keepAlive;
  }

  /** Sets a deadline. */
  add(deadline: Deadline): void {
    const clock = clockInForce();
    if (clock.defer === undefined) this.addAlone(deadline, clock);
    else {
      if (this.shared?.clock !== clock)
        this.shared = new SharedTimer(clock, clock.defer, this.keepAlive);
      if (!this.shared.add(deadline)) this.addAlone(deadline, clock);
    }
  }

  /** Clears a deadline; one that has been cleared or has expired is left alone. */
  remove(deadline: Deadline): void {
    const { timer } = deadline;
    if (timer === undefined) return;
    deadline.timer = undefined;
    if (deadline.linked) (timer as SharedTimer).remove(deadline);
    else (timer as Timer).stop();
  }

  private addAlone(deadline: Deadline, clock: Clock): void {
    const fire = (): void => {
      deadline.timer = undefined;
      deadline.expire();
    };
    const wait = wholeMilliseconds(deadline.instant - clock.now());
    deadline.timer = new Timer(fire, wait, this.keepAlive, clock);
  }
}

/** The timer of all deadlines that were set on one clock. */
class SharedTimer {
  readonly clock: Clock;
  private readonly defer: (run: () => void) => void;
  private readonly keepAlive: boolean;
  private readonly deadlines: Fifo<Deadline> = new Fifo();
  private timer: Timer | undefined = undefined;
  private isArming = false;
  /** The instant that the timer is set for, and whether it was asked to wait once more. */
  private due = 0;
  private wasEarly = false;

  constructor(clock: Clock, defer: (run: () => void) => void, keepAlive: boolean) {
    this.clock = clock;
    this.defer = defer;
    this.keepAlive = keepAlive;
  }

  /** Returns false for one that would have to go before another: it needs a timer of its own. */
  add(deadline: Deadline): boolean {
    const { deadlines } = this;
    if (deadlines.last !== undefined && deadline.instant < deadlines.last.instant) return false;
    deadline.timer = this;
    deadlines.push(deadline);
    if (this.timer === undefined && !this.isArming) {
      this.isArming = true;
      this.defer(this.arm);
    }
    return true;
  }

  remove(deadline: Deadline): void {
    this.deadlines.remove(deadline);
    if (this.timer !== undefined && this.deadlines.first === undefined) {
      this.timer.stop();
      this.timer = undefined;
    }
  }

  private readonly arm = (): void => {
    this.isArming = false;
    const { first } = this.deadlines;
    if (this.timer !== undefined || first === undefined) return;
    this.due = first.instant;
    this.wasEarly = false;
    this.start(first.instant - this.clock.now());
  };

  private start(wait: number): void {
    this.timer = new Timer(this.fire, wholeMilliseconds(wait), this.keepAlive, this.clock);
  }

  private readonly fire = (): void => {
    this.timer = undefined;
    const time = this.clock.now();
    // A platform counts in whole milliseconds, and its timers may be a part of one early. If the clock still says so
    // a millisecond later, it does not go with the timers, and those are right.
    if (time < this.due && !this.wasEarly) {
      this.wasEarly = true;
      this.start(1);
      return;
    }
    const until = Math.max(time, this.due);
    for (
      let { first } = this.deadlines;
      first !== undefined && first.instant <= until;
      { first } = this.deadlines
    ) {
      this.deadlines.remove(first);
      first.timer = undefined;
      first.expire();
    }
    this.arm();
  };
}
