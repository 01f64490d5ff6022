import type { SignalLike } from '../../core/abort.ts';

/** What the callbacks of `Options` are told. It is frozen. */
export type RetryContext = {
  readonly error: Error;
  /** Which attempt has failed, from 1. */
  readonly attemptNumber: number;
  readonly retriesLeft: number;
  readonly retriesConsumed: number;
  /**
   * The delay before the next attempt in milliseconds; 0 where it is known that there is none. `maxRetryTime` may cut it
   * short. `shouldConsumeRetry` sees the delay that there would be.
   */
  readonly retryDelay: number;
};

/** Options of `pRetry`. `null` counts as not given. */
export type Options = {
  /** Called after each failure but an `AbortError` and an abort. If it throws, the call rejects with that. */
  readonly onFailedAttempt?: ((context: RetryContext) => void | Promise<void>) | undefined;
  /** Whether to try again; nothing counts as `false`. Called after `onFailedAttempt`, where a retry is left. */
  readonly shouldRetry?: ((context: RetryContext) => boolean | Promise<boolean>) | undefined;
  /**
   * Whether the failure counts towards `retries`; nothing counts as `true`. One that does not is tried again without a
   * delay, bounded by `maxRetryTime` alone. Called before `onFailedAttempt`.
   */
  readonly shouldConsumeRetry?:
    | ((context: RetryContext) => boolean | void | Promise<boolean | void>)
    | undefined;
  /** How many retries there may be after the first attempt. @default 10 */
  readonly retries?: number | undefined;
  /** By what each delay is longer than the one before; 0 counts as 1. @default 2 */
  readonly factor?: number | undefined;
  /** The first delay, in milliseconds. @default 1000 */
  readonly minTimeout?: number | undefined;
  /** The longest delay, in milliseconds; a timer takes at most 2 147 483 647. @default Infinity */
  readonly maxTimeout?: number | undefined;
  /** Multiplies each delay by a random number from 1 to 2. @default false */
  readonly randomize?: boolean | undefined;
  /** For how long failures are tried again, in milliseconds; the last delay is cut short by it. @default Infinity */
  readonly maxRetryTime?: number | undefined;
  /** Ends the call: it rejects with `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
  /** Whether the process may end during a delay. @default false */
  readonly unref?: boolean | undefined;
  /** Of kedge: the pipeline under which the call stands in metrics and logs. @default 'p-retry' */
  readonly name?: string | undefined;
};

type Callback<Answer> = (context: RetryContext) => Answer;

/** Options as they are in force: defaults filled in, all of them checked. */
export interface Settings {
  readonly onFailedAttempt: Callback<unknown> | undefined;
  readonly shouldRetry: Callback<unknown> | undefined;
  readonly shouldConsumeRetry: Callback<unknown> | undefined;
  readonly retries: number;
  readonly factor: number;
  readonly minTimeout: number;
  readonly maxTimeout: number;
  readonly randomize: boolean;
  readonly maxRetryTime: number;
  readonly signal: Signal | undefined;
  readonly unref: boolean;
  readonly name: string;
}

/** What is used of a signal; one of another realm or of a polyfill will do. */
export type Signal = SignalLike & Pick<AbortSignal, 'throwIfAborted'>;

const defaults: Settings = Object.freeze({
  onFailedAttempt: undefined,
  shouldRetry: undefined,
  shouldConsumeRetry: undefined,
  retries: 10,
  factor: 2,
  minTimeout: 1_000,
  maxTimeout: Infinity,
  randomize: false,
  maxRetryTime: Infinity,
  signal: undefined,
  unref: false,
  name: 'p-retry',
});

/** Checks options in p-retry's order and with its words. */
export function readOptions(options: Options | null | undefined): Settings {
  if (options === undefined || options === null) return defaults;
  const given = ownOf(options);
  const retries = given.retries ?? defaults.retries;
  checkRetries(retries);
  if (Object.hasOwn(given, 'forever')) {
    throw new Error(
      'The `forever` option is no longer supported. For many use-cases, you can set `retries: Infinity` instead.',
    );
  }
  const factor = given.factor ?? defaults.factor;
  const settings: Settings = {
    onFailedAttempt: optional('onFailedAttempt', given.onFailedAttempt, 'function'),
    shouldRetry: optional('shouldRetry', given.shouldRetry, 'function'),
    shouldConsumeRetry: optional('shouldConsumeRetry', given.shouldConsumeRetry, 'function'),
    randomize: optional('randomize', given.randomize, 'boolean') ?? defaults.randomize,
    unref: optional('unref', given.unref, 'boolean') ?? defaults.unref,
    signal: signalOf(given.signal),
    retries,
    factor: factor === 0 ? 1 : factor,
    minTimeout: given.minTimeout ?? defaults.minTimeout,
    maxTimeout: given.maxTimeout ?? defaults.maxTimeout,
    maxRetryTime: given.maxRetryTime ?? defaults.maxRetryTime,
    name: optional('name', given.name, 'string') || defaults.name,
  };
  checkNumber('factor', settings.factor);
  checkNumber('minTimeout', settings.minTimeout);
  checkNumber('maxTimeout', settings.maxTimeout, true);
  checkNumber('maxRetryTime', settings.maxRetryTime, true);
  return settings;
}

/** The options that are an object's own: inherited ones are none. */
function ownOf(options: Options): Options {
  return Object.getPrototypeOf(options) === Object.prototype ? options : { ...options };
}

function checkRetries(retries: unknown): void {
  if (typeof retries !== 'number')
    throw new TypeError('Expected `retries` to be a number or Infinity.');
  if (retries < 0) throw new TypeError('Expected `retries` to be a non-negative number.');
  if (Number.isNaN(retries))
    throw new TypeError('Expected `retries` to be a valid number or Infinity, got NaN.');
  if (retries !== Infinity && !Number.isInteger(retries))
    throw new TypeError('Expected `retries` to be a non-negative integer or Infinity.');
}

function checkNumber(name: string, value: unknown, infinity = false): void {
  if (typeof value !== 'number' || Number.isNaN(value))
    throw new TypeError(`Expected \`${name}\` to be a number${infinity ? ' or Infinity' : ''}.`);
  if (!infinity && !Number.isFinite(value))
    throw new TypeError(`Expected \`${name}\` to be a finite number.`);
  if (value < 0) throw new TypeError(`Expected \`${name}\` to be ≥ 0.`);
}

function optional<Value>(
  name: string,
  value: Value,
  type: 'function' | 'boolean' | 'string',
): NonNullable<Value> | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== type) throw new TypeError(`Expected \`${name}\` to be a ${type}.`);
  return value;
}

function signalOf(signal: AbortSignal | null | undefined): Signal | undefined {
  if (signal === undefined || signal === null) return undefined;
  const { throwIfAborted, addEventListener, removeEventListener } = signal;
  for (const method of [throwIfAborted, addEventListener, removeEventListener])
    if (typeof method !== 'function')
      throw new TypeError('Expected `signal` to be an AbortSignal.');
  return signal;
}
