/** Reads what holds in a process at this moment, bounded. Reading changes nothing. */
import type { CircuitView } from '../../core/circuit-view.ts';
import { type GaugeReading, mergeGauges } from '../../core/gauges.ts';
import type { PipelineMetrics } from '../../core/pipeline-metrics.ts';
import type { NumbersByName } from '../../core/sinks.ts';
import { wall } from '../../core/time.ts';
import { keyedHash } from '../../failures/hash.ts';
import { version } from '../version.ts';
import type { ErrorTexts } from './errors.ts';
import type { CircuitState, PipelineState, PolicyState, State } from './state.ts';

const mostPipelines = 1_000;
/** Of one pipeline, and of all together. */
const mostCircuits = 100;
const mostOfAll = 1_000;
const longestKey = 128;
/** So many keys are shown by a hash of so many digits, as in the lines of a log. */
const digits = 8;

/** One circuit, and where it stands. */
export interface Standing {
  readonly pipeline: string;
  readonly policy: string;
  readonly key: string | undefined;
  readonly circuit: CircuitView;
}

/** What is read of one name, without putting it into words. */
export interface Reading {
  readonly metrics: PipelineMetrics;
  readonly policies: readonly PolicyState[];
  /** Those that are not closed, and all of a pipeline without keys. */
  readonly circuits: readonly Standing[];
  /** How many of its circuits are not closed. */
  readonly notClosed: number;
}

/** Reads one name. A circuit that stands in several pipelines is told of in the first of them. */
export function readPipeline(metrics: PipelineMetrics, seen: Set<object>): Reading {
  const policies = new Map<string, PolicyState & { readonly gauges: Record<string, number> }>();
  const circuits: Standing[] = [];
  let notClosed = 0;
  for (const reading of metrics.readings()) {
    const { name, kind, gauges, of, key, circuit } = reading;
    const policy = metrics.labelOf(name);
    const id = `${kind}\n${policy}`;
    let known = policies.get(id);
    if (known === undefined) {
      const counters = metrics.policies.get(id)?.counters ?? {};
      policies.set(id, (known = { name: policy, kind, counters: { ...counters }, gauges: {} }));
    }
    if (seen.has(of)) continue;
    seen.add(of);
    mergeGauges(known.gauges, gauges);
    if (circuit === undefined) continue;
    const isClosed = isClosedNow(reading);
    if (!isClosed) notClosed++;
    if (!isClosed || key === undefined)
      circuits.push({ pipeline: metrics.name, policy, key, circuit });
  }
  return { metrics, policies: [...policies.values()], circuits, notClosed };
}

function isClosedNow({ gauges }: GaugeReading): boolean {
  return gauges['closed'] === 1;
}

/** What a key may be called outside. */
export function keyNames(
  { keyLabel }: PipelineMetrics,
  key: string | undefined,
  asItIs: boolean,
): { readonly key?: string; readonly keyHash?: string } {
  if (key === undefined) return {};
  const text = keyLabel === undefined ? (asItIs ? key : undefined) : labelled(keyLabel, key);
  if (text === undefined) return { keyHash: keyedHash(key).slice(0, digits) };
  return { key: text.slice(0, longestKey).replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ') };
}

function labelled(label: (key: string) => string, key: string): string | undefined {
  try {
    const text: unknown = label(key);
    return typeof text === 'string' ? text : undefined;
  } catch {
    return undefined;
  }
}

/** Reads all names: those with circuits that are not closed first, which are never left out for others. */
export function readState(names: NumbersByName, keys: boolean, errors: ErrorTexts): State {
  const seen = new Set<object>();
  const all = [...names].filter(({ pipelines }) => pipelines > 0);
  const read = all.map((metrics) => readPipeline(metrics, seen));
  read.sort(
    (one, other) =>
      Number(other.notClosed > 0) - Number(one.notClosed > 0) ||
      (one.metrics.name < other.metrics.name ? -1 : 1),
  );
  let left = mostOfAll;
  errors.begin();
  const pipelines = read.slice(0, mostPipelines).map((each): PipelineState => {
    const shown = each.circuits
      .toSorted((one, other) => notClosedFor(other) - notClosedFor(one))
      .slice(0, Math.min(mostCircuits, left));
    left -= shown.length;
    const circuits = shown.map((one) => circuitState(each.metrics, one, keys, errors));
    return pipelineState(each, circuits, each.circuits.length - shown.length);
  });
  return {
    version,
    at: new Date(wall()).toISOString(),
    pipelines,
    more: Math.max(0, read.length - mostPipelines),
  };
}

function notClosedFor({ circuit }: Standing): number {
  return circuit.notClosedFor ?? -1;
}

function pipelineState(
  { metrics, policies, notClosed }: Reading,
  circuits: readonly CircuitState[],
  more: number,
): PipelineState {
  const { keys, evictions } = metrics;
  return {
    name: metrics.name,
    pipelines: metrics.pipelines,
    notClosed,
    inFlight: metrics.inFlight,
    abandoned: metrics.abandoned,
    executions: { ...metrics.executions },
    attempts: { ...metrics.attempts },
    failures: { ...metrics.failures },
    ...(keys !== undefined && { keys: { size: keys, evictions } }),
    policies,
    circuits,
    moreCircuits: more,
  };
}

export function circuitState(
  metrics: PipelineMetrics,
  { policy, key, circuit }: Standing,
  keys: boolean,
  errors: ErrorTexts,
): CircuitState {
  const { state, since, reason, error, notClosedFor: lasting, nextProbeIn } = circuit;
  return {
    policy,
    ...keyNames(metrics, key, keys),
    state,
    since: new Date(since).toISOString(),
    ...(state !== 'closed' && {
      ...(reason !== undefined && { reason: errors.text(reason) }),
      ...(error !== undefined && { error: errors.of(error) }),
      ...(lasting !== undefined && {
        notClosedSince: new Date(wall() - lasting).toISOString(),
        notClosedForMs: Math.round(lasting),
      }),
      openings: circuit.openings,
      turnedAway: circuit.turnedAway,
      // An isolated one waits for somebody, and not for a time.
      ...(nextProbeIn !== Infinity && { nextProbeInMs: Math.round(nextProbeIn) }),
    }),
  };
}
