import { RejectedError, TimeoutError } from '../../core/errors.ts';
import type {
  CircuitState as KedgeState,
  EventFields,
  EventType,
  OpenReason,
  Severity,
} from '../../core/events.ts';
import { WeakList } from '../../core/living.ts';
import type { Scope } from '../../core/scope.ts';
import type { Place } from '../../core/stage.ts';
import { now } from '../../core/time.ts';
import { circuitTransitions, counterOf, type TransitionReason } from '../../core/transitions.ts';
import { classify } from '../../verdict/classify.ts';
import { ConsecutiveBreaker } from './breakers.ts';
import type { Circuit, Permit, Transition } from './circuit.ts';
import type { CircuitEmitters } from './circuit-breaker.ts';
import { BrokenCircuitError, IsolatedCircuitError, TaskCancelledError } from './errors.ts';
import { tell } from './events.ts';
import { outcomeBehind, signalOf } from './execution.ts';
import { NotClosed } from './not-closed.ts';
import { type Reports, ReportingStage } from './reports.ts';
import { CircuitState, type FailureReason, type IBreaker } from './types.ts';

/** What the stages of one circuit share, in all chains in which it stands. */
export class SharedCircuit {
  readonly circuit: Circuit;
  readonly emitters: CircuitEmitters;
  readonly breaker: IBreaker;
  readonly notClosed: NotClosed = new NotClosed();
  readonly stages: WeakList<BreakerStage> = new WeakList();

  constructor(circuit: Circuit, emitters: CircuitEmitters, breaker: IBreaker) {
    this.circuit = circuit;
    this.emitters = emitters;
    this.breaker = breaker;
  }
}

/** The words of kedge, by cockatiel's numbers. */
const words: readonly KedgeState[] = ['closed', 'open', 'half-open', 'isolated'];
const word = (state: CircuitState): KedgeState => words[state] as KedgeState;

/** A half-open circuit cannot know when a place will be free; it says so much at most. */
const retryWhileProbing = 500;

const noCounts: Readonly<Record<string, number>> = {
  rejected_circuit_open: 0,
  not_closed_ms: 0,
  ...Object.fromEntries(circuitTransitions.map((each) => [counterOf(each), 0])),
};

export class BreakerStage extends ReportingStage {
  private readonly shared: SharedCircuit;
  private readonly circuit: Circuit;

  constructor(place: Place, reports: Reports, shared: SharedCircuit) {
    super(place, reports, noCounts);
    this.shared = shared;
    this.circuit = shared.circuit;
    shared.stages.add(this);
  }

  override enter(scope: Scope): void {
    const { circuit } = this;
    const { time } = scope.execution;
    let permit: Permit | undefined;
    try {
      permit = circuit.admit(time);
    } catch (thrown) {
      this.outer.fail(scope, thrown);
      return;
    }
    if (circuit.news !== undefined) {
      const { generation } = circuit;
      this.tellNews(scope);
      // A listener has changed the state: it is another one that lets the call in, or not.
      if (circuit.generation !== generation) {
        this.enter(scope);
        return;
      }
    }
    if (permit === undefined) {
      this.reject(scope, time);
      return;
    }
    scope.notes[this.index] = new Admitted(permit, this.reports.isHeard ? time : undefined);
    this.nextEntering.enter(scope);
  }

  override succeed(scope: Scope, value: unknown): void {
    if (this.leave(scope, () => this.judgeValue(scope, value)))
      this.nextSucceeding.succeed(scope, value);
  }

  protected override failedInside(scope: Scope, error: unknown): void {
    if (this.leave(scope, () => this.judgeError(scope, error))) this.outer.fail(scope, error);
  }

  /** Who has left before the function was called hears of it by a `TaskCancelledError`, while trial calls run. */
  get cancels(): boolean {
    return this.circuit.value === CircuitState.HalfOpen;
  }

  override gauges(): Readonly<Record<string, number>> {
    const { value, openings, openedAtWall } = this.circuit;
    this.countNotClosed(now());
    return {
      closed: value === CircuitState.Closed ? 1 : 0,
      open: value === CircuitState.Open ? 1 : 0,
      half_open: value === CircuitState.HalfOpen ? 1 : 0,
      isolated: value === CircuitState.Isolated ? 1 : 0,
      not_closed: openings > 0 ? 1 : 0,
      ...(openedAtWall !== undefined && { last_opened_timestamp_seconds: openedAtWall / 1_000 }),
    };
  }

  /** One circuit is counted once, in however many chains it stands. */
  override get gauged(): object {
    return this.circuit;
  }

  /** Tells of the transitions that nobody has been told of yet; `by` is the call that caused them. */
  tellNews(by: Scope | undefined): void {
    const { news = [] } = this.circuit;
    this.circuit.news = undefined;
    for (const transition of news) this.tellOf(transition, by);
  }

  /** A call comes back. Returns false when a function of the user's has thrown, and the call with it. */
  private leave(scope: Scope, judge: () => void): boolean {
    try {
      judge();
      return true;
    } catch (thrown) {
      this.circuit.neutral(this.admitted(scope).permit);
      this.outer.fail(scope, thrown);
      return false;
    } finally {
      if (this.circuit.news !== undefined) this.tellNews(scope);
    }
  }

  private admitted(scope: Scope): Admitted {
    return scope.notes[this.index] as Admitted;
  }

  private judgeValue(scope: Scope, value: unknown): void {
    const { permit, began } = this.admitted(scope);
    const { time } = scope.execution;
    if (this.reports.filters.resultFilter(value)) {
      const reason = { value };
      this.failed(scope, true, reason, began);
      this.circuit.failed(permit, reason, signalOf(scope), time);
    } else {
      this.succeeded(scope, began);
      this.circuit.succeeded(permit, time);
    }
  }

