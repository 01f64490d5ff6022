import pRetry, { type Options } from 'p-retry';
import type { Parameters } from '../parameters.ts';
import { type Library, mayRepeat, type Operation, type Tuning } from './library.ts';

/** The readme's `retries: 5`, or kedge's own numbers wherever there is an option for them. */
export function retryOptions(tuning: Tuning, p: Parameters): Options {
  const shouldRetry: Options['shouldRetry'] = ({ error }) => mayRepeat(p, error);
  if (tuning === 'documented') return { retries: 5, shouldRetry };
  const same: Options = {
    shouldRetry,
    retries: p.maxAttempts - 1,
    minTimeout: p.firstDelay,
    factor: 2,
    randomize: true,
  };
  return tuning === 'published' ? same : { ...same, maxRetryTime: p.total };
}

export function pRetryAlone(tuning: Tuning): Library {
  return {
    name: 'p-retry',
    client: (p) => {
      const options = retryOptions(tuning, p);
      return {
        call: (operation) =>
          pRetry(
            () => (tuning === 'documented' ? operation(undefined) : within(p.attempt, operation)),
            options,
          ),
      };
    },
    turnedAway: () => false,
  };
}

/** A time limit by hand: p-retry has none. */
export function within(ms: number, operation: Operation): Promise<unknown> {
  const controller = new AbortController();
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      const error = new Error(`timed out after ${ms} ms`);
      controller.abort(error);
      reject(error);
    }, ms);
    operation(controller.signal)
      .then(resolve, reject)
      .finally(() => clearTimeout(timer));
  });
}
