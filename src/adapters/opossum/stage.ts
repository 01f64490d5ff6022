/**
 * The circuit and the timeout of an opossum breaker in its pipeline, outside of kedge's own `bulkhead`. It tells the
 * breaker in opossum's order how each call went; a timeout in the very turn of its timer.
 */
import { BulkheadFullError, CircuitOpenError, TimeoutError } from '../../core/errors.ts';
import type { EventFields, EventType } from '../../core/events.ts';
import type { PendingWait, Scope } from '../../core/scope.ts';
import { type Place, Stage } from '../../core/stage.ts';
import { inNextJob } from '../../core/time.ts';
import { circuitTransitions, counterOf, type CircuitState } from '../../core/transitions.ts';
import type { Firing } from './firing.ts';

/** All that a breaker counts in metrics. */
export const circuitCounters: Readonly<Record<string, number>> = {
  rejected_circuit_open: 0,
  not_closed_ms: 0,
  ...Object.fromEntries(circuitTransitions.map((each) => [counterOf(each), 0])),
};

/** The breaker, as its stage sees it. */
export interface Host {
  /** Whether a call is let in; where it is not, it has been told so. */
  admit(firing: Firing): boolean;
  /** After how many milliseconds the circuit lets a call in. */
  retryAfter(): number;
  /** A semaphore without room, or a full one. */
  locked(firing: Firing): void;
  timedOut(firing: Firing): void;
  failed(firing: Firing, error: unknown): void;
  succeeded(firing: Firing, value: unknown): void;
  readonly isFull: boolean;
  readonly timeLimit: number;
  gauges(): Readonly<Record<string, number>>;
  readonly circuitState: CircuitState;
}

export class OpossumStage extends Stage {
  private readonly host: Host;

  constructor(place: Place, host: Host) {
    super(place, circuitCounters);
    this.host = host;
  }

  override enter(scope: Scope): void {
    const firing = scope.execution as Firing;
    const { host } = this;
    if (!host.admit(firing)) {
      const retryAfter = host.retryAfter();
      this.count('rejected_circuit_open');
      this.emit(scope, 'call.rejected', { reason: 'circuit-open', retryAfter });
      const where = { pipeline: scope.pipeline, policy: this.name };
      this.end(scope, firing, new CircuitOpenError(where, retryAfter));
    } else if (host.isFull) {
      this.emit(scope, 'call.rejected', { reason: 'bulkhead-full' });
      host.locked(firing);
      const where = { pipeline: scope.pipeline, policy: this.name };
      this.end(scope, firing, new BulkheadFullError(where, 'bulkhead-full', 'has no permits'));
    } else {
      const after = host.timeLimit;
      if (after > 0) firing.endAfter(after, () => this.expire(firing, after));
      this.nextEntering.enter(scope);
    }
  }

  override succeed(scope: Scope, value: unknown): void {
    const firing = scope.execution as Firing;
    firing.timer?.stop();
    this.host.succeeded(firing, value);
    this.nextSucceeding.succeed(scope, value);
  }

  protected override failedInside(scope: Scope, error: unknown): void {
    const firing = scope.execution as Firing;
    if (scope.startedAt < 0) {
      firing.timer?.stop();
      this.host.locked(firing);
      this.end(scope, firing, error);
    } else if (scope.interruptedBy === this) {
      // The action stays behind with the scope that it has.
      const outer = scope.split(this);
      outer.drop(scope);
      this.host.timedOut(firing);
      this.end(outer, firing, error);
    } else if (!firing.isStarted) this.failed(scope, firing, error);
    else {
      // A rejection is heard of a promise job later than a value, as in opossum: until then it may be timed out.
      firing.isAboutToFail = true;
      inNextJob(() => {
        if (firing.isAboutToFail) this.failed(scope, firing, error);
      });
    }
  }

  override gauges(): Readonly<Record<string, number>> {
    return this.host.gauges();
  }

  override get gauged(): object {
    return this.host;
  }

  override get holdsState(): boolean {
    return this.host.circuitState !== 'closed';
  }

  /** Tells of a transition, which belongs to no call. */
  tell<Type extends EventType>(type: Type, fields: EventFields[Type], counter: string): void {
    this.count(counter);
    this.announce(type, fields);
  }

  /** A listener of the breaker has thrown: it is told of as a sink that does. */
  listenerFailed(error: unknown, event: string): void {
    this.announce('sink.failed', { error, sink: `${event} listener` });
  }

  notClosedFor(ms: number): void {
    this.counters['not_closed_ms'] = (this.counters['not_closed_ms'] ?? 0) + ms;
  }

  private expire(firing: Firing, after: number): void {
    const { outermost: scope } = firing;
    firing.touch();
    const where = { pipeline: scope.pipeline, policy: this.name };
    this.emit(scope, 'timeout.exceeded', { after, attempt: firing.attempts });
    const error = new TimeoutError(where, after);
    if (firing.isAboutToFail) {
      firing.isAboutToFail = false;
      this.host.timedOut(firing);
      this.end(scope, firing, error);
    } else {
      scope.interrupt(this, error);
      scope.settleInterrupted(true);
    }
  }

  private failed(scope: Scope, firing: Firing, error: unknown): void {
    firing.timer?.stop();
    firing.touch();
    this.host.failed(firing, error);
    this.end(scope, firing, error);
  }

  /** The caller has been answered; the numbers follow, with the fallback's answer where there is one. */
  private end(scope: Scope, firing: Firing, error: unknown): void {
    const { fallback } = firing;
    if (fallback === undefined) {
      this.outer.fail(scope, error);
      return;
    }
    scope.execution.handled();
    scope.execution.reportFailure(true);
    const wait: PendingWait = { at: this, cancel() {} };
    scope.wait(wait);
    fallback.then(
      (value) => {
        if (!scope.resume(wait)) return;
        scope.outcomeOverride = 'fallback';
        this.emit(scope, 'fallback.used', { error, source: 'run' });
        this.nextSucceeding.succeed(scope, value);
      },
      (fallbackError: unknown) => {
        if (!scope.resume(wait)) return;
        this.emit(scope, 'fallback.failed', { error, source: 'run', fallbackError });
        this.outer.fail(scope, error);
      },
    );
  }
}
