/** Ends a call that takes too long. */
import type { Scope, Limit } from '../core/scope.ts';
import { TimeoutError } from '../core/errors.ts';
import { missing, oneOf, positiveDuration, readOptions, text } from '../core/options.ts';
import type { Policy } from '../core/policy.ts';
import { type Place, Stage } from '../core/stage.ts';
import { staged } from '../core/staged.ts';
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
  /** The policy's name in metrics and events. @default 'timeout' */
  name?: string;
}

const rules = {
  after: positiveDuration,
  strategy: oneOf('aggressive', 'cooperative'),
  name: text,
} as const;
const defaults = { strategy: 'aggressive', name: 'timeout' } as const;

/**
 * Rejects with a `TimeoutError` when the rest of the pipeline takes longer than `after` milliseconds, and aborts
 * the context's signal.
 *
 * Outside a retry it bounds the whole call, waits included; inside, each attempt. It never keeps the process alive.
 * Throws a `TypeError` or a `RangeError` for a length that cannot be.
 *
 * @example
 * const quotes = pipeline('quotes', timeout(5_000), retry(), timeout(1_000));
 */
export function timeout(options: number | TimeoutOptions): Policy {
  const given = typeof options === 'number' ? { after: options } : options;
  const settings = readOptions<Required<TimeoutOptions>>('timeout', given, defaults, rules);
  if (settings.after === undefined) missing('timeout', 'after', positiveDuration);
  const deadlines = new DeadlineList();
  return staged('timeout', settings.name, (place) => new TimeoutStage(place, settings, deadlines));
}

/** The deadline of one call. */
class CallDeadline extends Deadline {
  readonly scope: Scope;
  /** The limit that the call had before, and has again outside. */
  readonly around: Limit | undefined;
  /** The call has left; its time may still have run out a moment before. */
  left = false;
  error: TimeoutError | undefined = undefined;
  private readonly stage: TimeoutStage;

  constructor(instant: number, scope: Scope, stage: TimeoutStage) {
    super(instant);
    this.scope = scope;
    this.around = scope.timeout;
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
  private readonly after: number;
  private readonly aggressive: boolean;
  private readonly deadlines: DeadlineList;

  constructor(place: Place, settings: Readonly<Required<TimeoutOptions>>, deadlines: DeadlineList) {
    super(place, { exceeded: 0 });
    this.after = settings.after;
    this.aggressive = settings.strategy === 'aggressive';
    this.deadlines = deadlines;
  }

  override enter(scope: Scope): void {
    if (this.after !== Infinity) {
      const deadline = new CallDeadline(scope.execution.time + this.after, scope, this);
      scope.notes[this.index] = deadline;
      if (deadline.around === undefined || deadline.instant < deadline.around.instant)
        scope.timeout = deadline;
      this.deadlines.add(deadline);
    }
    this.nextEntering.enter(scope);
  }

  override succeed(scope: Scope, value: unknown): void {
    this.nextSucceeding.succeed(this.leave(scope), value);
  }

  override fail(scope: Scope, error: unknown): void {
    const ended =
      scope.interruptedBy === this ? (scope.notes[this.index] as CallDeadline).error : undefined;
    this.outer.fail(this.leave(scope), ended ?? error);
  }

  expire(deadline: CallDeadline): void {
    const scope = deadline.scope.around(this);
    const { execution } = scope;
    execution.touch();
    const error = new TimeoutError({ pipeline: scope.pipeline, policy: this.name }, this.after);
    deadline.error = error;
    this.count('exceeded');
    this.emit(scope, 'timeout.exceeded', { after: this.after, attempt: execution.attempts });
    scope.interrupt(this, error);
    scope.settleInterrupted(this.aggressive);
  }

  /** Takes the deadline off. A call that was ended here stays behind with its operation, and its signal with it. */
  private leave(scope: Scope): Scope {
    if (this.after === Infinity) return scope;
    const deadline = scope.notes[this.index] as CallDeadline;
    deadline.left = true;
    this.deadlines.remove(deadline);
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
