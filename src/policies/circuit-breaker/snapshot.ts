import type { CircuitState } from '../../core/events.ts';

/**
 * A circuit on paper: JSON-safe, with wall times, so that another process can go on where it stood.
 *
 * An isolated or half-open circuit is restored as an open one whose time is over: nobody there holds the handle
 * that would end the isolation, and no probe is under way, so the next call is the first probe.
 */
export interface Snapshot {
  readonly version: 1;
  readonly state: CircuitState;
  /** When it was taken, in milliseconds since the epoch. */
  readonly at: number;
  /** What the window held. */
  readonly calls: number;
  readonly failures: number;
  readonly slow: number;
  readonly consecutiveFailures: number;
  /** How often in a row it has opened without closing. */
  readonly openings: number;
  /** The latest length of being open, in milliseconds. */
  readonly openFor: number;
  /** For how many milliseconds more it was to be open. */
  readonly remaining: number;
}

/** Throws a `TypeError` for what is no snapshot. */
export function checkSnapshot(given: unknown): asserts given is Snapshot {
  const { version, state, ...numbers } = given as Record<string, unknown>;
  const known =
    state === 'closed' || state === 'open' || state === 'half-open' || state === 'isolated';
  const fields = [
    'at',
    'calls',
    'failures',
    'slow',
    'consecutiveFailures',
    'openings',
    'openFor',
    'remaining',
  ];
  const sound = (field: string): boolean => {
    const value = numbers[field];
    return typeof value === 'number' && value >= 0 && value < Infinity;
  };
  if (version === 1 && known && fields.every(sound)) return;
  throw new TypeError('circuitBreaker: expected `restore` to be what `snapshot()` returned.');
}

/** JSON has no Infinity; this is as long. */
export function finite(ms: number): number {
  return Math.min(ms, Number.MAX_SAFE_INTEGER);
}
