import type { CircuitView } from '../../core/circuit-view.ts';
import { CircuitOpenError } from '../../core/errors.ts';
import type { Scope } from '../../core/scope.ts';
import { type Place, Stage } from '../../core/stage.ts';
import { now } from '../../core/time.ts';
import { type CircuitState, circuitTransitions, counterOf } from '../../core/transitions.ts';
import { answerOf, leaveBroken } from '../shared/handle.ts';
import { neverAsked, type Outcome, outcomeOf } from '../shared/outcome.ts';
import type { Circuit } from './circuit.ts';
import type { Permit } from './permit.ts';
import { gaugesOf } from './gauges.ts';
import { probeAround, runAsProbe } from './nesting.ts';
import type { Settings } from './settings.ts';
import { SlowCallTimer } from './slow-call.ts';

/** What the stages of one breaker share. */
export interface SharedCircuit extends CircuitView {
  readonly circuit: Circuit;
  readonly settings: Settings;
  left(stage: BreakerStage): void;
  /** Where the circuit stands first. */
  readonly home: BreakerStage | undefined;
}

const noCounts: Readonly<Record<string, number>> = {
  rejected_circuit_open: 0,
  not_closed_ms: 0,
  ...Object.fromEntries(circuitTransitions.map((each) => [counterOf(each), 0])),
};

export class BreakerStage extends Stage {
  private readonly shared: SharedCircuit;
  private readonly circuit: Circuit;

  constructor(place: Place, shared: SharedCircuit) {
    super(place, noCounts);
    this.shared = shared;
    this.circuit = shared.circuit;
  }

  override enter(scope: Scope): void {
    const { circuit } = this;
    const { time } = scope.execution;
    if (circuit.state !== 'closed') {
      this.probe(scope, time);
      return;
    }
    this.note(scope, circuit.admit(time) as Permit);
    this.nextEntering.enter(scope);
  }

  override succeed(scope: Scope, value: unknown): void {
    const { handleResult } = this.shared.settings;
    const permit = scope.notes[this.index];
    try {
      if (typeof permit === 'number' && handleResult === undefined) {
        scope.notes[this.index] = undefined;
        this.circuit.succeeded(permit, scope.execution.time, sentAt(scope));
        if (this.circuit.news !== undefined) this.tell(scope);
      } else {
        const failed = handleResult?.(value, scope) ?? false;
        this.end(scope, failed ? 'failure' : 'success', undefined);
      }
    } catch (thrown) {
      this.end(scope, 'nothing', undefined);
      leaveBroken(this, scope, thrown, value);
      return;
    }
    this.nextSucceeding.succeed(scope, value);
  }

  protected override failedInside(scope: Scope, error: unknown): void {
    try {
      this.end(scope, this.outcome(scope, error), error);
    } catch (thrown) {
      this.end(scope, 'nothing', undefined);
      leaveBroken(this, scope, thrown, error);
      return;
    }
    this.outer.fail(scope, error);
  }

  override gauges(): Readonly<Record<string, number>> {
    const time = now();
    this.countNotClosed(time);
    return gaugesOf(this.circuit, time);
  }

  /** One circuit is counted once, in however many pipelines it stands. */
  override get gauged(): object {
    return this.circuit;
  }

  override get view(): CircuitView {
    return this.shared;
  }

  override get holdsState(): boolean {
    return this.circuit.state !== 'closed';
  }

  override get lostState(): CircuitState | undefined {
    const { state } = this.circuit;
    return state === 'closed' || this.shared.home !== undefined ? undefined : state;
  }

  override dispose(): void {
    this.countNotClosed(now());
    this.shared.left(this);
  }

