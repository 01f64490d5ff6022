/** How late the first call must be: as given, or as learnt from the calls that went well. */
import { DeadlineList } from '../../mechanisms/deadlines.ts';
import { RecentQuantile } from '../../mechanisms/quantile.ts';
import type { Settings } from './options.ts';

/** So many successes must have been seen before a quantile of them means anything. */
const enoughToLearn = 30;

export class HedgeDelay {
  /** In milliseconds; `Infinity` until enough has been learnt. */
  after: number = Infinity;
  /** Deadlines of one length: a new list when the length changes. */
  deadlines: DeadlineList = new DeadlineList();
  private given: Settings['after'] | undefined = undefined;
  private learnt: RecentQuantile | undefined = undefined;
  private untilRelearnt = 0;

  /** Takes an option `after`; what was learnt stays unless another quantile is asked for. */
  set(given: Settings['after']): void {
    const before = this.given;
    this.given = given;
    if (typeof given === 'number') {
      this.learnt = undefined;
      this.change(given);
    } else if (typeof before !== 'object' || before.quantile !== given.quantile) {
      this.learnt = new RecentQuantile(given.quantile);
      this.untilRelearnt = 0;
      this.change(Infinity);
    }
  }

  /** A call has gone well after so many milliseconds. */
  learn(duration: number): void {
    const { learnt } = this;
    if (learnt === undefined) return;
    learnt.record(duration);
    if (learnt.size < enoughToLearn || --this.untilRelearnt > 0) return;
    this.untilRelearnt = enoughToLearn;
    this.change(learnt.estimate() ?? Infinity);
  }

  private change(after: number): void {
    if (after === this.after) return;
    this.after = after;
    this.deadlines = new DeadlineList();
  }
}
