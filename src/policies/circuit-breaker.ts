/** Stops calling a dependency that is failing, and finds out gently when it is well again. */
import type { CircuitState } from '../core/events.ts';
import { readOptions } from '../core/options.ts';
import type { Policy } from '../core/policy.ts';
import { type Place, type Stage, stage } from '../core/stage.ts';
import { applyStaged } from '../core/staged.ts';
import { now } from '../core/time.ts';
import { Circuit } from './circuit-breaker/circuit.ts';
import { type CircuitBreakerOptions, rules } from './circuit-breaker/options.ts';
import { defaults, settingsOf } from './circuit-breaker/settings.ts';
import { checkSnapshot, type Snapshot } from './circuit-breaker/snapshot.ts';
import { BreakerStage, type Shared } from './circuit-breaker/stage.ts';

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
  /** Changes options; what was learnt and the state stay. `name` and `restore` cannot change. */
  reconfigure(options: Omit<CircuitBreakerOptions, 'name' | 'restore'>): void;
}

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
  private given: Omit<CircuitBreakerOptions, 'name' | 'restore'>;
  private readonly shared: Shared;

  constructor(options: CircuitBreakerOptions) {
    const { name, restore, ...given } = readOptions<CircuitBreakerOptions>(
      'circuitBreaker',
      options,
      defaults,
      rules,
    );
    this.name = name ?? defaults.name;
    this.given = given;
    const settings = settingsOf(given);
    if (restore !== undefined) checkSnapshot(restore);
    const circuit = new Circuit(settings);
    if (restore !== undefined) circuit.restore(restore);
    this.shared = { circuit, settings };
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

  reconfigure(options: Omit<CircuitBreakerOptions, 'name' | 'restore'>): void {
    const { name: _name, restore: _initial, ...changeable } = rules;
    const given = readOptions<Omit<CircuitBreakerOptions, 'name' | 'restore'>>(
      'circuitBreaker',
      options,
      this.given,
      changeable,
    );
    const settings = settingsOf(given);
    this.given = given;
    this.shared.settings = settings;
    this.shared.circuit.reconfigure(settings);
  }
}
