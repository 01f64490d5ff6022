/** Starts a second call when the first is late, and takes the answer that comes first. */
import { missing, readOptions } from '../core/options.ts';
import type { Policy } from '../core/policy.ts';
import { type Place, type Stage, stage } from '../core/stage.ts';
import { applyStaged } from '../core/staged.ts';
import { retryBudget } from '../mechanisms/budget.ts';
import { DeadlineList } from '../mechanisms/deadlines.ts';
import { adopt, type Shared } from './hedge/delay.ts';
import { changeable, defaults, type HedgeOptions, rules, type Settings } from './hedge/options.ts';
import { HedgeStage } from './hedge/stage.ts';

export type { HedgeOptions, LearntDelay } from './hedge/options.ts';

/** A hedge in use. */
export interface Hedge extends Policy {
  /** Changes options; what was learnt stays unless another quantile is asked for. */
  reconfigure(options: Partial<Omit<HedgeOptions, 'name'>>): void;
}

/**
 * Starts the rest of the pipeline once more when it has not answered `after` so long, or has failed; the first good
 * answer wins, the others are aborted.
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

class BudgetedHedge implements Hedge {
  readonly kind = 'hedge';
  readonly name: string;
  readonly apply = applyStaged;
  private readonly shared: Shared;

  constructor(options: HedgeOptions) {
    const { name, ...given } = readOptions<HedgeOptions>('hedge', options, defaults, rules);
    if (given.after === undefined) missing('hedge', 'after', rules.after);
    this.name = name ?? defaults.name;
    const settings = { ...given, budget: given.budget ?? retryBudget() } as Settings;
    this.shared = {
      settings,
      learnt: undefined,
      deadlines: new DeadlineList(),
      after: Infinity,
      untilRelearnt: 0,
    };
    adopt(this.shared, settings, undefined);
  }

  [stage](place: Place): Stage {
    return new HedgeStage(place, this.shared);
  }

  reconfigure(options: Partial<Omit<HedgeOptions, 'name'>>): void {
    const before = this.shared.settings;
    const settings = readOptions<Omit<HedgeOptions, 'name'>>(
      'hedge',
      options,
      before,
      changeable,
    ) as Settings;
    adopt(this.shared, settings, before);
  }
}
