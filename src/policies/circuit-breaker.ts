/** Stops calling a dependency that is failing, and finds out gently when it is well again. */
import type { Call } from '../core/call.ts';
import { CircuitOpenError, RejectedError } from '../core/errors.ts';
import type { CircuitState } from '../core/events.ts';
import { missing, readOptions } from '../core/options.ts';
import type { Policy } from '../core/policy.ts';
import { type Place, Stage, stage } from '../core/stage.ts';
import { applyStaged } from '../core/staged.ts';
import { now } from '../core/time.ts';
import { classify } from '../failures/classify.ts';
import { type Backoff, exponential } from '../mechanisms/backoff.ts';
import { Deadline, DeadlineList } from '../mechanisms/deadlines.ts';
import { Circuit, type Permit, type Transition, type Verdict } from './circuit-breaker/circuit.ts';
import {
  type CircuitBreakerOptions,
  type HalfOpenOptions,
  halfOpenRules,
  rules,
  type Settings,
  slowCallRules,
  windowRules,
} from './circuit-breaker/options.ts';
import { checkSnapshot, type Snapshot } from './circuit-breaker/snapshot.ts';

export type {
  CircuitBreakerOptions,
  HalfOpenOptions,
  SlowCallOptions,
  WindowOptions,
} from './circuit-breaker/options.ts';
export type { Snapshot as CircuitSnapshot } from './circuit-breaker/snapshot.ts';

/** A circuit breaker in use; one that stands in several pipelines is one circuit. */
export interface CircuitBreaker extends Policy {
  /** Reading it changes nothing: an open circuit whose time is over is open until a call turns it half-open. */
  readonly state: CircuitState;
  /** What another process needs to go on where this circuit stands. */
  snapshot(): Snapshot;
  /** Lets no call through until what is returned is disposed; of several holders, the last one ends it. */
  isolate(): Disposable;
  /** Opens the circuit by hand, as if it had tripped. */
  open(): void;
  /** Closes the circuit by hand, and ends every isolation. */
  close(): void;
  /** Changes options; what was learnt and the state stay. `name` and `initial` cannot change. */
  reconfigure(options: Omit<CircuitBreakerOptions, 'name' | 'initial'>): void;
}

const defaults = {
  failureRate: 0.5,
  window: { duration: 10_000 },
  halfOpen: {},
  name: 'circuitBreaker',
} as const;

/**
 * Rejects calls with a `CircuitOpenError` while the dependency is failing, and lets it come back by a slow start.
 *
 * It opens when the failure rate of the window is reached, after many failures in a row, or on slow calls if asked.
 * A permanent answer (a 404, a unique violation) shows that the dependency is alive; cancellation by the caller and
 * rejections by other policies count as nothing. The states are those of Michael Nygard, "Release It!" (2007).
 *
 * @example
 * const breaker = circuitBreaker({ failureRate: 0.3, openFor: 10_000 });
 * const quotes = pipeline('quotes', retry(), breaker, timeout(1_000));
 */
export function circuitBreaker(options: CircuitBreakerOptions = {}): CircuitBreaker {
  return new Breaker(options);
}

class Breaker implements CircuitBreaker {
  readonly kind = 'circuitBreaker';
  readonly name: string;
  readonly apply = applyStaged;
  private given: CircuitBreakerOptions;
  private readonly shared: Shared;

  constructor(options: CircuitBreakerOptions) {
    this.given = readOptions<CircuitBreakerOptions>('circuitBreaker', options, defaults, rules);
    this.name = this.given.name ?? defaults.name;
    const settings = settingsOf(this.given);
    if (this.given.initial !== undefined) checkSnapshot(this.given.initial);
    const stages = new Set<BreakerStage>();
    const circuit = new Circuit(settings, (transition, by) => {
      for (const each of stages) each.turned(transition, by);
    });
    if (this.given.initial !== undefined) circuit.restore(this.given.initial);
    this.shared = { circuit, settings, stages, slow: new DeadlineList() };
  }

  get state(): CircuitState {
    return this.shared.circuit.state;
  }

  [stage](place: Place): Stage {
    return new BreakerStage(place, this.shared);
  }

  snapshot(): Snapshot {
    return this.shared.circuit.snapshot();
  }

  isolate(): Disposable {
    return { [Symbol.dispose]: this.shared.circuit.isolate() };
  }

  open(): void {
    this.shared.circuit.open(now(), 'manual', undefined);
  }

