import CircuitBreaker from 'opossum';
import pRetry from 'p-retry';
import type { Parameters } from '../parameters.ts';
import type { Library, Operation, Tuning } from './library.ts';
import { retryOptions } from './p-retry.ts';

/** The readme's example, or kedge's own numbers wherever there is an option for them. */
function breakerOptions(tuning: Tuning, p: Parameters): CircuitBreaker.Options {
  if (tuning === 'documented')
    return { timeout: 3_000, errorThresholdPercentage: 50, resetTimeout: 30_000 };
  return {
    timeout: p.attempt,
    errorThresholdPercentage: p.failureRate * 100,
    rollingCountTimeout: p.window,
    volumeThreshold: p.minimumCalls,
    // It has one length; kedge's grows from `openFor` to `maxOpenFor`.
    resetTimeout: p.maxOpenFor,
    // Of no effect on what it does; sorting its latencies on each failure would double the time of a simulation.
    rollingPercentilesEnabled: false,
  };
}

/** opossum does not retry; p-retry around it does. */
export function opossum(tuning: Tuning): Library {
  return {
    name: 'opossum + p-retry',
    client: (p, opened) => {
      const breaker = new CircuitBreaker(
        (operation: Operation) => operation(undefined),
        breakerOptions(tuning, p),
      );
      breaker.on('open', opened);
      const options = retryOptions(tuning, p);
      return {
        call: (operation) => pRetry(() => breaker.fire(operation), options),
        dispose: () => breaker.shutdown(),
      };
    },
    turnedAway: (error) => (error as { code?: unknown }).code === 'EOPENBREAKER',
  };
}
