import type { EventFields } from '../../core/events.ts';
import type { CircuitState, TransitionReason } from '../../core/transitions.ts';

/** What a circuit has to tell of a transition. */
export type Report = {
  [Type in 'circuit.opened' | 'circuit.half-opened' | 'circuit.closed' | 'circuit.isolated']: {
    readonly type: Type;
    readonly fields: EventFields[Type];
  };
}['circuit.opened' | 'circuit.half-opened' | 'circuit.closed' | 'circuit.isolated'];

/** A transition that nobody has been told of yet. */
export type News = Report & { readonly to: CircuitState; readonly reason: TransitionReason };

/** The words of whoever did it by hand, as a field. */
export const said = (note: string | undefined): { note?: string } =>
  note === undefined ? {} : { note };
