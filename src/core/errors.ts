/**
 * What a pipeline itself rejects with. Everything else that reaches a caller is the operation's own error, untouched.
 */

/** Why a call was turned away before its operation ran. */
export type RejectionReason =
  | 'circuit-open'
  | 'bulkhead-full'
  | 'queue-timeout'
  | 'rate-limited'
  | 'throttled';

/** Where in which pipeline an error was made. */
export interface Origin {
  readonly pipeline: string;
  readonly policy: string;
}

/**
 * The base of every error that kedge makes.
 *
 * These errors carry no stack: it would show kedge's own frames and cost more than the rest of the call.
 * `ResilienceError.stacks = true` turns stacks on, for a debugging session.
 */
export abstract class ResilienceError extends Error {
  /** Whether errors made from now on carry a stack. @default false */
  static stacks = false;

  /**
   * `instanceof` for whatever was thrown: an error of another copy of kedge is told by its code, and what throws when
   * it is looked at, like a revoked proxy, is none of these.
   */
  static override [Symbol.hasInstance](value: unknown): boolean {
    try {
      return (
        Function.prototype[Symbol.hasInstance].call(this, value) ||
        (value instanceof Error &&
          Object.hasOwn(this, 'isCode') &&
          this.isCode((value as { readonly code?: unknown }).code))
      );
    } catch {
      return false;
    }
  }

  /** Whether it is the code of an error of this class; classes that users derive have none of their own. */
  protected static isCode(code: unknown): boolean {
    return typeof code === 'string' && code.startsWith('KEDGE_');
  }

  /** A stable name for programs, such as `KEDGE_TIMEOUT`; an own property, so that loggers and JSON show it. */
  abstract readonly code: string;
  /** The pipeline in which the error was made. */
  readonly pipeline: string;
  /** The policy that made it, by its name in that pipeline. */
  readonly policy: string;

  constructor(message: string, origin: Origin, cause?: unknown) {
    const limit = engine.stackTraceLimit;
    const bare = adjustable && !ResilienceError.stacks;
    if (bare) engine.stackTraceLimit = 0;
    if (cause === undefined) super(message);
    else super(message, { cause });
    if (bare) engine.stackTraceLimit = limit;
    this.pipeline = origin.pipeline;
    this.policy = origin.policy;
  }
}

/** Only V8 has a limit, and a hardened runtime freezes it; elsewhere stacks are kept. */
const engine = Error as unknown as { stackTraceLimit?: number | undefined };
const adjustable = typeof engine.stackTraceLimit === 'number' && !Object.isFrozen(Error);

const rejections: ReadonlySet<unknown> = new Set([
  'KEDGE_CIRCUIT_OPEN',
  'KEDGE_BULKHEAD_FULL',
  'KEDGE_RATE_LIMITED',
  'KEDGE_THROTTLED',
]);

/** The call was turned away before this try. Whether an earlier one may have been executed is what `classify` says. */
export abstract class RejectedError extends ResilienceError {
  protected static override isCode(code: unknown): boolean {
    return rejections.has(code);
  }

  /** Why. */
  abstract readonly reason: RejectionReason;
  /** After how many milliseconds another call may be let in, where that is known. */
  readonly retryAfter: number | undefined;

  constructor(what: string, origin: Origin, retryAfter?: number, cause?: unknown) {
    super(`${origin.pipeline}: ${origin.policy} ${what}${hint(retryAfter)}`, origin, cause);
    this.retryAfter = retryAfter;
  }
}

function hint(retryAfter: number | undefined): string {
  if (retryAfter === undefined || retryAfter === Infinity) return '';
  return `; try again in ${Math.ceil(retryAfter)} ms`;
}

/** What a circuit can be asked by those whom it turned away. */
export interface Admission {
  admitsIn(time: number): number;
  downFor(time: number): number;
}

/** The circuit is open (or isolated, or all its probes are out); `cause` is what opened it. */
export class CircuitOpenError extends RejectedError {
  protected static override isCode(code: unknown): boolean {
    return code === 'KEDGE_CIRCUIT_OPEN';
  }

