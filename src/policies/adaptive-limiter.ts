/** Finds out how many calls at once a dependency takes well, and sends no more. */
import { TimeoutError } from '../core/errors.ts';
import { positiveDuration, text, wholeNumber } from '../core/options.ts';
import type { Policy } from '../core/policy.ts';
import type { Scope } from '../core/scope.ts';
import { afterWork } from '../core/work.ts';
import { type Place, type Stage, type StagedPolicy, stage } from '../core/stage.ts';
import { type OptionChanges, type Schema, StatefulPolicy } from '../core/stateful.ts';
import { DeadlineList } from '../mechanisms/deadlines.ts';
import { GradientLimit } from '../mechanisms/gradient.ts';
import { Permits } from '../mechanisms/permits.ts';
import { classify } from '../verdict/classify.ts';
import { ConcurrencyStage, type Limits } from './shared/concurrency.ts';
import { neverAsked } from './shared/outcome.ts';

export interface AdaptiveLimiterOptions {
  /** The limit to begin with. @default 20 */
  initial?: number;
  /** The limit never falls below. @default 1 */
  min?: number;
  /** The limit never rises above. @default 200 */
  max?: number;
  /**
   * How many calls may wait for their turn.
   * @default as many as come until the limit has been learnt, then as many as are served in about 300 ms
   */
  maxQueued?: number;
  /**
   * How long work keeps its permit that was given up and does not end, in milliseconds; `Infinity` for as long as it
   * takes.
   * @default 60_000
   */
  abandonAfter?: number;
  /** The policy's name in metrics and events. @default 'adaptiveLimiter' */
  name?: string;
}

/** An adaptive limiter in use; one that stands in several pipelines is one limit for all of them. */
export interface AdaptiveLimiter extends Policy {
  /** How many calls may run at once at this moment. */
  readonly limit: number;
  /** Changes the bounds; `null` takes one away. The limit that was learnt stays within them. */
  reconfigure(changes: OptionChanges<AdaptiveLimiterOptions>): void;
}

interface Settings {
  readonly initial: number;
  readonly min: number;
  readonly max: number;
  readonly maxQueued: number | undefined;
  readonly abandonAfter: number;
}

const schema: Schema<AdaptiveLimiterOptions, Settings> = {
  kind: 'adaptiveLimiter',
  rules: {
    initial: wholeNumber(1),
    min: wholeNumber(1),
    max: wholeNumber(1),
    maxQueued: wholeNumber(0),
    abandonAfter: positiveDuration,
    name: text,
  },
  defaults: { initial: 20, min: 1, max: 200, abandonAfter: 60_000 },
  complete: (options) => {
    const { initial, min, max, maxQueued, abandonAfter } = options as Settings;
    if (min > max) refuse({ initial, min, max });
    return { initial, min, max, maxQueued, abandonAfter };
  },
};

function refuse({ initial, min, max }: Pick<Settings, 'initial' | 'min' | 'max'>): never {
  throw new RangeError(
    `adaptiveLimiter: expected \`min\` ≤ \`initial\` ≤ \`max\`, got ${min}, ${initial} and ${max}.`,
  );
}

/**
 * How long calls may be queued, about, in milliseconds, and how many may wait for each that may run: enough for a
 * burst where calls are fast, and where they are slow few enough to be answered in time.
 */
const longestQueue = 300;
const queuePerPermit = { least: 3, most: 15 };

/**
 * Limits how many calls run at once, by their latency: more while they are as fast as on an idle dependency, fewer
 * when they begin to queue there.
 *
 * Calls above the limit wait, first in first out. Once the limit has been learnt only few do, and the rest is
 * rejected with a `BulkheadFullError`. After TCP Vegas and Netflix’s concurrency-limits. Throws a `TypeError` or a
 * `RangeError` for bounds that cannot be.
 *
 * @example
 * const search = pipeline('search', adaptiveLimiter({ max: 100 }), timeout(1_000));
 */
