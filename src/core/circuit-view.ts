/** A circuit as its readers see it, and as an operator may change it by hand. */
import type { CircuitState } from './transitions.ts';

export interface CircuitView {
  readonly state: CircuitState;
  /** When that state began, in milliseconds since the epoch. */
  readonly since: number;
  /** Why it is not closed. */
  readonly reason: string | undefined;
  /** What led to that, where a call did. */
  readonly error: unknown;
  /** For how many milliseconds it has not been closed; none while it is. */
  readonly notClosedFor: number | undefined;
  /** How often it has opened, and how many calls it has turned away, since it was closed last. */
  readonly openings: number;
  readonly turnedAway: number;
  /** After how many milliseconds a call may be let in as a probe; `Infinity` of an isolated one. */
  readonly nextProbeIn: number;
  isolate(reason?: string): Disposable;
  open(reason?: string): void;
  close(): void;
}
