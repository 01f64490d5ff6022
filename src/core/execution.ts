/**
 * One execution, from the caller's call to the caller's answer.
 */
import type { SignalLike } from './abort.ts';
import { Answer } from './answer.ts';
import { Caller } from './caller.ts';
import { listened } from './channels.ts';
import { attemptSaid, vet } from './carried-out.ts';
import { attemptEnded, executionEnded, traceAttempt } from './tracing.ts';
import { scopeBehind } from './caller-signal.ts';
import type { Chain } from './chain.ts';
import { isTimeLimit } from './errors.ts';
import type { EventFields, EventType, RetryRefusal, Severity } from './events.ts';
import { lazyContext } from './lazy-context.ts';
import {
  type EventSource,
  type PipelineMetrics,
  pipelineItself,
  type Reporter,
} from './pipeline-metrics.ts';
import { isSeverity, nextId, outcomeOf, type PendingFailure, reportEnd } from './reports.ts';
import type { AttemptOutcome, ExecuteOptions, ExecutionOutcome, Operation } from './policy.ts';
import type { Limit } from './limit.ts';
import { Scope } from './scope.ts';
import { now } from './time.ts';

const noOptions: ExecuteOptions = Object.freeze({});

export class Execution extends Answer implements EventSource {
  readonly chain: Chain;
  readonly operation: Operation<unknown>;
  readonly startedAt: number;
  /** The clock, read whenever the execution is taken up again: all that happens until it rests happens at this instant. */
  time: number;
  /** How often the operation has been started. */
  attempts = 0;
  /** Why a retry has made no further attempt; unless another one has, since. */
  retryRefused: RetryRefusal | undefined = undefined;
  outermost: Scope;
  /** What the first attempt failed with of which nobody knows that it did nothing. */
  uncertain: unknown = undefined;
  /** The latest error on its way out that is known not to be taken for safe. */
  vetted: unknown = undefined;
  /** The scopes whose operations still run although nobody waits for their answer. */
  abandoned: Set<Scope> | undefined = undefined;
  protected readonly options: ExecuteOptions;
  private pending: PendingFailure | undefined = undefined;
  /** The id or, of work that was detached, the execution that it is done for. */
  private identity: string | Execution | undefined = undefined;
  private caller: Caller | undefined = undefined;

  constructor(
    chain: Chain,
    operation: Operation<unknown>,
    options: ExecuteOptions | undefined,
    limit?: Limit,
  ) {
    super();
    this.chain = chain;
    this.operation = operation;
    this.options = options ?? noOptions;
    this.startedAt = this.time = now();
    this.outermost = new Scope(this, undefined, undefined, chain.makeNotes(), limit, this.options);
  }

  get metrics(): PipelineMetrics {
    return this.chain.metrics;
  }

  /** The name of the pipeline that the caller called. */
  get pipeline(): string {
    return this.metrics.name;
  }

  get callerSignal(): SignalLike | undefined {
    return this.options.signal;
  }

  get key(): string | undefined {
    return this.options.key ?? this.chain.key;
  }

  /** The scope in the pipeline around, where one is known in which a policy may answer in place of this call. */
  get enclosing(): Scope | undefined {
    return this.identity instanceof Execution
      ? this.identity.enclosing
      : scopeBehind(this.options.signal);
  }

  /** Whether pipelines inside have to know of this one: its policies may answer for them, share with them, or wait for them. */
  get concernsInside(): boolean {
    return (
      this.chain.concernsInside ||
      this.identity instanceof Execution ||
      this.enclosing !== undefined
    );
  }

  get id(): string {
    if (this.identity instanceof Execution) return this.identity.id;
    this.identity ??= nextId();
    return this.identity;
  }

  touch(): void {
    this.time = now();
  }

  /**
   * One of its own for work that outlives this caller: it has attempts, but answers nobody and is no execution. Events
   * carry the id of the one that it is done for.
   */
  detach({ key, attributes }: ExecuteOptions): Execution {
    const work = new Execution(this.chain, this.operation, { key, attributes });
    work.doneFor(this);
    return work;
  }

  /** Detached work goes on for another execution. */
  doneFor(execution: Execution): void {
    this.answered = true;
    this.identity = execution;
    this.attempts = Math.max(this.attempts, execution.attempts);
  }

  /** Whether it is work that outlives its caller. */
  private get isDetached(): boolean {
    return this.identity instanceof Execution;
  }

  /** Takes up what was done for this execution elsewhere: the attempts, and a failure that is still to be reported. */
  takeUp(work: Execution): void {
    this.attempts = Math.max(this.attempts, work.attempts);
    if (work.pending === undefined) return;
    this.reportFailure(false);
    this.pending = work.pending;
    work.pending = undefined;
  }

