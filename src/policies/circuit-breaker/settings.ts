/** Options with all defaults in place, and their parts checked. */
import { missing, readOptions } from '../../core/options.ts';
import type { Context } from '../../core/policy.ts';
import { type Backoff, exponentialBackoff } from '../../mechanisms/backoff.ts';
import { DeadlineList } from '../../mechanisms/deadlines.ts';
import {
  type CircuitBreakerOptions,
  type HalfOpenOptions,
  halfOpenRules,
  type SlowCallOptions,
  type WindowOptions,
  slowCallRules,
  windowRules,
} from './options.ts';

/** Options with all defaults in place. */
export interface Settings {
  readonly failureRate: number;
  readonly minimumCalls: number;
  readonly window: WindowOptions;
  readonly consecutiveFailures: number;
  /** With the deadlines of the calls that are watched, all of which are `after` long. */
  readonly slowCall: Readonly<SlowCallOptions & { deadlines: DeadlineList }> | undefined;
  readonly openFor: Backoff;
  readonly halfOpen: Readonly<Required<HalfOpenOptions>>;
  readonly handle: ((error: unknown, context: Context) => boolean) | undefined;
  readonly handleResult: ((value: unknown, context: Context) => boolean) | undefined;
}

const lastTenSeconds = Object.freeze({ duration: 10_000 });
const slowStart = Object.freeze({ probes: 3, leaseFor: 30_000 });

export const defaults = { failureRate: 0.5, name: 'circuitBreaker' } as const;

export function settingsOf(options: CircuitBreakerOptions): Settings {
  const window = options.window === undefined ? lastTenSeconds : readWindow(options.window);
  const most = 'calls' in window ? window.calls : Infinity;
  const minimumCalls = options.minimumCalls ?? Math.min(20, most);
  if (minimumCalls > most) {
    throw new RangeError(
      `circuitBreaker: expected \`minimumCalls\` to be at most the ${most} calls of \`window\`, got ${minimumCalls}.`,
    );
  }
  return {
    failureRate: options.failureRate ?? defaults.failureRate,
    minimumCalls,
    window,
    consecutiveFailures: options.consecutiveFailures ?? minimumCalls,
    slowCall: options.slowCall && readSlowCall(options.slowCall),
    openFor: readOpenFor(options.openFor),
    halfOpen: options.halfOpen === undefined ? slowStart : readHalfOpen(options.halfOpen),
    handle: options.handle,
    handleResult: options.handleResult,
  };
}

function readWindow(given: object): Settings['window'] {
  const window = readOptions<{ duration: number; calls: number }>(
    'circuitBreaker `window`',
    given,
    {},
    windowRules,
  );
  if ((window.duration === undefined) === (window.calls === undefined)) {
    throw new TypeError(
      'circuitBreaker: expected `window` to be either { duration } or { calls }.',
    );
  }
  return window;
}

function readHalfOpen(given: object): Settings['halfOpen'] {
  return readOptions<Required<HalfOpenOptions>>(
    'circuitBreaker `halfOpen`',
    given,
    slowStart,
    halfOpenRules,
  );
}

function readSlowCall(given: object): Settings['slowCall'] {
  const slowCall = readOptions<{ after: number; rate: number }>(
    'circuitBreaker `slowCall`',
    given,
    {},
    slowCallRules,
  );
  if (slowCall.after === undefined)
    missing('circuitBreaker `slowCall`', 'after', slowCallRules.after);
  if (slowCall.rate === undefined) missing('circuitBreaker `slowCall`', 'rate', slowCallRules.rate);
  // Being slow answers nobody: the process may end meanwhile.
  return { ...slowCall, deadlines: new DeadlineList(false) };
}

const grows = exponentialBackoff({ initial: 500, factor: 2, max: 5_000, jitter: 'none' });

/** Short after a blip, longer while probes keep failing, and never in step with the rest of a fleet. */
const briefly: Backoff = (...about) => grows(...about) * (0.9 + 0.2 * Math.random());

function readOpenFor(given: number | Backoff | undefined): Backoff {
  return typeof given === 'number' ? () => given : (given ?? briefly);
}
