/**
 * Where facts leave: one set of pipelines with its numbers and its sinks, and within it the sinks of one pipeline.
 */
import { defaultBounds, withBounds } from './durations.ts';
import { Names } from './names.ts';
import { Numbers } from './numbers.ts';
import { PipelineMetrics } from './pipeline-metrics.ts';
import { type NumbersByName, Sinks } from './sinks.ts';

export type { Sink, SinkObject, Source } from './sinks.ts';

const mostTallies = 1_000;

export class EventBus extends Sinks {
  /** The upper bounds that durations are counted by, in seconds. */
  bounds: readonly number[] = defaultBounds;
  override readonly names: Names<PipelineMetrics> = new Names(
    this.bounds,
    (name) => new PipelineMetrics(name, this),
  );

  private readonly tallied: Map<string, Map<string, number>> = new Map();

  /** Counts what happened outside of pipelines. */
  tally(metric: string, ...labels: readonly string[]): void {
    this.tallyMany(metric, 1, ...labels);
  }

  /** The same for several at once; 0 shows a counter before there is anything to count. */
  tallyMany(metric: string, count: number, ...labels: readonly string[]): void {
    let counts = this.tallied.get(metric);
    if (counts === undefined) this.tallied.set(metric, (counts = new Map()));
    const id = JSON.stringify(labels);
    const known = counts.get(id);
    if (known === undefined && counts.size >= mostTallies) return;
    counts.set(id, (known ?? 0) + count);
  }

  override *tallies(metric: string): Iterable<readonly [labels: readonly string[], count: number]> {
    for (const [id, count] of this.tallied.get(metric) ?? []) {
      yield [JSON.parse(id) as string[], count];
    }
  }

  override suppress(pipeline: string): void {
    (this.names.get(pipeline) ?? this.names.others).suppressed++;
  }

  override refine(bounds: readonly number[]): void {
    const all = withBounds(this.bounds, bounds);
    if (all === this.bounds) return;
    this.bounds = all;
    this.names.refine(all);
  }
}

/** The sinks of one pipeline alone. What they can read are the numbers of its name, which pipelines share. */
export class PipelineSinks extends Sinks {
  override readonly names: NumbersByName;
  private readonly bus: EventBus;

  constructor(metrics: PipelineMetrics) {
    const { bus } = metrics;
    super(bus);
    this.bus = bus;
    this.names = {
      get: (name) => (name === metrics.name ? metrics : undefined),
      get others() {
        return new Numbers(bus.bounds);
      },
      *[Symbol.iterator]() {
        yield metrics;
      },
    };
  }

  /** What happens outside of pipelines is no concern of one. */
  override tallies(): Iterable<never> {
    return [];
  }

  override suppress(pipeline: string): void {
    this.bus.suppress(pipeline);
  }

  override refine(bounds: readonly number[]): void {
    this.bus.refine(bounds);
  }
}

/**
 * Of the pipelines that belong to no set of their own, and of what is reported outside of pipelines.
 *
 * All copies of the package in a process share the one that was there first, so that one `observe` sees everything.
 * What they use of it is public in `EventBus`, `Names` and `PipelineMetrics`; a version that changes any of that must
 * take another name.
 */
export const sharedBus: EventBus = shared(Symbol.for('kedge.bus.v1'));

function shared(name: symbol): EventBus {
  const everywhere = globalThis as { [name: symbol]: EventBus | undefined };
  const known = everywhere[name];
  if (known !== undefined) return known;
  const bus = new EventBus();
  // A hardened runtime lets nothing in; then each copy has its own.
  Reflect.defineProperty(everywhere, name, { value: bus });
  return bus;
}
