/** How long a call waits between its tries. */
import type { CircuitOpenError } from '../../core/errors.ts';
import type { Scope } from '../../core/scope.ts';

/** What is noted about a call from its first failure on. */
export class RetryState {
  /** How many tries have been begun. */
  made = 1;
  failed = 0;
  previousDelay = 0;
  waitedForCircuit = false;
  circuitSince: number | undefined = undefined;
  /** The first try has been left to the scope that its operation was given. */
  apart = false;
  readonly since: number;

  constructor(since: number) {
    this.since = since;
  }
}

/** Those who know the same instant come back over so long at most, in milliseconds, and at least over the shorter one. */
const mostSpread = 1_000;
const leastSpread = 100;

/** So much earlier than those who wait may a new call be the probe of a circuit, in milliseconds. */
export const headStart = 50;

/** Never earlier than told, and later than others who were told the same, but in time. */
export function spread(scope: Scope, told: number, latest: number): number {
  const room = latest - scope.execution.time - told;
  return told + Math.random() * Math.min(Math.max(leastSpread, told), mostSpread, room);
}

export function isTooLate(scope: Scope, delay: number, latest: number): boolean {
  return delay === Infinity || (latest !== Infinity && scope.execution.time + delay >= latest);
}

/** After how many milliseconds a circuit would let a call in, asked now; an error of another copy may not know. */
export function admitsIn(error: CircuitOpenError, time: number): number {
  return typeof error.admitsIn === 'function' ? error.admitsIn(time) : 0;
}

/** For how many milliseconds the circuit has not been closed. */
export function downFor(error: CircuitOpenError, time: number): number {
  return typeof error.downFor === 'function' ? error.downFor(time) : 0;
}

/** Most outages are over by then, in milliseconds. */
const mostOutages = 20_000;

/**
 * Whether an outage has lasted for so long that it will hardly end while a call waits: about as long again as it has
 * lasted is the best guess.
 */
export function isLong(lasted: number, left: number): boolean {
  return lasted > Math.max(mostOutages, left);
}
