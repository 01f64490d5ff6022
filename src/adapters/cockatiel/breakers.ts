/** When a circuit opens, as cockatiel has it: after so many failures in a row, or by the share of failures among the last. */
import { check, number, type Rule, show, wholeNumber } from '../../core/options.ts';
import { CircuitState, type IBreaker } from './types.ts';

export const thresholdRule: Rule = number(
  'a number above 0 and below 1',
  (value) => value > 0 && value < 1,
);

const countRule = number('a number from 1', (value) => value >= 1);

/** Opens the circuit after `threshold` failures in a row. */
export class ConsecutiveBreaker implements IBreaker {
  state = 0;
  private readonly threshold: number;

  constructor(threshold: number) {
    check('ConsecutiveBreaker', 'threshold', threshold, countRule);
    this.threshold = threshold;
  }

  success(_state?: CircuitState): void {
    this.state = 0;
  }

  failure(_state?: CircuitState): boolean {
    return ++this.state >= this.threshold;
  }
}

export interface ICountBreakerOptions {
  /** Opens when more than this share of the calls failed, above 0 and below 1. */
  threshold: number;
  /** Of how many calls the share is taken. */
  size: number;
  /** Of fewer calls no share is taken. @default size */
  minimumNumberOfCalls?: number;
}

interface CountState {
  samples: (boolean | null)[];
  currentSample: number;
  failures: number;
  successes: number;
}

/** Opens the circuit when more than `threshold` of the last `size` calls failed. */
export class CountBreaker implements IBreaker {
  private readonly threshold: number;
  private readonly minimumNumberOfCalls: number;
  /** True for a success, false for a failure, null where there was none yet; written round and round. */
  private samples: (boolean | null)[];
  private currentSample = 0;
  private failures = 0;
  private successes = 0;

  constructor({ threshold, size, minimumNumberOfCalls = size }: ICountBreakerOptions) {
    if (!thresholdRule.type(threshold) || thresholdRule.range?.(threshold as never) !== true)
      throw new RangeError(
        `CountBreaker threshold should be between (0, 1), got ${show(threshold)}`,
      );
    if (!isCount(size))
      throw new RangeError(`CountBreaker size should be a positive integer, got ${show(size)}`);
    if (!isCount(minimumNumberOfCalls) || minimumNumberOfCalls > size) {
      throw new RangeError(
        `CountBreaker size should be an integer between (1, size), got ${show(minimumNumberOfCalls)}`,
      );
    }
    this.threshold = threshold;
    this.minimumNumberOfCalls = minimumNumberOfCalls;
    this.samples = Array.from({ length: size }, () => null);
  }

  get state(): unknown {
    const { samples, currentSample, failures, successes } = this;
    return { samples: [...samples], currentSample, failures, successes } satisfies CountState;
  }

  set state(value: unknown) {
    const { samples, currentSample, failures, successes } = value as CountState;
    this.samples = [...samples];
    this.currentSample = currentSample;
    this.failures = failures;
    this.successes = successes;
  }

  success(state: CircuitState): void {
    if (state === CircuitState.HalfOpen) {
      this.samples.fill(null);
      this.failures = this.successes = 0;
    }
    this.add(true);
  }

  failure(state: CircuitState): boolean {
    this.add(false);
    if (state !== CircuitState.Closed) return true;
    const total = this.successes + this.failures;
    return total >= this.minimumNumberOfCalls && this.failures > this.threshold * total;
  }

  private add(sample: boolean): void {
    const before = this.samples[this.currentSample];
    if (before === true) this.successes--;
    else if (before === false) this.failures--;
    if (sample) this.successes++;
    else this.failures++;
    this.samples[this.currentSample] = sample;
    this.currentSample = (this.currentSample + 1) % this.samples.length;
  }
}

const countOf = wholeNumber(1);
const isCount = (value: unknown): value is number =>
  countOf.type(value) && countOf.range?.(value as never) === true;
