/** Sends a dependency that refuses much only a little more than it accepts. */
import type { Scope } from '../core/scope.ts';
import { RejectedError, ThrottledError } from '../core/errors.ts';
import { finiteDuration, number, readOptions, type Rules, text } from '../core/options.ts';
import type { Policy } from '../core/policy.ts';
import { type Place, Stage, stage } from '../core/stage.ts';
import { applyStaged } from '../core/staged.ts';
import { now } from '../core/time.ts';
import { classify } from '../verdict/classify.ts';
import { RollingSums } from '../mechanisms/buckets.ts';

export interface AdaptiveThrottleOptions {
  /** How many times what is accepted may be sent: with 2, every second call may be wasted. @default 2 */
  ratio?: number;
  /** Over how long it is counted, in milliseconds. @default 120_000 */
  window?: number;
  /**
   * The context attribute that says how important a call is: a whole number from 0 (shed first) to 9 (shed last).
   * A call without it counts as 5.
   * @default 'priority'
   */
  priority?: string;
  /** The policy's name in metrics and events. @default 'adaptiveThrottle' */
  name?: string;
}

/** A throttle in use; one that stands in several pipelines counts for all of them. */
export interface AdaptiveThrottle extends Policy {
  /** Changes options; what was counted stays. */
  reconfigure(options: Partial<Omit<AdaptiveThrottleOptions, 'name'>>): void;
}

const rules: Rules<AdaptiveThrottleOptions> = {
  ratio: number('a finite number from 1', (value) => value >= 1 && value < Infinity),
  window: finiteDuration,
  priority: text,
  name: text,
};
const { name: _, ...changeable } = rules;
const defaults = { ratio: 2, window: 120_000, priority: 'priority', name: 'adaptiveThrottle' };

/**
 * Refuses calls locally, with a `ThrottledError`, with the chance `max(0, (requests − ratio × accepts) / (requests + 1))`:
 * the client-side throttling of Google's "Site Reliability Engineering" (2016), chapter 21.
 *
 * A call counts as accepted when the dependency answered it, with a permanent error too; of those still under way, the
 * share that was accepted before, so that a burst on a healthy dependency passes. One that its caller cancelled, or
 * that a policy further in refused, counts as nothing. Of calls of different importance, the least important are shed
 * first. Throws a `TypeError` or a `RangeError` for options that cannot be.
 *
 * @example
 * const search = pipeline('search', adaptiveThrottle({ ratio: 1.5 }), timeout(500));
 * await search.execute(find, { attributes: { priority: 9 } });
 */
export function adaptiveThrottle(options: AdaptiveThrottleOptions = {}): AdaptiveThrottle {
  return new TrafficThrottle(options);
}

type Settings = Readonly<Required<Omit<AdaptiveThrottleOptions, 'name'>>>;

const levels = 10;
const ordinary = 5;
/** The counters: of requests, one a level; of what was refused here, what came back, and what of that was accepted. */
const refusals = levels;
const answers = levels + 1;
const accepts = levels + 2;
const counters = levels + 3;

interface Shared {
  settings: Settings;
  readonly sums: RollingSums;
}

class TrafficThrottle implements AdaptiveThrottle {
  readonly kind = 'adaptiveThrottle';
  readonly name: string;
  readonly apply = applyStaged;
  private readonly shared: Shared;

  constructor(options: AdaptiveThrottleOptions) {
    const { name, ...settings } = readOptions<Required<AdaptiveThrottleOptions>>(
      'adaptiveThrottle',
      options,
      defaults,
      rules,
    );
    this.name = name;
    this.shared = { settings, sums: new RollingSums(settings.window, counters, Math.random()) };
  }

  [stage](place: Place): Stage {
    return new ThrottleStage(place, this.shared);
  }

