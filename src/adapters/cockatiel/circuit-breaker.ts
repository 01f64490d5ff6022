/** cockatiel's circuit breaker: any breaker may say when it opens, and any backoff for how long. */
import {
  check,
  duration,
  either,
  number,
  object,
  readOptions,
  type Rule,
} from '../../core/options.ts';
import { staged } from '../../core/staged.ts';
import { now } from '../../core/time.ts';
import { ConstantBackoff } from './backoffs.ts';
import { BreakerStage, SharedCircuit } from './breaker-stage.ts';
import { Circuit } from './circuit.ts';
import { type Event, EventEmitter, type IDisposable } from './events.ts';
import { filtersOf } from './filters.ts';
import { hide, PeerPolicy } from './policy.ts';
import { Reports } from './reports.ts';
import { backoffRule } from './retry.ts';
import type {
  CircuitState,
  FailureReason,
  IBackoffFactory,
  IBasePolicyOptions,
  IBreaker,
  IHalfOpenAfterBackoffContext,
} from './types.ts';

export interface IHalfOpenSamplingOptions {
  /** How many calls are let in while half-open, before it is decided. */
  calls: number;
  /** The share of them that may fail, from 0 and below 1. */
  threshold: number;
}

export interface ICircuitBreakerOptions {
  /** Decides when the circuit opens. */
  breaker: IBreaker;
  /** How long it stays open, in milliseconds; or a backoff, which is told how often it has opened. */
  halfOpenAfter: number | IBackoffFactory<IHalfOpenAfterBackoffContext>;
  /** How it is decided whether a half-open circuit closes. @default one call, which must not fail */
  halfOpenSampling?: IHalfOpenSamplingOptions;
  /** What `toJSON` of another circuit has returned. */
  initialState?: unknown;
}

/** The listeners of one circuit. */
export interface CircuitEmitters {
  readonly break: EventEmitter<FailureReason<unknown> | { isolated: true }>;
  readonly reset: EventEmitter<void>;
  readonly halfOpen: EventEmitter<void>;
  readonly change: EventEmitter<CircuitState>;
}

const breakerRule: Rule = {
  expected: 'a breaker: an object with `success` and `failure`',
  type: (value) =>
    typeof value === 'object' &&
    value !== null &&
    typeof (value as Partial<IBreaker>).success === 'function' &&
    typeof (value as Partial<IBreaker>).failure === 'function',
};

const rules = {
  breaker: breakerRule,
  halfOpenAfter: either(duration, backoffRule),
  halfOpenSampling: object('an object with `calls` and `threshold`'),
  initialState: object('what `toJSON` has returned'),
} as const;

const shareRule = number('a number from 0 and below 1', (value) => value >= 0 && value < 1);

function samplingOf(
  sampling: Readonly<IHalfOpenSamplingOptions> = { calls: 1, threshold: 0 },
): Readonly<IHalfOpenSamplingOptions> {
  const { calls, threshold } = sampling;
  if (!Number.isSafeInteger(calls) || calls < 1) {
    throw new RangeError(
      `CircuitBreaker halfOpenSampling.calls should be a positive integer, got ${calls}`,
    );
  }
  if (!shareRule.type(threshold) || shareRule.range?.(threshold as never) !== true) {
    throw new RangeError(
      `CircuitBreaker halfOpenSampling.threshold should be between [0, 1), got ${threshold}`,
    );
  }
  return { calls, threshold };
}

/** Turns calls away while the dependency fails. */
export class CircuitBreakerPolicy extends PeerPolicy {
  /** Tells of an opening and why, or of an isolation. */
  declare readonly onBreak: Event<FailureReason<unknown> | { isolated: true }>;
  /** Tells of a closing. */
  declare readonly onReset: Event<void>;
  /** Tells that trial calls are let in. */
  declare readonly onHalfOpen: Event<void>;
  /** Tells of every change of the state, after the more special events. */
  declare readonly onStateChange: Event<CircuitState>;
  private readonly circuit: Circuit;

  constructor(options: ICircuitBreakerOptions, filters: Readonly<IBasePolicyOptions>) {
    super();
    const { breaker, halfOpenAfter, halfOpenSampling, initialState } =
      readOptions<ICircuitBreakerOptions>('circuitBreaker', options, {}, rules);
    check('circuitBreaker', 'breaker', breaker, rules.breaker);
    check('circuitBreaker', 'halfOpenAfter', halfOpenAfter, rules.halfOpenAfter);
    this.circuit = new Circuit({
      breaker,
      halfOpenAfter:
        typeof halfOpenAfter === 'number' ? new ConstantBackoff(halfOpenAfter) : halfOpenAfter,
      sampling: samplingOf(halfOpenSampling),
    });
    if (initialState !== undefined && initialState !== null)
      this.circuit.restore(initialState, now());
    const emitters: CircuitEmitters = {
      break: new EventEmitter(),
      reset: new EventEmitter(),
      halfOpen: new EventEmitter(),
      change: new EventEmitter(),
    };
    hide(this, {
      onBreak: emitters.break.addListener,
      onReset: emitters.reset.addListener,
      onHalfOpen: emitters.halfOpen.addListener,
      onStateChange: emitters.change.addListener,
    });
    const reports = new Reports(filters);
    const shared = new SharedCircuit(this.circuit, emitters, breaker);
    this.install(reports, [
      staged<unknown>(
        'circuitBreaker',
        'circuitBreaker',
        (place) => new BreakerStage(place, reports, shared),
      ),
    ]);
  }

  /** The state now. An open circuit whose time is over is open until a call comes. */
  get state(): CircuitState {
    return this.circuit.value;
  }

  /** The latest failure that the circuit has counted. */
  get lastFailure(): FailureReason<unknown> | undefined {
    return this.circuit.lastFailure;
  }

  /** Holds the circuit open until the returned handle is disposed; of several, the last one ends it. */
  isolate(): IDisposable {
    const { circuit } = this;
    const release = circuit.isolate(now());
    this.tell();
    return {
      dispose: () => {
        release(now());
        this.tell();
      },
    };
  }

  /** What `initialState` takes. */
  toJSON(): unknown {
    return this.circuit.toJSON(now());
  }

  /** No call has caused it: the chain of this policy alone tells. */
  private tell(): void {
    (this['~kedge'].plan.chain.operation.outer as BreakerStage).tellNews(undefined);
  }
}

/**
 * Rejects calls with a `BrokenCircuitError` while `breaker` has opened the circuit because of failures that `policy` acts
 * on.
 *
 * Throws a `TypeError` or a `RangeError` for options that cannot be.
 */
export function circuitBreaker(
  policy: { readonly options: Readonly<IBasePolicyOptions> },
  opts: ICircuitBreakerOptions,
): CircuitBreakerPolicy {
  return new CircuitBreakerPolicy(opts, filtersOf('circuitBreaker', policy));
}
