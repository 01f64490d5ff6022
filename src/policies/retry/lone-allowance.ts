import { epoch } from '../../core/time.ts';

/** How often a call that is alone may try again whatever the budget says, in milliseconds between two. */
const interval = 1_000;

/**
 * One retry a second for calls that are alone: nobody's load, and a patient job keeps its attempts however long the
 * budget has been used up.
 */
export class LoneAllowance {
  /** On the scale of the first clock, which goes on where others come and go. */
  private latest = -Infinity;

  /** The instant from which the next retry may begin; nothing where somebody else waits for that already. */
  next(time: number): number | undefined {
    const next = Math.max(time, this.latest + epoch + interval);
    return next > time + interval ? undefined : next;
  }

  /** Takes the retry that may begin at `next`. */
  take(next: number): void {
    this.latest = next - epoch;
  }
}