  reconfigure(options: Partial<Omit<AdaptiveThrottleOptions, 'name'>>): void {
    const { shared } = this;
    shared.settings = readOptions<Required<Omit<AdaptiveThrottleOptions, 'name'>>>(
      'adaptiveThrottle',
      options,
      shared.settings,
      changeable,
    );
    shared.sums.resize(now(), shared.settings.window);
  }
}

class ThrottleStage extends Stage {
  private readonly shared: Shared;

  constructor(place: Place, shared: Shared) {
    super(place, { rejected_throttled: 0 });
    this.shared = shared;
  }

  override enter(scope: Scope): void {
    const { sums, settings } = this.shared;
    const { time } = scope.execution;
    const level = levelOf(scope.attributes[settings.priority]);
    const share = this.share(time, level);
    // Before it is sent, and when it is not sent too: what is asked for is what the chance is taken of.
    sums.add(time, level);
    if (share > 0 && Math.random() < share) {
      sums.add(time, refusals);
      this.count('rejected_throttled');
      this.emit(scope, 'call.rejected', { reason: 'throttled' });
      this.outer.fail(scope, new ThrottledError({ pipeline: scope.pipeline, policy: this.name }));
      return;
    }
    this.nextEntering.enter(scope);
  }

  override succeed(scope: Scope, value: unknown): void {
    this.answered(scope, 1);
    this.nextSucceeding.succeed(scope, value);
  }

  override fail(scope: Scope, error: unknown): void {
    this.answered(scope, worth(scope, error, this.shared.settings.ratio));
    this.outer.fail(scope, error);
  }

  override get gauged(): object {
    return this.shared;
  }

  override gauges(): Readonly<Record<string, number>> {
    const { requests, shed } = this.load(now());
    return { refusal_ratio: requests === 0 ? 0 : shed };
  }

  private answered({ execution }: Scope, accepted: number): void {
    this.shared.sums.add(execution.time, answers);
    this.shared.sums.add(execution.time, accepts, accepted);
  }

  /** All that was asked for, and the share of it that should not be sent. */
  private load(time: number): { requests: number; shed: number } {
    const { sums, settings } = this.shared;
    let requests = 0;
    for (let level = 0; level < levels; level++) requests += sums.at(time, level);
    const answered = sums.at(time, answers);
    // What is still under way goes as what has come back went; or a burst on a healthy dependency would be shed.
    const underWay = Math.max(0, requests - sums.at(time, refusals) - answered);
    const known = sums.at(time, accepts);
    const accepted = known + underWay * (answered === 0 ? 1 : Math.min(1, known / answered));
    return { requests, shed: Math.max(0, (requests - settings.ratio * accepted) / (requests + 1)) };
  }

  /** The share of one level that is shed: all levels below it are shed before. */
  private share(time: number, level: number): number {
    const { requests, shed } = this.load(time);
    if (shed === 0) return 0;
    const { sums } = this.shared;
    let below = 0;
    for (let each = 0; each < level; each++) below += sums.at(time, each);
    // A level that nobody has asked on yet counts as one call: it must not be shed later than one above it.
    const own = Math.max(1, sums.at(time, level));
    return Math.min(1, Math.max(0, (shed * requests - below) / own));
  }
}

function levelOf(priority: unknown): number {
  if (typeof priority !== 'number' || Number.isNaN(priority)) return ordinary;
  return Math.min(levels - 1, Math.max(0, Math.round(priority)));
}

/** How many accepts an error stands for: an answer that says no for good is one, being overloaded is none. */
function worth(scope: Scope, error: unknown, ratio: number): number {
  // What takes a call's own request out of the formula, as if nothing had been asked.
  const nothing = 1 / ratio;
  if (scope.isCancelled || error instanceof RejectedError) return nothing;
  switch (classify(error).kind) {
    case 'permanent':
      return 1;
    case 'bug':
    case 'cancelled':
    case 'rejected':
      return nothing;
    case 'transient':
    case 'timeout':
    case 'unknown':
      return 0;
  }
}
