/** How late the first call must be: as given, or as learnt from the calls that went well. */
import { missing, readOptions } from '../../core/options.ts';
import { DeadlineList } from '../../mechanisms/deadlines.ts';
import { RecentQuantile } from '../../mechanisms/quantile.ts';
import { type LearntDelay, quantileRule, type Settings } from './options.ts';

export interface Shared {
  settings: Settings;
  learnt: RecentQuantile | undefined;
  /** Deadlines of one length: a new list when the length changes. */
  deadlines: DeadlineList;
  after: number;
  untilRelearnt: number;
}

export function adopt(shared: Shared, settings: Settings, before: Settings | undefined): void {
  if (typeof settings.after === 'number') {
    shared.learnt = undefined;
    setAfter(shared, settings.after);
    shared.settings = settings;
    return;
  }
  // A copy: who changes the object later has not changed the policy.
  const after = readOptions<LearntDelay>(
    'hedge `after`',
    settings.after,
    {},
    { quantile: quantileRule },
  );
  if (after.quantile === undefined) missing('hedge `after`', 'quantile', quantileRule);
  const same = typeof before?.after === 'object' && before.after.quantile === after.quantile;
  if (!same) {
    shared.learnt = new RecentQuantile(after.quantile);
    shared.untilRelearnt = 0;
    setAfter(shared, Infinity);
  }
  shared.settings = { ...settings, after };
}

export function setAfter(shared: Shared, after: number): void {
  if (after === shared.after) return;
  shared.after = after;
  shared.deadlines = new DeadlineList();
}
