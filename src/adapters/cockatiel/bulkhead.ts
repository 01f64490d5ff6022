/** cockatiel's bulkhead: kedge's, and around it the events and the error that are expected of one. */
import { bulkhead as kedgeBulkhead } from '../../index.ts';
import { BulkheadFullError } from '../../core/errors.ts';
import { check, number } from '../../core/options.ts';
import type { Scope } from '../../core/scope.ts';
import type { Place } from '../../core/stage.ts';
import { BulkheadRejectedError } from './errors.ts';
import { type Event, EventEmitter } from './events.ts';
import { hide, PeerPolicy } from './policy.ts';
import { Reports, ReportingStage, unseenPart } from './reports.ts';

const count = (from: number): ReturnType<typeof number> =>
  number(
    `a whole number from ${from}, or Infinity`,
    (value) => value >= from && (Number.isInteger(value) || value === Infinity),
  );

const finite = (limit: number): number => Math.min(limit, Number.MAX_SAFE_INTEGER);

/** Lets so many calls run at once, and queues some more. */
export class BulkheadPolicy extends PeerPolicy {
  /** Tells of calls that were turned away. */
  declare readonly onReject: Event<void>;
  private readonly capacity: number;
  private readonly queueCapacity: number;

  constructor(capacity: number, queueCapacity: number) {
    super();
    check('bulkhead', 'limit', capacity, count(1));
    check('bulkhead', 'queue', queueCapacity, count(0));
    this.capacity = capacity;
    this.queueCapacity = queueCapacity;
    const reports = new Reports();
    const emitter = new EventEmitter<void>();
    hide(this, { onReject: emitter.addListener });
    const limits = { maxConcurrent: finite(capacity), maxQueued: finite(queueCapacity) };
    const rejection = (): BulkheadRejectedError =>
      new BulkheadRejectedError(capacity, queueCapacity);
    this.install(reports, [
      unseenPart('bulkhead', (place) => new BulkheadReports(place, reports, emitter, rejection)),
      kedgeBulkhead(limits),
    ]);
  }

  /** How many more calls can run now. */
  get executionSlots(): number {
    return this.capacity - this.gauge('in_use');
  }

  /** How many more calls can be queued now. */
  get queueSlots(): number {
    return this.queueCapacity - this.gauge('queued');
  }

  private gauge(name: string): number {
    const readings = this['~kedge'].plan.chain.readings();
    return readings.find(({ name }) => name === 'bulkhead')?.gauges[name] ?? 0;
  }
}

class BulkheadReports extends ReportingStage {
  /** Who leaves before the function was called hears of it by a `TaskCancelledError`. */
  readonly cancels = true;
  private readonly emitter: EventEmitter<void>;
  private readonly rejection: () => BulkheadRejectedError;

  constructor(
    place: Place,
    reports: Reports,
    emitter: EventEmitter<void>,
    rejection: () => BulkheadRejectedError,
  ) {
    super(place, reports);
    this.emitter = emitter;
    this.rejection = rejection;
  }

  protected override failedInside(scope: Scope, error: unknown): void {
    const isOurs =
      error instanceof BulkheadFullError &&
      error.policy === this.inner.name &&
      error.pipeline === this.pipeline;
    if (!isOurs) {
      super.failedInside(scope, error);
      return;
    }
    this.tell(scope, this.emitter, undefined);
    this.outer.fail(scope, this.rejection());
  }
}

/**
 * Lets `limit` calls run at once, queues `queue` more, first in first out, and rejects the rest with a
 * `BulkheadRejectedError`.
 *
 * A permit comes back when the work has really ended: one whose timeout inside is over keeps it until then.
 */
export function bulkhead(limit: number, queue = 0): BulkheadPolicy {
  return new BulkheadPolicy(limit, queue);
}
