import type { Outcome } from '../shared/outcome.ts';
import type { Probe } from './trial.ts';

/** A call's leave to pass: the generation of the circuit that let it in, or its place as a probe. */
export type Permit = number | Probe;

/** How a call that had a permit has ended. */
export interface Ending {
  readonly outcome: Outcome;
  readonly time: number;
  /** When it was sent. */
  readonly sent: number;
  readonly slow: boolean;
  /** Whether the circuit was told before that it is slow. */
  readonly wasSlow: boolean;
  readonly error: unknown;
  /** Whether it was this very circuit that turned a call inside it away. */
  readonly byItself: boolean;
}
