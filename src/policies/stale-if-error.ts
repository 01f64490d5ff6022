/** Serves the last good value instead of a failure. */
import type { Policy } from '../core/policy.ts';
import { type Place, type Stage, stage } from '../core/stage.ts';
import { type OptionChanges, StatefulPolicy } from '../core/stateful.ts';
import { schema, type Settings, type StaleIfErrorOptions } from './stale-if-error/options.ts';
import { StaleStage } from './stale-if-error/stage.ts';
import { LastGoodValues } from './stale-if-error/values.ts';

export type { StaleIfErrorOptions } from './stale-if-error/options.ts';

/** A cache for bad times, in use. */
export interface StaleIfError extends Policy {
  /** Changes options, `null` for the default again; the values that are kept stay, as far as they fit. */
  reconfigure(changes: OptionChanges<StaleIfErrorOptions>): void;
  /** Forgets one key, or everything. */
  clear(key?: string): void;
}

/**
 * Keeps the last good value of each key, and answers with it, up to `maxAge` old, when the dependency fails:
 * `stale-if-error` of RFC 5861.
 *
 * A call without a key is neither kept nor answered: kedge cannot know that two such calls ask for the same thing. An
 * error that withdraws a value (401, 403, 404, 410) reaches the caller, and the value is dropped. A `Response` that is
 * not `ok` is not kept. Throws a `TypeError` or a `RangeError` for options that cannot be.
 *
 * @example
 * const rates = pipeline('rates', staleIfError({ maxAge: 600_000 }), timeout(1_000));
 * await rates.execute(() => fetchRate('EUR'), { key: 'EUR' });
 */
export function staleIfError(options: StaleIfErrorOptions): StaleIfError {
  return new ErrorCache(options);
}

class ErrorCache extends StatefulPolicy<StaleIfErrorOptions, Settings> implements StaleIfError {
  private readonly values: LastGoodValues;

  constructor(options: StaleIfErrorOptions) {
    super(schema, options);
    this.values = new LastGoodValues(this.settings);
  }

  [stage](place: Place): Stage {
    return new StaleStage(place, this.values);
  }

  clear(key?: string): void {
    this.values.clear(key);
  }

  protected override reconfigured(): void {
    this.values.settings = this.settings;
    this.values.trim();
  }
}
