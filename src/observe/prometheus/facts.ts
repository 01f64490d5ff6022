/** Everything that one scrape shows, read at one moment. */
import type { Source } from '../../core/event-bus.ts';
import { type GaugeReading, type Gauges, merged, mergeGauges } from '../../core/gauges.ts';
import { type Counters, type Numbers, OTHER } from '../../core/numbers.ts';
import type { PipelineMetrics } from '../../core/pipeline-metrics.ts';
import { now } from '../../core/time.ts';
import type { KeyLabels } from './keys.ts';
import type { Places, Shown } from './places.ts';

/** The policies of one name and kind under one label; with `keys`, those of one key. */
export type PolicyFacts = Readonly<PolicyDraft>;

interface PolicyDraft {
  readonly policy: string;
  readonly kind: string;
  readonly key: string | undefined;
  counters: Readonly<Counters> | undefined;
  readonly gauges: Gauges;
}

/** What had been counted under one label when it was read. */
export interface Counted extends Pick<
  Numbers,
  'executions' | 'attempts' | 'failures' | 'succeeded' | 'failed' | 'attempted'
> {
  readonly suppressed: number;
  /** Of keyed pipelines. */
  readonly evictions: number | undefined;
}

/** All that is shown under one label. */
export interface PipelineFacts {
  readonly pipeline: string;
  readonly counted: Counted;
  readonly policies: readonly PolicyFacts[];
  /** Whether policies of different kinds have one name. */
  readonly hasNamesakes: boolean;
  /** What holds at this moment; none where all pipelines are gone. */
  readonly levels:
    | {
        readonly inFlight: number;
        readonly abandoned: number;
        /** How many keys there are, of keyed pipelines. */
        readonly keys: number | undefined;
      }
    | undefined;
}

/** All that a scrape shows. */
export interface Facts {
  readonly pipelines: readonly PipelineFacts[];
  /** What the pipelines are called. */
  readonly labels: ReadonlySet<string>;
  /** How many names are shown, and how many are shown as `_other`. */
  readonly names: { readonly shown: number; readonly hidden: number };
  readonly sinkErrors: ReadonlyMap<string, number>;
  /** Events of custom policies, by pipeline and type. */
  readonly customEvents: ReadonlyMap<string, ReadonlyMap<string, number>>;
  /** What was counted outside of pipelines, by the name of the metric. */
  readonly tallies: (
    metric: string,
  ) => Iterable<readonly [labels: readonly string[], count: number]>;
}

const mostSinks = 100;
const mostTypes = 50;

/** What a registry remembers from one scrape to the next. */
export interface Memory {
  readonly places: Places;
  /** Where keys are shown. */
  readonly keys: KeyLabels | undefined;
  /** The types of custom events that have a place of their own. */
  readonly types: Set<string>;
}

export function readFacts(given: Iterable<Source>, { places, keys, types }: Memory): Facts {
  const sources = withoutParts([...given]);
  const all = [...new Set(sources.flatMap((source) => [...source.names]))];
  const others = sources.map((source) => source.names.others);
  const shown = places.update(all, others, now());
  keys?.begin();
  const reader = new PolicyReader(keys);
  const pipelines = shown.map((each) => factsOf(each, reader));
  keys?.end();
  return {
    pipelines,
    labels: new Set(shown.map(({ pipeline }) => pipeline)),
    names: { shown: places.shown, hidden: places.hidden },
    sinkErrors: sinkErrorsOf(sources),
    customEvents: new Map(
      shown.map(({ pipeline, numbers }) => [pipeline, fold(numbers.customEvents, types)]),
    ),
    tallies: (metric) => sources.flatMap((source) => [...source.tallies(metric)]),
  };
}

function factsOf({ pipeline, numbers, living }: Shown, reader: PolicyReader): PipelineFacts {
  const policies = reader.policiesOf(pipeline, numbers, living);
  const there = living.filter((metrics) => metrics.pipelines > 0);
  return {
    pipeline,
    counted: countedIn(numbers),
    policies,
    hasNamesakes: numbers.hasNamesakes,
    levels: levelsOf(there),
  };
}

