/**
 * A built-in policy that a user's policy applies by hand: an execution of a chain of that one policy, which is none to
 * the outside. The pipeline around it reports for it, and its work counts for those inside as well.
 */
import { attemptSaid, carriedOutFor } from './carried-out.ts';
import type { Chain } from './chain.ts';
import {
  type EventFields,
  type EventType,
  type RetryRefusal,
  severities,
  type Severity,
} from './events.ts';
import { Execution } from './execution.ts';
import { appliedOf, type LinkedContext, scopeOf } from './linked-context.ts';
import type { Reporter } from './pipeline-metrics.ts';
import type { AttemptOutcome, ExecuteOptions, Next } from './policy.ts';
import type { Scope } from './scope.ts';
import { workFor } from './work.ts';

const notCalled = (): void => {};

export class AppliedExecution extends Execution {
  private readonly around: LinkedContext;
  private readonly next: Next;

  constructor(chain: Chain, around: LinkedContext, next: Next) {
    const { key, attributes, deadline } = around;
    const signal: AbortSignal | undefined = around.signal;
    const limit =
      deadline === Infinity ? undefined : { instant: deadline, isAdvice: true as const };
    super(chain, notCalled, { signal, key, attributes }, limit);
    this.around = around;
    this.next = next;
  }

  override get pipeline(): string {
    return this.around.pipeline;
  }

  override get id(): string {
    return this.outside?.id ?? super.id;
  }

  override get enclosing(): Scope | undefined {
    return this.around[scopeOf];
  }

  /** The execution of the pipeline around, which reports. */
  private get outside(): Execution | undefined {
    return this.enclosing?.execution;
  }

  override get passesPromises(): boolean {
    return true;
  }

  override operate(scope: Scope): unknown {
    const inside: LinkedContext = Object.create(this.around, {
      // A copy, `{ ...context }`, keeps all of it.
      ...Object.getOwnPropertyDescriptors(this.around),
      signal: { get: () => scope.signal, enumerable: true },
      deadline: { value: scope.deadline, enumerable: true },
      [appliedOf]: { value: scope, enumerable: true },
    });
    return this.next(inside);
  }

  /** What several callers wait for is done in a call of its own in the pipeline around, too, which is none of theirs. */
  override detach({ key, attributes }: ExecuteOptions): AppliedExecution {
    const home = this.outside?.detach({ key, attributes }).outermost;
    const around: LinkedContext = Object.create(this.around, {
      ...Object.getOwnPropertyDescriptors(this.around),
      signal: { value: undefined, enumerable: true },
      deadline: { value: Infinity, enumerable: true },
      key: { value: key, enumerable: true },
      attributes: { value: attributes, enumerable: true },
      [scopeOf]: { value: home, enumerable: true },
      [appliedOf]: { value: undefined, enumerable: true },
    });
    const work = new AppliedExecution(this.chain, around, this.next);
    work.doneFor(this);
    return work;
  }

  override doneFor(execution: Execution): void {
    super.doneFor(execution);
    if (!(execution instanceof AppliedExecution) || execution.outside === undefined) return;
    this.outside?.doneFor(execution.outside);
  }

  override takeUp(work: AppliedExecution): void {
    super.takeUp(work);
    if (work.outside !== undefined) this.outside?.takeUp(work.outside);
  }

  override succeed(value: unknown): void {
    const { enclosing } = this;
    if (!this.answered && enclosing !== undefined)
      enclosing.outcomeOverride = this.outermost.outcomeOverride;
    this.leave();
    super.succeed(value);
  }

  override fail(error: unknown): void {
    this.leave();
    super.fail(error);
  }

  /** What still runs inside runs on behalf of the one around, too: a bulkhead there keeps its permit. */
  private leave(): void {
    const around = this.around[appliedOf];
    if (around !== undefined) workFor(around, this.outermost);
  }

  // Attempts and outcomes are those of the pipeline around.
  override attemptSucceeded(): void {}
  override attemptFailed(
    scope: Scope,
    outcome: Exclude<AttemptOutcome, 'success'>,
    error: unknown,
  ): void {
    attemptSaid(scope, outcome, error);
    // What stands around `next` may have failed by itself.
    if (this.enclosing !== undefined) carriedOutFor(scope, this.enclosing);
  }

  override noteRetry(refused: RetryRefusal | undefined): void {
    this.outside?.noteRetry(refused);
  }

  override handled(): void {
    this.outside?.handled();
  }

  override reportFailure(final: boolean): void {
    this.outside?.reportFailure(final);
  }

  override emit<Type extends EventType>(
    _reporter: Reporter,
    type: Type,
    fields: EventFields[Type],
    severity: Severity = severities[type],
  ): void {
    if (!type.startsWith('execution.')) this.around.emit({ ...fields, type, severity });
  }

  override report(
    _reporter: Reporter | undefined,
    event: { type: `${string}.${string}`; [field: string]: unknown },
  ): void {
    this.around.emit(event);
  }
}
