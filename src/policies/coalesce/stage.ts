import { carriedOutFor } from '../../core/carried-out.ts';
import { listened } from '../../core/channels.ts';
import type { Scope } from '../../core/scope.ts';
import { workFor } from '../../core/work.ts';
import { type Place, Stage } from '../../core/stage.ts';
import { executionJoined } from '../../core/tracing.ts';
import { ask, asBug, threw } from '../shared/handle.ts';
import { Flight, type Landing, Passenger } from './flight.ts';
import type { Settings } from './options.ts';

export class CoalesceStage extends Stage {
  private readonly policy: { readonly settings: Settings };
  private readonly flights: Map<string, Flight>;

  constructor(place: Place, policy: { readonly settings: Settings }, flights: Map<string, Flight>) {
    super(place, { led: 0, joined: 0 });
    this.policy = policy;
    this.flights = flights;
  }

  override enter(scope: Scope): void {
    const key = ask(this, scope, this.policy.settings.key, scope, undefined);
    if (key === threw) return;
    if (key === undefined) this.nextEntering.enter(scope);
    else this.board(scope, key);
  }

  // A call that is the work of a flight notes it here; one that runs by itself has nothing noted.
  override succeed(scope: Scope, value: unknown): void {
    const flight = scope.notes[this.index] as Flight | undefined;
    if (flight === undefined) this.nextSucceeding.succeed(scope, value);
    else {
      const { clone } = this.policy.settings;
      const outcome = scope.outcomeOverride;
      let left = flight.aboard.size;
      this.land(flight, () => {
        // The last one gets the original.
        left--;
        try {
          return { value: left === 0 ? value : clone(value), outcome };
        } catch (error) {
          return { error: asBug(error, value) };
        }
      });
    }
  }

  protected override failedInside(scope: Scope, error: unknown): void {
    const flight = scope.notes[this.index] as Flight | undefined;
    if (flight === undefined) this.outer.fail(scope, error);
    else this.land(flight, () => ({ error }));
  }

  override late(scope: Scope, value: unknown): void {
    const flight = scope.at(this).notes[this.index] as Flight | undefined;
    this.outer.late(flight?.leader ?? scope, value);
  }

  override gauges(): Readonly<Record<string, number>> {
    return { under_way: this.flights.size };
  }

  /** Waits for what another call has started, or starts it. */
  private board(scope: Scope, key: string): void {
    const passenger = new Passenger(scope);
    const known = this.flights.get(key);
    // Two policies in opposite order in two pipelines: who would close the circle runs by itself.
    if (known !== undefined && passenger.within?.isAwaitedBy(known) === true) {
      this.count('led');
      this.nextEntering.enter(scope);
      return;
    }
    this.count(known === undefined ? 'led' : 'joined');
    const flight = known ?? new Flight(key, scope, this);
    this.wait(passenger, flight);
    if (known !== undefined) {
      if (listened.execute) executionJoined(scope.execution, known.work);
      return;
    }
    this.flights.set(key, flight);
    const { outermost } = flight.work;
    outermost.notes[this.index] = flight;
    this.nextEntering.enter(outermost);
  }

  private wait(passenger: Passenger, flight: Flight): void {
    const { scope } = passenger;
    passenger.wait = {
      at: this,
      // The work is the operation's, if not this caller's: told to give way, it is waited for, unless others want it.
      forOperation: () => {
        if (flight.aboard.size > 1) return false;
        this.interrupt(flight, scope);
        flight.work.outermost.settleInterrupted(false);
        return true;
      },
      cancel: () => {
        carriedOutFor(scope, flight.work.outermost);
        if (flight.leave(passenger)) return;
        // A permit outside is held by the last who waited until the work has really ended.
        workFor(scope, flight.work.outermost);
        this.interrupt(flight, scope);
        flight.work.outermost.settleInterrupted(true);
      },
    };
    flight.aboard.add(passenger);
    scope.wait(passenger.wait);
    void flight.landed.then(() => {
      const { landing } = passenger;
      if (landing === undefined) return;
      carriedOutFor(scope, flight.work.outermost);
      if ('error' in landing) this.outer.fail(scope, landing.error);
      else {
        scope.outcomeOverride = landing.outcome;
        this.nextSucceeding.succeed(scope, landing.value);
      }
    });
  }

  /** The work ends as the last who waited did: a timeout's end says something about the dependency. */
  private interrupt(flight: Flight, scope: Scope): void {
    this.close(flight);
    const { outermost, chain } = flight.work;
    outermost.interrupt(scope.isCancelled ? chain.answer : flight.starter, scope.reason);
  }

  private land(flight: Flight, landingOf: (passenger: Passenger) => Landing): void {
    this.close(flight);
    flight.end(landingOf);
  }

  /** Nobody boards it any more. */
  private close(flight: Flight): void {
    if (this.flights.get(flight.key) === flight) this.flights.delete(flight.key);
  }
}
