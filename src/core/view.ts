/**
 * What others see of a scope: the signal and the contexts. Made when somebody looks; most operations never do.
 */
import { follow, keepScope } from './caller-signal.ts';
import type { Context } from './policy.ts';
import type { Scope } from './scope.ts';

export class View {
  /** Aborts with the scope and, also when that has succeeded, with the caller. */
  readonly signal: AbortSignal;
  private readonly scope: Scope;
  private readonly controller: AbortController = new AbortController();
  private shown: Context | undefined = undefined;
  private started: Context | undefined = undefined;

  constructor(scope: Scope) {
    this.scope = scope;
    if (scope.interruptedBy !== undefined) this.controller.abort(scope.reason);
    this.signal = follow(this.controller.signal, scope.execution.callerSignal);
  }

  /** What predicates and fallbacks are given: a plain object of this moment, which never changes. */
  get context(): Context {
    return this.contextUntil(this.scope.deadline);
  }

  /** What the operation is given: the context of the moment at which it was started, when it had until `deadline`. */
  startContext(deadline: number): Context {
    this.started ??= this.contextUntil(deadline);
    return this.started;
  }

  abort(reason: unknown): void {
    this.controller.abort(reason);
  }

  private contextUntil(deadline: number): Context {
    const { scope, signal, shown } = this;
    const { attempt, pipeline, key, attributes } = scope;
    if (shown !== undefined && shown.attempt === attempt && shown.deadline === deadline)
      return shown;
    if (deadline !== Infinity || scope.execution.concernsInside) keepScope(signal, scope);
    this.shown = { signal, attempt, pipeline, key, deadline, attributes };
    return this.shown;
  }
}
