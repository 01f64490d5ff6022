/** The numbers of the metrics as instruments of OpenTelemetry, under its names: units instead of endings. */
import type { Source } from '../../core/event-bus.ts';
import type { CustomEvent } from '../../core/events.ts';
import { OTHER } from '../../core/numbers.ts';
import { defaultBounds } from '../../core/durations.ts';
import { type Memory, readFacts } from '../prometheus/facts.ts';
import { families, type Family, type Lines } from '../prometheus/families.ts';
import { Places } from '../prometheus/places.ts';
import type {
  Attributes,
  BatchResult,
  InstrumentOptions,
  OtelHistogram,
  OtelMeter,
} from './api.ts';
import { errorType } from './spans.ts';

/** What stands before a dot in the names of instruments. */
const groups = [
  'circuit_breaker',
  'rate_limiter',
  'retry_budget',
  'bulkhead',
  'throttle',
  'keyed',
  'log_lines',
  'sink',
  'request',
  'process',
  'jobs',
  'security',
  'journal',
] as const;

/** `executions_total` is `kedge.executions`, `bulkhead_in_use` is `kedge.bulkhead.in_use`. */
export function nameOf(metric: string): string {
  const plain = metric
    .replace(/_seconds_total$/, '_duration')
    .replace(/_total$/, '')
    .replace(/_(?:timestamp_)?seconds$/, '');
  const group = groups.find((each) => plain.startsWith(`${each}_`));
  return group === undefined ? `kedge.${plain}` : `kedge.${group}.${plain.slice(group.length + 1)}`;
}

function unitOf(metric: string): string | undefined {
  if (/_seconds(?:_total)?$/.test(metric)) return 's';
  return /_(?:ratio|rate)$/.test(metric) ? '1' : undefined;
}

/** A kind of failure is what OpenTelemetry calls a type of error. */
const attributeOf = (label: string): string => (label === 'kind' ? 'error.type' : `kedge.${label}`);

const MOST_NAMES = 200;
const display = { buckets: [], bounds: [], histograms: false, zeros: true };
const advice = { explicitBucketBoundaries: [...defaultBounds] };

interface Observed {
  readonly family: Family;
  readonly instrument: unknown;
}

export class Instruments {
  private readonly meter: OtelMeter;
  private readonly sources: ReadonlySet<Source>;
  private readonly observed: readonly Observed[];
  private readonly executions: OtelHistogram;
  private readonly attempts: OtelHistogram;
  private readonly names: Set<string> = new Set();
  private readonly memory: Memory = {
    places: new Places(defaultBounds),
    keys: undefined,
    types: new Set(),
  };

  constructor(meter: OtelMeter, sources: ReadonlySet<Source>) {
    this.meter = meter;
    this.sources = sources;
    this.observed = families
      .filter(({ type }) => type !== 'histogram')
      .map((family) => ({ family, instrument: instrumentOf(meter, family) }));
    const durations = (what: string, description: string): OtelHistogram =>
      meter.createHistogram(`kedge.${what}.duration`, { description, unit: 's', advice });
    this.executions = durations(
      'execution',
      'How long executions took from the call to the answer, waits included.',
    );
    this.attempts = durations('attempt', 'How long attempts took.');
  }

  wants(type: string): boolean {
    return /^(?:execution\.(?:succeeded|failed|cancelled)|attempt\.(?:succeeded|failed))$/.test(
      type,
    );
  }

  handle({ type, pipeline, duration, outcome, error }: CustomEvent): void {
    if (typeof duration !== 'number') return;
    const ended = outcomeOf(type, outcome);
    const kind = errorType(ended, error);
    const attributes: Attributes = {
      'kedge.pipeline': this.labelOf(pipeline),
      'kedge.outcome': ended,
      ...(kind !== undefined && { 'error.type': kind }),
    };
    const histogram = type.startsWith('execution.') ? this.executions : this.attempts;
    histogram.record(duration / 1_000, attributes);
  }

  start(): void {
    this.meter.addBatchObservableCallback(this.observe, this.all);
  }

  stop(): void {
    this.meter.removeBatchObservableCallback(this.observe, this.all);
  }

  private get all(): never[] {
    return this.observed.map(({ instrument }) => instrument as never);
  }

  private readonly observe = (result: BatchResult): void => {
    const facts = readFacts(this.sources, this.memory);
    for (const { family, instrument } of this.observed) {
      const add = (value: number, ...values: readonly (string | undefined)[]): void => {
        if (!Number.isFinite(value)) return;
        result.observe(instrument as never, value, attributesOf(family.labels, values));
      };
      const lines: Lines = {
        add,
        addKeyed: (value, _key, ...values) => add(value, ...values),
        addEnding() {},
      };
      family.write(facts, lines, display);
    }
  };

  private labelOf(pipeline: string): string {
    if (this.names.size < MOST_NAMES) this.names.add(pipeline);
    return this.names.has(pipeline) ? pipeline : OTHER;
  }
}

function instrumentOf(meter: OtelMeter, { name, help, type, aggregator = 'sum' }: Family): unknown {
  const unit = unitOf(name);
  const options: InstrumentOptions = { description: help, ...(unit !== undefined && { unit }) };
  if (type === 'counter') return meter.createObservableCounter(nameOf(name), options);
  // What adds up over processes is a sum that goes up and down.
  return aggregator === 'sum'
    ? meter.createObservableUpDownCounter(nameOf(name), options)
    : meter.createObservableGauge(nameOf(name), options);
}

function attributesOf(
  labels: readonly string[],
  values: readonly (string | undefined)[],
): Attributes {
  const attributes: Attributes = {};
  for (const [index, label] of labels.entries()) {
    const value = values[index];
    if (value !== undefined) attributes[attributeOf(label)] = value;
  }
  return attributes;
}

function outcomeOf(type: string, outcome: unknown): string {
  if (type.endsWith('.succeeded')) return 'success';
  if (type === 'execution.cancelled') return 'cancelled';
  return typeof outcome === 'string' ? outcome : 'failure';
}
