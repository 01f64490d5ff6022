/** Finds out how many calls at once a dependency takes well, and sends no more. */
import type { Scope } from '../core/scope.ts';
import { RejectedError, TimeoutError } from '../core/errors.ts';
import { readOptions, type Rules, text, wholeNumber } from '../core/options.ts';
import type { Policy } from '../core/policy.ts';
import { type Place, type Stage, stage } from '../core/stage.ts';
import { applyStaged } from '../core/staged.ts';
import { classify } from '../verdict/classify.ts';
import { ConcurrencyStage, type Limits } from './shared/concurrency.ts';
import { DeadlineList } from '../mechanisms/deadlines.ts';
import { GradientLimit } from '../mechanisms/gradient.ts';
import { Permits } from '../mechanisms/permits.ts';

export interface AdaptiveLimiterOptions {
  /** The limit to begin with. @default 20 */
  initial?: number;
  /** The limit never falls below. @default 1 */
  min?: number;
  /** The limit never rises above. @default 200 */
  max?: number;
  /** The policy's name in metrics and events. @default 'adaptiveLimiter' */
  name?: string;
}

/** An adaptive limiter in use; one that stands in several pipelines is one limit for all of them. */
export interface AdaptiveLimiter extends Policy {
  /** How many calls may run at once at this moment. */
  readonly limit: number;
  /** Changes the bounds; the limit that was learnt stays within them. */
  reconfigure(options: Partial<Omit<AdaptiveLimiterOptions, 'name'>>): void;
}

const rules: Rules<AdaptiveLimiterOptions> = {
  initial: wholeNumber(1),
  min: wholeNumber(1),
  max: wholeNumber(1),
  name: text,
};
const { name: _, ...changeable } = rules;
const defaults = { initial: 20, min: 1, max: 200, name: 'adaptiveLimiter' };

/**
 * How long calls may be queued, about, in milliseconds, and how many may wait for each that may run: enough for a
 * burst where calls are fast, and where they are slow few enough to be answered in time.
 */
const longestQueue = 300;
const queuePerPermit = { least: 3, most: 15 };

/**
 * Limits how many calls run at once, by their latency: more while they are as fast as on an idle dependency, fewer
 * when they begin to queue there. What is above the limit waits shortly, or is rejected with a `BulkheadFullError`.
 *
 * After TCP Vegas and Netflix’s concurrency-limits. Throws a `TypeError` or a `RangeError` for bounds that cannot be.
 *
 * @example
 * const search = pipeline('search', adaptiveLimiter({ max: 100 }), timeout(1_000));
 */
export function adaptiveLimiter(options: AdaptiveLimiterOptions = {}): AdaptiveLimiter {
  return new GradientLimiter(options);
}

type Settings = Readonly<Required<Omit<AdaptiveLimiterOptions, 'name'>>>;

interface Shared {
  readonly permits: Permits;
  readonly gradient: GradientLimit;
  limits: Limits;
}

class GradientLimiter implements AdaptiveLimiter {
  readonly kind = 'adaptiveLimiter';
  readonly name: string;
  readonly apply = applyStaged;
  private settings: Settings;
  private readonly shared: Shared;

  constructor(options: AdaptiveLimiterOptions) {
    const { name, ...settings } = readOptions<Required<AdaptiveLimiterOptions>>(
      'adaptiveLimiter',
      options,
      defaults,
      rules,
    );
    checkOrder(settings);
    this.name = name;
    this.settings = settings;
    const permits = new Permits(settings.initial);
    this.shared = {
      permits,
      gradient: new GradientLimit(settings),
      limits: limitsOf(permits, settings.initial, undefined),
    };
  }

  get limit(): number {
    return this.shared.permits.limit;
  }

  [stage](place: Place): Stage {
    return new AdaptiveStage(place, this.shared);
  }

  reconfigure(options: Partial<Omit<AdaptiveLimiterOptions, 'name'>>): void {
    const settings = readOptions<Settings>('adaptiveLimiter', options, this.settings, changeable);
    checkOrder({
      ...settings,
      initial: Math.min(settings.max, Math.max(settings.min, settings.initial)),
    });
    this.settings = settings;
    this.shared.gradient.reconfigure(settings);
    moved(this.shared);
  }
}

function checkOrder({ initial, min, max }: Settings): void {
  if (min <= initial && initial <= max) return;
  throw new RangeError(
    `adaptiveLimiter: expected \`min\` ≤ \`initial\` ≤ \`max\`, got ${min}, ${initial} and ${max}.`,
  );
}

function limitsOf(permits: Permits, limit: number, latency: number | undefined): Limits {
  const { least, most } = queuePerPermit;
  const inTime = latency === undefined ? most : longestQueue / latency;
  return {
    permits,
    maxQueued: Math.ceil(limit * Math.min(most, Math.max(least, inTime))),
    maxWait: Infinity,
    deadlines: new DeadlineList(),
  };
}

/** The limit has moved: permits go to those who wait, and the queue is as long as it may be now. */
function moved(shared: Shared): void {
  const { permits, gradient } = shared;
  permits.limit = Math.floor(gradient.limit);
  shared.limits = limitsOf(permits, Math.floor(gradient.learnt), gradient.idleLatency);
}

class AdaptiveStage extends ConcurrencyStage {
  private readonly shared: Shared;

  constructor(place: Place, shared: Shared) {
    super(place);
    this.shared = shared;
  }

  protected override get limits(): Limits {
    return this.shared.limits;
  }

  protected override admitted(scope: Scope): void {
    scope.notes[this.index] = scope.execution.time;
  }

  /** A call that has waited for longer than it has left would hardly be answered in time: it makes way for the next. */
  protected override isInTime(scope: Scope, since: number): boolean {
    const { time } = scope.execution;
    return time - since <= scope.deadline - time;
  }

  protected override ended(scope: Scope, error: unknown): void {
    // Calls that were never sent, and those that their caller gave up, show nothing.
    if (
      scope.isCancelled ||
      error instanceof RejectedError ||
      (error !== undefined && !tookItsTime(error))
    )
      return;
    const since = scope.notes[this.index] as number;
    // Of work that goes on after its timeout, the time that it really takes.
    scope.afterWork(() => this.sample(scope, since));
  }

  private sample(scope: Scope, since: number): void {
    const { permits, gradient } = this.shared;
    const from = permits.limit;
    if (!gradient.sample(scope.execution.time - since, scope.execution.time, permits.inUse)) return;
    moved(this.shared);
    this.emit(scope, 'limit.changed', { from, to: permits.limit });
  }
}

/** A refusal is quick, however busy the other side is: only what was worked on shows how busy it is. */
function tookItsTime(error: unknown): boolean {
  if (error instanceof TimeoutError) return true;
  const { kind } = classify(error);
  return kind === 'timeout' || kind === 'permanent';
}
