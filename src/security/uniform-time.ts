/** Answers that take as long whatever they say. */
import { check, finiteDuration } from '../core/options.ts';
import { now, settled, Timer } from '../core/time.ts';

/** A platform's timer may fire so much too early, and does fire so much too late, in milliseconds. */
const GRAIN = 2;

/**
 * Settles as `fn` does, `ms` milliseconds after it began, or after the first multiple of that in which it is done.
 *
 * An answer to a login then takes the same time whether or not there is such a user (OWASP ASVS 6.3.8, CWE-208): choose
 * more than the slower way takes. It never settles early, and not by the grain of timers late: the last two milliseconds
 * are waited for turn by turn of the event loop. Rejects with a `TypeError` or a `RangeError` for no finite time above 0.
 *
 * @example
 * ```ts
 * import { uniformTime } from 'kedge/security';
 *
 * const user = await uniformTime(500, async () => undefined);
 * ```
 */
export async function uniformTime<T>(ms: number, fn: () => T | PromiseLike<T>): Promise<T> {
  check('uniformTime', 'ms', ms, finiteDuration);
  const begun = now();
  const [outcome] = await Promise.allSettled([(async () => fn())()]);
  const elapsed = now() - begun;
  await until(begun + Math.max(1, Math.ceil(elapsed / ms)) * ms);
  if (outcome.status === 'rejected') throw outcome.reason;
  return outcome.value;
}

async function until(due: number): Promise<void> {
  await wait(due - now() - GRAIN);
  for (let time = now(); time < due; time = now()) {
    await settled();
    // A clock that stands still is a test's, which goes on when it is told to.
    if (now() === time) await wait(due - time);
  }
}

async function wait(ms: number): Promise<void> {
  if (ms > 0) await new Promise<void>((resolve) => new Timer(resolve, ms, true));
}
