/**
 * What holds for every pipeline when all is over, whatever has happened: nothing is lost, nothing is left.
 */
import { getEventListeners } from 'node:events';
import type { Pipeline, PolicyStats } from 'kedge';
import type { Recorder, VirtualClock } from 'kedge/testing';
import { expect } from 'vitest';

/** The numbers of one policy of a pipeline, by its name there. */
export function numbersOf(pipeline: Pick<Pipeline, 'stats'>, policy: string): PolicyStats {
  const { policies } = pipeline.stats();
  const found = policies.find(({ name }) => name === policy);
  if (found === undefined) {
    throw new Error(`there is no '${policy}' among ${policies.map(({ name }) => name).join(', ')}`);
  }
  return found;
}

export function gaugesOf(pipeline: Pick<Pipeline, 'stats'>, policy: string): PolicyStats['gauges'] {
  return numbersOf(pipeline, policy).gauges;
}

export function countersOf(
  pipeline: Pick<Pipeline, 'stats'>,
  policy: string,
): PolicyStats['counters'] {
  return numbersOf(pipeline, policy).counters;
}

const sum = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((total, each) => total + each, 0);

/** Gauges of things that calls hold only while they are under way. */
const held = ['in_use', 'queued', 'under_way'];

export interface Ended {
  readonly pipeline: Pick<Pipeline, 'stats'>;
  readonly clock: VirtualClock;
  /** A record of all events of this pipeline alone, from its beginning. */
  readonly seen?: Recorder | undefined;
  /** How many executions were asked for. */
  readonly executions: number;
  /** How often the operation was called; left out where flights are shared and calls have none of their own. */
  readonly attempts?: number | undefined;
  readonly signals?: readonly AbortSignal[];
}

/** Checks, after all operations have settled, that everything came back and everything was counted once. */
export function expectConservation(ended: Ended): void {
  const { pipeline, clock, seen, executions, attempts, signals = [] } = ended;
  const stats = pipeline.stats();
  expect({
    inFlight: stats.inFlight,
    abandoned: stats.abandoned,
    timers: clock.timers,
    listeners: signals.reduce(
      (total, signal) => total + getEventListeners(signal, 'abort').length,
      0,
    ),
    held: stats.policies.flatMap(({ name, gauges }) =>
      held.filter((gauge) => (gauges[gauge] ?? 0) !== 0).map((gauge) => `${name}: ${gauge}`),
    ),
  }).toEqual({ inFlight: 0, abandoned: 0, timers: 0, listeners: 0, held: [] });

  expect(sum(stats.executions)).toBe(executions);
  if (attempts !== undefined) expect(sum(stats.attempts)).toBe(attempts);
  if (seen === undefined) return;
  const { success, fallback, stale, failure, rejected, timeout, cancelled } = stats.executions;
  expect({
    succeeded: seen.of('execution.succeeded').length,
    failed: seen.of('execution.failed').length,
    cancelled: seen.of('execution.cancelled').length,
    attemptsSucceeded: seen.of('attempt.succeeded').length,
    attemptsFailed: seen.of('attempt.failed').length,
  }).toEqual({
    succeeded: success + fallback + stale,
    failed: failure + rejected + timeout,
    cancelled,
    attemptsSucceeded: stats.attempts.success,
    attemptsFailed: stats.attempts.failure + stats.attempts.timeout,
  });
  const rejections = stats.policies.flatMap(({ counters }) =>
    Object.entries(counters)
      .filter(([counter]) => counter === 'rejected' || counter.startsWith('rejected_'))
      .map(([, count]) => count),
  );
  expect(seen.of('call.rejected')).toHaveLength(
    rejections.reduce((total, each) => total + each, 0),
  );
}
