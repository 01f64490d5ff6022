/**
 * How long to wait before the next try.
 */
import {
  check,
  duration,
  either,
  func,
  nonNegative,
  number,
  oneOf,
  readOptions,
  type Rule,
  show,
} from '../core/options.ts';
import { refusePromise } from '../core/thenable.ts';

/**
 * A rule for delays: `(attempt, error, previousDelay) => milliseconds`. `attempt` is the one that has just failed,
 * from 1; `previousDelay` is 0 before the first wait.
 */
export type Backoff = (attempt: number, error: unknown, previousDelay: number) => number;

/**
 * How delays are spread, so that many clients do not come back in step:
 * `'none'`: exactly the delay; `'full'`: anywhere from 0 to it; `'equal'`: half of it and anywhere in the other half;
 * `'decorrelated'`: anywhere from the initial delay to three times the previous one.
 */
export type Jitter = 'none' | 'full' | 'equal' | 'decorrelated';

export interface ExponentialBackoffOptions {
  /** The first delay in milliseconds. @default 100 */
  initial?: number;
  /** What each further delay is multiplied by. @default 2 */
  factor?: number;
  /** No delay is longer, in milliseconds; applies before jitter. @default 20_000 */
  max?: number;
  /** @default 'full' */
  jitter?: Jitter;
}

export interface LinearBackoffOptions {
  /** The first delay in milliseconds. @default 100 */
  initial?: number;
  /** What is added for each further delay, in milliseconds. @default `initial` */
  step?: number;
  /** No delay is longer, in milliseconds; applies before jitter. @default 20_000 */
  max?: number;
  /** @default 'full' */
  jitter?: Jitter;
}

/** What an option may be that takes a backoff, or milliseconds for the same delay each time. */
export const backoffRule: Rule = either(duration, { ...func, expected: 'a backoff' });

const jitter = oneOf('none', 'full', 'equal', 'decorrelated');
const factor = number('a finite number from 1', (value) => value >= 1 && value < Infinity);

/**
 * Delays that grow by a factor: `initial`, `initial × factor`, … up to `max`, then spread by `jitter`.
 *
 * The jitters are those of Marc Brooker, "Exponential Backoff And Jitter" (AWS, 2015). Throws a `TypeError` or a
 * `RangeError` for options that cannot be.
 *
 * @example
 * retry({ backoff: exponentialBackoff({ initial: 200, max: 5_000, jitter: 'equal' }) });
 */
export function exponentialBackoff(options: ExponentialBackoffOptions = {}): Backoff {
  const o = readOptions<Required<ExponentialBackoffOptions>>(
    'exponentialBackoff',
    options,
    { initial: 100, factor: 2, max: 20_000, jitter: 'full' },
    { initial: nonNegative, factor, max: duration, jitter },
  );
  // 0 × factor^1024 would be NaN.
  const grown = (attempt: number): number =>
    o.initial === 0 ? 0 : o.initial * o.factor ** (attempt - 1);
  return (attempt, _error, previous) =>
    spread(o.jitter, grown(attempt), o.initial, o.max, previous);
}

/**
 * Delays that grow by a step: `initial`, `initial + step`, … up to `max`, then spread by `jitter`.
 *
 * Throws a `TypeError` or a `RangeError` for options that cannot be.
 *
 * @example
 * retry({ backoff: linearBackoff({ initial: 500, step: 500, max: 5_000 }) });
 */
export function linearBackoff(options: LinearBackoffOptions = {}): Backoff {
  const initial = options?.initial ?? 100;
  const o = readOptions<Required<LinearBackoffOptions>>(
    'linearBackoff',
    options,
    { initial, step: initial, max: 20_000, jitter: 'full' },
    { initial: nonNegative, step: nonNegative, max: duration, jitter },
  );
  return (attempt, _error, previous) =>
    spread(o.jitter, o.initial + o.step * (attempt - 1), o.initial, o.max, previous);
}

/**
 * The same delay each time, in milliseconds, spread by `jitter`, which is `'none'` unless it is given.
 *
 * Throws a `TypeError` or a `RangeError` for what is no delay or no jitter.
 *
 * @example
 * retry({ backoff: constantBackoff(1_000, 'equal') });
 */
export function constantBackoff(ms: number, spreadBy: Jitter = 'none'): Backoff {
  check('constantBackoff', 'ms', ms, duration);
  check('constantBackoff', 'jitter', spreadBy, jitter);
  return (_attempt, _error, previous) => spread(spreadBy, ms, ms, ms, previous);
}

/**
 * The given delays in milliseconds, one after the other; the last one again when they run out.
 *
 * Throws a `TypeError` or a `RangeError` for what is no list of delays.
 *
 * @example
 * retry({ maxAttempts: 4, backoff: listedBackoff([100, 500, 2_000]) });
 */
export function listedBackoff(list: readonly number[]): Backoff {
  if (!Array.isArray(list) || list.length === 0) {
    throw new TypeError('listedBackoff: expected a list of at least one delay in milliseconds.');
  }
  // Not `slice`: holes become `undefined`, and are found.
  const copy = Array.from(list as number[]);
  copy.forEach((ms, index) => check('listedBackoff', `list[${index}]`, ms, duration));
  return (attempt) => copy[Math.min(attempt, copy.length) - 1] as number;
}

/** Cap before jitter: capped delays would otherwise all fall on one instant. */
function spread(
  kind: Jitter,
  delay: number,
  initial: number,
  max: number,
  previous: number,
): number {
  const capped = Math.min(delay, max);
  switch (kind) {
    case 'none':
      return capped;
    case 'full':
      return capped * Math.random();
    case 'equal':
      return capped / 2 + (capped / 2) * Math.random();
    case 'decorrelated': {
      const from = Math.min(initial, max);
      const to = Math.min(max, 3 * Math.max(previous, from));
      return from + (to - from) * Math.random();
    }
  }
}

/** Up to 10 % less or more: those of a fleet that began together need not go on together. */
export function roughly(ms: number): number {
  return ms * (0.9 + 0.2 * Math.random());
}

/** The backoff that an option stands for. */
export function backoffOf(given: number | Backoff): Backoff {
  return typeof given === 'number' ? constantBackoff(given) : given;
}

/** Asks a user's rule, and throws a `RangeError` where it gives no length of time. */
export function delayOf(
  backoff: Backoff,
  attempt: number,
  error: unknown,
  previous: number,
): number {
  const delay = backoff(attempt, error, previous);
  if (typeof delay === 'number' && delay >= 0) return delay;
  const expected = 'backoff: expected a function to return a number of milliseconds from 0';
  refusePromise(expected, delay);
  throw new RangeError(`${expected}, got ${show(delay)}.`);
}
