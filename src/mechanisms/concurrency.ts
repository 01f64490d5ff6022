/**
 * The stage of every policy that limits how many calls run at once: permits, a queue for them, and the rule that a
 * permit comes back only when the work has really ended.
 */
import type { Call, Wait } from '../core/call.ts';
import { BulkheadFullError } from '../core/errors.ts';
import { type Place, Stage } from '../core/stage.ts';
import { Deadline, type DeadlineList } from './deadlines.ts';
import { type Permits, Waiter } from './permits.ts';

/** What limits; shared by all stages of one policy. */
export interface Limits {
  readonly permits: Permits;
  readonly maxQueued: number;
  /** How long a call may be queued, in milliseconds. */
  readonly queueTimeout: number;
  /** The deadlines of the queue; all are `queueTimeout` long. */
  readonly deadlines: DeadlineList;
}

/** A call in the queue: a place for a permit, and a deadline. */
class Queued extends Waiter {
  readonly answer: Promise<boolean>;
  private settle!: (granted: boolean) => void;
  private holds = false;
  private readonly limits: Limits;
  private readonly deadline: QueueDeadline;

  constructor(limits: Limits, time: number) {
    super();
    this.limits = limits;
    this.deadline = new QueueDeadline(time + limits.queueTimeout, this);
    this.answer = new Promise((resolve) => {
      this.settle = resolve;
    });
    limits.permits.enqueue(this);
    if (limits.queueTimeout !== Infinity) limits.deadlines.add(this.deadline);
  }

  override granted(): void {
    this.limits.deadlines.remove(this.deadline);
    this.holds = true;
    this.settle(true);
  }

  expire(): void {
    if (this.limits.permits.leave(this)) this.settle(false);
  }

  /** Leaves, wherever it is: a permit that it was granted meanwhile goes on to the next. */
  withdraw(): void {
    const { permits, deadlines } = this.limits;
    deadlines.remove(this.deadline);
    if (this.holds) permits.release();
    else permits.leave(this);
  }
}

class QueueDeadline extends Deadline {
  private readonly queued: Queued;

  constructor(instant: number, queued: Queued) {
    super(instant);
    this.queued = queued;
  }

  override expire(): void {
    this.queued.expire();
  }
}

export abstract class ConcurrencyStage extends Stage {
  protected abstract readonly limits: Limits;

  constructor(place: Place) {
    super(place, { 'rejected_bulkhead-full': 0, 'rejected_queue-timeout': 0 });
  }

  override enter(call: Call): void {
    const { permits, maxQueued } = this.limits;
    if (permits.take()) {
      this.admitted(call);
      this.inward.enter(call);
    } else if (permits.queued < maxQueued) this.queue(call);
    else this.reject(call, 'bulkhead-full');
  }

  override succeed(call: Call, value: unknown): void {
    this.ended(call, undefined);
    this.release(call);
    this.outward.succeed(call, value);
  }

  override fail(call: Call, error: unknown): void {
    this.ended(call, error);
    this.release(call);
    this.outer.fail(call, error);
  }

  override gauges(): Readonly<Record<string, number>> {
    const { permits } = this.limits;
    return { in_use: permits.inUse, queued: permits.queued, limit: permits.limit };
  }

  override get isMissed(): boolean {
    return this.limits.permits.inUse > 0;
  }

  /** A call has its permit. */
  protected admitted(_call: Call): void {}

  /** Whether a call that had to wait since `since` is still to be let in. */
  protected isInTime(_call: Call, _since: number): boolean {
    return true;
  }

  /** A call has been answered; the error if it failed. */
  protected ended(_call: Call, _error: unknown): void {}

  /** The permit stays with the work: a timeout inside may have answered while the operation still runs. */
  private release(call: Call): void {
    const { permits } = this.limits;
    if (call.isWorking) call.afterWork(() => permits.release());
    else permits.release();
  }

  private queue(call: Call): void {
    const since = call.run.time;
    const queued = new Queued(this.limits, since);
    const wait: Wait = { at: this, cancel: () => queued.withdraw() };
    call.wait(wait);
    // By a promise, which brings the call back into its own asynchronous context and off the releaser's stack.
    void queued.answer.then((granted) => {
      if (!call.resume(wait)) return;
      if (granted && this.isInTime(call, since)) {
        this.admitted(call);
        this.inward.enter(call);
        return;
      }
      if (granted) this.limits.permits.release();
      this.reject(call, 'queue-timeout', call.run.time - since);
    });
  }

  private reject(call: Call, reason: 'bulkhead-full' | 'queue-timeout', waited = 0): void {
    const { permits } = this.limits;
    this.count(`rejected_${reason}`);
    this.emit(call, 'call.rejected', { reason });
    const what =
      reason === 'bulkhead-full'
        ? `is full: ${permits.inUse} of ${permits.limit} permits in use, ${permits.queued} calls queued`
        : `had no permit within ${Math.min(this.limits.queueTimeout, Math.round(waited))} ms`;
    this.outer.fail(
      call,
      new BulkheadFullError({ pipeline: this.pipeline, policy: this.name }, reason, what),
    );
  }
}
