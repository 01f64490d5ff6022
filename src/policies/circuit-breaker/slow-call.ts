import type { Scope } from '../../core/scope.ts';
import { Deadline } from '../../mechanisms/deadlines.ts';
import type { Permit } from './permit.ts';
import type { Settings } from './settings.ts';

/** Who wants to know that a call is slow while it still runs. */
export interface Watcher {
  /** Returns whether it is noted. */
  slow(permit: Permit, scope: Scope): boolean;
}

/** What is noted of a call where slow calls matter. */
export class SlowCallTimer extends Deadline {
  readonly permit: Permit;
  /** Whether the circuit knows already that it is slow. */
  isSlow = false;
  private left = false;
  private readonly scope: Scope;
  private readonly rule: NonNullable<Settings['slowCall']>;
  private readonly watcher: Watcher;

  constructor(
    permit: Permit,
    scope: Scope,
    rule: NonNullable<Settings['slowCall']>,
    watcher: Watcher,
  ) {
    super(scope.execution.time + rule.after);
    this.permit = permit;
    this.scope = scope;
    this.rule = rule;
    this.watcher = watcher;
    scope.captureAsyncContext();
    rule.deadlines.add(this);
  }

  leave(): void {
    this.left = true;
    this.rule.deadlines.remove(this);
  }

  override expire(): void {
    this.scope.runInAsyncContext(() => {
      if (this.left) return;
      try {
        this.isSlow = this.watcher.slow(this.permit, this.scope);
      } catch {
        // A rule for `openFor` that throws. It is asked again when the call ends, and then there is a caller to tell.
        this.isSlow = true;
      }
    });
  }
}
