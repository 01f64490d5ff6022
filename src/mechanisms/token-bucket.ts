/**
 * A token bucket on monotonic time, with a queue: O(1) a call, and no timer while nobody waits.
 */
import { now, Timer } from '../core/time.ts';
import { Fifo } from './fifo.ts';
import type { Waiter } from './permits.ts';

/** Rounding must not make a token that is full by the clock wait another millisecond. */
const epsilon = 1e-6;

export class TokenBucket {
  private limit: number;
  private interval: number;
  private burst: number;
  private tokens: number;
  private filledAt: number;
  private readonly waiting: Fifo<Waiter> = new Fifo();
  private timer: Timer | undefined = undefined;

  constructor(limit: number, interval: number, burst: number) {
    this.limit = limit;
    this.interval = interval;
    this.burst = this.tokens = burst;
    this.filledAt = now();
  }

  get queued(): number {
    return this.waiting.size;
  }

  /** Takes a token if there is one for a newcomer: those who wait come first. */
  take(time: number): boolean {
    this.fill(time);
    if (this.waiting.size > 0 || this.tokens < 1 - epsilon) return false;
    this.tokens--;
    return true;
  }

  /** How long a newcomer would wait for a token, in milliseconds. */
  waitFor(time: number): number {
    this.fill(time);
    const wait = ((this.queued + 1 - this.tokens) * this.interval) / this.limit;
    // To the nanosecond: what rounding adds must not make a wait longer than it may be.
    return Math.max(0, Math.round(wait * 1e6) / 1e6);
  }

  get available(): number {
    this.fill(now());
    return this.tokens;
  }

  enqueue(waiter: Waiter): void {
    this.waiting.push(waiter);
    this.arm();
  }

  /** Takes a waiter out of the queue; all behind it move up. Returns false when it has been given its token. */
  leave(waiter: Waiter): boolean {
    const left = this.waiting.remove(waiter);
    if (this.waiting.size === 0) this.disarm();
    return left;
  }

  /** A token that was not used comes back. */
  giveBack(): void {
    this.tokens = Math.min(this.burst, this.tokens + 1);
    this.serve();
  }

  reconfigure(limit: number, interval: number, burst: number): void {
    this.fill(now());
    this.limit = limit;
    this.interval = interval;
    this.burst = burst;
    this.tokens = Math.min(this.tokens, burst);
    this.disarm();
    this.serve();
  }

  private fill(time: number): void {
    this.tokens = Math.min(
      this.burst,
      this.tokens + ((time - this.filledAt) * this.limit) / this.interval,
    );
    this.filledAt = time;
  }

  private serve(): void {
    this.fill(now());
    while (this.waiting.first !== undefined && this.tokens >= 1 - epsilon) {
      const { first } = this.waiting;
      this.waiting.remove(first);
      this.tokens--;
      first.granted();
    }
    if (this.waiting.size > 0) this.arm();
    else this.disarm();
  }

  private arm(): void {
    if (this.timer !== undefined) return;
    const wait = Math.ceil(((1 - this.tokens) * this.interval) / this.limit - epsilon);
    this.timer = new Timer(
      () => {
        this.timer = undefined;
        this.serve();
      },
      Math.max(0, wait),
      true,
    );
  }

  private disarm(): void {
    this.timer?.stop();
    this.timer = undefined;
  }
}
