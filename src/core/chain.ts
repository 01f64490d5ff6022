/**
 * Composing: policies become a chain of stages between the place of the answer and that of the operation.
 */
import { listened } from './channels.ts';
import { mistakeIn } from './execute-options.ts';
import type { Scope } from './scope.ts';
import { CustomStage } from './custom.ts';
import { TimeoutError } from './errors.ts';
import { PipelineSinks } from './event-bus.ts';
import type { CircuitState, EventFields, EventType, Severity } from './events.ts';
import type { GaugeReading } from './gauges.ts';
import type { PipelineMetrics, Reporter } from './pipeline-metrics.ts';
import { named, present } from './given-policies.ts';
import type { Absent, ExecuteOptions, Operation, Policy } from './policy.ts';
import { Execution } from './execution.ts';
import type { Sink, Sinks } from './sinks.ts';
import { isStaged, type Place, Stage, stage } from './stage.ts';
import { isThenable } from './thenable.ts';
import { traceExecution } from './tracing.ts';

/** Outside all policies: the caller is answered. */
class CallerEnd extends Stage {
  override succeed(scope: Scope, value: unknown): void {
    scope.execution.succeed(value);
  }

  protected override failedInside(scope: Scope, error: unknown): void {
    scope.execution.fail(error);
  }

  override late(scope: Scope, value: unknown): void {
    scope.execution.dropLate(value);
  }
}

/** Inside all policies: the operation is called. */
class OperationEnd extends Stage {
  override enter(scope: Scope): void {
    if (scope.interruptedBy !== undefined) {
      this.outer.fail(scope, scope.reason);
      return;
    }
    scope.begin();
    let outcome: unknown;
    try {
      outcome = scope.execution.operate(scope);
      if (isThenable(outcome)) {
        this.await(scope, outcome);
        return;
      }
    } catch (error) {
      scope.execution.touch();
      this.failed(scope, error);
      return;
    }
    scope.execution.touch();
    this.succeed(scope, outcome);
  }

  private await(scope: Scope, outcome: PromiseLike<unknown>): void {
    const promise = Promise.resolve(outcome);
    if (promise !== outcome) scope.execution.answersLate();
    promise.then(
      (value) => {
        scope.execution.touch();
        this.succeed(scope, value);
      },
      (error: unknown) => {
        scope.execution.touch();
        this.failed(scope, error);
      },
    );
  }

  override succeed(scope: Scope, value: unknown): void {
    if (!scope.end()) {
      this.outer.late(scope, value);
      return;
    }
    scope.execution.attemptSucceeded(scope, value);
    this.nextSucceeding.succeed(scope, value);
  }

  private failed(scope: Scope, error: unknown): void {
    if (!scope.end()) return;
    if (scope.interruptedBy === undefined) {
      scope.execution.attemptFailed(scope, 'failure', error);
      this.outer.fail(scope, error);
      return;
    }
    // It gave way to its signal: what it says then is at most a detail of why it was ended.
    if (scope.reason instanceof TimeoutError) scope.reason.explain(error);
    scope.execution.attemptFailed(scope, scope.execution.interruptionOutcome(scope), scope.reason);
    this.outer.fail(scope, scope.reason);
  }
}

/** A composed pipeline. */
export class Chain {
  readonly metrics: PipelineMetrics;
  /** Those who are told: the sinks of all pipelines, and of this one where it has any of its own. */
  sinks: Sinks;
  readonly key: string | undefined;
  readonly answer: Stage;
  readonly operation: Stage;
  readonly policies: readonly Policy<unknown>[];
  readonly makeNotes: () => unknown[];
  readonly hasPromises: boolean;
  /** Whether pipelines inside have to know of a call in this one. */
  readonly concernsInside: boolean;
  private readonly stages: readonly Stage[];

  private hasLeft = false;
  /** The family of keyed pipelines that this is one of: it stays as long as one of them does. */
  readonly family: object | undefined;