  close(): void {
    this.shared.circuit.close();
  }

  reconfigure(options: Omit<CircuitBreakerOptions, 'name' | 'initial'>): void {
    const { name: _name, initial: _initial, ...changeable } = rules;
    const { name, initial, ...present } = this.given;
    const merged = readOptions<Omit<CircuitBreakerOptions, 'name' | 'initial'>>(
      'circuitBreaker',
      options,
      present,
      changeable,
    );
    const settings = settingsOf(merged);
    this.given = {
      ...merged,
      ...(name === undefined ? {} : { name }),
      ...(initial === undefined ? {} : { initial }),
    };
    // A slow call is watched by the length that held when it began: lists of deadlines hold one length each.
    if (settings.slowCall?.after !== this.shared.settings.slowCall?.after)
      this.shared.slow = new DeadlineList();
    this.shared.settings = settings;
    this.shared.circuit.reconfigure(settings);
  }
}

/** What the stages of one breaker share. */
interface Shared {
  readonly circuit: Circuit;
  readonly stages: Set<BreakerStage>;
  settings: Settings;
  slow: DeadlineList;
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

class BreakerStage extends Stage {
  private readonly shared: Shared;

  constructor(place: Place, shared: Shared) {
    super(place, { rejected: 0 });
    this.shared = shared;
    shared.stages.add(this);
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
      settings.slowCall === undefined ? permit : this.watch(call, permit, settings.slowCall.after);
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
    this.shared.stages.delete(this);
  }

  /** The circuit has changed its state, by what `by` has shown, or by hand. */
  turned({ type, fields }: Transition, by: Call | undefined): void {
    this.count(`${fields.from}:${stateAfter[type]}`);
    // The call may be one of another pipeline that shares the circuit.
    if (by !== undefined && by.run.host === this.host) by.run.emit(this, type, fields);
    else this.host.emit(this, undefined, type, fields);
  }

  private watch(call: Call, permit: Permit, after: number): Watched {
    const { slow } = this.shared;
    const watched = new Watched(permit, call, after, slow, this.shared.circuit);
    slow.add(watched);
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

function settingsOf(options: CircuitBreakerOptions): Settings {
  const window = readWindow(options.window ?? defaults.window);
  const most = 'calls' in window ? window.calls : Infinity;
  const minimumCalls = options.minimumCalls ?? Math.min(20, most);
  if (minimumCalls > most) {
    throw new RangeError(
      `circuitBreaker: expected \`minimumCalls\` to be at most the ${most} calls of \`window\`, got ${minimumCalls}.`,
    );
  }
  return {
    failureRate: options.failureRate ?? defaults.failureRate,
    minimumCalls,
    window,
    consecutiveFailures: options.consecutiveFailures ?? minimumCalls,
    slowCall: options.slowCall && readSlowCall(options.slowCall),
    openFor: readOpenFor(options.openFor),
    halfOpen: readOptions<Required<HalfOpenOptions>>(
      'circuitBreaker `halfOpen`',
      options.halfOpen ?? {},
      { probes: 3, leaseFor: 30_000 },
      halfOpenRules,
    ),
    handle: options.handle,
    handleResult: options.handleResult,
  };
}

function readWindow(given: object): Settings['window'] {
  const window = readOptions<{ duration: number; calls: number }>(
    'circuitBreaker `window`',
    given,
    {},
    windowRules,
  );
  if ((window.duration === undefined) === (window.calls === undefined)) {
    throw new TypeError(
      'circuitBreaker: expected `window` to be either { duration } or { calls }.',
    );
  }
  return window;
}

function readSlowCall(given: object): Settings['slowCall'] {
  const slowCall = readOptions<{ after: number; rate: number }>(
    'circuitBreaker `slowCall`',
    given,
    {},
    slowCallRules,
  );
  if (slowCall.after === undefined)
    missing('circuitBreaker `slowCall`', 'after', slowCallRules.after);
  if (slowCall.rate === undefined) missing('circuitBreaker `slowCall`', 'rate', slowCallRules.rate);
  return slowCall;
}

/** Short after a blip, longer while probes keep failing, and never in step with the rest of a fleet. */
function readOpenFor(given: number | Backoff | undefined): Backoff {
  if (typeof given === 'number') return () => given;
  if (given !== undefined) return given;
  const grows = exponential({ initial: 500, factor: 2, max: 5_000, jitter: 'none' });
  return (...about) => grows(...about) * (0.9 + 0.2 * Math.random());
}
