/** One execution that several calls wait for. */
import type { Execution } from '../../core/execution.ts';
import type { ExecutionOutcome } from '../../core/policy.ts';
import type { Limit } from '../../core/limit.ts';
import type { PendingWait, Position, Scope } from '../../core/scope.ts';

/** How a flight ended. */
export type Landing =
  | { readonly value: unknown; readonly outcome: ExecutionOutcome | undefined }
  | { readonly error: unknown };

/** Which flight an execution is the work of. */
const flights: WeakMap<Execution, Flight> = new WeakMap();

/** A call that waits for a flight. */
export class Passenger {
  readonly scope: Scope;
  /** The flight that the call is itself a part of, and that waits for this one through it. */
  readonly within: Flight | undefined;
  wait!: PendingWait;
  landing: Landing | undefined = undefined;

  constructor(scope: Scope) {
    this.scope = scope;
    this.within = flightAround(scope);
  }
}

/** The work, and those who wait for it. As a limit it is the latest of theirs. */
export class Flight implements Limit {
  readonly key: string;
  readonly work: Execution;
  /** Who started it; those who wait may do so in other pipelines. */
  readonly starter: Position;
  /** Settles when it has landed; each who waits goes on from here in its own asynchronous context. */
  readonly landed: Promise<void>;
  readonly aboard: Set<Passenger> = new Set();
  /** The scope that the work is done for; when all have left, that of the last. */
  leader: Scope;
  private land!: () => void;
  private finalInstant: number | undefined = undefined;

  constructor(key: string, scope: Scope, starter: Position) {
    this.key = key;
    this.work = scope.execution.detach({ key: scope.key, attributes: scope.attributes });
    this.work.outermost.timeout = this;
    this.starter = starter;
    this.leader = scope;
    this.landed = new Promise((resolve) => {
      this.land = resolve;
    });
    flights.set(this.work, this);
  }

  get instant(): number {
    if (this.finalInstant !== undefined) return this.finalInstant;
    let latest = -Infinity;
    for (const { scope } of this.aboard) latest = Math.max(latest, scope.deadline);
    return latest;
  }

  /** Whether `other` waits for this one, itself or through others: this one must not wait for `other` then. */
  isAwaitedBy(other: Flight): boolean {
    if (this === other) return true;
    for (const { within } of this.aboard)
      if (within !== undefined && within.isAwaitedBy(other)) return true;
    return false;
  }

  /** Somebody does not wait any more. Returns whether anybody still does. */
  leave(passenger: Passenger): boolean {
    if (this.aboard.size === 1) this.finalInstant = this.instant;
    this.aboard.delete(passenger);
    const [next] = this.aboard;
    if (next === undefined) return false;
    if (passenger.scope === this.leader) {
      const { execution } = this.leader;
      execution.attempts = Math.max(execution.attempts, this.work.attempts);
      // Events go on under the name of somebody who is there.
      this.leader = next.scope;
      this.work.doneFor(next.scope.execution);
    }
    return true;
  }

  /** From here on the outcome is theirs: whoever aborts before it is handed over keeps it. */
  end(landingOf: (passenger: Passenger) => Landing): void {
    this.finalInstant = this.instant;
    const { work, leader } = this;
    for (const passenger of this.aboard) {
      const { scope } = passenger;
      if (!scope.resume(passenger.wait)) continue;
      passenger.landing = landingOf(passenger);
      scope.execution.retryRefused = work.retryRefused;
    }
    // A policy outside may still repair the failure of the last attempt, which its own pipeline reports.
    if (this.aboard.size > 0 && leader.execution.metrics === work.metrics)
      leader.execution.takeUp(work);
    else work.reportFailure(true);
    this.land();
  }
}

/** The flight that a call is a part of; also one of a pipeline around, where that is known. */
function flightAround(scope: Scope): Flight | undefined {
  let inside: Scope | undefined = scope;
  while (inside !== undefined) {
    const flight = flights.get(inside.execution);
    if (flight !== undefined) return flight;
    inside = inside.execution.enclosing;
  }
  return undefined;
}
