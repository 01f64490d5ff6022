/** A live breaker as a policy: what is inside runs in place of its action, with its circuit, its limits and its fallback. */
import type { LinkedContext } from '../../core/linked-context.ts';
import { show } from '../../core/options.ts';
import type { Policy } from '../../core/policy.ts';
import { now, wall } from '../../core/time.ts';
import { type CircuitState, counterOf, type TransitionReason } from '../../core/transitions.ts';
import { adopted, type Teller } from '../peers/adopted.ts';
import { circuitCounters } from './stage.ts';

/** What is used of a live breaker, of opossum 8 to 10 or of kedge's own. */
export interface LiveBreaker {
  action: (...args: any[]) => any;
  readonly name: string;
  readonly opened: boolean;
  readonly halfOpen: boolean;
  readonly options: { readonly timeout?: number | false; readonly resetTimeout?: number };
  readonly stats: { readonly fires: number; readonly failures: number };
  call(context: unknown, ...args: any[]): Promise<unknown>;
  on(event: any, listener: (...args: any[]) => void): unknown;
  removeListener(event: any, listener: (...args: any[]) => void): unknown;
}

export interface AdoptOptions {
  /** The policy's name in metrics and events. @default 'circuitBreaker' */
  name?: string | undefined;
}

/** One call of a pipeline on its way through a breaker; it is the `this` of the breaker's action. */
class Passage {
  readonly run: () => PromiseLike<unknown>;

  constructor(run: () => PromiseLike<unknown>) {
    this.run = run;
  }
}

/** Breakers whose action lets passages through. */
const prepared = new WeakSet<LiveBreaker>();

function prepare(breaker: LiveBreaker): void {
  if (prepared.has(breaker)) return;
  prepared.add(breaker);
  const { action } = breaker;
  breaker.action = function (this: unknown, ...args: unknown[]) {
    return this instanceof Passage ? this.run() : Reflect.apply(action, this, args);
  };
}

/**
 * Puts a live `CircuitBreaker` into a pipeline, one of opossum itself (8 to 10) or of `kedge/opossum`.
 *
 * What stands inside runs in place of the breaker's action; `breaker.fire()` still calls that, and shares the circuit. The
 * state, the transitions and the refusals show in metrics and logs. A fallback and `errorFilter` are given the error alone,
 * and a cache tells calls apart by their `key`. Throws a `TypeError` for what is no breaker.
 *
 * @example
 * import { pipeline, retry } from 'kedge';
 * import CircuitBreaker, { adopt } from 'kedge/opossum';
 *
 * const breaker = new CircuitBreaker(() => fetchQuote('7'));
 * const quotes = pipeline('quotes', retry(), adopt(breaker));
 */
export function adopt(breaker: LiveBreaker, own: AdoptOptions = {}): Policy {
  const { call, on, action } = Object(breaker) as Partial<LiveBreaker>;
  if (typeof call !== 'function' || typeof on !== 'function' || typeof action !== 'function')
    throw new TypeError(`adopt: expected a CircuitBreaker of opossum, got ${show(breaker)}.`);
  prepare(breaker);
  const watched = new Map<Teller, Watch>();
  return adopted({
    kind: 'circuitBreaker',
    name: own.name ?? 'circuitBreaker',
    counters: circuitCounters,
    gauged: breaker,
    around: (next, tell) => {
      // One circuit is told of once, in whichever pipeline it came to first.
      if (watched.size === 0) watched.set(tell, new Watch(breaker, tell));
      return (context) => {
        const key = context.key === undefined ? [] : [context.key];
        const passage = new Passage(() => next(context));
        return breaker.call(passage, ...key).catch((error: unknown) => {
          refused(breaker, error, context, tell);
          throw error;
        });
      };
    },
    gauges: () => gaugesOf(breaker, [...watched.values()][0]),
    dispose: (tell) => {
      watched.get(tell)?.end();
      watched.delete(tell);
    },
  });
}

