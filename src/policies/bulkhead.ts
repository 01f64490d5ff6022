/** Keeps one dependency from taking all the room: so many calls at once, and no more. */
import { duration, positiveDuration, text, wholeNumber } from '../core/options.ts';
import type { Policy } from '../core/policy.ts';
import { type Place, type Stage, type StagedPolicy, stage } from '../core/stage.ts';
import { type OptionChanges, type Schema, StatefulPolicy } from '../core/stateful.ts';
import { DeadlineList } from '../mechanisms/deadlines.ts';
import { Permits } from '../mechanisms/permits.ts';
import { ConcurrencyStage, type Limits } from './shared/concurrency.ts';

export interface BulkheadOptions {
  /** How many calls may run at once. */
  maxConcurrent: number;
  /** How many more may wait for their turn. @default 0 */
  maxQueued?: number;
  /** How long one may wait, in milliseconds, and never beyond the call's deadline. @default Infinity */
  maxWait?: number;
  /**
   * How long work keeps its permit that was given up and does not end, in milliseconds; `Infinity` for as long as it
   * takes.
   * @default 60_000
   */
  abandonAfter?: number;
  /** The policy's name in metrics and events. @default 'bulkhead' */
  name?: string;
}

/** A bulkhead in use; one that stands in several pipelines is one limit for all of them. */
export interface Bulkhead extends Policy {
  /** Changes limits; `null` takes one away. Permits in use stay counted, and who is queued keeps the wait it came with. */
  reconfigure(changes: OptionChanges<BulkheadOptions>): void;
}

type Settings = Required<BulkheadOptions> & Omit<Limits, 'permits'>;

const schema: Schema<BulkheadOptions, Settings> = {
  kind: 'bulkhead',
  rules: {
    maxConcurrent: wholeNumber(1),
    maxQueued: wholeNumber(0),
    maxWait: duration,
    abandonAfter: positiveDuration,
    name: text,
  },
  defaults: { maxQueued: 0, maxWait: Infinity, abandonAfter: 60_000 },
  required: ['maxConcurrent'],
  complete: (options) => ({
    ...(options as Required<BulkheadOptions>),
    waits: new DeadlineList(),
    // It answers nobody: the process may end meanwhile.
    leases: new DeadlineList(false),
  }),
};

/**
 * Lets `maxConcurrent` calls run at once, queues `maxQueued` more, first in first out, and rejects the rest with a
 * `BulkheadFullError`.
 *
 * A permit comes back when the work has really ended: an operation that ignores its timeout keeps it, for
 * `abandonAfter` at most. Throws a `TypeError` or a `RangeError` for limits that cannot be.
 *
 * @example
 * const reports = pipeline('reports', bulkhead({ maxConcurrent: 10, maxQueued: 20, maxWait: 1_000 }));
 */
export function bulkhead(options: BulkheadOptions): Bulkhead {
  return new FixedBulkhead(options);
}

class FixedBulkhead
  extends StatefulPolicy<BulkheadOptions, Settings>
  implements Bulkhead, StagedPolicy
{
  readonly permits: Permits;
  limits: Limits;

  constructor(options: BulkheadOptions) {
    super(schema, options);
    this.permits = new Permits(this.settings.maxConcurrent);
    this.limits = { ...this.settings, permits: this.permits };
  }

  [stage](place: Place): Stage {
    return new BulkheadStage(place, this);
  }

  protected override reconfigured(): void {
    this.limits = { ...this.settings, permits: this.permits };
    this.permits.limit = this.settings.maxConcurrent;
  }
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
