/** Ends a call that takes too long. */
import type { Call, Limit } from '../core/call.ts';
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
  readonly call: Call;
  /** The limit that the call had before, and has again outside. */
  readonly around: Limit | undefined;
  /** The call has left; its time may still have run out a moment before. */
  left = false;
  error: TimeoutError | undefined = undefined;
  private readonly stage: TimeoutStage;

  constructor(instant: number, call: Call, stage: TimeoutStage) {
    super(instant);
    this.call = call;
    this.around = call.timeout;
    this.stage = stage;
    call.keepContext();
  }

  override expire(): void {
    this.call.inContext(() => {
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

  override enter(call: Call): void {
    if (this.after !== Infinity) {
      const deadline = new CallDeadline(call.run.time + this.after, call, this);
      call.slots[this.index] = deadline;
      if (deadline.around === undefined || deadline.instant < deadline.around.instant)
        call.timeout = deadline;
      this.deadlines.add(deadline);
    }
    this.inward.enter(call);
  }

  override succeed(call: Call, value: unknown): void {
    this.outward.succeed(this.leave(call), value);
  }

  override fail(call: Call, error: unknown): void {
    const ended =
      call.interruptedBy === this ? (call.slots[this.index] as CallDeadline).error : undefined;
    this.outer.fail(this.leave(call), ended ?? error);
  }

  expire(deadline: CallDeadline): void {
    const call = deadline.call.around(this);
    const { run } = call;
    run.touch();
    const error = new TimeoutError({ pipeline: call.pipeline, policy: this.name }, this.after);
    deadline.error = error;
    this.count('exceeded');
    this.emit(call, 'timeout.exceeded', { after: this.after, attempt: run.attempts });
    call.interrupt(this, error);
    call.giveUp(this.aggressive);
  }

  /** Takes the deadline off. A call that was ended here stays behind with its operation, and its signal with it. */
  private leave(call: Call): Call {
    if (this.after === Infinity) return call;
    const deadline = call.slots[this.index] as CallDeadline;
    deadline.left = true;
    this.deadlines.remove(deadline);
    if (call.interruptedBy !== this) {
      call.timeout = deadline.around;
      return call;
    }
    const outer = call.split(this);
    outer.timeout = deadline.around;
    outer.drop(call);
    return outer;
  }
}
