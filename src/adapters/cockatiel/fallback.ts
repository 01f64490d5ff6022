/** cockatiel's fallback: answers in place of what has failed, with a value or with what a function makes. */
import type { PendingWait, Scope } from '../../core/scope.ts';
import type { Place } from '../../core/stage.ts';
import { staged } from '../../core/staged.ts';
import { endsWith, outcomeBehind } from './execution.ts';
import { filtersOf } from './filters.ts';
import { PeerPolicy } from './policy.ts';
import { Reports, ReportingStage } from './reports.ts';
import type { FailureReason, IBasePolicyOptions, IDefaultPolicyContext } from './types.ts';

/** Answers in place of what has failed. */
export class FallbackPolicy<AltReturn> extends PeerPolicy<IDefaultPolicyContext, AltReturn> {
  constructor(
    filters: Readonly<IBasePolicyOptions>,
    value: () => AltReturn | PromiseLike<AltReturn>,
  ) {
    super();
    const reports = new Reports(filters);
    this.install(reports, [
      staged<unknown>('fallback', 'fallback', (place) => new FallbackStage(place, reports, value)),
    ]);
  }
}

class FallbackStage extends ReportingStage {
  private readonly value: () => unknown;

  constructor(place: Place, reports: Reports, value: () => unknown) {
    super(place, reports, { used: 0, failed: 0 });
    this.value = value;
  }

  override succeed(scope: Scope, value: unknown): void {
    const failed = this.ask(scope, 'resultFilter', value);
    if (failed === undefined) return;
    if (failed) {
      this.failed(scope, true, { value });
      this.answer(scope, { value });
    } else super.succeed(scope, value);
  }

  protected override failedInside(scope: Scope, error: unknown): void {
    const reason = outcomeBehind(scope, error) as { error: unknown } | undefined;
    if (reason === undefined) {
      this.outer.fail(scope, error);
      return;
    }
    const handled = this.ask(scope, 'errorFilter', reason.error);
    if (handled === undefined) return;
    this.failed(scope, handled, reason);
    if (handled) this.answer(scope, reason);
    else this.outer.fail(scope, error);
  }

  override wouldAnswer(_scope: Scope, error: unknown): boolean {
    try {
      return this.reports.filters.errorFilter(error);
    } catch {
      return false;
    }
  }

  private answer(scope: Scope, reason: FailureReason<unknown>): void {
    const error = 'error' in reason ? reason.error : undefined;
    scope.execution.handled();
    const wait: PendingWait = { at: this, cancel() {} };
    // The function has failed by itself, so the answer comes even if the caller has left meanwhile.
    const hasLeft = scope.interruptedBy !== undefined;
    if (!hasLeft) scope.wait(wait);
    const isAwaited = (): boolean => hasLeft || scope.resume(wait);
    new Promise((resolve) => resolve(this.value())).then(
      (value) => {
        if (!isAwaited()) {
          this.outer.late(scope, value);
          return;
        }
        scope.execution.reportFailure(true);
        this.count('used');
        scope.outcomeOverride = 'fallback';
        this.emit(scope, 'fallback.used', { error, source: 'run' });
        this.nextSucceeding.succeed(scope, value);
      },
      (fallbackError: unknown) => {
        if (!isAwaited()) return;
        this.count('failed');
        this.emit(scope, 'fallback.failed', { error, source: 'run', fallbackError });
        // The peer's rule: the factory's own error, and not the one that it was to answer.
        endsWith(scope, fallbackError);
        this.outer.fail(scope, fallbackError);
      },
    );
  }
}

/** Answers failures that `policy` acts on with `valueOrFactory`; a function is called for each, and may be async. */
export function fallback<R>(
  policy: { readonly options: Readonly<IBasePolicyOptions> },
  valueOrFactory: (() => Promise<R> | R) | R,
): FallbackPolicy<R> {
  const make = (
    typeof valueOrFactory === 'function' ? valueOrFactory : () => valueOrFactory
  ) as () => R | Promise<R>;
  return new FallbackPolicy(filtersOf('fallback', policy), make);
}
