/** A group of failures, as it is kept. */
import type { Severity } from '../record/record.ts';

export type GroupState = 'unresolved' | 'resolved' | 'ignored';

export interface Group {
  readonly id: number;
  readonly project: number;
  readonly key: string;
  readonly title: string;
  readonly culprit: string;
  readonly platform: string;
  readonly service: string;
  readonly kind: string;
  readonly severity: Severity;
  readonly state: GroupState;
  /** Since when it is resolved or ignored, in which release, until when. */
  readonly stateAt?: number;
  readonly stateRelease?: string;
  readonly stateUntil?: number;
  readonly firstSeen: number;
  readonly lastSeen: number;
  readonly firstRelease: string;
  readonly lastRelease: string;
  readonly seen: number;
  /** Exact to 1 000, then within a few percent. */
  readonly users: number;
}
