/**
 * Calls inside a probe: an operation may call a pipeline in which the same circuit stands. That call is no second
 * load on the dependency, and would wait for ever for the place that the probe around it holds.
 */
import { carried } from '../../core/async-context.ts';
import type { Circuit } from './circuit.ts';
import type { Probe } from './trial.ts';

interface Held {
  readonly circuit: Circuit;
  readonly probe: Probe;
  readonly around: Held | undefined;
}

const held = carried<Held>();

/** The innermost probe of `circuit` inside which this is called, as far as the platform can tell. */
export function probeAround(circuit: Circuit): Probe | undefined {
  let each = held.get();
  while (each !== undefined && each.circuit !== circuit) each = each.around;
  return each?.probe;
}

/** Runs `run` so that calls inside it are known to be made inside the probe. */
export function runAsProbe(circuit: Circuit, probe: Probe, run: () => void): void {
  held.run({ circuit, probe, around: held.get() }, run);
}
