/** Starts a second call when the first is late, and takes the answer that comes first. */
import type { Policy } from '../core/policy.ts';
import { type Place, type Stage, stage } from '../core/stage.ts';
import { type OptionChanges, StatefulPolicy } from '../core/stateful.ts';
import { HedgeDelay } from './hedge/delay.ts';
import { type HedgeOptions, schema, type Settings } from './hedge/options.ts';
import { HedgeStage } from './hedge/stage.ts';

export type { HedgeOptions, LearntDelay } from './hedge/options.ts';

/** A hedge in use. */
export interface Hedge extends Policy {
  /** Changes options, `null` for the default again; what was learnt stays unless another quantile is asked for. */
  reconfigure(changes: OptionChanges<HedgeOptions>): void;
}

/**
 * Starts the rest of the pipeline once more when it has not answered `after` so long, or has failed; the first good
 * answer wins, the others are aborted, and what they still bring is closed.
 *
 * From "The Tail at Scale" (Dean and Barroso, 2013). Hedges are paid from a budget, and an operation whose attributes
 * say `idempotent: false` is never hedged. When all fail, rejects with the first error. Throws a `TypeError` or a
 * `RangeError` for options that cannot be.
 *
 * @example
 * const search = pipeline('search', hedge({ after: { quantile: 0.95 } }), timeout(1_000));
 */
export function hedge(options: HedgeOptions): Hedge {
  return new BudgetedHedge(options);
}

class BudgetedHedge extends StatefulPolicy<HedgeOptions, Settings> implements Hedge {
  private readonly delay = new HedgeDelay();

  constructor(options: HedgeOptions) {
    super(schema(), options);
    this.delay.set(this.settings.after);
  }

  [stage](place: Place): Stage {
    return new HedgeStage(place, this, this.delay);
  }

  protected override reconfigured(): void {
    this.delay.set(this.settings.after);
  }
}
