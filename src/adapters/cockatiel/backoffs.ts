/** Rules for waiting, as cockatiel has them. Each is a value: `next` returns another and changes nothing. */
import { check, duration, finiteDuration, func, number, show } from '../../core/options.ts';
import { decorrelatedJitterGenerator, type GeneratorFn } from './generators.ts';
import type { IBackoff, IBackoffFactory } from './types.ts';

/** Always the same delay, in milliseconds. */
export class ConstantBackoff implements IBackoffFactory<unknown> {
  private readonly always: IBackoff<unknown>;

  constructor(interval: number) {
    check('ConstantBackoff', 'interval', interval, duration);
    const always: IBackoff<unknown> = { duration: interval, next: () => always };
    this.always = always;
  }

  next(_context?: unknown): IBackoff<unknown> {
    return this.always;
  }
}

/** One delay after the other, in milliseconds, and then always the last. */
export class IterableBackoff implements IBackoffFactory<unknown> {
  private readonly durations: readonly number[];

  constructor(durations: ReadonlyArray<number>) {
    if (!Array.isArray(durations) || durations.length === 0) {
      throw new TypeError(
        `IterableBackoff: expected \`durations\` to be a list of at least one delay, got ${show(durations)}.`,
      );
    }
    durations.forEach((each: number, index) =>
      check('IterableBackoff', `durations[${index}]`, each, duration),
    );
    this.durations = [...(durations as readonly number[])];
  }

  next(_context?: unknown): IBackoff<unknown> {
    return this.at(0);
  }

  private at(index: number): IBackoff<unknown> {
    const isLast = index === this.durations.length - 1;
    const here: IBackoff<unknown> = {
      duration: this.durations[index] as number,
      next: () => (isLast ? here : this.at(index + 1)),
    };
    return here;
  }
}

/** Returns a delay in milliseconds; with a state, where one is to be handed to the next call. */
export type DelegateBackoffFn<T, S = void> = (
  context: T,
  state?: S,
) => { delay: number; state: S } | number;

/** Asks a function. */
export class DelegateBackoff<T, S = void> implements IBackoffFactory<T> {
  private readonly fn: DelegateBackoffFn<T, S>;

  constructor(fn: DelegateBackoffFn<T, S>) {
    check('DelegateBackoff', 'fn', fn, func);
    this.fn = fn;
  }

  next(context: T): IBackoff<T> {
    return this.after(undefined, context);
  }

  private after(state: S | undefined, context: T): IBackoff<T> {
    const said = this.fn(context, state);
    const plain = typeof said === 'number';
    const kept = plain ? state : said.state;
    return {
      duration: plain ? said : said.delay,
      next: (following) => this.after(kept, following),
    };
  }
}

export interface IExponentialBackoffOptions<S> {
  /** Makes the delays. @default decorrelatedJitterGenerator */
  generator: GeneratorFn<S>;
  /** The longest delay, in milliseconds. @default 30_000 */
  maxDelay: number;
  /** The base of the growth. @default 2 */
  exponent: number;
  /** The first delay, in milliseconds. @default 128 */
  initialDelay: number;
}

const defaults: IExponentialBackoffOptions<[number, number]> = {
  generator: decorrelatedJitterGenerator,
  maxDelay: 30_000,
  exponent: 2,
  initialDelay: 128,
};

const exponentRule = number(
  'a finite number from 1',
  (value) => value >= 1 && Number.isFinite(value),
);

/** Longer and longer delays. */
export class ExponentialBackoff<S = [number, number]> implements IBackoffFactory<unknown> {
  private readonly options: IExponentialBackoffOptions<S>;

  constructor(options?: Partial<IExponentialBackoffOptions<S>>) {
    const all = { ...defaults, ...options } as IExponentialBackoffOptions<S>;
    check('ExponentialBackoff', 'generator', all.generator, func);
    check('ExponentialBackoff', 'maxDelay', all.maxDelay, duration);
    check('ExponentialBackoff', 'exponent', all.exponent, exponentRule);
    check('ExponentialBackoff', 'initialDelay', all.initialDelay, finiteDuration);
    this.options = all;
  }

  next(_context?: unknown): IBackoff<unknown> {
    return this.after(undefined);
  }

  private after(state: S | undefined): IBackoff<unknown> {
    const [delay, next] = this.options.generator(state, this.options);
    return { duration: delay, next: () => this.after(next) };
  }
}