/** A copy: what is counted while it is put into words belongs to the next scrape. */
function countedIn(numbers: Numbers): Counted {
  return {
    executions: { ...numbers.executions },
    attempts: { ...numbers.attempts },
    failures: { ...numbers.failures },
    succeeded: numbers.succeeded.copy(),
    failed: numbers.failed.copy(),
    attempted: numbers.attempted.copy(),
    suppressed: numbers.suppressed,
    evictions: numbers.isKeyed ? numbers.evictions : undefined,
  };
}

function levelsOf(there: readonly PipelineMetrics[]): PipelineFacts['levels'] {
  if (there.length === 0) return undefined;
  let [inFlight, abandoned] = [0, 0];
  let keys: number | undefined;
  for (const metrics of there) {
    inFlight += metrics.inFlight;
    abandoned += metrics.abandoned;
    const more = metrics.keys;
    if (more !== undefined) keys = (keys ?? 0) + more;
  }
  return { inFlight, abandoned, keys };
}

/** Puts together what holds of the policies of one name and kind. */
class PolicyReader {
  private readonly keys: KeyLabels | undefined;
  /** A circuit is one circuit, in however many pipelines it stands. */
  private readonly circuits: Set<object> = new Set();

  constructor(keys: KeyLabels | undefined) {
    this.keys = keys;
  }

  policiesOf(
    pipeline: string,
    numbers: Numbers,
    living: readonly PipelineMetrics[],
  ): readonly PolicyFacts[] {
    const found = new Map<string, PolicyDraft>();
    const entry = (policy: string, kind: string, key: string | undefined): PolicyDraft => {
      const id = key === undefined ? `${kind}\n${policy}` : `${kind}\n${policy}\n${key}`;
      let known = found.get(id);
      if (known === undefined) {
        known = { policy, kind, key, counters: undefined, gauges: {} };
        found.set(id, known);
      }
      return known;
    };
    for (const { name, kind } of numbers.policies.values()) entry(name, kind, undefined);
    for (const metrics of living) {
      const read = new Set<object>();
      for (const reading of metrics.readings()) {
        const { kind, gauges, of } = reading;
        const seen = kind === 'circuitBreaker' ? this.circuits : read;
        if (seen.has(of)) continue;
        seen.add(of);
        const policy =
          pipeline === OTHER ? numbers.labelOf(reading.name) : metrics.labelOf(reading.name);
        const key = this.keyOf(pipeline, metrics, reading);
        mergeGauges(entry(policy, kind, key).gauges, gauges);
        if (reading.key !== undefined) addFullest(entry(policy, kind, undefined).gauges, gauges);
      }
    }
    // After the gauges: a circuit that is asked for them counts the time that it was not closed.
    for (const { name, kind, counters } of numbers.policies.values()) {
      entry(name, kind, undefined).counters = { ...counters };
    }
    return [...found.values()];
  }

  private keyOf(
    pipeline: string,
    { keyLabel }: PipelineMetrics,
    { key }: GaugeReading,
  ): string | undefined {
    return key === undefined ? undefined : this.keys?.labelOf(pipeline, key, keyLabel);
  }
}

/** Of the limits of all keys, how full the fullest is. */
function addFullest(into: Gauges, { in_use: used, limit }: Readonly<Gauges>): void {
  if (used === undefined || limit === undefined) return;
  into['fullest_ratio'] = merged('max', into['fullest_ratio'], used / limit);
}

/** Of so many types each has a line; the rest is one. */
function fold(counts: ReadonlyMap<string, number>, types: Set<string>): Map<string, number> {
  const folded = new Map<string, number>();
  for (const [type, count] of counts) {
    if (types.size < mostTypes) types.add(type);
    const label = types.has(type) ? type : OTHER;
    folded.set(label, (folded.get(label) ?? 0) + count);
  }
  return folded;
}

/** Without those of single pipelines whose whole set is there as well. */
function withoutParts(sources: readonly Source[]): Source[] {
  return sources.filter(({ around }) => around === undefined || !sources.includes(around));
}

function sinkErrorsOf(sources: readonly Source[]): Map<string, number> {
  const errors = new Map<string, number>();
  for (const source of sources) {
    for (const [sink, count] of source.sinkErrors()) {
      const label = errors.has(sink) || errors.size < mostSinks ? sink : OTHER;
      errors.set(label, (errors.get(label) ?? 0) + count);
    }
  }
  return errors;
}
