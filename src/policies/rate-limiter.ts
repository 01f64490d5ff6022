/** Keeps the calls to a dependency under the rate that it allows. */
import { RateLimitedError } from '../core/errors.ts';
import { duration, finiteDuration, number, text } from '../core/options.ts';
import type { Policy } from '../core/policy.ts';
import type { Scope, PendingWait } from '../core/scope.ts';
import { type Place, Stage, stage } from '../core/stage.ts';
import { type OptionChanges, type Schema, StatefulPolicy } from '../core/stateful.ts';
import { TokenBucket, TokenWaiter } from '../mechanisms/token-bucket.ts';

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
  /** Changes the rate; what has been used of it stays used. `null` takes an option away. */
  reconfigure(changes: OptionChanges<RateLimiterOptions>): void;
}

interface Settings {
  readonly limit: number;
  readonly interval: number;
  readonly burst: number;
  readonly maxWait: number;
}

const schema: Schema<RateLimiterOptions, Settings> = {
  kind: 'rateLimiter',
  rules: {
    limit: number('a finite number above 0', (value) => value > 0 && value < Infinity),
    interval: finiteDuration,
    burst: number('a finite number from 1', (value) => value >= 1 && value < Infinity),
    maxWait: duration,
    name: text,
  },
  defaults: { interval: 1_000, maxWait: 0 },
  required: ['limit'],
  // A burst of less than one call would let none through.
  complete: (options) => ({ burst: Math.max(1, options.limit), ...options }) as Settings,
};

/**
 * Lets `limit` calls an `interval` through, in bursts of at most `burst`; others wait up to `maxWait`, first in first
 * out, or are rejected with a `RateLimitedError` whose `retryAfter` says when there will be room.
 *
 * A token bucket on monotonic time: after a pause an interval can have `burst` calls more than `limit`. A call that
 * could not be let through within `maxWait`, or before its deadline, is refused at once. Throws a `TypeError` or a
 * `RangeError` for rates that cannot be.
 *
 * @example
 * const geocoder = pipeline('geocoder', rateLimiter({ limit: 50, maxWait: 500 }));
 */
export function rateLimiter(options: RateLimiterOptions): RateLimiter {
  return new BucketLimiter(options);
}

class BucketLimiter extends StatefulPolicy<RateLimiterOptions, Settings> implements RateLimiter {
  readonly bucket: TokenBucket;

  constructor(options: RateLimiterOptions) {
    super(schema, options);
    const { limit, interval, burst } = this.settings;
    this.bucket = new TokenBucket(limit, interval, burst);
  }

  [stage](place: Place): Stage {
    return new RateLimiterStage(place, this);
  }

  protected override reconfigured(): void {
    const { limit, interval, burst } = this.settings;
    this.bucket.reconfigure(limit, interval, burst);
  }
}

/** How a wait for a token ends: with the token, or with the time after which there would have been one. */
type Turn = 'granted' | { readonly retryAfter: number };

/** A call that waits for its token. */
class TokenWait extends TokenWaiter {
  readonly latest: number;
  readonly turn: Promise<Turn>;
  private readonly bucket: TokenBucket;
  private settle!: (turn: Turn) => void;
  private holds = false;

  constructor(bucket: TokenBucket, latest: number) {
    super();
    this.bucket = bucket;
    this.latest = latest;
    this.turn = new Promise((resolve) => {
      this.settle = resolve;
    });
    bucket.enqueue(this);
  }

  override granted(): void {
    this.holds = true;
    this.settle('granted');
  }

  override refused(retryAfter: number): void {
    this.settle({ retryAfter });
  }

  /** Leaves, wherever it is: a token that it was granted meanwhile goes on to the next. */
  withdraw(): void {
    if (this.holds) this.bucket.giveBack();
    else this.bucket.leave(this);
  }
}

class RateLimiterStage extends Stage {
  private readonly limiter: BucketLimiter;

  constructor(place: Place, limiter: BucketLimiter) {
    super(place, { rejected_rate_limited: 0 });
    this.limiter = limiter;
  }

  override enter(scope: Scope): void {
    const { bucket, settings } = this.limiter;
    const { time } = scope.execution;
    if (bucket.take(time)) {
      this.nextEntering.enter(scope);
      return;
    }
    const wait = bucket.waitFor(time);
    if (wait > settings.maxWait || time + wait >= scope.deadline)
      this.reject(scope, bucket.turnAway(time));
    else this.takeTurn(scope, bucket, Math.min(time + settings.maxWait, scope.deadline));
  }

  override get gauged(): object {
    return this.limiter.bucket;
  }

  override gauges(): Readonly<Record<string, number>> {
    const { bucket } = this.limiter;
    return { available: bucket.available, queued: bucket.queued };
  }

  private takeTurn(scope: Scope, bucket: TokenBucket, latest: number): void {
    const waiter = new TokenWait(bucket, latest);
    const wait: PendingWait = { at: this, cancel: () => waiter.withdraw() };
    scope.wait(wait);
    // By a promise, which brings the call back into its own asynchronous context.
    void waiter.turn.then((turn) => {
      if (!scope.resume(wait)) return;
      if (turn === 'granted') this.nextEntering.enter(scope);
      else this.reject(scope, turn.retryAfter);
    });
  }

  private reject(scope: Scope, retryAfter: number): void {
    this.count('rejected_rate_limited');
    this.emit(scope, 'call.rejected', { reason: 'rate-limited', retryAfter });
    this.outer.fail(
      scope,
      new RateLimitedError({ pipeline: scope.pipeline, policy: this.name }, retryAfter),
    );
  }
}
