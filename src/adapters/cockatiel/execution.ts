/** One call of a policy of cockatiel's: a context and an answer as it has them, on kedge's engine. */
import { isSignal, type SignalLike } from '../../core/abort.ts';
import { keepScope } from '../../core/caller-signal.ts';
import type { Chain } from '../../core/chain.ts';
import { isTimeLimit } from '../../core/errors.ts';
import type { EventFields, EventType, Severity } from '../../core/events.ts';
import { Execution } from '../../core/execution.ts';
import { show } from '../../core/options.ts';
import type { Reporter } from '../../core/pipeline-metrics.ts';
import type { AttemptOutcome } from '../../core/policy.ts';
import type { Position, Scope } from '../../core/scope.ts';
import type { Stage } from '../../core/stage.ts';
import { isThenable } from '../../core/thenable.ts';
import { TaskCancelledError } from './errors.ts';
import { neverAborted } from './signals.ts';
import type { FailureReason } from './types.ts';

/** What a function under these policies may be given. */
export interface PeerContext {
  signal: AbortSignal;
  attempt?: number;
}

export type PeerFunction = (context: PeerContext, signal?: AbortSignal) => unknown;

/** What executions ask the stages of a chain. */
interface Asked {
  /** Which retry it is that a call inside of a retry stands for. */
  attemptOf?(scope: Scope): number;
  /** Of a timeout: its time is up. */
  timedOut?(execution: Execution): void;
  /** Of a timeout: the function is waited for, and its own error counts. */
  readonly waits?: boolean;
  /** What aborts when the call inside has returned, whatever it brought. */
  returned?(scope: Scope): AbortSignal;
  /** Whether who leaves before the function was called is told so by a `TaskCancelledError`. */
  readonly cancels?: boolean;
}

export type AskedStage = Stage & Asked;

/** What the executions of one chain have in common. */
export class Plan {
  readonly chain: Chain;
  private readonly retry: AskedStage | undefined;
  private readonly isTimed: boolean;
  private readonly ends: readonly AskedStage[];
  private readonly cancelling: readonly AskedStage[];
  readonly waits: boolean;

  constructor(chain: Chain) {
    this.chain = chain;
    const stages: AskedStage[] = [];
    let each: AskedStage = chain.operation.outer;
    for (; each !== chain.answer; each = each.outer) stages.push(each);
    // From inside: the innermost retry is the one that the function hears of.
    this.retry = stages.find(({ attemptOf }) => attemptOf !== undefined);
    this.isTimed = stages.some(({ timedOut }) => timedOut !== undefined);
    this.ends = stages.filter(({ returned }) => returned !== undefined);
    this.cancelling = stages.filter((one) => 'cancels' in one);
    this.waits = stages.some(({ waits }) => waits === true);
  }

  /** Runs a function under the policies of the chain. */
  execute(fn: PeerFunction, signal: unknown, passesSignal: boolean): Promise<unknown> {
    if (typeof fn !== 'function')
      return Promise.reject(new TypeError(`execute: expected a function, got ${show(fn)}.`));
    if (signal !== undefined && signal !== null && !isSignal(signal)) {
      return Promise.reject(
        new TypeError(`execute: expected \`signal\` to be an AbortSignal, got ${show(signal)}.`),
      );
    }
    const execution = new PeerExecution(this, fn, signal ?? undefined, passesSignal);
    return this.chain.start(execution).promise();
  }

  /** Whether who has left already is told so by a `TaskCancelledError`. */
  get cancels(): boolean {
    return this.cancelling.some(({ cancels }) => cancels === true);
  }

  signalOf(scope: Scope): AbortSignal {
    if (!this.isTimed)
      return (scope.execution.callerSignal as AbortSignal | undefined) ?? neverAborted;
    const { signal } = scope;
    keepScope(signal, scope);
    if (this.ends.length === 0) return signal;
    return AbortSignal.any([
      signal,
      ...this.ends.map((stage) => (stage.returned as (scope: Scope) => AbortSignal)(scope)),
    ]);
  }

  contextOf(scope: Scope, fn: PeerFunction): PeerContext {
    const attempt = this.retry?.attemptOf?.(scope);
    if (this.isTimed && fn.length === 0) return this.lazyContext(scope, attempt);
    const signal = this.signalOf(scope);
    return attempt === undefined ? { signal } : { attempt, signal };
  }

