/**
 * A token bucket on monotonic time, with a queue: O(1) a call, and no timer while nobody waits.
 */
import { epoch, now, Timer, timersBelongToRequests } from '../core/time.ts';
import { Fifo } from './fifo.ts';
import { Waiter } from './permits.ts';

/** Rounding must not make a token that is full by the clock wait another millisecond. */
const epsilon = 1e-6;

/** Those who are refused are told instants of their own over so long at most, in milliseconds; then it begins anew. */
const mostTold = 60_000;

/** A place in the queue for a token. */
export abstract class TokenWaiter extends Waiter {
  /** Where timers belong to requests, this one's. */
  timer: Timer | undefined = undefined;
  /** The instant by which the token must be there. */
  abstract readonly latest: number;
  /** The token will not be there in time any more; it would be in `retryAfter` milliseconds. */
  abstract refused(retryAfter: number): void;
}

export class TokenBucket {
  private limit: number;
  private interval: number;
  private burst: number;
  private tokens: number;
  private filledAt: number;
  private epoch: number;
  /** The instant that was told to whoever was refused last. */
  private told = -Infinity;
  private readonly waiting: Fifo<TokenWaiter> = new Fifo();
  /** Mostly one: another clock that comes while somebody waits gets one of its own. */
  private timers: Timer[] = [];

  constructor(limit: number, interval: number, burst: number) {
    this.limit = limit;
    this.interval = interval;
    this.burst = this.tokens = burst;
    this.filledAt = now();
    this.epoch = epoch;
  }

  get queued(): number {
    return this.waiting.size;
  }

  /** Takes a token if there is one for a newcomer: those who wait come first. */
  take(time: number): boolean {
    this.fill(time);
    if (this.waiting.size > 0) {
      this.arm();
      return false;
    }
    if (this.tokens < 1 - epsilon) return false;
    this.tokens--;
    return true;
  }

  /** How long a newcomer would wait for a token, in milliseconds. */
  waitFor(time: number): number {
    this.fill(time);
    return this.waitOf(this.queued);
  }

  /**
   * When somebody who is turned away should come back, in milliseconds from `time`. Each is told an instant of his own,
   * a token later than the one before, so that they do not all come for the same token.
   */
  turnAway(time: number): number {
    const wait = this.waitFor(time);
    const step = this.interval / this.limit;
    const told = Math.max(wait, this.told + step - time);
    const most = wait + Math.max(this.interval, Math.min(10 * this.interval, mostTold));
    const retryAfter = told > most ? wait : toNanoseconds(told);
    this.told = time + retryAfter;
    return retryAfter;
  }

  get available(): number {
    this.fill(now());
    return Math.min(this.burst, this.tokens);
  }

  enqueue(waiter: TokenWaiter): void {
    if (timersBelongToRequests) {
      const wait = this.waitOf(this.queued);
      waiter.timer = new Timer(() => this.serve(false), wait, true);
    }
    this.waiting.push(waiter);
    this.arm();
  }

  /** Takes a waiter out of the queue; all behind it move up. Returns false when it has been given its token. */
  leave(waiter: TokenWaiter): boolean {
    waiter.timer?.stop();
    const left = this.waiting.remove(waiter);
    if (this.waiting.size === 0) this.disarm();
    return left;
  }

  /** A token that was not used comes back. */
  giveBack(): void {
    this.tokens++;
    this.serve(false);
  }

  /** Changes the rate. Those who wait are served by the new one; who cannot be any more in time is told so. */
  reconfigure(limit: number, interval: number, burst: number): void {
    this.fill(now());
    this.limit = limit;
    this.interval = interval;
    this.burst = burst;
    this.tokens = Math.min(this.tokens, burst);
    this.told = -Infinity;
    this.disarm();
    this.serve(false);
    this.refuseLate();
  }

  private refuseLate(): void {
    const time = now();
    let ahead = 0;
    for (let each = this.waiting.first; each !== undefined;) {
      const next = each.next as TokenWaiter | undefined;
      const wait = this.waitOf(ahead);
      if (time + wait > each.latest + epsilon && this.leave(each)) each.refused(wait);
      else ahead++;
      each = next;
    }
  }

  /** The wait of somebody with so many in front, as of the last filling. */
  private waitOf(ahead: number): number {
    const wait = ((ahead + 1 - this.tokens) * this.interval) / this.limit;
    return Math.max(0, toNanoseconds(wait));
  }

  private fill(time: number): void {
    if (this.epoch !== epoch) {
      const shift = epoch - this.epoch;
      this.epoch = epoch;
      this.filledAt += shift;
      this.told += shift;
    }
    const elapsed = time - this.filledAt;
    // An instant of a moment ago: what has come since is counted already.
    if (elapsed <= 0) return;
    this.filledAt = time;
    this.tokens += (elapsed * this.limit) / this.interval;
    this.spill();
  }

  /** What is above a burst is lost, but not while somebody waits: his token came when it was due, and not with the timer. */
  private spill(): void {
    if (this.waiting.size === 0) this.tokens = Math.min(this.burst, this.tokens);
  }

  private serve(isDue: boolean): void {
    this.fill(now());
    if (isDue) this.tokens = Math.max(1, this.tokens);
    while (this.waiting.first !== undefined && this.tokens >= 1 - epsilon) {
      const { first } = this.waiting;
      this.leave(first);
      this.tokens--;
      first.granted();
    }
    this.spill();
    if (this.waiting.size > 0) this.arm();
  }

  private arm(): void {
    if (timersBelongToRequests || this.timers.some((each) => !each.isOfAnotherClock)) return;
    const wait = ((1 - this.tokens) * this.interval) / this.limit;
    const timer = new Timer(() => this.ring(timer), Math.max(0, Math.ceil(wait - epsilon)), true);
    this.timers.push(timer);
  }

  private ring(timer: Timer): void {
    this.timers = this.timers.filter((each) => each !== timer);
    // One that was set on a clock that is not in force any more is right about the wait all the same.
    this.serve(timer.isOfAnotherClock);
  }

  private disarm(): void {
    for (const each of this.timers) each.stop();
    this.timers = [];
  }
}

/** What rounding adds must not make a wait longer than it may be. */
function toNanoseconds(ms: number): number {
  return Math.round(ms * 1e6) / 1e6;
}
