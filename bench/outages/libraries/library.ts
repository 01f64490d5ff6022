import type { Parameters } from '../parameters.ts';

export type Operation = (signal: AbortSignal | undefined) => Promise<unknown>;

/** The policies of one process for one host. */
export interface Client {
  call(operation: Operation): Promise<unknown>;
  /** Ends what would go on for ever, such as intervals. */
  dispose?(): void;
}

/** A way of making calls that is compared. */
export interface Library {
  readonly name: string;
  /** `opened`: to be called when a circuit opens. */
  client(parameters: Parameters, opened: () => void): Client;
  /** Whether the library itself turned the call away, so that another host can be asked instead. */
  turnedAway(error: unknown): boolean;
}

/** Which settings the peers get. */
export type Tuning = 'published' | 'documented' | 'tuned';

/**
 * Whether a call may be repeated that failed so. Of one that its caller calls not idempotent only what certainly was not
 * executed, as everybody would tell his library: to answer more by executing twice is no merit.
 */
export function mayRepeat({ idempotent }: Parameters, error: unknown): boolean {
  return (
    idempotent !== 'no' ||
    (error as { code?: unknown }).code === 'ECONNREFUSED' ||
    (error as { code?: unknown }).code === 'EOPENBREAKER'
  );
}
