/**
 * The stage of every policy that limits how many calls run at once: permits, a queue for them, and the rule that a
 * permit comes back only when the work has really ended.
 */
import type { Scope, PendingWait } from '../../core/scope.ts';
import { BulkheadFullError } from '../../core/errors.ts';
import { type Place, Stage } from '../../core/stage.ts';
import { Deadline, type DeadlineList } from '../../mechanisms/deadlines.ts';
import { type Permits, Waiter } from '../../mechanisms/permits.ts';

/** What limits; shared by all stages of one policy. */
export interface Limits {
  readonly permits: Permits;
  readonly maxQueued: number;
  /** How long a call may be queued, in milliseconds. */
  readonly maxWait: number;
  /** The deadlines of the queue; all are `maxWait` long. */
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
    this.deadline = new QueueDeadline(time + limits.maxWait, this);
    this.answer = new Promise((resolve) => {
      this.settle = resolve;
    });
    limits.permits.enqueue(this);
    if (limits.maxWait !== Infinity) limits.deadlines.add(this.deadline);
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

const counters = {
  'bulkhead-full': 'rejected_bulkhead_full',
  'queue-timeout': 'rejected_queue_timeout',
} as const;

export abstract class ConcurrencyStage extends Stage {
  protected abstract readonly limits: Limits;

  constructor(place: Place) {
    super(place, { rejected_bulkhead_full: 0, rejected_queue_timeout: 0 });
  }

  override enter(scope: Scope): void {
    const { permits, maxQueued } = this.limits;
    if (permits.take()) {
      this.admitted(scope);
      this.nextEntering.enter(scope);
    } else if (permits.queued < maxQueued) this.queue(scope);
    else this.reject(scope, 'bulkhead-full');
  }

  override succeed(scope: Scope, value: unknown): void {
    this.ended(scope, undefined);
    this.release(scope);
    this.nextSucceeding.succeed(scope, value);
  }

  override fail(scope: Scope, error: unknown): void {
    this.ended(scope, error);
    this.release(scope);
    this.outer.fail(scope, error);
  }

  override gauges(): Readonly<Record<string, number>> {
    const { permits, maxQueued } = this.limits;
    const { inUse, queued, limit } = permits;
    return { in_use: inUse, queued, limit, queue_limit: maxQueued };
  }

  override get gauged(): object {
    return this.limits.permits;
  }

  override get holdsState(): boolean {
    return this.limits.permits.inUse > 0;
  }

  /** A call has its permit. */
  protected admitted(_scope: Scope): void {}

  /** Whether a call that had to wait since `since` is still to be let in. */
  protected isInTime(_scope: Scope, _since: number): boolean {
    return true;
  }

  /** A call has been answered; the error if it failed. */
  protected ended(_scope: Scope, _error: unknown): void {}

  /** The permit stays with the work: a timeout inside may have answered while the operation still runs. */
  private release(scope: Scope): void {
    const { permits } = this.limits;
    if (scope.isWorking) scope.afterWork(() => permits.release());
    else permits.release();
  }

  private queue(scope: Scope): void {
    const since = scope.execution.time;
    const queued = new Queued(this.limits, since);
    const wait: PendingWait = { at: this, cancel: () => queued.withdraw() };
    scope.wait(wait);
    // By a promise, which brings the call back into its own asynchronous context and off the releaser's stack.
    void queued.answer.then((granted) => {
      if (!scope.resume(wait)) return;
      if (granted && this.isInTime(scope, since)) {
        this.admitted(scope);
        this.nextEntering.enter(scope);
        return;
      }
      if (granted) this.limits.permits.release();
      this.reject(scope, 'queue-timeout', scope.execution.time - since);
    });
  }

  private reject(scope: Scope, reason: 'bulkhead-full' | 'queue-timeout', waited = 0): void {
    const { permits } = this.limits;
    this.count(counters[reason]);
    this.emit(scope, 'call.rejected', { reason });
    const what =
      reason === 'bulkhead-full'
        ? `is full: ${permits.inUse} of ${permits.limit} permits in use, ${permits.queued} calls queued`
        : `had no permit within ${Math.min(this.limits.maxWait, Math.round(waited))} ms`;
    this.outer.fail(
      scope,
      new BulkheadFullError({ pipeline: this.pipeline, policy: this.name }, reason, what),
    );
  }
}
