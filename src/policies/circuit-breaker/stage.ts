import type { Scope } from '../../core/scope.ts';
import { CircuitOpenError, RejectedError, TimeoutError } from '../../core/errors.ts';
import { type Place, Stage } from '../../core/stage.ts';
import { now } from '../../core/time.ts';
import { classify } from '../../verdict/classify.ts';
import { Deadline, type DeadlineList } from '../../mechanisms/deadlines.ts';
import type { Circuit, Permit, Transition, Health, Watcher } from './circuit.ts';
import type { Settings } from './settings.ts';

/** What the stages of one breaker share. */
export interface Shared {
  readonly circuit: Circuit;
  settings: Settings;
}

/** What is noted of a call where slow calls matter. */
class SlowCallTimer extends Deadline {
  readonly permit: Permit;
  readonly list: DeadlineList;
  slow = false;
  left = false;
  private readonly circuit: Circuit;
  private readonly scope: Scope;

  constructor(permit: Permit, scope: Scope, after: number, list: DeadlineList, circuit: Circuit) {
    super(scope.execution.time + after);
    this.permit = permit;
    this.list = list;
    this.circuit = circuit;
    this.scope = scope;
    scope.captureAsyncContext();
  }

  override expire(): void {
    this.scope.runInAsyncContext(() => {
      if (this.left) return;
      try {
        this.slow = this.circuit.slow(this.permit, now(), this.scope);
      } catch {
        // A rule for `openFor` that throws. It is asked again when the call ends, and then there is a caller to tell.
        this.slow = true;
      }
    });
  }
}

export class BreakerStage extends Stage implements Watcher {
  private readonly shared: Shared;

  constructor(place: Place, shared: Shared) {
    super(place, { rejected: 0 });
    this.shared = shared;
    shared.circuit.watchers.push(this);
  }

  override enter(scope: Scope): void {
    const { circuit, settings } = this.shared;
    let permit: Permit | undefined;
    try {
      permit = circuit.admit(scope);
    } catch (thrown) {
      this.outer.fail(scope, thrown);
      return;
    }
    if (permit === undefined) {
      this.reject(scope);
      return;
    }
    scope.notes[this.index] =
      settings.slowCall === undefined ? permit : this.watch(scope, permit, settings.slowCall);
    this.nextEntering.enter(scope);
  }

  override succeed(scope: Scope, value: unknown): void {
    const { handleResult } = this.shared.settings;
    try {
      const permit = scope.notes[this.index];
      if (typeof permit === 'number' && handleResult === undefined) {
        scope.notes[this.index] = undefined;
        this.shared.circuit.succeeded(permit, scope);
      } else {
        const failed = handleResult?.(value, scope) ?? false;
        this.end(scope, failed ? 'failure' : 'success', undefined);
      }
    } catch (thrown) {
      this.end(scope, 'nothing', undefined);
      this.outer.fail(scope, thrown);
      return;
    }
    this.nextSucceeding.succeed(scope, value);
  }

  override fail(scope: Scope, error: unknown): void {
    try {
      this.end(scope, this.verdict(scope, error), error);
    } catch (thrown) {
      this.end(scope, 'nothing', undefined);
      this.outer.fail(scope, thrown);
      return;
    }
    this.outer.fail(scope, error);
  }

  override gauges(): Readonly<Record<string, number>> {
    const { circuit } = this.shared;
    const { failureRate, slowRate } = circuit.rates(now());
    return {
      closed: circuit.state === 'closed' ? 1 : 0,
      open: circuit.state === 'open' ? 1 : 0,
      half_open: circuit.state === 'half-open' ? 1 : 0,
      isolated: circuit.state === 'isolated' ? 1 : 0,
      failure_rate: failureRate,
      slow_rate: slowRate,
    };
  }

  override get holdsState(): boolean {
    return this.shared.circuit.state !== 'closed';
  }

  override dispose(): void {
    this.shared.circuit.unwatch(this);
  }

  /** The circuit has changed its state, by what `by` has shown, or by hand. */
  turned({ type, fields }: Transition, by: Scope | undefined): void {
    this.count(`${fields.from}:${stateAfter[type]}`);
    // The call may be one of another pipeline that shares the circuit.
    if (by !== undefined && by.execution.metrics === this.metrics)
      by.execution.emit(this, type, fields);
    else this.metrics.emit(this, undefined, type, fields);
  }

  private watch(
    scope: Scope,
    permit: Permit,
    { after, deadlines }: NonNullable<Settings['slowCall']>,
  ): SlowCallTimer {
    const watched = new SlowCallTimer(permit, scope, after, deadlines, this.shared.circuit);
    deadlines.add(watched);
    return watched;
  }

  private reject(scope: Scope): void {
    const { circuit } = this.shared;
    const retryAfter = circuit.retryAfter(scope.execution.time);
    this.count('rejected');
    this.emit(scope, 'call.rejected', { reason: 'circuit-open', retryAfter });
    const where = { pipeline: scope.pipeline, policy: this.name };
    this.outer.fail(
      scope,
      new CircuitOpenError(where, retryAfter, circuit.reason, circuit.state, circuit),
    );
  }

  private verdict(scope: Scope, error: unknown): Health {
    if (error instanceof RejectedError || scope.isCancelled) return 'nothing';
    // Its time ran out in a queue in front of the dependency, which has not seen it.
    if (error instanceof TimeoutError && scope.startedAt < 0) return 'nothing';
    const { handle } = this.shared.settings;
    if (handle !== undefined) return handle(error, scope) ? 'failure' : 'success';
    return defaultVerdict(error);
  }

  /** Gives the permit back with what the call has shown; once a call. */
  private end(scope: Scope, verdict: Health, error: unknown): void {
    const noted = scope.notes[this.index] as Permit | SlowCallTimer | undefined;
    if (noted === undefined) return;
    scope.notes[this.index] = undefined;
    const { circuit } = this.shared;
    if (!(noted instanceof SlowCallTimer)) circuit.end(noted, scope, verdict, false, false, error);
    else {
      noted.left = true;
      noted.list.remove(noted);
      const slow = noted.slow || scope.execution.time > noted.instant;
      circuit.end(noted.permit, scope, verdict, slow, noted.slow, error);
    }
  }
}

const stateAfter = {
  'circuit.opened': 'open',
  'circuit.half-opened': 'half-open',
  'circuit.closed': 'closed',
  'circuit.isolated': 'isolated',
} as const;

/** What an error says about the dependency. */
function defaultVerdict(error: unknown): Health {
  switch (classify(error).kind) {
    case 'permanent':
      return 'success';
    // Its own mistakes and its own refusals say nothing about the other side.
    case 'bug':
    case 'cancelled':
    case 'rejected':
      return 'nothing';
    case 'transient':
    case 'timeout':
    case 'unknown':
      return 'failure';
  }
}