/** Tells of what the breaker itself has refused or ended. */
function refused(breaker: LiveBreaker, error: unknown, context: LinkedContext, tell: Teller): void {
  const code: unknown = (error as { readonly code?: unknown } | undefined)?.code;
  if (code === 'EOPENBREAKER') {
    tell.count('rejected_circuit_open');
    tell.emit(context, 'call.rejected', { reason: 'circuit-open' });
  } else if (code === 'ESEMLOCKED')
    tell.emit(context, 'call.rejected', { reason: 'bulkhead-full' });
  else if (code === 'ETIMEDOUT' && /^Timed out after \d+ms$/.test((error as Error).message))
    tell.emit(context, 'timeout.exceeded', {
      after: Number(breaker.options.timeout),
      attempt: context.attempt,
    });
}

function gaugesOf(
  breaker: LiveBreaker,
  watch: Watch | undefined,
): Readonly<Record<string, number>> {
  const state = stateOf(breaker);
  const { fires, failures } = breaker.stats;
  const openedAt = watch?.openedAt;
  return {
    closed: state === 'closed' ? 1 : 0,
    open: state === 'open' ? 1 : 0,
    half_open: state === 'half-open' ? 1 : 0,
    isolated: 0,
    not_closed: state === 'closed' ? 0 : 1,
    ...(openedAt !== undefined && { last_opened_timestamp_seconds: openedAt / 1_000 }),
    ...(fires > 0 && { failure_rate: failures / fires }),
  };
}

function stateOf({ opened, halfOpen }: LiveBreaker): CircuitState {
  return opened ? 'open' : halfOpen ? 'half-open' : 'closed';
}

/** Listens to the transitions of a breaker. */
class Watch {
  openedAt: number | undefined = undefined;
  private readonly breaker: LiveBreaker;
  private readonly tell: Teller;
  private state: CircuitState;
  private since: number | undefined = undefined;
  private openings = 0;
  private turnedAway = 0;
  private error: unknown = undefined;
  private readonly listeners: Readonly<Record<string, (...args: any[]) => void>> = {
    open: () => this.opened(),
    halfOpen: () => this.move('half-open', 'elapsed'),
    close: () => this.closed(),
    reject: () => void this.turnedAway++,
    failure: (error: unknown) => (this.error = error),
  };

  constructor(breaker: LiveBreaker, tell: Teller) {
    this.breaker = breaker;
    this.tell = tell;
    this.state = stateOf(breaker);
    for (const [event, listener] of Object.entries(this.listeners)) breaker.on(event, listener);
  }

  end(): void {
    for (const [event, listener] of Object.entries(this.listeners))
      this.breaker.removeListener(event, listener);
  }

  private opened(): void {
    const { resetTimeout = 30_000 } = this.breaker.options;
    const { fires, failures } = this.breaker.stats;
    const reason = this.state === 'half-open' ? 'probe-failed' : 'failure-rate';
    this.openedAt = wall();
    this.since ??= now();
    const from = this.move('open', reason);
    this.tell.announce('circuit.opened', {
      from,
      reason,
      failureRate: failures / fires,
      slowRate: NaN,
      calls: fires,
      consecutiveFailures: 0,
      openFor: resetTimeout,
      openings: ++this.openings,
      error: this.error,
    });
  }

  private closed(): void {
    const from = this.move('closed', this.state === 'half-open' ? 'recovered' : 'manual');
    const { openings, turnedAway } = this;
    const notClosedFor = this.since === undefined ? 0 : Math.max(0, now() - this.since);
    this.tell.count('not_closed_ms', notClosedFor);
    this.tell.announce('circuit.closed', { from, notClosedFor, openings, turnedAway });
    this.openings = this.turnedAway = 0;
    this.since = this.error = undefined;
  }

  private move(to: CircuitState, reason: TransitionReason): CircuitState {
    const { state: from } = this;
    this.state = to;
    this.tell.count(counterOf({ from, to, reason }));
    if (to === 'half-open') this.tell.announce('circuit.half-opened', { from });
    return from;
  }
}
