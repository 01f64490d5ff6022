/** What a policy tells its own listeners: how each call under it ended. */
import type { Scope } from '../../core/scope.ts';
import { type Place, Stage, type StagedPolicy } from '../../core/stage.ts';
import { staged } from '../../core/staged.ts';
import { EventEmitter, tell } from './events.ts';
import { outcomeBehind } from './execution.ts';
import { noValue } from './filters.ts';
import type { FailureReason, IBasePolicyOptions, IFailureEvent, ISuccessEvent } from './types.ts';

/** The listeners of one policy, and the errors and values that it acts on. */
export class Reports {
  readonly success: EventEmitter<ISuccessEvent> = new EventEmitter();
  readonly failure: EventEmitter<IFailureEvent> = new EventEmitter();
  readonly filters: Readonly<IBasePolicyOptions>;

  constructor(filters: Readonly<IBasePolicyOptions> = actsOnNothing) {
    this.filters = filters;
  }

  get isHeard(): boolean {
    return this.success.size > 0 || this.failure.size > 0;
  }
}

const actsOnNothing: IBasePolicyOptions = { errorFilter: noValue, resultFilter: noValue };

/** A stage that tells the listeners of its policy. By itself it does nothing else. */
export class ReportingStage extends Stage {
  protected readonly reports: Reports;

  constructor(place: Place, reports: Reports, counters?: Readonly<Record<string, number>>) {
    super(place, counters);
    this.reports = reports;
  }

  override enter(scope: Scope): void {
    this.begin(scope);
    this.nextEntering.enter(scope);
  }

  override succeed(scope: Scope, value: unknown): void {
    this.succeeded(scope);
    this.nextSucceeding.succeed(scope, value);
  }

  protected override failedInside(scope: Scope, error: unknown): void {
    const reason = outcomeBehind(scope, error);
    if (reason !== undefined) this.failed(scope, false, reason);
    this.outer.fail(scope, error);
  }

  /** A call begins. Who listens only from now on is not told of it. */
  protected begin(scope: Scope): void {
    if (this.reports.isHeard) scope.notes[this.index] = scope.execution.time;
  }

  protected succeeded(inside: Scope, began: unknown = inside.notes[this.index]): void {
    if (typeof began !== 'number') return;
    const duration = inside.execution.time - began;
    this.tell(inside, this.reports.success, { duration });
  }

  protected failed(
    inside: Scope,
    handled: boolean,
    reason: FailureReason<unknown>,
    began: unknown = inside.notes[this.index],
  ): void {
    if (typeof began !== 'number') return;
    const duration = inside.execution.time - began;
    this.tell(inside, this.reports.failure, { duration, handled, reason });
  }

  /** Asks a filter; a call fails with what it throws, and nothing is returned. */
  protected ask(
    scope: Scope,
    filter: 'errorFilter' | 'resultFilter',
    of: unknown,
  ): boolean | undefined {
    try {
      return this.reports.filters[filter](of);
    } catch (thrown) {
      this.outer.fail(scope, thrown);
      return undefined;
    }
  }

  /** Tells listeners; what one throws is reported, and reaches no caller. */
  protected tell<T>(scope: Scope, emitter: EventEmitter<T>, value: T): void {
    if (emitter.size === 0) return;
    tell(emitter, value, (error) =>
      this.emit(scope, 'sink.failed', { error, sink: `a listener of ${this.kind}` }),
    );
  }
}

/** A place that nobody is to see: it counts nothing, and has no name. */
export const unseen = (place: Place): Place => ({ ...place, name: '' });

/** A part of a policy that stands around kedge's own, and speaks cockatiel's language. */
export function unseenPart(kind: string, make: (place: Place) => Stage): StagedPolicy<unknown> {
  return staged<unknown>(kind, `cockatiel-${kind}`, (place) => make(unseen(place)));
}