  /** Takes up the caller's limit and signal. Returns false when the signal has aborted already, and the call is over. */
  begin(): boolean {
    this.metrics.inFlight++;
    const { timeout = Infinity, signal } = this.options;
    if (timeout === Infinity && signal === undefined) return true;
    this.caller = new Caller(this);
    if (timeout !== Infinity) this.caller.bound(timeout);
    return signal === undefined || this.caller.heed(signal);
  }

  /** Calls the operation, on behalf of one scope. */
  operate(scope: Scope): unknown {
    return listened.attempt ? traceAttempt(scope, () => this.invoke(scope)) : this.invoke(scope);
  }

  protected invoke(scope: Scope): unknown {
    const { operation } = this;
    return operation.length === 0 ? operation(lazyContext(scope)) : operation(scope.startContext);
  }

  /** The operation has answered with a promise of another make, out of which a value takes longer. */
  answersLate(): void {
    if (this.caller !== undefined) this.caller.isAnsweredLate = true;
  }

  /** Whether a value on its way out may be in a promise of a user's policy. */
  get passesPromises(): boolean {
    return this.chain.hasPromises;
  }

  succeed(value: unknown): void {
    if (this.answered) return;
    const outcome = this.outermost.outcomeOverride ?? 'success';
    this.close(outcome);
    if (this.chain.sinks.wantsExecutionSucceeded) {
      this.emit(pipelineItself, 'execution.succeeded', {
        attempts: this.attempts,
        duration: this.duration,
      });
    }
    if (listened.execute) executionEnded(this, outcome, value);
    this.answerWith(value);
  }

  fail(failure: unknown): void {
    if (this.answered) return;
    const { outermost } = this;
    const ended = outermost.interruptedBy !== undefined;
    const error = ended ? outermost.reason : failure;
    if (ended && outermost.mayHaveRun > 0) vet(outermost, error);
    const outcome = ended ? (outermost.isCancelled ? 'cancelled' : 'timeout') : outcomeOf(error);
    this.close(outcome);
    reportEnd(this, error, outcome);
    if (listened.execute) executionEnded(this, outcome, error);
    this.failWith(error);
  }

  attemptSucceeded(scope: Scope, value: unknown): void {
    if (listened.attempt) attemptEnded(scope, 'success', value);
    const { metrics } = this;
    const duration = this.time - scope.startedAt;
    metrics.attempt('success', duration);
    this.reportFailure(false);
    if (!this.chain.sinks.wantsAttemptSucceeded) return;
    this.emit(pipelineItself, 'attempt.succeeded', { attempt: scope.attempt, duration });
  }

  /** The report of it waits until it is known what follows. */
  attemptFailed(scope: Scope, outcome: Exclude<AttemptOutcome, 'success'>, error: unknown): void {
    if (listened.attempt) attemptEnded(scope, outcome, error);
    const { metrics } = this;
    const duration = this.time - scope.startedAt;
    metrics.attempt(outcome, duration, attemptSaid(scope, outcome, error));
    if (outcome === 'cancelled') return;
    this.reportFailure(false);
    this.pending = { attempt: scope.attempt, duration, error, handled: false };
    // One that was left behind by a policy of a user's own.
    if (this.answered && !this.isDetached) this.reportFailure(false);
  }

  /** What an attempt counts as that somebody ended from outside. */
  interruptionOutcome(scope: Scope): 'timeout' | 'cancelled' {
    return isTimeLimit(scope.reason) ? 'timeout' : 'cancelled';
  }

  /** A retry was refused, or another one follows. */
  noteRetry(refused: RetryRefusal | undefined): void {
    this.retryRefused = refused;
  }

  /** A policy acts on the failure of the last attempt. */
  handled(): void {
    if (this.pending !== undefined) this.pending.handled = true;
  }

  /** Reports the attempt that failed last, if it has not been reported yet. */
  reportFailure(final: boolean): void {
    const failure = this.pending;
    if (failure === undefined) return;
    this.pending = undefined;
    this.emit(pipelineItself, 'attempt.failed', { ...failure, final });
  }

  emit<Type extends EventType>(
    reporter: Reporter,
    type: Type,
    fields: EventFields[Type],
    severity?: Severity,
  ): void {
    this.metrics.emit(reporter, this, type, fields, severity, this.chain.sinks);
  }

  report(reporter: Reporter | undefined, event: { type: string; [field: string]: unknown }): void {
    const severity = isSeverity(event['severity']) ? event['severity'] : 'info';
    const { chain, metrics } = this;
    metrics.send(reporter ?? pipelineItself, this, event.type, severity, event, chain.sinks);
  }

  get duration(): number {
    return this.time - this.startedAt;
  }

  private close(outcome: ExecutionOutcome): void {
    this.answered = true;
    this.caller?.leave();
    this.metrics.executed(outcome, this.duration);
    if (this.pending !== undefined) this.reportFailure(true);
  }
}