  /** Tells of the transitions that nobody has been told of yet; `by` is the call that caused them. */
  tell(by: Scope | undefined): void {
    const { news = [] } = this.circuit;
    this.circuit.news = undefined;
    this.countNotClosed(now());
    for (const { type, fields, to, reason } of news) {
      this.count(counterOf({ from: fields.from, to, reason }));
      // An outage is told of loudly once.
      const severity = type === 'circuit.opened' && fields.openings > 1 ? 'info' : undefined;
      if (by === undefined) this.announce(type, fields, severity);
      else by.execution.emit(this, type, fields, severity);
    }
  }

  /** Counts the time that the circuit was not closed, in the pipeline in which it stands first. */
  private countNotClosed(time: number): void {
    const { counters } = this.shared.home ?? this;
    counters['not_closed_ms'] =
      (counters['not_closed_ms'] ?? 0) + this.circuit.outage.takeNotClosedTime(time);
  }

  /** The circuit is not closed: the call is let in as a probe, or turned away. */
  private probe(scope: Scope, time: number): void {
    const { circuit } = this;
    let permit: Permit | undefined;
    try {
      permit = circuit.admit(time, probeAround(circuit));
    } catch (thrown) {
      leaveBroken(this, scope, thrown);
      return;
    }
    if (circuit.news !== undefined) this.tell(scope);
    if (permit === undefined) {
      this.reject(scope, time);
      return;
    }
    this.note(scope, permit);
    if (typeof permit === 'number') this.nextEntering.enter(scope);
    else runAsProbe(circuit, permit, () => this.nextEntering.enter(scope));
  }

  private note(scope: Scope, permit: Permit): void {
    const { slowCall } = this.shared.settings;
    scope.notes[this.index] =
      slowCall === undefined ? permit : new SlowCallTimer(permit, scope, slowCall, this);
  }

  /** A call is slow, and still under way. */
  slow(permit: Permit, scope: Scope): boolean {
    const noted = this.circuit.slow(permit, now());
    if (this.circuit.news !== undefined) this.tell(scope);
    return noted;
  }

  private reject(scope: Scope, time: number): void {
    const { circuit } = this;
    const retryAfter = circuit.retryAfter(time);
    circuit.outage.turnedAway++;
    this.count('rejected_circuit_open');
    this.emit(scope, 'call.rejected', { reason: 'circuit-open', retryAfter });
    const where = { pipeline: scope.pipeline, policy: this.name };
    const { error } = circuit.outage;
    this.outer.fail(scope, new CircuitOpenError(where, retryAfter, error, circuit.state, circuit));
  }

  private outcome(scope: Scope, error: unknown): Outcome {
    if (neverAsked(scope, error)) return 'nothing';
    const { handle } = this.shared.settings;
    const said = handle && answerOf('circuitBreaker', 'handle', handle(error, scope.context));
    if (said === undefined) return outcomeOf(error);
    return said ? 'failure' : 'success';
  }

  /** Gives the permit back with what the call has shown; once a call. */
  private end(scope: Scope, outcome: Outcome, error: unknown): void {
    const noted = scope.notes[this.index] as Permit | SlowCallTimer | undefined;
    if (noted === undefined) return;
    scope.notes[this.index] = undefined;
    const { circuit } = this;
    const { time } = scope.execution;
    const timer = noted instanceof SlowCallTimer ? noted : undefined;
    timer?.leave();
    circuit.end(timer === undefined ? (noted as Permit) : timer.permit, {
      outcome,
      time,
      sent: sentAt(scope),
      slow: timer !== undefined && (timer.isSlow || time > timer.instant),
      wasSlow: timer?.isSlow ?? false,
      error,
      byItself: CircuitOpenError.isOf(error, circuit),
    });
    if (circuit.news !== undefined) this.tell(scope);
  }
}

/** When a call was sent; one inside which calls are made anew, and which was not sent itself, counts by its end. */
function sentAt({ startedAt, execution: { time } }: Scope): number {
  // Nor can it have been sent later than now: then it began on another clock.
  return startedAt < 0 || startedAt > time ? time : startedAt;
}
