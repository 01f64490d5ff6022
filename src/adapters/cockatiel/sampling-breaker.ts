import { check, finiteDuration, positiveDuration, show } from '../../core/options.ts';
import { epoch, now, wall } from '../../core/time.ts';
import { thresholdRule } from './breakers.ts';
import { CircuitState, type IBreaker } from './types.ts';

export interface ISamplingBreakerOptions {
  /** Opens when more than this share of the calls failed, above 0 and below 1. */
  threshold: number;
  /** Of how many milliseconds the share is taken. */
  duration: number;
  /** At fewer calls a second no share is taken. @default as many as make five failures a second at `threshold` */
  minimumRps?: number;
}

interface Bucket {
  startedAt: number;
  failures: number;
  successes: number;
}

interface SamplingState {
  windows: Bucket[];
  currentWindow: number;
  currentFailures: number;
  currentSuccesses: number;
}

/**
 * Opens the circuit when more than `threshold` of the calls of the last `duration` milliseconds failed.
 *
 * The window is made of buckets. They expire by elapsed time, also when nobody called meanwhile.
 */
export class SamplingBreaker implements IBreaker {
  private readonly threshold: number;
  /** At fewer calls a millisecond no share is taken. */
  private readonly minimumRpms: number;
  private readonly duration: number;
  private readonly windowSize: number;
  private windows: Bucket[];
  private currentWindow = 0;
  private currentFailures = 0;
  private currentSuccesses = 0;
  private epoch = epoch;

  constructor({ threshold, duration, minimumRps }: ISamplingBreakerOptions) {
    if (!thresholdRule.type(threshold) || thresholdRule.range?.(threshold as never) !== true)
      throw new RangeError(
        `SamplingBreaker threshold should be between (0, 1), got ${show(threshold)}`,
      );
    check('SamplingBreaker', 'duration', duration, finiteDuration);
    if (minimumRps !== undefined && minimumRps !== 0)
      check('SamplingBreaker', 'minimumRps', minimumRps, positiveDuration);
    this.threshold = threshold;
    // Of a second at most, and five at least.
    const count = Math.max(5, Math.ceil(duration / 1_000));
    this.windowSize = Math.max(1, Math.round(duration / count));
    this.duration = this.windowSize * count;
    this.minimumRpms = minimumRps ? minimumRps / 1_000 : 5 / (threshold * 1_000);
    this.windows = Array.from({ length: count }, emptyBucket);
  }

  /** With wall times, which another process can read. */
  get state(): unknown {
    const [time, here] = [this.time(), wall()];
    return {
      windows: this.windows.map(({ startedAt, failures, successes }) => ({
        startedAt: startedAt === never ? 0 : Math.round(here - (time - startedAt)),
        failures,
        successes,
      })),
      currentWindow: this.currentWindow,
      currentFailures: this.currentFailures,
      currentSuccesses: this.currentSuccesses,
    } satisfies SamplingState;
  }

  set state(value: unknown) {
    const { windows, currentWindow, currentFailures, currentSuccesses } = value as SamplingState;
    const [time, here] = [this.time(), wall()];
    this.windows = windows.map(({ startedAt, failures, successes }) => ({
      startedAt: startedAt === 0 ? never : time - Math.max(0, here - startedAt),
      failures,
      successes,
    }));
    this.currentWindow = currentWindow;
    this.currentFailures = currentFailures;
    this.currentSuccesses = currentSuccesses;
  }

  success(state: CircuitState): void {
    if (state === CircuitState.HalfOpen) this.clear();
    this.bucket().successes++;
    this.currentSuccesses++;
  }

  failure(state: CircuitState): boolean {
    this.bucket().failures++;
    this.currentFailures++;
    if (state !== CircuitState.Closed) return true;
    const total = this.currentSuccesses + this.currentFailures;
    const isEnough = total >= this.duration * this.minimumRpms;
    return isEnough && this.currentFailures > this.threshold * total;
  }

  /** The bucket of this moment. */
  private bucket(): Bucket {
    const time = this.time();
    const oldest = time - this.windowSize * this.windows.length;
    for (const bucket of this.windows) if (bucket.startedAt <= oldest) this.empty(bucket, never);
    let bucket = this.windows[this.currentWindow] as Bucket;
    if (time - bucket.startedAt >= this.windowSize) {
      this.currentWindow = (this.currentWindow + 1) % this.windows.length;
      bucket = this.windows[this.currentWindow] as Bucket;
      this.empty(bucket, time);
    }
    return bucket;
  }

  private empty(bucket: Bucket, startedAt: number): void {
    this.currentFailures -= bucket.failures;
    this.currentSuccesses -= bucket.successes;
    bucket.failures = bucket.successes = 0;
    bucket.startedAt = startedAt;
  }

  private clear(): void {
    for (const bucket of this.windows) this.empty(bucket, never);
    this.currentFailures = this.currentSuccesses = 0;
  }

  /** The time; where a test has put another clock in place, all that is kept goes on where it was. */
  private time(): number {
    const time = now();
    const by = epoch - this.epoch;
    if (by !== 0) for (const bucket of this.windows) bucket.startedAt += by;
    this.epoch = epoch;
    return time;
  }
}

/** When a bucket began that has never been used. */
const never = -Infinity;

const emptyBucket = (): Bucket => ({ startedAt: never, failures: 0, successes: 0 });
