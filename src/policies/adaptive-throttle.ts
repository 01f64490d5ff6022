/** Sheds calls while the dependency refuses many of them. */
import { ThrottledError } from '../core/errors.ts';
import { func, number, readWindow, text, type TimeWindow, timeWindow } from '../core/options.ts';
import type { Context, Policy } from '../core/policy.ts';
import type { Scope } from '../core/scope.ts';
import { type Place, Stage, type StagedPolicy, stage } from '../core/stage.ts';
import { type OptionChanges, type Schema, StatefulPolicy } from '../core/stateful.ts';
import { refusePromise } from '../core/thenable.ts';
import { now } from '../core/time.ts';
import { AcceptRatio, levelOf } from '../mechanisms/accept-ratio.ts';
import { leaveBroken } from './shared/handle.ts';
import { neverAsked, type Outcome, outcomeOf } from './shared/outcome.ts';

export interface AdaptiveThrottleOptions {
  /** How many times what is accepted may be sent: with 2, every second call may be wasted. @default 2 */
  ratio?: number;
  /** Over how long it is counted. @default { duration: 120_000 } */
  window?: TimeWindow;
  /**
   * How important a call is: a whole number from 0 (shed first) to 9 (shed last); 5 for anything else.
   * @default the attribute `priority` of the call
   */
  priority?: (context: Context) => number;
  /** The policy's name in metrics and events. @default 'adaptiveThrottle' */
  name?: string;
}

/** A throttle in use; one that stands in several pipelines counts for all of them. */
export interface AdaptiveThrottle extends Policy {
  /** Changes options; `null` takes one away. What was counted stays. */
  reconfigure(changes: OptionChanges<AdaptiveThrottleOptions>): void;
}

type Settings = Required<Pick<AdaptiveThrottleOptions, 'ratio' | 'window'>> &
  Pick<AdaptiveThrottleOptions, 'priority'>;

const schema: Schema<AdaptiveThrottleOptions, Settings> = {
  kind: 'adaptiveThrottle',
  rules: {
    ratio: number('a finite number from 1', (value) => value >= 1 && value < Infinity),
    window: timeWindow,
    priority: func,
    name: text,
  },
  defaults: { ratio: 2, window: { duration: 120_000 } },
  complete: (options) => {
    const settings = options as Settings;
    return { ...settings, window: readWindow('adaptiveThrottle', settings.window) };
  },
};

/** So often at least, in milliseconds, a call is let through: somebody has to find out that all is well again. */
const probeEvery = 1_000;

/**
 * Refuses calls locally, with a `ThrottledError`, with the chance `max(0, (requests − ratio × accepts) / (requests + 1))`:
 * the client-side throttling of Google's "Site Reliability Engineering" (2016), chapter 21.
 *
 * A call counts as accepted when the dependency answered it, with an error that the request is to blame for too; of
 * those still under way, the share that was accepted before. One for which the caller or this process is to blame
 * counts as nothing. Of calls of different importance, the least important are shed first. One call a second passes
 * in any case, and as soon as such calls go well again, what was counted before is forgotten, within seconds. Throws a
 * `TypeError` or a `RangeError` for options that cannot be.
 *
 * @example
 * const search = pipeline('search', adaptiveThrottle({ ratio: 1.5 }), timeout(500));
 * await search.execute(find, { attributes: { priority: 9 } });
 */
export function adaptiveThrottle(options: AdaptiveThrottleOptions = {}): AdaptiveThrottle {
  return new TrafficThrottle(options);
}

class TrafficThrottle
  extends StatefulPolicy<AdaptiveThrottleOptions, Settings>
  implements AdaptiveThrottle, StagedPolicy
{
  readonly traffic: AcceptRatio;

  constructor(options: AdaptiveThrottleOptions) {
    super(schema, options);
    this.traffic = new AcceptRatio(this.settings.window.duration);
  }

  [stage](place: Place): Stage {
    return new ThrottleStage(place, this);
  }

  protected override reconfigured(): void {
    this.traffic.resize(now(), this.settings.window.duration);
  }
}

class ThrottleStage extends Stage {
  private readonly shared: TrafficThrottle;

  constructor(place: Place, shared: TrafficThrottle) {
    super(place, { rejected_throttled: 0 });
    this.shared = shared;
  }

  override enter(scope: Scope): void {
    const { traffic, settings } = this.shared;
    const { time } = scope.execution;
    let level: number;
    try {
      level = levelOf(priorityOf(scope, settings));
    } catch (thrown) {
      leaveBroken(this, scope, thrown);
      return;
    }
    const chance = traffic.refusalChance(time, level, settings.ratio);
    // Before it is sent, and when it is not sent too: what is asked for is what the chance is taken of.
    traffic.asked(time, level);
    if (chance > 0 && !traffic.isProbeDue(time, probeEvery) && Math.random() < chance) {
      this.count('rejected_throttled');
      this.emit(scope, 'call.rejected', { reason: 'throttled' });
      this.outer.fail(scope, new ThrottledError({ pipeline: scope.pipeline, policy: this.name }));
      return;
    }
    traffic.sent(time);
    this.nextEntering.enter(scope);
  }

  override succeed(scope: Scope, value: unknown): void {
    this.answered(scope, 'success');
    this.nextSucceeding.succeed(scope, value);
  }

  protected override failedInside(scope: Scope, error: unknown): void {
    this.answered(scope, neverAsked(scope, error) ? 'nothing' : outcomeOf(error));
    this.outer.fail(scope, error);
  }

  override gauges(): Readonly<Record<string, number>> {
    const { traffic, settings } = this.shared;
    return { refusal_ratio: traffic.refusalRatio(now(), settings.ratio) };
  }

  /** One throttle is counted once, in however many pipelines it stands. */
  override get gauged(): object {
    return this.shared.traffic;
  }

  private answered({ execution }: Scope, outcome: Outcome): void {
    const accepted = outcome === 'nothing' ? undefined : outcome === 'success';
    this.shared.traffic.answered(execution.time, accepted, this.shared.settings.ratio);
  }
}

function priorityOf(scope: Scope, { priority }: Settings): unknown {
  if (priority === undefined) return scope.attributes['priority'];
  const said: unknown = priority(scope.context);
  refusePromise('adaptiveThrottle: expected `priority` to return a number', said);
  return said;
}
