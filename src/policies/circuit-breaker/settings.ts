/** Options with all defaults in place, and their parts checked. */
import { missing, readOptions } from '../../core/options.ts';
import type { Schema } from '../../core/stateful.ts';
import { type Backoff, exponentialBackoff, roughly } from '../../mechanisms/backoff.ts';
import { DeadlineList } from '../../mechanisms/deadlines.ts';
import { type Predicate, resultRule } from '../shared/handle.ts';
import {
  type CircuitBreakerOptions,
  type HalfOpenOptions,
  halfOpenRules,
  rules,
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
  readonly handle: CircuitBreakerOptions['handle'];
  readonly handleResult: Predicate | undefined;
}

const slowStart = { probes: 3, growth: 1, leaseFor: 30_000 };

const grows = exponentialBackoff({ initial: 500, factor: 2, max: 5_000, jitter: 'none' });

/** Short after a blip, longer while probes keep failing, and never in step with the rest of a fleet. */
const briefly: Backoff = (...about) => roughly(grows(...about));

export const schema: Schema<CircuitBreakerOptions, Settings> = {
  kind: 'circuitBreaker',
  rules,
  defaults: {
    failureRate: 0.5,
    window: { duration: 10_000 },
    consecutiveFailures: 20,
    openFor: briefly,
    halfOpen: slowStart,
  },
  fixed: ['restore'],
  complete: (options) => {
    const { openFor, slowCall, ...given } = options as Required<CircuitBreakerOptions>;
    const window = readWindow(given.window);
    return {
      ...given,
      window,
      minimumCalls: minimumOf(window, given.minimumCalls),
      slowCall: slowCall && readSlowCall(slowCall),
      openFor: typeof openFor === 'number' ? () => openFor : openFor,
      halfOpen: readOptions<Required<HalfOpenOptions>>(
        'circuitBreaker `halfOpen`',
        given.halfOpen,
        slowStart,
        halfOpenRules,
      ),
      handleResult: resultRule('circuitBreaker', given.handleResult),
    };
  },
};

function readWindow(given: object): WindowOptions {
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
  return window as WindowOptions;
}

/** A window that never holds so many calls would never be judged. */
function minimumOf(window: WindowOptions, given: number | undefined): number {
  const most = window.calls ?? Infinity;
  const minimum = given ?? Math.min(20, most);
  if (minimum <= most) return minimum;
  throw new RangeError(
    `circuitBreaker: expected \`minimumCalls\` to be at most the ${most} calls of \`window\`, got ${minimum}.`,
  );
}

function readSlowCall(given: object): Settings['slowCall'] {
  const slowCall = readOptions<{ after: number; rate: number }>(
    'circuitBreaker `slowCall`',
    given,
    {},
    slowCallRules,
  );
  for (const name of ['after', 'rate'] as const) {
    if (slowCall[name] === undefined)
      missing('circuitBreaker `slowCall`', name, slowCallRules[name]);
  }
  // Being slow answers nobody: the process may end meanwhile.
  return { ...slowCall, deadlines: new DeadlineList(false) };
}