  declare readonly retryAfter: number;

  override get name(): string {
    return 'CircuitOpenError';
  }
  readonly code = 'KEDGE_CIRCUIT_OPEN' as const;
  readonly reason = 'circuit-open' as const;

  readonly #circuit: Admission | undefined;

  constructor(
    origin: Origin,
    retryAfter: number,
    cause?: unknown,
    state = 'open',
    circuit?: Admission,
  ) {
    super(`is ${state}`, origin, retryAfter, cause);
    this.#circuit = circuit;
  }

  /** @internal Whether it was this circuit that turned the call away; never of an error of another copy. */
  static isOf(error: unknown, circuit: Admission): boolean {
    return (
      typeof error === 'object' && error !== null && #circuit in error && error.#circuit === circuit
    );
  }

  /** @internal After how many milliseconds the circuit would let a call in, asked now; 0 for at once. */
  admitsIn(time: number): number {
    return this.#circuit === undefined ? 0 : this.#circuit.admitsIn(time);
  }

  /** @internal For how many milliseconds the circuit has not been closed, asked now. */
  downFor(time: number): number {
    return this.#circuit === undefined ? 0 : this.#circuit.downFor(time);
  }
}

/** The concurrency limit is reached and the queue is full, or the wait in it was too long. */
export class BulkheadFullError extends RejectedError {
  protected static override isCode(code: unknown): boolean {
    return code === 'KEDGE_BULKHEAD_FULL';
  }

  override get name(): string {
    return 'BulkheadFullError';
  }
  readonly code = 'KEDGE_BULKHEAD_FULL' as const;
  readonly reason: 'bulkhead-full' | 'queue-timeout';

  constructor(origin: Origin, reason: 'bulkhead-full' | 'queue-timeout', what: string) {
    super(what, origin);
    this.reason = reason;
  }
}

/** The rate limit is used up. */
export class RateLimitedError extends RejectedError {
  protected static override isCode(code: unknown): boolean {
    return code === 'KEDGE_RATE_LIMITED';
  }

  declare readonly retryAfter: number;

  override get name(): string {
    return 'RateLimitedError';
  }
  readonly code = 'KEDGE_RATE_LIMITED' as const;
  readonly reason = 'rate-limited' as const;

  constructor(origin: Origin, retryAfter: number) {
    super('has no permit left', origin, retryAfter);
  }
}

/** The dependency accepts too little of what it is sent, so this call was not sent. */
export class ThrottledError extends RejectedError {
  protected static override isCode(code: unknown): boolean {
    return code === 'KEDGE_THROTTLED';
  }

  override get name(): string {
    return 'ThrottledError';
  }
  readonly code = 'KEDGE_THROTTLED' as const;
  readonly reason = 'throttled' as const;

  constructor(origin: Origin) {
    super('holds this call back', origin);
  }
}

/** The time was up; the operation may have been executed all the same. */
export class TimeoutError extends ResilienceError {
  protected static override isCode(code: unknown): boolean {
    return code === 'KEDGE_TIMEOUT';
  }

  override get name(): string {
    return 'TimeoutError';
  }
  readonly code = 'KEDGE_TIMEOUT' as const;
  /** The length of the timeout in milliseconds. */
  readonly after: number;

  constructor(origin: Origin, after: number, cause?: unknown) {
    super(`${origin.pipeline}: ${origin.policy} ended the call after ${after} ms`, origin, cause);
    this.after = after;
  }

  /** @internal Keeps as `cause` what the operation said when its time was up, unless that was this error. */
  explain(error: unknown): void {
    if (error === this || this.cause !== undefined) return;
    Object.defineProperty(this, 'cause', { value: error, writable: true, configurable: true });
  }
}

/** Whether an abort's reason is that the time was up: kedge's own error, or that of `AbortSignal.timeout`. */
export function isTimeLimit(reason: unknown): boolean {
  try {
    return (reason as { readonly name?: unknown } | undefined)?.name === 'TimeoutError';
  } catch {
    return false;
  }
}
