import { now } from '../../core/time.ts';
import type { Context } from '../../index.ts';

/** The last answer of `roundUp`, and above what it is one: most calls have the same time left, by and large. */
let last = 1;
let above = 0;

/** 1, 2, 5, 10, 20 …: so that what is set on a connection is set once, and not once a statement. */
function roundUp(ms: number): number {
  if (ms <= last && ms > above) return last;
  const magnitude = 10 ** Math.floor(Math.log10(ms));
  const step = [1, 2, 5, 10].find((each) => ms <= each * magnitude) ?? 10;
  last = step * magnitude;
  above = step === 5 ? last * 0.4 : last / 2;
  return last;
}

/**
 * How long a statement may run on the server for `context`, in milliseconds; 0 for no limit. Never less than the call
 * has: the client's own timeout comes first, and is what its policies see.
 */
export function statementLimit(context: Pick<Context, 'deadline'>): number {
  if (context.deadline === Infinity) return 0;
  return Math.min(roundUp(Math.max(1, context.deadline - now())), 2 ** 31 - 1);
}
