/** Lets concurrent calls for the same thing share one execution. */
import type { Policy } from '../core/policy.ts';
import { type Place, type Stage, stage } from '../core/stage.ts';
import { type OptionChanges, StatefulPolicy } from '../core/stateful.ts';
import type { Flight } from './coalesce/flight.ts';
import { type CoalesceOptions, schema, type Settings } from './coalesce/options.ts';
import { CoalesceStage } from './coalesce/stage.ts';

export type { CoalesceOptions } from './coalesce/options.ts';

/** A coalescing policy in use. */
export interface Coalesce extends Policy {
  /** Changes options, `null` for the default again; calls that are shared already stay so. */
  reconfigure(changes: OptionChanges<CoalesceOptions>): void;
}

/**
 * Lets calls that come while another of the same key is under way share its outcome, as Go's `singleflight` does.
 *
 * One caller's abort or timeout ends that caller's wait alone; the work ends when nobody waits for it any more, and its
 * deadline is the latest of those who do. Each caller gets a `Response` of its own. A call without a key runs by itself:
 * kedge cannot know that two such calls ask for the same thing. Throws a `TypeError` for options that cannot be.
 *
 * @example
 * const users = pipeline('users', coalesce(), timeout(1_000));
 * await Promise.all([users.execute(load, { key: '7' }), users.execute(load, { key: '7' })]); // one load
 */
export function coalesce(options: CoalesceOptions = {}): Coalesce {
  return new SharedFlights(options);
}

class SharedFlights extends StatefulPolicy<CoalesceOptions, Settings> implements Coalesce {
  private readonly flights: Map<string, Flight> = new Map();

  constructor(options: CoalesceOptions) {
    super(schema, options);
  }

  [stage](place: Place): Stage {
    return new CoalesceStage(place, this, this.flights);
  }
}
