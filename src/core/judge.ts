/**
 * What an error says, for the core, which cannot import the verdict: `classify` and `withEvidence` put themselves here.
 */
import type { CountedFailure } from './policy.ts';

export interface Said {
  readonly kind: CountedFailure | 'cancelled';
  readonly blame: 'dependency' | 'request' | 'caller' | 'self';
  readonly repeat: 'safe' | 'idempotent' | 'never';
}

interface Judge {
  classify(error: unknown): Said;
  note(error: unknown, evidence: Partial<Pick<Said, 'blame' | 'repeat'>>): void;
}

const nothingKnown: Said = { kind: 'unknown', blame: 'dependency', repeat: 'idempotent' };

export let judge: Judge = { classify: () => nothingKnown, note: () => {} };

export function judgeBy(given: Judge): void {
  judge = given;
}

/** What sort of failure an error counts as. */
export function failureKindOf(error: unknown): CountedFailure {
  return countedAs(judge.classify(error));
}

/** A cancellation that no caller asked for, an abort of the operation's own, is a failure of no listed kind. */
export function countedAs({ kind }: Said): CountedFailure {
  return kind === 'cancelled' ? 'unknown' : kind;
}
