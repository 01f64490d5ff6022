import { EventEmitter } from 'node:events';
import { isThenable } from '../../core/thenable.ts';
import { epoch, now } from '../../core/time.ts';
import { adopt } from './adopt.ts';
import type { CacheTransport } from './cache.ts';
import { type Breaker, Calls } from './calls.ts';
import { isOurError } from './errors.ts';
import { type Options, readOptions, type Settings, type State } from './options.ts';
import { repeating } from './repeating.ts';
import { type Bucket, type Stats, Status, type StatusOptions, type Window } from './status.ts';

/** The pipeline of breakers that have no name of their own. */
const nameless = 'opossum';

/**
 * opossum's `CircuitBreaker`: an action behind a circuit, a timeout, a limit of concurrency, a fallback and a cache, with
 * opossum's options, events, errors and statistics. It shows in kedge's metrics and logs under its name.
 *
 * Throws a `TypeError` for an action that is none, and for options that cannot be.
 *
 * @example
 * import CircuitBreaker from 'kedge/opossum';
 *
 * const breaker = new CircuitBreaker((sku: string) => fetchQuote(sku), { timeout: 3_000, resetTimeout: 30_000 });
 * breaker.fallback(() => undefined);
 * const quote = await breaker.fire('7');
 */
export class CircuitBreaker<TI extends unknown[] = unknown[], TR = unknown> extends EventEmitter {
  /** The options in force: the breaker's own, which may be changed here. */
  readonly options: Settings;
  /** What is called; not a function where a plain value was given. */
  action: (...args: TI) => PromiseLike<TR> | TR;
  readonly volumeThreshold: number;
  readonly name: string;
  readonly group: string;
  readonly status: Status;
  private readonly calls: Calls;
  private warmUntil: number;
  private readonly checks: (() => void)[] = [];

  /** Whether an error was made by a breaker, and not by its action. */
  static isOurError(error: unknown): boolean {
    return isOurError(error);
  }

  /** The `adopt` of this entry, for whoever has the class by `require`. */
  static readonly adopt: typeof adopt = adopt;

  /** Makes a `Status`, such as one with the `stats` of an earlier breaker, for the option `status`. */
  static newStatus(options: StatusOptions): Status {
    return new Status(options);
  }

  constructor(action: (...args: TI) => PromiseLike<TR> | TR, options: Options<TI> = {}) {
    super();
    this.options = readOptions(options);
    if (!action)
      throw new TypeError(
        'No action provided. Cannot construct a CircuitBreaker without an invocable action.',
      );
    const { state, status, volumeThreshold, name, group } = options;
    this.volumeThreshold = Number.isInteger(volumeThreshold) ? (volumeThreshold as number) : 0;
    this.name = name || action.name || globalThis.crypto.randomUUID();
    this.group = group || this.name;
    this.action = typeof action === 'function' ? action : () => Promise.resolve(action as TR);
    this.status =
      status instanceof Status ? status : new Status(status ? { stats: status } : this.options);
    const isWarmingUp = options.allowWarmUp === true || state?.warmUp === true;
    this.warmUntil = isWarmingUp ? now() - epoch + this.options.rollingCountTimeout : -Infinity;
    this.calls = new Calls(this as unknown as Breaker, name || action.name || nameless);
    this.calls.isEnabled = (state ?? options).enabled !== false;
    if (state) this.calls.circuit.restore(state);
    if (this.isShutdown) this.shutdown();
  }

  /** Calls the action with these arguments. Rejects with its error, or with one of the breaker's own. */
  fire(...args: TI): Promise<TR> {
    return this.call(this.action, ...args);
  }

  /** The same, with a `this` for the action. */
  call(context: unknown, ...args: TI): Promise<TR> {
    return this.calls.enter(context, args) as Promise<TR>;
  }

  /** Answers in place of calls that fail or are turned away; it gets their arguments, and the error last. */
  fallback(func: ((...args: any[]) => any) | CircuitBreaker<any[], any>): this {
    const breaker = func as { fire?: (...args: unknown[]) => unknown };
    this.calls.answering =
      typeof func === 'function' ? func : (...args: unknown[]) => breaker.fire?.(...args);
    return this;
  }

  /** Opens the circuit. It is half-open after `resetTimeout`. */
  open(): void {
    this.calls.circuit.open('manual');
  }

  close(): void {
    this.calls.circuit.close('manual');
  }

  /** Turns all further calls away, for good, and lets go of timers, listeners and caches. */
  shutdown(): void {
    this.calls.tell('shutdown');
    this.disable();
    this.removeAllListeners();
    for (const end of this.checks.splice(0)) end();
    this.warmUntil = -Infinity;
    this.status.shutdown();
    this.calls.circuit.shutdown();
    this.clearCache();
    this.calls.leave();
  }

  enable(): void {
    this.calls.isEnabled = true;
    this.status.startListeneningForRotateEvent();
  }

  /** Lets all calls pass unprotected until `enable()`. */
  disable(): void {
    this.calls.isEnabled = false;
    this.status.removeRotateBucketControllerListener();
  }

  clearCache(): void {
    if (this.options.cache) this.options.cacheTransport?.flush();
    this.options.coalesceCache?.flush();
  }

  /** Calls `func` now and every `interval` milliseconds; the circuit opens when it rejects. */
  healthCheck(func: (this: this) => PromiseLike<unknown>, interval?: number | string): void {
    const every = interval ? Number(interval) : 5_000;
    if (typeof func !== 'function') throw new TypeError('Health check function must be a function');
    if (Number.isNaN(every)) throw new TypeError('Health check interval must be a number');
    const check = (): void => {
      const failed = (error: unknown): void => {
        this.calls.tell('healthCheckFailed', error);
        this.open();
      };
      try {
        const result: unknown = func.apply(this);
        (isThenable(result) ? result : Promise.resolve(result)).then(undefined, failed);
      } catch (error) {
        failed(error);
      }
    };
    this.checks.push(repeating(check, every));
    check();
  }

  getSignal(): AbortSignal | undefined {
    return this.options.abortController?.signal || undefined;
  }

  getAbortController(): AbortController | undefined {
    return this.options.abortController;
  }

  /** The state, for the option `state` of a breaker to come, and the counts. */
  toJSON(): { state: State; status: Stats } {
    return {
      state: {
        name: this.name,
        enabled: this.enabled,
        closed: this.closed,
        open: this.opened,
        halfOpen: this.halfOpen,
        warmUp: this.warmUp,
        shutdown: this.isShutdown,
        lastTimerAt: this.calls.circuit.lastTimerAt,
      },
      status: this.stats,
    };
  }

  get enabled(): boolean {
    return this.calls.isEnabled;
  }

  get closed(): boolean {
    return this.calls.circuit.state === 'closed';
  }

  get opened(): boolean {
    return this.calls.circuit.state === 'open';
  }

  get halfOpen(): boolean {
    return this.calls.circuit.state === 'half-open';
  }

  get isShutdown(): boolean {
    return this.calls.circuit.state === 'shutdown';
  }

  /** Whether the circuit is half-open, and the next call is let in. */
  get pendingClose(): boolean {
    return this.calls.circuit.pendingClose;
  }

  get warmUp(): boolean {
    return now() - epoch < this.warmUntil;
  }

  get stats(): Stats {
    return this.status.stats;
  }
}

/** Types by the names that they have in opossum's own. */
export declare namespace CircuitBreaker {
  export type {
    Bucket,
    CacheTransport,
    CacheTransport as MemoryCache,
    Options,
    State,
    Stats,
    Status,
    StatusOptions,
    Window,
  };
}