  constructor(
    metrics: PipelineMetrics,
    given: readonly (Policy<unknown> | Absent)[],
    keyed?: { readonly key: string; readonly family: object },
  ) {
    this.metrics = metrics;
    this.sinks = metrics.bus;
    this.key = keyed?.key;
    this.family = keyed?.family;
    const policies = present(metrics.name, given);
    this.policies = Object.freeze(named(policies));
    const claimed = new Set<object>();
    const place = (name: string, kind: string, index: number): Place => ({
      metrics,
      name,
      kind,
      index,
      chain: this,
      claim: (thing) => !claimed.has(thing) && claimed.add(thing) !== undefined,
    });
    this.stages = policies.map((policy, position) => {
      const { name, kind } = this.policies[position] as Policy<unknown>;
      const here = place(name, kind, position + 1);
      return isStaged(policy) ? policy[stage](here) : new CustomStage(here, policy);
    });
    this.hasPromises = this.stages.some((each) => each instanceof CustomStage);
    this.concernsInside = this.stages.some((each) => each.concernsInside);
    this.answer = new CallerEnd(place('', 'pipeline', 0));
    this.operation = new OperationEnd(place('', 'pipeline', policies.length + 1));
    this.makeNotes = notesFor(policies.length + 1);
    let outer = this.answer;
    for (const next of [...this.stages, this.operation]) {
      outer.inner = next;
      next.outer = outer;
      outer = next;
    }
    link(this.answer);
  }

  execute(operation: Operation<unknown>, options: ExecuteOptions | undefined): Promise<unknown> {
    const mistake = mistakeIn(operation, options);
    if (mistake !== undefined) return Promise.reject(new TypeError(`execute: ${mistake}`));
    return this.start(new Execution(this, operation, options)).promise();
  }

  settle(
    operation: Operation<unknown>,
    options: ExecuteOptions | undefined,
  ): Promise<PromiseSettledResult<unknown>> {
    const mistake = mistakeIn(operation, options);
    if (mistake !== undefined)
      return Promise.resolve({ status: 'rejected', reason: new TypeError(`execute: ${mistake}`) });
    return this.start(new Execution(this, operation, options)).settlement();
  }

  /** Attaches sinks to this pipeline alone. */
  observe(sinks: readonly Sink[]): () => void {
    if (this.sinks === this.metrics.bus) this.sinks = new PipelineSinks(this.metrics);
    return this.sinks.attachAll(sinks);
  }

  /** Tells of what belongs to no call. */
  announce<Type extends EventType>(
    reporter: Reporter,
    type: Type,
    fields: EventFields[Type],
    severity?: Severity,
  ): void {
    this.metrics.emit(reporter, undefined, type, fields, severity, this.sinks);
  }

  /** Lets an execution of this chain begin, followed by whoever follows calls. */
  start(execution: Execution): Execution {
    if (!listened.execute) return this.run(execution);
    traceExecution(execution, () => void this.run(execution));
    return execution;
  }

  run(execution: Execution): Execution {
    if (execution.begin()) this.answer.nextEntering.enter(execution.outermost);
    return execution;
  }

  /** What holds at this moment, policy by policy. */
  readings(): GaugeReading[] {
    const { key } = this;
    return this.stages
      .flatMap(({ readers }) => readers)
      .map((each) => {
        const { name, kind, gauged, view } = each;
        const gauges = this.hasLeft ? {} : each.gauges();
        return { name, kind, gauges, of: gauged, key, circuit: this.hasLeft ? undefined : view };
      });
  }

  /** Whether dropping this pipeline would forget something that matters now. */
  get holdsState(): boolean {
    return this.stages.some((each) => each.holdsState);
  }

  /** The circuits that stand in no other pipeline, and are not closed: they would be forgotten with this one. */
  *lostCircuits(): Iterable<Reporter & { readonly state: CircuitState }> {
    for (const { name, kind, lostState: state } of this.stages) {
      if (state !== undefined) yield { name, kind, state };
    }
  }

  dispose(): void {
    this.hasLeft = true;
    for (const each of this.stages) each.dispose();
  }
}

/** Lets calls pass over the stages that have nothing to say about them, on each of their ways. */
function link(answer: Stage): void {
  for (let each: Stage | undefined = answer; each !== undefined; each = each.inner) {
    let { outer } = each;
    while (outer?.succeed === Stage.prototype.succeed) ({ outer } = outer);
    each.nextSucceeding = outer;
  }
  for (let each: Stage | undefined = answer; each !== undefined; each = each.inner) {
    let { inner } = each;
    while (inner?.enter === Stage.prototype.enter) ({ inner } = inner);
    each.nextEntering = inner;
  }
}

/** Four, eight and twelve cover nearly all pipelines, and a literal of a known size is the cheapest array there is. */
function notesFor(size: number): () => unknown[] {
  const none = undefined;
  if (size <= 4) return () => [none, none, none, none];
  if (size <= 8) return () => [none, none, none, none, none, none, none, none];
  if (size <= 12)
    return () => [none, none, none, none, none, none, none, none, none, none, none, none];
  return () => new Array<unknown>(size).fill(none);
}
