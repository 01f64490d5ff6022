/** How delays grow and spread, as cockatiel names them. */
import type { IExponentialBackoffOptions } from './backoffs.ts';

/** Returns a delay in milliseconds, and the state that it is given for the next. */
export type GeneratorFn<S> = (
  state: S | undefined,
  options: IExponentialBackoffOptions<S>,
) => [number, S];

/** Doubles each time, up to `maxDelay`. */
export const noJitterGenerator: GeneratorFn<number> = (
  attempts = 0,
  { maxDelay, initialDelay },
) => [Math.min(maxDelay, initialDelay * 2 ** attempts), attempts + 1];

/** Anything from 0 up to the delay. */
export const fullJitterGenerator: GeneratorFn<number> = (state, options) => {
  const [delay, next] = noJitterGenerator(state, options);
  return [Math.floor(Math.random() * delay), next];
};

/** Anything from half of the delay up to the delay. */
export const halfJitterGenerator: GeneratorFn<number> = (state, options) => {
  const [delay, next] = noJitterGenerator(state, options);
  return [Math.floor((delay + Math.random() * delay) / 2), next];
};

/** Smooths the first delays, and brings their medians to about 1, 2, 4 … times `initialDelay`. */
const smoothing = 4;
const scale = 1 / 1.4;

/**
 * Decorrelated jitter: the difference of two points of a growing curve, the second one drawn at random. The curve is that
 * of Polly.Contrib.WaitAndRetry's `DecorrelatedJitterBackoffV2`.
 */
export const decorrelatedJitterGenerator: GeneratorFn<[number, number]> = (
  [attempt, before] = [0, 0],
  { exponent, initialDelay, maxDelay },
) => {
  const at = attempt + Math.random();
  const point = exponent ** at * Math.tanh(Math.sqrt(smoothing * at));
  const step = Number.isFinite(point) ? Math.max(0, point - before) : Infinity;
  const delay = step * scale * initialDelay;
  // Beyond the cap the jitter begins anew below it: capped delays would otherwise all fall on one instant.
  const capped = delay > maxDelay ? maxDelay * (1 - Math.random() / 2) : delay;
  return [capped, [attempt + 1, point]];
};
