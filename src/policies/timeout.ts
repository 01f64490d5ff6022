/** Ends a call that takes too long. */
import { TimeoutError } from '../core/errors.ts';
import { boolean, oneOf, positiveDuration, show, text } from '../core/options.ts';
import type { Policy } from '../core/policy.ts';
import type { Limit } from '../core/limit.ts';
import type { Scope } from '../core/scope.ts';
import { type Place, Stage, stage } from '../core/stage.ts';
import { type OptionChanges, type Schema, StatefulPolicy } from '../core/stateful.ts';
import { Deadline, DeadlineList } from '../mechanisms/deadlines.ts';

export interface TimeoutOptions {
  /** How long the call may take, in milliseconds; `Infinity` for as long as it likes. */
  after: number;
  /**
   * `'aggressive'`: aborts the signal and rejects at once, whatever the operation does.
   * `'cooperative'`: aborts the signal and waits for the operation; a value that it still returns is kept.
   * @default 'aggressive'
   */
  strategy?: 'aggressive' | 'cooperative';
  /** Whether the process may end although a caller still waits for this limit. @default false */
  unref?: boolean;
  /** The policy's name in metrics and events. @default 'timeout' */
  name?: string;
}

/** A timeout in use. */
export interface Timeout extends Policy {
  /** Changes options, for calls that begin from now on; `null` takes an option away. */
  reconfigure(changes: OptionChanges<TimeoutOptions>): void;
}

interface Settings {
  readonly after: number;
  readonly isAggressive: boolean;
  /** All are `after` long. */
  readonly deadlines: DeadlineList;
}

const schema: Schema<TimeoutOptions, Settings> = {
  kind: 'timeout',
  rules: {
    after: positiveDuration,
    strategy: oneOf('aggressive', 'cooperative'),
    unref: boolean,
    name: text,
  },
  defaults: { strategy: 'aggressive', unref: false },
  required: ['after'],
  complete: ({ after, strategy, unref }) => ({
    after,
    isAggressive: strategy === 'aggressive',
    deadlines: new DeadlineList(unref !== true),
  }),
};

/**
 * Rejects with a `TimeoutError` when the rest of the pipeline takes longer than `after` milliseconds, and aborts
 * the context's signal.
 *
 * Outside a retry it bounds the whole call, waits included; inside, each attempt. While a caller waits, its timer keeps
 * the process alive, unless `unref` says otherwise. Throws a `TypeError` or a `RangeError` for a length that cannot be.
 *
 * @example
 * const quotes = pipeline('quotes', timeout(5_000), retry(), timeout(1_000));
 */
export function timeout(options: number | TimeoutOptions): Timeout;
export function timeout(options: number | TimeoutOptions, ...others: unknown[]): Timeout {
  if (others.length > 0) {
    throw new TypeError(
      `timeout: expected one argument, got ${1 + others.length}: write timeout({ after: ${show(options)}, strategy: … }).`,
    );
  }
  if (typeof options !== 'number' && (typeof options !== 'object' || options === null)) {
    throw new TypeError(
      `timeout: expected a number of milliseconds, or an object of options, got ${show(options)}.`,
    );
  }
  return new TimeoutPolicy(typeof options === 'number' ? { after: options } : options);
}

class TimeoutPolicy extends StatefulPolicy<TimeoutOptions, Settings> implements Timeout {
  constructor(options: TimeoutOptions) {
    super(schema, options);
  }

  [stage](place: Place): Stage {
    return new TimeoutStage(place, this);
  }
}

/** The deadline of one call. */
class CallDeadline extends Deadline {
  readonly scope: Scope;
  /** The limit that the call had before, and has again outside. */
  readonly around: Limit | undefined;
  /** The call has left; its time may still have run out a moment before. */
  left = false;
  error: TimeoutError | undefined = undefined;
  /** As they were when the call came. */
  readonly settings: Settings;
  private readonly stage: TimeoutStage;

  constructor(scope: Scope, settings: Settings, stage: TimeoutStage) {
    super(scope.execution.time + settings.after);
    this.scope = scope;
    this.around = scope.timeout;
    this.settings = settings;
    this.stage = stage;
    scope.captureAsyncContext();
  }

  override expire(): void {
    this.scope.runInAsyncContext(() => {
      if (!this.left) this.stage.expire(this);
    });
  }
}

class TimeoutStage extends Stage {
  private readonly policy: TimeoutPolicy;

  constructor(place: Place, policy: TimeoutPolicy) {
    super(place, { exceeded: 0 });
    this.policy = policy;
  }

  override enter(scope: Scope): void {
    const { settings } = this.policy;
    if (settings.after !== Infinity) {
      const deadline = new CallDeadline(scope, settings, this);
      scope.notes[this.index] = deadline;
      scope.timeout = deadline;
      settings.deadlines.add(deadline);
    }
    this.nextEntering.enter(scope);
  }

  override succeed(scope: Scope, value: unknown): void {
    this.nextSucceeding.succeed(this.leave(scope), value);
  }

  protected override failedInside(scope: Scope, error: unknown): void {
    const ended =
      scope.interruptedBy === this ? (scope.notes[this.index] as CallDeadline).error : undefined;
    this.outer.fail(this.leave(scope), ended ?? error);
  }

  expire(deadline: CallDeadline): void {
    const scope = deadline.scope.around(this);
    const { execution } = scope;
    const { after, isAggressive } = deadline.settings;
    execution.touch();
    const error = new TimeoutError({ pipeline: scope.pipeline, policy: this.name }, after);
    deadline.error = error;
    this.count('exceeded');
    this.emit(scope, 'timeout.exceeded', { after, attempt: execution.attempts });
    scope.interrupt(this, error);
    scope.settleInterrupted(isAggressive);
  }

  /** Takes the deadline off. A call that was ended here stays behind with its operation, and its signal with it. */
  private leave(scope: Scope): Scope {
    const deadline = scope.notes[this.index] as CallDeadline | undefined;
    if (deadline === undefined) return scope;
    deadline.left = true;
    deadline.settings.deadlines.remove(deadline);
    if (scope.interruptedBy !== this) {
      scope.timeout = deadline.around;
      return scope;
    }
    const outer = scope.split(this);
    outer.timeout = deadline.around;
    outer.drop(scope);
    return outer;
  }
}
