/** cockatiel's timeout: kedge's, and around it the events and the error that are expected of one. */
import { timeout as kedgeTimeout } from '../../index.ts';
import { TimeoutError } from '../../core/errors.ts';
import {
  boolean,
  check,
  duration as durationRule,
  oneOf,
  readOptions,
} from '../../core/options.ts';
import type { Scope } from '../../core/scope.ts';
import type { Place } from '../../core/stage.ts';
import { TaskCancelledError } from './errors.ts';
import { type Event, EventEmitter } from './events.ts';
import { ownFailureOf, type PeerFunction } from './execution.ts';
import { hide, PeerPolicy } from './policy.ts';
import { Reports, ReportingStage, unseenPart } from './reports.ts';
import { type ICancellationContext, TimeoutStrategy } from './types.ts';

export interface ITimeoutOptions {
  /** `TimeoutStrategy.Aggressive` rejects at once, `TimeoutStrategy.Cooperative` waits for the function. */
  strategy: TimeoutStrategy;
  /** Whether the signal aborts when the function has returned, which cuts off a body that still streams. @default false */
  abortOnReturn?: boolean;
}

const rules = {
  strategy: oneOf(TimeoutStrategy.Cooperative, TimeoutStrategy.Aggressive),
  abortOnReturn: boolean,
} as const;

/** Ends calls that take too long. */
export class TimeoutPolicy extends PeerPolicy<ICancellationContext> {
  /** Tells of calls whose time was up. */
  declare readonly onTimeout: Event<void>;
  private readonly duration: number;
  private readonly options: Readonly<ITimeoutOptions>;
  /** @internal */
  declare readonly reports: Reports;

  constructor(
    duration: number,
    options: ITimeoutOptions,
    reports: Reports = new Reports(),
    unref = false,
  ) {
    super();
    check('timeout', 'duration', duration, durationRule);
    this.duration = duration;
    this.options = readOptions<ITimeoutOptions>('timeout', options, {}, rules);
    check('timeout', 'strategy', this.options.strategy, rules.strategy);
    const { strategy, abortOnReturn = false } = this.options;
    const waits = strategy === TimeoutStrategy.Cooperative;
    const emitter = new EventEmitter<void>();
    hide(this, { onTimeout: emitter.addListener, reports });
    this.install(reports, [
      unseenPart(
        'timeout',
        (place) => new TimeoutReports(place, reports, emitter, duration, waits),
      ),
      kedgeTimeout({
        // In whole milliseconds, as the platform counts, and at least one.
        after: Math.max(1, Math.trunc(duration)),
        strategy: waits ? 'cooperative' : 'aggressive',
        unref,
      }),
      ...(abortOnReturn ? [unseenPart('return', (place) => new ReturnStage(place))] : []),
    ]);
  }

  /** The same timeout, but the process may end although a caller still waits for it. */
  dangerouslyUnref(): TimeoutPolicy {
    return new TimeoutPolicy(this.duration, this.options, this.reports, true);
  }

  /** Runs a function. Rejects with a `TaskCancelledError` when the time is up. */
  override execute<T>(
    fn: (context: ICancellationContext, signal: AbortSignal) => PromiseLike<T> | T,
    signal?: AbortSignal,
  ): Promise<T> {
    // Who names a second parameter is given the signal once more, as that.
    return this['~kedge'].execute(fn as PeerFunction, signal, fn.length !== 1) as Promise<T>;
  }
}

class TimeoutReports extends ReportingStage {
  readonly waits: boolean;
  private readonly emitter: EventEmitter<void>;
  private readonly after: number;

  constructor(
    place: Place,
    reports: Reports,
    emitter: EventEmitter<void>,
    after: number,
    waits: boolean,
  ) {
    super(place, reports);
    this.emitter = emitter;
    this.after = after;
    this.waits = waits;
  }

  timedOut({ outermost }: { readonly outermost: Scope }): void {
    this.tell(outermost, this.emitter, undefined);
  }

  protected override failedInside(scope: Scope, error: unknown): void {
    if (!this.isOurs(error)) {
      super.failedInside(scope, error);
      return;
    }
    const own = this.waits ? ownFailureOf(scope, this.inner) : undefined;
    const said = own === undefined ? TaskCancelledError.timedOut(this.after) : own.error;
    this.failed(scope, false, { error: said });
    this.outer.fail(scope, said);
  }

  private isOurs(error: unknown): boolean {
    return (
      error instanceof TimeoutError &&
      error.policy === this.inner.name &&
      error.pipeline === this.pipeline
    );
  }
}

/** Aborts a signal of its own when a call comes back. */
class ReturnStage extends ReportingStage {
  constructor(place: Place) {
    super(place, new Reports());
  }

  override enter(scope: Scope): void {
    scope.notes[this.index] = new AbortController();
    this.nextEntering.enter(scope);
  }

  override succeed(scope: Scope, value: unknown): void {
    this.end(scope);
    this.nextSucceeding.succeed(scope, value);
  }

  protected override failedInside(scope: Scope, error: unknown): void {
    this.end(scope);
    this.outer.fail(scope, error);
  }

  returned(scope: Scope): AbortSignal {
    return (scope.at(this).notes[this.index] as AbortController).signal;
  }

  private end(scope: Scope): void {
    (scope.notes[this.index] as AbortController).abort();
  }
}

/**
 * Ends calls that take longer than `duration` milliseconds with a `TaskCancelledError`.
 *
 * A call that its caller has left is no timeout: it rejects with the signal's own reason, and `onTimeout` is silent.
 */
export function timeout(
  duration: number,
  strategyOrOpts: TimeoutStrategy | ITimeoutOptions,
): TimeoutPolicy {
  return new TimeoutPolicy(
    duration,
    typeof strategyOrOpts === 'string' ? { strategy: strategyOrOpts } : strategyOrOpts,
  );
}
