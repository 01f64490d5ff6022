/** Lets concurrent calls for the same thing share one execution. */
import type { Execution } from '../core/execution.ts';
import type { PendingWait, Scope } from '../core/scope.ts';
import { func, readOptions, type Rules, text } from '../core/options.ts';
import type { Context, Policy } from '../core/policy.ts';
import { type Place, Stage } from '../core/stage.ts';
import { staged } from '../core/staged.ts';

export interface CoalesceOptions {
  /** What a call asks for; calls of one key share one execution. @default the context's key */
  key?: (context: Context) => string | undefined;
  /** The policy's name in metrics and events. @default 'coalesce' */
  name?: string;
}

const rules: Rules<CoalesceOptions> = { key: func, name: text };
const defaults = { key: (context: Context) => context.key, name: 'coalesce' };

/**
 * Lets calls that come while another of the same key is under way share its outcome, as Go's `singleflight` does.
 *
 * One caller's abort or timeout ends that caller's wait alone; the work ends when nobody waits for it any more. A call
 * without a key runs by itself: kedge cannot know that two such calls ask for the same thing.
 *
 * @example
 * const users = pipeline('users', coalesce(), timeout(1_000));
 * await Promise.all([users.execute(load, { key: '7' }), users.execute(load, { key: '7' })]); // one load
 */
export function coalesce(options: CoalesceOptions = {}): Policy {
  const settings = readOptions<Required<CoalesceOptions>>('coalesce', options, defaults, rules);
  const flights = new Map<string, Flight>();
  return staged(
    'coalesce',
    settings.name,
    (place) => new CoalesceStage(place, settings.key, flights),
  );
}

/** One execution that several calls wait for. */
class Flight {
  readonly trip: Execution;
  /** The place that started it; those who wait may do so in other pipelines. */
  readonly stage: CoalesceStage;
  readonly outcome: Promise<unknown>;
  resolve!: (value: unknown) => void;
  reject!: (error: unknown) => void;
  /** Those who wait: each is told of the landing at once, and answered in its own asynchronous context. */
  readonly aboard: Set<() => void> = new Set();

  constructor(trip: Execution, stage: CoalesceStage) {
    this.trip = trip;
    this.stage = stage;
    this.outcome = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }
}

class CoalesceStage extends Stage {
  private readonly key: (context: Context) => string | undefined;
  private readonly flights: Map<string, Flight>;

  constructor(
    place: Place,
    key: (context: Context) => string | undefined,
    flights: Map<string, Flight>,
  ) {
    super(place, { led: 0, joined: 0 });
    this.key = key;
    this.flights = flights;
  }

  override enter(scope: Scope): void {
    let key: string | undefined;
    try {
      key = this.key(scope);
    } catch (thrown) {
      this.outer.fail(scope, thrown);
      return;
    }
    if (key === undefined) {
      this.nextEntering.enter(scope);
      return;
    }
    const known = this.flights.get(key);
    const flight = known ?? new Flight(scope.execution.detach(), this);
    this.board(scope, flight, key);
    if (known === undefined) this.start(flight, key);
    else this.count('joined');
  }

  override succeed(scope: Scope, value: unknown): void {
    const land = scope.notes[this.index] as Landing | undefined;
    if (land === undefined) {
      this.nextSucceeding.succeed(scope, value);
      return;
    }
    // A failure that is still to be reported is the last one, and somebody inside has answered in its place.
    land.flight.trip.reportFailure(true);
    this.land(land);
    land.flight.resolve(value);
  }

  override fail(scope: Scope, error: unknown): void {
    const land = scope.notes[this.index] as Landing | undefined;
    if (land === undefined) {
      this.outer.fail(scope, error);
      return;
    }
    land.flight.trip.reportFailure(true);
    this.land(land);
    land.flight.reject(error);
  }

  override get gauged(): object {
    return this.flights;
  }

  override gauges(): Readonly<Record<string, number>> {
    return { under_way: this.flights.size };
  }

  private start(flight: Flight, key: string): void {
    this.count('led');
    this.flights.set(key, flight);
    const { outermost } = flight.trip;
    const end = (): void => {
      if (this.flights.get(key) === flight) this.flights.delete(key);
    };
    outermost.notes[this.index] = { flight, end } satisfies Landing;
    this.nextEntering.enter(outermost);
  }

  private board(scope: Scope, flight: Flight, key: string): void {
    let arrived = false;
    const arrive = (): void => {
      arrived = scope.resume(wait);
    };
    const wait: PendingWait = {
      at: this,
      // The work is the operation's, if not this caller's: a cooperative timeout waits for it.
      forOperation: () => true,
      cancel: () => {
        flight.aboard.delete(arrive);
        if (flight.aboard.size > 0) return;
        if (this.flights.get(key) === flight) this.flights.delete(key);
        const { outermost, chain } = flight.trip;
        // It ends as the last who waited did: a timeout's end says something about the dependency.
        // A permit outside is held by the last who waited until the work has really ended.
        scope.workFor(outermost);
        outermost.interrupt(scope.isCancelled ? chain.answer : flight.stage, scope.reason);
        outermost.settleInterrupted(true);
      },
    };
    flight.aboard.add(arrive);
    scope.wait(wait);
    flight.outcome.then(
      (value) => {
        if (arrived) this.nextSucceeding.succeed(scope, value);
      },
      (error: unknown) => {
        if (arrived) this.outer.fail(scope, error);
      },
    );
  }

  /** From here on the outcome is theirs: who aborts before it is handed over keeps it. */
  private land({ flight, end }: Landing): void {
    end();
    for (const arrive of flight.aboard) arrive();
  }
}

/** What a flight's own call notes here: where its outcome goes. */
interface Landing {
  readonly flight: Flight;
  end(): void;
}
