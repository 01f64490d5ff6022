/** Keeps one dependency from taking all the room: so many calls at once, and no more. */
import { duration, missing, readOptions, type Rules, text, wholeNumber } from '../core/options.ts';
import type { Policy } from '../core/policy.ts';
import { type Place, type Stage, stage } from '../core/stage.ts';
import { applyStaged } from '../core/staged.ts';
import { ConcurrencyStage, type Limits } from './shared/concurrency.ts';
import { DeadlineList } from '../mechanisms/deadlines.ts';
import { Permits } from '../mechanisms/permits.ts';

export interface BulkheadOptions {
  /** How many calls may run at once. */
  maxConcurrent: number;
  /** How many more may wait for their turn. @default 0 */
  maxQueued?: number;
  /** How long one may wait, in milliseconds. @default Infinity */
  maxWait?: number;
  /** The policy's name in metrics and events. @default 'bulkhead' */
  name?: string;
}

/** A bulkhead in use; one that stands in several pipelines is one limit for all of them. */
export interface Bulkhead extends Policy {
  /** Changes limits; permits in use stay counted. */
  reconfigure(options: Partial<Omit<BulkheadOptions, 'name'>>): void;
}

const rules: Rules<BulkheadOptions> = {
  maxConcurrent: wholeNumber(1),
  maxQueued: wholeNumber(0),
  maxWait: duration,
  name: text,
};
const { name: _, ...changeable } = rules;
const defaults = { maxQueued: 0, maxWait: Infinity, name: 'bulkhead' };

/**
 * Lets `maxConcurrent` calls run at once, queues `maxQueued` more, first in first out, and rejects the rest with a
 * `BulkheadFullError`.
 *
 * A permit comes back when the work has really ended: an operation that ignores its timeout keeps it. Throws a
 * `TypeError` or a `RangeError` for limits that cannot be.
 *
 * @example
 * const reports = pipeline('reports', bulkhead({ maxConcurrent: 10, maxQueued: 20, maxWait: 1_000 }));
 */
export function bulkhead(options: BulkheadOptions): Bulkhead {
  return new FixedBulkhead(options);
}

class FixedBulkhead implements Bulkhead {
  readonly kind = 'bulkhead';
  readonly name: string;
  readonly apply = applyStaged;
  private settings: Readonly<Required<Omit<BulkheadOptions, 'name'>>>;
  private readonly shared: { limits: Limits };

  constructor(options: BulkheadOptions) {
    const { name, ...settings } = readOptions<Required<BulkheadOptions>>(
      'bulkhead',
      options,
      defaults,
      rules,
    );
    if (settings.maxConcurrent === undefined)
      missing('bulkhead', 'maxConcurrent', rules.maxConcurrent);
    this.name = name;
    this.settings = settings;
    this.shared = { limits: limitsOf(settings, new Permits(settings.maxConcurrent)) };
  }

  [stage](place: Place): Stage {
    return new BulkheadStage(place, this.shared);
  }

  reconfigure(options: Partial<Omit<BulkheadOptions, 'name'>>): void {
    this.settings = readOptions<Required<Omit<BulkheadOptions, 'name'>>>(
      'bulkhead',
      options,
      this.settings,
      changeable,
    );
    const { permits } = this.shared.limits;
    this.shared.limits = limitsOf(this.settings, permits);
    permits.limit = this.settings.maxConcurrent;
  }
}

/** Those who are queued keep the deadlines that they came with. */
function limitsOf(settings: { maxQueued: number; maxWait: number }, permits: Permits): Limits {
  const { maxQueued, maxWait } = settings;
  return { permits, maxQueued, maxWait, deadlines: new DeadlineList() };
}

class BulkheadStage extends ConcurrencyStage {
  private readonly shared: { readonly limits: Limits };

  constructor(place: Place, shared: { readonly limits: Limits }) {
    super(place);
    this.shared = shared;
  }

  protected override get limits(): Limits {
    return this.shared.limits;
  }
}
