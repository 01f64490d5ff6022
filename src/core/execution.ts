/**
 * One execution, from the caller's call to the caller's answer.
 */
import { type AbortListener, listen, reasonOf, type SignalLike, unlisten } from './abort.ts';
import { type AsyncContext, capture, within } from './async-context.ts';
import { Scope, scopeOf, type ChainPort, type ExecutionPort } from './scope.ts';
import { RejectedError, TimeoutError } from './errors.ts';
import type { EventFields, EventType, Severity } from './events.ts';
import {
  type PipelineMetrics,
  pipelineItself,
  type Reporter,
  type EventSource,
} from './pipeline-metrics.ts';
import type {
  AttemptOutcome,
  ExecuteOptions,
  PolicyContext,
  ExecutionOutcome,
  Operation,
} from './policy.ts';
import { now, settled } from './time.ts';

/** A failed attempt that is reported as soon as it is known what follows from it. */
interface PendingFailure {
  readonly attempt: number;
  readonly duration: number;
  readonly error: unknown;
  handled: boolean;
}

const noOptions: ExecuteOptions = Object.freeze({});
const ignore = (): void => {};
const processId: string = Math.random().toString(36).slice(2, 8);
let identified = 0;

export class Execution implements ExecutionPort, AbortListener, EventSource {
  readonly route: ChainPort;
  readonly operation: Operation<unknown>;
  readonly startedAt: number;
  time: number;
  attempts = 0;
  outcomeOverride: ExecutionOutcome | undefined = undefined;
  outermost: Scope;
  readonly via: PolicyContext | undefined;
  private readonly options: ExecuteOptions;
  private readonly resolve: (answer: unknown) => void;
  private readonly reject: (error: unknown) => void;
  private pending: PendingFailure | undefined = undefined;
  private answered = false;
  private closed = false;
  private identity: string | undefined = undefined;
  private asyncContext: AsyncContext = undefined;

  constructor(
    route: ChainPort,
    operation: Operation<unknown>,
    options: ExecuteOptions | undefined,
    resolve: (answer: unknown) => void,
    reject: (error: unknown) => void,
    via: PolicyContext | undefined,
  ) {
    this.route = route;
    this.operation = operation;
    this.options = options ?? noOptions;
    this.resolve = resolve;
    this.reject = reject;
    this.via = via;
    this.startedAt = this.time = now();
    const limit =
      via === undefined || via.deadline === Infinity ? undefined : { instant: via.deadline };
    this.outermost = new Scope(this, undefined, undefined, route.makeNotes(), limit, this.options);
  }

  get metrics(): PipelineMetrics {
    return this.route.metrics;
  }

  get pipeline(): string {
    return this.via === undefined ? this.metrics.name : this.via.pipeline;
  }

  /** The call around this execution, where a policy is applied by hand inside another pipeline. */
  private get around(): Scope | undefined {
    return (this.via as { readonly [scopeOf]?: Scope } | undefined)?.[scopeOf];
  }

  get key(): string | undefined {
    return this.options.key ?? this.route.key;
  }

  get id(): string {
    this.identity ??= `${processId}-${(++identified).toString(36)}`;
    return this.identity;
  }

  touch(): void {
    this.time = now();
  }

  detach(): Execution {
    const { key, attributes } = this.options;
    const execution = new Execution(
      this.route,
      this.operation,
      { key, attributes },
      ignore,
      ignore,
      this.via,
    );
    execution.answered = true;
    return execution;
  }

  /** Listens to the caller's signal. Returns false when it has aborted already, and the call is over. */
  begin(): boolean {
    this.metrics.inFlight++;
    const signal: SignalLike | undefined = this.options.signal;
    if (signal === undefined) return true;
    if (signal.aborted) {
      this.outermost.interrupt(this.route.answer, reasonOf(signal));
      this.fail(undefined);
      return false;
    }
    this.asyncContext = capture();
    listen(signal, this);
    return true;
  }

  /** The caller's signal has aborted. */
  aborted(reason: unknown): void {
    this.outermost.interrupt(this.route.answer, reason);
    const giveUp = (): void => {
      if (this.answered) return;
      within(this.asyncContext, () => {
        this.touch();
        this.outermost.settleInterrupted(true);
      });
    };
    // A promise job later, so that an operation that has settled already keeps its value; after all promise jobs
    // where that value may be on its way out through promises of a user's policy.
    if (this.route.hasPromises || this.via !== undefined) void settled().then(giveUp);
    else queueMicrotask(giveUp);
  }

