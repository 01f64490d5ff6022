import type { Circuit } from './circuit.ts';

/** What holds of a circuit at this moment, for readers. A rate that is not judged is left out. */
export function gaugesOf(circuit: Circuit, time: number): Readonly<Record<string, number>> {
  const { state, outage } = circuit;
  const { failureRate, slowRate } = circuit.judgedRates(time);
  const { lastOpenedAt } = outage;
  return {
    closed: state === 'closed' ? 1 : 0,
    open: state === 'open' ? 1 : 0,
    half_open: state === 'half-open' ? 1 : 0,
    isolated: state === 'isolated' ? 1 : 0,
    not_closed: outage.isOn(time) ? 1 : 0,
    ...(lastOpenedAt !== undefined && { last_opened_timestamp_seconds: lastOpenedAt / 1_000 }),
    ...(failureRate !== undefined && { failure_rate: failureRate }),
    ...(slowRate !== undefined && { slow_rate: slowRate }),
  };
}
