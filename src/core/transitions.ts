/**
 * The ways of a circuit from one state to another: what they are called in events, counters and metrics.
 */
export type CircuitState = 'closed' | 'open' | 'half-open' | 'isolated';

/** Why a circuit opened. */
export type OpenReason =
  | 'failure-rate'
  | 'slow-rate'
  | 'consecutive'
  | 'probe-failed'
  | 'manual'
  | 'remote'
  | 'restored';

/** Why a circuit changed its state. `elapsed`: its time was over; `recovered`: its probes went well. */
export type TransitionReason = OpenReason | 'elapsed' | 'recovered';

export interface CircuitTransition {
  readonly from: CircuitState;
  readonly to: CircuitState;
  readonly reason: TransitionReason;
}

const reasons: readonly (readonly [
  from: CircuitState,
  to: CircuitState,
  reasons: readonly TransitionReason[],
])[] = [
  ['closed', 'open', ['failure-rate', 'slow-rate', 'consecutive', 'manual', 'remote', 'restored']],
  ['closed', 'isolated', ['manual']],
  ['open', 'half-open', ['elapsed']],
  ['open', 'closed', ['manual']],
  ['open', 'open', ['manual', 'remote']],
  ['open', 'isolated', ['manual']],
  ['half-open', 'open', ['probe-failed', 'consecutive', 'manual', 'remote']],
  ['half-open', 'closed', ['recovered', 'manual']],
  ['half-open', 'isolated', ['manual']],
  ['isolated', 'closed', ['manual']],
];

/** All that there are; each is a counter of its own. */
export const circuitTransitions: readonly CircuitTransition[] = reasons.flatMap(
  ([from, to, whys]) => whys.map((reason) => ({ from, to, reason })),
);

/** The counter of a transition in `stats()`, such as `closed_to_open_failure_rate`. */
export function counterOf({ from, to, reason }: CircuitTransition): string {
  return `${from}_to_${to}_${reason}`.replaceAll('-', '_');
}
