/** Keeps the calls to a dependency under the rate that it allows. */
import type { Scope, PendingWait } from '../core/scope.ts';
import { RateLimitedError } from '../core/errors.ts';
import {
  duration,
  finiteDuration,
  missing,
  number,
  readOptions,
  type Rules,
  text,
} from '../core/options.ts';
import type { Policy } from '../core/policy.ts';
import { type Place, Stage, stage } from '../core/stage.ts';
import { applyStaged } from '../core/staged.ts';
import { Waiter } from '../mechanisms/permits.ts';
import { TokenBucket } from '../mechanisms/token-bucket.ts';

export interface RateLimiterOptions {
  /** How many calls an `interval` allows. */
  limit: number;
  /** In milliseconds. @default 1_000 */
  interval?: number;
  /** How many calls may come at once after a pause. @default `limit` */
  burst?: number;
  /** How long a call may wait for its turn, in milliseconds; one that would wait longer is refused at once. @default 0 */
  maxWait?: number;
  /** The policy's name in metrics and events. @default 'rateLimiter' */
  name?: string;
}

/** A rate limiter in use; one that stands in several pipelines is one limit for all of them. */
export interface RateLimiter extends Policy {
  /** Changes the rate; what has been used of it stays used. */
  reconfigure(options: Partial<Omit<RateLimiterOptions, 'name'>>): void;
}

const positive = number('a finite number above 0', (value) => value > 0 && value < Infinity);
const rules: Rules<RateLimiterOptions> = {
  limit: positive,
  interval: finiteDuration,
  burst: number('a finite number from 1', (value) => value >= 1 && value < Infinity),
  maxWait: duration,
  name: text,
};
const { name: _, ...changeable } = rules;
const defaults = { interval: 1_000, maxWait: 0, name: 'rateLimiter' };

/**
 * Lets `limit` calls an `interval` through, in bursts of at most `burst`; others wait up to `maxWait`, first in first
 * out, or are rejected with a `RateLimitedError` whose `retryAfter` says when there will be room.
 *
 * A token bucket on monotonic time. Throws a `TypeError` or a `RangeError` for rates that cannot be.
 *
 * @example
 * const geocoder = pipeline('geocoder', rateLimiter({ limit: 50, maxWait: 500 }));
 */
export function rateLimiter(options: RateLimiterOptions): RateLimiter {
  return new BucketLimiter(options);
}

type Settings = Readonly<Omit<RateLimiterOptions, 'name'> & { interval: number; maxWait: number }>;

interface Shared {
  settings: Settings;
  readonly bucket: TokenBucket;
}

class BucketLimiter implements RateLimiter {
  readonly kind = 'rateLimiter';
  readonly name: string;
  readonly apply = applyStaged;
  private readonly shared: Shared;

  constructor(options: RateLimiterOptions) {
    const { name, ...settings } = readOptions<RateLimiterOptions>(
      'rateLimiter',
      options,
      defaults,
      rules,
    );
    if (settings.limit === undefined) missing('rateLimiter', 'limit', rules.limit);
    this.name = name ?? defaults.name;
    const { limit, interval, burst } = complete(settings as Settings);
    this.shared = {
      settings: settings as Settings,
      bucket: new TokenBucket(limit, interval, burst),
    };
  }

  [stage](place: Place): Stage {
    return new RateLimiterStage(place, this.shared);
  }

  reconfigure(options: Partial<Omit<RateLimiterOptions, 'name'>>): void {
    const settings = readOptions<Omit<RateLimiterOptions, 'name'>>(
      'rateLimiter',
      options,
      this.shared.settings,
      changeable,
    );
    this.shared.settings = settings as Settings;
    const { limit, interval, burst } = complete(settings as Settings);
    this.shared.bucket.reconfigure(limit, interval, burst);
  }
}

/** A burst of less than one call would let none through. */
function complete({ limit, interval, burst }: Settings): {
  limit: number;
  interval: number;
  burst: number;
} {
  return { limit, interval, burst: burst ?? Math.max(1, limit) };
}

/** A call that waits for its token. */
class TokenWait extends Waiter {
  readonly come: Promise<void>;
  private readonly bucket: TokenBucket;
  private settle!: () => void;
  private holds = false;

  constructor(bucket: TokenBucket) {
    super();
    this.bucket = bucket;
    this.come = new Promise((resolve) => {
      this.settle = resolve;
    });
    bucket.enqueue(this);
  }

  override granted(): void {
    this.holds = true;
    this.settle();
  }

  /** Leaves, wherever it is: a token that it was granted meanwhile goes on to the next. */
  withdraw(): void {
    if (this.holds) this.bucket.giveBack();
    else this.bucket.leave(this);
  }
}

class RateLimiterStage extends Stage {
  private readonly shared: Shared;

  constructor(place: Place, shared: Shared) {
    super(place, { 'rejected_rate-limited': 0 });
    this.shared = shared;
  }

  override enter(scope: Scope): void {
    const { bucket, settings } = this.shared;
    const { time } = scope.execution;
    if (bucket.take(time)) {
      this.nextEntering.enter(scope);
      return;
    }
    const wait = bucket.waitFor(time);
    if (wait > settings.maxWait) this.reject(scope, wait);
    else this.takeTurn(scope, bucket);
  }

  override gauges(): Readonly<Record<string, number>> {
    const { bucket } = this.shared;
    return { available: bucket.available, queued: bucket.queued };
  }

  private takeTurn(scope: Scope, bucket: TokenBucket): void {
    const turn = new TokenWait(bucket);
    const wait: PendingWait = { at: this, cancel: () => turn.withdraw() };
    scope.wait(wait);
    // By a promise, which brings the call back into its own asynchronous context.
    void turn.come.then(() => {
      if (scope.resume(wait)) this.nextEntering.enter(scope);
    });
  }

  private reject(scope: Scope, retryAfter: number): void {
    this.count('rejected_rate-limited');
    this.emit(scope, 'call.rejected', { reason: 'rate-limited', retryAfter });
    this.outer.fail(
      scope,
      new RateLimitedError({ pipeline: scope.pipeline, policy: this.name }, retryAfter),
    );
  }
}
