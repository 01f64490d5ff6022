/**
 * The stage of every policy that limits how many calls run at once: permits, a queue for them, and the rule that a
 * permit comes back only when the work has really ended, or has been given up for long enough.
 */
import type { Scope, PendingWait } from '../../core/scope.ts';
import { BulkheadFullError } from '../../core/errors.ts';
import { type Place, Stage } from '../../core/stage.ts';
import { epoch } from '../../core/time.ts';
import type { DeadlineList } from '../../mechanisms/deadlines.ts';
import type { Permits } from '../../mechanisms/permits.ts';
import { isHeldAround, HeldPermit, shared } from './held-permit.ts';
import { GivenUpWork } from './given-up-work.ts';
import { Queued } from './queued.ts';

/** What limits; shared by all stages of one policy. */
export interface Limits {
  readonly permits: Permits;
  readonly maxQueued: number;
  /** How long a call may be queued, in milliseconds. */
  readonly maxWait: number;
  /** For how long work that was given up keeps its permit, in milliseconds. */
  readonly abandonAfter: number;
  /** The ends of waits, and of work that was given up. */
  readonly waits: DeadlineList;
  readonly leases: DeadlineList;
}

export abstract class ConcurrencyStage extends Stage {
  protected abstract readonly limits: Limits;

  constructor(place: Place) {
    super(place, { rejected_bulkhead_full: 0, rejected_queue_timeout: 0, abandoned: 0 });
  }

  override enter(scope: Scope): void {
    const { limits } = this;
    const { permits } = limits;
    if (isHeldAround(scope, permits)) this.share(scope);
    else if (permits.take()) this.letIn(scope, limits);
    else if (HeldPermit.isAround(permits)) this.share(scope);
    else if (permits.queued < limits.maxQueued) this.queue(scope);
    else this.reject(scope, 'bulkhead-full');
  }

  override succeed(scope: Scope, value: unknown): void {
    this.leave(scope, undefined);
    this.nextSucceeding.succeed(scope, value);
  }

  protected override failedInside(scope: Scope, error: unknown): void {
    this.leave(scope, error);
    this.outer.fail(scope, error);
  }

  override gauges(): Readonly<Record<string, number>> {
    const { permits, maxQueued } = this.limits;
    return {
      in_use: permits.inUse,
      queued: permits.queued,
      limit: permits.limit,
      ...(maxQueued !== Infinity && { queue_limit: maxQueued }),
    };
  }

  /** One limit is counted once, in however many pipelines it stands. */
  override get gauged(): object {
    return this.limits.permits;
  }

  override get holdsState(): boolean {
    return this.limits.permits.inUse > 0;
  }

  /** Calls that are given a signal from inside share the permit, and must know the call around them. */
  override get concernsInside(): boolean {
    return true;
  }

  /** Whether the dependency is known to have as much to do as it can. */
  protected get isOverloaded(): boolean {
    return false;
  }

  /** Whether a call is still to be let in that has waited so long, and has so much time left. */
  protected isInTime(_waited: number, left: number, _wasOverloaded: boolean): boolean {
    return left > 0;
  }

  /** A call has been answered; the error if it failed. */
  protected ended(_scope: Scope, _since: number, _error: unknown): void {}

  private share(scope: Scope): void {
    scope.notes[this.index] = shared;
    this.nextEntering.enter(scope);
  }

  /**
   * A call has its permit. Where it is the last, and a queue follows, calls inside are to know of it also without a
   * signal: whoever has waited longest can then always end, and no call waits for itself.
   */
  private letIn(scope: Scope, { permits, maxQueued }: Limits): void {
    if (permits.isUsedUp && maxQueued > 0) this.letInVisibly(scope, permits);
    else {
      scope.notes[this.index] = scope.execution.time;
      this.nextEntering.enter(scope);
    }
  }

  private letInVisibly(scope: Scope, permits: Permits): void {
    const held = new HeldPermit(permits, scope.execution.time);
    scope.notes[this.index] = held;
    held.enter(() => this.nextEntering.enter(scope));
  }

  private leave(scope: Scope, error: unknown): void {
    const noted = scope.notes[this.index] as number | HeldPermit | typeof shared;
    if (noted === shared) return;
    this.ended(scope, typeof noted === 'number' ? noted : noted.leave(scope), error);
    this.release(scope);
  }

  /** The permit stays with the work: a timeout inside may have answered while the operation still runs. */
  private release(scope: Scope): void {
    const { limits } = this;
    if (scope.working > 0) new GivenUpWork(limits, scope, () => this.count('abandoned')).begin();
    else limits.permits.release();
  }

  private queue(scope: Scope): void {
    const { limits } = this;
    const { time } = scope.execution;
    if (scope.deadline <= time) {
      this.reject(scope, 'queue-timeout');
      return;
    }
    // A limit that somebody enforces ends the wait by itself, and says so better.
    let until = Infinity;
    for (let limit = scope.timeout; limit !== undefined; limit = limit.around)
      if (limit.isAdvice === true) until = Math.min(until, limit.instant);
    const queued = new Queued(limits, Math.min(time + limits.maxWait, until));
    const wait: PendingWait = { at: this, cancel: () => queued.withdraw() };
    scope.wait(wait);
    const clock = epoch;
    const { isOverloaded } = this;
    // By a promise, which brings the call back into its own asynchronous context and off the releaser's stack.
    void queued.answer.then((granted) => {
      if (!scope.resume(wait)) return;
      const waited = scope.execution.time - time;
      const left = scope.deadline - scope.execution.time;
      // Who was queued on a clock that a test has taken away since is served: of his time nothing is known.
      const isInTime = clock !== epoch || this.isInTime(waited, left, isOverloaded);
      if (granted && isInTime) {
        this.letIn(scope, this.limits);
        return;
      }
      if (granted) this.limits.permits.release();
      this.reject(scope, 'queue-timeout', waited);
    });
  }

  private reject(scope: Scope, reason: 'bulkhead-full' | 'queue-timeout', waited = 0): void {
    const { permits, maxWait } = this.limits;
    this.count(reason === 'bulkhead-full' ? 'rejected_bulkhead_full' : 'rejected_queue_timeout');
    this.emit(scope, 'call.rejected', { reason });
    const what =
      reason === 'bulkhead-full'
        ? `is full: ${permits.inUse} of ${permits.limit} permits in use, ${permits.queued} calls queued`
        : `had no permit within ${Math.min(maxWait, Math.round(waited))} ms`;
    this.outer.fail(
      scope,
      new BulkheadFullError({ pipeline: this.pipeline, policy: this.name }, reason, what),
    );
  }
}
