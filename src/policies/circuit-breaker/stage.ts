import type { Call } from '../../core/call.ts';
import { CircuitOpenError, RejectedError, TimeoutError } from '../../core/errors.ts';
import { type Place, Stage } from '../../core/stage.ts';
import { now } from '../../core/time.ts';
import { classify } from '../../failures/classify.ts';
import { Deadline, type DeadlineList } from '../../mechanisms/deadlines.ts';
import type { Circuit, Permit, Transition, Verdict, Watcher } from './circuit.ts';
import type { Settings } from './settings.ts';

/** What the stages of one breaker share. */
export interface Shared {
  readonly circuit: Circuit;
  settings: Settings;
}

/** What is noted of a call where slow calls matter. */
class Watched extends Deadline {
  readonly permit: Permit;
  readonly list: DeadlineList;
  slow = false;
  left = false;
  private readonly circuit: Circuit;
  private readonly call: Call;

  constructor(permit: Permit, call: Call, after: number, list: DeadlineList, circuit: Circuit) {
    super(call.run.time + after);
    this.permit = permit;
    this.list = list;
    this.circuit = circuit;
    this.call = call;
    call.keepContext();
  }

  override expire(): void {
    this.call.inContext(() => {
      if (this.left) return;
      try {
        this.slow = this.circuit.slow(this.permit, now(), this.call);
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

  override enter(call: Call): void {
    const { circuit, settings } = this.shared;
    let permit: Permit | undefined;
    try {
      permit = circuit.admit(call);
    } catch (thrown) {
      this.outer.fail(call, thrown);
      return;
    }
    if (permit === undefined) {
      this.reject(call);
      return;
    }
    call.slots[this.index] =
      settings.slowCall === undefined ? permit : this.watch(call, permit, settings.slowCall);
    this.inward.enter(call);
  }

  override succeed(call: Call, value: unknown): void {
    const { handleResult } = this.shared.settings;
    try {
      const permit = call.slots[this.index];
      if (typeof permit === 'number' && handleResult === undefined) {
        call.slots[this.index] = undefined;
        this.shared.circuit.succeeded(permit, call);
      } else {
        const failed = handleResult?.(value, call) ?? false;
        this.end(call, failed ? 'failure' : 'success', undefined);
      }
    } catch (thrown) {
      this.end(call, 'nothing', undefined);
      this.outer.fail(call, thrown);
      return;
    }
    this.outward.succeed(call, value);
  }

  override fail(call: Call, error: unknown): void {
    try {
      this.end(call, this.verdict(call, error), error);
    } catch (thrown) {
      this.end(call, 'nothing', undefined);
      this.outer.fail(call, thrown);
      return;
    }
    this.outer.fail(call, error);
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

  override get isMissed(): boolean {
    return this.shared.circuit.state !== 'closed';
  }

  override dispose(): void {
    this.shared.circuit.unwatch(this);
  }

  /** The circuit has changed its state, by what `by` has shown, or by hand. */
  turned({ type, fields }: Transition, by: Call | undefined): void {
    this.count(`${fields.from}:${stateAfter[type]}`);
    // The call may be one of another pipeline that shares the circuit.
    if (by !== undefined && by.run.host === this.host) by.run.emit(this, type, fields);
    else this.host.emit(this, undefined, type, fields);
  }

  private watch(
    call: Call,
    permit: Permit,
    { after, deadlines }: NonNullable<Settings['slowCall']>,
  ): Watched {
    const watched = new Watched(permit, call, after, deadlines, this.shared.circuit);
    deadlines.add(watched);
    return watched;
  }

  private reject(call: Call): void {
    const { circuit } = this.shared;
    const retryAfter = circuit.retryAfter(call.run.time);
    this.count('rejected');
    this.emit(call, 'call.rejected', { reason: 'circuit-open', retryAfter });
    const where = { pipeline: call.pipeline, policy: this.name };
    this.outer.fail(
      call,
      new CircuitOpenError(where, retryAfter, circuit.reason, circuit.state, circuit),
    );
  }

  private verdict(call: Call, error: unknown): Verdict {
    if (error instanceof RejectedError || call.isCancelled) return 'nothing';
    // Its time ran out in a queue in front of the dependency, which has not seen it.
    if (error instanceof TimeoutError && call.startedAt < 0) return 'nothing';
    const { handle } = this.shared.settings;
    if (handle !== undefined) return handle(error, call) ? 'failure' : 'success';
    return defaultVerdict(error);
  }

  /** Gives the permit back with what the call has shown; once a call. */
  private end(call: Call, verdict: Verdict, error: unknown): void {
    const noted = call.slots[this.index] as Permit | Watched | undefined;
    if (noted === undefined) return;
    call.slots[this.index] = undefined;
    const { circuit } = this.shared;
    if (!(noted instanceof Watched)) circuit.end(noted, call, verdict, false, false, error);
    else {
      noted.left = true;
      noted.list.remove(noted);
      const slow = noted.slow || call.run.time > noted.instant;
      circuit.end(noted.permit, call, verdict, slow, noted.slow, error);
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
function defaultVerdict(error: unknown): Verdict {
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
