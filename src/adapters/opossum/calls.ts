/** The calls of a breaker: through its caches and its pipeline, and how they end. */
import { Chain } from '../../core/chain.ts';
import { listened } from '../../core/channels.ts';
import { sharedBus } from '../../core/event-bus.ts';
import { type StagedPolicy, stage } from '../../core/stage.ts';
import { applyStaged } from '../../core/staged.ts';
import { isThenable } from '../../core/thenable.ts';
import { wall } from '../../core/time.ts';
import type { CircuitState } from '../../core/transitions.ts';
import { bulkhead } from '../../index.ts';
import { CircuitOfOpossum, type Owner } from './circuit.ts';
import { breakerError } from './errors.ts';
import { type Action, Firing } from './firing.ts';
import type { Settings } from './options.ts';
import { type Host, OpossumStage } from './stage.ts';
import type { Counter, Status } from './status.ts';

/** What is counted at each event. */
const countedAt: Readonly<Record<string, Counter>> = {
  fire: 'fires',
  success: 'successes',
  failure: 'failures',
  timeout: 'timeouts',
  fallback: 'fallbacks',
  reject: 'rejects',
  cacheHit: 'cacheHits',
  cacheMiss: 'cacheMisses',
  coalesceCacheHit: 'coalesceCacheHits',
  coalesceCacheMiss: 'coalesceCacheMisses',
  semaphoreLocked: 'semaphoreRejections',
};

/** What is used of the breaker itself. */
export interface Breaker {
  readonly options: Settings;
  readonly status: Status;
  readonly action: Action;
  readonly warmUp: boolean;
  readonly volumeThreshold: number;
  emit(event: string, ...args: unknown[]): boolean;
}

export class Calls implements Host, Owner {
  readonly circuit: CircuitOfOpossum;
  isEnabled = true;
  /** The fallback. */
  answering: ((...args: unknown[]) => unknown) | null = null;
  stage: OpossumStage | undefined = undefined;
  /** Takes the pipeline out of the metrics. */
  readonly leave: () => void;
  private readonly breaker: Breaker;
  private readonly chain: Chain;

  constructor(breaker: Breaker, name: string) {
    this.breaker = breaker;
    this.circuit = new CircuitOfOpossum(this);
    const metrics = sharedBus.names.of(name);
    const { capacity } = breaker.options;
    const isLimited = capacity > 0 && capacity < Number.MAX_SAFE_INTEGER;
    this.chain = new Chain(metrics, [
      this.policy(),
      isLimited && bulkhead({ maxConcurrent: capacity }),
    ]);
    const leave = metrics.join(this.chain);
    this.leave = () => {
      leave();
      this.chain.dispose();
    };
  }

  get options(): Settings {
    return this.breaker.options;
  }

  get status(): Status {
    return this.breaker.status;
  }

  get circuitState(): CircuitState {
    const { state } = this.circuit;
    return state === 'shutdown' ? 'closed' : state;
  }

  get isFull(): boolean {
    return this.breaker.options.capacity < 1;
  }

  /** How long a call may take, in milliseconds; 0 for as long as it likes. */
  get timeLimit(): number {
    return this.breaker.options.timeout || 0;
  }

  gauges(): Readonly<Record<string, number>> {
    return this.circuit.gauges();
  }

  retryAfter(): number {
    return this.circuit.retryAfter();
  }

  admit(firing: Firing): boolean {
    if (this.circuit.admit(firing)) return true;
    const error = breakerError('Breaker is open', 'EOPENBREAKER');
    this.tell('reject', error);
    firing.direct = this.answered(firing, error) ?? Promise.reject(error);
    return false;
  }

  locked(firing: Firing): void {
    const error = breakerError('Semaphore locked', 'ESEMLOCKED');
    const { latency } = firing;
    this.breaker.status.excuse('fires');
    this.tell('semaphoreLocked', error, latency);
    this.settle(firing, error, latency, true);
    this.resetCoalesce(firing);
  }

  timedOut(firing: Firing): void {
    const error = breakerError(`Timed out after ${firing.limitedTo}ms`, 'ETIMEDOUT');
    const { latency } = firing;
    this.tell('timeout', error, latency, firing.args);
    this.settle(firing, error, latency, false);
    this.resetCoalesce(firing, 'timeout');
    this.breaker.options.abortController?.abort();
  }

  failed(firing: Firing, error: unknown): void {
    this.settle(firing, error, firing.latency, false);
    this.resetCoalesce(firing, 'error');
  }

  succeeded(firing: Firing, value: unknown): void {
    const { cache, cacheTransport, cacheTTL } = this.breaker.options;
    this.success(firing, value, firing.latency);
    this.resetCoalesce(firing, 'success');
    firing.respond(value);
    if (cache)
      cacheTransport?.set(firing.cacheKey, firing.work, cacheTTL > 0 ? wall() + cacheTTL : 0);
  }

