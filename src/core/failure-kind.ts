/**
 * What sort of failure an error is, for counting. `classify` knows, which the core cannot import: it puts itself here.
 */
import type { CountedFailure } from './policy.ts';

type Classify = (error: unknown) => { readonly kind: CountedFailure | 'cancelled' };

let classify: Classify = () => ({ kind: 'unknown' });

export function countFailuresBy(given: Classify): void {
  classify = given;
}

/** A cancellation that no caller asked for, an abort of the operation's own, is a failure of no listed kind. */
export function failureKindOf(error: unknown): CountedFailure {
  const { kind } = classify(error);
  return kind === 'cancelled' ? 'unknown' : kind;
}
