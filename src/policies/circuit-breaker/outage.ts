import { wall } from '../../core/time.ts';
import type { Rates } from './health.ts';

/** After so many times its `openFor` without a call, an open circuit is nobody's trouble any more. */
const forgottenAfter = 10;

/** A half-open circuit cannot know when a place will be free; it says so much at most. */
const retryWhileProbing = 500;

/** What is known of the time in which a circuit is not closed. Reading it changes nothing. */
export class Outage {
  /** Why the circuit is not closed, in kedge's words or in those of whoever did it by hand; and the error that led to it. */
  reason: string | undefined = undefined;
  error: unknown = undefined;
  /** How often it has opened since it was closed last, and how many calls it has turned away. */
  openings = 0;
  turnedAway = 0;
  /** How long it is open this time, in milliseconds, and until which instant. */
  openFor = 0;
  until = 0;
  /** When it opened last, in milliseconds since the epoch; kept when it closes. */
  lastOpenedAt: number | undefined = undefined;
  /** The rates that were judged when it ceased to be closed. */
  rates: Partial<Rates> = {};
  private since: number | undefined = undefined;
  private calledAt = 0;
  /** For how long it was not closed, in milliseconds, up to the instant `from`. */
  private past = 0;
  private taken = 0;
  private from = 0;

  /** The circuit ceases to be closed. */
  begin(time: number, rates: Partial<Rates>): void {
    this.since = this.from = this.calledAt = time;
    this.rates = rates;
  }

  opened(time: number, openFor: number, remaining: number, reason: string, error: unknown): void {
    this.called(time);
    this.openings++;
    this.openFor = openFor;
    this.until = time + remaining;
    this.reason = reason;
    this.error = error;
    this.lastOpenedAt = wall();
  }

  /** Nobody gets through until whoever wanted that has had enough. */
  isolated(reason: string): void {
    this.until = Infinity;
    this.reason = reason;
    this.error = undefined;
  }

  /** Somebody asks to be let in. */
  called(time: number): void {
    if (time > this.forgottenAt) {
      this.past += this.forgottenAt - this.from;
      this.from = time;
    }
    this.calledAt = time;
  }

  /** The circuit is closed. */
  end(time: number): { notClosedFor: number; openings: number; turnedAway: number } {
    const { openings, turnedAway, since = time } = this;
    this.past = this.notClosedTime(time);
    this.since = this.reason = this.error = undefined;
    this.openings = this.turnedAway = this.openFor = this.until = 0;
    this.rates = {};
    return { notClosedFor: time - since, openings, turnedAway };
  }

  /** How long those who are turned away may be expected to stay away, in milliseconds. */
  get patience(): number {
    return this.until === Infinity ? Infinity : this.openFor || retryWhileProbing;
  }

  /** After how many milliseconds a half-open circuit may have a place. */
  get retryWhileProbing(): number {
    return Math.min(retryWhileProbing, this.patience);
  }

  /** Whether the circuit has opened, has not closed since, and somebody still wants to get through. */
  isOn(time: number): boolean {
    return this.openings > 0 && time <= this.forgottenAt;
  }

  /** For how long the circuit was not closed, all outages together, in milliseconds. */
  notClosedTime(time: number): number {
    if (this.since === undefined) return this.past;
    return this.past + Math.max(0, Math.min(time, this.forgottenAt) - this.from);
  }

  /** For how long it has not been closed this time, in milliseconds; nothing while it is. */
  lasting(time: number): number | undefined {
    return this.since === undefined ? undefined : Math.max(0, time - this.since);
  }

  /** What of that has been added since it was taken last: a circuit may go, and what is counted of it stays. */
  takeNotClosedTime(time: number): number {
    const total = this.notClosedTime(time);
    const added = Math.max(0, total - this.taken);
    this.taken = Math.max(this.taken, total);
    return added;
  }

  /** Another clock has come, whose zero is elsewhere. */
  shift(by: number): void {
    if (this.since !== undefined) this.since += by;
    this.until += by;
    this.calledAt += by;
    this.from += by;
  }

  private get forgottenAt(): number {
    return this.calledAt + forgottenAfter * this.patience;
  }
}