  succeed(value: unknown): void {
    if (this.answered) return;
    this.close(this.outcomeOverride ?? 'success');
    if (this.around !== undefined) this.around.execution.outcomeOverride ??= this.outcomeOverride;
    if (this.metrics.bus.wantsExecutionSucceeded) {
      this.emit(pipelineItself, 'execution.succeeded', {
        attempts: this.attempts,
        duration: this.duration,
      });
    }
    this.resolve(value);
  }

  fail(error: unknown): void {
    if (this.answered) return;
    const { attempts } = this;
    if (this.outermost.interruptedBy !== undefined) {
      const { reason } = this.outermost;
      this.close('cancelled');
      if (this.metrics.reports) {
        this.emit(pipelineItself, 'execution.cancelled', {
          attempts,
          duration: this.duration,
          reason,
        });
      }
      this.reject(reason);
      return;
    }
    const outcome = outcomeOf(error);
    this.close(outcome);
    if (this.metrics.reports) {
      this.emit(pipelineItself, 'execution.failed', {
        attempts,
        duration: this.duration,
        error,
        outcome,
      });
    }
    this.reject(error);
  }

  attemptSucceeded(scope: Scope): void {
    const { metrics } = this;
    if (!metrics.reports) return;
    metrics.attempts.success++;
    this.reportFailure(false);
    const duration = this.time - scope.startedAt;
    recordAttempt(metrics, duration);
    if (!metrics.bus.wantsAttemptSucceeded) return;
    this.emit(pipelineItself, 'attempt.succeeded', { attempt: scope.attempt, duration });
  }

  /** The report of it waits until it is known what follows. */
  attemptFailed(scope: Scope, outcome: Exclude<AttemptOutcome, 'success'>, error: unknown): void {
    const { metrics } = this;
    if (!metrics.reports) return;
    metrics.attempts[outcome]++;
    const duration = this.time - scope.startedAt;
    recordAttempt(metrics, duration);
    if (outcome === 'cancelled') return;
    this.reportFailure(false);
    this.pending = { attempt: scope.attempt, duration, error, handled: false };
    // One that was left behind by a policy of a user's own.
    if (this.closed) this.reportFailure(false);
  }

  interruptionOutcome(scope: Scope): 'timeout' | 'cancelled' {
    const { around } = this;
    if (around !== undefined && scope.interruptedBy === this.route.answer)
      return around.execution.interruptionOutcome(around);
    return scope.interruptedBy !== this.route.answer && scope.reason instanceof TimeoutError
      ? 'timeout'
      : 'cancelled';
  }

  handled(): void {
    if (this.around !== undefined) this.around.execution.handled();
    else if (this.pending !== undefined) this.pending.handled = true;
  }

  reportFailure(final: boolean): void {
    if (this.around !== undefined) {
      this.around.execution.reportFailure(final);
      return;
    }
    const failure = this.pending;
    if (failure === undefined) return;
    this.pending = undefined;
    this.emit(pipelineItself, 'attempt.failed', { ...failure, final });
  }

  emit<Type extends EventType>(reporter: Reporter, type: Type, fields: EventFields[Type]): void {
    this.metrics.emit(reporter, this, type, fields);
  }

  report(reporter: Reporter | undefined, event: { type: string; [field: string]: unknown }): void {
    const severity = isSeverity(event['severity']) ? event['severity'] : 'info';
    this.metrics.send(reporter ?? pipelineItself, this, event.type, severity, event);
  }

  private get duration(): number {
    return this.time - this.startedAt;
  }

  private close(outcome: ExecutionOutcome): void {
    this.answered = true;
    this.closed = true;
    const { signal } = this.options;
    if (signal !== undefined) unlisten(signal, this);
    const { metrics } = this;
    metrics.inFlight--;
    metrics.executions[outcome]++;
    const { recorders } = metrics;
    for (let each = 0; each < recorders.length; each++) {
      try {
        recorders[each]?.execution(outcome, this.duration);
      } catch {
        metrics.bus.recorderFailed();
      }
    }
    if (this.pending !== undefined) this.reportFailure(true);
  }
}

function recordAttempt({ recorders, bus }: PipelineMetrics, duration: number): void {
  for (let each = 0; each < recorders.length; each++) {
    try {
      recorders[each]?.attempt(duration);
    } catch {
      bus.recorderFailed();
    }
  }
}

function outcomeOf(error: unknown): ExecutionOutcome {
  if (error instanceof RejectedError) return 'rejected';
  return error instanceof TimeoutError ? 'timeout' : 'failure';
}

/** Whether it is one that has to be asked for; `info` is what everything else is. */
function isSeverity(value: unknown): value is Exclude<Severity, 'info'> {
  return value === 'debug' || value === 'warn' || value === 'error';
}
