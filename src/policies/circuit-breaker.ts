/** Stops calling a dependency that is failing, and finds out gently when it is well again. */
import type { Policy } from '../core/policy.ts';
import { WeakList } from '../core/living.ts';
import { type Place, type Stage, type StagedPolicy, stage } from '../core/stage.ts';
import { type OptionChanges, StatefulPolicy } from '../core/stateful.ts';
import { now } from '../core/time.ts';
import type { CircuitState } from '../core/transitions.ts';
import { Circuit } from './circuit-breaker/circuit.ts';
import type { CircuitBreakerOptions } from './circuit-breaker/options.ts';
import { schema, type Settings } from './circuit-breaker/settings.ts';
import { checkSnapshot, type Snapshot } from './circuit-breaker/snapshot.ts';
import { BreakerStage, type SharedCircuit } from './circuit-breaker/stage.ts';

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
  /** When that state began, in milliseconds since the epoch. */
  readonly since: number;
  /** Why it is not closed: the text of whoever opened or isolated it, or one of kedge's own, such as `'failure-rate'`. */
  readonly reason: string | undefined;
  /** What another process needs to go on where this circuit stands. */
  snapshot(): Snapshot;
  /** Lets no call through until what is returned is disposed; of several holders, the last one ends it. */
  isolate(reason?: string): Disposable;
  /** Opens the circuit by hand, as if it had tripped. */
  open(reason?: string): void;
  /** Closes the circuit by hand, and ends every isolation. */
  close(): void;
  /** Changes options; `null` takes one away. What was learnt and the state stay. `name` and `restore` cannot change. */
  reconfigure(changes: OptionChanges<CircuitBreakerOptions, 'restore'>): void;
}

/**
 * Rejects calls with a `CircuitOpenError` while the dependency is failing, and lets it come back by a slow start.
 *
 * It opens when the failure rate of the window is reached, after many failures in a row, or on slow calls if asked.
 * An answer that says no (a 404, a unique violation) shows that the dependency is alive; what the caller or this
 * process is to blame for counts as nothing. The states are those of Michael Nygard, "Release It!" (2007). Throws a
 * `TypeError` or a `RangeError` for options that cannot be.
 *
 * @example
 * const breaker = circuitBreaker({ failureRate: 0.3, openFor: 10_000 });
 * const quotes = pipeline('quotes', retry(), breaker, timeout(1_000));
 */
export function circuitBreaker(options: CircuitBreakerOptions = {}): CircuitBreaker {
  return new Breaker(options);
}

class Breaker
  extends StatefulPolicy<CircuitBreakerOptions, Settings>
  implements CircuitBreaker, StagedPolicy, SharedCircuit
{
  readonly circuit: Circuit;
  /** A circuit holds none of the pipelines in which it stands. */
  private readonly stages: WeakList<BreakerStage> = new WeakList();

  constructor(options: CircuitBreakerOptions) {
    super(schema, options);
    const { restore } = options;
    if (restore !== undefined) checkSnapshot(restore);
    this.circuit = new Circuit(this.settings);
    if (restore !== undefined) this.circuit.restore(restore, now());
  }

  get state(): CircuitState {
    return this.circuit.state;
  }

  get since(): number {
    return this.circuit.since;
  }

  get reason(): string | undefined {
    return this.circuit.outage.reason;
  }

  get error(): unknown {
    return this.circuit.outage.error;
  }

  get notClosedFor(): number | undefined {
    return this.circuit.outage.lasting(now());
  }

  get openings(): number {
    return this.circuit.outage.openings;
  }

  get turnedAway(): number {
    return this.circuit.outage.turnedAway;
  }

  get nextProbeIn(): number {
    return this.circuit.admitsIn(now());
  }

  [stage](place: Place): Stage {
    const made = new BreakerStage(place, this);
    this.stages.add(made);
    return made;
  }

  left(gone: BreakerStage): void {
    this.stages.remove(gone);
  }

  get home(): BreakerStage | undefined {
    return this.stages.first;
  }

  snapshot(): Snapshot {
    return this.circuit.snapshot(now());
  }

  isolate(reason?: string): Disposable {
    const release = this.circuit.isolate(now(), reason);
    this.tell();
    return {
      [Symbol.dispose]: () => {
        release(now());
        this.tell();
      },
    };
  }

  open(reason?: string): void {
    this.circuit.open(now(), 'manual', undefined, reason);
    this.tell();
  }

  close(): void {
    this.circuit.close(now(), 'manual');
    this.tell();
  }

  protected override reconfigured(): void {
    this.circuit.reconfigure(this.settings, now());
  }

  /** No call has caused it: the pipeline tells in which the circuit stands first. */
  private tell(): void {
    const { home } = this;
    if (home !== undefined) home.tell(undefined);
    else this.circuit.keepNews();
  }
}