  /** Counts and emits; what a listener throws does not reach the call. */
  tell(event: string, ...args: unknown[]): void {
    const counter = countedAt[event];
    if (counter !== undefined) this.breaker.status.increment(counter, args[1] as number);
    try {
      this.breaker.emit(event, ...args);
    } catch (error) {
      this.stage?.listenerFailed(error, event);
    }
  }

  renewAbortController(): void {
    const { autoRenewAbortController, abortController } = this.breaker.options;
    if (autoRenewAbortController && abortController?.signal.aborted)
      this.breaker.options.abortController = new AbortController();
  }

  /** One call, from `fire` or `call`. */
  enter(context: unknown, args: unknown[]): unknown {
    if (this.circuit.state === 'shutdown')
      return Promise.reject(breakerError('The circuit has been shutdown.', 'ESHUTDOWN'));
    this.tell('fire', args);
    if (!this.isEnabled) return this.unprotected(context, args);
    const { cache, coalesce, coalesceCache, cacheTransport, cacheGetKey, coalesceTTL } =
      this.breaker.options;
    const key = cache || coalesce ? cacheGetKey.apply(this.breaker, args) : '';
    if (cache) {
      const cached = cacheTransport?.get(key);
      if (cached) {
        this.tell('cacheHit');
        return cached;
      }
      this.tell('cacheMiss');
    }
    if (!coalesce) return this.run(context, args, key);
    const shared = coalesceCache?.get(key);
    if (shared) {
      this.tell('coalesceCacheHit');
      return shared;
    }
    this.tell('coalesceCacheMiss');
    const isLetIn = this.circuit.state === 'closed' || this.circuit.pendingClose;
    const call = this.run(context, args, key);
    if (isLetIn) coalesceCache?.set(key, call, coalesceTTL > 0 ? wall() + coalesceTTL : 0);
    return call;
  }

  private run(context: unknown, args: unknown[], key: string): Promise<unknown> {
    const { chain } = this;
    const firing = new Firing(chain, this.breaker.action, context, args, key);
    if (this.circuit.state !== 'closed' && !this.circuit.pendingClose) {
      this.start(chain, firing);
      return firing.direct as Promise<unknown>;
    }
    return new Promise((resolve, reject) => {
      firing.respond = resolve;
      firing.refuse = reject;
      this.start(chain, firing);
    });
  }

  private start(chain: Chain, firing: Firing): void {
    if (listened.execute) chain.start(firing);
    else chain.run(firing);
  }

  private unprotected(context: unknown, args: unknown[]): unknown {
    try {
      const result: unknown = this.breaker.action.apply(context, args);
      return isThenable(result) ? result : Promise.resolve(result);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** A call has failed: it counts, unless `errorFilter` says otherwise, and its caller is answered. */
  private settle(firing: Firing, error: unknown, latency: number, isRefusal: boolean): void {
    let isFiltered: unknown;
    try {
      isFiltered = this.breaker.options.errorFilter(error, ...firing.args);
    } catch (mistake) {
      this.circuit.giveBack(firing);
      firing.refuse(mistake);
      return;
    }
    if (isFiltered) this.success(firing, error, latency, isRefusal);
    else {
      this.tell('failure', error, latency, firing.args);
      if (isRefusal) {
        this.breaker.status.excuse('failures');
        this.circuit.giveBack(firing);
      } else this.circuit.failed(firing, error, this.breaker.warmUp, this.breaker.volumeThreshold);
      const answer = this.answered(firing, error);
      if (answer !== undefined) {
        firing.respond(answer);
        return;
      }
    }
    firing.refuse(error);
  }

  private success(firing: Firing, value: unknown, latency: number, isRefusal = false): void {
    // The circuit closes before anybody hears of the success that closes it.
    this.breaker.status.increment('successes', latency);
    if (isRefusal) this.circuit.giveBack(firing);
    else this.circuit.succeeded(firing);
    this.announce('success', value, latency);
  }

  /** Emits what has been counted already. */
  private announce(event: string, ...args: unknown[]): void {
    try {
      this.breaker.emit(event, ...args);
    } catch (error) {
      this.stage?.listenerFailed(error, event);
    }
  }

  /** What the fallback answers, where there is one. */
  private answered(firing: Firing, error: unknown): Promise<unknown> | undefined {
    const { answering } = this;
    if (answering === null) return undefined;
    try {
      const result: unknown = answering.apply(answering, [...firing.args, error]);
      this.tell('fallback', result, error);
      firing.fallback = result instanceof Promise ? result : Promise.resolve(result);
    } catch (thrown) {
      firing.fallback = Promise.reject(thrown);
    }
    return firing.fallback;
  }

  private resetCoalesce({ cacheKey }: Firing, event?: 'error' | 'success' | 'timeout'): void {
    const { coalesceCache, coalesceResetOn } = this.breaker.options;
    if (event === undefined || coalesceResetOn.includes(event)) coalesceCache?.delete(cacheKey);
  }

  private policy(): StagedPolicy {
    return {
      kind: 'circuitBreaker',
      name: 'circuitBreaker',
      apply: applyStaged,
      [stage]: (place) => (this.stage = new OpossumStage(place, this)),
    };
  }
}
