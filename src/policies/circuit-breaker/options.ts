import {
  countOrInfinity,
  func,
  finiteDuration,
  object,
  positiveDuration,
  share,
  type Rules,
  text,
  wholeNumber,
} from '../../core/options.ts';
import type { Backoff } from '../../mechanisms/backoff.ts';
import type { Handle, HandleResult } from '../shared/handle.ts';
import type { Snapshot } from './snapshot.ts';

/** What the failure rate is taken over: the last so many milliseconds, or the last so many calls. */
export type WindowOptions =
  | { duration: number; calls?: never }
  | { calls: number; duration?: never };

export interface SlowCallOptions {
  /** A call that takes longer than this is slow, in milliseconds; also while it still runs. */
  after: number;
  /** The share of slow calls that opens the circuit, above 0 up to 1. */
  rate: number;
}

export interface HalfOpenOptions {
  /** How many calls are let in at first. @default 3 */
  probes?: number;
  /** How many more calls at a time each success lets in. @default 1 */
  growth?: number;
  /** A probe that has not ended after this long counts as failed, in milliseconds. @default 30_000 */
  leaseFor?: number;
}

export interface CircuitBreakerOptions {
  /** The share of failures in the window that opens the circuit, above 0 up to 1. @default 0.5 */
  failureRate?: number;
  /** No rate is taken of fewer calls than this. @default 20, or as many as a window of fewer calls holds */
  minimumCalls?: number;
  /** What the rates are taken over. @default { duration: 10_000 } */
  window?: WindowOptions;
  /** So many failures in a row open it too, whatever `minimumCalls` says; `Infinity` for off. @default 20 */
  consecutiveFailures?: number;
  /** Opens on slow calls too. @default none */
  slowCall?: SlowCallOptions;
  /**
   * How long the circuit stays open: milliseconds, or a backoff over the openings since it was last closed.
   * @default exponentialBackoff({ initial: 500, factor: 2, max: 5_000 }) ± 10 %
   */
  openFor?: number | Backoff;
  /** The slow start after that. @default { probes: 3, growth: 1, leaseFor: 30_000 } */
  halfOpen?: HalfOpenOptions;
  /** The `snapshot()` of an earlier breaker, to go on where it stood. */
  restore?: Snapshot;
  /**
   * Which errors count as failures of the dependency: `true` for a failure, `false` for a sign of its life,
   * `undefined` for as by default.
   * @default those whose `blame` is the dependency
   */
  handle?: Handle;
  /** Which values count as failures of the dependency. @default none */
  handleResult?: HandleResult;
  /** The policy's name in metrics and events. @default 'circuitBreaker' */
  name?: string;
}

export const rules: Rules<CircuitBreakerOptions> = {
  failureRate: share,
  minimumCalls: wholeNumber(1),
  window: object('{ duration } or { calls }'),
  consecutiveFailures: countOrInfinity,
  slowCall: object('{ after, rate }'),
  openFor: {
    expected: 'a number of milliseconds above 0, or a backoff',
    type: (value: unknown) => typeof value === 'number' || typeof value === 'function',
    range: (value: unknown) => typeof value === 'function' || (value as number) > 0,
  },
  halfOpen: object('{ probes, growth, leaseFor }'),
  restore: object('a snapshot()'),
  handle: func,
  handleResult: func,
  name: text,
};

export const slowCallRules: Rules<SlowCallOptions> = { after: positiveDuration, rate: share };
export const halfOpenRules: Rules<HalfOpenOptions> = {
  probes: wholeNumber(1, 1_000),
  growth: wholeNumber(1, 1_000),
  leaseFor: positiveDuration,
};
export const windowRules: Rules<{ duration: number; calls: number }> = {
  duration: finiteDuration,
  calls: wholeNumber(1, 1_000_000),
};