  /** For a function that names no parameter, and so hardly looks at its signal, which takes time to make. */
  private lazyContext(scope: Scope, attempt: number | undefined): PeerContext {
    let made: AbortSignal | undefined;
    const plan = this;
    const context = {
      get signal() {
        return (made ??= plan.signalOf(scope));
      },
    };
    if (attempt !== undefined) Object.assign(context, { attempt });
    return context;
  }
}

/** An error that a function ended with by itself after its call had been interrupted. */
interface OwnFailure {
  readonly by: Position;
  readonly error: unknown;
}

export class PeerExecution extends Execution {
  readonly plan: Plan;
  ownFailure: OwnFailure | undefined = undefined;
  private readonly fn: PeerFunction;
  private readonly passesSignal: boolean;
  private latest: { readonly scope: Scope; readonly error: unknown } | undefined = undefined;

  constructor(plan: Plan, fn: PeerFunction, signal: SignalLike | undefined, passesSignal: boolean) {
    super(plan.chain, fn, signal === undefined ? undefined : { signal: signal as AbortSignal });
    this.plan = plan;
    this.fn = fn;
    this.passesSignal = passesSignal;
  }

  /** A function that is told to stop and does so has a moment for it: its own answer counts. */
  override get passesPromises(): boolean {
    return true;
  }

  protected override invoke(scope: Scope): unknown {
    const { fn, plan } = this;
    const context = plan.contextOf(scope, fn);
    let answer: unknown;
    try {
      answer = this.passesSignal ? fn(context, context.signal) : fn(context);
      // A value comes a promise job later, as an error does: nobody is told before the caller has the promise.
      if (!isThenable(answer)) return Promise.resolve(answer);
    } catch (error) {
      answer = Promise.reject(error);
    }
    if (this.callerSignal === undefined && !plan.waits) return answer;
    const promise = Promise.resolve(answer);
    promise.then(undefined, (error: unknown) => {
      this.latest = { scope, error };
    });
    return promise;
  }

  override attemptFailed(
    scope: Scope,
    outcome: Exclude<AttemptOutcome, 'success'>,
    error: unknown,
  ): void {
    const { latest } = this;
    if (latest?.scope === scope && scope.interruptedBy !== undefined)
      this.ownFailure = { by: scope.interruptedBy, error: latest.error };
    super.attemptFailed(scope, outcome, error);
  }

  override fail(failure: unknown): void {
    const { outermost, chain } = this;
    if (
      !this.answered &&
      outermost.interruptedBy === chain.answer &&
      !isTimeLimit(outermost.reason)
    ) {
      const own = this.ownFailure;
      if (own?.by === chain.answer) outermost.reason = own.error;
      else if (this.attempts === 0 && this.plan.cancels)
        outermost.reason = TaskCancelledError.by(outermost.reason);
    }
    super.fail(failure);
  }

  override emit<Type extends EventType>(
    reporter: Reporter,
    type: Type,
    fields: EventFields[Type],
    severity?: Severity,
  ): void {
    super.emit(reporter, type, fields, severity);
    if (type === 'timeout.exceeded')
      (reporter as { readonly outer?: AskedStage }).outer?.timedOut?.(this);
  }
}

/** The signal that a function would be given now. */
export function signalOf(scope: Scope): AbortSignal {
  const { execution } = scope;
  return execution instanceof PeerExecution ? execution.plan.signalOf(scope) : scope.signal;
}

/** How a call inside has failed by itself; nothing where it was only ended from outside. */
export function outcomeBehind(scope: Scope, error: unknown): FailureReason<never> | undefined {
  if (scope.interruptedBy === undefined) return { error };
  const own = ownFailureOf(scope, scope.interruptedBy);
  return own === undefined ? undefined : { error: own.error };
}

/** What the function itself has ended with after `by` had interrupted its call. */
export function ownFailureOf(scope: Scope, by: Position): OwnFailure | undefined {
  const { execution } = scope;
  const own = execution instanceof PeerExecution ? execution.ownFailure : undefined;
  return own?.by === by ? own : undefined;
}

/** A call that had been interrupted has ended with another error than its function's. */
export function endsWith(scope: Scope, error: unknown): void {
  const { execution, interruptedBy } = scope;
  if (execution instanceof PeerExecution && interruptedBy !== undefined)
    execution.ownFailure = { by: interruptedBy, error };
}