export function adaptiveLimiter(options: AdaptiveLimiterOptions = {}): AdaptiveLimiter {
  return new GradientLimiter(options);
}

class GradientLimiter
  extends StatefulPolicy<AdaptiveLimiterOptions, Settings>
  implements AdaptiveLimiter, StagedPolicy
{
  readonly gradient: GradientLimit;
  limits: Limits;

  constructor(options: AdaptiveLimiterOptions) {
    super(schema, options);
    const { initial, min, max } = this.settings;
    if (initial < min || initial > max) refuse(this.settings);
    this.gradient = new GradientLimit(this.settings);
    this.limits = {
      permits: new Permits(initial),
      maxQueued: this.maxQueued,
      maxWait: Infinity,
      abandonAfter: this.settings.abandonAfter,
      waits: new DeadlineList(),
      leases: new DeadlineList(false),
    };
  }

  get limit(): number {
    return this.limits.permits.limit;
  }

  [stage](place: Place): Stage {
    return new AdaptiveStage(place, this);
  }

  /** The limit has moved: permits go to those who wait, and the queue is as long as it may be now. */
  moved(): void {
    const { permits } = this.limits;
    const { abandonAfter } = this.settings;
    this.limits = { ...this.limits, maxQueued: this.maxQueued, abandonAfter };
    permits.limit = Math.floor(this.gradient.limit);
  }

  protected override reconfigured(): void {
    this.gradient.reconfigure(this.settings);
    this.moved();
  }

  /** Nothing is known of a dependency that never had to make calls wait: there a burst is no overload. */
  private get maxQueued(): number {
    const { learnt, hasMetItsLimit, idleLatency = 0 } = this.gradient;
    if (this.settings.maxQueued !== undefined) return this.settings.maxQueued;
    if (!hasMetItsLimit) return Infinity;
    const { least, most } = queuePerPermit;
    const each = Math.min(most, Math.max(least, longestQueue / idleLatency));
    return Math.ceil(Math.floor(learnt) * each);
  }
}

class AdaptiveStage extends ConcurrencyStage {
  private readonly shared: GradientLimiter;

  constructor(place: Place, shared: GradientLimiter) {
    super(place);
    this.shared = shared;
  }

  protected override get limits(): Limits {
    return this.shared.limits;
  }

  protected override get isOverloaded(): boolean {
    return this.shared.gradient.hasMetItsLimit;
  }

  /**
   * A call that would hardly be answered in time makes way for the next: one that has less time left than an answer
   * takes or, if it has come to a dependency that had enough to do, than it has waited.
   */
  protected override isInTime(waited: number, left: number, wasOverloaded: boolean): boolean {
    const { idleLatency = 0 } = this.shared.gradient;
    return left > 0 && left >= (wasOverloaded ? waited : idleLatency);
  }

  protected override ended(scope: Scope, since: number, error: unknown): void {
    if (error !== undefined && (neverAsked(scope, error) || !tookItsTime(error))) return;
    if (scope.isCancelled) return;
    // Of work that goes on after its timeout, the time that it really takes.
    if (scope.working === 0) this.sample(scope, since);
    else afterWork(scope, () => this.sample(scope, since));
  }

  private sample(scope: Scope, since: number): void {
    const { time } = scope.execution;
    const { gradient, limits } = this.shared;
    const { limit: from, inUse } = limits.permits;
    const latency = time - since;
    // Another clock has come.
    if (latency < 0) return;
    if (!gradient.sample(latency, time, inUse)) return;
    this.shared.moved();
    this.emit(scope, 'limit.changed', { from, to: this.shared.limit });
  }
}

/** A refusal is quick, however busy the other side is: only what was worked on shows how busy it is. */
function tookItsTime(error: unknown): boolean {
  if (error instanceof TimeoutError) return true;
  const { kind, blame } = classify(error);
  return kind === 'timeout' || blame === 'request';
}
