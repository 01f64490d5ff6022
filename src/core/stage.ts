/**
 * How a built-in policy stands in a pipeline: as a stage, which a call enters on its way in and leaves by
 * `succeed` or `fail` on its way out. Stages are linked when the pipeline is made, and calls pass through them
 * without a promise or a closure of their own; that is why many policies cost little more than one.
 */
import { vet } from './carried-out.ts';
import type { CircuitView } from './circuit-view.ts';
import type { Position, Scope } from './scope.ts';
import type { CircuitState, EventFields, EventType, Severity } from './events.ts';
import type { Counters, PipelineMetrics, Reporter } from './pipeline-metrics.ts';
import type { Policy } from './policy.ts';

/** The pipeline that a stage stands in. */
interface Announcer {
  announce<Type extends EventType>(
    reporter: Reporter,
    type: Type,
    fields: EventFields[Type],
    severity?: Severity,
  ): void;
}

/** Where a stage stands: in which pipeline, under which name, at which index from outside. */
export interface Place extends Reporter {
  readonly metrics: PipelineMetrics;
  readonly index: number;
  readonly chain: Announcer;
  /** True for the first who asks about a thing in this pipeline: policies that share a budget pay in once. */
  claim(thing: object): boolean;
}

/** Whoever has gauges, under a name and a kind. */
export interface GaugeReader extends Reporter {
  gauges(): Readonly<Record<string, number>>;
  readonly gauged: object;
  /** The circuit, of a policy that is one. */
  readonly view?: CircuitView | undefined;
}

export abstract class Stage implements Position, Reporter {
  readonly metrics: PipelineMetrics;
  readonly name: string;
  readonly kind: string;
  /** The distance from outside; also where calls keep what this stage notes about them. */
  readonly index: number;
  readonly counters: Counters;
  private readonly chain: Announcer;
  inner!: Stage;
  /** The next stage outside; none of the one that answers the caller. */
  outer!: Stage;
  /** The next place inside where a call that comes in has to stop. */
  nextEntering!: Stage;
  /** The next place outside where a value that goes out has to stop. */
  nextSucceeding!: Stage;

  constructor(place: Place, counters: Readonly<Counters> = {}) {
    this.metrics = place.metrics;
    this.name = place.name;
    this.kind = place.kind;
    this.index = place.index;
    this.chain = place.chain;
    // The ends of a chain are no policies.
    this.counters = place.name === '' ? counters : place.metrics.countersOf(place, counters);
  }

  get pipeline(): string {
    return this.metrics.name;
  }

  /** A call comes in. Either let it further in, or answer in its place by `this.nextSucceeding.succeed` or `this.outer.fail`. */
  enter(scope: Scope): void {
    this.nextEntering.enter(scope);
  }

  /** What is inside has answered with a value. */
  succeed(scope: Scope, value: unknown): void {
    this.nextSucceeding.succeed(scope, value);
  }

  /** Hands a failure over from the place inside: all pass here, on every step of their way out. */
  fail(scope: Scope, error: unknown): void {
    if (scope.mayHaveRun > 0 && scope.execution.vetted !== error) vet(scope, error);
    this.failedInside(scope, error);
  }

  /** What is inside has failed. */
  protected failedInside(scope: Scope, error: unknown): void {
    this.outer.fail(scope, error);
  }

  /** A value has come out of what is inside when nobody waited for it any more. */
  late(scope: Scope, value: unknown): void {
    this.outer.late(scope, value);
  }

  /** Whether this stage would answer at once in place of a call that fails with this error. */
  wouldAnswer(_scope: Scope, _error: unknown): boolean {
    return false;
  }

  /** Whether pipelines inside have to know of a call that is in here: to be answered in its place, or to share what it has. */
  get concernsInside(): boolean {
    return this.wouldAnswer !== Stage.prototype.wouldAnswer;
  }

  /** Whose gauges are read here: its own, or those of the policies that it stands for. */
  get readers(): readonly GaugeReader[] {
    return [this];
  }

  /** What holds at this moment. */
  gauges(): Readonly<Record<string, number>> {
    return {};
  }

  /** Whose gauges they are: one that stages in several pipelines share is counted once. */
  get gauged(): object {
    return this;
  }

  /** The circuit of a policy that is one. */
  get view(): CircuitView | undefined {
    return undefined;
  }

  /** Whether what this stage holds matters at this moment: an open circuit, permits in use. */
  get holdsState(): boolean {
    return false;
  }

  /** The state of a circuit that is not closed, and would be forgotten with this stage. */
  get lostState(): CircuitState | undefined {
    return undefined;
  }

  /** The pipeline leaves the registry: let go of what outlives it. */
  dispose(): void {}

  /** Whether somebody further out, in this pipeline or in one around it, would answer at once in place of the call. */
  protected isAnsweredOutside(scope: Scope, error: unknown): boolean {
    let [stage, inside]: [Stage | undefined, Scope | undefined] = [this.outer, scope];
    while (inside !== undefined) {
      for (; stage !== undefined; stage = stage.outer)
        if (stage.wouldAnswer(inside, error)) return true;
      inside = inside.execution.enclosing;
      stage = inside?.execution.chain.operation;
    }
    return false;
  }

  protected count(counter: string): void {
    this.counters[counter] = (this.counters[counter] ?? 0) + 1;
  }

  /** Tells of what belongs to no call. */
  protected announce<Type extends EventType>(
    type: Type,
    fields: EventFields[Type],
    severity?: Severity,
  ): void {
    this.chain.announce(this, type, fields, severity);
  }

  protected emit<Type extends EventType>(
    scope: Scope,
    type: Type,
    fields: EventFields[Type],
  ): void {
    scope.execution.emit(this, type, fields);
  }
}

/** Marks a policy that brings a stage of its own; all others are composed by their `apply`. */
export const stage: unique symbol = Symbol('kedge.stage');

/** A policy of kedge's own. */
export interface StagedPolicy<Alternative = never> extends Policy<Alternative> {
  [stage](place: Place): Stage;
}

export function isStaged(policy: Policy<unknown>): policy is StagedPolicy<unknown> {
  return typeof (policy as Partial<StagedPolicy>)[stage] === 'function';
}