  private judgeError(scope: Scope, error: unknown): void {
    const { permit, began } = this.admitted(scope);
    const { time } = scope.execution;
    // Ended by a timeout outside, while the function still runs: nobody else will tell the circuit.
    const reason = (outcomeBehind(scope, error) ?? { error: inWords(error) }) as { error: unknown };
    const handled = this.reports.filters.errorFilter(reason.error);
    if (outcomeBehind(scope, error) !== undefined) this.failed(scope, handled, reason, began);
    if (hasShownNothing(scope, error)) this.circuit.neutral(permit);
    else if (handled) this.circuit.failed(permit, reason, signalOf(scope), time);
    // An error that the policy does not act on shows a closed circuit nothing, and a half-open one that it is answered.
    else if (typeof permit !== 'number') this.circuit.succeeded(permit, time);
  }

  private reject(scope: Scope, time: number): void {
    const { circuit, notClosed } = this.shared;
    notClosed.turnedAway++;
    this.count('rejected_circuit_open');
    if (circuit.value === CircuitState.Isolated) {
      this.emit(scope, 'call.rejected', { reason: 'circuit-open', retryAfter: Infinity });
      this.outer.fail(scope, new IsolatedCircuitError());
      return;
    }
    const retryAfter =
      circuit.value === CircuitState.HalfOpen
        ? Math.min(retryWhileProbing, circuit.openFor)
        : circuit.retryAfter(time);
    this.emit(scope, 'call.rejected', { reason: 'circuit-open', retryAfter });
    this.outer.fail(scope, BrokenCircuitError.until(retryAfter));
  }

  private tellOf(transition: Transition, by: Scope | undefined): void {
    const { from, to, time } = transition;
    const { notClosed } = this.shared;
    if (from === CircuitState.Closed) notClosed.begin(time);
    this.countNotClosed(time);
    this.count(counterOf({ from: word(from), to: word(to), reason: this.why(transition) }));
    this.report(transition, by);
    const { emitters } = this.shared;
    const failed = (error: unknown): void =>
      this.say(by, 'sink.failed', { error, sink: 'a listener of circuitBreaker' });
    if (to === CircuitState.Closed) tell(emitters.reset, undefined, failed);
    else if (to === CircuitState.HalfOpen) tell(emitters.halfOpen, undefined, failed);
    else
      tell<FailureReason<unknown> | { isolated: true }>(
        emitters.break,
        transition.reason ?? { isolated: true },
        failed,
      );
    tell(emitters.change, to, failed);
  }

  /** On the event stream of kedge. */
  private report({ from, to, reason, openings, time, ...rest }: Transition, by?: Scope): void {
    if (to === CircuitState.Closed) {
      const ended = this.shared.notClosed.end(time);
      this.say(by, 'circuit.closed', { from: word(from), openings, ...ended });
    } else if (to === CircuitState.HalfOpen)
      this.say(by, 'circuit.half-opened', { from: word(from) });
    else if (to === CircuitState.Isolated) this.say(by, 'circuit.isolated', { from: word(from) });
    else {
      const { breaker, circuit } = this.shared;
      const fields = {
        from: word(from),
        reason: this.why({ from, to, reason, openings, time, ...rest }) as OpenReason,
        // Only the breaker knows the rates, and it does not say.
        failureRate: NaN,
        slowRate: NaN,
        calls: 0,
        consecutiveFailures: breaker instanceof ConsecutiveBreaker ? breaker.state : 0,
        openFor: circuit.openFor,
        openings,
        error: reason !== undefined && 'error' in reason ? reason.error : undefined,
      };
      // An outage is told of loudly once.
      this.say(by, 'circuit.opened', fields, openings > 1 ? 'info' : undefined);
    }
  }

  private say<Type extends EventType>(
    by: Scope | undefined,
    type: Type,
    fields: EventFields[Type],
    severity?: Severity,
  ): void {
    if (by === undefined) this.announce(type, fields, severity);
    else by.execution.emit(this, type, fields, severity);
  }

  private why({ from, to, byHand }: Transition): TransitionReason {
    if (byHand) return 'manual';
    if (to === CircuitState.HalfOpen) return 'elapsed';
    if (to === CircuitState.Closed) return 'recovered';
    if (from === CircuitState.HalfOpen) return 'probe-failed';
    return this.shared.breaker instanceof ConsecutiveBreaker ? 'consecutive' : 'failure-rate';
  }

  /** Counts the time that the circuit was not closed, in the chain in which it stands first. */
  private countNotClosed(time: number): void {
    const { counters } = this.shared.stages.first ?? this;
    counters['not_closed_ms'] = (counters['not_closed_ms'] ?? 0) + this.shared.notClosed.take(time);
  }
}

/** What is noted about a call that was let in. */
class Admitted {
  readonly permit: Permit;
  /** When it was, where somebody listens. */
  readonly began: number | undefined;

  constructor(permit: Permit, began: number | undefined) {
    this.permit = permit;
    this.began = began;
  }
}

/** Whether a failed call has told nothing about the dependency: its caller left, or it was never sent. */
function hasShownNothing(scope: Scope, error: unknown): boolean {
  if (scope.isCancelled || error instanceof RejectedError) return true;
  if (error instanceof TimeoutError && scope.startedAt < 0) return true;
  return classify(error).kind === 'rejected';
}

/** A time limit from further out, by the name that it has here. */
function inWords(error: unknown): unknown {
  return error instanceof TimeoutError && !(error instanceof TaskCancelledError)
    ? TaskCancelledError.timedOut(error.after)
    : error;
}
